"""OBJECT_ON_ROAD: what lies there and stays is one alert; what passes, stands or is unknown is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alert import AlertEnd
from domain.alert_words import ALERT_WORDS, TO_DO_WORDS
from rules.registry import rule_problems
from tests.builders.drives import Drive, at, every, path, run
from tests.builders.ground_scenes import Ground, camera

OBJECT = camera("OBJECT_ON_ROAD", min_time_s=20.0)


def vehicle(from_s: float, to_s: float, *, label: str = "car") -> Drive:
    """Stands over the crate."""
    sightings = path(lambda _: (740, 580), every(0.5, from_s, to_s), width_px=160, height_px=140)
    return Drive(track_id=1, sightings=sightings, label=label)


def test_what_lies_in_the_lane_is_one_alert_that_ends_when_it_is_taken_away() -> None:
    found = run(OBJECT, Ground(share=0.02, to_s=120).scenes(140))
    begun, ended = found.alerts
    assert (begun.rule, begun.place_id, begun.began_at, begun.end) == ("OBJECT_ON_ROAD", "lane", at(10), None)
    assert (begun.label, begun.measurements["share_of_zone"]) == ("object", 0.02)
    assert ended.end is AlertEnd.OVER
    assert found.cases == ()


@pytest.mark.parametrize(
    "ground",
    [Ground(share=0.02, to_s=28), Ground(share=0.001), Ground(share=0.0)],
    ids=["for_a_moment", "too_small", "nothing"],
)
def test_what_looks_like_it_is_none(ground: Ground) -> None:
    assert run(OBJECT, ground.scenes(120)).alerts == ()


def test_a_vehicle_that_came_with_the_change_is_what_changed_it() -> None:
    found = run(OBJECT, Ground(share=0.02, to_s=100).scenes(110, [vehicle(8, 110)]))
    assert found.alerts == ()
    assert found.refused("OBJECT_ON_ROAD")["vehicle_stands"] >= 1


def test_a_queue_that_stands_over_it_later_does_not_end_it() -> None:
    found = run(OBJECT, Ground(share=0.02, to_s=200, covered=[(70, 110)]).scenes(220, [vehicle(70, 110)]))
    assert [alert.end for alert in found.alerts] == [None, AlertEnd.OVER]


def test_a_dog_that_lies_there_is_no_vehicle() -> None:
    found = run(OBJECT, Ground(share=0.02, to_s=100).scenes(120, [vehicle(8, 110, label="dog")]))
    assert len(found.alerts) == 2


def test_unknown_ground_begins_nothing_and_ends_it_as_not_watched() -> None:
    assert run(OBJECT, Ground(share=0.02, unknown=[(0, 300)]).scenes(120)).alerts == ()
    short = run(OBJECT, Ground(share=0.02, to_s=100, unknown=[(50, 58)]).scenes(120))
    assert [alert.end for alert in short.alerts] == [None, AlertEnd.OVER], "a moment's crowd ends nothing"
    long = run(OBJECT, Ground(share=0.02, to_s=100, unknown=[(50, 90)]).scenes(80))
    assert [alert.end for alert in long.alerts] == [None, AlertEnd.NOT_WATCHED]
    refused = long.refused("OBJECT_ON_ROAD")["surface_unknown"]
    assert refused == 16, "each look once"


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 200), st.floats(1, 60)), max_size=4),
    st.floats(0.0, 1.0),
    st.floats(0, 100),
)
def test_beginnings_and_ends_alternate_whatever_the_ground_does(
    gaps: list[tuple[float, float]], share: float, from_s: float
) -> None:
    unknown = [(start, start + long) for start, long in gaps]
    ground = Ground(share=share, from_s=from_s, to_s=from_s + 120, unknown=unknown)
    found = run(OBJECT, ground.scenes(260))
    ends = [alert.end for alert in found.alerts]
    assert all((end is None) == (number % 2 == 0) for number, end in enumerate(ends))
    assert len(ends) % 2 == 0
    again = run(OBJECT, ground.scenes(260))
    assert again.alerts == found.alerts


def test_operators_have_words_and_installers_are_told_what_is_missing() -> None:
    assert "OBJECT_ON_ROAD" in ALERT_WORDS
    assert "OBJECT_ON_ROAD" in TO_DO_WORDS
    wrong = OBJECT.model_copy(update={"zones": ()})
    (problem,) = map(str, rule_problems(wrong, wrong.rules[0]))
    assert "zone" in problem
