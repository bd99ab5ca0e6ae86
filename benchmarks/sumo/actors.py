"""Whoever moves in a scene: one trajectory each, whether SUMO drove it or a script."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# label: (length, spread of the length, width, height with rider), metres
SIZES_M = {
    "motorcycle": (1.9, 0.1, 0.75, 1.62),
    "bicycle": (1.7, 0.1, 0.6, 1.6),
    "car": (4.3, 0.4, 1.78, 1.5),
    "truck": (6.8, 1.5, 2.3, 2.9),
    "bus": (10.5, 1.2, 2.5, 3.1),
    "person": (0.4, 0.05, 0.55, 1.65),
}
PARKED_HEIGHT_M = 1.12  # a motorcycle without its rider
TWO_WHEELS = ("motorcycle", "bicycle")


@dataclass(slots=True, kw_only=True)
class Actor:
    """One road user: middle of its front on the ground over time."""

    name: str
    label: str
    kind: str  # what it does here: a decoy's or an offence's name
    length_m: float
    width_m: float
    t_s: Floats
    xy_m: Floats  # (n, 2)
    heading_rad: Floats  # clockwise from north, unwrapped
    height_m: Floats  # changes where a rider gets off
    route: str = ""
    notes: dict[str, float] = field(default_factory=dict)

    def at(self, t_s: Floats) -> tuple[Floats, Floats, Floats]:
        """Front (n, 2), heading unit vectors (n, 2) and height (n,) at instants within its life."""
        xy = np.column_stack([np.interp(t_s, self.t_s, self.xy_m[:, axis]) for axis in (0, 1)])
        angle = np.interp(t_s, self.t_s, self.heading_rad)
        return xy, np.column_stack([np.sin(angle), np.cos(angle)]), np.interp(t_s, self.t_s, self.height_m)


def draw_size(label: str, rng: np.random.Generator) -> tuple[float, float, float]:
    """Length, width, height of one road user of a class."""
    length, spread, width, height = SIZES_M[label]
    scale = float(np.clip(rng.normal(1, 0.04), 0.9, 1.1))
    return max(0.3, float(rng.normal(length, spread))), width * scale, height * scale


def scripted(
    name: str,
    label: str,
    kind: str,
    keys: list[tuple[float, float, float, float]],
    rng: np.random.Generator,
    *,
    ridden: list[tuple[float, bool]] | None = None,
) -> Actor:
    """An actor that follows key frames (t, x, y, heading in degrees), straight between them.

    Args:
        name: its id.
        label: its class.
        kind: what it does.
        keys: at least two, in order of time.
        rng: for its size.
        ridden: for two wheels, from when on there is a rider or none.
    """
    length, width, height = draw_size(label, rng)
    table = np.array(keys, float)
    t = np.arange(table[0, 0], table[-1, 0] + 1e-9, 0.1)
    xy = np.column_stack([np.interp(t, table[:, 0], table[:, axis]) for axis in (1, 2)])
    angle = np.interp(t, table[:, 0], np.unwrap(np.radians(table[:, 3])))
    heights = np.full(len(t), height)
    for since, rider in ridden or []:
        heights[t >= since] = height if rider else PARKED_HEIGHT_M
    return Actor(
        name=name, label=label, kind=kind, length_m=length, width_m=width, t_s=t, xy_m=xy, heading_rad=angle,
        height_m=heights,
    )  # fmt: skip
