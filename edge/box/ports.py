"""What the box's supervisor needs of its cameras and of the line to the centre."""

from collections.abc import Callable, Mapping
from typing import Protocol

from domain.camera import CameraConfig
from domain.health import Heartbeat
from edge.box.figures import StreamFigures
from edge.run.camera_station import CameraStation


class Stations(Protocol):
    """Builds and retires the cameras' places."""

    def build(self, camera: CameraConfig, previous: CameraStation | None) -> CameraStation:
        """A running station; takes over stream, figures and signals of the previous one where they still fit.

        Raises:
            ConfigurationError: the camera's rules, zones or secrets are wrong; the previous one is untouched.
        """
        ...

    def retire(self, station: CameraStation, successor: CameraStation | None) -> None:
        """Let go of what a finished station had and its successor does not use; does not wait."""
        ...

    def stream_figures(self, station: CameraStation) -> StreamFigures:
        """What the station's source says of itself."""
        ...

    def tick(self) -> None:
        """Called about once a second: start evidence that is due though no pictures come."""
        ...

    def drain(self, limit_s: float) -> None:
        """Finish pending evidence with what the rings hold, then let go of every source."""
        ...


class Delivery(Protocol):
    """Sends cases, evidence and health to the centre in its own threads."""

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        ...

    def unsent(self) -> Mapping[str, int]:
        """Cases that the centre does not hold complete, by outbox state."""
        ...

    def start(self, heartbeat: Callable[[], Heartbeat]) -> None:
        """Begin to send; asks for the heartbeat whenever one is due."""
        ...

    def drain(self, limit_s: float) -> None:
        """Last sends, say goodbye, disconnect."""
        ...
