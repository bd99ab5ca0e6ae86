"""Whether a dark housing stands where the region of a traffic light was drawn, as seen over the last minutes."""

import warnings
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from detectors.lamps.looking import RegionPx
from domain.geometry import ImageBgr
from domain.instants import seconds_between

_WIDE: Final = 6  # cells across a housing
_LONG: Final = 18  # cells along it
_AROUND_LONG: Final = 9  # cells beyond either end
_AROUND_WIDE: Final = 9
_SHAPE: Final = (_LONG + 2 * _AROUND_LONG, _WIDE + 2 * _AROUND_WIDE)
_VIVID_VALUE: Final = 90
_VIVID_SATURATION: Final = 70
_LEAST_SEEN: Final = 0.3  # share of a cell that must not glow
_MEMORY_S: Final = 60.0  # cells follow the picture within about this time
_CLEAR: Final = 8.0  # grey levels, 0 to 255, by which a clear housing is darker than all around it
_HERE: Final = 3.0  # enough where the region says
_EVEN: Final = 15.0  # most deviation within a housing, in grey levels
_LEAST_CELLS: Final = _LONG * _WIDE // 2  # of a housing's, of which something must be seen
_OFF_SHARE: Final = 0.2  # of a housing; nearer than this it is where the region says
_LOOKED_EVERY_S: Final = 1.0
_MOST_CHANGE: Final = 12.0  # grey levels, on the mean, between a region that nothing covers and the last minute

_Cells = NDArray[Any]

_HERE_AT: Final = (_AROUND_LONG - 1, _AROUND_WIDE - 1)
_OFF: Final = np.fromfunction(
    lambda row, column: (
        np.maximum(np.abs(row - _HERE_AT[0]) / _LONG, np.abs(column - _HERE_AT[1]) / _WIDE) >= _OFF_SHARE
    ),
    (_SHAPE[0] - _LONG - 1, _SHAPE[1] - _WIDE - 1),
)


