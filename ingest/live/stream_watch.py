"""What is wrong with a live stream, seen at its result: pictures that are decoded and have a time."""

from collections.abc import Iterator
from typing import Final

from domain.fleet.health import ProblemCode, SourceFault
from ingest.media.stamp_check import StampFault

DAMAGE_STANDS_S: Final = 60.0  # a damaged stretch is a problem for so long after it began
_YEARS_US: Final = 300 * 24 * 3_600_000_000
_UNITS_US: Final = ((24 * 3_600_000_000, "days"), (3_600_000_000, "hours"), (60_000_000, "minutes"), (1_000_000, "s"))


class StreamWatch:
    """When what last happened on a camera's stream, in monotonic seconds; written by its thread, read by all."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._connected_at_s: float | None = None
        self.keyframe_at_s: float | None = None
        self.decoded_at_s: float | None = None
        self.timed_at_s: float | None = None  # a picture had a time that could be used
        self.damaged_at_s: float | None = None
        self.lacks_sets = False
        self.stamp_fault: StampFault | None = None
        self.sender_apart_us: int | None = None

    @property
    def now_s(self) -> float:
        """When the newest packet came."""
        return self._now_s

    @now_s.setter
    def now_s(self, now_s: float) -> None:
        self._now_s = now_s
        if self._connected_at_s is None:
            self._connected_at_s = now_s

    def connect(self) -> None:
        """A new connection; what was damaged before it still counts."""
        self._connected_at_s = None
        self.keyframe_at_s = self.decoded_at_s = self.timed_at_s = None
        self.stamp_fault = self.sender_apart_us = None
        self.lacks_sets = False

    def faults(self, now_s: float, *, patience_s: float, clock_limit_us: int) -> Iterator[SourceFault]:
        """What is wrong while packets come.

        Args:
            now_s: monotonic seconds.
            patience_s: how long pictures may fail to come out before it is called a fault.
            clock_limit_us: a sender's clock further from ours is wrong.
        """
        connected_s = self._connected_at_s
        if connected_s is not None and now_s - (self.decoded_at_s or connected_s) >= patience_s:
            yield self._undecodable()
            return
        if connected_s is not None and now_s - (self.timed_at_s or connected_s) >= patience_s:
            yield SourceFault(code=ProblemCode.STAMPS_UNUSABLE, text="no picture has a time that can be used")
        if self.damaged_at_s is not None and now_s - self.damaged_at_s < DAMAGE_STANDS_S:
            text = "pictures were lost or damaged on their way; those after them are not judged up to the next keyframe"
            yield SourceFault(code=ProblemCode.DAMAGED_STRETCH, text=text)
        if self.stamp_fault is not None:
            text = f"{self.stamp_fault.value}; the time of arrival is used instead"
            yield SourceFault(code=ProblemCode.STAMPS_UNUSABLE, text=text)
        if self.sender_apart_us is not None and abs(self.sender_apart_us) > clock_limit_us:
            text = f"the camera's clock {_apart(self.sender_apart_us)}"
            yield SourceFault(code=ProblemCode.CAMERA_CLOCK_WRONG, text=text)

    def _undecodable(self) -> SourceFault:
        code = ProblemCode.UNDECODABLE
        if self.lacks_sets:
            text = "the camera sends pictures without the parameter sets (SPS, PPS) that are needed to decode them"
            return SourceFault(code=code, text=text)
        if self.keyframe_at_s is None:
            remedy = "Set the camera's keyframe interval (GOP, I-frame interval) to 1 or 2 s."
            return SourceFault(code=code, text="the camera sends pictures, but no keyframe among them", remedy=remedy)
        return SourceFault(code=code, text="the camera sends pictures, but none can be decoded")


def _apart(apart_us: int) -> str:
    """A clock's distance, so coarse that it says the same for a while.

    Examples:
        >>> _apart(-56 * 365 * 24 * 3_600_000_000), _apart(2 * 3_600_000_000), _apart(-4_200_000)
        ('was never set: it is 56 years behind', 'is 2 hours ahead', 'is 4 s behind')
    """
    way, size_us = ("ahead" if apart_us > 0 else "behind"), abs(apart_us)
    if size_us >= _YEARS_US:
        years = f"{round(size_us / (365.25 * 24 * 3_600_000_000))} years"
        return f"was never set: it is {years} behind" if way == "behind" else f"is {years} ahead"
    for unit_us, name in _UNITS_US:
        if size_us >= 2 * unit_us or name == "s":
            return f"is {round(size_us / unit_us)} {name} {way}"
    return ""
