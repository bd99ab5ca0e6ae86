"""Occupied places: reminded first, a case when they stay or come back, and never what cannot be known."""

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.camera import CalendarEntry, CameraConfig, Hours, ZoneKind
from domain.cases.case import Case
from domain.event import Hold
from domain.geometry import BoxPx
from domain.reminder import Reminder
from tests.builders.drives import CameraBuilder, at
from tests.builders.pavement_logs import furniture
from tests.builders.pavement_scenes import (
    BESIDE,
    MINUTE,
    SELLER,
    STALL,
    ZONE,
    Pavement,
    Thing,
    pavement_camera,
    rule_use,
    tell,
)

SELLING = Thing(box=SELLER, label="person", spans=((0, 200 * MINUTE),), track_id=1)
TABLE, CHAIR, OTHER_CHAIR = (
    Thing(
        box=(700 + 90 * number, 520, 780 + 90 * number, 640), label=label, spans=((60, 200 * MINUTE),), track_id=track
    )
    for number, (label, track) in enumerate((("table", 2), ("chair", 3), ("chair", 4)))
)
STAYS = Pavement(changed=[(STALL, 60, 200 * MINUTE)], things=[SELLING])


def parked(box: BoxPx, start: float, end: float, label: str = "motorcycle") -> Thing:
    return Thing(box=box, label=label, spans=((start, end),), track_id=9)


def test_goods_with_somebody_by_them_are_reminded_and_become_a_case_when_they_stay() -> None:
    told = tell(pavement_camera(), STAYS.scenes(40 * MINUTE))
    assert told.states == [["observed", "still_there", "became_case"]]
    assert told.cases == ["PAVEMENT_TRADE"]
    reminder, case = told.reminders[-1], next(one for one in told.outputs if isinstance(one, Case))
    assert (reminder.case_id, reminder.reminder_id) == (case.case_id, reminder.derived_id())
    assert case.measurements["reminder_id"] == str(reminder.reminder_id)
    assert case.derived_id() == case.case_id
    assert reminder.seen == ("surface",)
    assert [moment.name for moment in case.moments] == ["first_observation", "later_observation"]
    assert (case.moments[-1].at - case.moments[-2].at).total_seconds() >= 600
    assert case.subject.track_ids == ()


def test_a_reminder_comes_with_the_first_confirmed_look_and_names_until_when_to_clear() -> None:
    reminder = tell(pavement_camera(), STAYS.scenes(5 * MINUTE)).reminders[0]
    assert reminder.began_at == at(65)  # a look before it is known whether somebody stays by it
    assert reminder.steps[0].at == at(65 + 180)
    assert reminder.clear_by == at(65 + 180 + 900)


def test_what_is_cleared_in_time_is_no_case_and_its_pictures_are_let_go_at_last() -> None:
    street = replace(STAYS, changed=[(STALL, 60, 12 * MINUTE)])
    told = tell(pavement_camera(), street.scenes(60 * MINUTE))
    assert (told.states, told.cases, told.still_held) == ([["observed", "cleared"]], [], set())


CLEAR_BY = 65 + 180 + 900


@pytest.mark.parametrize(
    "street",
    [
        pytest.param(
            replace(STAYS, changed=[(STALL, 60, CLEAR_BY + 25)]), id="cleared in time, believed a little longer"
        ),
        pytest.param(
            replace(STAYS, changed=[(STALL, 60, 600), (STALL, 1500, 1600)], unknown=[(600, 1500)]),
            id="cleared unseen, then a load set down",
        ),
        pytest.param(
            replace(STAYS, changed=[(STALL, 60, 600), (STALL, 3e4, 3e4 + 100)], unknown=[(600, 3e4)]),
            id="unread for eight hours, then a load set down",
        ),
    ],
)
def test_what_may_have_been_cleared_in_time_is_no_case(street: Pavement) -> None:
    last = max(end for _, _, end in street.changed)
    told = tell(pavement_camera(), [*street.scenes(2000), *street.scenes(last + 300, from_s=max(2005, last - 300))])
    assert told.cases == []
    assert all("still_there" not in states for states in told.states)


