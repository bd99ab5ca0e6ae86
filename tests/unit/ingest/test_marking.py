"""The mark stands whole on pictures of every size, and nothing that would cover it gets through."""

from pathlib import Path

import av
import font_roboto
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ingest.media.marking_child import OPTIONS, Mark, marking
from ingest.media.redrawing import redrawn

FONT = str(Path(font_roboto.__file__).parent / "files" / "Roboto-Regular.ttf")
ACROSS = "BẢN XUẤT 3F2A9C1B · lan · 05/01/2026"
FIRST = "BẢN XUẤT SỐ 3F2A9C1B · không thay hồ sơ gốc có niêm phong"
SECOND = "Người xuất: lan · người duyệt: boss · 05/01/2026 14:00:00 · nơi nhận: "
GREY = 90


def marked(tmp_path: Path, size_wh: tuple[int, int], *lines: str) -> NDArray[np.uint8]:
    source, target = tmp_path / "plain.jpg", tmp_path / "marked.jpg"
    Image.new("RGB", size_wh, (GREY,) * 3).save(source)
    redrawn(source, target, marking({"lines": lines, "across": ACROSS, "font": FONT}), OPTIONS)
    return np.asarray(Image.open(target).convert("L"))


@pytest.mark.parametrize("size_wh", [(96, 40), (200, 140), (30, 400), (640, 360), (1920, 1080)])
@pytest.mark.parametrize("recipient", ["Tòa án nhân dân thành phố Huế", "Thanh tra " * 20 + "I", "W" * 200])
def test_no_word_of_the_band_is_cut_off(tmp_path: Path, size_wh: tuple[int, int], recipient: str) -> None:
    picture = marked(tmp_path, size_wh, FIRST, SECOND + recipient)
    band = picture[size_wh[1] + 2 :]
    assert band[:, -3:].max() < 60, "a line goes on beyond the edge"
    other = marked(tmp_path, size_wh, FIRST, SECOND + recipient[:-1] + "i")[size_wh[1] + 2 :]
    assert band.shape != other.shape or np.abs(band.astype(int) - other).max() > 60, "its last letter is not there"


@pytest.mark.parametrize("size_wh", [(96, 40), (200, 20), (640, 360)])
def test_small_pictures_bear_it_across_too(tmp_path: Path, size_wh: tuple[int, int]) -> None:
    shown = marked(tmp_path, size_wh, FIRST)[: size_wh[1], : size_wh[0]].astype(float)
    assert 0.01 < (np.abs(shown - GREY) > 12).mean() < 0.4


def test_a_picture_of_another_size_than_the_first_stops_it(tmp_path: Path) -> None:
    mark = Mark((640, 360), (FIRST,), ACROSS, FONT)
    with pytest.raises(ValueError, match="800"):
        mark.on(Image.new("RGB", (800, 600)))


def test_a_clip_whose_size_changes_does_not_leave(tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    source.write_bytes(b"".join(encoded(tmp_path / f"{width}.h264", (width, height)) for width, height in SIZES))
    draw = marking({"lines": (FIRST,), "across": ACROSS, "font": FONT})
    with pytest.raises(ValueError, match="among those of"):
        redrawn(source, tmp_path / "marked.mp4", draw, OPTIONS)


SIZES = ((320, 180), (640, 480))


def encoded(path: Path, size_wh: tuple[int, int]) -> bytes:
    """Some pictures as a plain H.264 stream: two after each other are one whose size changes."""
    with av.open(str(path), "w", format="h264") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size_wh, "yuv420p"
        for _ in range(5):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((*size_wh[::-1], 3), np.uint8), format="rgb24")))
        out.mux(stream.encode(None))
    return path.read_bytes()
