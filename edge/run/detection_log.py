"""Logs of what was seen, one line a picture: JSON Lines, written and read; see docs/replay.md.

Version 3 holds exactly what tracks and rules were made of, so that a replay gives the same cases to the byte.
Older versions are read, never written: version 2 knows no ``surfaces``, ``waters`` and ``riders``; version 1 (no
``v``) holds detections only, rounded.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self, TextIO

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.instants import to_text
from domain.model_ref import ModelRef
from domain.seen.detections import Detections
from domain.seen.timeline import SignalState
from domain.seen.view import ViewState
from edge.run.json_lines import JsonLines, mend_end
from edge.run.log_entries.instants import InstantField, exact_text
from edge.run.log_entries.riders import RidersEntry, riders_entry
from edge.run.log_entries.surfaces import SurfaceEntry, surface_entry
from edge.run.log_entries.waters import WaterEntry, water_entry
from edge.run.seen import Seen
from plumbing.files import file_faults

VERSION = 3
_LAST_BYTES = 1_000_000

_Name = Annotated[str, Field(min_length=1)]
_Score = Annotated[float, Field(ge=0, le=1)]
_LARGEST = float(np.finfo(np.float32).max)
_Side = Annotated[float, Field(ge=-_LARGEST, le=_LARGEST)]
_DetectionRow = tuple[_Side, _Side, _Side, _Side, _Score, _Name]


class DetectionLine(BaseModel):
    """One picture, as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    v: Literal[1, 2, 3] = 1
    camera: _Name
    t: InstantField
    size: tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
    detections: tuple[_DetectionRow, ...]
    clock_error_ms: Annotated[float, Field(ge=0)] | None = None
    lamps: dict[_Name, SignalState] = {}
    view: ViewState = ViewState.UNKNOWN
    surfaces: tuple[SurfaceEntry, ...] = ()
    waters: tuple[WaterEntry, ...] = ()
    riders: RidersEntry | None = None
    shift_s: float | None = None  # the clock was set: times are later by this, and may lie before those above
    model: tuple[_Name, Annotated[str, Field(pattern="^[0-9a-f]{64}$")]] | None = None  # name, sha256

    @model_validator(mode="after")
    def _boxes_have_corners_in_order(self) -> Self:
        for x1, y1, x2, y2, _, label in self.detections:
            if x2 < x1 or y2 < y1:
                raise ValueError(f"{label}: expected x1 <= x2 and y1 <= y2, got {(x1, y1, x2, y2)}")
        return self

    @model_validator(mode="after")
    def _holds_what_its_version_knows(self) -> Self:
        later = {"lamps", "view", "shift_s", "model"} & self.model_fields_set
        if self.v == 1 and any(getattr(self, name) not in (None, {}) for name in later):
            raise ValueError('lamps, view, shift_s and model belong to version 2: write "v": 2')
        if self.v < VERSION and (self.surfaces or self.waters or self.riders):
            raise ValueError('surfaces, waters and riders belong to version 3: write "v": 3')
        return self

    @model_validator(mode="after")
    def _riders_are_among_the_detections(self) -> Self:
        missing = [] if self.riders is None else sorted(self.riders.rows() - set(range(len(self.detections))))
        if missing:
            raise ValueError(f"riders: expected rows of the {len(self.detections)} detections, got {missing}")
        return self


class DetectionLog:
    """A detection log that is read picture by picture.

    Args:
        path: a JSON Lines file of either version, or of both; empty lines are skipped.
    """

    def __init__(self, path: Path) -> None:
        self._file = JsonLines(path, DetectionLine.model_validate_json)

    @property
    def torn(self) -> int:
        """Lines torn by a power cut that were passed over so far."""
        return self._file.torn

    def __iter__(self) -> Iterator[Seen]:
        """What was seen, in the order of the file.

        Raises:
            ConfigurationFaults: the file cannot be read, or a line is wrong or not later than the one before it.
        """
        newest: dict[str, datetime] = {}
        for number, line in self._file.entries():
            if line.shift_s is None and line.camera in newest and line.t <= newest[line.camera]:
                raise self._file.fault(number, "t", f"{to_text(line.t)} is not later than the picture before it")
            newest[line.camera] = line.t
            detections = _detections(line.detections)
            yield Seen(
                camera_id=line.camera,
                at=line.t,
                clock_error_ms=line.clock_error_ms,
                resolution_wh=line.size,
                detections=detections,
                lamps=line.lamps,
                view=line.view,
                surfaces=tuple(entry.reading(line.t) for entry in line.surfaces),
                waters=tuple(entry.reading(line.t) for entry in line.waters),
                riders=None if line.riders is None else line.riders.read(detections),
                model=None if line.model is None else ModelRef(name=line.model[0], sha256=line.model[1]),
                clock_shift=None if line.shift_s is None else timedelta(seconds=line.shift_s),
            )


