"""Videos as telephones make them: any codec, a voice, a place and a time beside the pictures, lying on their side."""

import struct
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

from tests.builders.synthetic_video import numbered_picture

VOICE = b"\x7fMY-VOICE\x7f\x11\x22"  # raw sound, so that it can be looked for
OWNER = "Nguyễn Thị Kín"
PLACE = "+16.4637+107.5909/"
TAKEN_AT = "2026-01-05T05:00:00.000000Z"
_TURNED = {0: (1, 0, 0, 1), 1: (0, 1, -1, 0), 2: (-1, 0, 0, -1), 3: (0, -1, 1, 0)}
_MATRIX_AT = 40  # in a track's header of version 0, from its name


@cache
def phone_video(
    *,
    codec: str = "libx264",
    form: str = "mov",
    seconds: float = 2.0,
    fps: int = 10,
    size_wh: tuple[int, int] = (320, 192),
    place: str | None = PLACE,
    quarter_turns: int = 0,
    flags: str = "use_metadata_tags",
) -> bytes:
    """A video whose pictures carry their numbers, with a track of sound where the form is ``mov``.

    Args:
        codec: libav's encoder.
        form: mov or mp4.
        seconds: how long it is.
        fps: pictures a second.
        size_wh: of the pictures.
        place: as ISO 6709; None: the telephone knew none.
        quarter_turns: how often players turn the pictures clockwise.
        flags: of libav's writer.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "video"  # tables that stand first are written last, into a file alone
        with av.open(str(path), "w", format=form, options={"movflags": flags}) as container:
            container.metadata["creation_time"] = TAKEN_AT
            container.metadata["com.apple.quicktime.author"] = OWNER
            if place is not None:
                container.metadata["com.apple.quicktime.location.ISO6709"] = place
            quiet = {"x265-params": "log-level=none:pools=1:frame-threads=1"} if codec == "libx265" else {}
            stream = container.add_stream(codec, rate=fps, options={"g": "10", **quiet})
            stream.width, stream.height = size_wh
            stream.pix_fmt = "yuv420p"
            stream.codec_context.thread_count = 1
            voice = container.add_stream("pcm_s16le", rate=8000, layout="mono") if form == "mov" else None
            for number in range(round(seconds * fps)):
                frame = av.VideoFrame.from_ndarray(numbered_picture(number, size_wh), format="bgr24")
                frame.pts, frame.time_base = number, Fraction(1, fps)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            if voice is not None:
                said = np.frombuffer(VOICE * 200, np.int16)[None, :]
                sounded = av.AudioFrame.from_ndarray(said, format="s16", layout="mono")
                sounded.rate, sounded.pts, sounded.time_base = 8000, 0, Fraction(1, 8000)
                container.mux(voice.encode(sounded))
                container.mux(voice.encode(None))
        return _turned(path.read_bytes(), quarter_turns)


def _turned(content: bytes, quarter_turns: int) -> bytes:
    """The same with the matrix of its first track turned."""
    a, b, c, d = (value * 0x10000 for value in _TURNED[quarter_turns % 4])
    at = content.index(b"tkhd") + _MATRIX_AT
    matrix = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 0x40000000)
    return content[: at + 4] + matrix + content[at + 4 + len(matrix) :] if quarter_turns else content
