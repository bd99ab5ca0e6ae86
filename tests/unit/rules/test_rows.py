"""Rows of parked vehicles: how many stand in one, and by what name; each vehicle stays one case."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.camera import ZoneKind
from domain.cases.case import Case
from domain.geometry import BoxPx
from domain.seen.track import TrackPoint
from rules.facts.stays.place import Place
from rules.facts.stays.row import are_neighbours, row_of
from rules.facts.stays.stay import Stay
from tests.builders.drives import CameraBuilder, Drive, at, box_at, every, path, run, scenes


def stands(box: BoxPx, since_s: float = 0.0) -> Stay:
    """A vehicle that stands in a picture of 1000 by 1000 pixels."""
    point = TrackPoint(at=at(since_s), box_xyxy_px=box, score=0.9)
    place = Place()
    place.add(box, point.at)
    norm = ((box[0] + box[2]) / 2000, box[3] / 1000)
    return Stay(
        key=f"{since_s}:{norm}",
        zone_ids=("pavement",),
        place_norm=norm,
        carrier_id=1,
        first=point,
        last=point,
        shown=point,
        place=place,
    )


@pytest.mark.parametrize(
    ("one", "other", "beside"),
    [
        pytest.param(box_at(100, 500), box_at(150, 500), True, id="overlapping"),
        pytest.param(box_at(100, 500), box_at(200, 500), True, id="touching"),
        pytest.param(box_at(100, 500), box_at(250, 500), True, id="half_a_width_apart"),
        pytest.param(box_at(100, 500), box_at(251, 500), False, id="farther_apart"),
        pytest.param(box_at(100, 500), box_at(150, 560), True, id="a_little_farther_back"),
        pytest.param(box_at(100, 500), box_at(150, 561), False, id="in_another_row"),
        pytest.param(box_at(100, 500, width_px=300), box_at(300, 500), True, id="a_car_beside"),
        pytest.param(box_at(100, 500, width_px=300), box_at(351, 500), False, id="by_the_narrower_width"),
        pytest.param(box_at(100, 500), box_at(120, 440, width_px=30, height_px=40), False, id="small_and_far_behind"),
    ],
)
def test_who_is_beside_whom(one: BoxPx, other: BoxPx, *, beside: bool) -> None:
    assert are_neighbours(one, other) is beside
    assert are_neighbours(other, one) is beside


def test_a_row_is_whoever_can_be_reached_from_one_to_the_next() -> None:
    row = [stands(box_at(100 + 120 * n, 500 + 20 * n), since_s=10.0 - n) for n in range(5)]
    other_row = [stands(box_at(100 + 120 * n, 800)) for n in range(3)]
    assert row_of(row[0], [*row, *other_row]) == tuple(reversed(row)), "who came first is foremost"
    assert len(row_of(other_row[1], [*row, *other_row])) == 3


def test_without_the_one_in_the_middle_a_row_is_two() -> None:
    row = [stands(box_at(100 + 120 * n, 500)) for n in range(5)]
    assert len(row_of(row[0], [*row[:2], *row[3:]])) == 2


@pytest.mark.parametrize("gone", ["left_at", "vacant"])
def test_who_left_is_in_no_row(gone: str) -> None:
    one, middle, last = (stands(box_at(100 + 120 * n, 500)) for n in range(3))
    if gone == "left_at":
        middle.left_at = at(5)
    else:
        middle.vacant = True
    assert row_of(one, [one, middle, last]) == (one,)


def test_who_is_hidden_for_a_while_still_stands_in_its_row() -> None:
    one, hidden, last = (stands(box_at(100 + 120 * n, 500)) for n in range(3))
    one.seen_now = last.seen_now = True
    assert len(row_of(one, [one, hidden, last])) == 3


BOXES = st.lists(
    st.builds(
        lambda x, y, width, height: box_at(x, y, width_px=width, height_px=height),
        st.integers(50, 950),
        st.integers(300, 900),
        st.integers(20, 150),
        st.integers(20, 200),
    ),
    min_size=1,
    max_size=12,
)


@given(BOXES, st.randoms(use_true_random=False))
def test_the_order_changes_nothing_and_all_of_a_row_agree(boxes: Sequence[BoxPx], rng: random.Random) -> None:
    stays = [stands(box, since_s=float(number)) for number, box in enumerate(boxes)]
    row = row_of(stays[0], stays)
    assert row_of(stays[0], rng.sample(stays, len(stays))) == row
    assert all(row_of(member, stays) == row for member in row)
    others = [one for one in stays if all(one is not member for member in row)]
    assert not any(are_neighbours(a.place.now_px, b.place.now_px) for a in row for b in others)


@given(BOXES)
def test_a_stranger_far_away_changes_nothing(boxes: Sequence[BoxPx]) -> None:
    stays = [stands(box, since_s=float(number)) for number, box in enumerate(boxes)]
    stranger = stands(box_at(3000, 500), since_s=-60)
    assert row_of(stays[0], [*stays, stranger]) == row_of(stays[0], stays)
    assert row_of(stranger, [*stays, stranger]) == (stranger,)


def parked(track_id: int, x_px: float, start_s: float = 5.0, bottom_px: float = 700.0) -> Drive:
    sightings = path(lambda _: (x_px, bottom_px), every(0.5, start_s, 120))
    return Drive(track_id=track_id, sightings=sightings, label="motorcycle")


def cases_of(*drives: Drive, bay: bool = False) -> tuple[Case, ...]:
    builder = CameraBuilder().zone("pavement", ZoneKind.PAVEMENT, (0, 0), (0.5, 0), (0.5, 1), (0, 1))
    if bay:
        builder.zone("bay", ZoneKind.PERMITTED_BAY, (0.2, 0.5), (0.5, 0.5), (0.5, 0.8), (0.2, 0.8))
    return run(builder.rule("PARK_PAVEMENT", threshold_s=60.0).build(), scenes(drives, every(0.5, 0, 120))).cases


def rows(cases: Sequence[Case]) -> list[tuple[object, object]]:
    return [(case.measurements["row_vehicles"], case.measurements.get("row_key")) for case in cases]


def test_each_vehicle_of_a_row_is_one_case_and_all_name_the_same_row() -> None:
    found = cases_of(*(parked(1 + n, 200 + 130 * n, start_s=5.0 + n) for n in range(4)))
    assert len({case.case_id for case in found}) == 4
    assert rows(found) == [(4, "place:pavement:0.104,0.648 2026-01-05T01:00:05.000Z")] * 4


def test_one_that_stands_alone_is_in_no_row() -> None:
    assert rows(cases_of(parked(1, 200), parked(2, 600))) == [(1, None), (1, None)]


def test_two_rows_have_two_names() -> None:
    near = [parked(1 + n, 200 + 130 * n, bottom_px=900) for n in range(2)]
    far = [parked(5 + n, 200 + 130 * n, bottom_px=600) for n in range(3)]
    found = cases_of(*near, *far)
    assert sorted(number for number, _ in rows(found)) == [2, 2, 3, 3, 3]
    assert len({name for _, name in rows(found)}) == 2


def test_who_stands_in_a_permitted_bay_is_not_counted() -> None:
    found = cases_of(*(parked(1 + n, 200 + 130 * n) for n in range(5)), bay=True)
    assert [number for number, _ in rows(found)] == [2, 2]


@pytest.mark.parametrize("seed", range(3))
def test_neither_the_order_of_tracks_nor_a_stranger_changes_the_cases_of_a_row(seed: int) -> None:
    row = [parked(1 + n, 200 + 130 * n, start_s=5.0 + n) for n in range(4)]
    shuffled = random.Random(seed).sample([*row, parked(9, 300, bottom_px=250)], 5)
    found = {case.subject.key: case.measurements for case in cases_of(*shuffled)}
    assert len(found) == 5
    for case in cases_of(*row):
        assert found[case.subject.key] == case.measurements
