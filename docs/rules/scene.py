"""An example camera's view of the road, and drives on it in metres."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from domain.camera import CameraConfig
from domain.cases.words import Words
from domain.coordinates import BoxPx, PointNorm
from domain.geometry import Float64Array
from domain.seen.riders import HeadWear
from edge.configuration.camera_files import read_camera_file
from rules.kit.ground import road_from_image
from rules.registry import RULES

RoadPoint = tuple[float, float]
"""Metres east and north of the example cameras' origin."""

FOLDER = Path(__file__).parent
ON_THE_GROUND = frozenset({"goods", "things", "water"})
"""What no detector class covers: the ground shows it."""

KINDS = {code: rule.KIND for code, rule in RULES.items()}
"""What the events of each rule become."""

OWN_RULES = tuple(code for code, rule in RULES.items() if rule.PARAMETERS.__module__.startswith("rules."))
"""Those of this product; rules of other packages bring their own pages."""

_SIZES_M = {
    "motorcycle": (0.8, 1.7),
    "car": (1.8, 1.5),
    "truck": (2.4, 3.0),
    "bus": (2.5, 3.1),
    "person": (0.6, 1.7),
    "dog": (0.4, 0.6),
    "cart": (1.0, 1.2),
    "goods": (2.0, 1.0),  # changed ground with somebody by it
    "things": (1.0, 0.8),  # changed ground with nobody by it
    "water": (6.0, 0.4),
}
"""Width and height, seen from behind."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """A drive: (second, metres east, metres north) of where its rear wheels touch the road, straight in between."""

    corners: Sequence[tuple[float, float, float]]
    label: str
    words: Words
    riders: Sequence[HeadWear] = ()  # of a motorcycle: what each wears, whenever somebody looks
    group: int = 1  # so many together, a metre and a half apart

    def places(self, second: float) -> Sequence[RoadPoint]:
        """Metres east and north of each of the group at a second."""
        x, y = self.at(second)
        return [(x + 1.5 * (number % 5), y + 1.5 * (number // 5)) for number in range(self.group)]

    def at(self, second: float) -> RoadPoint:
        """Metres east and north at a second."""
        for (t0, x0, y0), (t1, x1, y1) in pairwise(self.corners):
            if second <= t1:
                share = (second - t0) / (t1 - t0)
                return (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
        return self.corners[-1][1:]

    def seconds(self, step_s: float) -> Sequence[float]:
        """From its beginning to its end."""
        start, end = self.corners[0][0], self.corners[-1][0]
        return [round(start + index * step_s, 3) for index in range(round((end - start) / step_s) + 1)]


@dataclass(frozen=True, kw_only=True)
class Act:
    """What a rule makes a case or an alert of, or counts, and what it lets go."""

    offence: str  # the catalogue's code of the act; empty: an alert or a count
    act: Way
    lawful: Way
    signal: Sequence[tuple[float, str]] = ((-60.0, "green"), (-30.0, "red"))  # reports of the signal, by second
    junction: bool = False  # whether another road crosses


@dataclass(frozen=True)
class View:
    """What an example camera shows of the road."""

    camera: CameraConfig

    @cached_property
    def _image_from_road(self) -> Float64Array:
        matrix: Float64Array = np.linalg.inv(road_from_image(self.camera.ground_points)).astype(np.float64)
        return matrix

    def at(self, road_m: RoadPoint) -> PointNorm:
        """The point of the picture, in shares, where a place of the road is seen; it may lie outside."""
        x, y, weight = self._image_from_road @ np.array([*road_m, 1.0])
        return (float(x / weight), float(y / weight))

    def box_px(self, road_m: RoadPoint, label: str) -> BoxPx:
        """The bounding box of a vehicle that stands there, in pixels of the reference still."""
        width_px, height_px = self.camera.reference_still_wh
        x, y = self.at(road_m)
        metre_px = (self.at((road_m[0] + 0.5, road_m[1]))[0] - self.at((road_m[0] - 0.5, road_m[1]))[0]) * width_px
        wide, tall = (size_m * metre_px for size_m in _SIZES_M[label])
        return (x * width_px - wide / 2, y * height_px - tall, x * width_px + wide / 2, y * height_px)


def example_file(code: str) -> Path:
    """The example camera of a rule."""
    return FOLDER / "examples" / f"{file_name(code)}.yaml"


def file_name(code: str) -> str:
    """What a rule's files are called, without their endings.

    Examples:
        >>> file_name("RED_LIGHT")
        'red-light'
    """
    return code.lower().replace("_", "-")


@cache
def view_of(code: str) -> View:
    """The view of a rule's example camera."""
    return View(read_camera_file(example_file(code)))
