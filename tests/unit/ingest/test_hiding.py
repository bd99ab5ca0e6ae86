"""What is hidden in a copy is nothing but a few flat cells, for as long as it is told; the rest stays as it is."""

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ingest.media.hiding_child import OPTIONS, hiding, regions_at
from ingest.media.redrawing import redrawn

SIZE_WH = (320, 180)
NOISE = np.random.default_rng(1).integers(0, 256, (180, 320, 3), dtype=np.uint8)
REGION = (100.0, 60.0, 220.0, 150.0)
LEAST_GREY_LEVELS = 20.0


def spread(picture: NDArray[np.uint8]) -> float:
    """How much neighbours along a row differ, in grey levels: noise much, flat cells hardly."""
    return float(np.abs(np.diff(picture.astype(np.int16), axis=1)).mean())


def inside(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    left, top, right, bottom = (int(side) for side in REGION)
    return picture[top + 4 : bottom - 4, left + 4 : right - 4]


def test_a_picture_keeps_all_but_the_region(tmp_path: Path) -> None:
    Image.fromarray(NOISE).save(tmp_path / "still.jpg", "JPEG", quality=95, exif=Image.Exif())
    redrawn(
        tmp_path / "still.jpg",
        tmp_path / "hidden.jpg",
        hiding({"rows": [(0.0, {"1": REGION})], "size_wh": SIZE_WH}),
        OPTIONS,
    )
    before = np.asarray(Image.open(tmp_path / "still.jpg"))
    after = np.asarray(Image.open(tmp_path / "hidden.jpg"))
    assert spread(inside(before)) > LEAST_GREY_LEVELS > 4 * spread(inside(after))
    assert np.abs(after[:50].astype(int) - before[:50].astype(int)).mean() < LEAST_GREY_LEVELS


def test_regions_are_told_in_pixels_of_a_larger_picture(tmp_path: Path) -> None:
    Image.fromarray(NOISE).save(tmp_path / "still.jpg", "JPEG", quality=95)
    large = tuple(2 * side for side in REGION)
    redrawn(
        tmp_path / "still.jpg",
        tmp_path / "hidden.jpg",
        hiding({"rows": [(0.0, {"1": large})], "size_wh": (640, 360)}),
        OPTIONS,
    )
    assert 4 * spread(inside(np.asarray(Image.open(tmp_path / "hidden.jpg")))) < LEAST_GREY_LEVELS


def test_a_clip_hides_while_it_is_told_and_keeps_its_times(tmp_path: Path) -> None:
    clip = io.BytesIO()
    with av.open(clip, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = *SIZE_WH, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(NOISE, format="rgb24")
            frame.pts, frame.time_base = number * 130, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    (tmp_path / "clip.mp4").write_bytes(clip.getvalue())
    rows = [(0.0, {}), (0.5, {"1": REGION}), (0.8, {"1": REGION}), (1.0, {}), (1.3, {})]
    redrawn(tmp_path / "clip.mp4", tmp_path / "hidden.mp4", hiding({"rows": rows, "size_wh": SIZE_WH}), OPTIONS)
    with av.open(str(tmp_path / "hidden.mp4")) as hidden:
        shown = [(float(frame.time), frame.to_ndarray(format="rgb24")) for frame in hidden.decode(video=0)]
    assert [round(at_s, 2) for at_s, _ in shown] == [round(number * 0.13, 2) for number in range(10)]
    for at_s, picture in shown:
        told = 0.0 < at_s <= 1.0
        assert (4 * spread(inside(picture)) < LEAST_GREY_LEVELS) is told, at_s


def test_before_the_first_row_and_after_the_last_that_row_holds() -> None:
    rows = [(1.0, {"1": REGION}), (2.0, {})]
    assert [len(regions_at(rows, at_s)) for at_s in (0.0, 1.0, 1.5, 2.0, 3.0)] == [1, 1, 1, 1, 0]
