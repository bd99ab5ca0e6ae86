"""What an installer does with one camera: take a still, look at the drawing."""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from domain.camera import CameraConfig
from domain.errors import ConfigurationError, SourceUnavailable
from domain.fleet.health import HealthEvent
from domain.geometry import ImageBgr, SizeWh
from edge.configuration.camera_files import read_camera_file
from edge.evidence.masking import masked, masks_of
from ingest.open_source import open_source
from matthan.drawing.zone_drawing import draw_camera
from plumbing.system_clock import SystemClock
from plumbing.yaml_documents import read_yaml, validated


def save_still(camera_file: Path, out: Path, *, wait_s: float, environ: Mapping[str, str]) -> SizeWh:
    """Save the next picture of a camera, its privacy masks filled; its rules are not looked at, zones may be missing.

    Args:
        camera_file: names the stream; the still is of the main one, as evidence is.
        out: .jpg or .png.
        wait_s: how long to wait for a picture.
        environ: where the camera's password may stand.

    Returns:
        Width and height in pixels.

    Raises:
        ConfigurationError: the file is wrong, or the picture cannot be written.
        SourceUnavailable: no picture came.
    """
    camera = validated(read_yaml(camera_file), CameraConfig)
    reasons: list[str] = []

    def remember(event: HealthEvent) -> None:
        reasons.append(f"{event.state.value}: {event.reason}")

    folder = camera_file.resolve().parent
    main = camera.model_copy(update={"stream": camera.stream.model_copy(update={"analysed_url": None})})
    source = open_source(main, clock=SystemClock(), secrets=environ, folder=folder, on_health=remember)
    try:
        frame = source.read(wait_s)
    finally:
        source.close()
    if frame is None:
        raise SourceUnavailable(f"camera {camera.id} gave no picture within {wait_s:g} s ({'; '.join(reasons)})")
    _write(out, masked(frame.image_bgr, masks_of(camera)))
    return frame.resolution_wh


def save_drawing(camera_file: Path, still: Path, out: Path) -> None:
    """Save a copy of a still with the camera's zones, lines and lamp regions on it.

    Raises:
        ConfigurationError: the camera's file is wrong, the still cannot be read or the picture not be written.
    """
    camera = read_camera_file(camera_file)
    content, _ = read_still(still)
    _write(out, draw_camera(camera, _decoded(content, still)))


def read_still(path: Path) -> tuple[bytes, str]:
    """A picture's file and its media type.

    Raises:
        ConfigurationError: it cannot be read, or is neither PNG nor JPEG.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror})") from error
    _decoded(content, path)
    return content, "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"


def _decoded(content: bytes, path: Path) -> ImageBgr:
    is_known = content.startswith((b"\x89PNG", b"\xff\xd8"))
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if is_known else None
    if picture is None:
        raise ConfigurationError(f"{path} is no picture that can be read; expected .jpg or .png")
    return picture.astype(np.uint8, copy=False)


def _write(out: Path, picture_bgr: ImageBgr) -> None:
    if out.suffix.lower() not in {".jpg", ".jpeg", ".png"}:
        raise ConfigurationError(f"{out}: expected a name that ends in .jpg or .png")
    _, encoded = cv2.imencode(out.suffix, picture_bgr)
    try:
        out.write_bytes(encoded.tobytes())
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written ({error.strerror})") from error