class Fit(StrEnum):
    """Where the housing stands."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    CANNOT_TELL = "cannot_tell"  # e.g. at night, or before something as dark


class HousingWatch:
    """Follows how dark a region and its surroundings are, lit lamps left out, and looks for the housing in that."""

    def __init__(self) -> None:
        self._mean: _Cells | None = None
        self._seen_at: datetime | None = None
        self.fit = Fit.CANNOT_TELL
        self.covered = False  # the region looked otherwise than over the last minute when it was last looked at

    def see(self, at: datetime, picture_bgr: ImageBgr, region_px: RegionPx) -> Fit:
        """Take in a picture that is later than the last one.

        Returns:
            Where the housing stands, by this picture and those before it.
        """
        if self._mean is None or self._seen_at is None:
            self._mean = cells_around(picture_bgr, region_px)
        elif (passed_s := seconds_between(self._seen_at, at)) >= _LOOKED_EVERY_S:
            cells = cells_around(picture_bgr, region_px)
            self.covered = _differ(cells, self._mean)
            mixed = self._mean + min(passed_s / _MEMORY_S, 1.0) * (cells - self._mean)
            self._mean = np.where(np.isnan(cells), self._mean, np.where(np.isnan(self._mean), cells, mixed))
        else:
            return self.fit
        self._seen_at, self.fit = at, fit_of(self._mean)
        return self.fit


def cells_around(picture_bgr: ImageBgr, region_px: RegionPx) -> _Cells:
    """Brightness of a region and of half its length and one and a half widths around it, lit parts left out.

    Args:
        picture_bgr: (h, w, 3); not written to.
        region_px: the housing; one that lies is turned upright.

    Returns:
        (36, 24) grey levels, not a number where nothing is seen; the region itself is the middle 18 by 6.
    """
    x1, y1, x2, y2 = region_px
    if x2 - x1 > y2 - y1:
        picture_bgr, (x1, y1, x2, y2) = picture_bgr.transpose(1, 0, 2), (y1, x1, y2, x2)
    along_px, across_px = round((y2 - y1) * _AROUND_LONG / _LONG), round((x2 - x1) * _AROUND_WIDE / _WIDE)
    top, left, bottom, right = y1 - along_px, x1 - across_px, y2 + along_px, x2 + across_px
    height_px, width_px = picture_bgr.shape[:2]
    part = picture_bgr[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if not part.size:
        return np.full(_SHAPE, np.nan)
    hsv = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_BGR2HSV)
    seen = ((hsv[..., 1] < _VIVID_SATURATION) | (hsv[..., 2] < _VIVID_VALUE)).astype(np.float32)
    outside = (max(-top, 0), max(bottom - height_px, 0), max(-left, 0), max(right - width_px, 0))
    size = (_SHAPE[1], _SHAPE[0])
    weights = cv2.resize(_padded(seen, outside), size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(_padded(seen * hsv[..., 2], outside), size, interpolation=cv2.INTER_AREA)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weights >= _LEAST_SEEN, sums / weights, np.nan)


def fit_of(cells: _Cells) -> Fit:
    """Where a housing stands in the cells around a region.

    Args:
        cells: as ``cells_around`` gives them.

    Examples:
        >>> street = np.full((36, 24), 120.0)
        >>> fit_of(street).value
        'cannot_tell'
        >>> street[9:27, 9:15] = 30.0
        >>> fit_of(street).value
        'here'
        >>> fit_of(np.roll(street, 6, axis=0)).value
        'elsewhere'
    """
    darker, deviation = _housings(cells)
    if darker[_HERE_AT] >= _HERE and deviation[_HERE_AT] <= _EVEN:
        return Fit.HERE
    clear = (darker >= _CLEAR) & (deviation <= _EVEN) & _OFF
    return Fit.ELSEWHERE if clear.any() else Fit.CANNOT_TELL


def _housings(cells: _Cells) -> tuple[_Cells, _Cells]:
    """For every place of a housing: how much darker it is than the least dark of its sides, and its deviation."""
    rows, columns = _SHAPE[0] - _LONG - 1, _SHAPE[1] - _WIDE - 1
    inside = sliding_window_view(cells[1:-1, 1:-1], (_LONG, _WIDE))
    across = sliding_window_view(cells[:, 1:-1], _WIDE, axis=1)
    along = sliding_window_view(cells[1:-1], _LONG, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a side of which nothing is seen has no mean
        rims, sides = np.nanmean(across, axis=-1), np.nanmean(along, axis=-1)
        lightest = np.stack([rims[:rows], rims[_LONG + 1 :], sides[:, :columns], sides[:, _WIDE + 1 :]])
        deviation = np.nanstd(inside, axis=(2, 3))
    sorted_cells = np.sort(inside.reshape(rows, columns, -1), axis=-1)  # what is not seen comes last
    seen = _LONG * _WIDE - np.isnan(sorted_cells).sum(axis=-1)
    body = np.take_along_axis(sorted_cells, (seen // 2).clip(max=_LONG * _WIDE - 1)[..., None], axis=-1)[..., 0]
    darker = np.min(lightest, axis=0) - body
    known = ~np.isnan(darker) & (seen >= _LEAST_CELLS)
    return np.where(known, darker, -np.inf), np.where(known, deviation, np.inf)


def _differ(cells: _Cells, before: _Cells) -> bool:
    """Whether the region's own cells have another brightness than before, where both are seen."""
    inside = (slice(_AROUND_LONG, _AROUND_LONG + _LONG), slice(_AROUND_WIDE, _AROUND_WIDE + _WIDE))
    apart = np.abs(cells[inside] - before[inside])
    return bool(np.isnan(apart).all()) or float(np.nanmean(apart)) > _MOST_CHANGE


def _padded(part: _Cells, outside: tuple[int, int, int, int]) -> _Cells:
    return cv2.copyMakeBorder(part, *outside, cv2.BORDER_CONSTANT, value=0.0)
