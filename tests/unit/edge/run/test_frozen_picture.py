"""A camera or recorder that repeats one picture, its time running on: nobody stays in it."""

from collections.abc import Callable, Iterable

import pytest

from domain.camera import Signal, ZoneKind
from domain.cases.case import Case
from domain.geometry import ImageBgr
from domain.seen.frame import BgrPicture, Frame
from domain.seen.timeline import SignalState
from domain.seen.view import ViewState
from edge.run.camera_run import CameraRun
from tests.builders.drives import CameraBuilder, at, box_at, detections, every
from tests.builders.still_street import StillStreet
from tests.unit.edge.run.test_camera_run import run_of

ONE = StillStreet().picture(0)
CAR = detections([(box_at(100, 300, width_px=60, height_px=60), "car")])
REFUSED = ("PARK_PAVEMENT", "not_watched_before_threshold")
STEP_S = 1.0


def street() -> CameraRun:
    builder = CameraBuilder().zone("pavement", ZoneKind.PAVEMENT, (0, 0), (0.5, 0), (0.5, 1), (0, 1))
    camera = builder.rule("PARK_PAVEMENT", threshold_s=60.0).build()
    lamp = Signal(id="S1", source="lamp", lamp_region_norm=(0.0, 0.0, 0.25, 1.0))
    return run_of(camera.model_copy(update={"signals": (lamp,)}))


def noisy(second: float) -> ImageBgr:
    """The same picture with one pixel that is never as before."""
    image = ONE.copy()
    image[17, 5, 1] = round(second / STEP_S) % 256
    return image


def cases(run: CameraRun, seconds: Iterable[float], picture: Callable[[float], ImageBgr]) -> list[Case]:
    found: list[Case] = []
    for second in seconds:
        frame = Frame(
            camera_id="cam-1",
            index=0,
            captured_at=at(second),
            clock_error_ms=5.0,
            picture=BgrPicture(picture(second)),
        )
        found += [item for item in run.judge(run.look(frame, CAR)) or () if isinstance(item, Case)]
    return found


@pytest.mark.parametrize("copied", [False, True])
def test_who_stands_in_one_repeated_picture_is_no_case(copied: bool) -> None:
    run = street()
    assert cases(run, every(STEP_S, 0, 120), lambda _: ONE.copy() if copied else ONE) == []
    assert run.view.finding.state is ViewState.FROZEN
    assert "not one bit differs" in run.view.finding.words
    assert run.refusals["PARK_PAVEMENT", "suspended_picture_frozen"] == 1
    assert run.view.bank is not None
    assert not any(one.learned for one in run.view.bank.references.values()), "it teaches nothing"


def test_one_other_pixel_a_second_is_a_living_picture() -> None:
    run = street()
    (case,) = cases(run, every(STEP_S, 0, 120), noisy)
    assert case.began_at == at(0)
    assert run.view.finding.state is ViewState.SOUND


def test_a_stay_begins_again_after_the_first_other_picture() -> None:
    run = street()
    assert cases(run, every(STEP_S, 0, 20), noisy) == []
    assert cases(run, every(STEP_S, 21, 80), lambda _: ONE) == []
    assert run.signals["S1"].at(at(80)).state is SignalState.UNKNOWN
    (case,) = cases(run, every(STEP_S, 81, 200), noisy)
    assert case.began_at == at(81)
    assert run.refusals[REFUSED] == 1


def test_what_is_ripe_before_it_can_be_known_is_one_case_and_no_second() -> None:
    run = street()
    assert cases(run, every(STEP_S, 0, 50), noisy) == []
    (case,) = cases(run, every(STEP_S, 51, 120), lambda _: ONE)
    assert (case.began_at, case.ended_at) == (at(0), at(60))
    assert cases(run, every(STEP_S, 121, 200), noisy) == []


def test_a_restart_knows_nothing_of_it() -> None:
    run = street()
    assert cases(run, every(STEP_S, 0, 40), lambda _: ONE) == []
    assert run.finish() is not None
    assert run.view.finding.state is ViewState.FROZEN
    again = street()
    assert cases(again, every(STEP_S, 41, 60), lambda _: ONE) == []
    assert not again.view.finding.state.stops_rules


def test_a_still_scene_between_keyframes_is_no_frozen_picture() -> None:
    run = street()
    assert len(cases(run, every(STEP_S, 0, 120), lambda second: noisy(second // 25))) == 1
