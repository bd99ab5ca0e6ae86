"""A whole queue that crosses while the light reads red shows that the light is misread; one runner does not."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.camera import Signal
from domain.cases.case import Case
from rules.acts.memory import CameraMemory
from rules.engine import REFUSED_KEPT_UNREADABLE
from tests.builders.drives import RED, CameraBuilder, Drive, Findings, engine_for, every, path, run, scenes

FED = CameraBuilder().rule("RED_LIGHT").rule("STOP_LINE").build()
LAMP = Signal(id="S1", source="lamp", lamp_region_norm=(0.9, 0.1, 0.95, 0.3))
CAMERA = FED.model_copy(update={"signals": (LAMP,)})
LINE_PX = 540.0


def vehicle(
    track_id: int,
    *,
    waits_px: float,
    goes_at_s: float | None,
    x_px: float = 900,
    until_s: float = 40,
    speed_px_s: float = 150,
) -> Drive:
    """It stands so far before the line until it goes; it leaves the picture at its upper border."""

    def place(second: float) -> tuple[float, float]:
        gone_s = 0.0 if goes_at_s is None else max(second - goes_at_s, 0.0)
        return x_px, LINE_PX + waits_px - speed_px_s * gone_s

    seconds = [second for second in every(0.2, 0, until_s) if place(second)[1] > 60]
    return Drive(track_id=track_id, sightings=path(place, seconds), label="motorcycle")


def queue(count: int, *, headway_s: float, first_s: float = 3.0, until_s: float = 40) -> list[Drive]:
    """One behind the other and side by side; each goes a headway after the one before it."""
    return [
        vehicle(
            number + 1,
            waits_px=40 + 60 * (number // 2),
            goes_at_s=first_s + number * headway_s,
            x_px=700 + 300 * (number % 2),
            until_s=until_s,
        )
        for number in range(count)
    ]


def standing(count: int, *, first_id: int = 50, until_s: float = 40) -> list[Drive]:
    return [
        vehicle(first_id + n, waits_px=40 + 80 * (n // 4), goes_at_s=None, x_px=400 + 180 * (n % 4), until_s=until_s)
        for n in range(count)
    ]


def found_in(drives: Sequence[Drive], *, signal: Sequence[tuple[float, str]] = RED, until_s: float = 40) -> Findings:
    return run(CAMERA, scenes(drives, every(0.2, 0, until_s), signal=signal))


@pytest.mark.parametrize("headway_s", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("count", [5, 8])
def test_a_whole_queue_that_crosses_at_red_gives_no_case_and_is_counted(count: int, headway_s: float) -> None:
    found = found_in(queue(count, headway_s=headway_s))
    assert found.codes == []
    assert found.refused("RED_LIGHT")["flow_on_red"] >= count - 1  # one may be lost for another reason


@pytest.mark.parametrize("stopped_s", [5, 6, 8, 10, 12])
def test_a_camera_that_is_reloaded_while_a_queue_crosses_accuses_nobody_of_it(stopped_s: float) -> None:
    """Most likely it is reloaded because its lamp is misread."""
    found = found_in(queue(8, headway_s=2.0), until_s=stopped_s)
    assert found.codes == []


@pytest.mark.parametrize("signal", [RED, ((-30, "unknown"), (0, "red"))], ids=["read", "not read at first"])
@pytest.mark.parametrize("process", ["reload", "restart"])
@pytest.mark.parametrize("stopped_s", [5, 6, 7, 8, 9, 10, 11, 12, 13])
def test_the_rest_of_the_queue_is_not_accused_by_who_comes_next(
    stopped_s: float, process: str, signal: Sequence[tuple[float, str]]
) -> None:
    """The new run follows everybody anew, and what is left of the queue is too few to show a flow by themselves."""
    drives = queue(6, headway_s=2.0, until_s=40)
    memory = CameraMemory()
    engine = engine_for(CAMERA, memory=memory)
    outputs = [output for scene in scenes(drives, every(0.2, 0, stopped_s)) for output in engine.step(scene)]
    outputs += engine.finish()
    if process == "restart":
        memory = CameraMemory.from_document(memory.document("cam-1"), "cam-1")
    after = [
        Drive(track_id=100 + each.track_id, sightings=left, label="motorcycle")
        for each in drives
        if (left := [(second, box) for second, box in each.sightings if second > stopped_s])
    ]
    engine = engine_for(CAMERA, memory=memory)
    first_s = stopped_s + 0.2
    shown = [(second if state == "unknown" else first_s + 0.4, state) for second, state in signal]
    later = scenes(after, every(0.2, first_s, 40), signal=RED if signal is RED else shown)
    outputs += [output for scene in later for output in engine.step(scene)]
    outputs += engine.finish()
    assert [output for output in outputs if isinstance(output, Case)] == []


@pytest.mark.parametrize("shift_s", [-3600.0, 3.0, 60.0])
@pytest.mark.parametrize("stopped_s", [7, 9, 12])
def test_the_rest_of_the_queue_is_not_accused_after_the_clock_was_set(stopped_s: float, shift_s: float) -> None:
    drives = queue(6, headway_s=2.0, until_s=40)
    memory = CameraMemory()
    engine = engine_for(CAMERA, memory=memory)
    outputs = [output for scene in scenes(drives, every(0.2, 0, stopped_s)) for output in engine.step(scene)]
    outputs += engine.end_epoch(timedelta(seconds=shift_s))
    after = [
        Drive(track_id=100 + each.track_id, sightings=left, label="motorcycle")
        for each in drives
        if (left := [(round(second + shift_s, 3), box) for second, box in each.sightings if second > stopped_s])
    ]
    engine = engine_for(CAMERA, memory=memory)
    first_s = stopped_s + 0.2 + shift_s
    later = scenes(after, every(0.2, first_s, 40 + shift_s), signal=((first_s + 0.4, "red"),))
    outputs += [output for scene in later for output in engine.step(scene)]
    outputs += engine.finish()
    assert [output for output in outputs if isinstance(output, Case)] == []


def test_one_runner_after_a_reload_is_a_case() -> None:
    memory = CameraMemory()
    engine = engine_for(CAMERA, memory=memory)
    first = [*standing(8), vehicle(1, waits_px=60, goes_at_s=2, x_px=1150)]
    for scene in scenes(first, every(0.2, 0, 20)):
        engine.step(scene)
    engine.finish()
    later = [*standing(8, first_id=150), vehicle(101, waits_px=60, goes_at_s=25, x_px=1150)]
    engine = engine_for(CAMERA, memory=memory)
    outputs = [output for scene in scenes(later, every(0.2, 20.2, 40)) for output in engine.step(scene)]
    assert [output.violation.code for output in outputs if isinstance(output, Case)] == ["RED_LIGHT"]


def test_a_kept_flow_that_cannot_be_read_is_counted() -> None:
    memory = CameraMemory()
    engine = engine_for(CAMERA, memory=memory)
    for scene in scenes(queue(2, headway_s=1), every(0.2, 0, 2)):
        engine.step(scene)
    engine.finish()
    memory.kept["flow_on_red"] = {"stop": "much"}
    engine = engine_for(CAMERA, memory=memory)
    for scene in scenes(queue(2, headway_s=1), every(0.2, 2.2, 3)):
        engine.step(scene)
    assert engine.refusals["flow_on_red", REFUSED_KEPT_UNREADABLE] == 1


def test_what_the_controller_reports_is_not_doubted() -> None:
    found = run(FED, scenes(queue(5, headway_s=1.0), every(0.2, 0, 40)))
    assert len(found.codes) >= 4
    assert "flow_on_red" not in found.refused("RED_LIGHT")


@given(
    headways_s=st.lists(st.floats(0.2, 2.2), min_size=5, max_size=8),
    waits_px=st.floats(25, 70),
    speed_px_s=st.floats(100, 260),
)
@settings(max_examples=12, deadline=None)
def test_no_queue_gives_a_case(headways_s: list[float], waits_px: float, speed_px_s: float) -> None:
    goes_s, drives = 3.0, []
    for number, headway_s in enumerate(headways_s):
        drives.append(
            vehicle(
                number + 1,
                waits_px=waits_px + 20 * number,
                goes_at_s=goes_s,
                x_px=500 + 150 * number,
                speed_px_s=speed_px_s,
            )
        )
        goes_s += headway_s
    assert found_in(drives).codes == []


@pytest.mark.parametrize("others", [1, 4, 8])
def test_one_runner_among_standing_vehicles_is_a_case(others: int) -> None:
    found = found_in([*standing(others), vehicle(1, waits_px=60, goes_at_s=5, x_px=1150)])
    assert found.codes == ["RED_LIGHT"]


def test_a_runner_alone_on_the_road_is_a_case() -> None:
    assert found_in([vehicle(1, waits_px=250, goes_at_s=0)]).codes == ["RED_LIGHT"]


def test_a_few_runners_among_many_who_wait_are_cases() -> None:
    runners = [vehicle(n, waits_px=60, goes_at_s=4 + n, x_px=1000 + 100 * n) for n in range(1, 4)]
    assert found_in([*standing(8), *runners]).codes == ["RED_LIGHT"] * 3


def test_who_drives_on_as_the_light_turns_red_is_not_hidden_by_those_who_crossed_at_green() -> None:
    before = queue(6, headway_s=0.5, first_s=0.5)
    runner = vehicle(20, waits_px=60, goes_at_s=14, x_px=1150)
    signal = ((-60.0, "red"), (-30.0, "green"), (9.0, "red"))
    assert found_in([*before, *standing(4), runner], signal=signal).codes == ["RED_LIGHT"]


def test_a_queue_is_forgotten_when_the_light_has_turned() -> None:
    signal = ((-30.0, "green"), (-20.0, "red"), (20.0, "green"), (30.0, "red"))
    drives = [*queue(6, headway_s=1.0), *standing(2, until_s=60), vehicle(20, waits_px=60, goes_at_s=38, until_s=60)]
    found = found_in(drives, signal=signal, until_s=60)
    assert found.codes == ["RED_LIGHT"]
    assert found.refused("RED_LIGHT")["flow_on_red"] >= 5


def test_a_picture_without_a_reading_does_not_hide_the_flow() -> None:
    signal = (*RED, (6.1, "unknown"), (6.3, "red"))
    assert found_in(queue(8, headway_s=1.0), signal=signal).codes == []


def test_where_crossing_is_usual_more_is_asked_for() -> None:
    """Four of five turn on red, phase after phase: once that is known to be usual here, it is no flow."""
    phases, phase_s = 40, 30.0
    signal = [(-60.0, "green")]
    drives: list[Drive] = []
    for phase in range(phases):
        began_s = phase * phase_s
        signal += [(began_s, "red"), (began_s + 22, "green")]
        drives += [
            _coming(100 * phase + n, from_s=began_s + 3, goes_at_s=began_s + 5 + 2 * n, x_px=500 + 120 * n)
            for n in range(4)
        ]
        drives.append(_coming(100 * phase + 9, from_s=began_s + 3, goes_at_s=began_s + 24, x_px=1200))
    found = run(CAMERA, scenes(drives, every(0.5, 0, phases * phase_s), signal=signal))
    flows = found.refused("RED_LIGHT")["flow_on_red"]
    assert 4 * 5 < flows < 4 * 20
    assert len(found.codes) == 4 * phases - flows


def _coming(track_id: int, *, from_s: float, goes_at_s: float, x_px: float) -> Drive:
    """Seen from an instant on, it waits at the line, and goes."""
    whole = vehicle(track_id, waits_px=50, goes_at_s=goes_at_s - from_s, x_px=x_px, until_s=30)
    return Drive(track_id=track_id, sightings=[(from_s + second, box) for second, box in whole.sightings], label="car")
