"""What is drawn anew stands as players show it, whole, or the process says that it could not."""

import hashlib
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from api.evidence_store.decoding_process import HIDE, written_anew
from domain.cases.evidence import EvidenceFile, FileRole
from ingest.media import hiding_child
from ingest.media.redrawing import redrawn
from tests.builders.numbered_video import write_numbered_video
from tests.builders.phone_videos import phone_video

STORED_WH = (320, 192)
LEAST_WHITE = 200


def corner_is_white() -> NDArray[np.uint8]:
    """The upper left corner as it is stored."""
    picture = np.zeros((*STORED_WH[::-1], 3), np.uint8)
    picture[:64, :64] = 255
    return picture


def film(path: Path, picture: NDArray[np.uint8], codec: str = "libx264", form: str = "yuv420p") -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        (stream.height, stream.width), stream.pix_fmt = picture.shape[:2], form
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def turned_film(folder: Path, degrees: int) -> Path:
    """As a phone writes it that was held so."""
    made = folder / "turned.mp4"
    lying = film(folder / "lying.mp4", corner_is_white())
    with av.open(str(lying)) as source, av.open(str(made), "w") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        stream.set_display_rotation(degrees)
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                container.mux_one(packet)
    return made


def turned_still(folder: Path, degrees: int) -> Path:
    exif = Image.Exif()
    exif[0x0112] = {0: 1, 90: 8, 180: 3, -90: 6}[degrees]  # orientation
    Image.fromarray(corner_is_white()).save(folder / "turned.jpg", quality=95, exif=exif)
    return folder / "turned.jpg"


def first_of(path: Path) -> NDArray[np.uint8]:
    """As every player shows it where the file says nothing of how it was held."""
    if path.suffix == ".jpg":
        with Image.open(path) as still:
            assert not still.getexif()
            return np.asarray(still)
    with av.open(str(path)) as container:
        shown = next(container.decode(video=0))
        assert shown.rotation == 0
        return shown.to_ndarray(format="rgb24")


@pytest.mark.parametrize("turned", [turned_film, turned_still])
@pytest.mark.parametrize(
    ("degrees", "size_wh", "corner"),
    [
        (0, (320, 192), (0, 0)),
        (-90, (192, 320), (1, 0)),  # clockwise: what was the left edge is up
        (90, (192, 320), (0, 1)),
        (180, (320, 192), (1, 1)),
    ],
)
def test_what_is_drawn_lies_where_players_show_it(
    tmp_path: Path, turned: object, degrees: int, size_wh: tuple[int, int], corner: tuple[int, int]
) -> None:
    source = turned(tmp_path, degrees)  # type: ignore[operator]
    width, height = size_wh
    left, top = corner[0] * (width - 64), corner[1] * (height - 64)
    seen: list[tuple[tuple[int, int], float]] = []

    def looks(picture: Image.Image, _: float | None) -> Image.Image:
        seen.append((picture.size, float(np.asarray(picture)[top : top + 64, left : left + 64].mean())))
        return picture

    made = tmp_path / f"made{source.suffix}"
    redrawn(source, made, looks, hiding_child.OPTIONS)
    assert {size for size, _ in seen} == {size_wh}
    assert min(white for _, white in seen) > LEAST_WHITE
    shown = first_of(made)
    assert shown.shape == (height, width, 3)
    assert shown[top : top + 64, left : left + 64].mean() > LEAST_WHITE


def test_a_clip_of_odd_sides_is_drawn_anew_a_pixel_smaller(tmp_path: Path) -> None:
    odd = film(tmp_path / "odd.mp4", np.full((181, 321, 3), 90, np.uint8), "mjpeg", "yuvj420p")
    redrawn(odd, tmp_path / "made.mp4", as_it_is, hiding_child.OPTIONS)
    assert first_of(tmp_path / "made.mp4").shape == (180, 320, 3)


def as_it_is(picture: Image.Image, _: float | None) -> Image.Image:
    return picture


def test_one_processor_or_several_make_the_same_bytes(tmp_path: Path) -> None:
    write_numbered_video(tmp_path / "clip.mp4", [n / 25 for n in range(60)])
    mine, made = os.sched_getaffinity(0), set()
    for cores in (mine, {min(mine)}):
        os.sched_setaffinity(0, cores)
        try:
            redrawn(tmp_path / "clip.mp4", tmp_path / "made.mp4", as_it_is, {"crf": "22"})
        finally:
            os.sched_setaffinity(0, mine)
        made.add(hashlib.sha256((tmp_path / "made.mp4").read_bytes()).hexdigest())
    assert len(made) == 1


@pytest.mark.parametrize("room_bytes", [1, 48, 800])
@pytest.mark.parametrize("name", ["clip.mp4", "still.jpg"])
def test_without_room_it_says_so_and_never_passes_a_part_for_the_whole(
    tmp_path: Path, name: str, room_bytes: int
) -> None:
    write_numbered_video(tmp_path / "clip.mp4", [n / 25 for n in range(10)])
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (90, 160, 3), dtype=np.uint8)).save(
        tmp_path / "still.jpg"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-B", hiding_child.__file__, tmp_path / name, tmp_path / f"made-{name}"],
        input=json.dumps({"rows": [], "size_wh": [160, 90]}).encode(),
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room_bytes, room_bytes)),
    )
    assert done.returncode == 2
    assert b"File too large" in done.stderr


@pytest.mark.parametrize("within", [True, False])
def test_a_clip_that_breaks_off_is_drawn_as_far_as_it_goes_and_that_is_said(tmp_path: Path, within: bool) -> None:
    whole = tmp_path / "whole.mp4"
    whole.write_bytes(phone_video(form="mp4", seconds=4.0, flags="faststart"))
    with av.open(str(whole)) as clip:
        starts = [entry.pos for entry in clip.streams.video[0].index_entries]
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(whole.read_bytes()[: starts[20] + (3 if within else 0)])

    def drawn(source: Path) -> tuple[bool, int]:
        target = tmp_path / f"drawn-{source.name}"
        said = redrawn(source, target, lambda picture, _: picture, {})
        with av.open(str(target)) as clip:
            return said, sum(1 for _ in clip.decode(video=0))

    assert drawn(whole) == (False, 40)
    said, pictures = drawn(broken)
    assert said
    assert 15 <= pictures <= 20
    file = EvidenceFile(
        name="clip.mp4",
        role=FileRole.CLIP,
        media_type="video/mp4",
        size_bytes=broken.stat().st_size,
        sha256=hashlib.sha256(broken.read_bytes()).hexdigest(),
    )
    asked = {"size_wh": [320, 192], "rows": []}
    assert written_anew(HIDE, tmp_path, file, iter([broken.read_bytes()]), asked).cut_off
