"""A zone's ground: blocks, shares and boxes in pixels of the picture."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.surface.ground import MOST_CROP_PX, ground_of
from detectors.surface.network import STRIDE_PX

coordinate = st.floats(0, 1)
polygons = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=6)
sizes = st.sampled_from([(1920, 1080), (640, 360), (704, 576), (64, 48)])


@settings(max_examples=80, deadline=None)
@given(polygons, sizes)
def test_whatever_is_drawn_its_crop_lies_in_the_picture_and_fits_the_network(
    polygon: list[tuple[float, float]], wh: tuple[int, int]
) -> None:
    ground = ground_of(polygon, wh, 16)
    x1, y1, x2, y2 = ground.crop_xyxy_px
    assert 0 <= x1 < x2 <= wh[0]
    assert 0 <= y1 < y2 <= wh[1]
    assert all(side % STRIDE_PX == 0 for side in ground.input_wh)
    assert ground.input_wh[0] * ground.input_wh[1] <= 1.3 * MOST_CROP_PX
    assert ground.cut(np.zeros((wh[1], wh[0], 3), np.uint8)).shape == (*ground.input_wh[::-1], 3)
    if len(ground.blocks):
        everything = np.ones(len(ground.blocks), np.bool_)
        left, top, right, bottom = ground.box_of(everything)
        assert x1 <= left < right <= x2 + 1e-6
        assert y1 <= top < bottom <= y2 + 1e-6
        assert ground.share_of(everything) == 1.0


def test_a_box_covers_the_blocks_under_it_and_its_margin() -> None:
    ground = ground_of([(0, 0), (1, 0), (1, 1), (0, 1)], (640, 384), 16)
    covered = ground.covered(np.array([[160, 160, 320, 240]], np.float32), margin=0.0)
    blocks = tuple(ground.blocks.T)
    box = ground.box_of(covered[blocks])
    assert box == (160, 160, 320, 240)
    wider = ground.covered(np.array([[160, 160, 320, 240]], np.float32), margin=0.1)
    assert ground.box_of(wider[blocks]) == (144, 144, 336, 256)
    assert not ground.covered(np.array([[-90, -90, -10, -10]], np.float32), margin=0.1).any()
    assert not ground.covered(np.zeros((0, 4), np.float32), margin=0.1).any()


def test_a_zone_of_a_few_blocks_is_too_small() -> None:
    assert ground_of([(0.5, 0.5), (0.55, 0.5), (0.55, 0.55)], (640, 384), 16).small
