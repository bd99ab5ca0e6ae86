"""Several lamps at one stop line: who goes by which, and what is unknown stays unknown."""

from collections.abc import Mapping, Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.camera import CameraConfig, LineKind, Mode, RuleUse, Signal, Turn
from domain.cases.case import Case
from domain.seen.scene import Scene
from rules.acts.memory import CameraMemory
from rules.engine import REFUSED_KEPT_UNREADABLE
from rules.outcome import RuleOutput
from tests.builders.drives import RED, CameraBuilder, Drive, Findings, engine_for, every, run, scenes
from tests.builders.rule_scenes import (
    AHEAD_FROM_LINE,
    AROUND_FROM_LINE,
    LEFT_FROM_LINE,
    STANDS_OVER,
    along,
    approach,
    drive,
)

States = Sequence[tuple[float, str]]
GREEN = ((-60.0, "red"), (-30.0, "green"))
ARROW_RED = ((-60.0, "green"), (-30.0, "red"))


def camera() -> CameraConfig:
    """A round lamp S1 for ahead, an arrow to the left and one to turn back."""
    builder = approach().signal("LEFT").signal("BACK")
    builder.movement("ahead", "south-in", "north", Turn.AHEAD, banned=False)
    builder.movement("left", "south-in", "west", Turn.LEFT, banned=False, signal="LEFT")
    builder.movement("back", "south-in", "south-out", Turn.AROUND, banned=False, signal="BACK")
    return builder.rule("RED_LIGHT").rule("STOP_LINE").build()


CAMERA = camera()


def found(drives: Sequence[Drive], *, own: States, left: States, back: States = ARROW_RED) -> Findings:
    others: Mapping[str, States] = {"LEFT": left, "BACK": back}
    return run(CAMERA, scenes(drives, signal=own, others=others, goes_on_s=4))


LEFT, AHEAD = drive(LEFT_FROM_LINE, seconds=9), drive(AHEAD_FROM_LINE)
LOST = drive(LEFT_FROM_LINE, seconds=4.4)


def test_left_by_its_green_arrow_is_lawful_while_the_round_lamp_is_red() -> None:
    seen = found([LEFT], own=RED, left=GREEN)
    assert seen.cases == ()
    assert seen.refused("RED_LIGHT") == {"own_signal_not_red": 1}


@pytest.mark.parametrize("state", ["yellow", "dark", "flashing_yellow"])
def test_an_arrow_that_is_not_red_accuses_nobody_who_goes_by_it(state: str) -> None:
    assert found([LEFT], own=RED, left=((-60, "red"), (-30, state))).cases == ()


def test_ahead_under_the_round_red_is_a_case_while_the_arrow_is_green() -> None:
    (case,) = found([AHEAD], own=RED, left=GREEN).cases
    assert (case.violation.code, case.measurements["signal_id"], case.measurements["left_by"]) == (
        "RED_LIGHT",
        "S1",
        "ahead",
    )


def test_left_under_its_red_arrow_is_a_case_while_the_round_lamp_is_green() -> None:
    (case,) = found([LEFT], own=GREEN, left=ARROW_RED).cases
    assert (case.measurements["signal_id"], case.measurements["left_by"]) == ("LEFT", "left")
    assert {moment.signal for moment in case.moments} == {"red"}


def test_ahead_on_green_is_lawful_while_the_arrow_is_red() -> None:
    assert found([AHEAD], own=GREEN, left=ARROW_RED).cases == ()


@pytest.mark.parametrize(("own", "left"), [(RED, GREEN), (GREEN, ARROW_RED)])
def test_who_is_lost_before_his_way_is_clear_is_refused(own: States, left: States) -> None:
    seen = found([LOST], own=own, left=left)
    assert seen.cases == ()
    assert seen.refused("RED_LIGHT") == {"exit_unknown": 1}


