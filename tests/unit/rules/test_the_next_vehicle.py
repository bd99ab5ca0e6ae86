"""PARK_PAVEMENT where the next vehicle may stand in the place: time counts only while it may be the same; 60 s."""

from collections.abc import Sequence

from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.camera import ZoneKind
from domain.cases.case import Case
from rules.offences.parking import PARK_PAVEMENT
from tests.builders.drives import CameraBuilder, Drive, at, every, path, run, scenes

PLACE = (400.0, 700.0)
NEIGHBOUR = (480.0, 700.0)
STEP_S = 0.5
MAX_UNSEEN_S = PARK_PAVEMENT.PARAMETERS(threshold_s=60.0).max_unseen_s
Span = tuple[float, float]


def cases(*drives: Drive, until_s: float) -> Sequence[Case]:
    pavement = CameraBuilder().zone("pavement", ZoneKind.PAVEMENT, (0, 0), (0.5, 0), (0.5, 1), (0, 1))
    camera = pavement.rule("PARK_PAVEMENT", threshold_s=60.0).build()
    return run(camera, scenes(drives, every(STEP_S, 0, until_s), keep_s=2.0)).cases


def stands(track_id: int, *spans: Span, place: tuple[float, float] = PLACE) -> Drive:
    """One track that is seen in these spans, whoever stands there."""
    seconds = [second for span in spans for second in every(STEP_S, *span)]
    return Drive(track_id=track_id, sightings=path(lambda _: place, seconds), label="motorcycle")


def bus(*span: float) -> Drive:
    """It stands before the place and hides it."""
    sightings = path(lambda _: (500, 900), every(STEP_S, *span), width_px=700, height_px=500)
    return Drive(track_id=9, sightings=sightings, label="bus")


whole_s = st.integers(5, 55).map(float)


@settings(max_examples=12)
@given(first_s=whole_s, unseen_s=st.integers(3, 50).map(float), keeps_name=st.booleans(), hidden=st.booleans())
@example(first_s=23.0, unseen_s=43.0, keeps_name=True, hidden=True)
@example(first_s=20.0, unseen_s=25.0, keeps_name=False, hidden=False)
def test_no_case_counts_longer_than_a_vehicle_may_be_unseen(
    *, first_s: float, unseen_s: float, keeps_name: bool, hidden: bool
) -> None:
    """Whatever the trackers call it, and whatever hid the place."""
    again_s = first_s + unseen_s
    seen = [(0.0, first_s), (again_s, again_s + 62)]
    drives = [stands(1, *seen)] if keeps_name else [stands(1, seen[0]), stands(2, seen[1])]
    if hidden:
        drives.append(bus(first_s + STEP_S, again_s - STEP_S))
    (case,) = cases(*drives, until_s=again_s + 62)
    assert case.measurements["longest_gap_s"] <= MAX_UNSEEN_S
    if unseen_s > MAX_UNSEEN_S + STEP_S:
        assert case.began_at == at(again_s)


@settings(max_examples=12)
@given(first_s=whole_s, empty_s=st.integers(11, 19).map(float), keeps_name=st.booleans())
def test_who_stands_there_after_the_place_was_seen_empty_stands_since_then(
    *, first_s: float, empty_s: float, keeps_name: bool
) -> None:
    """Nothing hid the place, and its neighbour was seen all the time."""
    again_s = first_s + empty_s
    seen = [(0.0, first_s), (again_s, again_s + 62)]
    drives = [stands(1, *seen)] if keeps_name else [stands(1, seen[0]), stands(2, seen[1])]
    found = cases(*drives, stands(3, (0, again_s + 62), place=NEIGHBOUR), until_s=again_s + 62)
    assert sorted(case.began_at for case in found) == [at(0), at(again_s)]


@settings(max_examples=12)
@given(first_s=whole_s, hidden_s=st.integers(7, 16).map(float), keeps_name=st.booleans())
def test_who_was_hidden_for_a_moment_stands_since_the_beginning(
    *, first_s: float, hidden_s: float, keeps_name: bool
) -> None:
    again_s = first_s + hidden_s
    seen = [(0.0, first_s), (again_s, again_s + 62)]
    drives = [stands(1, *seen)] if keeps_name else [stands(1, seen[0]), stands(2, seen[1])]
    (case,) = cases(*drives, bus(first_s + STEP_S, again_s - STEP_S), until_s=again_s + 62)
    assert case.began_at == at(0)


def test_a_name_that_comes_back_to_the_place_proves_nothing_where_the_boxes_differ() -> None:
    """Trackers keep the name of a standing vehicle's place for minutes: the next vehicle inherits it."""
    first = path(lambda _: PLACE, every(STEP_S, 0, 40))
    following = path(lambda _: (408, 700), every(STEP_S, 55, 120))
    track = Drive(track_id=1, sightings=first + following, label="motorcycle")
    (case,) = cases(track, bus(40.5, 54.5), until_s=120)
    assert case.began_at == at(55)
