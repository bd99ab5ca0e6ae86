"""A process that decodes pictures of one stranger's file and can do nothing else.

In: the bytes of a JPEG or MP4. Out: of each picture a line of JSON, ``[offset_s, width, height, quarter_turns]``, and
the picture as raw BGR, not yet turned; a few of them, or with the argument ``film`` five a second of a whole video, and
then a line that says whether nothing of it was left out (``true``). It ends with 2 and one word on standard error where
it cannot.
"""

import io
import json
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from plumbing.without_rights import give_up_rights

MAX_INPUT_BYTES = 40 * 1024 * 1024
MAX_PIXELS = 10_000_000
LONGEST_SIDE_PX = 2560
MOST_STILLS = 8
_EVERY_S = 1.0  # of a short video; a longer one is spread over as many stills as there may be
FILM = "film"
FILM_EVERY_S = 0.2
MOST_OF_FILM = 320  # a video has sixty seconds
FILM_LONGEST_SIDE_PX = 1280
_MEMORY_BYTES = 1536 * 1024 * 1024
_CPU_S = {"": 40, FILM: 240}
_HALF_A_PICTURE_S = 0.01  # clocks of pictures are not as round as a step
_CODECS = frozenset({"h264", "hevc", "mpeg4", "vp9", "av1", "libdav1d", "mjpeg"})


class Wrong(Exception):
    """No picture comes of it; the word says why."""


class Still(NamedTuple):
    """One decoded picture."""

    offset_s: float
    width: int
    height: int
    quarter_turns: int  # counter-clockwise, until it is upright
    pixels: bytes


def stills(content: bytes, way: str = "") -> Iterator[Still]:
    """A few pictures, evenly spread; or all that a copy of a video shows.

    Raises:
        Wrong: there is none, or one that is too large, or a copy would show too many.
    """
    is_film = way == FILM
    is_video = content[4:8] == b"ftyp"
    with av.open(io.BytesIO(content), "r", format="mp4" if is_video else "jpeg_pipe") as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_type, stream.codec_context.thread_count = "NONE", 1
        if stream.codec_context.name not in _CODECS:
            raise Wrong("not_decoded")
        if stream.codec_context.width * stream.codec_context.height > MAX_PIXELS:
            raise Wrong("too_large")
        length_s = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
        step_s = FILM_EVERY_S if is_film else max(_EVERY_S, length_s / MOST_STILLS)
        longest_px = FILM_LONGEST_SIDE_PX if is_film else LONGEST_SIDE_PX
        reformatter, first_s, taken, next_s = VideoReformatter(), None, 0, 0.0
        for frame in container.decode(stream):
            if frame.width * frame.height > MAX_PIXELS:
                raise Wrong("too_large")
            at_s = float(frame.time) if frame.pts is not None else 0.0
            first_s = at_s if first_s is None else first_s
            if is_film and frame.is_corrupt:
                raise Wrong("not_decoded")
            if not frame.is_corrupt and at_s - first_s >= next_s:
                taken += 1
                next_s = at_s - first_s + step_s - _HALF_A_PICTURE_S if is_film else taken * step_s
                yield _still(frame, max(0.0, at_s - first_s), reformatter, longest_px)
                if taken == MOST_STILLS and not is_film:
                    return
                if taken > MOST_OF_FILM:
                    raise Wrong("too_long")


def _still(frame: VideoFrame, offset_s: float, reformatter: VideoReformatter, longest_px: int) -> Still:
    scale = min(1.0, longest_px / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    shown = reformatter.reformat(frame, width=width, height=height, format="bgr24", threads=1)
    return Still(offset_s, width, height, round(frame.rotation / 90) % 4, shown.to_ndarray().tobytes())


def main(way: str) -> int:
    """Decode what stands on standard input."""
    _warm_up()
    give_up_rights(memory_bytes=_MEMORY_BYTES, cpu_s=_CPU_S[way])
    content = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
    if len(content) > MAX_INPUT_BYTES:
        return _refuse("too_large")
    told, whole = 0, False
    try:
        for still in stills(content, way):
            sys.stdout.buffer.write(json.dumps(still[:4]).encode() + b"\n")
            sys.stdout.buffer.write(still.pixels)
            told += 1
        whole = True
    except Wrong as error:
        return _refuse(str(error))
    except MemoryError:
        return _refuse("too_large")
    except Exception:  # noqa: BLE001, S110 - whatever a stranger's bytes break in a decoder: what came before is shown
        pass
    if not told:
        return _refuse("not_decoded")
    if way == FILM:
        sys.stdout.buffer.write(json.dumps(whole).encode() + b"\n")
    sys.stdout.buffer.flush()
    return 0


def _warm_up() -> None:
    """Decode a picture of our own, so that whatever is loaded late is there before no file can be opened any more."""
    encoder = VideoCodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 16, 16, "yuvj420p", Fraction(1, 25)
    list(stills(bytes(encoder.encode(VideoFrame(16, 16, "yuvj420p"))[0])))


def _refuse(word: str) -> int:
    sys.stderr.write(word)
    return 2


if __name__ == "__main__":
    sys.exit(main("".join(sys.argv[1:])))
