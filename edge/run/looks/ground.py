"""Looks at the ground of zones where a rule asks for it, and what of it is believed."""

from collections.abc import Callable, Iterable
from datetime import datetime

from detectors.surface.network import SurfaceNetwork
from detectors.surface.watch import SurfaceWatch
from domain.camera import CameraConfig
from domain.instants import seconds_between
from domain.seen.detections import Detections
from domain.seen.frame import Frame
from domain.seen.looks import BELIEVED_S, Look, SurfaceReading, SurfaceUnknown
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
        self._newest: dict[str, SurfaceReading] = {}

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

    def believed(self, at: datetime, readings: Iterable[SurfaceReading]) -> dict[str, SurfaceReading]:
        """By zone, the newest reading that is not too old.

        Args:
            at: when the picture was captured.
            readings: those of this picture.
        """
        self._newest.update((reading.zone_id, reading) for reading in readings)
        return {
            zone_id: reading
            for zone_id, reading in self._newest.items()
            if seconds_between(reading.at, at) <= BELIEVED_S
        }
