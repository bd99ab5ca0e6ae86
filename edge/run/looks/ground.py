"""Looks at the ground of zones where a rule asks for it, and what of it is believed."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from detectors.surface.network import SurfaceNetwork
from detectors.surface.watch import SurfaceWatch
from domain.camera import CameraConfig
from domain.instants import seconds_between
from domain.low_spots import waterlines_of
from domain.seen.detections import Detections
from domain.seen.frame import Frame
from domain.seen.looks import BELIEVED_S, Look, SurfaceReading, SurfaceUnknown, WaterReading
from domain.seen.view import ViewState
from rules.engine import RuleEngine


class GroundLooker:
    """One camera run's.

    Args:
        camera: with its zones.
        engine: its rules.
        watch: knows the ground; outlives the run.
        network: gives what looks; None where it cannot be had. Asked when a rule wants it and there is a picture.
    """

    def __init__(
        self,
        camera: CameraConfig,
        engine: RuleEngine,
        watch: SurfaceWatch,
        network: Callable[[], SurfaceNetwork | None],
    ) -> None:
        wanted = engine.places_to_look_at(Look.SURFACE)
        self.watch = watch
        self._zones = tuple(zone for zone in camera.zones if zone.id in wanted)
        self._engine = engine
        self._network = network
        wanted = engine.places_to_look_at(Look.WATER)
        low_spots = [zone for zone in camera.zones if zone.id in wanted]
        self._low_spots = tuple((zone, line) for zone in low_spots for line in waterlines_of(camera, zone)[:1])
        self._newest: dict[str, SurfaceReading] = {}
        self._newest_waters: dict[str, WaterReading] = {}

    @property
    def unread(self) -> tuple[str, ...]:
        """Zones whose ground is asked for and unknown, since the network cannot be had or fails."""
        return tuple(
            zone_id for zone_id, reading in self._newest.items() if reading.unknown is SurfaceUnknown.NO_NETWORK
        )

    def look(self, frame: Frame, detections: Detections, view: ViewState) -> tuple[SurfaceReading, ...]:
        """Look if it is time to.

        Args:
            frame: the picture.
            detections: in its own pixels.
            view: what is believed of the camera's view.
        """
        if not self._zones:
            return ()
        return self.watch.see(
            frame,
            detections,
            self._zones,
            network=self._network(),
            view=view,
            held=self._engine.places_told(Look.SURFACE, frame.captured_at),
        )

    def look_for_water(self, frame: Frame, detections: Detections, view: ViewState) -> tuple[WaterReading, ...]:
        """Look at low spots if it is time to; arguments as of ``look``."""
        if not self._low_spots:
            return ()
        return self.watch.waters.see(frame, detections, self._low_spots, view=view)

    def believed(self, at: datetime, readings: Iterable[SurfaceReading]) -> dict[str, SurfaceReading]:
        """By zone, the newest reading that is not too old.

        Args:
            at: when the picture was captured.
            readings: those of this picture.
        """
        self._newest.update((reading.zone_id, reading) for reading in readings)
        return _not_too_old(self._newest, at)

    def believed_waters(self, at: datetime, readings: Iterable[WaterReading]) -> dict[str, WaterReading]:
        """Likewise, of low spots."""
        self._newest_waters.update((reading.zone_id, reading) for reading in readings)
        return _not_too_old(self._newest_waters, at)


_Reading = TypeVar("_Reading", SurfaceReading, WaterReading)


def _not_too_old(newest: Mapping[str, _Reading], at: datetime) -> dict[str, _Reading]:
    return {zone_id: one for zone_id, one in newest.items() if seconds_between(one.at, at) <= BELIEVED_S}
