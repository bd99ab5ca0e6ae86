"""Mistakes of a drawing that is a valid file all the same are named, with place and remedy; sound ones are not."""

import json
import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.camera import CameraConfig, Line, LineKind, Turn, ZoneKind
from matthan.drawing.calibration import described
from matthan.drawing.gates import way_between
from matthan.drawing.mistakes import drawing_mistakes
from tests.builders.drives import CameraBuilder
from tests.builders.rule_scenes import SCENES, approach
from tests.builders.surface_rule import THINGS

SQUARE = ((0.3, 0.3), (0.6, 0.3), (0.6, 0.6), (0.3, 0.6))
Point = tuple[float, float]


def of(camera: CameraConfig) -> list[tuple[str, str, bool]]:
    return [(".".join(map(str, item.place)), item.problem, item.certain) for item in drawing_mistakes(camera)]


def ground(point: Point) -> Point:
    """A camera 6 m above the road: what a point of the picture shows, metres east and north."""
    x, y = point
    distance = 6.8 / (y - 0.1)
    return ((x - 0.5) * distance / 0.57, distance - 8.0)


MEASURED: tuple[Point, ...] = ((0.1, 0.95), (0.9, 0.95), (0.3, 0.6), (0.7, 0.6), (0.4, 0.35), (0.65, 0.35), (0.5, 0.8))


def calibrated(
    points: Sequence[Point] = MEASURED, *, moved: int | None = None, by_m: float = 3.0, error_m: float = 0.0
) -> CameraBuilder:
    rows = []
    for index, point in enumerate(points):
        east, north = ground(point)
        off = by_m if index == moved else 0.0
        rows.append((point, (east + off + error_m * math.sin(9 * index), north + error_m * math.cos(7 * index))))
    return CameraBuilder().ground_points(*rows)


@pytest.mark.parametrize("number", range(len(SCENES)))
def test_sound_drawings_have_no_mistake(number: int) -> None:
    assert of(SCENES[number].camera) == []


def test_a_border_that_crosses_itself_is_named_with_the_place() -> None:
    bow = ((0.2, 0.2), (0.6, 0.6), (0.6, 0.2), (0.2, 0.6))
    ((place, problem, certain),) = of(CameraBuilder().zone("bow", ZoneKind.LANE, *bow).build())
    assert (place, certain) == ("zones.0.polygon_norm", True)
    assert "crosses itself near [0.400, 0.400]" in problem


@given(st.integers(3, 12), st.floats(0.1, 0.4), st.floats(0, 6))
def test_a_border_drawn_in_order_is_never_called_crossing(corners: int, radius: float, turned: float) -> None:
    around = [turned + 2 * math.pi * index / corners for index in range(corners)]
    polygon = tuple((0.5 + radius * math.cos(angle), 0.5 + radius * math.sin(angle)) for angle in around)
    assert of(CameraBuilder().zone("z", ZoneKind.PAVEMENT, *polygon).build()) == []


def test_zones_that_hold_no_vehicle_are_named() -> None:
    tiny = ((0.5, 0.5), (0.51, 0.5), (0.51, 0.51))
    ((_, problem, certain),) = of(CameraBuilder().zone("tiny", ZoneKind.LANE, *tiny).build())
    assert "no vehicle that is found fits" in problem
    assert not certain
    near = ((0.5, 0.9), (0.53, 0.9), (0.53, 0.93), (0.5, 0.93))
    assert of(CameraBuilder().zone("near", ZoneKind.LANE, *near).build()) == []
    ((_, problem, _),) = of(calibrated().zone("near", ZoneKind.LANE, *near).build())
    assert "m2: no vehicle fits" in problem
    assert of(CameraBuilder().zone("window", ZoneKind.PRIVACY_MASK, *tiny).build()) == []


