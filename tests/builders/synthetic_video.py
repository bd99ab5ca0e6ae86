"""Videos made in the test: any codec, stamps, sizes; each picture carries its number so that it can be told apart."""

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

TICKS_PER_S = 1000
_BLOCK_PX = 16
_BITS = 12


def numbered_picture(number: int, size_wh: tuple[int, int] = (320, 192)) -> NDArray[np.uint8]:
    """A grey picture whose top row of blocks spells a number in black and white, over a texture.

    The texture's lowest third moves, the rest stands still as a fixed camera's view does.
    """
    width, height = size_wh
    still, x, y = height * 2 // 3, np.arange(width), np.arange(height)[:, None]
    rows, column = np.empty((height, width)), 32 * np.cos(y / 7.0)
    rows[:still] = 96 + 32 * np.sin(x / 11.0)
    rows[still:] = 96 + 32 * np.sin((x + number * 3) / 11.0)
    image = np.repeat((rows + column).astype(np.uint8)[:, :, None], 3, axis=2)
    for bit in range(_BITS):
        image[:_BLOCK_PX, bit * _BLOCK_PX : (bit + 1) * _BLOCK_PX] = 255 if number >> bit & 1 else 0
    return image


def number_of(image_bgr: NDArray[np.uint8]) -> int:
    """The number that a picture spells, also after lossy coding."""
    half = _BLOCK_PX // 2
    return sum(1 << bit for bit in range(_BITS) if image_bgr[half, bit * _BLOCK_PX + half].mean() > 127)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to encode a synthetic video."""

    codec: str = "libx264"
    size_wh: tuple[int, int] = (320, 192)
    keyframe_every: int = 10
    b_frames: int = 0
    first_number: int = 0
    slices: int = 1  # of each picture


def steady(frames: int, fps: float = 25.0) -> list[int]:
    """Presentation times in ms at a steady rate."""
    return [round(i * 1000 / fps) for i in range(frames)]


def encode(target: Path | io.BytesIO, times_ms: Sequence[int], recipe: Recipe | None = None, *, form: str) -> None:
    """Encode numbered pictures shown at the given times.

    Args:
        target: where the video goes.
        times_ms: presentation time of each picture, rising.
        recipe: codec and structure.
        form: libav's name of the container, e.g. mp4, mpegts, matroska, h264.
    """
    content = _encoded(tuple(times_ms), recipe or Recipe(), form)
    if isinstance(target, Path):
        target.write_bytes(content)
    else:
        target.write(content)


@lru_cache(maxsize=64)
def _encoded(times_ms: tuple[int, ...], recipe: Recipe, form: str) -> bytes:
    """Many tests want the same video: it is encoded once a process."""
    target = io.BytesIO()
    encode_pictures(target, _numbered(len(times_ms), recipe), times_ms, recipe, form=form)
    return target.getvalue()


def _numbered(count: int, recipe: Recipe) -> Iterator[NDArray[np.uint8]]:
    return (numbered_picture(recipe.first_number + place, recipe.size_wh) for place in range(count))


def encode_pictures(
    target: Path | io.BytesIO,
    pictures_bgr: Iterable[NDArray[np.uint8]],
    times_ms: Sequence[int],
    recipe: Recipe,
    *,
    form: str,
) -> None:
    """Encode pictures of the recipe's size; see ``encode``."""
    options = {"preset": "ultrafast", "g": str(recipe.keyframe_every), "bf": str(recipe.b_frames), "sc_threshold": "0"}
    if recipe.codec == "libx265":
        params = f"log-level=none:pools=1:frame-threads=1:keyint={recipe.keyframe_every}:bframes={recipe.b_frames}"
        options = {
            "preset": "ultrafast",
            "x265-params": f"{params}:scenecut=0:repeat-headers=1:open-gop=0:slices={recipe.slices}",
        }
    elif recipe.b_frames:
        options |= {"b_strategy": "0", "preset": "veryfast"}
    if recipe.slices > 1 and recipe.codec == "libx264":
        options["slices"] = str(recipe.slices)
    with av.open(target if isinstance(target, io.BytesIO) else str(target), "w", format=form) as container:
        stream = container.add_stream(recipe.codec, rate=25, options=options)
        stream.width, stream.height = recipe.size_wh
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, TICKS_PER_S)
        stream.codec_context.thread_count = 1
        for picture_bgr, time_ms in zip(pictures_bgr, times_ms, strict=True):
            frame = av.VideoFrame.from_ndarray(picture_bgr, format="bgr24")
            frame.pts, frame.time_base = time_ms, Fraction(1, TICKS_PER_S)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedPicture:
    """One encoded picture in Annex B form, in order of decoding."""

    payload: bytes
    pts_ms: int
    is_keyframe: bool


def coded_pictures(times_ms: Sequence[int], recipe: Recipe | None = None) -> list[CodedPicture]:
    """What a camera would send for numbered pictures: Annex B with parameter sets at each keyframe."""
    return list(_coded_once(tuple(times_ms), recipe or Recipe()))


@lru_cache(maxsize=64)
def _coded_once(times_ms: tuple[int, ...], recipe: Recipe) -> tuple[CodedPicture, ...]:
    return tuple(coded(_numbered(len(times_ms), recipe), times_ms, recipe))


def coded(pictures_bgr: Iterable[NDArray[np.uint8]], times_ms: Sequence[int], recipe: Recipe) -> list[CodedPicture]:
    """What a camera would send for pictures of the recipe's size; see ``coded_pictures``."""
    file = io.BytesIO()
    encode_pictures(file, pictures_bgr, times_ms, recipe, form="mpegts")
    file.seek(0)
    with av.open(file) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        origin = min(packet.pts or 0 for packet in packets)
        return [
            CodedPicture(
                payload=bytes(packet),
                pts_ms=round(((packet.pts or 0) - origin) * (packet.time_base or 0) * 1000),
                is_keyframe=packet.is_keyframe,
            )
            for packet in packets
        ]


def nal_hashes(payload: bytes, *, annex_b: bool) -> list[str]:
    """SHA-256 of each NAL unit: what must be the same before and after remuxing."""
    units = []
    if annex_b:
        units = [
            unit.rstrip(b"\x00")
            for unit in payload.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
        ]
    else:
        at = 0
        while at < len(payload):
            length = int.from_bytes(payload[at : at + 4], "big")
            units.append(payload[at + 4 : at + 4 + length].rstrip(b"\x00"))
            at += 4 + length
    return [hashlib.sha256(unit).hexdigest() for unit in units if unit]
