"""Encodes composed pictures into clips that loop, and keeps a clip while its generator stays the same."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path

import av

from deploy.demo.composed.view import SIZE_WH
from domain.geometry import ImageBgr

Piece = tuple[Iterable[ImageBgr], int]
"""Pictures of whole seconds, and how often they are shown."""

_OPTIONS = {
    "preset": "veryfast",
    "crf": "24",
    "bf": "0",
    "sc_threshold": "0",
    "threads": "1",
    "x264-params": "cpu-independent=1",  # the same bytes on every processor
}


def kept_clip(folder: Path, name: str, write: Callable[[Path], None]) -> Path:
    """A composed clip, made when the folder does not hold the one of this generator.

    Args:
        folder: made when missing.
        name: of the clip, without its ending.
        write: composes and encodes it.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    made_by = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    path = folder / f"{name}-{made_by}.mp4"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for older in folder.glob(f"{name}-*.mp4"):
            older.unlink()
        part = folder / f"{name}.part"
        write(part)
        part.replace(path)
    return path


def write_pieces(path: Path, pieces: Sequence[Piece], *, pictures_per_second: int) -> None:
    """Encode every piece once, and repeat its packets.

    H.264 with a keyframe every second, from which a piece can be repeated, and without B-frames.

    Args:
        path: of the clip.
        pieces: in their order.
        pictures_per_second: of all of them.
    """
    with av.open(str(path), "w", format="mp4") as out:
        options = _OPTIONS | {"g": str(pictures_per_second)}
        stream = out.add_stream("libx264", rate=pictures_per_second, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE_WH, "yuv420p"
        tick = Fraction(1, pictures_per_second)
        encoded: list[tuple[bytes, bool]] = []
        lengths: list[int] = []
        index = 0
        for pictures, _ in pieces:
            begins = index
            for image_bgr in pictures:
                picture = av.VideoFrame.from_ndarray(image_bgr, format="bgr24").reformat(format="yuv420p")
                picture.pts, picture.time_base = index, tick
                encoded += _contents(stream.encode(picture))
                index += 1
            lengths.append(index - begins)
        encoded += _contents(stream.encode(None))
        rest = iter(encoded)
        repeated = [list(islice(rest, length)) * times for length, (_, times) in zip(lengths, pieces, strict=True)]
        for index, (content, is_keyframe) in enumerate(chain.from_iterable(repeated)):
            packet = av.Packet(content)
            packet.stream, packet.is_keyframe = stream, is_keyframe
            packet.pts = packet.dts = index
            packet.duration, packet.time_base = 1, tick
            out.mux(packet)


def _contents(packets: "Iterable[av.Packet[av.VideoStream]]") -> list[tuple[bytes, bool]]:
    return [(bytes(packet), packet.is_keyframe) for packet in packets]
