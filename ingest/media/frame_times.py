"""Capture times on their way from packets to the pictures decoded from them. Pure."""

from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Final

from ingest.live.capture_clock import CaptureTime

_PENDING: Final = 256  # more pictures than any decoder holds back
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def utc_from_us(captured_us: int) -> datetime:
    """An instant from microseconds since 1970.

    Examples:
        >>> utc_from_us(1_000_001).isoformat()
        '1970-01-01T00:00:01.000001+00:00'
    """
    return _EPOCH + timedelta(microseconds=captured_us)


def us_of_ticks(ticks: int, time_base: Fraction) -> int:
    """Microseconds of so many ticks, rounded half to even as ``round`` does; several times as fast as ``Fraction``.

    Args:
        ticks: a packet's stamp or duration.
        time_base: seconds of one tick.

    Examples:
        >>> us_of_ticks(3000, Fraction(1, 90_000)), us_of_ticks(-1, Fraction(1, 2_000_000))
        (33333, 0)
    """
    whole_us, rest = divmod(ticks * time_base.numerator * 1_000_000, time_base.denominator)
    is_odd = whole_us % 2
    return whole_us + (2 * rest + is_odd > time_base.denominator)


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

    Some senders stamp pictures in the order of decoding although they are shown in another (B-frames). That shows when
    stamps that never went back on arrival go back on leaving the decoder; from then on the n-th picture shown gets the
    n-th time, which is right but for a constant.
    """

    def __init__(self) -> None:
        self._pending: OrderedDict[int, CaptureTime] = OrderedDict()
        self._last_us: int | None = None
        self._last_pts: int | None = None
        self._furthest_pts: int | None = None
        self._went_back = False
        self.stamped_in_decoding_order = False

    def put(self, pts: int, time: CaptureTime) -> None:
        """Remember the capture time of a packet's presentation stamp, in order of decoding."""
        if self._furthest_pts is not None and pts < self._furthest_pts:
            self._went_back = True
            self.stamped_in_decoding_order = False
        else:
            self._furthest_pts = pts
        self._pending[pts] = time
        if len(self._pending) > _PENDING:
            self._pending.popitem(last=False)

    def take(self, pts: int | None) -> CaptureTime | None:
        """Time of a decoded picture; None when it is unknown or not later than the picture taken before.

        Args:
            pts: the stamp that the picture carries, None if the decoder lost it.
        """
        if pts is not None and self._last_pts is not None and pts < self._last_pts and not self._went_back:
            self.stamped_in_decoding_order = True
        self._last_pts = pts if pts is not None else self._last_pts
        by_order = pts is None or self.stamped_in_decoding_order
        time = self._pop_earliest() if by_order else self._pending.pop(pts or 0, None)
        if time is None or (self._last_us is not None and time.captured_us <= self._last_us):
            return None
        self._last_us = time.captured_us
        return time

    def forget_pending(self) -> None:
        """The decoder gave up the pictures inside it."""
        self._pending.clear()

    def begin_epoch(self) -> None:
        """Times begin anew, perhaps earlier than those before."""
        self.forget_pending()
        self._last_us = None

    def forget(self) -> None:
        """A new connection: pending times mean nothing any more; the order of what was taken still holds."""
        self.forget_pending()
        self._last_pts = self._furthest_pts = None
        self._went_back = False

    def _pop_earliest(self) -> CaptureTime | None:
        if not self._pending:
            return None
        pts = min(self._pending, key=lambda key: self._pending[key].captured_us)
        return self._pending.pop(pts)
