"""Puts a drawing of the centre into its camera's file: checked as an installer's would be, or the file stays."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from domain.camera import CameraConfig
from domain.camera_drawing import Drawing
from domain.errors import ConfigurationError, ConfigurationFaults, Fault
from domain.fleet.camera_reports import WantedDrawing, drawing_of
from edge.camera_door.wanted_drawings import DrawingRefused
from edge.configuration.camera_files import find_camera_files, read_camera_file
from matthan.config_check import check_files
from matthan.drawing.drawing_file import write_drawing

_DRAW_AGAIN = "load the camera's page at the centre again and draw upon what runs"


class FilesOfCameras:
    """The camera files of one box.

    Args:
        patterns: where they are, as the box's file says.
        folder: the box file's.
        environ: where secrets are looked for.
    """

    def __init__(self, patterns: Sequence[str], *, folder: Path, environ: Mapping[str, str]) -> None:
        self._patterns = tuple(patterns)
        self._folder = folder
        self._environ = environ

    def write(self, wanted: WantedDrawing) -> str:
        """Write a drawing; the same one again changes nothing.

        Returns:
            The hash of the configuration that the file holds then.

        Raises:
            DrawingRefused: why not; the file is as it was.
        """
        path, camera = self._find(wanted.camera_id)
        if drawing_of(camera).sha256() == wanted.drawing.sha256():
            return camera.sha256()  # it is there: an earlier try was cut short, or somebody drew the same here
        if camera.sha256() != wanted.base_sha256:
            told = f"the file of {camera.id} is not the one that was drawn upon: it was changed at the box"
            raise DrawingRefused(f"{told} | {_DRAW_AGAIN}")
        self._try(path, wanted.drawing)
        try:
            write_drawing(path, wanted.drawing)
            return read_camera_file(path).sha256()
        except ConfigurationFaults as error:
            raise DrawingRefused(*map(_line, error.faults)) from error
        except ConfigurationError as error:
            raise DrawingRefused(str(error)) from error

    def _find(self, camera_id: str) -> tuple[Path, CameraConfig]:
        try:
            paths = find_camera_files(self._patterns, self._folder)
        except ConfigurationError as error:
            raise DrawingRefused(str(error)) from error
        wrong: list[str] = []
        for path in paths:
            try:
                camera = read_camera_file(path)
            except ConfigurationFaults as error:
                wrong += map(_line, error.faults)
                continue
            if camera.id == camera_id:
                return path, camera
        raise DrawingRefused(f"no sound file of this box is of camera {camera_id} | mend the box's files", *wrong)

    def _try(self, path: Path, drawing: Drawing) -> None:
        """Write it into a copy and look that through.

        Raises:
            DrawingRefused: everything that ``check-config`` says against it.
        """
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / path.name
            copy.write_bytes(path.read_bytes())
            try:
                write_drawing(copy, drawing)
            except ConfigurationFaults as error:
                raise DrawingRefused(*map(_line, error.faults)) from error
            faults = check_files([copy], self._environ).faults
            if faults:
                raise DrawingRefused(*map(_line, faults))


def _line(fault: Fault) -> str:
    where = f"{fault.where}: " if fault.where else ""
    return f"{where}{fault.problem} | {fault.remedy}"