def test_what_a_kind_has_no_use_for_is_named() -> None:
    builder = CameraBuilder().zone("p", ZoneKind.PAVEMENT, *SQUARE, direction_norm=((0.4, 0.4), (0.4, 0.5)))
    builder.zone("l", ZoneKind.LANE, *SQUARE, direction_norm=((0.8, 0.4), (0.8, 0.5)))
    builder.zone("j", ZoneKind.JUNCTION, *SQUARE, open_to=("bus",))
    assert [(place, problem.split(": ")[1]) for place, problem, _ in of(builder.build())] == [
        ("zones.0.direction_norm", "only lanes have a direction"),
        ("zones.1.direction_norm", "its direction's arrow lies outside it"),
        ("zones.2.open_to", "open_to means nothing for the kind junction"),
    ]


def test_what_lies_where_nothing_is_looked_for_is_named() -> None:
    builder = CameraBuilder().zone("blind", ZoneKind.IGNORE, (0, 0.25), (0.55, 0.25), (0.55, 0.7), (0, 0.7))
    builder.zone("lane", ZoneKind.LANE, *SQUARE)
    assert [place for place, _, _ in of(builder.build())] == ["zones.1.polygon_norm", "lines.0.points_norm"]


def test_lines_on_the_edge_and_lines_too_short_are_named() -> None:
    builder = CameraBuilder().line("edge", LineKind.SOLID_LINE, (0.0, 0.2), (0.001, 0.9), beyond=(0.5, 0.5))
    builder.line("dot", LineKind.GATE, (0.5, 0.9), (0.51, 0.9), beyond=(0.5, 0.1))
    assert [(place, certain) for place, _, certain in of(builder.build())] == [
        ("lines.1.points_norm", True),
        ("lines.2.points_norm", False),
    ]
    short = calibrated().line("short", LineKind.SOLID_LINE, (0.5, 0.9), (0.5, 0.8), beyond=(0.6, 0.85))
    assert ["m long: too short" in problem for _, problem, _ in of(short.build())] == [True]


def crossroads(**beyond: Point) -> CameraBuilder:
    builder = CameraBuilder()
    for name, start, end in (
        ("south", (0.3, 0.8), (0.7, 0.8)),
        ("north", (0.4, 0.2), (0.6, 0.2)),
        ("west", (0.2, 0.3), (0.2, 0.7)),
        ("east", (0.8, 0.3), (0.8, 0.7)),
    ):
        builder.line(name, LineKind.GATE, start, end, beyond=beyond.get(name, (0.5, 0.5)))
    return builder


@pytest.mark.parametrize(
    ("gate", "beyond"), [("south", (0.5, 0.9)), ("north", (0.5, 0.1)), ("west", (0.1, 0.5)), ("east", (0.9, 0.5))]
)
def test_the_gate_that_looks_away_is_named_and_no_other(gate: str, beyond: Point) -> None:
    assert of(crossroads().build()) == []
    ((place, problem, certain),) = of(crossroads(**{gate: beyond}).build())
    assert problem.startswith(f"gate {gate}: ")
    assert (place.rpartition(".")[2], certain) == ("beyond_norm", True)


def test_gates_that_enclose_nothing_are_named() -> None:
    builder = CameraBuilder().line("in", LineKind.GATE, (0.2, 0.7), (0.4, 0.7), beyond=(0.3, 0.6))
    builder.line("out", LineKind.GATE, (0.6, 0.7), (0.8, 0.7), beyond=(0.7, 0.8))
    ((_, problem, certain),) = of(builder.build())
    assert "gates in, out: no place of the picture lies beyond them all" in problem
    assert certain


def test_two_junctions_in_one_picture_are_told_apart_by_their_movements() -> None:
    builder = CameraBuilder()
    builder.line("a1", LineKind.GATE, (0.1, 0.9), (0.4, 0.9), beyond=(0.2, 0.7))
    builder.line("a2", LineKind.GATE, (0.1, 0.6), (0.4, 0.6), beyond=(0.2, 0.7))
    builder.line("b1", LineKind.GATE, (0.1, 0.5), (0.4, 0.5), beyond=(0.2, 0.4))
    builder.line("b2", LineKind.GATE, (0.1, 0.2), (0.4, 0.2), beyond=(0.2, 0.4))
    builder.movement("a", "a1", "a2", Turn.AHEAD).movement("b", "b1", "b2", Turn.AHEAD)
    assert of(builder.build()) == []


