"""What surrounds a zone says whether the light has changed, where enough of it can be seen and was seen for a while."""

import numpy as np

from detectors.surface.surround import Surround
from tests.builders.surfaces import vectors

COUNT = 40
DAY, NIGHT = vectors(11, COUNT), vectors(12, COUNT)
ALL = np.ones(COUNT, np.bool_)


def seen(surround: Surround, looks: int, of: np.ndarray, visible: np.ndarray = ALL) -> list[bool | None]:  # type: ignore[type-arg]
    return [surround.is_lit_anew(vectors(number, of=of, noise=0.02), visible) for number in range(looks)]


def test_it_is_not_told_before_it_was_seen_for_a_while() -> None:
    assert set(seen(Surround(), 30, DAY)) == {None}


def test_light_that_changes_is_told_for_minutes_and_becomes_the_usual() -> None:
    surround = Surround()
    assert seen(surround, 60, DAY)[-1] is False
    answers = seen(surround, 400, NIGHT)
    assert answers[:60] == [True] * 60
    assert answers[-1] is False


def test_something_in_a_corner_of_it_is_no_light() -> None:
    surround = Surround()
    seen(surround, 60, DAY)
    corner = np.where((np.arange(COUNT) < 8)[:, None], NIGHT, DAY)
    assert set(seen(surround, 20, corner)) == {False}


def test_a_crowd_all_around_leaves_it_open() -> None:
    surround = Surround()
    seen(surround, 60, DAY)
    assert set(seen(surround, 5, NIGHT, visible=np.arange(COUNT) < 5)) == {None}
