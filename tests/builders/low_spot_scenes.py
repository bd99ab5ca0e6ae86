"""Low spots: what looks at one show by second, and pictures of one that fills with water."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from domain.camera import CameraConfig, LineKind, ZoneKind
from domain.geometry import ImageBgr
from domain.low_spots import below
from domain.seen.looks import SurfaceUnknown, WaterReading
from domain.seen.scene import Scene
from domain.seen.view import ViewState
from tests.builders.drives import CameraBuilder, Drive, at, every, scenes

DIP = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.9), (0.2, 0.9))
LEVEL = ((0.15, 0.5), (0.85, 0.5))
DEEP = (0.5, 0.8)


def low_spot(**parameters: object) -> CameraBuilder:
    """One low spot with its waterline, and the rule."""
    return (
        CameraBuilder()
        .zone("dip", ZoneKind.LOW_SPOT, *DIP)
        .line("level", LineKind.WATERLINE, *LEVEL, beyond=DEEP)
        .rule("FLOODING", **parameters)
    )


@dataclass(frozen=True, kw_only=True)
class Water:
    """What the looks at the low spot show, every five seconds."""

    zone_id: str = "dip"
    from_s: float = 10.0
    to_s: float = 400.0
    unknown: Sequence[tuple[float, float]] = ()

    def reading(self, second: float) -> WaterReading:
        """The newest look at a second."""
        looked = second - second % 5
        if any(start <= looked < end for start, end in self.unknown):
            return WaterReading(zone_id=self.zone_id, at=at(looked), unknown=SurfaceUnknown.CROWDED)
        if not self.from_s <= looked < self.to_s:
            return WaterReading(zone_id=self.zone_id, at=at(looked), strength=0.1)
        return WaterReading(zone_id=self.zone_id, at=at(looked), strength=1.5, since=at(self.from_s))

    def scenes(
        self,
        until_s: float,
        drives: Sequence[Drive] = (),
        *,
        from_s: float = 0.0,
        view: Callable[[float], ViewState] = lambda _: ViewState.UNKNOWN,
        clock_error_ms: Callable[[float], float | None] = lambda _: None,
    ) -> Iterator[Scene]:
        """One a second."""
        return scenes(
            drives,
            every(1.0, from_s, until_s),
            waters=lambda second: {self.zone_id: self.reading(second)},
            view=view,
            clock_error_ms=clock_error_ms,
        )


def asphalt(number: int, *, water: float = 0.0, camera: CameraConfig | None = None, gain: float = 1.0) -> ImageBgr:
    """A picture of 640x384 of coarse asphalt with a sensor's noise, and smooth water below the line.

    Args:
        number: of the picture; its noise.
        water: how much of the ground it hides, 0 to 1.
        camera: whose low spot is flooded; as ``low_spot`` draws it where none is given.
        gain: of the light.
    """
    image = _dry_asphalt()
    if water:
        drawn = camera if camera is not None else low_spot().build()
        mask = np.zeros((384, 640), np.float32)
        corners = np.array(below(drawn.zones[0], drawn.lines[-1])) * (640, 384)
        cv2.fillPoly(mask, [corners.astype(np.int32)], water)
        image = image + (np.array([110, 115, 120], np.float32) - image) * mask[..., None]
    begins = number * 7919 % image.size  # in the noise, so that no two pictures have the same
    noisy = image * gain + _noise(2 * image.size)[begins : begins + image.size].reshape(image.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


@cache
def _dry_asphalt() -> NDArray[np.float32]:
    image = 120 + 60 * np.random.default_rng(5).standard_normal((384, 640, 1)).astype(np.float32)
    return np.repeat(cv2.GaussianBlur(image, (0, 0), 1.2)[..., None], 3, axis=2)


@cache
def _noise(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(1000).normal(0, 2, count).astype(np.float32)
