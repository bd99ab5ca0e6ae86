"""Every picture of a still or clip drawn upon and written anew; for processes of their own, run by their path.

Such a process gets the file and the file to write as arguments, and one line of JSON on standard input: what is to be
drawn. A picture is drawn upon as players show it, upright, and stays so: what phones note of how they were held stays
behind with all other metadata. A clip is encoded again, without sound, each picture at its own time. Of a clip that
breaks off before its index does, the pictures that are there are drawn, and ``cut_off`` is said on standard output. It
ends with 2, and why on standard error, where it cannot.
"""

import io
import json
import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import av
from av import VideoFrame
from av.container import InputContainer
from av.error import InvalidDataError
from av.video.stream import VideoStream
from PIL import Image, ImageOps

Draw = Callable[[Image.Image, float | None], Image.Image]
"""A picture with what is drawn upon it, at seconds from its clip's beginning (a still: None); may be the same one."""

MEMORY_BYTES = 3 * 1024 * 1024 * 1024
CPU_S = 1200
_MAX_PIXELS = 60_000_000
_JPEG_QUALITY = 92
_SAME_EVERYWHERE = {
    "preset": "veryfast",
    "threads": "1",
    "x264-params": "cpu-independent=1",
}  # with more or fewer cores


CUT_OFF = "cut_off"


def redrawn(source: Path, target: Path, draw: Draw, options: Mapping[str, str]) -> bool:
    """Draw upon every picture of a file.

    Args:
        source: a JPEG, or a clip where it ends with ``.mp4``.
        target: written.
        draw: upon each picture; all of a clip come out with the size of the first, an odd side a pixel less.
        options: of the encoder, beside those that make its bytes the same everywhere.

    Returns:
        Whether it is a clip that breaks off: its index knows pictures that are not in the file.

    Raises:
        ValueError, OSError: it cannot be decoded, or has no picture.
    """
    if source.suffix != ".mp4":
        picture = ImageOps.exif_transpose(Image.open(source, formats=("JPEG",))).convert("RGB")
        encoded = io.BytesIO()  # written to a full disk by itself, it would take a part for the whole
        draw(picture, None).save(encoded, "JPEG", quality=_JPEG_QUALITY)
        target.write_bytes(encoded.getvalue())
        return False
    with av.open(str(source)) as clip, av.open(str(target), "w", format="mp4") as written:
        video = clip.streams.video[0]
        video.thread_type = "AUTO"
        stream = written.add_stream("libx264", rate=video.average_rate or 25, options=_SAME_EVERYWHERE | dict(options))
        stream.pix_fmt = "yuv420p"
        if video.time_base is not None:
            stream.codec_context.time_base = video.time_base
        begun = False
        for frame in _pictures(clip, video, source.stat().st_size):
            picture = draw(_upright(frame), float(frame.time or 0.0))
            if not begun:
                begun, (stream.width, stream.height) = True, (side // 2 * 2 for side in picture.size)
            drawn = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
            drawn.pts, drawn.time_base = frame.pts, frame.time_base
            written.mux(stream.encode(drawn))
        if not begun:
            raise ValueError("the clip has no picture")
        written.mux(stream.encode(None))
        return _is_cut_off(video, source.stat().st_size)


def _pictures(clip: InputContainer, video: VideoStream, size_bytes: int) -> Iterator[VideoFrame]:
    """Every picture; of one that breaks off in the middle of a picture, those before it."""
    try:
        yield from clip.decode(video)
    except InvalidDataError:
        if not _is_cut_off(video, size_bytes):
            raise


def _is_cut_off(video: VideoStream, size_bytes: int) -> bool:
    return any(entry.pos + entry.size > size_bytes for entry in video.index_entries)


def _upright(frame: VideoFrame) -> Image.Image:
    picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    return picture.rotate(90 * round(frame.rotation / 90), expand=True)


def answer(drawing: Callable[[Mapping[str, Any]], Draw], options: Mapping[str, str]) -> int:
    """Draw upon the file that the arguments name, with bounded memory and time.

    Args:
        drawing: reads what is asked.
        options: as above.

    Returns:
        How the process ends.
    """
    for which, value in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(which, (value, value))
    Image.MAX_IMAGE_PIXELS = _MAX_PIXELS
    try:
        if redrawn(Path(sys.argv[1]), Path(sys.argv[2]), drawing(json.loads(sys.stdin.readline())), options):
            sys.stdout.write(CUT_OFF)
    except Exception as error:  # noqa: BLE001 - whatever a decoder breaks on is one answer
        sys.stderr.write(f"{error.__class__.__name__}: {error}"[:300])
        return 2
    return 0
