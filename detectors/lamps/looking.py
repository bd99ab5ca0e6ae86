"""What a traffic light in one picture shows: colour and place must agree, or it is unknown."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from domain.geometry import ImageBgr
from domain.seen.timeline import SignalState

RegionPx = tuple[int, int, int, int]
"""x1, y1, x2, y2 of the housing in whole pixels of the picture."""

ORDER = (SignalState.RED, SignalState.YELLOW, SignalState.GREEN)  # from the top, or from the left
_HUES = {  # OpenCV's hue, 0 to 179; a red lamp may lie on both sides of 0, an orange one is told apart by its mean
    SignalState.RED: ((0, 14), (158, 179)),
    SignalState.YELLOW: ((6, 38),),
    SignalState.GREEN: ((45, 105),),
}
_MEAN_HUES = {SignalState.RED: (-25.0, 5.0), SignalState.YELLOW: (8.0, 38.0), SignalState.GREEN: (45.0, 105.0)}
_WRAP_HUE = 140  # hues above it are counted from 0 downwards
_LEAST_PLACE_PX = 4
_GROWN = 0.3  # of a place: so far around a lamp's place its middle is looked for
_BEYOND_PLACES = 1.5  # so far beyond the housing's red end a red light is looked for

_Pixels = NDArray[Any]


class Doubt(StrEnum):
    """Why one picture does not show the light's state."""

    TOO_SMALL = "too_small"  # the region has too few pixels, or does not lie within the picture
    NOTHING_LIT = "nothing_lit"
    TWO_LIT = "two_lit"  # two lamps, each in its own colour
    NOT_ALONE = "not_alone"  # other places glow too
    WRONG_PLACE = "wrong_place"  # a colour where another lamp has its place, or between two places
    WRONG_COLOUR = "wrong_colour"  # of the place's hues, but on the whole another colour
    SPREADS = "spreads"  # it glows as much beside the housing: no lamp, but something behind or before it
    NOT_BORNE_OUT = "not_borne_out"  # the lamp-fit network does not see it
    RED_BEYOND = "red_beyond"  # green or yellow, while a red lamp is lit just beyond the red end


class Place(NamedTuple):
    """Where something is lit."""

    along: float  # in places from the red end of the region: a red lamp stands at 0.5, a green one at 2.5
    across: float  # in widths of the region: a lamp stands at 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class LampSettings:
    """When a reading is sure."""

    least_glow: float = 0.015  # mean of saturation times brightness, each in [0, 1], over a lit lamp's place
    least_contrast: float = 2.5  # how many times more a lit lamp glows than the brightest of the others
    vivid_value: int = 70  # pixels darker than this (0 to 255) do not glow
    vivid_saturation: int = 70  # greyer ones do not either
    off_place: float = 0.25  # a lit lamp's middle may be so far from its place's, in places along and widths across
    most_spread: float = 0.5  # of a lit lamp's light that may lie beside the housing
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
    doubt: Doubt | None  # why it is unknown
    place: Place | None = None  # of what is lit; None: nothing is, or too much


def read_lamps(
    picture_bgr: ImageBgr, region_px: RegionPx | None = None, settings: LampSettings | None = None
) -> LampReading:
    """Read a three-lamp traffic light.

    Red is at the top and green at the bottom where the region is upright, red at the left where it lies. A lamp counts
    as lit only if its own place glows in its own colour, in the middle of the place, and the others do not glow at all.
    So neither a red lorry behind the light is a red light, nor a green arrow below it a green one, where the region
    lies too low by one lamp.

    Args:
        picture_bgr: (h, w, 3); not written to.
        region_px: the housing and little else; None: the whole picture is that.
        settings: when a reading is sure.

    Returns:
        The state; unknown for a dark, covered, empty or contradictory region.
    """
    settings = settings if settings is not None else LampSettings()
    height_px, width_px = picture_bgr.shape[:2]
    region = region_px if region_px is not None else (0, 0, width_px, height_px)
    light = _Light.of(picture_bgr, region, settings)
    if light is None:
        return LampReading(state=SignalState.UNKNOWN, doubt=Doubt.TOO_SMALL)
    glow = [light.glow(colour, index) for index, colour in enumerate(ORDER)]
    stray = [light.glow(None, index) for index in range(3)]
    best = int(np.argmax(glow))
    if glow[best] < settings.least_glow:
        return _elsewhere(light, stray, settings)
    place = light.middle(ORDER[best], best)
    if glow[best] < settings.least_contrast * max(value for index, value in enumerate(stray) if index != best):
        lit = sum(value >= max(settings.least_glow, glow[best] / settings.least_contrast) for value in glow)
        return LampReading(state=SignalState.UNKNOWN, doubt=Doubt.TWO_LIT if lit > 1 else Doubt.NOT_ALONE)
    doubt = _doubt(light, ORDER[best], best, place, settings)
    return LampReading(state=ORDER[best] if doubt is None else SignalState.UNKNOWN, doubt=doubt, place=place)


def _doubt(light: "_Light", colour: SignalState, index: int, place: Place, settings: LampSettings) -> Doubt | None:
    """What speaks against a lamp that seems to be lit."""
    if max(abs(place.along - index - 0.5), abs(place.across - 0.5)) > settings.off_place:
        return Doubt.WRONG_PLACE
    low, high = _MEAN_HUES[colour]
    if not low <= light.mean_hue(colour, index) <= high:
        return Doubt.WRONG_COLOUR
    if light.spread(colour, index) > settings.most_spread:
        return Doubt.SPREADS
    if colour != SignalState.RED and light.red_beyond(settings.least_glow):
        return Doubt.RED_BEYOND
    return None