def test_where_every_lamp_is_red_his_way_does_not_matter() -> None:
    (case,) = found([LOST], own=RED, left=ARROW_RED).cases
    assert case.measurements["signal_id"] == "S1"


def test_an_arrow_of_which_nothing_is_known_accuses_nobody_who_goes_by_it() -> None:
    seen = found([LEFT], own=RED, left=())
    assert seen.cases == ()
    assert seen.refused("RED_LIGHT") == {"signal_unknown": 1}


def test_turning_back_by_its_own_green_lamp_is_lawful() -> None:
    around = drive(AROUND_FROM_LINE, seconds=9)
    assert found([around], own=RED, left=ARROW_RED, back=GREEN).cases == ()
    assert found([around], own=RED, left=ARROW_RED, back=ARROW_RED).codes == ["RED_LIGHT"]


def test_who_stands_over_the_line_may_wait_for_the_lamp_that_is_not_red() -> None:
    standing = [drive(STANDS_OVER)]
    assert found(standing, own=RED, left=ARROW_RED).codes == ["STOP_LINE"]
    seen = found(standing, own=RED, left=GREEN)
    assert seen.cases == ()
    assert seen.refused("STOP_LINE") == {"exit_unknown": 1}


RIGHT_ON_RED = (
    approach()
    .movement("ahead", "south-in", "north", Turn.AHEAD, banned=False)
    .movement("right", "south-in", "east", Turn.RIGHT, banned=False, on_red=True)
    .rule("RED_LIGHT")
    .rule("STOP_LINE")
    .build()
)
WAITS_AND_TURNS = along((0, 1000, 1000), (3, 1000, 490), (8, 1000, 490), (9, 1050, 440), (13, 1800, 400))
WAITS_AND_GOES_ON = along((0, 1000, 1000), (3, 1000, 490), (8, 1000, 490), (13, 1000, 20))


@pytest.mark.parametrize("green_from_s", [5.5, 7.5, 8.3, 99])
@pytest.mark.parametrize("seen_for_s", [6, 8.2, 13])
def test_who_lets_walkers_pass_before_he_turns_on_red_is_no_case(green_from_s: float, seen_for_s: float) -> None:
    """He stands over the line for them, perhaps until it is green, and may be hidden before his way is clear."""
    waits = drive(WAITS_AND_TURNS, seconds=seen_for_s)
    assert run(RIGHT_ON_RED, scenes([waits], every(0.1, 0, 30), signal=(*RED, (green_from_s, "green")))).cases == ()


def test_who_stood_over_the_line_and_went_ahead_did_not_wait_to_turn_on_red() -> None:
    waits = drive(WAITS_AND_GOES_ON, seconds=13)
    seen = run(RIGHT_ON_RED, scenes([waits], signal=(*RED, (7.5, "green"))))
    assert seen.codes == ["STOP_LINE"]
    assert seen.refused("RED_LIGHT") == {"stopped_over_line": 1}


def test_who_stood_over_the_line_and_left_by_his_arrow_stood_there_on_red() -> None:
    waits = drive(along((0, 1000, 1000), (3, 1000, 490), (8, 1000, 490), (9, 1000, 400), (13, 60, 330)), seconds=13)
    seen = found([waits], own=RED, left=(*ARROW_RED, (7.5, "green")))
    assert seen.codes == ["STOP_LINE"]


LAMPS = CAMERA.model_copy(
    update={
        "signals": tuple(
            Signal(id=one.id, source="lamp", lamp_region_norm=(0.9, 0.1, 0.95, 0.3)) for one in CAMERA.signals
        )
    }
)


