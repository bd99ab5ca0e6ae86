"""The empty street: road, markings, pavement, the film's houses behind them, and the mast with its traffic light."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.demo.junction.ground import HORIZON_PX, SIZE_WH, Metres, ground_m, point_px, px_per_m
from domain.geometry import ImageBgr
from domain.seen.timeline import SignalState

ROAD_M = (-7.0, 7.0)  # from kerb to kerb; traffic of this side between 0 and the right kerb
LANE_EDGES_M = (-3.5, 3.5)
STOP_LINE_M = 28.0
CROSSWALK_M = (30.0, 34.0)
JUNCTION_M = (36.0, 54.0)
MAST_M = (8.9, 24.0)  # right of the middle, ahead
LIGHT_M = (0.5, 3.0, 4.3)  # width of the housing, height of its lower and its upper end

_FRAME = 181  # of the film, whose houses stand behind
_HOUSES = (36, 98, 320, 640)  # first and last row, first and last column of the film: above the railing
Colour = tuple[int, int, int]
_ASPHALT: Colour = (104, 106, 106)
_PAVEMENT: Colour = (150, 158, 164)
_KERB: Colour = (176, 180, 182)
_WHITE: Colour = (214, 218, 218)
_YELLOW: Colour = (90, 190, 220)
_LIT: dict[SignalState, tuple[int, Colour]] = {
    SignalState.RED: (0, (40, 40, 250)),
    SignalState.YELLOW: (1, (40, 190, 250)),
    SignalState.GREEN: (2, (120, 240, 60)),
}


def empty_street(film: Sequence[ImageBgr]) -> ImageBgr:
    """The street without anybody, its light unlit.

    Args:
        film: whose houses stand behind it.
    """
    width, height = SIZE_WH
    picture = np.empty((height, width, 3), np.float32)
    first_row, last_row, first_column, last_column = _HOUSES
    houses = film[_FRAME][first_row:last_row, first_column:last_column]
    picture[: last_row - first_row] = np.concatenate([houses[:, ::-1], houses], axis=1)
    horizon = round(HORIZON_PX)
    picture[horizon:] = _ground(horizon)
    street = picture.clip(0, 255).astype(np.uint8)
    _mast(street)
    return street


def light_region_px() -> tuple[int, int, int, int]:
    """x1, y1, x2, y2 of the traffic light's housing."""
    right_m, ahead_m = MAST_M
    width_m, low_m, high_m = LIGHT_M
    x1, y2 = point_px(right_m - width_m / 2, ahead_m, low_m)
    x2, y1 = point_px(right_m + width_m / 2, ahead_m, high_m)
    return round(x1), round(y1), round(x2), round(y2)


def show_light(street: ImageBgr, state: SignalState) -> None:
    """Light a lamp of the traffic light, in the picture itself."""
    x1, y1, x2, y2 = light_region_px()
    lit, colour_bgr = _LIT[state]
    third = (y2 - y1) / 3
    middle = (round((x1 + x2) * 8), round((y1 + third * (lit + 0.5)) * 16))
    cv2.circle(street, middle, round(third * 0.36 * 16), colour_bgr, -1, cv2.LINE_AA, 4)


def _ground(horizon: int) -> NDArray[np.float32]:
    """Everything below the horizon, pixel by pixel from where its middle lies on the ground."""
    right, ahead = ground_m(horizon)
    within = (right > ROAD_M[0]) & (right < ROAD_M[1])
    junction = (ahead > JUNCTION_M[0]) & (ahead < JUNCTION_M[1])
    ground = np.where((within | junction)[..., None], _ASPHALT, _PAVEMENT).astype(np.float32)
    ground[_near(right, ROAD_M, 0.15) & ~junction] = _KERB
    for where, colour_bgr in _markings(right, ahead):
        ground[where & within] = colour_bgr
    grain = np.random.default_rng(0).normal(0.0, 1.0, right.shape)
    speckled = 7 * cv2.GaussianBlur(grain, (0, 0), 0.8) + 60 * cv2.GaussianBlur(grain, (0, 0), 9.0)
    return np.asarray(cv2.GaussianBlur(ground + speckled[..., None], (0, 0), 0.6), np.float32)


def _markings(right: Metres, ahead: Metres) -> list[tuple[NDArray[np.bool_], Colour]]:
    """What is painted on the road, and its colour."""
    outside = (ahead < STOP_LINE_M) | (ahead > JUNCTION_M[1] + 6)
    dashes = _near(right, LANE_EDGES_M, 0.08) & (ahead % 6 < 3)  # noqa: PLR2004 - metres of a dash and its gap
    stripes = (ahead > CROSSWALK_M[0]) & (ahead < CROSSWALK_M[1]) & (right % 1.6 < 0.8)  # noqa: PLR2004 - likewise
    return [
        (outside & _near(right, (0.0,), 0.1), _YELLOW),
        (outside & dashes, _WHITE),
        ((right > 0) & _near(ahead, (STOP_LINE_M,), 0.3), _WHITE),
        (stripes, _WHITE),
    ]


def _near(where: Metres, lines_m: tuple[float, ...], half_m: float) -> NDArray[np.bool_]:
    """Whether something lies on one of some lines so wide."""
    return np.asarray(np.any([np.abs(where - line_m) < half_m for line_m in lines_m], axis=0))


def _mast(street: ImageBgr) -> None:
    right_m, ahead_m = MAST_M
    x1, y1, x2, y2 = light_region_px()
    foot = point_px(right_m, ahead_m)
    half = round(0.07 * px_per_m(ahead_m))
    cv2.rectangle(
        street, (round(foot[0]) - half, y1), (round(foot[0]) + half, round(foot[1])), (88, 92, 92), -1, cv2.LINE_AA
    )
    cv2.rectangle(street, (x1, y1), (x2 - 1, y2 - 1), (26, 28, 26), -1)
    third = (y2 - y1) / 3
    for lamp in range(3):
        middle = (round((x1 + x2) * 8), round((y1 + third * (lamp + 0.5)) * 16))
        cv2.circle(street, middle, round(third * 0.36 * 16), (44, 46, 44), -1, cv2.LINE_AA, 4)