class DetectionLogWriter:
    """Appends what was seen to a detection log; each line is on its way to disk when the call returns.

    A picture that lies before the one above it, since the clock was set while the box was down, begins anew.

    Args:
        stream: an open text file.
        newest: times of the pictures that stand there already, by camera.
    """

    def __init__(self, stream: TextIO, newest: Mapping[str, datetime] | None = None) -> None:
        self._stream = stream
        self._newest = dict(newest or {})

    @classmethod
    def append_to(cls, path: Path) -> Self:
        """Open a log to go on with it, or begin it; a line that a power cut tore is taken away first.

        Raises:
            FileError: the file cannot be read or written.
        """
        mend_end(path)
        with file_faults(path):
            return cls(path.open("a", encoding="utf-8"), _newest_in(path))

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()

    def write(self, seen: Seen) -> None:
        r"""Append one picture.

        Raises:
            OSError: it could not be written; part of the line may stand in the file.

        Examples:
            >>> import io
            >>> from domain.instants import from_text
            >>> log = io.StringIO()
            >>> DetectionLogWriter(log).write(
            ...     Seen(
            ...         camera_id="cam-1", at=from_text("2026-01-05T07:00:00Z"), clock_error_ms=None,
            ...         resolution_wh=(1920, 1080), detections=Detections.nothing(("car",)),
            ...     )
            ... )
            >>> log.getvalue()
            '{"v":3,"camera":"cam-1","t":"2026-01-05T07:00:00.000Z","size":[1920,1080],"detections":[]}\n'
        """
        line: dict[str, object] = {
            "v": VERSION,
            "camera": seen.camera_id,
            "t": exact_text(seen.at),
            "size": list(seen.resolution_wh),
            "detections": _rows(seen.detections),
        }
        if seen.clock_error_ms is not None:
            line["clock_error_ms"] = seen.clock_error_ms
        if seen.lamps:
            line["lamps"] = {signal_id: state.value for signal_id, state in seen.lamps.items()}
        if seen.view is not ViewState.UNKNOWN:
            line["view"] = seen.view.value
        if seen.surfaces:
            line["surfaces"] = [surface_entry(reading) for reading in seen.surfaces]
        if seen.waters:
            line["waters"] = [water_entry(reading) for reading in seen.waters]
        if seen.riders is not None:
            line["riders"] = riders_entry(seen.riders, seen.detections)
        shift, before = seen.clock_shift, self._newest.get(seen.camera_id)
        if shift is None and before is not None and seen.at <= before:
            shift = seen.at - before
        if shift is not None:
            line["shift_s"] = shift.total_seconds()
        if seen.model is not None:
            line["model"] = [seen.model.name, seen.model.sha256]
        self._stream.write(json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n")
        self._stream.flush()
        self._newest[seen.camera_id] = seen.at


def _newest_in(path: Path) -> dict[str, datetime]:
    """When each camera's last picture was, by the last megabyte of a log."""
    newest: dict[str, datetime] = {}
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LAST_BYTES))
        for text in file:
            try:
                line = DetectionLine.model_validate_json(text)
            except ValidationError:  # torn, or not whole here
                continue
            newest[line.camera] = line.t
    return newest


def _rows(detections: Detections) -> list[list[float | str]]:
    """The shortest decimals that give the same float32 again."""
    columns = zip(detections.boxes_xyxy_px, detections.scores, strict=True)
    return [
        [*(float(str(side)) for side in box), float(str(score)), detections.label_of(row)]
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
