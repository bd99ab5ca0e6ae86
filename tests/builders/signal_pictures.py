"""Painted pictures of a traffic light on its pole, with a countdown above and an arrow below, as streets have them."""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from domain.seen.timeline import SignalState

SIZE_WH = (240, 400)
HOUSING = (100, 120, 150, 264)  # x1, y1, x2, y2 in pixels
RED, YELLOW, GREEN = SignalState.RED, SignalState.YELLOW, SignalState.GREEN
COLOURS_BGR = {RED: (60, 40, 230), YELLOW: (30, 150, 250), GREEN: (150, 220, 40)}
PLACES = {RED: 0, YELLOW: 1, GREEN: 2}
_BODY = 35


def signal_picture(
    lit: SignalState | None,
    *,
    arrow: bool = False,
    countdown: SignalState | None = None,
    street: int = 110,
    cars: Iterable[tuple[int, int, int, int, tuple[int, int, int]]] = (),
) -> NDArray[np.uint8]:
    """A light before a street.

    Args:
        lit: the lamp that is lit.
        arrow: whether the green arrow in a second housing, one lamp below the first, is lit.
        countdown: the colour of the figures above it.
        street: its grey level.
        cars: behind the light: x1, y1, x2, y2 in pixels and a colour each.
    """
    image = np.full((SIZE_WH[1], SIZE_WH[0], 3), street, np.uint8)
    for x1, y1, x2, y2, colour in cars:
        cv2.rectangle(image, (x1, y1), (x2, y2), colour, -1)
    x1, y1, x2, y2 = HOUSING
    middle, place = (x1 + x2) // 2, (y2 - y1) // 3
    cv2.rectangle(image, (middle - 4, 20), (middle + 4, SIZE_WH[1]), (150, 150, 150), -1)
    for top, bottom in ((y1, y2), (y2 + 8, y2 + 8 + place), (y1 - 50, y1 - 12)):
        cv2.rectangle(image, (x1, top), (x2, bottom), (_BODY, _BODY, _BODY), -1)
    for state, index in PLACES.items():
        colour = COLOURS_BGR[state] if state == lit else (48, 48, 48)
        cv2.circle(image, (middle, round(y1 + place * (index + 0.5))), place // 3, colour, -1)
    if arrow:
        cv2.arrowedLine(
            image, (middle - 14, y2 + 8 + place // 2), (middle + 16, y2 + 8 + place // 2), COLOURS_BGR[GREEN], 5
        )
    if countdown is not None:
        cv2.putText(image, "27", (x1 + 6, y1 - 22), cv2.FONT_HERSHEY_SIMPLEX, 0.9, COLOURS_BGR[countdown], 3)
    return image


def region_norm(*, dx_px: float = 0, dy_px: float = 0) -> tuple[float, float, float, float]:
    """The housing's region, off by some pixels."""
    x1, y1, x2, y2 = HOUSING
    width, height = SIZE_WH
    return (x1 + dx_px) / width, (y1 + dy_px) / height, (x2 + dx_px) / width, (y2 + dy_px) / height
