"""Photographs: the corners are true, the picture holds a plate, the same seed gives the same picture."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.plate_renderer import PlateImage, PlateText, draw, mounted, photograph, sample_plate
from deploy.plate_renderer.camera import laid_in
from deploy.plate_renderer.sensor import motion_kernel

PLATE = PlateText(kind="motorbike", colour="white", size="motorbike", lines=("59-F1", "123.45"))


def _blank(value: int = 255) -> PlateImage:
    """A plate of one colour without a margin, so that its picture shows the corners themselves."""
    return PlateImage(
        image_bgr=np.full((140, 190, 3), value, np.uint8),
        alpha=np.full((140, 190), 255, np.uint8),
        corners_px=np.array([(0, 0), (190, 0), (190, 140), (0, 140)], np.float32),
        plate=PLATE,
        px_per_mm=1.0,
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), width=st.floats(30, 90), severity=st.floats(0, 1))
def test_the_plate_covers_what_its_corners_enclose(seed: int, width: float, severity: float) -> None:
    """Area and middle of the plate's pixels are those of the polygon."""
    rng = np.random.default_rng(seed)
    black = np.zeros((128, 128, 3), np.uint8)
    photo = mounted(black, _blank(), rng, centre_px=(64.3, 63.8), plate_width_px=width, severity=severity)
    cover = photo.image_bgr[..., 0] / 255
    y, x = np.mgrid[:128, :128] + 0.5
    moments = cv2.moments(photo.corners_px)
    assert cover.sum() == pytest.approx(moments["m00"], rel=0.02)
    assert (cover * x).sum() / cover.sum() == pytest.approx(moments["m10"] / moments["m00"], abs=0.25)
    assert (cover * y).sum() / cover.sum() == pytest.approx(moments["m01"] / moments["m00"], abs=0.25)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), severity=st.floats(0, 1))
def test_a_photograph_shows_the_whole_plate_in_order(seed: int, severity: float) -> None:
    """Top left, top right, bottom right, bottom left; inside the picture."""
    rng = np.random.default_rng(seed)
    photo = photograph(draw(PLATE, 1.0, rng), rng, (128, 112), severity=severity, plate_width_px=64)
    assert photo.image_bgr.shape == (112, 128, 3)
    assert (photo.corners_px >= 0).all()
    assert (photo.corners_px <= (128, 112)).all()
    assert cv2.contourArea(photo.corners_px, oriented=True) > 0
    (top_left, top_right, bottom_right, bottom_left) = photo.corners_px
    assert top_left[0] < top_right[0]
    assert bottom_left[0] < bottom_right[0]
    assert (photo.text, photo.layout, photo.kind) == ("59F112345", "two_lines", "motorbike")


def test_a_photograph_in_good_light_can_be_told_from_its_ground() -> None:
    rng = np.random.default_rng(4)
    grey = np.full((96, 128, 3), 60, np.uint8)
    photo = photograph(draw(PLATE, 1.0, rng), rng, (128, 96), grey, severity=0.0, plate_width_px=80)
    mask = cv2.fillConvexPoly(np.zeros((96, 128), np.uint8), photo.corners_px.astype(np.int32), 255)
    assert photo.image_bgr[mask > 0].std() > 30
    assert photo.image_bgr[mask > 0].mean() > photo.image_bgr[mask == 0].mean() + 40


def test_the_same_seed_gives_the_same_photograph() -> None:
    assert np.array_equal(_photo(8), _photo(8))
    assert not np.array_equal(_photo(8), _photo(9))


def _photo(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return photograph(draw(sample_plate(rng), 1.0, rng), rng, (96, 80), severity=0.7, plate_width_px=60).image_bgr


def test_a_plate_off_the_picture_changes_nothing() -> None:
    picture = np.full((40, 40, 3), 7, np.uint8)
    corners = np.array([(100, 100), (150, 100), (150, 140), (100, 140)], np.float32)
    assert np.array_equal(laid_in(_blank(), corners, picture), picture)


def test_the_picture_that_a_plate_is_mounted_on_is_not_written_to() -> None:
    picture = np.full((60, 80, 3), 7, np.uint8)
    photo = mounted(picture, _blank(), np.random.default_rng(0), centre_px=(40, 30), plate_width_px=40, light=0.5)
    assert (picture == 7).all()
    assert photo.image_bgr[30, 40] == pytest.approx([127] * 3, abs=1)


@pytest.mark.parametrize(("severity", "width", "said"), [(1.5, 60.0, "severity is 1.5"), (0.5, 3.0, "plate_width_px")])
def test_a_wish_out_of_range_is_refused(severity: float, width: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        photograph(_blank(), np.random.default_rng(0), (64, 64), severity=severity, plate_width_px=width)


@given(length=st.floats(1, 12), angle=st.floats(-3, 3))
def test_motion_keeps_the_light(length: float, angle: float) -> None:
    kernel = motion_kernel(length, angle)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    assert kernel.min() >= 0


def test_the_command_writes_pictures_labels_and_a_sheet(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        subprocess.run(
            [sys.executable, "-m", "deploy.plate_renderer", "--out", tmp_path / folder, "--count", "12", "--seed", "3"],
            check=True,
            capture_output=True,
            cwd=Path(__file__).resolve().parents[4],
        )
    first = {path.name: path.read_bytes() for path in (tmp_path / "first").iterdir()}
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "second").iterdir()}
    header, *rows = first["labels.tsv"].decode().splitlines()
    assert header.split("\t") == ["file", "text", "lines", "corners", "kind", "colour"]
    assert [row.split("\t")[0] for row in rows] == sorted(name for name in first if name[0].isdigit())
    sheet = cv2.imdecode(np.frombuffer(first["contact_sheet.png"], np.uint8), cv2.IMREAD_COLOR)
    assert sheet is not None
    assert sheet.std() > 20
