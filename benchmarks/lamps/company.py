"""What may stand beside a traffic light: another light with the other colour, countdown figures, an arrow below."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from benchmarks.lamps.views import View
from benchmarks.lamps.worsening import Picture, Region

Company = Callable[[Picture, Region, str], Picture]
"""A picture with something added near the region, by the true state."""

_COLOURS = {"red": (60, 60, 255), "yellow": (40, 200, 255), "green": (110, 255, 60)}
_OTHER = {"red": "green", "green": "red", "yellow": "red"}
_FIGURES = "27"


def neighbour(view: View, side: float) -> Company:
    """The light itself once more, so many widths aside, in the other colour; None of the other colour: unchanged.

    Args:
        view: whose own pictures give the neighbour.
        side: of the middle of the neighbour from that of the light, in widths.
    """
    patches = {state: _patch(view, state) for state in ("red", "green") if state in view.truth}

    def beside(picture: Picture, region: Region, state: str) -> Picture:
        x1, y1, x2, y2 = region
        left = x1 + round(side * (x2 - x1))
        patch = patches.get(_OTHER[state])
        if patch is None or left < 0 or left + (x2 - x1) > picture.shape[1]:
            return picture
        changed = picture.copy()
        changed[y1:y2, left : left + (x2 - x1)] = patch
        return changed

    return beside


def figures(side: float, *, other_colour: bool) -> Company:
    """A countdown beside the light, in the colour that is lit or in the other one."""

    def counting(picture: Picture, region: Region, state: str) -> Picture:
        x1, y1, x2, y2 = region
        wide, high = x2 - x1, (y2 - y1) // 3
        left, top = x1 + round(side * wide), y1
        changed = picture.copy()
        cv2.rectangle(changed, (left, top), (left + wide, top + high), (20, 20, 20), -1)
        colour = _COLOURS[_OTHER[state] if other_colour else state]
        scale = wide / 44
        thick = max(round(wide / 14), 1)
        cv2.putText(
            changed, _FIGURES, (left + 1, top + high - high // 5), cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thick
        )
        return changed

    return counting


def arrow_below(picture: Picture, region: Region, state: str) -> Picture:
    """A green arrow in a housing of its own just below, lit while the light is red or yellow."""
    if state == "green":
        return picture
    x1, _, x2, y2 = region
    side = x2 - x1
    changed = picture.copy()
    cv2.rectangle(changed, (x1, y2), (x2, y2 + side), (20, 20, 20), -1)
    middle = (x1 + x2) // 2
    start, end = (middle + side // 3, y2 + side // 2), (middle - side // 3, y2 + side // 2)
    cv2.arrowedLine(changed, start, end, _COLOURS["green"], max(side // 8, 1), tipLength=0.5)
    return changed


def companies(view: View) -> dict[str, Company]:
    """Every kind of company of a view."""
    return {
        "neighbour at the right": neighbour(view, 1.1),
        "neighbour at the left": neighbour(view, -1.1),
        "countdown in the same colour": figures(1.05, other_colour=False),
        "countdown in the other colour": figures(-1.05, other_colour=True),
        "green arrow below": arrow_below,
    }


def in_company(view: View, company: Company) -> View:
    """The view with something beside its light."""
    pictures: Sequence[Picture] = [
        company(picture, view.region, state) for picture, state in zip(view.pictures, view.truth, strict=True)
    ]
    return View(name=view.name, pictures=pictures, every_s=view.every_s, region=view.region, truth=view.truth)


def _patch(view: View, state: str) -> Picture:
    x1, y1, x2, y2 = view.region
    shown = [picture for picture, truth in zip(view.pictures, view.truth, strict=True) if truth == state]
    return np.asarray(shown[len(shown) // 2][y1:y2, x1:x2], np.uint8)