def test_what_is_seen_after_a_night_without_pictures_is_looked_at_afresh() -> None:
    day = 24 * 60 * MINUTE
    street = replace(STAYS, changed=[(STALL, 60, 2 * day)], things=[replace(SELLING, spans=((0, 2 * day),))])
    told = tell(pavement_camera(), [*street.scenes(10 * MINUTE), *street.scenes(day + 5 * MINUTE, from_s=day)])
    assert (told.states, told.cases) == ([["observed"], ["observed"]], [])


def test_the_later_observation_is_one_after_which_it_was_still_seen_when_belief_would_have_faded() -> None:
    told = tell(pavement_camera(), replace(STAYS, changed=[(STALL, 60, CLEAR_BY + 35)]).scenes(40 * MINUTE))
    case = next(one for one in told.outputs if isinstance(one, Case))
    assert case.moments[-1].at == case.ended_at == at(CLEAR_BY)
    held = [one for one in told.outputs if isinstance(one, Hold) and one.key.endswith("later_observation")]
    assert [one.at for one in held] == [at(CLEAR_BY)]


def test_who_comes_back_on_the_same_day_is_a_case() -> None:
    street = replace(STAYS, changed=[(STALL, 60, 12 * MINUTE), (STALL, 50 * MINUTE, 70 * MINUTE)])
    told = tell(pavement_camera(), street.scenes(80 * MINUTE))
    assert told.states == [["observed", "cleared", "came_back", "became_case", "cleared"]]
    assert told.cases == ["PAVEMENT_TRADE"]
    case = next(one for one in told.outputs if isinstance(one, Case))
    assert [moment.name for moment in case.moments][-2:] == ["back_again", "later_observation"]


BIG: BoxPx = (600, 420, 1100, 640)
SMALL: BoxPx = (940, 540, 1080, 640)
BY_SMALL = replace(SELLING, box=(960, 440, 1010, 630))


def test_a_small_stall_where_a_big_one_was_cleared_is_reminded_anew() -> None:
    street = Pavement(changed=[(BIG, 60, 12 * MINUTE), (SMALL, 30 * MINUTE, 200 * MINUTE)], things=[SELLING, BY_SMALL])
    told = tell(pavement_camera(), street.scenes(70 * MINUTE), restart_at=lambda scene: scene.at == at(31 * MINUTE))
    assert told.states == [["observed", "cleared"], ["observed", "still_there", "became_case"]]
    assert told.cases == ["PAVEMENT_TRADE"]
    assert told.reminders[-1].place_xyxy_px == pytest.approx(SMALL)


def test_a_small_stall_that_grows_to_where_a_big_one_was_is_told_once() -> None:
    street = Pavement(
        changed=[(BIG, 60, 12 * MINUTE), (SMALL, 30 * MINUTE, 34 * MINUTE), (BIG, 34 * MINUTE, 200 * MINUTE)],
        things=[SELLING, BY_SMALL],
    )
    told = tell(pavement_camera(), street.scenes(80 * MINUTE))
    assert told.cases == ["PAVEMENT_TRADE"]
    assert told.states == [["observed", "cleared"], ["observed", "still_there", "became_case"]]


def test_little_that_is_left_of_a_big_stall_is_nothing() -> None:
    left = replace(STAYS, changed=[(BIG, 60, 12 * MINUTE), (SMALL, 12 * MINUTE, 200 * MINUTE)], share=0.019)
    assert tell(pavement_camera(), left.scenes(60 * MINUTE)).states == []


def test_who_comes_back_on_another_day_is_reminded_again() -> None:
    day = 24 * 60 * MINUTE
    one, other = replace(STAYS, changed=[(STALL, 60, 12 * MINUTE)]), replace(STAYS, changed=[(STALL, 0, 2 * day)])
    seller = replace(SELLING, spans=((0, 2 * day),))
    scenes = [
        *one.scenes(30 * MINUTE),
        *replace(other, things=[seller]).scenes(day + 10 * MINUTE, from_s=day + 60),
    ]
    told = tell(pavement_camera(), scenes)
    assert told.states == [["observed", "cleared"], ["observed"]]
    assert told.cases == []


