import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.letterbox import letterbox, place, write_input

sides = st.integers(min_value=1, max_value=300)


@given(width=sides, height=sides)
@settings(max_examples=60, deadline=None)
def test_a_picture_fits_touches_two_borders_and_is_centred(width: int, height: int) -> None:
    placement = place((width, height), (96, 64))
    (inner_width, inner_height), (left, top) = placement.inner_wh, placement.offset_xy
    assert inner_width == 96 or inner_height == 64
    assert 0 <= left <= 96 - inner_width - left <= left + 1
    assert 0 <= top <= 64 - inner_height - top <= top + 1
    ratio = min(96 / width, 64 / height)
    assert abs(inner_width - width * ratio) <= 1
    assert abs(inner_height - height * ratio) <= 1


@given(width=sides, height=sides, seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_boxes_come_back_to_the_picture(width: int, height: int, seed: int) -> None:
    placement = place((width, height), (96, 64))
    random = np.random.default_rng(seed)
    low = random.uniform(0, (width / 2, height / 2), (5, 2))
    boxes = np.concatenate((low, low + random.uniform(0, (width / 2, height / 2), (5, 2))), axis=1)
    in_input = boxes * np.array(placement.scale_xy * 2) + np.array(placement.offset_xy * 2)
    np.testing.assert_allclose(placement.to_picture(in_input), boxes, atol=1e-3 * max(width, height))


def test_boxes_are_clipped_to_the_picture() -> None:
    placement = place((200, 100), (64, 64))
    np.testing.assert_array_equal(placement.to_picture(np.array([[-50.0, -50.0, 500.0, 500.0]])), [[0, 0, 200, 100]])


def slow_input(image: np.ndarray, input_wh: tuple[int, int], *, rgb: bool, scale: float, pad: int) -> np.ndarray:
    canvas, _ = letterbox(image, input_wh, pad)
    tensor = np.zeros((3, input_wh[1], input_wh[0]), np.float64)
    for channel in range(3):
        tensor[channel] = canvas[:, :, 2 - channel if rgb else channel] * scale
    return tensor


@given(
    width=sides, height=sides, rgb=st.booleans(), scale=st.sampled_from([1.0, 1 / 255]), pad=st.sampled_from([0, 114])
)
@settings(max_examples=40, deadline=None)
def test_the_fast_input_is_the_slow_one(*, width: int, height: int, rgb: bool, scale: float, pad: int) -> None:
    image = np.random.default_rng(width * 301 + height).integers(0, 256, (height, width, 3), np.uint8)
    before = image.copy()
    tensor = np.full((3, 64, 96), np.nan, np.float32)
    placement = write_input(image, tensor, rgb=rgb, scale=scale, pad_value=pad)
    np.testing.assert_allclose(tensor, slow_input(image, (96, 64), rgb=rgb, scale=scale, pad=pad), rtol=1e-6)
    np.testing.assert_array_equal(image, before)
    assert placement == place((width, height), (96, 64))


def test_the_canvas_holds_the_scaled_picture_and_padding_around_it() -> None:
    image = np.random.default_rng(1).integers(0, 256, (50, 100, 3), np.uint8)
    canvas, placement = letterbox(image, (64, 64), 114)
    assert placement.offset_xy == (0, 16)
    np.testing.assert_array_equal(canvas[16:48], cv2.resize(image, (64, 32), interpolation=cv2.INTER_LINEAR))
    assert (canvas[:16] == 114).all()
    assert (canvas[48:] == 114).all()


def test_a_read_only_picture_and_one_that_needs_no_scaling_do() -> None:
    image = np.arange(64 * 96 * 3, dtype=np.uint32).astype(np.uint8).reshape(64, 96, 3)
    image.setflags(write=False)
    tensor = np.zeros((3, 64, 96), np.float32)
    write_input(image, tensor, rgb=False, scale=1.0, pad_value=0)
    np.testing.assert_array_equal(tensor, image.transpose(2, 0, 1))
