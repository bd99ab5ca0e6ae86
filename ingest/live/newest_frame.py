"""A slot for the newest picture: a slow reader never makes a queue grow."""

from threading import Condition
from typing import NamedTuple

from av.video.frame import VideoFrame

from ingest.live.capture_clock import CaptureTime
from ingest.source_counters import Tally


class LiveFrame(NamedTuple):
    """A decoded picture that nobody has converted yet."""

    number: int  # counts decoded pictures of the source
    picture: VideoFrame
    time: CaptureTime
    epoch: int


class NewestFrame:
    """Holds one picture; a newer one pushes out the one that nobody took, and that is counted.

    Args:
        tally: where pictures pushed out are counted.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._changed = Condition()
        self._frame: LiveFrame | None = None
        self._closed = False

    def put(self, frame: LiveFrame) -> None:
        """Offer a picture."""
        with self._changed:
            if self._closed:
                return
            if self._frame is not None:
                self._tally.frames_dropped += 1
            self._frame = frame
            self._changed.notify()

    def take(self, timeout_s: float) -> LiveFrame | None:
        """The newest picture, waiting for one up to ``timeout_s``; None if none came or the slot was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._closed, timeout_s)
            frame, self._frame = self._frame, None
            return frame

    def close(self) -> None:
        """Let the picture go and wake whoever waits."""
        with self._changed:
            self._closed = True
            self._frame = None
            self._changed.notify_all()