def test_without_a_reminder_it_is_a_case_after_the_dwell() -> None:
    told = tell(pavement_camera(remind=False, threshold_s=1500.0), STAYS.scenes(40 * MINUTE))
    assert (told.states, told.cases) == ([], ["PAVEMENT_TRADE"])
    case = next(one for one in told.outputs if isinstance(one, Case))
    assert case.ended_at == at(65 + 1500)
    assert tell(pavement_camera(remind=False, threshold_s=1500.0), STAYS.scenes(60 + 1495)).cases == []


@pytest.mark.parametrize(
    "street",
    [
        pytest.param(Pavement(changed=[(STALL, 60, 180)], things=[SELLING]), id="a load set down for two minutes"),
        pytest.param(Pavement(things=[SELLING]), id="somebody who waits"),
        pytest.param(Pavement(changed=[(STALL, 60, 9e3)]), id="changed ground and nobody by it"),
        pytest.param(replace(STAYS, share=0.01), id="a bag"),
        pytest.param(replace(STAYS, things=[SELLING, parked(STALL, 0, 9e3)]), id="a parked motorcycle"),
        pytest.param(
            replace(STAYS, things=[SELLING, parked(STALL, 300, 9e3, "car")], changed=[(STALL, 200, 9e3)]),
            id="a parked car that is not always found",
        ),
        pytest.param(
            replace(STAYS, things=[SELLING, *(parked(STALL, 80 * n, 80 * n) for n in range(1, 30))]),
            id="a parked motorcycle that is found in one picture of a hundred, its owner beside it",
        ),
        pytest.param(replace(STAYS, unknown=[(0, 9e3)]), id="ground that cannot be read"),
        pytest.param(Pavement(things=[SELLING, CHAIR]), id="a single chair"),
        pytest.param(
            Pavement(things=[replace(thing, label="umbrella") for thing in (TABLE, CHAIR, OTHER_CHAIR)]),
            id="people with umbrellas",
        ),
        pytest.param(
            Pavement(
                things=[replace(SELLING, spans=[(60 * n, 60 * n + 2) for n in range(60)])], changed=[(STALL, 60, 9e3)]
            ),
            id="people who pass by changed ground",
        ),
    ],
)
def test_what_looks_like_it_and_is_none_is_not_told(street: Pavement) -> None:
    told = tell(pavement_camera(), street.scenes(60 * MINUTE))
    assert (told.states, told.cases) == ([], [])


def test_tables_and_chairs_are_found_without_any_reading_of_the_ground() -> None:
    street = Pavement(things=[TABLE, CHAIR, OTHER_CHAIR], unknown=[(0, 9e3)])
    told = tell(pavement_camera(), street.scenes(30 * MINUTE))
    assert told.states == [["observed", "still_there", "became_case"]]
    assert told.reminders[0].seen == ("chair", "table")


def test_ground_that_cannot_be_read_neither_clears_nor_confirms() -> None:
    gone_unseen = replace(STAYS, changed=[(STALL, 60, 10 * MINUTE)], unknown=[(10 * MINUTE, 9e3)])
    assert tell(pavement_camera(), gone_unseen.scenes(60 * MINUTE)).states == [["observed"]]
    seen_again = replace(STAYS, unknown=[(10 * MINUTE, 50 * MINUTE)])
    told = tell(pavement_camera(), seen_again.scenes(60 * MINUTE))
    assert told.states == [["observed", "still_there", "became_case"]]
    assert told.reminders[-1].steps[1].at == at(50 * MINUTE + 180 + 30)
    assert told.reminders[-1].measurements["longest_gap_s"] == 40 * MINUTE + 5


def test_people_before_a_place_hide_that_it_is_free() -> None:
    crowd = Thing(box=(650, 380, 950, 660), label="person", spans=((10 * MINUTE, 9e3),), track_id=5)
    street = replace(STAYS, changed=[(STALL, 60, 10 * MINUTE)], things=[SELLING, crowd])
    assert tell(pavement_camera(), street.scenes(60 * MINUTE)).states == [["observed"]]


def test_two_stalls_are_two_places_and_one_that_spreads_over_both_is_still_two() -> None:
    both: BoxPx = (690, 490, 1410, 650)
    near = Thing(box=(1250, 400, 1310, 620), label="person", spans=((0, 9e3),), track_id=6)
    street = Pavement(
        changed=[
            *((box, start, end) for box in (STALL, BESIDE) for start, end in ((60, 9 * MINUTE), (14 * MINUTE, 9e3))),
            (both, 9 * MINUTE, 14 * MINUTE),
        ],
        things=[SELLING, near],
    )
    told = tell(pavement_camera(), street.scenes(40 * MINUTE))
    assert told.states == [["observed", "still_there", "became_case"]] * 2
    assert len(told.cases) == 2


