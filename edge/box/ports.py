"""What the box's supervisor needs of its cameras and of the line to the centre."""

from collections.abc import Callable, Mapping
from typing import Protocol

from domain.camera import CameraConfig
from domain.fleet.health import Heartbeat
from edge.health.figures import StreamFigures
from edge.run.camera_guard import CameraGuard


class RunningCameras(Protocol):
    """Builds, changes and ends the cameras: what ``edge.box.cameras.Cameras`` offers."""

    def open(self, camera: CameraConfig) -> CameraGuard:
        """A running camera that was not there before.

        Raises:
            ConfigurationError: its rules, zones or secrets are wrong.
        """
        ...

    def prepare(self, guard: CameraGuard, camera: CameraConfig) -> Callable[[], None]:
        """What the analysis thread calls to give a running camera a new configuration.

        Raises:
            ConfigurationError: the camera's rules, zones or secrets are wrong; the running one is untouched.
        """
        ...

    def remove(self, guard: CameraGuard) -> None:
        """End a camera for good; does not wait."""
        ...

    def stream_figures(self, guard: CameraGuard) -> StreamFigures:
        """What the camera's stream has done and how it is."""
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
