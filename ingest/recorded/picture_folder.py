"""A folder of time-stamped pictures as a source of frames."""

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np

from domain.errors import ClipUnavailable, ConfigurationError, EndOfSource, FileError, SourceUnavailable
from domain.fleet.health import HealthEvent, StreamState
from domain.instants import Clock, from_text
from domain.ports import Attention, Clip, EvidenceFrame
from domain.seen.frame import BgrPicture, Frame
from ingest.media.frame_times import us_from_utc
from ingest.recorded.recorded_source import RecordedSource

_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
_NAME: Final = re.compile(r"(?:.*_)?(\d{8})T(\d{6})(?:\.(\d{1,6}))?(Z|[+-]\d{4})")
_TABLE: Final = "times.csv"


class _Entry(NamedTuple):
    path: Path
    captured_at: datetime


def time_of_name(name: str) -> datetime | None:
    """Capture time in a picture's file name, None if it holds none.

    The name without its suffix ends in ``YYYYMMDDTHHMMSS[.fraction]`` and ``Z`` or an offset; anything may stand before
    it, ended by ``_``.

    Examples:
        >>> time_of_name("20260105T070000.040Z.jpg").isoformat()
        '2026-01-05T07:00:00.040000+00:00'
        >>> time_of_name("cam-1_20260105T140000+0700.png").isoformat()
        '2026-01-05T07:00:00+00:00'
        >>> time_of_name("IMG_0001.jpg") is None
        True
    """
    match = _NAME.fullmatch(name.rpartition(".")[0])
    if match is None:
        return None
    day, time, fraction, zone = match.groups()
    offset = timedelta() if zone == "Z" else timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    tzinfo = timezone(-offset if zone.startswith("-") else offset)
    try:
        instant = datetime.strptime(day + time, "%Y%m%d%H%M%S").replace(tzinfo=tzinfo)
    except ValueError:
        return None
    return (instant + timedelta(microseconds=int((fraction or "0").ljust(6, "0")))).astimezone(UTC)


