"""Capture times on their way from packets to the pictures decoded from them. Pure."""

from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Final

from ingest.capture_clock import CaptureTime

_PENDING: Final = 256  # more pictures than any decoder holds back
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def utc_from_us(captured_us: int) -> datetime:
    """An instant from microseconds since 1970.

    Examples:
        >>> utc_from_us(1_000_001).isoformat()
        '1970-01-01T00:00:01.000001+00:00'
    """
    return _EPOCH + timedelta(microseconds=captured_us)


def us_from_utc(instant: datetime) -> int:
    """Microseconds since 1970 of an aware instant.

    Examples:
        >>> us_from_utc(datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC))
        2000000
    """
    return (instant - _EPOCH) // timedelta(microseconds=1)


class FrameTimes:
    """Remembers the time of each packet until its picture comes out of the decoder, in order of presentation.

    Times that are taken rise strictly: a picture that would not be later than the one before is refused.
    """

    def __init__(self) -> None:
        self._pending: OrderedDict[int, CaptureTime] = OrderedDict()
        self._last_us: int | None = None

    def put(self, pts: int, time: CaptureTime) -> None:
        """Remember the capture time of a packet's presentation stamp."""
        self._pending[pts] = time
        if len(self._pending) > _PENDING:
            self._pending.popitem(last=False)

    def take(self, pts: int | None) -> CaptureTime | None:
        """Time of a decoded picture; None when it is unknown or not later than the picture taken before."""
        time = self._pending.pop(pts, None) if pts is not None else self._pop_earliest()
        if time is None or (self._last_us is not None and time.captured_us <= self._last_us):
            return None
        self._last_us = time.captured_us
        return time

    def forget(self) -> None:
        """Let pending times go (a new connection); the order still holds."""
        self._pending.clear()

    def _pop_earliest(self) -> CaptureTime | None:
        if not self._pending:
            return None
        pts = min(self._pending, key=lambda key: self._pending[key].captured_us)
        return self._pending.pop(pts)
