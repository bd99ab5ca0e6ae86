"""Who and what is where and when in a composed street."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class Figure(StrEnum):
    """Whoever and whatever can be laid over a street."""

    BLACK_CAR = "black_car"
    GREEN_CAR = "green_car"
    WHITE_CAR = "white_car"
    MAN = "man"
    CHAIR = "chair"
    TABLE = "table"
    PARASOL = "parasol"


Way = tuple[tuple[float, float, float], ...]
"""Second, right_m and ahead_m of some points where it touches the ground; straight in between."""

_SMOOTHED_S = np.linspace(-0.5, 0.5, 9)  # nobody starts, stops or turns within one picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One who comes, goes and may wait on the way."""

    figure: Figure
    way: Way

    def place_m(self, second: float) -> tuple[float, float] | None:
        """Where it is, right of the road's middle and ahead of the camera; None before and after its way."""
        seconds, right_m, ahead_m = np.array(self.way).T
        if not seconds[0] <= second <= seconds[-1]:
            return None
        around = second + _SMOOTHED_S
        return float(np.interp(around, seconds, right_m).mean()), float(np.interp(around, seconds, ahead_m).mean())


Placed = tuple[Figure, float, float]
"""A figure with right_m and ahead_m of its foot."""


def placed(parts: Iterable[Part], seconds: Iterable[float]) -> list[Placed]:
    """Who is where, the farthest first.

    Args:
        parts: who plays.
        seconds: at any of them; a cycle's later ones are those who are left over from the cycle before.
    """
    found = [
        (part.figure, *place) for second in seconds for part in parts if (place := part.place_m(second)) is not None
    ]
    return sorted(found, key=lambda item: -item[2])
