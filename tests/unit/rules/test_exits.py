"""RED_LIGHT where a right turn on red is allowed: the way out must be clear before anyone is reported."""

import random

import pytest

from domain.camera import VehicleSide, ZoneKind
from rules.kit.line.ruling import REFUSED_EXIT_UNKNOWN
from rules.offences.red_light import REFUSED_LAWFUL_TURN
from tests.builders.drives import RED, CameraBuilder, Drive, Findings, every, path, run, scenes

RIGHT = ((0.8, 0.2), (1.0, 0.2), (1.0, 0.45), (0.8, 0.45))
AHEAD = ((0.3, 0.0), (0.7, 0.0), (0.7, 0.12), (0.3, 0.12))
GROUND = (
    ((0.2, 0.9), (-4.0, 14.0)),
    ((0.8, 0.9), (4.0, 14.0)),
    ((0.35, 0.5), (-4.0, 25.0)),
    ((0.65, 0.5), (4.0, 25.0)),
)


def found(drive: Drive, *, other: bool = False, calibrated: bool = False, until_s: float = 16) -> Findings:
    builder = CameraBuilder(sees=VehicleSide.REARS).zone("right", ZoneKind.JUNCTION, *RIGHT)
    builder.zone("ahead", ZoneKind.JUNCTION, *AHEAD)
    builder.rule("RED_LIGHT", lawful_exit_zones=["right"], other_exit_zones=["ahead"] if other else [])
    camera = builder.ground_points(*GROUND).build() if calibrated else builder.build()
    return run(camera, scenes([drive], every(0.1, 0, until_s), signal=RED))


def straight(until_px: float, *, stop_px: float = -1e9) -> Drive:
    ways = [(second, (900.0, 900 - 120 * second)) for second in every(0.1, 0, 8)]
    places = {second: place for second, place in ways if place[1] >= until_px}
    return Drive(
        track_id=1, sightings=path(lambda second: (900, max(places[second][1], stop_px)), places), label="motorcycle"
    )


@pytest.mark.parametrize("calibrated", [False, True])
def test_straight_past_the_exit_is_a_case(calibrated: bool) -> None:
    assert found(straight(150), calibrated=calibrated).codes == ["RED_LIGHT"]


@pytest.mark.parametrize("calibrated", [False, True])
def test_lost_before_it_is_past_the_exit_nobody_knows(calibrated: bool) -> None:
    seen = found(straight(440), calibrated=calibrated)
    assert seen.refused("RED_LIGHT") == {REFUSED_EXIT_UNKNOWN: 1}


def test_seen_in_another_exit_it_is_clear() -> None:
    assert found(straight(100), other=True).codes == ["RED_LIGHT"]


@pytest.mark.parametrize("calibrated", [False, True])
def test_the_lawful_turn_is_no_case(calibrated: bool) -> None:
    drive = Drive(
        track_id=1,
        sightings=path(
            lambda second: (900 + max(0.0, 260 * (second - 4)), max(900 - 120 * second, 400)), every(0.1, 0, 8)
        ),
        label="motorcycle",
    )
    seen = found(drive, calibrated=calibrated)
    assert seen.refused("RED_LIGHT") == {REFUSED_LAWFUL_TURN: 1}


@pytest.mark.parametrize("until_s", every(0.4, 4.0, 6.4))
@pytest.mark.parametrize("calibrated", [False, True])
def test_a_lawful_turn_that_is_lost_on_the_way_is_never_a_case(calibrated: bool, until_s: float) -> None:
    drive = Drive(
        track_id=1,
        sightings=path(
            lambda second: (900 + max(0.0, 260 * (second - 4)), max(900 - 120 * second, 400)), every(0.1, 0, until_s)
        ),
        label="motorcycle",
    )
    assert found(drive, calibrated=calibrated).cases == ()


@pytest.mark.parametrize("seed", range(5))
def test_one_that_shakes_where_it_stands_heads_nowhere(seed: int) -> None:
    """It ran the red, passed the exit, and waits beyond it for the traffic: its shaking points at no exit."""
    chance = random.Random(seed)
    drive = straight(0, stop_px=160)
    shaken = [
        (second, (box[0] + chance.gauss(0, 2), box[1], box[2] + chance.gauss(0, 2), box[3] + chance.gauss(0, 2)))
        for second, box in drive.sightings
    ]
    assert found(Drive(track_id=1, sightings=shaken, label="motorcycle")).codes == ["RED_LIGHT"]


def towards_the_camera(*, until_s: float, aside_px: float = 0.0) -> Findings:
    """Down the picture over a line in its middle; boxes end where the picture does. An exit lies at its left border."""
    builder = CameraBuilder(sees=VehicleSide.FRONTS)
    builder.zone("right", ZoneKind.JUNCTION, (0.0, 0.6), (0.25, 0.6), (0.15, 0.85), (0.0, 0.85))
    camera = builder.rule("RED_LIGHT", lawful_exit_zones=["right"]).build()
    down = camera.lines[0].model_copy(update={"beyond_norm": (0.5, 0.9)})
    camera = camera.model_copy(update={"lines": (down,)})

    def place(second: float) -> tuple[float, float]:
        return 900 - aside_px * max(0.0, second - 4), 300 + 100 * second

    whole = path(place, every(0.1, 0, until_s), width_px=90, height_px=160)
    cut = [(at, (max(x1, 0.0), y1, x2, min(y2, 1080.0))) for at, (x1, y1, x2, y2) in whole if y1 < 1070 and x2 > 10]
    drive = Drive(track_id=1, sightings=cut, label="motorcycle")
    return run(camera, scenes([drive], every(0.1, 0, 16), signal=RED))


def test_out_of_the_picture_by_a_border_that_no_lawful_exit_reaches_is_a_case() -> None:
    assert towards_the_camera(until_s=9, aside_px=60).codes == ["RED_LIGHT"]


def test_out_of_the_picture_by_the_border_of_a_lawful_exit_nobody_knows() -> None:
    assert towards_the_camera(until_s=9, aside_px=230).cases == ()


@pytest.mark.parametrize("until_s", every(0.2, 6.0, 7.8))
def test_lost_before_it_is_out_of_the_picture_is_no_case(until_s: float) -> None:
    assert towards_the_camera(until_s=until_s, aside_px=60).cases == ()


def test_seen_aslant_an_exit_that_still_lies_ahead_along_the_stop_line_is_not_left_behind() -> None:
    """The lane goes up and to the left; at right angles to it in the picture the exit would be behind already."""
    builder = CameraBuilder(sees=VehicleSide.REARS)
    builder.zone("right", ZoneKind.JUNCTION, (0.54, 0.49), (0.59, 0.54), (1.0, 0.5), (1.0, 0.46), (0.81, 0.47))
    camera = builder.rule("RED_LIGHT", lawful_exit_zones=["right"]).build()
    line = camera.lines[0].model_copy(update={"points_norm": ((0.38, 0.68), (0.61, 0.65)), "beyond_norm": (0.45, 0.5)})
    camera = camera.model_copy(update={"lines": (line,)})

    def place(second: float) -> tuple[float, float]:
        return 1200 - 60 * second, 960 - 80 * second

    for until_s in every(0.4, 3.2, 4.0):
        drive = Drive(
            track_id=1,
            sightings=path(place, every(0.1, 0, until_s), width_px=60, height_px=120),
            label="motorcycle",
        )
        assert run(camera, scenes([drive], every(0.1, 0, 16), signal=RED)).cases == ()
