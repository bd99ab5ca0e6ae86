"""Videos whose pictures carry their own number, so that a test can tell which frame it was shown."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 320, 240
_BITS = 12


def numbered_image(number: int, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> NDArray[np.uint8]:
    """A grey picture with twelve upright bars: the number's bits, black or white."""
    image = np.full((height_px, width_px, 3), 128, np.uint8)
    bar_px = width_px // _BITS
    for bit in range(_BITS):
        image[:, bit * bar_px : (bit + 1) * bar_px] = 235 if number >> bit & 1 else 20
    return image


def number_of(image_bgr: NDArray[np.uint8]) -> int:
    """Read the number back."""
    bar_px = image_bgr.shape[1] // _BITS
    centres = [int(bit * bar_px + bar_px // 2) for bit in range(_BITS)]
    return sum((image_bgr[:, x - 2 : x + 3].mean() > 128) << bit for bit, x in enumerate(centres))


def write_numbered_video(
    path: Path, times_s: Sequence[float], *, group_frames: int = 25, b_frames: int = 2, codec: str = "libx264"
) -> None:
    """Encode one numbered picture for every time (seconds, rising from 0)."""
    with av.open(str(path), "w") as container:
        same_bytes_anywhere = {"x264-params": "cpu-independent=1"} if codec == "libx264" else {}
        stream = container.add_stream(codec, rate=25, options=same_bytes_anywhere)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        stream.codec_context.gop_size = group_frames
        stream.codec_context.max_b_frames = b_frames
        stream.codec_context.thread_count = 1
        for number, time_s in enumerate(times_s):
            frame = av.VideoFrame.from_ndarray(numbered_image(number), format="bgr24")
            frame.pts = round(time_s * 1000)
            frame.time_base = Fraction(1, 1000)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