def _elsewhere(light: "_Light", stray: list[float], settings: LampSettings) -> LampReading:
    """No lamp glows in its own colour: whether anything glows in another's place."""
    doubt = Doubt.WRONG_PLACE if max(stray) >= settings.least_glow else Doubt.NOTHING_LIT
    if doubt == Doubt.NOTHING_LIT and light.red_beyond(settings.least_glow):
        doubt = Doubt.RED_BEYOND
    return LampReading(state=SignalState.UNKNOWN, doubt=doubt)


class _Light:
    """The region and what lies around it, turned so that the housing stands upright with red at the top.

    Args:
        hsv: the region with up to ``_BEYOND_PLACES`` above and below and a width on either side.
        top_px: where the region begins in it.
        left_px: likewise.
        size_px: the region's length along the lamps and its width.
        settings: what glows.
    """

    def __init__(self, hsv: _Pixels, top_px: int, left_px: int, size_px: tuple[int, int], settings: LampSettings):
        self._hue, saturation, value = hsv[..., 0], hsv[..., 1], hsv[..., 2]
        vivid = (saturation >= settings.vivid_saturation) & (value >= settings.vivid_value)
        self._energy = np.where(vivid, saturation.astype(np.float64) * value / (255.0 * 255.0), 0.0)
        self._top_px, self._left_px = top_px, left_px
        self._long_px, self._wide_px = size_px
        self._place_px = self._long_px / 3

    @classmethod
    def of(cls, picture_bgr: ImageBgr, region: RegionPx, settings: LampSettings) -> "_Light | None":
        """None where the region has too few pixels or does not lie within the picture."""
        x1, y1, x2, y2 = region
        lies = x2 - x1 > y2 - y1
        picture = picture_bgr.transpose(1, 0, 2) if lies else picture_bgr
        if lies:
            x1, y1, x2, y2 = y1, x1, y2, x2
        within = min(x1, y1) >= 0 and y2 <= picture.shape[0] and x2 <= picture.shape[1]
        if not within or y2 - y1 < 3 * _LEAST_PLACE_PX or x2 - x1 < _LEAST_PLACE_PX:
            return None
        more_px = round((y2 - y1) / 3 * _BEYOND_PLACES)
        top, left = max(y1 - more_px, 0), max(x1 - (x2 - x1), 0)
        around = picture[top : y2 + more_px, left : x2 + (x2 - x1)]
        hsv = cv2.cvtColor(np.ascontiguousarray(around), cv2.COLOR_BGR2HSV)
        return cls(hsv, y1 - top, x1 - left, (y2 - y1, x2 - x1), settings)

    def glow(self, colour: SignalState | None, index: int) -> float:
        """Mean energy of one place in one colour or any, without a tenth on every side, where neighbours are."""
        edge = self._wide_px // 10
        return float(self._of(colour, self._rows(index + 0.1, index + 0.9), edge, self._wide_px - edge).mean())

    def middle(self, colour: SignalState, index: int) -> Place:
        """Where the light of one colour in and just around a place has its middle."""
        rows, grown_px = self._rows(index - _GROWN, index + 1 + _GROWN), round(_GROWN * self._wide_px)
        energy = self._of(colour, rows, -grown_px, self._wide_px + grown_px)
        first_column_px = max(-grown_px, -self._left_px)
        total = energy.sum()
        along_px = (energy.sum(axis=1) @ (np.arange(energy.shape[0]) + 0.5)) / total + rows.start - self._top_px
        across_px = (energy.sum(axis=0) @ (np.arange(energy.shape[1]) + 0.5)) / total + first_column_px
        return Place(along=float(along_px / self._place_px), across=float(across_px / self._wide_px))

    def mean_hue(self, colour: SignalState, index: int) -> float:
        """Mean hue of what glows in a place in a colour; red hues are counted around 0."""
        rows = self._rows(index, index + 1)
        hue = self._hue[rows, self._left_px : self._left_px + self._wide_px].astype(np.float64)
        energy = self._of(colour, rows, 0, self._wide_px)
        return float((np.where(hue > _WRAP_HUE, hue - 180, hue) * energy).sum() / energy.sum())

    def spread(self, colour: SignalState, index: int) -> float:
        """How much of a colour glows within half a width on both sides of a place, as a share of what glows in it."""
        rows = self._rows(index, index + 1)
        beside = sum(
            float(self._of(colour, rows, start, end).sum())
            for start, end in ((-self._wide_px // 2, 0), (self._wide_px, self._wide_px + self._wide_px // 2))
        )
        return beside / float(self._of(colour, rows, 0, self._wide_px).sum())

    def red_beyond(self, least_glow: float) -> bool:
        """Whether a red lamp is lit just beyond the red end, in line with the others."""
        beyond = self._of(SignalState.RED, self._rows(-_BEYOND_PLACES, 0.0), 0, self._wide_px)
        one_place_px = self._place_px * self._wide_px
        return bool(beyond.size) and float(beyond.sum()) / one_place_px >= least_glow

    def _rows(self, start: float, end: float) -> slice:
        """Rows between two points along the lamps, in places from the region's red end."""
        first, last = (self._top_px + round(at * self._place_px) for at in (start, end))
        return slice(max(first, 0), max(last, 0))

    def _of(self, colour: SignalState | None, rows: slice, start_px: int, end_px: int) -> _Pixels:
        """Energy of a colour in some rows and columns, the latter from the region's left."""
        columns = slice(max(self._left_px + start_px, 0), max(self._left_px + end_px, 0))
        energy = self._energy[rows, columns]
        if colour is None:
            return energy
        hue = self._hue[rows, columns]
        of_colour = np.zeros(hue.shape, np.bool_)
        for low, high in _HUES[colour]:
            of_colour |= (hue >= low) & (hue <= high)
        return np.where(of_colour, energy, 0.0)
