"""Capture time of pictures from a camera: media time, arrival and, where sent, the sender's own clock.

Pure: nothing here reads a clock. docs/adr/0013-capture-time.md says why.
"""

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from typing import Final

SLEW: Final = 0.05
"""Time may run this share faster or slower while it is being corrected; it never goes back."""
_STEP_US: Final = 1_000_000  # a correction forward beyond this is a step, not a slew
_DEAD_ZONE_US: Final = 1_000  # smaller differences are noise of our own clock reading
_LONG_US: Final = 60_000_000  # the quickest packet of this span shows the transport's floor
_SHORT_US: Final = 5_000_000  # late for this long: not a hiccup of the network but a pause of the sender
_SILENCE_US: Final = 1_000_000
_REORDER_US: Final = 2_000_000  # media time may go back this far (B-frames); beyond it the sender began anew
_LEAP_US: Final = 5_000_000  # media time may run ahead of our clock this far (a burst); beyond it the sender's stepped
_MIN_GAP_US: Final = 1_000
_BOX_STEP_US: Final = 500_000  # our own clock is slewed by less; beyond it somebody has set it
_SENDER_STEP_US: Final = 500_000  # the sender's clock, sent anew, is believed at once within this ...
_SENDER_HOLDS_US: Final = 12_000_000  # ... or if it is nearer ours, else when it has held for so long, a few reports
_KNOTS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureTime:
    """When a picture was taken, as well as we know."""

    captured_us: int  # microseconds since 1970, UTC
    clock_error_ms: float | None  # half-width of the interval that holds the true instant; None: not known


class _SlidingMinimum:
    """The least value of a moving span; amortised constant time."""

    def __init__(self, span_us: int) -> None:
        self._span_us = span_us
        self._rising: deque[tuple[int, int]] = deque()  # (at_us, value) with values rising
        self.since_us: int | None = None

    def add(self, at_us: int, value: int) -> None:
        if self.since_us is None:
            self.since_us = at_us
        while self._rising and self._rising[-1][1] >= value:
            self._rising.pop()
        self._rising.append((at_us, value))
        while self._rising[0][0] < at_us - self._span_us:
            self._rising.popleft()

    @property
    def value(self) -> int:
        return self._rising[0][1]

    def full(self, at_us: int) -> bool:
        return self.since_us is not None and at_us - self.since_us >= self._span_us


