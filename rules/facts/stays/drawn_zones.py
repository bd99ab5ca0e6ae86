"""In which drawn zones a place lies, and whether a vehicle stands in them."""

from collections.abc import Iterable, Sequence

import numpy as np
import shapely

from domain.camera import CameraConfig, ZoneKind
from domain.geometry import PointNorm, SizeWh
from rules.facts.stays.stay import Stay
from rules.kit.stays.standing import contact_norm

_FOOT_SHARE = 0.06  # of the height: a vehicle touches the ground from its lower edge up to there at least


class DrawnZones:
    """Zones in which standing is judged, without the bays in which it is permitted.

    Args:
        camera: with both.
        zone_ids: of those that are judged.
    """

    def __init__(self, camera: CameraConfig, zone_ids: Iterable[str]) -> None:
        wanted = frozenset(zone_ids)
        self._zones = {zone.id: shapely.Polygon(zone.polygon_norm) for zone in camera.zones if zone.id in wanted}
        self._bays = [
            shapely.Polygon(zone.polygon_norm) for zone in camera.zones if zone.kind == ZoneKind.PERMITTED_BAY
        ]
        for polygon in (*self._zones.values(), *self._bays):
            shapely.prepare(polygon)

    def at(self, place: PointNorm) -> tuple[str, ...]:
        """The zones of a place that lies in no permitted bay, in the order in which they are drawn."""
        if any(shapely.intersects_xy(bay, *place) for bay in self._bays):
            return ()
        return tuple(key for key, polygon in self._zones.items() if shapely.intersects_xy(polygon, *place))

    def hold(self, places: Sequence[PointNorm]) -> list[bool]:
        """Which of some places lie in a zone and in no bay."""
        if not places:
            return []
        x, y = np.array(places).T
        inside = np.zeros(len(places), np.bool_)
        for polygon in self._zones.values():
            inside |= shapely.intersects_xy(polygon, x, y)
        for bay in self._bays:
            inside &= ~shapely.intersects_xy(bay, x, y)
        held: list[bool] = inside.tolist()
        return held

    def surely_hold(self, stay: Stay, zone_ids: frozenset[str], resolution_wh: SizeWh) -> bool:
        """Whether all its boxes together still say that it stands in one of some zones and not in a bay."""
        box = stay.place.now_px
        width_norm, height_norm = (box[2] - box[0]) / resolution_wh[0], (box[3] - box[1]) / resolution_wh[1]
        x, y = contact_norm(box, resolution_wh)
        near = [(x + dx * width_norm, y - dy * height_norm) for dx in (-0.15, 0.0, 0.15) for dy in (0.0, 0.1)]
        if any(shapely.intersects_xy(bay, *point) for bay in self._bays for point in near):
            return False
        return any(zone_ids.intersection(self.at((x, y - dy * height_norm))) for dy in (0.0, _FOOT_SHARE))
