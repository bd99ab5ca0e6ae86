"""What stops every rule, whatever it has found; each is counted by its name."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.camera import CalendarEntry, CameraConfig, ZoneKind
from domain.seen.view import ViewState
from tests.builders.drives import START, CameraBuilder, Drive, at, every, path, run, scenes
from tests.builders.rule_scenes import SCENES, RuleScene, drive

NAMED = [pytest.param(scene, id=f"{scene.offence}-{number}") for number, scene in enumerate(SCENES)]


def _second_within_the_act(scene: RuleScene) -> float:
    case = run(scene.camera, scenes(scene.act)).cases[0]
    began_s, ended_s = ((moment.at - START).total_seconds() for moment in (case.moments[0], case.moments[-1]))
    return began_s + (ended_s - began_s) / 4 if scene.goes_on else ended_s - 0.3


def _lifted(camera: CameraConfig, *, rules: tuple[str, ...], hours: float) -> CameraConfig:
    entry = CalendarEntry(
        begins_at=START - timedelta(hours=hours), ends_at=START + timedelta(hours=1), rules=rules, reason="roadworks"
    )
    return camera.model_copy(update={"calendar": (entry,)})


@pytest.mark.parametrize("scene", NAMED)
@pytest.mark.parametrize("state", [state for state in ViewState if state.stops_rules])
def test_a_view_that_is_not_as_drawn_stops_every_rule_and_is_counted_once(scene: RuleScene, state: ViewState) -> None:
    found = run(scene.camera, scenes(scene.act, view=lambda _: state))
    assert found.codes == []
    own = {ViewState.UNSTEADY: "suspended_view_unknown", ViewState.FROZEN: "suspended_picture_frozen"}
    reason = own.get(state, "suspended_view_changed")
    assert found.refused(scene.code) == {reason: 1}


@pytest.mark.parametrize("scene", NAMED)
def test_no_act_is_a_case_before_the_view_is_seen_to_stand_still(scene: RuleScene) -> None:
    found = run(scene.camera, scenes(scene.act, view=lambda _: ViewState.NEW))
    assert found.codes == []
    assert found.refused(scene.code)["view_unknown"]


@pytest.mark.parametrize("scene", NAMED)
def test_what_was_seen_before_the_view_was_known_to_stand_still_counts_once_it_is(scene: RuleScene) -> None:
    usual = run(scene.camera, scenes(scene.act))
    found = run(
        scene.camera, scenes(scene.act, view=lambda second: ViewState.NEW if second <= 1.5 else ViewState.UNKNOWN)
    )
    assert found.codes == usual.codes


@pytest.mark.parametrize("scene", NAMED)
def test_a_view_that_changes_in_the_middle_of_the_act_leaves_no_case(scene: RuleScene) -> None:
    moved_s = _second_within_the_act(scene)
    found = run(
        scene.camera,
        scenes(scene.act, view=lambda second: ViewState.MOVED if second >= moved_s else ViewState.SOUND),
    )
    assert found.codes == []


@pytest.mark.parametrize("scene", NAMED)
def test_a_clock_that_is_off_stops_every_rule(scene: RuleScene) -> None:
    found = run(scene.camera, scenes(scene.act, clock_error_ms=lambda _: 5000.0))
    assert found.codes == []
    assert found.refused(scene.code) == {"suspended_clock_off": 1}


@pytest.mark.parametrize("scene", NAMED)
@pytest.mark.parametrize(
    ("change", "lifted"),
    [
        pytest.param(lambda camera, _: _lifted(camera, rules=(), hours=1), True, id="every-rule"),
        pytest.param(lambda camera, code: _lifted(camera, rules=(code,), hours=1), True, id="this-rule"),
        pytest.param(lambda camera, _: _lifted(camera, rules=("COUNT",), hours=1), False, id="another-rule"),
    ],
)
def test_the_calendar_lifts_rules(
    scene: RuleScene, change: Callable[[CameraConfig, str], CameraConfig], lifted: bool
) -> None:
    found = run(change(scene.camera, scene.code), scenes(scene.act))
    assert found.codes == ([] if lifted else [scene.offence])
    assert found.refused(scene.code).get("rule_not_in_force", 0) == int(lifted)


def test_an_entry_of_the_calendar_must_have_a_length() -> None:
    with pytest.raises(ValueError, match="not after its beginning"):
        CalendarEntry(begins_at=START, ends_at=START, reason="nothing")


def test_a_stay_that_began_before_the_rule_was_lifted_is_no_case_meanwhile() -> None:
    """Roadworks begin while it stands: the time from then on is allowed."""
    builder = CameraBuilder().zone("forbidden", ZoneKind.NO_PARKING, (0.1, 0.4), (0.3, 0.4), (0.3, 1), (0.1, 1))
    builder.zone("lane", ZoneKind.LANE, (0.1, 0), (0.6, 0), (0.6, 1), (0.1, 1))
    built = builder.rule("PARK_NO_PARKING", threshold_s=90.0).build()
    standing = [Drive(track_id=1, sightings=path(lambda _: (400, 700), every(0.5, 0, 120)))]
    assert run(built, scenes(standing)).codes == ["PARK_NO_PARKING"]
    entry = CalendarEntry(begins_at=at(20), ends_at=at(3600), reason="roadworks")
    found = run(built.model_copy(update={"calendar": (entry,)}), scenes(standing))
    assert found.codes == []
    assert found.refused("PARK_NO_PARKING") == {"rule_not_in_force": 1}


def test_vehicles_parked_on_a_pavement_are_no_jam_for_who_drives_along_it() -> None:
    (scene,) = (one for one in SCENES if one.code == "DRIVE_PAVEMENT")
    parked = [drive(lambda _, n=n: (520, 300 + 150 * n), track_id=20 + n, label="motorcycle") for n in range(4)]  # type: ignore[misc]
    found = run(scene.camera, scenes([*scene.act, *parked]))
    assert found.codes == ["DRIVE_PAVEMENT"]
    assert "jam" not in found.refused("DRIVE_PAVEMENT")