def test_movements_that_cannot_be_are_named() -> None:
    builder = crossroads().movement("back", "south", "south", Turn.LEFT).movement("a", "south", "north", Turn.AHEAD)
    builder.movement("b", "south", "north", Turn.AHEAD, banned_for=("car",))
    builder.movement("c", "west", "north", Turn.LEFT, banned=False, banned_for=("car",))
    assert [place for place, _, _ in of(builder.build())] == [
        "movements.0.turn",
        "movements.2",
        "movements.3.banned_for",
    ]


@pytest.mark.parametrize(("rule", "open_to"), [("WRONG_WAY", ()), ("WRONG_LANE", ("bus",))])
def test_a_lane_that_a_rule_leaves_out_for_want_of_a_direction_is_named(rule: str, open_to: tuple[str, ...]) -> None:
    builder = CameraBuilder().zone("lane", ZoneKind.LANE, *SQUARE, open_to=open_to)
    assert of(builder.build()) == []
    ((place, problem, _),) = of(builder.rule(rule).build())
    assert place == "zones.0"
    assert f"so {rule} does not judge it" in problem


def test_a_class_for_which_a_road_is_both_closed_and_open_is_named() -> None:
    builder = CameraBuilder().zone("closed", ZoneKind.CLOSED_ROAD, *SQUARE, open_to=("bus", "truck"))
    assert of(builder.rule("PROHIBITED_ROAD", closed_to=["car"]).build()) == []
    ((place, problem, certain),) = of(builder.rule("PROHIBITED_ROAD", closed_to=["truck"]).build())
    assert (place, certain) == ("rules.1.parameters.closed_to", True)
    assert problem.startswith("truck: closed_to says closed")


def test_points_that_agree_are_stated_and_no_mistake() -> None:
    camera = calibrated(error_m=0.05).build()
    assert of(camera) == []
    assert described(camera).startswith("lengths in metres (7 ground points, rms 0.0")
    assert "ground not calibrated" in described(CameraBuilder().build())
    assert "measure a fifth" in described(calibrated(MEASURED[:4]).build())


@given(st.integers(0, len(MEASURED) - 1), st.floats(4, 40), st.booleans())
@settings(deadline=None)
def test_the_point_that_contradicts_the_others_is_named(moved: int, by_m: float, negative: bool) -> None:
    camera = calibrated(moved=moved, by_m=-by_m if negative else by_m, error_m=0.02).build()
    place, problem, certain = of(camera)[-1]
    assert (place, certain) == (f"ground_points.{moved}", True)
    assert "contradict each other" in problem
    assert abs(float(problem.rpartition("lies ")[2].split()[0]) - by_m) < 0.5, "by how much is stated"


def test_points_that_are_too_few_in_one_line_in_one_corner_or_elsewhere_are_named() -> None:
    few = of(calibrated(MEASURED[:3]).build())
    line = of(CameraBuilder().ground_points(*(((0.1 * n, 0.5), (float(n), 0.0)) for n in range(1, 6))).build())
    corner = of(calibrated(((0.1, 0.9), (0.2, 0.9), (0.2, 0.98), (0.1, 0.98), (0.15, 0.95))).build())
    near = calibrated(((0.1, 0.99), (0.9, 0.99), (0.9, 0.8), (0.1, 0.8), (0.5, 0.85)))
    near.zone("far", ZoneKind.LANE, (0.45, 0.17), (0.55, 0.17), (0.55, 0.25), (0.45, 0.25))
    elsewhere = of(near.zone("sky", ZoneKind.LANE, (0.4, 0.02), (0.6, 0.02), (0.6, 0.3)).build())
    assert "are no calibration" in few[0][1]
    assert ("lie in one line" in line[0][1], line[0][2]) == (True, True)
    assert "in one corner only" in corner[0][1]
    problem = elsewhere[0][1]
    assert "to measure far (" in problem
    assert "sky (above the horizon)" in problem
    assert "stop" not in problem


