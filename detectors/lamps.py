"""What a traffic light in the picture shows: colour and position must agree, or it is unknown."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from domain.frame import Frame
from domain.geometry import ImageBgr
from domain.instants import seconds_between
from domain.timeline import SignalState

_HUES = {  # OpenCV's hue, 0 to 179; a red lamp may lie on both sides of 0
    SignalState.RED: ((0, 14), (158, 179)),
    SignalState.YELLOW: ((6, 38),),
    SignalState.GREEN: ((45, 105),),
}
_ORDER = (SignalState.RED, SignalState.YELLOW, SignalState.GREEN)  # from the top, or from the left


@dataclass(frozen=True, slots=True, kw_only=True)
class LampSettings:
    """When a reading is sure."""

    least_glow: float = 0.015  # mean of saturation times brightness, each in [0, 1], over a lit lamp's third
    least_contrast: float = 2.5  # how many times more a lit lamp glows than the brightest of the others
    vivid_value: int = 70  # pixels darker than this (0 to 255) do not glow
    vivid_saturation: int = 70  # greyer ones do not either
    window_s: float = 0.6  # readings of so many seconds must not contradict the newest one
    least_agreement: float = 0.67  # share of them that must agree with it

    def __post_init__(self) -> None:
        if self.least_glow <= 0 or self.least_contrast < 1 or self.window_s <= 0:
            msg = "least_glow and window_s must be more than 0 and least_contrast at least 1"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class LampReading:
    """One look at a traffic light."""

    state: SignalState  # red, yellow, green, or unknown where it cannot be known
    glow: tuple[float, float, float]  # of the red, yellow and green third, each in its own colour
    stray: tuple[float, float, float]  # of the same thirds in any colour


def read_lamps(region_bgr: ImageBgr, settings: LampSettings | None = None) -> LampReading:
    """Read a three-lamp traffic light.

    Red is at the top and green at the bottom where the region is upright, red at the left where it lies. A lamp counts
    as lit only if its own third glows in its own colour and the others do not glow at all, so that neither a red lorry
    behind the light nor one in front of it is a red light.

    Args:
        region_bgr: (h, w, 3) the housing and little else; not written to.
        settings: when a reading is sure.

    Returns:
        The state; unknown for a dark, covered, empty or contradictory region.
    """
    settings = settings if settings is not None else LampSettings()
    along = 0 if region_bgr.shape[0] >= region_bgr.shape[1] else 1
    if region_bgr.shape[along] < _LEAST_THIRDS_PX * 3 or region_bgr.shape[1 - along] < _LEAST_THIRDS_PX:
        return LampReading(state=SignalState.UNKNOWN, glow=(0.0, 0.0, 0.0), stray=(0.0, 0.0, 0.0))
    hsv = cv2.cvtColor(region_bgr, cv2.COLOR_BGR2HSV)
    thirds = [_inner(third) for third in np.array_split(hsv, 3, axis=along)]
    glow = tuple(_glow(third, _HUES[state], settings) for third, state in zip(thirds, _ORDER, strict=True))
    stray = tuple(_glow(third, ((0, 179),), settings) for third in thirds)
    best = int(np.argmax(glow))
    others = max(value for index, value in enumerate(stray) if index != best)
    lit = glow[best] >= settings.least_glow and glow[best] >= settings.least_contrast * others
    return LampReading(
        state=_ORDER[best] if lit else SignalState.UNKNOWN,
        glow=(glow[0], glow[1], glow[2]),
        stray=(stray[0], stray[1], stray[2]),
    )


_LEAST_THIRDS_PX = 4
_Pixels = NDArray[Any]


def _inner(third: _Pixels) -> _Pixels:
    """Without a tenth on every side, where housing, neighbours and background are."""
    rows, columns = third.shape[0] // 10, third.shape[1] // 10
    return third[rows : third.shape[0] - rows, columns : third.shape[1] - columns]


def _glow(hsv: _Pixels, hues: tuple[tuple[int, int], ...], settings: LampSettings) -> float:
    """Mean of saturation times brightness, in [0, 1], counting vivid pixels of some hues only."""
    hue, saturation, value = hsv[..., 0], hsv[..., 1], hsv[..., 2]
    vivid = (saturation >= settings.vivid_saturation) & (value >= settings.vivid_value)
    of_hue = np.zeros(hue.shape, np.bool_)
    for low, high in hues:
        of_hue |= (hue >= low) & (hue <= high)
    energy = saturation.astype(np.float64) * value / (255.0 * 255.0)
    return float(np.where(vivid & of_hue, energy, 0.0).mean())


class LampReader:
    """Reads one traffic light over time.

    A state is given only while the newest reading shows it and the readings of the last moments do not contradict it: a
    change is unknown for a moment, never the old state.

    Args:
        region_norm: x1, y1, x2, y2 of the housing in shares of the picture's width and height.
        settings: when a reading is sure.
    """

    def __init__(self, *, region_norm: tuple[float, float, float, float], settings: LampSettings | None = None) -> None:
        self._region_norm = region_norm
        self._settings = settings if settings is not None else LampSettings()
        self._readings: deque[tuple[datetime, SignalState]] = deque()

    def read(self, frame: Frame) -> SignalState:
        """What the light shows in this picture, judged with the ones just before.

        Args:
            frame: later than every one before.

        Raises:
            ValueError: the picture is not later than the last one.
        """
        if self._readings and frame.captured_at <= self._readings[-1][0]:
            msg = f"pictures must come in order of time, got {frame.captured_at.isoformat()}, which is not later"
            raise ValueError(msg)
        newest = read_lamps(self._crop(frame), self._settings).state
        self._readings.append((frame.captured_at, newest))
        while seconds_between(self._readings[0][0], frame.captured_at) > self._settings.window_s:
            self._readings.popleft()
        agreeing = sum(state == newest for _, state in self._readings)
        sure = agreeing >= self._settings.least_agreement * len(self._readings)
        return newest if sure else SignalState.UNKNOWN

    def _crop(self, frame: Frame) -> ImageBgr:
        width, height = frame.resolution_wh
        x1, y1, x2, y2 = self._region_norm
        return frame.image_bgr[round(y1 * height) : round(y2 * height), round(x1 * width) : round(x2 * width)]
