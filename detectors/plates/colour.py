"""The colour of a plate's ground, by daylight."""

from collections import Counter
from collections.abc import Sequence

import cv2
import numpy as np

from domain.geometry import ImageBgr
from domain.plates.reading import PlateColour

_DARK = 50  # brightness (0..255) below which no colour is given
_PALE = 70  # saturation (0..255) below which a ground is white
_STRONG = 95  # saturation from which it has a colour
_HUES: dict[PlateColour, tuple[tuple[int, int], ...]] = {  # OpenCV: degrees / 2
    "yellow": ((14, 38),),
    "blue": ((92, 130),),
    "red": ((0, 9), (168, 180)),
}
_LEAST_SHARE = 0.45  # of the plate; ink takes up to a third
_LEAST_VOTES = 0.6


def ground_colour(plate_bgr: ImageBgr) -> PlateColour | None:
    """The colour that most of a plate has; None where it is too dark or none has enough.

    Args:
        plate_bgr: set straight.

    Examples:
        >>> ground_colour(np.full((32, 128, 3), (30, 190, 235), np.uint8))
        'yellow'
        >>> ground_colour(np.full((32, 128, 3), 20, np.uint8))
    """
    hue, saturation, brightness = cv2.split(cv2.cvtColor(plate_bgr, cv2.COLOR_BGR2HSV))
    lit = brightness >= _DARK
    shares: dict[PlateColour, float] = {"white": float((lit & (saturation < _PALE) & (brightness > 2 * _DARK)).mean())}
    for colour, ranges in _HUES.items():
        within = np.zeros_like(lit)
        for low, high in ranges:
            within |= (hue >= low) & (hue <= high)
        shares[colour] = float((lit & (saturation >= _STRONG) & within).mean())
    colour = max(shares, key=lambda one: shares[one])
    return colour if shares[colour] >= _LEAST_SHARE else None


def voted_colour(colours: Sequence[PlateColour | None]) -> PlateColour | None:
    """What most pictures of a plate say; None where they do not agree.

    Examples:
        >>> voted_colour(["white", None, "white"]), voted_colour(["white", "yellow"]), voted_colour([None])
        ('white', None, None)
    """
    votes = Counter(colour for colour in colours if colour is not None)
    if not votes:
        return None
    colour, count = votes.most_common(1)[0]
    return colour if count >= _LEAST_VOTES * votes.total() else None
