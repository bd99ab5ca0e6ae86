"""COUNT: every vehicle once a gate and once a movement; nobody else, and nothing that nobody saw."""

import random
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.camera import CameraConfig, LineKind, RuleUse, Turn, ZoneKind
from domain.seen.view import ViewState
from rules.registry import rule_problems
from tests.builders.drives import START, CameraBuilder, Drive, Findings, run, scenes
from tests.builders.rule_scenes import along, drive

AHEAD = along((0, 600, 1050), (5, 600, 60))
TO_LEFT = along((0, 600, 1050), (2.5, 600, 450), (6, 60, 430))


def camera(**parameters: object) -> CameraConfig:
    return (
        CameraBuilder()
        .zone("lane-1", ZoneKind.LANE, (0.2, 0.76), (0.45, 0.76), (0.45, 1.0), (0.2, 1.0))
        .line("south", LineKind.GATE, (0.2, 0.75), (0.45, 0.75), beyond=(0.3, 0.1))
        .line("west", LineKind.GATE, (0.15, 0.2), (0.15, 0.6), beyond=(0.5, 0.4))
        .line("north", LineKind.GATE, (0.2, 0.15), (0.8, 0.15), beyond=(0.5, 0.5))
        .movement("ahead", "south", "north", Turn.AHEAD, banned=False)
        .rule("COUNT", **parameters)
        .build()
    )


def counted(found: Findings) -> Counter[tuple[str, str, str, str]]:
    return Counter((one.place_id, one.direction, one.lane_id, one.label) for one in found.passages)


def later(one: Drive, by_s: float) -> Drive:
    return replace(one, sightings=[(round(second + by_s, 3), box) for second, box in one.sightings])


def test_a_vehicle_is_counted_at_each_gate_and_for_its_movement() -> None:
    found = run(camera(), scenes([drive(AHEAD, label="bus"), drive(TO_LEFT, track_id=2, label="motorcycle")]))
    assert counted(found) == {
        ("south", "in", "lane-1", "bus"): 1,
        ("north", "out", "", "bus"): 1,
        ("ahead", "through", "", "bus"): 1,
        ("south", "in", "lane-1", "motorcycle"): 1,
        ("west", "out", "", "motorcycle"): 1,
    }
    assert found.refused("COUNT") == {"movement_unknown": 1}, "left is described nowhere"
    assert (found.cases, found.alerts) == ((), ())
    assert all(0 < (one.at - START).total_seconds() < 6 for one in found.passages)


def test_only_the_named_gates_count_and_people_never_do() -> None:
    found = run(camera(gates=["south"]), scenes([drive(AHEAD), drive(AHEAD, track_id=2, label="person")]))
    assert counted(found) == {("south", "in", "lane-1", "car"): 1}


def test_one_that_stops_on_the_gate_and_goes_back_is_not_counted() -> None:
    hesitates = along((0, 600, 1050), (3, 600, 815), (5, 600, 815), (8, 600, 1050))
    assert counted(run(camera(), scenes([drive(hesitates)]))) == {}


def test_what_nobody_saw_is_no_empty_street() -> None:
    """A view that has moved counts nothing, and says so."""
    found = run(camera(), scenes([drive(AHEAD)], view=lambda _: ViewState.MOVED))
    assert found.passages == ()
    assert found.refused("COUNT") == {"suspended_view_changed": 1}


@given(seed=st.integers(0, 10_000), many=st.integers(1, 8))
@settings(max_examples=20, deadline=None)
def test_many_shaken_vehicles_in_any_order_are_so_many(seed: int, many: int) -> None:
    rng = random.Random(seed)
    drives = []
    for number in range(many):
        one = drive(AHEAD, track_id=number + 1, label=rng.choice(["car", "motorcycle"]), seconds=6.0)
        shaken = [(second, tuple(side + rng.gauss(0, 1.5) for side in box)) for second, box in one.sightings]
        drives.append(later(replace(one, sightings=shaken), 2.0 * number))
    rng.shuffle(drives)
    found = counted(run(camera(), scenes(drives)))
    wanted = Counter(one.label for one in drives)
    for label, count in wanted.items():
        assert found["south", "in", "lane-1", label] == count
        assert found["north", "out", "", label] == count
        assert found["ahead", "through", "", label] == count


def test_a_camera_without_gates_cannot_count() -> None:
    use = RuleUse(rule="COUNT", valid_from=START.date())
    (problem,) = map(str, rule_problems(CameraBuilder().build(), use))
    assert problem.startswith("gates: no line of kind gate")
