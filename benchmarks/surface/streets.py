"""A zone of a place as a stream of looks: learned empty, then empty or with things laid on it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.surface.places import Place
from benchmarks.surface.things import Thing, lay
from benchmarks.surface.weather import Weather
from detectors.onnx_detector import OnnxDetector
from detectors.surface.ground import Ground, ground_of
from detectors.surface.network import SurfaceNetwork
from detectors.surface.sight import MARGIN, hiding
from domain.geometry import Float32Array, ImageBgr

THINGS_HEIGHT: Final = (0.05, 0.3)  # of the picture, from and to
_LEAST_HEIGHT_PX: Final = 14


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """One picture's vectors."""

    now: Float32Array  # (n, channels)
    visible: NDArray[np.bool_]  # (n,)
    colours: Float32Array  # (n, 3) L, a, b of each block
    around: Float32Array  # (m, channels) of the blocks around the zone
    around_visible: NDArray[np.bool_]  # (m,)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Laid:
    """A thing that lies in an episode."""

    thing: Thing
    foot_px: tuple[float, float]
    height_px: int
    light: float
    blocks: NDArray[np.bool_]  # (n,) those that it covers by half
    touched: NDArray[np.bool_]  # (n,) those that it covers at all, its shadow and those around
    share_of_zone: float


class Street:
    """One zone of a place; of its pictures what surrounds the zone is kept.

    Args:
        place: with pictures in order of time.
        zone: which of its zones.
        pictures: of the place.
        detector: finds people and vehicles in them.
        network: looks at the ground.
    """

    def __init__(
        self, place: Place, zone: str, pictures: Sequence[ImageBgr], detector: OnnxDetector, network: SurfaceNetwork
    ) -> None:
        self.name = f"{place.name}, {zone}"
        self.part = place.part
        height, width = pictures[0].shape[:2]
        self.whole_wh = (width, height)
        drawn = ground_of(place.zones[zone], self.whole_wh, network.block_px)
        x1, y1, x2, y2 = drawn.crop_xyxy_px
        self.wh = (x2 - x1, y2 - y1)
        self.pictures = [picture[y1:y2, x1:x2] for picture in pictures]
        self.detections = [_moved(hiding(detector.look([picture])[0]), (x1, y1)) for picture in pictures]
        self.polygon = tuple(
            ((x * width - x1) / self.wh[0], (y * height - y1) / self.wh[1]) for x, y in place.zones[zone]
        )
        self.ground: Ground = ground_of(self.polygon, self.wh, network.block_px)
        self._network = network

    @property
    def halves(self) -> tuple[range, range]:
        """Pictures to learn from, and later ones to be tested on."""
        middle = len(self.pictures) // 2
        return range(middle), range(middle, len(self.pictures))

    def random(self, *of: object) -> np.random.Generator:
        """The same for the same street and purpose."""
        return np.random.default_rng(zlib.crc32(repr((self.name, *of)).encode()))

    def lay_somewhere(self, things: Sequence[Thing], random: np.random.Generator) -> Laid:
        """A thing with its foot in the zone."""
        thing = things[int(random.integers(len(things)))]
        row, column = self.ground.blocks[int(random.integers(len(self.ground.blocks)))]
        x1, y1, x2, y2 = self.ground.crop_xyxy_px
        foot = (
            x1 + (column + random.uniform()) * (x2 - x1) / self.ground.grid_hw[1],
            y1 + (row + random.uniform()) * (y2 - y1) / self.ground.grid_hw[0],
        )
        height_px = max(_LEAST_HEIGHT_PX, round(random.uniform(*THINGS_HEIGHT) * self.whole_wh[1]))
        light = float(random.uniform(0.6, 1.1))
        _, mask = lay(np.zeros((self.wh[1], self.wh[0], 3), np.uint8), thing, foot, height_px, light)
        covered = cv2.resize(mask[y1:y2, x1:x2], self.ground.grid_hw[::-1], interpolation=cv2.INTER_AREA)
        around = cv2.dilate((covered > 0.02).astype(np.uint8), np.ones((5, 5), np.uint8))
        rows, columns = self.ground.blocks.T
        blocks = covered[rows, columns] >= 0.5
        return Laid(
            thing=thing,
            foot_px=foot,
            height_px=height_px,
            light=light,
            blocks=blocks,
            touched=around[rows, columns] > 0,
            share_of_zone=self.ground.share_of(blocks),
        )

    def look(
        self, number: int, weather: Weather, hour: float, random: np.random.Generator, laid: Sequence[Laid]
    ) -> Look:
        """One of the pictures, in some weather, with things."""
        image = self.pictures[number]
        for one in laid:
            image, _ = lay(image, one.thing, one.foot_px, one.height_px, one.light)
        return self._looked(weather.effect(image, hour, random), number)

    def look_unaltered(self, number: int) -> Look:
        """One of the pictures as it is."""
        return self._looked(self.pictures[number], number)

    def _looked(self, image: ImageBgr, number: int) -> Look:
        crop = self.ground.cut(image)
        vectors = self._network.look(crop)
        lab = cv2.cvtColor(crop, cv2.COLOR_BGR2LAB).astype(np.float32)
        colours = cv2.resize(lab, self.ground.grid_hw[::-1], interpolation=cv2.INTER_AREA)
        blocks, around = tuple(self.ground.blocks.T), tuple(self.ground.around.T)
        clear = ~self.ground.covered(self.detections[number], margin=MARGIN)
        return Look(
            now=vectors[blocks],
            visible=clear[blocks],
            colours=colours[blocks],
            around=vectors[around],
            around_visible=clear[around],
        )


def _moved(boxes_xyxy_px: Float32Array, origin_px: tuple[int, int]) -> Float32Array:
    return boxes_xyxy_px - np.array([*origin_px, *origin_px], np.float32)
