"""Encodes the junction's cycles into one clip that loops, and keeps it while its generator stays the same."""

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, count
from pathlib import Path

import av

from deploy.demo.footage import FRAMES_PER_SECOND, film_pictures
from deploy.demo.junction.composing import Composer
from deploy.demo.junction.ground import SIZE_WH
from deploy.demo.junction.script import CYCLE_S, EVENTFUL, EVENTFUL_CYCLES, EVERY_CYCLE, QUIET_CYCLES
from domain.geometry import ImageBgr

JUNCTION_CLIP = "junction.mp4"
_OPTIONS = {
    "preset": "veryfast",
    "crf": "20",
    "g": str(FRAMES_PER_SECOND),
    "bf": "0",
    "sc_threshold": "0",
    "threads": "1",
}


def composed_clip(folder: Path) -> Path:
    """The junction's clip, made when the folder does not hold the one of this generator.

    Args:
        folder: made when missing; holds nothing but this clip afterwards.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    made_by = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    path = folder / f"junction-{made_by}.mp4"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for older in folder.iterdir():
            older.unlink()
        part = folder / f"{path.name}.part"
        write_clip(part)
        part.replace(path)
    return path


def cycle_pictures(composer: Composer, *, eventful: bool) -> Iterator[ImageBgr]:
    """The pictures of one cycle, ``FRAMES_PER_SECOND`` a second."""
    parts = EVENTFUL if eventful else EVERY_CYCLE
    for number in range(CYCLE_S * FRAMES_PER_SECOND):
        yield composer.picture(parts, number / FRAMES_PER_SECOND)


def write_clip(path: Path, *, eventful: int = EVENTFUL_CYCLES, quiet: int = QUIET_CYCLES) -> None:
    """Compose and encode an eventful and a quiet cycle once each, and repeat their packets.

    H.264 with a keyframe every second, from which a cycle can be repeated, and without B-frames.

    Args:
        path: of the clip.
        eventful: how many cycles with somebody who runs the red light and somebody who stands on the road come first.
        quiet: how many without them follow.
    """
    composer = Composer(film_pictures())
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=FRAMES_PER_SECOND, options=_OPTIONS)
        stream.width, stream.height, stream.pix_fmt = *SIZE_WH, "yuv420p"
        encoded: list[tuple[bytes, bool]] = []
        cycles = chain(cycle_pictures(composer, eventful=True), cycle_pictures(composer, eventful=False))
        for picture in chain(map(_video_frame, count(), cycles), [None]):
            encoded += [(bytes(packet), packet.is_keyframe) for packet in stream.encode(picture)]
        half = len(encoded) // 2
        for index, (content, is_keyframe) in enumerate(encoded[:half] * eventful + encoded[half:] * quiet):
            packet = av.Packet(content)
            packet.stream, packet.is_keyframe = stream, is_keyframe
            packet.pts = packet.dts = index
            packet.duration, packet.time_base = 1, Fraction(1, FRAMES_PER_SECOND)
            out.mux(packet)


def _video_frame(index: int, image_bgr: ImageBgr) -> av.VideoFrame:
    picture = av.VideoFrame.from_ndarray(image_bgr, format="bgr24").reformat(format="yuv420p")
    picture.pts, picture.time_base = index, Fraction(1, FRAMES_PER_SECOND)
    return picture
