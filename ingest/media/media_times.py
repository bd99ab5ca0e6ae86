"""Media times of a live connection's packets: every packet gets one, and the first burst waits for a timely packet."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from av.packet import Packet
from av.video.stream import VideoStream

_DEFAULT_TIME_BASE: Final = Fraction(1, 90_000)
_WAITED_US: Final = 5_000  # a packet that was waited for so long came live, not out of a buffer
_SETTLE_US: Final = 1_000_000
_SETTLE_PACKETS: Final = 150
_DEFAULT_GAP_US: Final = 40_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrival:
    """A packet with its place on the sender's media clock and when it came."""

    packet: "Packet[VideoStream]"
    pts: int  # presentation stamp in the stream's time base, filled in where the packet had none
    media_us: int
    mono_us: int
    wall_us: int
    sender_us: int | None  # UTC by the sender's clock


class MediaTimes:
    """Gives each packet of one connection its media time.

    The first packets of a connection come in a burst out of buffers and would all seem late. They are held until one
    had to be waited for (one picture's gap as a rule, a second at most), so that the capture clock has seen a timely
    packet before the first time is given out. libav leaves the very first packet without a stamp; it gets one from
    the sender's reports or, without, one picture's gap before the next.

    Args:
        time_base: seconds of one tick of the packets' stamps.
    """

    def __init__(self, time_base: Fraction | None) -> None:
        self._time_base = time_base or _DEFAULT_TIME_BASE
        self._held: list[Arrival] | None = []
        self._held_stamped: list[bool] = []
        self._done_us: int | None = None
        self._last: Arrival | None = None
        self._gap_us = _DEFAULT_GAP_US

    def take(
        self, packet: "Packet[VideoStream]", *, mono_us: int, wall_us: int, sender_us: int | None
    ) -> list[Arrival]:
        """The packets that may pass now, in order of decoding; empty while the burst lasts.

        Args:
            packet: the next one in order of decoding.
            mono_us: monotonic time of its arrival.
            wall_us: UTC of its arrival, microseconds since 1970.
            sender_us: UTC of its picture by the sender's clock, if known.
        """
        stamp = packet.pts if packet.pts is not None else packet.dts
        raw = Arrival(
            packet=packet,
            pts=0 if stamp is None else stamp,
            media_us=0 if stamp is None else self._us(stamp),
            mono_us=mono_us,
            wall_us=wall_us,
            sender_us=sender_us,
        )
        if self._held is None:
            return [self._placed(raw, stamped=stamp is not None)]
        self._held.append(raw)
        self._held_stamped.append(stamp is not None)
        waited = self._done_us is not None and mono_us - self._done_us >= _WAITED_US
        settled = any(self._held_stamped) and (waited or mono_us - self._held[0].mono_us >= _SETTLE_US)
        if not settled and len(self._held) < _SETTLE_PACKETS:
            return []
        burst, stamped = self._held, self._held_stamped
        self._held, self._held_stamped = None, []
        return self._backwards(burst, stamped)

    def done(self, mono_us: int) -> None:
        """The packet has been dealt with; what comes after this moment was waited for."""
        self._done_us = mono_us

    def _backwards(self, burst: list[Arrival], stamped: list[bool]) -> list[Arrival]:
        """Fill in the stamps before the first known one, then those after it."""
        first = stamped.index(True) if True in stamped else 0
        for i in range(first - 1, -1, -1):
            burst[i] = self._before(burst[i], burst[i + 1])
        self._last = burst[first]
        after = [
            self._placed(one, stamped=has) for one, has in zip(burst[first + 1 :], stamped[first + 1 :], strict=True)
        ]
        return [*burst[: first + 1], *after]

    def _before(self, one: Arrival, following: Arrival) -> Arrival:
        gap_us = _DEFAULT_GAP_US
        if one.sender_us is not None and following.sender_us is not None and following.sender_us > one.sender_us:
            gap_us = following.sender_us - one.sender_us
        return self._at(one, following.media_us - gap_us)

    def _placed(self, one: Arrival, *, stamped: bool) -> Arrival:
        if not stamped and self._last is not None:
            both = one.sender_us is not None and self._last.sender_us is not None
            gap_us = (one.sender_us or 0) - (self._last.sender_us or 0) if both else self._gap_us
            one = self._at(one, self._last.media_us + gap_us)
        elif self._last is not None and one.media_us > self._last.media_us:
            self._gap_us = one.media_us - self._last.media_us
        self._last = one
        return one

    def _at(self, one: Arrival, media_us: int) -> Arrival:
        return replace(one, media_us=media_us, pts=int(Fraction(media_us, 1_000_000) / self._time_base))

    def _us(self, stamp: int) -> int:
        return round(stamp * self._time_base * 1_000_000)
