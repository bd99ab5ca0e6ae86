"""Media times of a live connection's packets: every packet gets one, and the first burst waits for a timely packet."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from av.packet import Packet
from av.video.stream import VideoStream

from ingest.media.frame_times import us_of_ticks
from ingest.media.stamp_check import StampCheck, StampFault

_DEFAULT_TIME_BASE: Final = Fraction(1, 90_000)
_WAITED_US: Final = 5_000  # a packet that was waited for so long came live, not out of a buffer
_SETTLE_US: Final = 1_000_000
_SETTLE_PACKETS: Final = 150
_DEFAULT_GAP_US: Final = 40_000
_ODD_BACK_US: Final = 2_000_000  # a stamp so far behind, or ...
_ODD_AHEAD_US: Final = 5_000_000  # ... ahead of what arrivals show is odd; a second one beside it is a new begin


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrival:
    """A packet with its place on the sender's media clock and when it came."""

    packet: "Packet[VideoStream]"
    pts: int  # presentation stamp in the stream's time base, filled in where the packet had none
    media_us: int
    mono_us: int
    wall_us: int
    sender_us: int | None  # UTC by the sender's clock
    rtp_missing: int = 0  # RTP packets missing in it or before it
    begins_epoch: bool = False  # from here on media times are taken from elsewhere, and may be earlier


class MediaTimes:
    """Gives each packet of one connection its media time.

    The first packets of a connection come in a burst out of buffers and would all seem late. They are held until one
    had to be waited for (one picture's gap as a rule, a second at most), so that the capture clock has seen a timely
    packet before the first time is given out. libav leaves the very first packet without a stamp; it gets one from
    the sender's reports or, without, one picture's gap before the next.

    A single stamp far from its neighbours is an outlier: its picture is placed one gap after the last. When the next
    stamp goes on from there, the sender has begun anew. Where stamps cannot be used at all (``StampCheck``) arrival
    takes their place.

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
        self._check = StampCheck()
        self._odd: Arrival | None = None  # the last packet, where its stamp was odd
        self._outliers = 0

    @property
    def fault(self) -> StampFault | None:
        """Why arrival stands for the stamps; None while stamps are used."""
        return self._check.fault

    def count_outliers(self) -> int:
        """How many outliers there were since this was last asked."""
        count, self._outliers = self._outliers, 0
        return count

    def take(
        self,
        packet: "Packet[VideoStream]",
        *,
        mono_us: int,
        wall_us: int,
        sender_us: int | None,
        rtp_missing: int = 0,
    ) -> list[Arrival]:
        """The packets that may pass now, in order of decoding; empty while the burst lasts.

        Args:
            packet: the next one in order of decoding.
            mono_us: monotonic time of its arrival.
            wall_us: UTC of its arrival, microseconds since 1970.
            sender_us: UTC of its picture by the sender's clock, if known.
            rtp_missing: RTP packets missing in it or before it.
        """
        stamp = packet.pts if packet.pts is not None else packet.dts
        raw = Arrival(
            packet=packet,
            pts=0 if stamp is None else stamp,
            media_us=0 if stamp is None else self._us(stamp),
            mono_us=mono_us,
            wall_us=wall_us,
            sender_us=sender_us,
            rtp_missing=rtp_missing,
        )
        if self._held is None:
            return [self._checked(raw, stamped=stamp is not None)]
        self._held.append(raw)
        self._held_stamped.append(stamp is not None)
        waited = self._done_us is not None and mono_us - self._done_us >= _WAITED_US
        settled = (any(self._held_stamped) and waited) or mono_us - self._held[0].mono_us >= _SETTLE_US
        if not settled and len(self._held) < _SETTLE_PACKETS:
            return []
        burst, stamped = self._held, self._held_stamped
        self._held, self._held_stamped = None, []
        return self._backwards(burst, stamped)

    def done(self, mono_us: int) -> None:
        """The packet has been dealt with; what comes after this moment was waited for."""
        self._done_us = mono_us

    def _checked(self, one: Arrival, *, stamped: bool) -> Arrival:
        changed = False
        if self._last is None or not stamped or not self._is_odd(one, self._last):
            self._odd = None
            changed = self._check.see(one.media_us if stamped else None, one.mono_us)
        elif self._odd is not None and not self._is_odd(one, self._odd):
            self._odd = None
            self._check.restart()
        else:
            self._outliers += self.fault is None
            self._odd = one
            if self.fault is None:
                return self._placed(replace(one, sender_us=None), stamped=False)
        if self.fault is not None:
            self._last = one
            return self._at(replace(one, sender_us=None, begins_epoch=changed), one.mono_us)
        return replace(self._placed(one, stamped=stamped), begins_epoch=changed)

    def _is_odd(self, one: Arrival, other: Arrival) -> bool:
        ahead_us = one.media_us - other.media_us
        return ahead_us < -_ODD_BACK_US or ahead_us - (one.mono_us - other.mono_us) > _ODD_AHEAD_US

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
        return us_of_ticks(stamp, self._time_base)
