"""A picture that is the same to the bit for half a minute is one picture, and ends with the first other one."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.view.repetition import LONGEST_GAP_S, Repetition
from domain.geometry import ImageBgr
from domain.seen.view import FROZEN_AFTER_S
from tests.builders.drives import at


def picture(number: int) -> ImageBgr:
    """Pictures of different numbers differ in one bit, in a row that is not compared first."""
    image = np.full((48, 64, 3), 90, np.uint8)
    image[17, 5, 1] += number
    return image


@given(st.lists(st.tuples(st.sampled_from([0.25, 2.0, 7.5, 10.0, 10.25, 40.0, -3.0]), st.sampled_from([0, 0, 0, 1]))))
def test_it_is_frozen_where_pictures_came_for_the_whole_span_and_none_differs(steps: list[tuple[float, int]]) -> None:
    watch, second, expected = Repetition(), 0.0, False
    seen: list[tuple[float, int]] = []
    for step_s, number in steps:
        second += step_s
        seen.append((second, number))
        alike = list(seen)
        while any(number != alike[-1][1] for _, number in alike):
            alike.pop(0)
        expected = expected and len(alike) > 1
        while any(not 0 <= later - earlier <= LONGEST_GAP_S for (earlier, _), (later, _) in pairwise(alike)):
            alike.pop(0)
        expected = expected or (len(alike) > 1 and alike[-1][0] - alike[0][0] >= FROZEN_AFTER_S)
        assert watch.note(at(second), picture(number)) is expected


def test_a_picture_of_another_size_is_another_picture() -> None:
    watch = Repetition()
    assert [watch.note(at(second), picture(0)) for second in range(0, 40, 10)] == [False, False, False, True]
    assert not watch.note(at(40), picture(0)[:, :32])
    assert not Repetition().note(at(80), picture(0)), "a restart begins anew"
