"""Ground whose look is scripted: vectors block by block, and pictures with something laid on them."""

from collections.abc import Sequence
from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.surface.empty_states import EmptyStates
from detectors.surface.ground import Ground, ground_of
from detectors.surface.zone_bank import ZoneBank
from domain.camera import Zone, ZoneKind
from domain.geometry import BoxPx, Float32Array, ImageBgr
from domain.seen.looks import SurfaceUnknown
from tests.builders.drives import at

CHANNELS = 32
SQUARE = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))
GROUND: Ground = ground_of(SQUARE, (640, 384), 16)
COUNT = len(GROUND.blocks)

Blocks = NDArray[np.bool_]


def vectors(seed: int, count: int = COUNT, *, noise: float = 0.0, of: Float32Array | None = None) -> Float32Array:
    """Random vectors of length 1, or given ones with noise."""
    random = np.random.default_rng(seed)
    made = random.normal(size=(count, CHANNELS)) if of is None else of + noise * random.normal(size=of.shape)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made.astype(np.float32)


EMPTY = vectors(1)
THING = vectors(2)
NIGHT = vectors(3)


def block_rows(first: int, last: int) -> Blocks:
    """The blocks of some rows of the zone, counted from its top."""
    rows = GROUND.blocks[:, 0] - GROUND.blocks[:, 0].min()
    return np.asarray((rows >= first) & (rows < last), dtype=np.bool_)


NOBODY: Blocks = np.ones(COUNT, np.bool_)


class WatchedGround:
    """A bank that is shown looks every two seconds, learned empty to begin with."""

    def __init__(self, *, learned: bool = True) -> None:
        self.second = 0.0
        self.number = 0
        self.bank = ZoneBank(
            polygon_norm=SQUARE,
            picture_wh=(640, 384),
            states=EmptyStates.none_yet(GROUND.blocks, CHANNELS),
            begun_at=at(0),
        )
        if learned:
            self.show(70, every_s=10.0)

    @property
    def now(self) -> datetime:
        return at(self.second)

    def show(
        self,
        looks: int,
        things: Blocks | None = None,
        *,
        visible: Blocks = NOBODY,
        ground: Float32Array = EMPTY,
        every_s: float = 2.0,
        held: bool = False,
        lit_anew: bool | None = None,
    ) -> list[SurfaceUnknown | None]:
        """So many looks at the ground, with things on some of its blocks; what each answered."""
        answers = []
        for _ in range(looks):
            self.second += every_s
            self.number += 1
            now = vectors(self.number, of=ground, noise=0.02)
            if things is not None:
                now = np.where(things[:, None], vectors(self.number, of=THING, noise=0.02), now)
            answers.append(self.bank.see(at(self.second), now, visible, GROUND, held=held, lit_anew=lit_anew))
        return answers


def zone(zone_id: str = "P1", polygon: Sequence[tuple[float, float]] = SQUARE) -> Zone:
    """A pavement in the middle of the picture."""
    return Zone(id=zone_id, kind=ZoneKind.PAVEMENT, polygon_norm=tuple(polygon))


def paving(number: int, thing_xyxy_px: BoxPx | None = None, *, brightness: float = 1.0) -> ImageBgr:
    """A picture of 640x384 of paving stones with a sensor's noise, and a crate where one is wanted."""
    random = np.random.default_rng(5)
    image = np.full((384, 640, 3), 150, np.float32) + random.normal(0, 6, (384, 640, 1)).astype(np.float32)
    for y in range(0, 384, 48):
        cv2.line(image, (0, y), (639, y), (110, 112, 115), 2)
    for x in range(0, 640, 64):
        cv2.line(image, (x, 0), (x, 383), (110, 112, 115), 2)
    if thing_xyxy_px is not None:
        x1, y1, x2, y2 = (round(side) for side in thing_xyxy_px)
        cv2.rectangle(image, (x1, y1), (x2, y2), (40, 60, 150), -1)
        for y in range(y1, y2, 12):
            cv2.rectangle(image, (x1, y), (x2, min(y + 3, y2)), (20, 30, 80), -1)
        cv2.rectangle(image, (x1, y1), (x2, y2), (15, 20, 40), 3)
    image = image * brightness + np.random.default_rng(number).normal(0, 2, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)
