"""Logs of detections and of signals: JSON Lines, read and written; a wrong line is told with file and line number."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, TextIO, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.detections import Detections
from domain.errors import ConfigurationFaults, Fault
from domain.geometry import SizeWh
from domain.instants import Instant, to_text
from domain.timeline import SignalState

_Score = Annotated[float, Field(ge=0, le=1)]
_DetectionRow = tuple[float, float, float, float, _Score, Annotated[str, Field(min_length=1)]]
_REMEDY = "write one JSON object a line, as docs/replay.md shows"
Entry = TypeVar("Entry")


class _DetectionLine(BaseModel):
    """One picture of a detection log, as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    camera: Annotated[str, Field(min_length=1)]
    t: Instant
    size: tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
    detections: tuple[_DetectionRow, ...]
    clock_error_ms: Annotated[float, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _boxes_have_corners_in_order(self) -> "_DetectionLine":
        for x1, y1, x2, y2, _, label in self.detections:
            if x2 < x1 or y2 < y1:
                raise ValueError(f"{label}: expected x1 <= x2 and y1 <= y2, got {(x1, y1, x2, y2)}")
        return self


class _SignalLine(BaseModel):
    """One report of a signal log, as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    camera: Annotated[str, Field(min_length=1)]
    signal: Annotated[str, Field(min_length=1)]
    t: Instant
    state: SignalState


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoggedPicture:
    """What a detector saw in one picture, as logged."""

    camera_id: str
    at: datetime  # capture time, UTC
    clock_error_ms: float | None  # None: not known
    resolution_wh: SizeWh
    detections: Detections


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedSignal:
    """One report of a signal."""

    camera_id: str
    signal_id: str
    at: datetime
    state: SignalState


def read_detection_log(path: Path) -> Iterator[LoggedPicture]:
    """Read a detection log picture by picture.

    Args:
        path: a JSON Lines file; empty lines are skipped.

    Raises:
        ConfigurationFaults: the file cannot be read, or a line is wrong or older than one before it.
    """
    newest: dict[str, datetime] = {}
    for number, line in _entries(path, _DetectionLine.model_validate_json):
        if line.camera in newest and line.t <= newest[line.camera]:
            raise _fault(path, number, "t", f"{to_text(line.t)} is not later than the picture before it")
        newest[line.camera] = line.t
        yield LoggedPicture(
            camera_id=line.camera,
            at=line.t,
            clock_error_ms=line.clock_error_ms,
            resolution_wh=line.size,
            detections=_detections(line.detections),
        )


def read_signal_log(path: Path) -> tuple[LoggedSignal, ...]:
    """Read a signal log.

    Args:
        path: a JSON Lines file; empty lines are skipped.

    Returns:
        Every report in the order of the file, which for each signal is the order of time.

    Raises:
        ConfigurationFaults: the file cannot be read, or a line is wrong or older than one before it.
    """
    newest: dict[tuple[str, str], datetime] = {}
    reports = []
    for number, line in _entries(path, _SignalLine.model_validate_json):
        key = (line.camera, line.signal)
        if key in newest and line.t < newest[key]:
            raise _fault(path, number, "t", f"{to_text(line.t)} is older than the report of {line.signal} before it")
        newest[key] = line.t
        reports.append(LoggedSignal(camera_id=line.camera, signal_id=line.signal, at=line.t, state=line.state))
    return tuple(reports)


class DetectionLogWriter:
    """Appends pictures to a detection log; each line is on its way to disk when the call returns.

    Args:
        stream: an open text file; the caller closes it.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, picture: LoggedPicture) -> None:
        r"""Append one picture.

        Examples:
            >>> import io
            >>> from datetime import UTC
            >>> log = io.StringIO()
            >>> DetectionLogWriter(log).write(
            ...     LoggedPicture(
            ...         camera_id="cam-1", at=datetime(2026, 1, 5, 7, tzinfo=UTC), clock_error_ms=None,
            ...         resolution_wh=(1920, 1080), detections=Detections.nothing(("car",)),
            ...     )
            ... )
            >>> log.getvalue()
            '{"camera":"cam-1","t":"2026-01-05T07:00:00.000Z","size":[1920,1080],"detections":[]}\n'
        """
        line: dict[str, object] = {
            "camera": picture.camera_id,
            "t": to_text(picture.at),
            "size": list(picture.resolution_wh),
            "detections": _rows(picture.detections),
        }
        if picture.clock_error_ms is not None:
            line["clock_error_ms"] = picture.clock_error_ms
        self._stream.write(json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n")
        self._stream.flush()


def _rows(detections: Detections) -> list[list[float | str]]:
    columns = zip(detections.boxes_xyxy_px.tolist(), detections.scores.tolist(), strict=True)
    return [
        [*(round(value, 3) for value in box), round(score, 6), detections.label_of(row)]
        for row, (box, score) in enumerate(columns)
    ]


def _detections(rows: tuple[_DetectionRow, ...]) -> Detections:
    labels = tuple(sorted({row[5] for row in rows}))
    return Detections(
        boxes_xyxy_px=np.array([row[:4] for row in rows], np.float32).reshape(-1, 4),
        scores=np.array([row[4] for row in rows], np.float32),
        class_ids=np.array([labels.index(row[5]) for row in rows], np.int64),
        labels=labels,
    )


def _entries(path: Path, parse: Callable[[str], Entry]) -> Iterator[tuple[int, Entry]]:
    """Parsed lines with their 1-based numbers."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, text in enumerate(lines, start=1):
                if not text.strip():
                    continue
                try:
                    yield number, parse(text)
                except ValidationError as error:
                    first = error.errors(include_url=False, include_context=False)[0]
                    where = ".".join(str(part) for part in first["loc"])
                    raise _fault(path, number, where, first["msg"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _fault(path, None, "", f"the file cannot be read: {error}") from error


def _fault(path: Path, line: int | None, where: str, problem: str) -> ConfigurationFaults:
    return ConfigurationFaults((Fault(file=str(path), line=line, where=where, problem=problem, remedy=_REMEDY),))
