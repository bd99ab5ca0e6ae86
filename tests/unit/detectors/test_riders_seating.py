import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.riders.head_region import head_region
from detectors.riders.seating import Seating, SeatingSettings, seat_riders
from domain.geometry import BoxPx

MOTORCYCLE: BoxPx = (100.0, 100.0, 160.0, 200.0)
DRIVER: BoxPx = (102.0, 40.0, 152.0, 170.0)
PASSENGER: BoxPx = (118.0, 20.0, 166.0, 165.0)


def moved(box: BoxPx, x: float, y: float, scale: float = 1.0) -> BoxPx:
    return (box[0] * scale + x, box[1] * scale + y, box[2] * scale + x, box[3] * scale + y)


@st.composite
def boxes(draw: st.DrawFn) -> BoxPx:
    x, y = draw(st.floats(0, 400)), draw(st.floats(0, 400))
    return (x, y, x + draw(st.floats(0, 200)), y + draw(st.floats(0, 200)))


def test_a_rider_and_a_passenger_are_two() -> None:
    assert seat_riders([MOTORCYCLE], [PASSENGER, DRIVER]) == (Seating(people=(1, 0), count="2"),)


def test_more_than_two_are_three_or_more() -> None:
    child: BoxPx = (90.0, 75.0, 120.0, 165.0)
    (seating,) = seat_riders([MOTORCYCLE], [DRIVER, PASSENGER, child])
    assert seating.count == "3+"


def test_a_motorcycle_with_nobody_found_is_unknown_and_not_empty() -> None:
    assert seat_riders([MOTORCYCLE], []) == (Seating(people=(), count="unknown"),)
    assert seat_riders([], [DRIVER]) == ()


@pytest.mark.parametrize(
    "person",
    [
        (200.0, 40.0, 240.0, 170.0),  # beside it
        (105.0, 60.0, 155.0, 260.0),  # stands before it
        (105.0, 10.0, 155.0, 110.0),  # stands behind it
        (120.0, 160.0, 140.0, 180.0),  # a thing on its side
        (0.0, -300.0, 260.0, 190.0),  # near to the camera
    ],
)
def test_people_on_foot_are_no_riders(person: BoxPx) -> None:
    assert seat_riders([MOTORCYCLE], [person])[0].people == ()


def test_two_boxes_of_one_person_are_one_rider() -> None:
    again: BoxPx = (103.0, 41.0, 150.0, 140.0)
    assert seat_riders([MOTORCYCLE], [again, DRIVER]) == (Seating(people=(1,), count="1"),)


def test_two_boxes_of_one_motorcycle_have_the_same_riders() -> None:
    with_legs: BoxPx = (98.0, 70.0, 162.0, 200.0)
    both = seat_riders([MOTORCYCLE, with_legs], [DRIVER])
    assert both == (Seating(people=(0,), count="1"),) * 2


def test_who_may_sit_on_either_of_two_motorcycles_makes_both_counts_unknown() -> None:
    beside: BoxPx = moved(MOTORCYCLE, 20.0, 0.0)
    between: BoxPx = (112.0, 40.0, 166.0, 170.0)
    assert [seating.count for seating in seat_riders([MOTORCYCLE, beside], [between])] == ["unknown", "unknown"]


def test_small_motorcycles_are_not_counted_but_their_people_are_told() -> None:
    small = [moved(box, 0, 0, 0.5) for box in (MOTORCYCLE, DRIVER)]
    assert seat_riders(small[:1], small[1:]) == (Seating(people=(0,), count="unknown"),)


@given(st.lists(boxes(), max_size=5), st.lists(boxes(), max_size=6))
def test_nobody_rides_two_motorcycles_unless_they_are_boxes_of_one(
    motorcycles: list[BoxPx], people: list[BoxPx]
) -> None:
    seatings = seat_riders(motorcycles, people)

    assert len(seatings) == len(motorcycles)
    for seating in seatings:
        assert sorted(set(seating.people)) == sorted(seating.people)
        assert set(seating.people) <= set(range(len(people)))
        number = len(seating.people)
        assert seating.count in {"unknown", str(number) if number < 3 else "3+"}
        assert seating.count != "0"
    for a, b in itertools.combinations(range(len(motorcycles)), 2):
        if motorcycles[a][2] < motorcycles[b][0] or motorcycles[b][2] < motorcycles[a][0]:
            assert not set(seatings[a].people) & set(seatings[b].people)


@given(st.lists(boxes(), max_size=4), st.lists(boxes(), max_size=5), st.randoms())
def test_the_order_of_people_does_not_matter(motorcycles: list[BoxPx], people: list[BoxPx], random: object) -> None:
    people = list(dict.fromkeys(people))
    shuffled = list(people)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands a random.Random in
    ours, theirs = seat_riders(motorcycles, people), seat_riders(motorcycles, shuffled)

    for a, b in zip(ours, theirs, strict=True):
        assert a.count == b.count
        assert {people[row] for row in a.people} == {shuffled[row] for row in b.people}


@given(st.floats(-2000, 2000), st.floats(-2000, 2000), st.floats(0.7, 8))
def test_counts_do_not_depend_on_place_or_scale(x: float, y: float, scale: float) -> None:
    people = [moved(box, x, y, scale) for box in (DRIVER, PASSENGER, (300.0, 40.0, 340.0, 170.0))]
    assert seat_riders([moved(MOTORCYCLE, x, y, scale)], people) == (Seating(people=(0, 1), count="2"),)


@given(boxes(), st.floats(-500, 500), st.floats(0.2, 5))
def test_a_head_is_at_the_middle_of_the_top_wherever_the_person_is(person: BoxPx, x: float, scale: float) -> None:
    head = head_region(person)
    assert head[1] == person[1]
    assert head[0] + head[2] == pytest.approx(person[0] + person[2])
    assert head_region(moved(person, x, 0, scale)) == pytest.approx(moved(head, x, 0, scale), abs=1e-6)


@pytest.mark.parametrize("wrong", [{"least_height_px": 0.0}, {"rival": 0.0}, {"one_head": 1.5}])
def test_settings_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="least_height_px"):
        SeatingSettings(**wrong)
