"""The recordings that lie beside the checkout, each with the camera drawn for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.footage.playing import frames_of_film, frames_of_pictures, pictures_of
from benchmarks.lamps.views import without_drawings
from domain.camera import CameraConfig
from domain.seen.frame import Frame
from edge.configuration.camera_files import read_camera_file

CAMERAS = Path(__file__).with_name("cameras")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recording and the camera file that it is judged by."""

    name: str
    camera_name: str
    frames: Callable[[Path, CameraConfig], Iterator[Frame]]  # of the data folder

    @property
    def camera(self) -> CameraConfig:
        """Read anew each time: drawings are changed while one looks at sheets."""
        return read_camera_file(CAMERAS / f"{self.camera_name}.yaml")


def _film(name: str, camera_name: str, path: str) -> Recording:
    return Recording(
        name=name, camera_name=camera_name, frames=lambda data, camera: frames_of_film(data / path, camera)
    )


def _red_light(data: Path, camera: CameraConfig) -> Iterator[Frame]:
    paths = sorted((data / "street/vn_redlight/frames").glob("*.jpg"))
    return frames_of_pictures((without_drawings(picture) for picture in pictures_of(paths)), 1.25, camera)


RECORDINGS = (
    _film("hanoi_junctions", "hanoi-junction", "street/hanoi_junctions/16h15.25.9.22.mp4"),
    Recording(name="vn_redlight", camera_name="redlight-junction", frames=_red_light),
    _film("vn_hanoi-20", "hanoi-street", "street/vn_hanoi/clip_20f_5fps.mp4"),
    _film("vn_hanoi-5", "hanoi-street", "street/vn_hanoi/clip_5f_6fps.mp4"),
    _film("car-detection", "car-park", "clips/car-detection.mp4"),
    _film("car-detection-reversed", "car-park-reversed", "clips/car-detection.mp4"),
    _film(
        "otvision-truck",
        "german-junction",
        "street/clips_otvision/Testvideo_Cars-Truck_FR20_2020-01-01_00-00-00.mp4",
    ),
    _film(
        "otvision-cyclist",
        "german-junction",
        "street/clips_otvision/Testvideo_Cars-Cyclist_FR20_2020-01-01_00-00-00.mp4",
    ),
    _film("street_videos", "carried-by-hand", "plates/street_videos/test_1.mp4"),
)
