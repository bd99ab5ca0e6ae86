"""The empty street: road, markings, pavement, the film's houses behind them, and the mast with its traffic light."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.demo.composed.painting import (
    ASPHALT,
    KERB,
    PAVEMENT,
    WHITE,
    YELLOW,
    Colour,
    Mask,
    near,
    rough,
    street_of,
)
from deploy.demo.composed.view import VIEW_OF_JUNCTION, Metres
from domain.geometry import ImageBgr
from domain.seen.timeline import SignalState

ROAD_M = (-7.0, 7.0)  # from kerb to kerb; traffic of this side between 0 and the right kerb
LANE_EDGES_M = (-3.5, 3.5)
STOP_LINE_M = 28.0
CROSSWALK_M = (30.0, 34.0)
JUNCTION_M = (36.0, 54.0)
MAST_M = (8.9, 24.0)  # right of the middle, ahead
LIGHT_M = (0.5, 3.0, 4.3)  # width of the housing, height of its lower and its upper end

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
    street = street_of(film, _ground(round(VIEW_OF_JUNCTION.horizon_px)))
    _mast(street)
    return street


def light_region_px() -> tuple[int, int, int, int]:
    """x1, y1, x2, y2 of the traffic light's housing."""
    right_m, ahead_m = MAST_M
    width_m, low_m, high_m = LIGHT_M
    x1, y2 = VIEW_OF_JUNCTION.point_px(right_m - width_m / 2, ahead_m, low_m)
    x2, y1 = VIEW_OF_JUNCTION.point_px(right_m + width_m / 2, ahead_m, high_m)
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
    right, ahead = VIEW_OF_JUNCTION.ground_m(horizon)
    within = (right > ROAD_M[0]) & (right < ROAD_M[1])
    junction = (ahead > JUNCTION_M[0]) & (ahead < JUNCTION_M[1])
    ground = np.where((within | junction)[..., None], ASPHALT, PAVEMENT).astype(np.float32)
    ground[near(right, ROAD_M, 0.15) & ~junction] = KERB
    for where, colour_bgr in _markings(right, ahead):
        ground[where & within] = colour_bgr
    return rough(ground)


def _markings(right: Metres, ahead: Metres) -> list[tuple[Mask, Colour]]:
    """What is painted on the road, and its colour."""
    outside = (ahead < STOP_LINE_M) | (ahead > JUNCTION_M[1] + 6)
    dashes = near(right, LANE_EDGES_M, 0.08) & (ahead % 6 < 3)  # noqa: PLR2004 - metres of a dash and its gap
    stripes = (ahead > CROSSWALK_M[0]) & (ahead < CROSSWALK_M[1]) & (right % 1.6 < 0.8)  # noqa: PLR2004 - likewise
    return [
        (outside & near(right, (0.0,), 0.1), YELLOW),
        (outside & dashes, WHITE),
        ((right > 0) & near(ahead, (STOP_LINE_M,), 0.3), WHITE),
        (stripes, WHITE),
    ]


def _mast(street: ImageBgr) -> None:
    right_m, ahead_m = MAST_M
    x1, y1, x2, y2 = light_region_px()
    foot = VIEW_OF_JUNCTION.point_px(right_m, ahead_m)
    half = round(0.07 * VIEW_OF_JUNCTION.px_per_m(ahead_m))
    cv2.rectangle(
        street, (round(foot[0]) - half, y1), (round(foot[0]) + half, round(foot[1])), (88, 92, 92), -1, cv2.LINE_AA
    )
    cv2.rectangle(street, (x1, y1), (x2 - 1, y2 - 1), (26, 28, 26), -1)
    third = (y2 - y1) / 3
    for lamp in range(3):
        middle = (round((x1 + x2) * 8), round((y1 + third * (lamp + 0.5)) * 16))
        cv2.circle(street, middle, round(third * 0.36 * 16), (44, 46, 44), -1, cv2.LINE_AA, 4)