class PictureFolderSource(RecordedSource):
    """Frames from a folder of pictures, in order of capture time; ``read`` gives the next one that is due.

    The capture times stand either in the file names (``20260105T070000.040Z.jpg``, see ``time_of_name``) or in a file
    ``times.csv`` in the folder with the header ``file,captured_at`` and instants in RFC 3339 with a zone; where the
    table is there it decides alone. A folder has no encoded video, so ``cut_clip`` always raises ClipUnavailable.

    Args:
        camera_id: whose pictures these are.
        directory: the folder; subfolders are not looked at.
        clock: for pacing and for the times of health events.
        analysed_fps: pictures a second of capture time to hand out; None for all.
        paced: hand frames out no sooner than they would come live; False: as fast as asked.
        clock_error_ms: how sure the capture times are; None: not known.
        on_health: hears that the folder is open, and that it has ended.

    Raises:
        SourceUnavailable: the folder is missing or holds no pictures.
        ConfigurationError: a picture has no time, two have the same, or the table is wrong.
    """

    def __init__(
        self,
        *,
        camera_id: str,
        directory: Path,
        clock: Clock,
        analysed_fps: float | None = None,
        paced: bool = False,
        clock_error_ms: float | None = None,
        on_health: Callable[[HealthEvent], None] | None = None,
    ) -> None:
        super().__init__(
            camera_id=camera_id,
            name=directory.name,
            clock=clock,
            analysed_fps=analysed_fps,
            paced=paced,
            clock_error_ms=clock_error_ms,
            on_health=on_health,
        )
        self._entries = _entries(directory)
        self._position = -1
        self._waits = False  # whether the picture at the position has still to be handed out
        self._life.enter(StreamState.LIVE, "the folder is open")

    def read(self, timeout_s: float) -> Frame | None:
        """The next due picture; paced, None if its time does not come within ``timeout_s``.

        Raises:
            EndOfSource: there are no more pictures.
            SourceUnavailable: this picture cannot be read (the next call goes on with the next one), or it was closed.
        """
        self._refuse_if_closed()
        entry = self._advance()
        if not self._has_come(us_from_utc(entry.captured_at), timeout_s):
            return None
        self._waits = False
        image = cv2.imdecode(np.frombuffer(_content(entry.path), np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            self._tally.frames_damaged += 1
            msg = f"{entry.path.name} is not a readable picture"
            raise SourceUnavailable(msg)
        image.flags.writeable = False
        self._tally.frames_decoded += 1
        self._tally.frames_delivered += 1
        return Frame(
            camera_id=self.camera_id,
            index=self._position,
            captured_at=entry.captured_at,
            clock_error_ms=self._clock_error_ms,
            picture=BgrPicture(image.astype(np.uint8, copy=False)),
        )

    def attend(self, attention: Attention) -> None:
        """Every picture of a folder stands alone, so nothing changes."""

    def cut_clip(self, start: datetime, end: datetime) -> Clip:  # noqa: ARG002 - the port's words
        """A folder of pictures holds no encoded video.

        Raises:
            ClipUnavailable: always.
        """
        msg = f"camera {self.camera_id} is a folder of pictures, which has no encoded video to cut a clip from"
        raise ClipUnavailable(msg)

    def frame_near(self, at: datetime) -> EvidenceFrame | None:  # noqa: ARG002 - the port's words
        """None: a folder of pictures holds no encoded video."""
        return None

    def close(self) -> None:
        """End waiting; nothing else is held."""
        self._closed.set()

    def _advance(self) -> _Entry:
        while not self._waits:
            self._position += 1
            if self._position >= len(self._entries):
                self._position = len(self._entries)
                self._end("the folder has ended")
                msg = f"{self._name} has no more pictures"
                raise EndOfSource(msg)
            self._waits = self._due.is_due(us_from_utc(self._entries[self._position].captured_at))
        return self._entries[self._position]


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as e:
        msg = f"{path.name} cannot be read: {e.strerror}"
        raise SourceUnavailable(msg) from e
    return content or b"\x00"  # an empty buffer is an error of its own in the decoder


def _entries(directory: Path) -> list[_Entry]:
    if not directory.is_dir():
        msg = f"the folder {directory} does not exist"
        raise SourceUnavailable(msg)
    table = directory / _TABLE
    try:
        entries = _from_table(table) if table.is_file() else _from_names(directory)
    except OSError as e:
        raise SourceUnavailable(str(FileError(e.filename or directory, "read", e))) from e
    except (UnicodeDecodeError, csv.Error) as e:
        msg = f"{table} is no table in UTF-8: {e}"
        raise ConfigurationError(msg) from e
    if not entries:
        msg = f"the folder {directory} holds no pictures ({', '.join(sorted(_SUFFIXES))})"
        raise SourceUnavailable(msg)
    entries.sort(key=lambda entry: entry.captured_at)
    for one, other in pairwise(entries):
        if one.captured_at == other.captured_at:
            msg = f"{one.path.name} and {other.path.name} in {directory} have the same capture time"
            raise ConfigurationError(msg)
    return entries


def _from_names(directory: Path) -> list[_Entry]:
    entries = []
    for path in directory.iterdir():
        if path.suffix.lower() not in _SUFFIXES:
            continue
        captured_at = time_of_name(path.name)
        if captured_at is None:
            msg = f"{path}: expected a name like 20260105T070000.040Z.jpg, or a {_TABLE} with file,captured_at"
            raise ConfigurationError(msg)
        entries.append(_Entry(path, captured_at))
    return entries


def _from_table(table: Path) -> list[_Entry]:
    entries = []
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if not {"file", "captured_at"} <= set(rows.fieldnames or ()):
            msg = f"{table}: expected the header file,captured_at, got {','.join(rows.fieldnames or ())}"
            raise ConfigurationError(msg)
        for row in rows:
            try:
                captured_at = from_text(row["captured_at"] or "")
            except ValueError as e:
                msg = f"{table}:{rows.line_num}: {e}"
                raise ConfigurationError(msg) from e
            path = table.parent / (row["file"] or "")
            if path.parent != table.parent or not path.is_file():
                msg = f"{table}:{rows.line_num}: no picture {row['file']!r} in this folder"
                raise ConfigurationError(msg)
            entries.append(_Entry(path, captured_at))
    return entries
