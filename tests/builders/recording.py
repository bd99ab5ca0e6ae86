"""A recorded camera as video for packages: all of its video is there, and what was seen in it is known."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from domain.errors import ClipUnavailable
from domain.ports import Clip
from edge.evidence.seen_rows import OverlayRow
from edge.evidence.video.holds import HeldClip
from ingest.recorded.video_file import VideoFileSource
from tests.builders.box_fakes import NOON, ManualClock


class Recording:
    """A camera whose video began at noon.

    Args:
        video: its file.
        rows: what was seen, in order of time.
    """

    def __init__(self, video: Path, rows: Sequence[OverlayRow]) -> None:
        self._source = VideoFileSource(camera_id="cam-1", path=video, started_at=NOON, clock=ManualClock())
        self._rows = rows
        self.gone = False

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        if self.gone:
            raise ClipUnavailable("that is no longer in the ring")
        return self._source.cut_clip(start, end)

    def held(self, at: datetime) -> HeldClip | None:
        return None

    def why_not_held(self, at: datetime) -> str | None:
        return None

    def rows(self, start: datetime, end: datetime) -> tuple[OverlayRow, ...]:
        return tuple(row for row in self._rows if start <= row.at <= end)

    def close(self) -> None:
        self._source.close()
