"""Standing on a road where it is forbidden: the offence by place and vehicle, and never in a jam or at a red light."""

from collections.abc import Sequence
from typing import Any

import pytest

from domain.camera import ZoneKind
from domain.cases.case import Case
from rules.acts.exclusion import ONE_STAY
from rules.acts.memory import CameraMemory
from rules.fact_rule import FactRule
from rules.offences.parking import (
    PARK_BRIDGE,
    PARK_DOUBLE,
    PARK_JUNCTION,
    PARK_NO_PARKING,
    PARK_PAVEMENT,
    PARK_ROADWAY,
    STOP_NO_STOPPING,
)
from rules.registry import rule_problems
from tests.builders.drives import CameraBuilder, Drive, Findings, engine_for, every, path, run, scenes

KINDS = {
    "STOP_NO_STOPPING": ZoneKind.NO_STOPPING,
    "PARK_NO_PARKING": ZoneKind.NO_PARKING,
    "PARK_JUNCTION": ZoneKind.NEAR_JUNCTION,
    "PARK_BRIDGE": ZoneKind.BRIDGE,
    "PARK_DOUBLE": ZoneKind.BESIDE_PARKED,
    "PARK_ROADWAY": ZoneKind.ROADWAY,
}
ROAD_RULES = (STOP_NO_STOPPING, PARK_NO_PARKING, PARK_JUNCTION, PARK_BRIDGE, PARK_DOUBLE, PARK_ROADWAY)
PLACE = (400.0, 700.0)
STEP_S = 0.5
THRESHOLD_S = 90.0


def camera(code: str, kind: ZoneKind, *, lanes: bool = True) -> CameraBuilder:
    builder = CameraBuilder().zone("forbidden", kind, (0.1, 0.4), (0.3, 0.4), (0.3, 1), (0.1, 1))
    if lanes:
        builder.zone("lane", ZoneKind.LANE, (0.1, 0), (0.6, 0), (0.6, 1), (0.1, 1))
    return builder.rule(code, threshold_s=THRESHOLD_S)


def stands(track_id: int, place: tuple[float, float], start_s: float, end_s: float, label: str = "car") -> Drive:
    return Drive(track_id=track_id, sightings=path(lambda _: place, every(STEP_S, start_s, end_s)), label=label)


def passes(track_id: int, start_s: float, label: str = "car") -> Drive:
    """Drives through the lane in six seconds."""
    places = path(lambda second: (900, 1050 - 170 * (second - start_s)), every(STEP_S, start_s, start_s + 6))
    return Drive(track_id=track_id, sightings=places, label=label)


