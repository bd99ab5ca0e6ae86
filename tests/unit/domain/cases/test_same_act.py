"""Which two cases may be one act: what must be proposed, and what must not."""

import random
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.camera import Position
from domain.cases.duplicates import (
    CELL_DEG,
    LEADING,
    MOST_PROPOSED,
    SAME_PLATE_WITHIN_M,
    SeenAct,
    Standing,
    apart,
    cells_around,
    grounds,
    place_cell,
    proposed,
    searched,
    which_leads,
)
from domain.cases.grounds import Ground
from domain.cases.states import UNDECIDED, CaseState

AT = datetime(2026, 1, 5, 7, tzinfo=UTC)
BRIDGE = Position(latitude_deg=16.4637, longitude_deg=107.5909)
ONE = SeenAct(
    case_id="1",
    box_id="box-1",
    camera_id="cam-1",
    code="RED_LIGHT",
    position=BRIDGE,
    began_at=AT,
    ended_at=AT + timedelta(seconds=3),
    vehicle_kind="motorbike",
    label="motorcycle",
    plate_text="75F112345",
    plate_colour="white",
    moments=((AT, (100.0, 100.0, 200.0, 300.0)),),
)
THERE = replace(ONE, case_id="2", camera_id="cam-2")
places = st.builds(
    Position,
    latitude_deg=st.floats(16.3, 16.6, allow_nan=False),
    longitude_deg=st.floats(107.4, 107.8, allow_nan=False),
)


def north(metres: float) -> Position:
    return Position(latitude_deg=BRIDGE.latitude_deg + metres / 111_320, longitude_deg=BRIDGE.longitude_deg)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (THERE, (Ground.SAME_PLATE, Ground.SAME_TIME, Ground.SAME_PLACE)),
        (replace(THERE, camera_id="cam-1"), (Ground.SAME_PLATE, Ground.SAME_TIME, Ground.SAME_CAMERA)),
        (
            replace(
                THERE, position=north(250), began_at=AT + timedelta(seconds=60), ended_at=AT + timedelta(seconds=62)
            ),
            (Ground.SAME_PLATE, Ground.SOON_AFTER, Ground.NEAR),
        ),
        (replace(THERE, plate_text=None), (Ground.PLATE_UNREAD, Ground.SAME_TIME, Ground.SAME_PLACE)),
        (replace(THERE, plate_text="75F112346"), (Ground.NEARLY_SAME_PLATE, Ground.SAME_TIME, Ground.SAME_PLACE)),
        (
            replace(THERE, camera_id="cam-1", box_id="box-2", plate_text=None),
            (Ground.PLATE_UNREAD, Ground.SAME_TIME, Ground.SAME_CAMERA),
        ),
    ],
)
def test_one_act_seen_twice_is_proposed_with_its_grounds(other: SeenAct, why: tuple[Ground, ...]) -> None:
    assert grounds(ONE, other) == (*why, Ground.SAME_LOOK)
    assert grounds(other, ONE) == grounds(ONE, other)


@pytest.mark.parametrize(
    "other",
    [
        ONE,
        replace(THERE, plate_text="75F198765"),
        replace(THERE, plate_text="75F11234"),
        replace(THERE, code="WRONG_WAY"),
        replace(THERE, vehicle_kind="car"),
        replace(THERE, label="bicycle"),
        replace(THERE, plate_colour="yellow"),
        replace(THERE, position=north(SAME_PLATE_WITHIN_M + 20)),
        replace(THERE, began_at=AT + timedelta(seconds=200), ended_at=AT + timedelta(seconds=203)),
        replace(THERE, plate_text=None, position=north(100)),
        replace(THERE, plate_text=None, began_at=AT + timedelta(seconds=12), ended_at=AT + timedelta(seconds=14)),
        replace(THERE, plate_text=None, camera_id="cam-1"),  # one box tells its road users apart itself
        replace(
            THERE, plate_text=None, camera_id="cam-1", box_id="box-2", moments=((AT, (600.0, 100.0, 700.0, 300.0)),)
        ),
    ],
)
def test_what_speaks_against_one_act_is_heard(other: SeenAct) -> None:
    assert grounds(ONE, other) == ()


