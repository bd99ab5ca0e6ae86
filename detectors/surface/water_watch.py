"""The low spots of one camera over time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.surface.ground import Ground, ground_of
from detectors.surface.low_spot import LowSpot, texture_of
from detectors.surface.sight import MARGIN, hiding, is_lit
from domain.camera import Line, Zone
from domain.geometry import Float32Array, SizeWh
from domain.instants import seconds_between
from domain.low_spots import below
from domain.seen.detections import Detections
from domain.seen.frame import Frame
from domain.seen.looks import SurfaceUnknown, WaterReading
from domain.seen.view import ViewState

LOOK_EVERY_S: Final = 5.0
KEEP_EVERY_S: Final = 300.0
"""So often what was learned is worth a new copy; at once when water comes or goes."""
CELL_PX: Final = 16

_WHOLLY: Final = 0.9  # of a cell that counts as below the line


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpotGround:
    """A low spot's cells in pictures of one size, made by ``spot_ground``."""

    ground: Ground
    below: NDArray[np.bool_]  # (h, w) cells below the waterline
    elsewhere: NDArray[np.bool_]  # (h, w) those that do not touch them


def spot_ground(zone: Zone, line: Line, picture_wh: SizeWh) -> SpotGround:
    """The cells of a low spot.

    Args:
        zone: the low spot.
        line: its waterline.
        picture_wh: of the pictures that are looked at, in pixels.
    """
    ground = ground_of(zone.polygon_norm, picture_wh, CELL_PX)
    x1, y1, x2, y2 = ground.crop_xyxy_px
    mask = np.zeros((y2 - y1, x2 - x1), np.uint8)
    under = below(zone, line)
    if under:
        corners = np.array(under, np.float64) * picture_wh - (x1, y1)
        cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 255)
    shares = cv2.resize(mask, ground.grid_hw[::-1], interpolation=cv2.INTER_AREA).astype(np.float64) / 255
    touched = cv2.dilate((shares > 0).astype(np.uint8), np.ones((3, 3), np.uint8))
    return SpotGround(ground=ground, below=shares > _WHOLLY, elsewhere=touched == 0)


class WaterWatch:
    """Looks at low spots every five seconds; used by one thread.

    How the ground looks for the first ten minutes is taken for dry.

    Args:
        spots: what was learned before, by zone.
    """

    def __init__(self, spots: dict[str, LowSpot] | None = None) -> None:
        self.revision = 0  # grows when a new copy is worth keeping
        self.spots: dict[str, LowSpot] = spots if spots is not None else {}
        self._grounds: dict[str, SpotGround] = {}
        self._looked_at: datetime | None = None
        self._kept_at: datetime | None = None

    def see(
        self, frame: Frame, detections: Detections, spots: Iterable[tuple[Zone, Line]], *, view: ViewState
    ) -> tuple[WaterReading, ...]:
        """Look at low spots if it is time to.

        Args:
            frame: the picture.
            detections: of people and vehicles in it, in its own pixels: they hide the ground.
            spots: the zones that a rule asks for, each with its waterline.
            view: what is believed of the camera's view. One that moved forgets everything.

        Returns:
            A reading for each; nothing where it is not time yet.
        """
        at, before = frame.captured_at, self._looked_at
        if before is not None and 0 <= seconds_between(before, at) < LOOK_EVERY_S:
            return ()
        self._looked_at = at
        if view is ViewState.MOVED and self.spots:
            self.revision += 1
            self.spots = {}
        hiding_xyxy_px = hiding(detections)
        readings = tuple(self._reading(zone, line, frame, hiding_xyxy_px, view) for zone, line in spots)
        if self._kept_at is None or not 0 <= seconds_between(self._kept_at, at) < KEEP_EVERY_S:
            self.revision += self._kept_at is not None
            self._kept_at = at
        return readings

    def _reading(
        self, zone: Zone, line: Line, frame: Frame, hiding_xyxy_px: Float32Array, view: ViewState
    ) -> WaterReading:
        at = frame.captured_at
        if view.stops_rules:
            return WaterReading(zone_id=zone.id, at=at, unknown=SurfaceUnknown.VIEW)
        spot, own = self._of(zone, line, frame)
        crop_bgr = own.ground.cut(frame.image_bgr)
        if not is_lit(crop_bgr):
            return WaterReading(zone_id=zone.id, at=at, unknown=SurfaceUnknown.DARK)
        texture = texture_of(crop_bgr, own.ground.grid_hw)
        texture[own.ground.covered(hiding_xyxy_px, MARGIN)] = np.nan
        was = spot.since
        unknown = spot.see(at, texture, own.below, own.elsewhere)
        self.revision += spot.since != was
        if unknown is not None:
            return WaterReading(zone_id=zone.id, at=at, unknown=unknown)
        return WaterReading(zone_id=zone.id, at=at, strength=spot.strength, since=spot.since)

    def _of(self, zone: Zone, line: Line, frame: Frame) -> tuple[LowSpot, SpotGround]:
        """A zone's memory and cells; begun where it is new, or drawn or pictured otherwise than before."""
        spot, own = self.spots.get(zone.id), self._grounds.get(zone.id)
        wh, drawn = frame.resolution_wh, (*line.points_norm, line.beyond_norm)
        same = spot is not None and (spot.polygon_norm, spot.line_norm, spot.picture_wh) == (
            zone.polygon_norm,
            drawn,
            wh,
        )
        if spot is None or own is None or not same:
            own = self._grounds[zone.id] = spot_ground(zone, line, wh)
        if spot is None or not same:
            spot = self.spots[zone.id] = LowSpot(
                polygon_norm=zone.polygon_norm, line_norm=drawn, picture_wh=wh, begun_at=frame.captured_at
            )
        return spot, own