@pytest.mark.parametrize("melts_at", [150, 400, 900])
def test_one_stall_set_up_from_both_ends_is_one_case(melts_at: float) -> None:
    left, right, whole = (400, 500, 520, 640), (800, 500, 920, 640), (400, 500, 920, 640)
    sellers = [replace(SELLING, box=(x, 400, x + 60, 620), track_id=x) for x in (440, 840)]
    street = Pavement(changed=[(left, 60, melts_at), (right, 65, melts_at), (whole, melts_at, 9e3)], things=sellers)
    told = tell(pavement_camera(), street.scenes(60 * MINUTE))
    assert told.cases == ["PAVEMENT_TRADE"]
    assert len(told.states) == (1 if melts_at < 240 else 2)


def test_benches_of_the_street_are_no_trade_where_the_ground_with_them_is_as_ever() -> None:
    benches = [
        Thing(box=(300 + 150 * n, 500, 420 + 150 * n, 600), label="bench", spans=((0, 9e3),), track_id=n + 1)
        for n in range(3)
    ]
    told = tell(pavement_camera(), Pavement(things=benches).scenes(60 * MINUTE))
    assert (told.states, told.cases) == ([], [])
    brought = Pavement(things=benches, changed=[((300, 500, 720, 600), 20, 9e3)])
    assert tell(pavement_camera(), brought.scenes(60 * MINUTE)).cases == ["PAVEMENT_TRADE"]


def test_a_permitted_place_is_lawful() -> None:
    camera = (
        CameraBuilder()
        .zone(ZONE, ZoneKind.PAVEMENT, (0.1, 0.3), (0.9, 0.3), (0.9, 0.8), (0.1, 0.8))
        .zone("permit", ZoneKind.PERMITTED_USE, (0.3, 0.4), (0.5, 0.4), (0.5, 0.7), (0.3, 0.7))
        .rule("PAVEMENT_TRADE")
        .build()
    )
    assert tell(camera, STAYS.scenes(30 * MINUTE)).states == []
    elsewhere = Pavement(changed=[(BESIDE, 60, 9e3)], things=[replace(SELLING, box=(1250, 400, 1310, 620))])
    assert tell(camera, elsewhere.scenes(10 * MINUTE)).states == [["observed"]]


def calibrated(free_width_m: float) -> CameraConfig:
    """A pavement 16 m long and 5 m wide, seen as it is drawn."""
    corners = ((0.1, 0.3), (0.9, 0.3), (0.9, 0.8), (0.1, 0.8))
    metres = ((0.0, 5.0), (16.0, 5.0), (16.0, 0.0), (0.0, 0.0))
    return (
        CameraBuilder()
        .zone(ZONE, ZoneKind.PAVEMENT, *corners, free_width_m=free_width_m)
        .ground_points(*zip(corners, metres, strict=True))
        .rule("PAVEMENT_TRADE")
        .build()
    )


def test_where_a_width_must_stay_free_only_what_surely_takes_it_is_told() -> None:
    told = tell(calibrated(4.5), STAYS.scenes(10 * MINUTE))
    assert told.states == [["observed"]]
    measured = told.reminders[0].measurements
    least_m, most_m = measured["free_width_least_m"], measured["free_width_most_m"]
    assert isinstance(least_m, float)
    assert isinstance(most_m, float)
    assert 1.5 < least_m < most_m < 4.0
    told = tell(calibrated(2.5), replace(STAYS, changed=[(STALL, 60, 600)]).scenes(20 * MINUTE))
    assert told.states == []
    assert told.refusals["PAVEMENT_TRADE", "enough_left_free"] == 1


