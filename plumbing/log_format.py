"""How log lines look: JSON where a machine reads them, a short line where a person does."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from domain.instants import HUE_TIME, to_text

_PLAIN_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def _extra_fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _PLAIN_RECORD}


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, logger, message, the event's fields, and the error's trace if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record as one line of JSON; what JSON cannot hold is written as text."""
        document: dict[str, Any] = {
            "at": to_text(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_extra_fields(record),
        }
        if record.exc_info:
            document["trace"] = self.formatException(record.exc_info)
        return json.dumps(document, ensure_ascii=False, default=str)


class PeopleFormatter(logging.Formatter):
    """``14:00:05 WARNING Stream lost (camera_id=cam-1, reason=...)``, in Hue's local time."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record as one line for a person."""
        local = datetime.fromtimestamp(record.created, HUE_TIME).strftime("%H:%M:%S")
        fields = ", ".join(f"{name}={value}" for name, value in _extra_fields(record).items() if name != "action")
        line = f"{local} {record.levelname:<7} {record.getMessage()}{f' ({fields})' if fields else ''}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def start_logging(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Send the process's log to a stream, standard error by default; called only by the command line.

    Args:
        stream: where lines go; a terminal gets the people's form, everything else JSON.
        level: the least important level that is written.
    """
    target = stream if stream is not None else sys.stderr
    handler = logging.StreamHandler(target)
    handler.setFormatter(PeopleFormatter() if target.isatty() else JsonFormatter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for noisy in ("alembic", "botocore", "httpx", "httpcore", "libav", "uvicorn.access", "watchfiles.main"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
