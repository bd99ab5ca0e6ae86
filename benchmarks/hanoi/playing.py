"""The minute through the product, once as recorded and once with an end of the red and ground points added."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.footage.playing import Findings, frames_of_film, play_frames, play_seen, street_detector
from benchmarks.footage.recordings import CAMERAS
from benchmarks.hanoi.scoring import Truth, with_green_after
from domain.camera import CameraConfig, GroundPoint
from edge.configuration.camera_files import read_camera_file

SIGNAL = "S1"
FILM = "street/hanoi_junctions/16h15.25.9.22.mp4"
_CAMERA_HEIGHT_M, _FOCAL_PX, _HORIZON_PX = 5.4, 810.0, 80.0
"""Estimated from riders of 1.6 m, zebra stripes of 3 m and where the roads vanish; nothing was measured there."""
_ROAD_PX = ((60, 300), (320, 290), (540, 320), (60, 400), (320, 430), (560, 420), (300, 350))


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """What the product made of the film."""

    truth: Truth
    recorded: Findings  # as it is
    continued: Findings  # with a green light at its end, judged by the same camera
    calibrated: Findings  # the same, with estimated ground points


def play(data: Path) -> Minute:
    """Look at the film once, judge it three times.

    Args:
        data: folder of recorded street data.
    """
    camera = read_camera_file(CAMERAS / "hanoi-junction.yaml")
    detector = street_detector()
    recorded = play_frames(camera, frames_of_film(data / FILM, camera), detector)
    longer = with_green_after(recorded.seen, SIGNAL)
    return Minute(
        truth=Truth(_times(data / FILM, camera)),
        recorded=recorded,
        continued=play_seen(camera, longer),
        calibrated=play_seen(with_ground_points(camera), longer),
    )


def with_ground_points(camera: CameraConfig) -> CameraConfig:
    """The camera as if somebody had measured its road."""
    width_px, height_px = camera.reference_still_wh
    points = []
    for x, y in _ROAD_PX:
        px_per_m = (y - _HORIZON_PX) / _CAMERA_HEIGHT_M
        road_m = ((x - width_px / 2) / px_per_m, _FOCAL_PX / px_per_m)
        points.append(GroundPoint(image_norm=(x / width_px, y / height_px), road_m=road_m))
    return camera.model_copy(update={"ground_points": tuple(points)})


def _times(film: Path, camera: CameraConfig) -> list[datetime]:
    """Of every picture, also of those that are not due."""
    every = camera.model_copy(update={"stream": camera.stream.model_copy(update={"analysed_fps": 60.0})})
    return [frame.captured_at for frame in frames_of_film(film, every)]