@given(st.floats(0.1, 0.9), st.floats(0.1, 0.9))
def test_a_movement_is_drawn_from_gate_to_gate(x: float, y: float) -> None:
    one = Line(id="a", kind=LineKind.GATE, points_norm=((0.0, 0.0), (0.0, 1.0)), beyond_norm=(x, y))
    other = Line(id="b", kind=LineKind.GATE, points_norm=((1.0, 0.0), (1.0, 1.0)), beyond_norm=(x, y))
    way = way_between(one, other)
    assert (way[0], way[-1]) == ((0.0, 0.5), (1.0, 0.5))
    assert way_between(one, one)[0] == pytest.approx((0.0, 0.3))


def test_a_zone_whose_ground_is_asked_for_and_too_small_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matthan.drawing.ground_mistakes.RULES", {"THINGS": THINGS})
    monkeypatch.setattr("rules.registry.RULES", {"THINGS": THINGS})
    small = ((0.3, 0.3), (0.33, 0.3), (0.33, 0.34), (0.3, 0.34))
    ((place, problem, certain),) = of(CameraBuilder().zone("P1", ZoneKind.PAVEMENT, *small).rule("THINGS").build())
    assert (place, certain) == ("zones.0.polygon_norm", False)
    assert "needed to tell what lies on its ground" in problem
    large = CameraBuilder().zone("P1", ZoneKind.PAVEMENT, *SQUARE).rule("THINGS").build()
    assert of(large) == []
    nobody_asks = CameraBuilder().zone("P1", ZoneKind.PAVEMENT, *small).build()
    assert of(nobody_asks) == []


PERMIT = ((0.35, 0.35), (0.5, 0.35), (0.5, 0.5), (0.35, 0.5))


def test_a_permitted_place_needs_a_permit_and_a_pavement_around_it() -> None:
    sound = CameraBuilder().zone("p", ZoneKind.PAVEMENT, *SQUARE)
    assert of(sound.zone("ok", ZoneKind.PERMITTED_USE, *PERMIT, instrument="GP 3/2026").build()) == []
    alone = CameraBuilder().zone("alone", ZoneKind.PERMITTED_USE, *PERMIT).build()
    assert [(place, "no permit" in problem, "no pavement" in problem) for place, problem, _ in of(alone)] == [
        ("zones.0", True, False),
        ("zones.0", False, True),
    ]
    whole = CameraBuilder().zone("p", ZoneKind.PAVEMENT, *PERMIT)
    ((place, problem, certain),) = of(whole.zone("all", ZoneKind.PERMITTED_USE, *SQUARE, instrument="GP 3").build())
    assert (place, certain) == ("zones.0", False)
    assert "nothing there is ever told" in problem


def test_a_width_that_must_stay_free_belongs_to_a_pavement_that_is_wider() -> None:
    ((place, problem, _),) = of(CameraBuilder().zone("m", ZoneKind.MEDIAN, *SQUARE, free_width_m=1.5).build())
    assert place == "zones.0.free_width_m"
    assert "means nothing for the kind median" in problem
    strip = ((0.55, 0.5), (0.65, 0.5), (0.65, 0.9), (0.55, 0.9))
    assert of(calibrated().zone("p", ZoneKind.PAVEMENT, *strip, free_width_m=0.5).build()) == []
    ((_, problem, _),) = of(calibrated().zone("p", ZoneKind.PAVEMENT, *strip, free_width_m=9.5).build())
    assert "m wide, and 9.5 m of it must stay free" in problem