def test_hours_in_which_it_is_allowed_count_for_nobody() -> None:
    # eight in the morning in Hue at second 0; the ban holds until 8:10 and from 9:00 on
    hours = (Hours(start=time(6), end=time(8, 10)), Hours(start=time(9), end=time(18)))
    camera = pavement_camera(use=rule_use("PAVEMENT_TRADE", hours=hours))
    told = tell(camera, STAYS.scenes(90 * MINUTE))
    assert told.states == [["observed", "still_there", "became_case"]]
    assert told.reminders[0].steps[0].at == at(4 * MINUTE + 5)
    assert told.reminders[-1].steps[1].at == at(75 * MINUTE + 30)
    case = next(one for one in told.outputs if isinstance(one, Case))
    assert case.began_at == at(60 * MINUTE)


def test_a_market_day_in_the_calendar_is_no_offence() -> None:
    entry = CalendarEntry(begins_at=at(-60), ends_at=at(1e5), reason="Tết")
    camera = pavement_camera().model_copy(update={"calendar": (entry,)})
    told = tell(camera, STAYS.scenes(30 * MINUTE))
    assert told.states == []
    assert told.refusals["PAVEMENT_TRADE", "rule_not_in_force"] == 1


def test_vending_is_told_only_where_it_is_small_attended_and_banned() -> None:
    told = tell(pavement_camera("VENDOR_STREET"), STAYS.scenes(30 * MINUTE))
    assert told.cases == ["VENDOR_STREET"]
    for street in (
        replace(STAYS, share=0.3),
        replace(STAYS, things=[SELLING, TABLE, CHAIR, OTHER_CHAIR]),
        replace(STAYS, things=[]),
    ):
        assert tell(pavement_camera("VENDOR_STREET"), street.scenes(30 * MINUTE)).states == []


def test_a_place_is_told_by_one_rule_of_a_camera_only() -> None:
    camera = pavement_camera("VENDOR_STREET")
    both = camera.model_copy(update={"rules": (*camera.rules, *pavement_camera("PAVEMENT_TRADE").rules)})
    told = tell(both, STAYS.scenes(30 * MINUTE))
    assert told.cases == ["VENDOR_STREET"]
    assert told.refusals["PAVEMENT_TRADE", "same_act_as_other_rule"] == 1


def test_a_stall_of_which_a_piece_is_seen_now_and_then_is_no_vendor() -> None:
    """A quarter of the time: on average more than the two that a vendor may have."""
    table, chair, other = (replace(one, spans=((60, 9e3),)) for one in furniture(60, 9e3)[:3])
    seldom = replace(other, spans=tuple((60 + 240.0 * number, 120 + 240.0 * number) for number in range(10)))
    street = replace(STAYS, things=[SELLING, table, chair, seldom])
    assert tell(pavement_camera("VENDOR_STREET"), street.scenes(30 * MINUTE)).cases == []


def test_an_obstacle_lies_on_a_roadway_with_nobody_by_it() -> None:
    camera = pavement_camera("OBSTACLE", kind=ZoneKind.ROADWAY)
    assert tell(camera, replace(STAYS, things=[]).scenes(30 * MINUTE)).cases == ["OBSTACLE"]
    assert tell(camera, STAYS.scenes(30 * MINUTE)).states == []


def test_a_median_is_for_nothing() -> None:
    camera = pavement_camera("MEDIAN_OCCUPY", kind=ZoneKind.MEDIAN)
    assert tell(camera, replace(STAYS, things=[]).scenes(30 * MINUTE)).cases == ["MEDIAN_OCCUPY"]


def test_umbrellas_on_a_median_are_people_who_wait_to_cross() -> None:
    waiting = [
        Thing(box=box, label=label, spans=((60, 9e3),), track_id=10 + number)
        for number, (box, label) in enumerate(
            (box, label) for box in (STALL, BESIDE) for label in ("person", "umbrella")
        )
    ]
    told = tell(pavement_camera("MEDIAN_OCCUPY", kind=ZoneKind.MEDIAN), Pavement(things=waiting).scenes(30 * MINUTE))
    assert (told.states, told.cases) == ([], [])


def test_a_cart_needs_a_network_that_knows_carts() -> None:
    cart = Thing(box=STALL, label="cart", spans=((60, 9e3),), track_id=7)
    assert tell(pavement_camera("PUSHCART"), Pavement(things=[cart]).scenes(30 * MINUTE)).cases == ["PUSHCART"]
    assert tell(pavement_camera("PUSHCART"), STAYS.scenes(30 * MINUTE)).states == []


