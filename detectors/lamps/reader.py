"""Reads one traffic light over time: what it shows, and whether its region can be believed."""

from collections import deque
from datetime import datetime
from typing import Final

from detectors.lamps.cycle import Break, LampCycle
from detectors.lamps.fit_network import FitLook, LampFit
from detectors.lamps.flashing import YellowFlash
from detectors.lamps.housing import Fit, HousingWatch
from detectors.lamps.looking import Doubt, LampReading, LampSettings, RegionPx, read_lamps
from detectors.lamps.places import LampPlaces
from detectors.lamps.slipping import SlipWatch
from detectors.lamps.unread import UnreadWatch
from domain.instants import seconds_between
from domain.seen.frame import Frame
from domain.seen.timeline import SignalState

_NAMED_AFTER_S: Final = 10.0  # a housing that stands elsewhere for so long is a fault of the drawing


class LampReader:
    """Reads one traffic light over time.

    A state is given only while the newest reading shows it, the readings of the last moments do not contradict it, the
    region fits and the light goes through its phases: a change is unknown for a moment, never the old state.

    Args:
        region_norm: x1, y1, x2, y2 of the housing in shares of the picture's width and height.
        settings: when a reading is sure.
        fit: sees whether the region fits, and bears out what is read or not; None: colours and places alone are read.
    """

    def __init__(
        self,
        *,
        region_norm: tuple[float, float, float, float],
        settings: LampSettings | None = None,
        fit: LampFit | None = None,
    ) -> None:
        self._region_norm = region_norm
        self._settings = settings if settings is not None else LampSettings()
        self._readings: deque[tuple[datetime, SignalState]] = deque()
        self._housing = HousingWatch()
        self._places = LampPlaces()
        self._flash = YellowFlash()
        self._cycle = LampCycle()
        self._unread = UnreadWatch()
        self._fit = fit
        self._slip = SlipWatch()
        self._elsewhere_since: datetime | None = None
        self.misfit = False  # the region does not fit the light: everything is unknown, and somebody must draw it anew

    def read(self, frame: Frame) -> SignalState:
        """What the light shows in this picture, judged with the ones just before.

        Args:
            frame: later than every one before.

        Raises:
            ValueError: the picture is not later than the last one.
        """
        at = frame.captured_at
        if self._readings and at <= self._readings[-1][0]:
            msg = f"pictures must come in order of time, got {at.isoformat()}, which is not later"
            raise ValueError(msg)
        newest = self._look(frame)
        if self.broken is not None and newest != SignalState.DARK:
            newest = SignalState.UNKNOWN
        self._readings.append((at, newest))
        while seconds_between(self._readings[0][0], at) > self._settings.window_s:
            self._readings.popleft()
        agreeing = sum(state == newest for _, state in self._readings)
        sure = agreeing >= self._settings.least_agreement * len(self._readings)
        read = newest if sure or newest == SignalState.FLASHING_YELLOW else SignalState.UNKNOWN
        self._unread.see(at, read)
        return read

    @property
    def unread(self) -> bool:
        """Whether nothing was read for longer than any light keeps a camera waiting, and no other name says why."""
        return self._unread.unread and not self.misfit and self.broken is None

    @property
    def broken(self) -> Break | None:
        """How the light does not behave as one: everything is unknown, or dark, while it stands."""
        return self._cycle.broken

    def _look(self, frame: Frame) -> SignalState:
        """What this picture shows by itself, where the region fits and the light goes through its phases."""
        at, region = frame.captured_at, self._region_px(frame)
        reading = read_lamps(frame.image_bgr, region, self._settings)
        look = self._fit.look(frame.image_bgr, region) if self._fit and reading.doubt != Doubt.TOO_SMALL else None
        if look is not None:
            self._slip.see(at, look)
        reading = _borne_out(reading, look)
        state = reading.state if self._fits(at, frame, region, reading) else SignalState.UNKNOWN
        if self._flash.see(at, reading) and not self.misfit:
            state = SignalState.FLASHING_YELLOW
        unlit = reading.doubt == Doubt.NOTHING_LIT and (look is None or look.bears_out(SignalState.DARK))
        dark = unlit and self._places.proven and not self._housing.covered
        self._cycle.see(at, state, two_lit=reading.doubt == Doubt.TWO_LIT and self._places.proven, dark=dark)
        return SignalState.DARK if dark and self._cycle.broken == Break.DARK else state

    def _fits(self, at: datetime, frame: Frame, region: RegionPx, reading: LampReading) -> bool:
        """Whether the region fits the light, and what is read lies where it was learned to."""
        believed = self._places.believes(at, reading)
        stands_elsewhere = self._housing.see(at, frame.image_bgr, region) == Fit.ELSEWHERE and not self._places.proven
        if not stands_elsewhere:
            self._elsewhere_since = None
        elif self._elsewhere_since is None:
            self._elsewhere_since = at
        long_elsewhere = (
            self._elsewhere_since is not None and seconds_between(self._elsewhere_since, at) >= _NAMED_AFTER_S
        )
        self.misfit = self._places.misfit or self._slip.slipped or long_elsewhere
        return believed and not stands_elsewhere and not self.misfit

    def _region_px(self, frame: Frame) -> RegionPx:
        width, height = frame.resolution_wh
        x1, y1, x2, y2 = self._region_norm
        return round(x1 * width), round(y1 * height), round(x2 * width), round(y2 * height)


def _borne_out(reading: LampReading, look: FitLook | None) -> LampReading:
    """The reading; unknown where the network looked and does not see a light there that may show it."""
    if look is None or reading.state == SignalState.UNKNOWN or look.bears_out(reading.state):
        return reading
    return LampReading(state=SignalState.UNKNOWN, doubt=Doubt.NOT_BORNE_OUT)
