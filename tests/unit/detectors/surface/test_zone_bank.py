"""What is believed to lie in a zone: things that stay are told, whoever passes by is not, nothing is learned away."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.surface.zone_bank import HELD_S, LASTING_S, RESTLESS_LOOKS, YOUNG_LOOKS, YOUNG_S
from domain.seen.looks import SurfaceUnknown
from tests.builders.drives import at
from tests.builders.surfaces import COUNT, GROUND, NIGHT, NOBODY, WatchedGround, block_rows

THINGS = block_rows(3, 6)
DAY_S = 86400.0


def changes(watched: WatchedGround, visible: np.ndarray = NOBODY) -> list[float]:  # type: ignore[type-arg]
    return [change.share_of_zone for change in watched.bank.changes(visible, GROUND)]


def test_nothing_is_told_before_the_empty_state_is_known() -> None:
    watched = WatchedGround(learned=False)
    answers = watched.show(YOUNG_LOOKS - 1, every_s=YOUNG_S)
    assert set(answers) == {SurfaceUnknown.YOUNG}
    assert watched.show(1) == [None]
    often = WatchedGround(learned=False)
    assert set(often.show(3 * YOUNG_LOOKS)) == {SurfaceUnknown.YOUNG}, "often is not long"


def test_an_empty_zone_tells_nothing() -> None:
    watched = WatchedGround()
    assert set(watched.show(200)) == {None}
    assert changes(watched) == []


def test_a_thing_that_is_laid_down_is_told_with_its_beginning_place_and_size() -> None:
    watched = WatchedGround()
    watched.show(20)
    laid_at = watched.second + 2
    watched.show(15, THINGS)
    (change,) = watched.bank.changes(NOBODY, GROUND)
    assert change.since == at(laid_at)
    assert change.share_of_zone == pytest.approx(THINGS.mean(), abs=0.02)
    assert change.strength > 1
    assert not change.covered
    x1, y1, x2, y2 = change.box_xyxy_px
    assert 128 - 16 <= x1 < x2 <= 512 + 16
    assert 0.2 * 384 < y1 < y2 < 0.8 * 384
    watched.show(20)
    assert changes(watched) == []


def test_whoever_passes_by_is_not_told() -> None:
    watched = WatchedGround()
    for _ in range(10):
        watched.show(2, THINGS)
        watched.show(12)
        assert changes(watched) == []


def test_a_thing_that_is_covered_stays_as_it_was_last_seen() -> None:
    watched = WatchedGround()
    watched.show(20, THINGS)
    hidden = ~block_rows(2, 7)
    watched.show(100, visible=hidden)
    (change,) = watched.bank.changes(hidden, GROUND)
    assert change.covered
    assert change.share_of_zone == pytest.approx(THINGS.mean(), abs=0.02)


def test_two_things_are_two_changes_the_larger_first() -> None:
    watched = WatchedGround()
    watched.show(15, block_rows(0, 2) | block_rows(5, 9))
    first, second = changes(watched)
    assert first > second


def test_a_thing_is_not_learned_while_it_stays_and_is_learned_at_last() -> None:
    watched = WatchedGround()
    watched.show(20, THINGS)
    watched.show(int(LASTING_S / 600) - 20, THINGS, every_s=600.0)
    assert len(changes(watched)) == 1, "as long as any dwell"
    watched.show(60, THINGS, every_s=600.0)
    assert changes(watched) == []
    watched.show(30, THINGS)
    assert changes(watched) == []
    watched.show(30)
    assert changes(watched) == [], "its empty state is known still"


def test_a_thing_that_a_rule_tells_of_is_learned_much_later() -> None:
    watched = WatchedGround()
    watched.show(int(LASTING_S * 2 / 1200), THINGS, every_s=1200.0, held=True)
    assert len(changes(watched)) == 1
    watched.show(int(HELD_S / 3600), THINGS, every_s=3600.0, held=True)
    assert changes(watched) == []


def test_a_stall_that_goes_home_at_night_is_told_every_day() -> None:
    watched = WatchedGround()
    for _ in range(6):
        watched.show(70, THINGS, every_s=600.0)
        assert len(changes(watched)) == 1
        watched.show(70, every_s=600.0)
        assert changes(watched) == []


def test_light_that_changes_everything_is_unknown_then_learned_and_things_in_it_are_kept() -> None:
    watched = WatchedGround()
    watched.show(20, THINGS)
    answers = watched.show(RESTLESS_LOOKS, THINGS, ground=NIGHT)
    assert set(answers) == {SurfaceUnknown.RESTLESS}
    answers = watched.show(30, THINGS, ground=NIGHT)
    assert answers[-1] is None
    assert changes(watched) == [pytest.approx(THINGS.mean(), abs=0.02)]
    watched.show(30, ground=NIGHT)
    assert len(changes(watched)) == 1, "the ground under it was never seen in this light"
    watched.show(30)
    assert changes(watched) == []


def test_a_delivery_over_most_of_a_zone_is_told_where_its_surround_is_as_ever() -> None:
    most = block_rows(0, 11)
    watched = WatchedGround()
    assert set(watched.show(2 * RESTLESS_LOOKS, most, lit_anew=False)) == {None}
    assert changes(watched) == [pytest.approx(most.mean(), abs=0.02)]
    unsure = WatchedGround()
    assert SurfaceUnknown.RESTLESS in unsure.show(5, most, lit_anew=None)


def test_a_crowd_makes_it_unknown() -> None:
    watched = WatchedGround()
    assert watched.show(1, visible=block_rows(0, 2)) == [SurfaceUnknown.CROWDED]


def test_ground_that_was_never_seen_is_learned_when_it_is() -> None:
    watched = WatchedGround(learned=False)
    watched.show(80, visible=block_rows(0, 8), every_s=10.0)
    hidden_so_far = block_rows(8, 14)
    assert watched.show(20) == [None] * 20
    assert watched.bank.states.known[hidden_so_far].all()
    assert changes(watched) == []


def test_a_clock_that_is_set_back_changes_nothing() -> None:
    watched = WatchedGround()
    watched.show(20, THINGS)
    watched.second -= 3600.0
    watched.show(5, THINGS)
    (change,) = watched.bank.changes(NOBODY, GROUND)
    assert change.since <= watched.now


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), min_size=1, max_size=12))
def test_whatever_comes_shares_strengths_and_times_stay_in_their_bounds_and_the_same_gives_the_same(
    steps: list[tuple[int, int, bool]],
) -> None:
    one, other = WatchedGround(), WatchedGround()
    for first, last, crowded in steps:
        for watched in (one, other):
            watched.show(4, block_rows(first, last), visible=~block_rows(0, last) if crowded else NOBODY)
        found = one.bank.changes(NOBODY, GROUND)
        assert found == other.bank.changes(NOBODY, GROUND)
        assert sum(change.share_of_zone for change in found) <= 1.001
        for change in found:
            assert at(0) <= change.since <= one.now
            assert 0.5 <= change.strength <= 2.0
    assert ((one.bank.belief >= 0) & (one.bank.belief <= 1)).all()
    assert len(one.bank.changed) == COUNT
