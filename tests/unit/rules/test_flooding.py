"""FLOODING: water that stands up to the line and stays is one alert; what goes, or is unknown, is none."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.console.words import WORDS
from domain.alert import Alert, AlertEnd
from domain.alert_words import ALERT_WORDS, TO_DO_WORDS
from domain.camera import LineKind, ZoneKind
from domain.seen.looks import Look, WaterReading
from domain.seen.scene import Scene
from domain.seen.view import ViewState
from rules.acts.memory import CameraMemory
from rules.registry import rule_problems
from tests.builders.drives import CameraBuilder, at, engine_for, run
from tests.builders.low_spot_scenes import DEEP, DIP, LEVEL, Water, low_spot

FLOOD = low_spot(min_time_s=60.0).build()


def alerts_of(scenes: Sequence[Scene], *, restarts_at: float | None = None) -> list[Alert]:
    """What is told, perhaps over a restart with the camera's memory."""
    memory = CameraMemory()
    engine = engine_for(FLOOD, memory=memory)
    outputs = []
    for scene in scenes:
        if restarts_at is not None and scene.at >= at(restarts_at):
            outputs += engine.finish()
            memory, restarts_at = CameraMemory.from_document(memory.document("x"), "x"), None
            engine = engine_for(FLOOD, memory=memory)
        outputs += engine.step(scene)
    outputs += engine.finish()
    return [one for one in outputs if isinstance(one, Alert)]


def test_water_up_to_the_line_is_one_alert_that_ends_when_it_has_gone() -> None:
    found = run(FLOOD, Water(from_s=10, to_s=300).scenes(400))
    begun, ended = found.alerts
    assert (begun.rule, begun.place_id, begun.began_at, begun.end) == ("FLOODING", "dip", at(10), None)
    assert (begun.label, begun.measurements["strength"]) == ("water", 1.5)
    assert ended.alert_id == begun.alert_id
    assert ended.end is AlertEnd.OVER
    assert found.cases == ()


@pytest.mark.parametrize("water", [Water(to_s=60), Water(to_s=10)], ids=["for_a_moment", "none"])
def test_what_goes_soon_is_none(water: Water) -> None:
    assert run(FLOOD, water.scenes(300)).alerts == ()


def test_unknown_ground_begins_nothing_is_counted_once_a_look_and_ends_it_as_not_watched() -> None:
    never = run(FLOOD, Water(unknown=[(0, 400)]).scenes(300))
    assert never.alerts == ()
    assert never.refused("FLOODING")["water_unknown"] == 61
    short = run(FLOOD, Water(to_s=300, unknown=[(150, 155)]).scenes(400))
    assert [alert.end for alert in short.alerts] == [None, AlertEnd.OVER]
    long = run(FLOOD, Water(to_s=500, unknown=[(150, 200)]).scenes(190))
    assert [alert.end for alert in long.alerts] == [None, AlertEnd.NOT_WATCHED]


@pytest.mark.parametrize("view", [ViewState.MOVED, ViewState.COVERED, ViewState.BLINDED, ViewState.UNSTEADY])
def test_a_view_that_is_not_sound_begins_nothing(view: ViewState) -> None:
    assert run(FLOOD, Water().scenes(300, view=lambda _: view)).alerts == ()


def test_a_clock_that_is_off_begins_nothing() -> None:
    found = run(FLOOD, Water().scenes(300, clock_error_ms=lambda _: 60_000.0))
    assert found.alerts == ()
    assert found.refused("FLOODING")["suspended_clock_off"] == 1


def test_a_jam_in_the_water_is_no_reason_to_be_silent() -> None:
    assert len(run(FLOOD, Water(to_s=300).scenes(400)).alerts) == 2


@pytest.mark.parametrize("second", [30.0, 69.0, 71.0, 200.0])
def test_over_a_restart_it_stands_once(second: float) -> None:
    told = alerts_of(list(Water(from_s=10, to_s=500).scenes(400)), restarts_at=second)
    begun = [one for one in told if one.end is None]
    standing = {one.alert_id for one in begun} - {one.alert_id for one in told[:-1] if one.end is not None}
    assert len(standing) == 1
    assert len({one.alert_id for one in begun}) == len(begun) <= 2
    assert all(one.end is AlertEnd.NOT_WATCHED for one in told if one.end is not None)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 300), st.floats(1, 90)), max_size=4),
    st.floats(0, 100),
    st.floats(0, 300),
    st.none() | st.floats(1, 400),
)
def test_beginnings_and_ends_alternate_whatever_the_water_does(
    gaps: list[tuple[float, float]], from_s: float, lasts_s: float, restarts_at: float | None
) -> None:
    water = Water(from_s=from_s, to_s=from_s + lasts_s, unknown=[(start, start + long) for start, long in gaps])
    told = alerts_of(list(water.scenes(420)), restarts_at=restarts_at)
    ends = [one.end for one in told]
    assert all((end is None) == (number % 2 == 0) for number, end in enumerate(ends))
    assert len(ends) % 2 == 0
    assert told == alerts_of(list(water.scenes(420)), restarts_at=restarts_at)
    if lasts_s < 60:
        assert told == []


def test_operators_have_words_for_it_and_its_measurements() -> None:
    alert = run(FLOOD, Water(to_s=300).scenes(200)).alerts[0]
    assert alert.rule in ALERT_WORDS
    assert alert.rule in TO_DO_WORDS
    assert [name for name in alert.measurements if f"measure.{name}" not in WORDS] == []


def test_only_low_spots_of_the_rule_are_looked_at() -> None:
    other = low_spot().zone("pavement", ZoneKind.PAVEMENT, (0, 0), (0.1, 0), (0.1, 0.1)).build()
    assert engine_for(other).places_to_look_at(Look.WATER) == {"dip"}
    assert engine_for(other).places_to_look_at(Look.SURFACE) == frozenset()


def test_an_unknown_reading_tells_of_no_water() -> None:
    reading = Water(unknown=[(0, 9)]).reading(0)
    with pytest.raises(ValueError, match="dip: a reading that is unknown"):
        WaterReading(zone_id="dip", at=at(0), unknown=reading.unknown, since=at(0))


class TestWhatIsMissing:
    def test_no_low_spot(self) -> None:
        camera = CameraBuilder().rule("FLOODING").build()
        (problem,) = map(str, rule_problems(camera, camera.rules[0]))
        assert "no zone of kind low_spot is drawn" in problem

    def test_no_waterline_or_two(self) -> None:
        camera = CameraBuilder().zone("dip", ZoneKind.LOW_SPOT, *DIP).rule("FLOODING").build()
        (problem,) = map(str, rule_problems(camera, camera.rules[0]))
        assert "low spot dip needs one line of kind waterline across it, drawn: none | draw how far" in problem
        camera = low_spot().line("second", LineKind.WATERLINE, *LEVEL, beyond=DEEP).build()
        (problem,) = map(str, rule_problems(camera, camera.rules[0]))
        assert "drawn: level, second" in problem

    def test_a_line_along_the_border(self) -> None:
        camera = (
            CameraBuilder()
            .zone("dip", ZoneKind.LOW_SPOT, *DIP)
            .line("level", LineKind.WATERLINE, (0.2, 0.2), (0.8, 0.2), beyond=DEEP)
            .rule("FLOODING")
            .build()
        )
        (problem,) = map(str, rule_problems(camera, camera.rules[0]))
        assert "low spot dip" in problem