class CaptureClock:
    """Turns media times of one camera into UTC; within an epoch results rise strictly with media time.

    A step of this machine's own clock begins a new epoch: times are right again at once, and may be earlier than those
    before. Nothing may be measured from one epoch to another.

    Call ``observe`` for each packet as it arrives and then ``stamp`` for its media time. Several packets may be
    observed before the first is stamped: that makes the start of a connection, which comes in a burst, exact.

    Args:
        trust_limit_s: the sender's clock is believed while it is no further than this from ours.
    """

    def __init__(self, *, trust_limit_s: float = 2.0) -> None:
        self._trust_limit_us = round(trust_limit_s * 1e6)
        self._last_us: int | None = None  # the latest instant given out in this epoch
        self._wall_minus_mono_us: int | None = None
        self.epoch = 0
        self.anchors = 0  # how often media time was placed anew
        self.restart()

    def restart(self) -> None:
        """A new connection: media time begins anew; what was given out stays the lower bound."""
        self._floor = _SlidingMinimum(_LONG_US)
        self._recent = _SlidingMinimum(_SHORT_US)
        self._arrived_us: int | None = None
        self._sender_offset_us: int | None = None
        self._odd_sender: tuple[int, int] | None = None  # (offset_us, since mono_us) of reports not believed yet
        self._newest: tuple[int, int] | None = None  # (media_us, mono_us) of the furthest packet observed
        self._knots_media: list[int] = []
        self._knots_utc: list[int] = []

    def begin_epoch(self) -> None:
        """Times begin anew and may be earlier than what was given out."""
        self.epoch += 1
        self._last_us = None
        self.restart()

    @property
    def sender_apart_us(self) -> int | None:
        """The sender's clock less ours, microseconds; None where it sends none."""
        if self._sender_offset_us is None or self._newest is None:
            return None
        return self._sender_offset_us - self._ours_us

    def observe(self, *, media_us: int, mono_us: int, wall_us: int, sender_us: int | None = None) -> bool:
        """Take in one packet's arrival.

        Args:
            media_us: presentation time of the packet on the sender's media clock.
            mono_us: this machine's monotonic clock at arrival.
            wall_us: this machine's UTC at arrival, microseconds since 1970.
            sender_us: UTC of the picture by the sender's clock (RTCP sender report), None where it sent none.

        Returns:
            Whether earlier offsets mean nothing now: the sender's media clock leapt, or ours was set (a new epoch).
        """
        leapt = self._leapt(media_us, mono_us)
        known_us, self._wall_minus_mono_us = self._wall_minus_mono_us, wall_us - mono_us
        if known_us is not None and abs(self._wall_minus_mono_us - known_us) > _BOX_STEP_US:
            leapt = True
            self.begin_epoch()
        elif leapt:
            self.restart()
        if self._newest is None or media_us > self._newest[0]:
            self._newest = (media_us, mono_us)
        if self._arrived_us is not None and mono_us - self._arrived_us > _SILENCE_US:
            self._recent = _SlidingMinimum(_SHORT_US)  # whether what comes now is late has to show anew
        self._arrived_us = mono_us
        delta_us = mono_us - media_us
        self._floor.add(mono_us, delta_us)
        self._recent.add(mono_us, delta_us)
        if self._recent.full(mono_us) and self._late_us > _STEP_US:
            self._floor = _SlidingMinimum(_LONG_US)
            self._floor.add(mono_us, self._recent.value)
        if sender_us is not None:
            self._hear_sender(sender_us - media_us, mono_us)
        return leapt

    def stamp(self, media_us: int) -> CaptureTime:
        """Capture time of a media time observed before.

        Raises:
            ValueError: nothing was observed yet.
        """
        if self._newest is None:
            raise ValueError("observe a packet before its time is asked for")
        target_us, error_us = self._target()
        if not self._knots_media or media_us > self._knots_media[-1]:
            captured_us = self._extend(media_us, target_us)
        else:
            captured_us = self._between(media_us)
        residual_us = abs(media_us + target_us - captured_us)
        if error_us is None:
            known_us = max(residual_us, self._late_us)
            error_ms = known_us / 1000 if known_us > _STEP_US else None
        else:
            error_ms = (error_us + residual_us) / 1000
        return CaptureTime(captured_us=captured_us, clock_error_ms=error_ms)

    @property
    def _late_us(self) -> int:
        return self._recent.value - self._floor.value

    def _leapt(self, media_us: int, mono_us: int) -> bool:
        if self._newest is None:
            return False
        newest_media_us, newest_mono_us = self._newest
        ahead_us = media_us - newest_media_us
        return ahead_us < -_REORDER_US or ahead_us - (mono_us - newest_mono_us) > _LEAP_US

    def _hear_sender(self, offset_us: int, mono_us: int) -> None:
        known_us, ours_us = self._sender_offset_us, self._ours_us
        nearer = known_us is not None and abs(offset_us - ours_us) < abs(known_us - ours_us)
        if known_us is None or nearer or abs(offset_us - known_us) <= _SENDER_STEP_US:
            self._sender_offset_us, self._odd_sender = offset_us, None
        elif self._odd_sender is None or abs(offset_us - self._odd_sender[0]) > _SENDER_STEP_US:
            self._odd_sender = (offset_us, mono_us)
        elif mono_us - self._odd_sender[1] >= _SENDER_HOLDS_US:
            self._sender_offset_us, self._odd_sender = offset_us, None

    @property
    def _ours_us(self) -> int:
        return self._floor.value + (self._wall_minus_mono_us or 0)

    def _target(self) -> tuple[int, int | None]:
        """Offset from media time to UTC that should hold now, and its error (None: not known), microseconds."""
        ours_us = self._ours_us
        if self._sender_offset_us is None:
            return ours_us, None
        apart_us = abs(ours_us - self._sender_offset_us)
        if apart_us <= self._trust_limit_us:
            return self._sender_offset_us, apart_us
        return ours_us, apart_us

    def _extend(self, media_us: int, target_us: int) -> int:
        if not self._knots_media:
            self.anchors += 1
            captured_us = media_us + target_us
        else:
            gap_us = media_us - self._knots_media[-1]
            offset_us = self._knots_utc[-1] - self._knots_media[-1]
            wrong_us = target_us - offset_us
            if wrong_us > _STEP_US:
                self.anchors += 1
                captured_us = media_us + target_us
            elif abs(wrong_us) < _DEAD_ZONE_US:
                captured_us = media_us + offset_us
            else:
                most_us = max(int(gap_us * SLEW), 0)
                captured_us = media_us + offset_us + max(-most_us, min(most_us, wrong_us))
        if self._last_us is not None and captured_us <= self._last_us:
            captured_us = self._last_us + _MIN_GAP_US
        self._last_us = captured_us
        self._knots_media.append(media_us)
        self._knots_utc.append(captured_us)
        if len(self._knots_media) > _KNOTS:
            del self._knots_media[: _KNOTS // 2]
            del self._knots_utc[: _KNOTS // 2]
        return captured_us

    def _between(self, media_us: int) -> int:
        """A picture that is shown before one sent earlier: on the line between its neighbours in media time."""
        at = bisect_left(self._knots_media, media_us)
        if self._knots_media[at] == media_us:
            return self._knots_utc[at]
        if at == 0:
            return self._knots_utc[0] - (self._knots_media[0] - media_us)
        before_us, after_us = self._knots_media[at - 1], self._knots_media[at]
        utc_before_us, utc_after_us = self._knots_utc[at - 1], self._knots_utc[at]
        share = (media_us - before_us) / (after_us - before_us)
        return utc_before_us + round(share * (utc_after_us - utc_before_us))
