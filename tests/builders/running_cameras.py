"""Cameras of a box that run, without a stream: what tells the centre of them needs no more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from domain.camera import CameraConfig
from edge.camera_door.wanted_drawings import WriteDrawing
from edge.configuration.camera_files import read_camera_file
from edge.health.figures import CameraFigures
from edge.run.camera_guard import CameraGuard
from matthan.drawing.from_centre import FilesOfCameras


@dataclass
class Running:
    """A camera that runs what its file held when it was last loaded."""

    camera: CameraConfig
    figures: CameraFigures = field(default_factory=CameraFigures)
    ended: bool = False


@dataclass
class FilesThatRun:
    """The camera files of one box, and what of them runs."""

    folder: Path
    cameras: dict[str, Running] = field(default_factory=dict)

    def load(self) -> None:
        """What a box does when a file changes, or when it starts."""
        for path in sorted(self.folder.glob("*.yaml")):
            camera = read_camera_file(path)
            self.cameras.setdefault(camera.id, Running(camera)).camera = camera

    def running(self) -> Mapping[str, CameraGuard]:
        """As the box's pipeline gives them."""
        return cast("Mapping[str, CameraGuard]", self.cameras)

    def writer(self) -> WriteDrawing:
        """What puts a drawing of the centre into a file."""
        return FilesOfCameras(["*.yaml"], folder=self.folder, environ={}).write