def traffic(until_s: float, label: str = "car") -> list[Drive]:
    return [passes(100 + number, 10.0 * number, label) for number in range(int(until_s // 10))]


def judged(code: str, kind: ZoneKind, drives: Sequence[Drive], until_s: float) -> Findings:
    return run(camera(code, kind).build(), scenes(drives, every(STEP_S, 0, until_s)))


LABELS = {"car": "car", "motorbike": "motorcycle", "bicycle": "bicycle"}


@pytest.mark.parametrize("rule", ROAD_RULES, ids=lambda rule: rule.CODE)
class TestEveryRule:
    def test_who_stands_while_others_drive_past_is_one_case_of_its_offence(self, rule: FactRule[Any]) -> None:
        for kind, offence in rule.OFFENCES.items():
            drives = [stands(1, PLACE, 5, 200, LABELS[kind]), *traffic(200)]
            found = judged(rule.CODE, KINDS[rule.CODE], drives, 200)
            assert found.codes == [offence]
            assert found.cases[0].provenance.rule == rule.CODE

    def test_the_kinds_that_it_does_not_mean_are_not_accused(self, rule: FactRule[Any]) -> None:
        for kind in LABELS.keys() - rule.OFFENCES.keys():
            drives = [stands(1, PLACE, 5, 200, LABELS[kind]), *traffic(200)]
            assert judged(rule.CODE, KINDS[rule.CODE], drives, 200).codes == []

    def test_nobody_in_a_jam_is_accused(self, rule: FactRule[Any]) -> None:
        label = LABELS[next(iter(rule.OFFENCES))]
        queue = [stands(1 + n, (400 + 200 * (n % 3), 450 + 200 * (n // 3)), 5, 300, label) for n in range(6)]
        assert judged(rule.CODE, KINDS[rule.CODE], queue, 300).codes == []

    def test_who_leaves_before_the_threshold_is_not_accused(self, rule: FactRule[Any]) -> None:
        label = LABELS[next(iter(rule.OFFENCES))]
        away = Drive(
            track_id=1,
            label=label,
            sightings=[
                *stands(1, PLACE, 5, 60).sightings,
                *path(lambda second: (400, 700 - 60 * (second - 60)), every(STEP_S, 60.5, 70)),
            ],
        )
        assert judged(rule.CODE, KINDS[rule.CODE], [away, *traffic(200)], 200).codes == []

    def test_lanes_must_be_drawn(self, rule: FactRule[Any]) -> None:
        built = camera(rule.CODE, KINDS[rule.CODE], lanes=False).build()
        (problem,) = map(str, rule_problems(built, built.rules[0]))
        assert "nobody could tell a jam from a stop" in problem


def test_queues_at_a_red_light_are_not_accused() -> None:
    """Six vehicles wait 50 s of every minute, then the next six come: no track stands longer than that."""
    drives = [
        stands(10 * cycle + n + 1, (400 + 200 * (n % 3), 450 + 200 * (n // 3)), 60 * cycle + 2, 60 * cycle + 52)
        for cycle in range(6)
        for n in range(6)
    ]
    assert judged("STOP_NO_STOPPING", ZoneKind.NO_STOPPING, drives, 360).codes == []


def test_two_that_wait_for_a_light_are_not_accused() -> None:
    queue = [stands(1 + n, (400, 480 + 200 * n), 5, 200) for n in range(2)]
    assert judged("STOP_NO_STOPPING", ZoneKind.NO_STOPPING, queue, 200).codes == []


def test_one_who_waits_alone_for_a_named_signal_is_not_accused_and_without_it_is() -> None:
    alone = [stands(1, PLACE, 5, 200)]
    named = CameraBuilder().zone("forbidden", ZoneKind.NO_STOPPING, (0.1, 0.4), (0.3, 0.4), (0.3, 1), (0.1, 1))
    named.zone("lane", ZoneKind.LANE, (0.1, 0), (0.6, 0), (0.6, 1), (0.1, 1))
    built = named.rule("STOP_NO_STOPPING", threshold_s=THRESHOLD_S, signal="S1").build()
    pictures = every(STEP_S, 0, 200)
    assert run(built, scenes(alone, pictures)).codes == [], "red is shown all the time"
    green = ((-60.0, "green"),)
    assert run(built, scenes(alone, pictures, signal=green)).codes == ["STOP_CROSSWALK_SIGN"]
    assert judged("STOP_NO_STOPPING", ZoneKind.NO_STOPPING, alone, 200).codes == ["STOP_CROSSWALK_SIGN"]


def test_a_signal_must_exist() -> None:
    built = camera("PARK_BRIDGE", ZoneKind.BRIDGE).build()
    wrong = built.rules[0].model_copy(update={"parameters": {"threshold_s": 90.0, "signal": "S9"}})
    (problem,) = map(str, rule_problems(built, wrong))
    assert "there is no signal S9" in problem


def test_a_car_in_a_jam_that_motorcycles_get_through_is_not_accused() -> None:
    queue = [stands(1 + n, (400, 480 + 150 * n), 5, 300) for n in range(4)]
    found = judged("STOP_NO_STOPPING", ZoneKind.NO_STOPPING, [*queue, *traffic(300, "motorcycle")], 300)
    assert found.codes == []


def test_a_row_of_parked_cars_is_no_jam_while_traffic_flows() -> None:
    row = [stands(1 + n, (400, 480 + 150 * n), 5, 200) for n in range(4)]
    assert judged("PARK_NO_PARKING", ZoneKind.NO_PARKING, [*row, *traffic(200)], 200).codes == ["PARK_NO_PARKING"] * 4


def test_only_the_time_without_a_jam_counts() -> None:
    """A jam of 60 s about a car that has parked: its case comes 60 s later."""
    queue = [stands(50 + n, (700, 450 + 150 * n), 40, 100) for n in range(4)]
    late = [passes(100 + n, 110 + 10.0 * n) for n in range(12)]
    drives = [stands(1, PLACE, 5, 230), *traffic(30), *queue, *late]
    (case,) = judged("PARK_NO_PARKING", ZoneKind.NO_PARKING, drives, 230).cases
    jammed_s = case.measurements["jammed_s"]
    assert isinstance(jammed_s, float)
    assert 40 <= jammed_s <= 70
    assert case.measurements["dwell_s"] == pytest.approx(THRESHOLD_S + jammed_s, abs=1)


def test_who_stands_where_two_signs_forbid_it_is_one_case() -> None:
    builder = camera("STOP_NO_STOPPING", ZoneKind.NO_STOPPING)
    builder.zone("no-parking", ZoneKind.NO_PARKING, (0.1, 0.3), (0.35, 0.3), (0.35, 1), (0.1, 1))
    builder.zone("bridge", ZoneKind.BRIDGE, (0, 0), (1, 0), (1, 1), (0, 1))
    built = builder.rule("PARK_NO_PARKING", threshold_s=100.0).rule("PARK_BRIDGE", threshold_s=120.0).build()
    found = run(built, scenes([stands(1, PLACE, 5, 200), *traffic(200)], every(STEP_S, 0, 200)))
    assert found.codes == ["STOP_CROSSWALK_SIGN"]
    assert found.refused("PARK_BRIDGE") == {}, "a stay of which there is a case is judged no more"


def test_every_offence_of_standing_is_in_the_group_of_one_stay() -> None:
    assert {code for rule in (*ROAD_RULES, PARK_PAVEMENT) for code in rule.OFFENCES.values()} == ONE_STAY


@pytest.mark.parametrize("reload_at_s", [30, 60, 90, 150])
def test_a_reload_in_the_middle_changes_nothing(reload_at_s: float) -> None:
    built = camera("PARK_NO_PARKING", ZoneKind.NO_PARKING).build()
    memory = CameraMemory()
    engine = engine_for(built, memory=memory)
    outputs: list[object] = []
    for scene in scenes([stands(1, PLACE, 5, 200), *traffic(200)], every(STEP_S, 0, 200)):
        if (scene.at.second + 60 * scene.at.minute) == reload_at_s and scene.at.microsecond == 0:
            outputs += engine.finish()
            engine = engine_for(built, memory=memory)
        outputs += engine.step(scene)
    (case,) = [item for item in outputs if isinstance(item, Case)]
    assert case.measurements["jammed_s"] == 0


def two_ways() -> CameraBuilder:
    """Traffic goes up the picture where the sign stands, and down it beyond."""
    builder = CameraBuilder().zone("forbidden", ZoneKind.NO_STOPPING, (0.1, 0.4), (0.3, 0.4), (0.3, 1), (0.1, 1))
    up, down = ((0.2, 0.9), (0.2, 0.1)), ((0.5, 0.1), (0.5, 0.9))
    builder.zone("lane", ZoneKind.LANE, (0.1, 0), (0.4, 0), (0.4, 1), (0.1, 1), direction_norm=up)
    builder.zone("oncoming", ZoneKind.LANE, (0.4, 0), (0.6, 0), (0.6, 1), (0.4, 1), direction_norm=down)
    return builder.rule("STOP_NO_STOPPING", threshold_s=THRESHOLD_S)


def comes(track_id: int, start_s: float, *, x_px: float, from_px: float, to_px: float, stays_s: float = 0) -> Drive:
    """Drives to a place within six seconds, and stands there."""

    def place(second: float) -> tuple[float, float]:
        return (x_px, from_px + (to_px - from_px) * min(1.0, (second - start_s) / 6))

    return Drive(track_id=track_id, sightings=path(place, every(STEP_S, start_s, start_s + 6 + stays_s)))


def test_traffic_the_other_way_does_not_make_offenders_of_a_jam() -> None:
    queue = [stands(1 + n, (400, 480 + 150 * n), 5, 200) for n in range(4)]
    oncoming = [comes(100 + n, 10.0 * n, x_px=950, from_px=40, to_px=1060) for n in range(20)]
    times = every(STEP_S, 0, 200)
    assert run(two_ways().build(), scenes([*queue, *oncoming], times)).codes == []
    past = [comes(200 + n, 10.0 * n, x_px=650, from_px=1060, to_px=40) for n in range(20)]
    assert run(two_ways().build(), scenes([*queue, *past], times)).codes == ["STOP_CROSSWALK_SIGN"] * 4


def test_who_closes_up_behind_a_queue_drives_past_nobody_in_it() -> None:
    head = stands(1, (400, 480), 5, 140)
    tail = [
        comes(2 + n, 10.0 + 12 * n, x_px=380 + 20 * n, from_px=1060, to_px=560 + 50 * n, stays_s=124 - 12 * n)
        for n in range(8)
    ]
    assert run(two_ways().build(), scenes([head, *tail], every(STEP_S, 0, 140))).codes == []


def test_a_neighbour_that_the_detector_misses_in_every_other_picture_still_stands() -> None:
    ahead = stands(2, (400, 480), 5, 130)
    seldom = Drive(track_id=2, sightings=ahead.sightings[::2])
    assert judged("STOP_NO_STOPPING", ZoneKind.NO_STOPPING, [stands(1, PLACE, 5, 130), seldom], 130).codes == []


@pytest.mark.parametrize(("gap_s", "cases"), [(10.0, 1), (40.0, 0)])
def test_time_between_pictures_that_lie_far_apart_counts_for_nobody(gap_s: float, cases: int) -> None:
    times = [*every(STEP_S, 0, 40), *every(STEP_S, 40 + gap_s, 60 + THRESHOLD_S - 20)]
    assert (
        len(
            run(
                camera("PARK_NO_PARKING", ZoneKind.NO_PARKING).build(),
                scenes(
                    [Drive(track_id=1, sightings=path(lambda _: PLACE, [second for second in times if second >= 5]))],
                    times,
                ),
            ).cases
        )
        == cases
    )


@pytest.mark.parametrize(("down_s", "cases"), [(10.0, 1), (40.0, 0)])
def test_time_in_which_the_box_was_down_counts_for_nobody(down_s: float, cases: int) -> None:
    built = camera("PARK_NO_PARKING", ZoneKind.NO_PARKING).build()
    memory = CameraMemory()
    outputs: list[object] = []
    for track_id, times in ((1, every(STEP_S, 0, 40)), (2, every(STEP_S, 40 + down_s, 60 + THRESHOLD_S - 20))):
        engine = engine_for(built, memory=memory)
        seen = Drive(track_id=track_id, sightings=path(lambda _: PLACE, times))
        for scene in scenes([seen], times):
            outputs += engine.step(scene)
        outputs += engine.finish()
    assert len([item for item in outputs if isinstance(item, Case)]) == cases