def test_a_rule_that_is_not_yet_valid_reminds_nobody() -> None:
    camera = pavement_camera(use=rule_use("PAVEMENT_TRADE", valid_from=date(2026, 2, 1)))
    assert tell(camera, STAYS.scenes(30 * MINUTE)).states == []


EXTRA_BOXES = st.sampled_from([STALL, BESIDE, (705.0, 500.0, 905.0, 640.0), (690.0, 490.0, 1410.0, 650.0)])
STRETCHES = st.lists(
    st.tuples(EXTRA_BOXES, st.integers(0, 40), st.integers(1, 40)).map(
        lambda one: (one[0], one[1] * MINUTE, (one[1] + one[2]) * MINUTE)
    ),
    min_size=1,
    max_size=4,
)
UNKNOWN = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=2).map(
    lambda spans: [(start * MINUTE, (start + length) * MINUTE) for start, length in spans]
)
SETTINGS = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def streets(changed: list[tuple[BoxPx, float, float]], unknown: list[tuple[float, float]]) -> Pavement:
    near = replace(SELLING, box=(1250, 400, 1310, 620), track_id=6)
    return Pavement(changed=changed, unknown=unknown, things=[SELLING, near])


@SETTINGS
@given(STRETCHES, UNKNOWN, st.integers(1, 80))
def test_a_restart_at_any_time_changes_nothing_that_is_told(
    changed: list[tuple[BoxPx, float, float]], unknown: list[tuple[float, float]], minute: int
) -> None:
    street, camera = streets(changed, unknown), pavement_camera()
    scenes = list(street.scenes(85 * MINUTE, step_s=15.0))
    told = tell(camera, scenes)
    again = tell(camera, scenes, restart_at=lambda scene: scene.at == at(minute * MINUTE))
    assert again.reminders == told.reminders
    assert again.cases == told.cases


@SETTINGS
@given(STRETCHES, UNKNOWN)
def test_no_message_comes_twice_each_goes_on_from_the_one_before_and_nothing_stays_held(
    changed: list[tuple[BoxPx, float, float]], unknown: list[tuple[float, float]]
) -> None:
    told = tell(pavement_camera(), streets(changed, unknown).scenes(85 * MINUTE, step_s=15.0))
    newest: dict[str, Reminder] = {}
    for reminder in told.reminders:
        before = newest.get(str(reminder.reminder_id))
        if before is not None:
            assert reminder.goes_on_from(before)
            assert len(reminder.steps) > len(before.steps)
        newest[str(reminder.reminder_id)] = reminder
    assert len(told.cases) == sum(one.case_id is not None for one in newest.values())
    assert told.still_held == set()


@SETTINGS
@given(STRETCHES)
def test_the_order_in_which_changes_are_listed_does_not_matter(changed: list[tuple[BoxPx, float, float]]) -> None:
    one = tell(pavement_camera(), streets(changed, []).scenes(60 * MINUTE, step_s=15.0))
    other = tell(pavement_camera(), streets(changed[::-1], []).scenes(60 * MINUTE, step_s=15.0))
    assert one.outputs == other.outputs


@SETTINGS
@given(STRETCHES, UNKNOWN)
def test_what_cannot_be_read_adds_no_reminder_and_no_case(
    changed: list[tuple[BoxPx, float, float]], unknown: list[tuple[float, float]]
) -> None:
    clear_view = tell(pavement_camera(), streets(changed, []).scenes(85 * MINUTE, step_s=15.0))
    dim = tell(pavement_camera(), streets(changed, unknown).scenes(85 * MINUTE, step_s=15.0))
    assert bool(dim.reminders) <= bool(clear_view.reminders)
    assert bool(dim.cases) <= bool(clear_view.cases)


@SETTINGS
@given(STRETCHES)
def test_nothing_is_told_of_what_never_entered_the_zone(changed: list[tuple[BoxPx, float, float]]) -> None:
    above = [((x1, y1 - 480, x2, y2 - 480), start, end) for (x1, y1, x2, y2), start, end in changed]
    things = [
        Thing(box=box, label="chair", spans=((start, end),), track_id=number)
        for number, (box, start, end) in enumerate(above)
    ]
    told = tell(pavement_camera(), Pavement(things=things).scenes(60 * MINUTE, step_s=15.0))
    assert told.outputs == []
