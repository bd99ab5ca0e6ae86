"""A log of what traffic signals showed: JSON Lines, see docs/replay.md."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.instants import Instant, to_text
from domain.seen.timeline import SignalState
from edge.run.json_lines import JsonLines


class _SignalLine(BaseModel):
    """One report, as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    camera: Annotated[str, Field(min_length=1)]
    signal: Annotated[str, Field(min_length=1)]
    t: Instant
    state: SignalState


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedSignal:
    """One report of a signal."""

    camera_id: str
    signal_id: str
    at: datetime
    state: SignalState


def read_signal_log(path: Path) -> tuple[LoggedSignal, ...]:
    """Read a signal log, up to a line that a power cut tore.

    Args:
        path: a JSON Lines file; empty lines are skipped.

    Returns:
        Every report in the order of the file, which for each signal is the order of time.

    Raises:
        ConfigurationFaults: the file cannot be read, or a line is wrong or older than one before it.
    """
    newest: dict[tuple[str, str], datetime] = {}
    reports = []
    file = JsonLines(path, _SignalLine.model_validate_json)
    for number, line in file.entries():
        key = (line.camera, line.signal)
        if key in newest and line.t < newest[key]:
            raise file.fault(number, "t", f"{to_text(line.t)} is older than the report of {line.signal} before it")
        newest[key] = line.t
        reports.append(LoggedSignal(camera_id=line.camera, signal_id=line.signal, at=line.t, state=line.state))
    return tuple(reports)
