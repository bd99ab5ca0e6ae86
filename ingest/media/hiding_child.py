"""A process that hides parts of one picture or clip: run by its path, it imports nothing of ours.

Arguments: the file, the file to write. Standard input: one line of JSON, ``size_wh`` (of the picture that the regions
are told in) and ``rows``, in order of time: ``[offset_s, {"id": [left, top, right, bottom], ...}]``. A picture has one
row; a picture of a clip hides what the row before it and the row after it hold, and what lies between the two. A clip
is encoded again, without sound. It ends with 2 where it cannot.
"""

import bisect
import json
import resource
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import av
from PIL import Image

Region = Sequence[float]
Row = tuple[float, Mapping[str, Region]]

MEMORY_BYTES = 3 * 1024 * 1024 * 1024
CPU_S = 600
_MAX_PIXELS = 60_000_000
_CELLS = 7  # along the longer side of a region: a plate in it is two or three of them
_JPEG_QUALITY = 92
_OPTIONS = {"preset": "veryfast", "crf": "27", "threads": "1", "x264-params": "cpu-independent=1"}


def regions_at(rows: Sequence[Row], offset_s: float) -> list[Region]:
    """What is hidden at an instant; before the first row and after the last, what that row holds.

    Examples:
        >>> regions_at([(0.0, {"7": (0, 0, 1, 1)}), (1.0, {"7": (4, 0, 5, 1)})], 0.5)
        [(0, 0, 5, 1)]
    """
    after = bisect.bisect_left([at_s for at_s, _ in rows], offset_s)
    beside = [held for _, held in rows[max(0, after - 1) : after + 1]]
    names = dict.fromkeys(name for held in beside for name in held)
    return [_around([held[name] for held in beside if name in held]) for name in names]


def _around(regions: Sequence[Region]) -> Region:
    left, top = (min(region[side] for region in regions) for side in (0, 1))
    right, bottom = (max(region[side] for region in regions) for side in (2, 3))
    return (left, top, right, bottom)


def hide(picture: Image.Image, regions: Sequence[Region], size_wh: Sequence[float]) -> None:
    """Leave a few flat cells of each region of a picture, which is written to."""
    across, down = picture.width / size_wh[0], picture.height / size_wh[1]
    for left, top, right, bottom in regions:
        x1, y1 = max(0, int(left * across)), max(0, int(top * down))
        x2, y2 = min(picture.width, round(right * across) + 1), min(picture.height, round(bottom * down) + 1)
        if x2 <= x1 or y2 <= y1:
            continue
        wide, high = x2 - x1, y2 - y1
        longer = max(wide, high)
        cells = (max(1, round(_CELLS * wide / longer)), max(1, round(_CELLS * high / longer)))
        few = picture.crop((x1, y1, x2, y2)).resize(cells, Image.Resampling.BOX)
        picture.paste(few.resize((wide, high), Image.Resampling.BILINEAR), (x1, y1))


def hide_in_picture(source: Path, target: Path, rows: Sequence[Row], size_wh: Sequence[float]) -> None:
    """Hide what the row says in a JPEG; its metadata stay behind."""
    picture = Image.open(source, formats=("JPEG",)).convert("RGB")
    hide(picture, [region for _, held in rows for region in held.values()], size_wh)
    picture.save(target, "JPEG", quality=_JPEG_QUALITY)


def hide_in_clip(source: Path, target: Path, rows: Sequence[Row], size_wh: Sequence[float]) -> None:
    """Hide in every picture of a clip what the rows say of its time."""
    with av.open(str(source)) as clip, av.open(str(target), "w", format="mp4") as hidden:
        video = clip.streams.video[0]
        stream = hidden.add_stream("libx264", rate=video.average_rate or 25, options=_OPTIONS)
        stream.width, stream.height, stream.pix_fmt = video.width, video.height, "yuv420p"
        if video.time_base is not None:
            stream.codec_context.time_base = video.time_base
        for frame in clip.decode(video):
            picture = frame.to_image()  # type: ignore[no-untyped-call]
            hide(picture, regions_at(rows, float(frame.time or 0.0)), size_wh)
            written = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
            written.pts, written.time_base = frame.pts, frame.time_base
            hidden.mux(stream.encode(written))
        hidden.mux(stream.encode(None))


def main() -> int:
    """Hide in the file that the arguments name."""
    for which, value in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(which, (value, value))
    Image.MAX_IMAGE_PIXELS = _MAX_PIXELS
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    asked = json.loads(sys.stdin.readline())
    hide_in = hide_in_clip if source.suffix == ".mp4" else hide_in_picture
    try:
        hide_in(source, target, asked["rows"], asked["size_wh"])
    except Exception as error:  # noqa: BLE001 - whatever a decoder breaks on is one answer
        sys.stderr.write(f"{error.__class__.__name__}: {error}"[:300])
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