def left_turns(count: int, *, headway_s: float) -> list[Drive]:
    return [
        Drive(
            track_id=number + 1,
            sightings=[(round(second + number * headway_s, 1), box) for second, box in LEFT.sightings],
            label="car",
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("headway_s", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("count", [5, 8])
def test_a_whole_queue_that_turns_left_by_a_red_arrow_shows_that_the_arrow_is_misread(
    count: int, headway_s: float
) -> None:
    told = {"LEFT": ARROW_RED, "BACK": ARROW_RED}
    pictures = list(scenes(left_turns(count, headway_s=headway_s), every(0.1, 0, 50), signal=GREEN, others=told))
    seen = run(LAMPS, pictures)
    assert seen.cases == ()
    assert seen.refused("RED_LIGHT") == {"flow_on_red": count}
    assert run(CAMERA, pictures).codes == ["RED_LIGHT"] * count, "what the controller reports is not doubted"


def test_a_few_who_turn_left_by_a_red_arrow_are_cases_among_those_who_go_ahead_on_green() -> None:
    ahead = [drive(AHEAD_FROM_LINE, track_id=9), drive(along((2, 1400, 1000), (9, 1400, 20)), seconds=9, track_id=10)]
    told = {"LEFT": ARROW_RED, "BACK": ARROW_RED}
    drives = [*left_turns(3, headway_s=2.0), *ahead]
    assert run(LAMPS, scenes(drives, every(0.1, 0, 40), signal=GREEN, others=told)).codes == ["RED_LIGHT"] * 3


@pytest.mark.parametrize("process", ["reload", "restart"])
@pytest.mark.parametrize("stopped_s", [4.5, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
def test_the_rest_of_a_queue_at_a_misread_arrow_is_not_accused_by_who_comes_next(
    stopped_s: float, process: str
) -> None:
    """The new run follows everybody anew, and what is left of the queue is too few to show a flow by themselves."""
    drives = left_turns(6, headway_s=2.0)
    told = {"LEFT": ARROW_RED, "BACK": ARROW_RED}
    first = scenes(drives, every(0.1, 0, stopped_s), signal=GREEN, others=told)
    later = scenes(after(stopped_s, drives), every(0.1, stopped_s + 0.1, 40), signal=GREEN, others=told)
    assert one_after_the_other(list(first), list(later), process=process) == []


def test_a_runner_by_an_arrow_long_after_a_queue_and_a_reload_is_a_case() -> None:
    told = {"LEFT": ARROW_RED, "BACK": ARROW_RED}
    runner = Drive(track_id=90, sightings=[(second + 40, box) for second, box in LEFT.sightings], label="car")
    first = scenes(left_turns(6, headway_s=2.0), every(0.1, 0, 30), signal=GREEN, others=told)
    later = scenes([runner], every(0.1, 40, 70), signal=GREEN, others=told)
    assert one_after_the_other(list(first), list(later), process="reload") == ["RED_LIGHT"]


def test_a_kept_flow_at_arrows_that_cannot_be_read_is_counted() -> None:
    memory = CameraMemory()
    engine = engine_for(LAMPS, memory=memory)
    for scene in scenes([LEFT], every(0.1, 0, 2), signal=GREEN, others={"LEFT": ARROW_RED}):
        engine.step(scene)
    engine.finish()
    memory.kept["arrows"] = {"stop": "much"}
    engine = engine_for(LAMPS, memory=memory)
    for scene in scenes([LEFT], every(0.1, 2.1, 3), signal=GREEN, others={"LEFT": ARROW_RED}):
        engine.step(scene)
    assert engine.refusals["arrows", REFUSED_KEPT_UNREADABLE] == 1


def after(stopped_s: float, drives: Sequence[Drive]) -> list[Drive]:
    """What a new tracker sees of them."""
    return [
        Drive(track_id=100 + each.track_id, sightings=left, label=each.label)
        for each in drives
        if (left := [(second, box) for second, box in each.sightings if second > stopped_s])
    ]


def one_after_the_other(first: Sequence[Scene], later: Sequence[Scene], *, process: str) -> list[str]:
    """The codes of the cases of two runs of one camera."""
    memory = CameraMemory()
    outputs: list[RuleOutput] = []
    for part in (first, later):
        engine = engine_for(LAMPS, memory=memory)
        outputs += [output for scene in part for output in engine.step(scene)]
        outputs += engine.finish()
        if process == "restart":
            memory = CameraMemory.from_document(memory.document("cam-1"), "cam-1")
    return [output.violation.code for output in outputs if isinstance(output, Case)]


@pytest.mark.parametrize("state", ["green", "yellow"])
def test_who_crossed_in_time_and_stands_in_the_junction_through_the_red_is_no_case(state: str) -> None:
    stuck = drive(along((0, 1000, 700), (1.4, 1000, 450), (9, 1000, 450), (12, 1000, 50)), seconds=12)
    signal = ((-30.0, state), (2.0, "red"))
    assert found([stuck], own=signal, left=signal).cases == ()


def test_who_rolls_over_the_line_behind_a_queue_that_stands_there_is_no_case() -> None:
    queue = [drive(lambda _, n=n: (850 + 150 * n, 400), track_id=2 + n) for n in range(3)]  # type: ignore[misc]
    rolls = drive(STANDS_OVER)
    since = ((-60.0, "green"), (1.0, "red"))  # the queue stood there before
    seen = found([rolls, *queue], own=since, left=since)
    assert seen.cases == ()
    assert seen.refused("STOP_LINE") == {"junction_blocked": 1}
    assert found([rolls, *queue[:2]], own=since, left=since).codes == ["STOP_LINE"]
    assert found([rolls, *queue], own=RED, left=ARROW_RED).codes == ["STOP_LINE"], "they came there under this red"


def test_others_who_stand_over_the_line_on_red_block_nothing() -> None:
    row = [
        drive(lambda s, n=n: (700 + 150 * n, max(1000 - 170 * s, 480)), track_id=n)  # type: ignore[misc]
        for n in range(1, 5)
    ]
    assert found(row, own=RED, left=ARROW_RED).codes == ["STOP_LINE"] * 4


def test_two_approaches_have_each_their_line_and_lamp() -> None:
    builder = CameraBuilder(stop_from=0.55).signal("S2").rule("RED_LIGHT")
    builder.line("stop-2", LineKind.STOP_LINE, (0.1, 0.5), (0.45, 0.5), beyond=(0.3, 0.1))
    use = RuleUse(rule="RED_LIGHT", mode=Mode.ENFORCE, valid_from=date(2026, 1, 1), parameters={"line": "stop-2"})
    built = builder.use(use).build()
    second = built.lines[1].model_copy(update={"signal": "S2"})
    both = built.model_copy(update={"lines": (built.lines[0], second)})
    one = drive(along((0, 1300, 1000), (7, 1300, 20)), track_id=1)
    other = drive(along((0, 500, 1000), (7, 500, 20)), track_id=2)

    def cases(own: States, second: States) -> list[tuple[str, tuple[int, ...]]]:
        seen = run(both, scenes([one, other], signal=own, others={"S2": second}))
        return [(str(case.measurements["signal_id"]), case.subject.track_ids) for case in seen.cases]

    assert cases(RED, GREEN) == [("S1", (1,))]
    assert cases(GREEN, ARROW_RED) == [("S2", (2,))]
    assert cases(RED, ARROW_RED) == [("S1", (1,)), ("S2", (2,))]


@given(
    own=st.sampled_from(["red", "green", "yellow", "dark", "flashing_yellow", "unknown"]),
    left=st.sampled_from(["red", "green", "yellow", "dark", "flashing_yellow", "unknown"]),
    until_s=st.floats(0.5, 9),
)
@settings(max_examples=25, deadline=None)
def test_nobody_is_accused_whose_own_lamp_was_not_red(own: str, left: str, until_s: float) -> None:
    """However much of a left turn is seen."""
    seen = found([drive(LEFT_FROM_LINE, seconds=round(until_s, 1))], own=((-30, own),), left=((-30, left),))
    assert seen.cases == () or left == "red"
