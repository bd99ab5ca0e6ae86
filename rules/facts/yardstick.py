"""How fast somebody went where the ground is not calibrated, with his own height as the yardstick."""

import math
from collections.abc import Sequence
from statistics import median

from domain.geometry import SizeWh
from domain.instants import seconds_between
from rules.facts.contact import END_SIGHTINGS, Contact

_HEIGHT_M = {"motorcycle": 1.6, "bicycle": 1.6, "car": 1.5, "truck": 2.9, "bus": 3.1}
_PERSON_M = 1.65
_FOCAL_WIDTHS = 0.9  # of a lens that sees 58 degrees; a wider one makes everybody seem faster, a longer one slower


def rough_speed_mps(contacts: Sequence[Contact], label: str, resolution_wh: SizeWh) -> float:
    """The speed from the first sightings to the last, good to a factor of two for usual lenses.

    How far it went to the side is its way in the picture in its own heights; how far away it is, its height tells.

    Args:
        contacts: of one leg, oldest first, at least two.
        label: its class, whose usual height is the yardstick.
        resolution_wh: of the picture.
    """
    first, last = contacts[:END_SIGHTINGS], contacts[-END_SIGHTINGS:]
    lasted_s = seconds_between(first[len(first) // 2].at, last[len(last) // 2].at)
    if lasted_s <= 0:
        return math.inf
    height_m = _HEIGHT_M.get(label, _PERSON_M)
    one_px, other_px = (median(item.height_px for item in part) for part in (first, last))
    nearer_m = _FOCAL_WIDTHS * resolution_wh[0] * height_m * abs(1 / one_px - 1 / other_px)
    places = [tuple(median(item.point_px[axis] for item in part) for axis in (0, 1)) for part in (first, last)]
    beside_m = math.dist(*places) / ((one_px + other_px) / 2) * height_m
    return math.hypot(nearer_m, beside_m) / lasted_s