def lamps() -> CameraBuilder:
    """An approach with an arrow of its own for the left, drawn as it should be."""
    builder = approach().signal("LEFT").rule("RED_LIGHT")
    builder.movement("ahead", "south-in", "north", Turn.AHEAD, banned=False)
    return builder.movement("left", "south-in", "west", Turn.LEFT, banned=False, signal="LEFT")


def test_lamps_of_an_approach_drawn_as_they_should_be_have_no_mistake() -> None:
    assert of(lamps().build()) == []


def test_a_movement_with_a_lamp_whose_stop_line_names_no_gate() -> None:
    builder = lamps()
    builder.gate = None
    ((place, problem, certain),) = of(builder.build())
    assert (place, certain) == ("movements.1.signal", True)
    assert "no stop line names south-in as its gate" in problem


def test_a_stop_line_whose_gate_leads_nowhere() -> None:
    builder = lamps()
    builder.gate = "east"
    problems = [problem for _, problem, _ in of(builder.build())]
    assert "line stop: no movement begins at its gate east" in problems


def test_one_movement_that_two_lamps_govern() -> None:
    camera = lamps().signal("S2").build()
    second = camera.lines[0].model_copy(update={"id": "stop-2", "signal": "S2"})
    ((place, problem, certain),) = of(camera.model_copy(update={"lines": (*camera.lines, second)}))
    assert (place, certain) == ("lines.6.signal", True)
    assert "two lamps govern ahead" in problem


def test_a_lamp_that_governs_nobody_and_a_gate_of_a_gate() -> None:
    ((place, problem, certain),) = of(lamps().signal("S9").build())
    assert (place, certain) == ("signals.2", False)
    assert "S9 governs no stop line and no movement" in problem
    camera = lamps().build()
    gate = camera.lines[1].model_copy(update={"gate": "north"})
    ((place, problem, _),) = of(camera.model_copy(update={"lines": (camera.lines[0], gate, *camera.lines[2:])}))
    assert (place, problem) == ("lines.1.gate", "line south-in: a stop line has a gate, not a gate")


@pytest.mark.parametrize(
    ("part", "changed", "told"),
    [
        ("lines", {"gate": "nowhere"}, "nowhere is not among the lines of kind gate"),
        ("movements", {"signal": "S7"}, "signal S7 is not among signals"),
        ("movements", {"signal": "LEFT", "on_red": True}, "on_red says that no lamp stops it"),
    ],
)
def test_names_that_lead_nowhere_are_no_camera(part: str, changed: dict[str, object], told: str) -> None:
    document = lamps().build().model_dump(mode="json")
    document[part][0] |= changed
    with pytest.raises(ValidationError, match=told):
        CameraConfig.model_validate_json(json.dumps(document))


DIP = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.9), (0.2, 0.9))


def low_spot(*levels: float, corners: Sequence[Point] = DIP) -> CameraConfig:
    builder = CameraBuilder().zone("dip", ZoneKind.LOW_SPOT, *corners)
    for number, level in enumerate(levels):
        builder.line(f"level-{number}", LineKind.WATERLINE, (0.1, level), (0.9, level), beyond=(0.5, 0.99))
    return builder.build()


def test_a_low_spot_has_one_waterline_and_ground_on_both_of_its_sides() -> None:
    assert of(low_spot(0.5)) == []
    ((place, problem, certain),) = of(low_spot())
    assert (place, certain) == ("zones.0.polygon_norm", False)
    assert "low spot dip has 0 lines of kind waterline across it" in problem
    ((_, problem, _),) = of(low_spot(0.5, 0.6))
    assert "has 2 lines" in problem
    ((place, problem, _),) = of(low_spot(0.89))
    assert (place, "shows 0 cells of 16 pixels below its waterline" in problem) == ("zones.0.polygon_norm", True)
    told = of(low_spot(0.95))
    assert [place for place, _, _ in told] == ["lines.1.points_norm", "zones.0.polygon_norm"]
    assert "waterline level-0 crosses no zone of kind low_spot" in told[0][1]
