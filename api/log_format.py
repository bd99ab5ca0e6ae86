"""Log lines of the centre: one JSON object each where a machine reads them, a short line on a terminal."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from domain.instants import HUE_TIME, to_text

_PLAIN_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class CentreFormatter(logging.Formatter):
    """Tells a record with the fields of its event.

    Args:
        for_people: a line in Hue's time instead of JSON.
    """

    def __init__(self, *, for_people: bool) -> None:
        super().__init__()
        self._for_people = for_people

    def format(self, record: logging.LogRecord) -> str:
        """Render a record as one line; an error's trace follows it."""
        fields: dict[str, Any] = {name: value for name, value in vars(record).items() if name not in _PLAIN_RECORD}
        trace = self.formatException(record.exc_info) if record.exc_info else None
        at = datetime.fromtimestamp(record.created, UTC)
        if self._for_people:
            told = ", ".join(f"{name}={value}" for name, value in fields.items())
            line = f"{at.astimezone(HUE_TIME):%H:%M:%S} {record.levelname} {record.getMessage()}"
            return line + (f" ({told})" if told else "") + (f"\n{trace}" if trace else "")
        document = {
            "at": to_text(at),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **fields,
        }
        if trace:
            document["trace"] = trace
        return json.dumps(document, ensure_ascii=False, default=str)


def start_logging() -> None:
    """Send every log line of this process to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(CentreFormatter(for_people=sys.stderr.isatty()))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("alembic", "botocore", "httpx", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