def test_what_stands_is_one_continuing_act_after_a_pause() -> None:
    parked = replace(ONE, code="PARK_PAVEMENT", ended_at=AT + timedelta(hours=2))
    later = replace(parked, case_id="2", began_at=AT + timedelta(hours=2, minutes=20), ended_at=AT + timedelta(hours=3))
    assert grounds(parked, later)[:2] == (Ground.SAME_PLATE, Ground.SOON_AFTER)
    assert not grounds(parked, replace(later, began_at=AT + timedelta(hours=2, minutes=40)))
    assert not grounds(parked, replace(later, camera_id="cam-2"))


@given(st.randoms(use_true_random=False), st.integers(0, 8))
def test_the_surest_are_proposed_whatever_the_order(dice: random.Random, number: int) -> None:
    others = [
        replace(
            THERE,
            case_id=str(10 + n),
            began_at=AT + timedelta(seconds=n % 4),
            plate_text=dice.choice([None, ONE.plate_text, "75F112346"]),
        )
        for n in range(number)
    ]
    found = proposed(ONE, others)
    dice.shuffle(others)
    assert proposed(ONE, others) == found
    assert len(found) == min(number, MOST_PROPOSED)
    sure = sum(other.plate_text == ONE.plate_text for other in others)
    assert sum(why[0] == Ground.SAME_PLATE for _, why in found) == min(sure, MOST_PROPOSED)


@given(places, st.floats(0, SAME_PLATE_WITHIN_M))
def test_what_is_near_lies_in_a_cell_that_is_searched(place: Position, metres: float) -> None:
    other = Position(latitude_deg=place.latitude_deg + metres / 111_320, longitude_deg=place.longitude_deg)
    assert apart(place, other) <= SAME_PLATE_WITHIN_M + 1
    assert place_cell(other.latitude_deg, other.longitude_deg) in cells_around(place)
    east = Position(latitude_deg=place.latitude_deg, longitude_deg=place.longitude_deg + 0.95 * CELL_DEG)
    assert apart(place, east) > SAME_PLATE_WITHIN_M
    assert place_cell(east.latitude_deg, east.longitude_deg) in cells_around(place)


@given(
    st.sampled_from(["RED_LIGHT", "PARK_PAVEMENT"]), st.integers(-50_000, 50_000), st.integers(0, 500), st.booleans()
)
def test_whatever_would_be_proposed_is_looked_for(code: str, offset_s: int, lasts_s: int, read: bool) -> None:
    one = replace(ONE, code=code)
    began = AT + timedelta(seconds=offset_s)
    other = replace(
        THERE,
        code=code,
        camera_id="cam-1" if read else "cam-2",
        began_at=began,
        ended_at=began + timedelta(seconds=lasts_s),
        plate_text=one.plate_text if read else None,
    )
    if grounds(one, other):
        first, last = searched(one, by_plate=read)
        assert first <= other.began_at <= last


def standing(number: int, state: CaseState, **changes: object) -> Standing:
    plain: dict[str, object] = {"leads": False, "plate_known": False, "blockers": 0, "began_at": AT}
    return Standing(case_id=uuid.UUID(int=number), state=state, **(plain | changes))  # type: ignore[arg-type]


def test_who_went_farther_leads_then_who_has_the_better_proof() -> None:
    queued, ready = standing(1, CaseState.QUEUED, plate_known=True), standing(2, CaseState.READY)
    assert which_leads(queued, ready) == (ready, queued)
    rejected = standing(3, CaseState.REJECTED, plate_known=True)
    assert which_leads(rejected, standing(4, CaseState.QUEUED))[0].state == CaseState.QUEUED
    read = standing(6, CaseState.QUEUED, plate_known=True, began_at=AT + timedelta(seconds=9))
    assert which_leads(standing(5, CaseState.QUEUED), read)[0] == read
    leader = standing(8, CaseState.QUEUED, leads=True)
    assert which_leads(read, leader)[0] == leader
    whole = standing(9, CaseState.QUEUED, plate_known=True, began_at=AT + timedelta(seconds=9))
    assert which_leads(standing(7, CaseState.QUEUED, plate_known=True, blockers=2), whole)[0] == whole


@given(st.sampled_from(CaseState), st.sampled_from(CaseState))
def test_the_order_of_the_two_does_not_matter(one: CaseState, two: CaseState) -> None:
    a, b = standing(1, one), standing(2, two)
    assert which_leads(a, b) == which_leads(b, a)
    assert UNDECIDED <= LEADING
