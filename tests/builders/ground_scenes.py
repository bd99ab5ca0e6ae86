"""Ground that changes, by second, before a camera with a lane."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.camera import CameraConfig, ZoneKind
from domain.geometry import BoxPx
from domain.seen.looks import SurfaceChange, SurfaceReading, SurfaceUnknown
from domain.seen.scene import Scene
from tests.builders.drives import CameraBuilder, Drive, at, every, scenes

LANE = ((0.2, 0.05), (0.6, 0.05), (0.6, 0.95), (0.2, 0.95))
CRATE: BoxPx = (700, 500, 780, 560)


def camera(rule: str, **parameters: object) -> CameraConfig:
    """One lane."""
    return CameraBuilder().zone("lane", ZoneKind.LANE, *LANE).rule(rule, **parameters).build()


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the looks at the lane show, every two seconds."""

    share: float
    from_s: float = 10.0
    to_s: float = 300.0
    box: BoxPx = CRATE
    unknown: Sequence[tuple[float, float]] = ()
    covered: Sequence[tuple[float, float]] = ()

    def reading(self, second: float) -> SurfaceReading:
        """The newest look at a second."""
        looked = second - second % 2
        if any(start <= looked < end for start, end in self.unknown):
            return SurfaceReading(zone_id="lane", at=at(looked), unknown=SurfaceUnknown.RESTLESS)
        if not self.from_s <= looked < self.to_s:
            return SurfaceReading(zone_id="lane", at=at(looked))
        change = SurfaceChange(
            box_xyxy_px=self.box,
            share_of_zone=self.share,
            strength=1.5,
            since=at(self.from_s),
            covered=any(start <= looked < end for start, end in self.covered),
        )
        return SurfaceReading(zone_id="lane", at=at(looked), changes=(change,))

    def scenes(self, until_s: float, drives: Sequence[Drive] = ()) -> Iterator[Scene]:
        """Two a second, with vehicles."""
        return scenes(
            drives, every(0.5, 0.0, until_s), surfaces=lambda second: {"lane": self.reading(second)}, keep_s=1.0
        )
