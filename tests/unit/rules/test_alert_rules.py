"""Alerts: each begins once and ends once, whatever is done to the tracks; what looks like one is none."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alert import Alert, AlertEnd, alert_id
from domain.camera import CalendarEntry, CameraConfig, ZoneKind
from domain.event import FindingKind
from domain.instants import seconds_between
from domain.seen.view import ViewState
from rules.registry import RULES, rule_problems
from rules.standing_alerts import NOT_WATCHED_AFTER_S, OVER_AFTER_S
from tests.builders.alert_scenes import ALERT_SCENES, LANE, AlertScene
from tests.builders.drives import START, CameraBuilder, Drive, Findings, at, engine_for, every, run, scenes
from tests.builders.rule_scenes import along, drive

NAMED = [pytest.param(scene, id=scene.rule) for scene in ALERT_SCENES]
DECOYS = [
    pytest.param(scene, drives, id=f"{scene.rule}-{name}")
    for scene in ALERT_SCENES
    for name, drives in scene.decoys.items()
]
COUNTED = {"on_crosswalk", "left_soon"}


def _seconds(scene: AlertScene) -> list[float]:
    """Until everybody has been gone for long enough."""
    last = max(second for one in scene.alarm for second, _ in one.sightings)
    return every(0.1, 0.0, last + OVER_AFTER_S + 3.0)


def _alerts(scene: AlertScene, drives: Sequence[Drive]) -> tuple[Alert, ...]:
    return run(scene.camera, scenes(drives, _seconds(scene))).alerts


def test_every_alert_rule_has_its_scene() -> None:
    alerting = {code for code, rule in RULES.items() if getattr(rule, "KIND", None) is FindingKind.ALERT}
    assert {scene.rule for scene in ALERT_SCENES} | {"OBJECT_ON_ROAD", "FLOODING"} == alerting


@pytest.mark.parametrize("scene", NAMED)
def test_it_begins_once_and_ends_once_and_is_no_case(scene: AlertScene) -> None:
    found = run(scene.camera, scenes(scene.alarm, _seconds(scene)))
    begun, ended = found.alerts
    assert (begun.rule, begun.end, ended.end) == (scene.rule, None, AlertEnd.OVER)
    assert begun.alert_id == ended.alert_id
    assert begun.alert_id == alert_id(
        box_id="box-1",
        camera_id="cam-1",
        rule=scene.rule,
        place_id=begun.place_id,
        began_at=begun.began_at,
    )
    assert ended.seen_until >= begun.seen_until > begun.began_at
    assert found.cases == ()


@pytest.mark.parametrize("scene", NAMED)
def test_it_is_emitted_while_it_goes_on(scene: AlertScene) -> None:
    """Operators need it within a second of the rule's own time, not when it is over."""
    engine = engine_for(scene.camera)
    begun_at = None
    for picture in scenes(scene.alarm, _seconds(scene)):
        if any(isinstance(item, Alert) for item in engine.step(picture)):
            begun_at = picture.at
            break
    assert begun_at is not None
    (alert,) = {one.alert_id: one for one in _alerts(scene, scene.alarm) if one.end is None}.values()
    assert seconds_between(alert.seen_until, begun_at) <= 0.5


@pytest.mark.parametrize(("scene", "drives"), DECOYS)
def test_what_looks_like_it_is_none(scene: AlertScene, drives: Sequence[Drive], request: pytest.FixtureRequest) -> None:
    found = run(scene.camera, scenes(drives, every(0.1, 0.0, 25.0)))
    assert found.alerts == ()
    name = request.node.callspec.id.partition("-")[2]
    if name in COUNTED:
        assert name in found.refused(scene.rule)


@pytest.mark.parametrize("scene", NAMED)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_shaken_thinned_and_shuffled_it_is_one_alert(scene: AlertScene, seed: int) -> None:
    rng = random.Random(seed)
    changed = [
        replace(
            one,
            sightings=[
                (second, tuple(side + rng.gauss(0, 1.5) for side in box))
                for second, box in one.sightings
                if rng.random() > 0.1
            ],
        )
        for one in scene.alarm
    ]
    shaken = [one for one in _alerts(scene, rng.sample(changed, len(changed))) if one.end is None]
    assert len(shaken) == 1


@pytest.mark.parametrize("scene", NAMED)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_every_beginning_has_one_end_and_no_place_has_two_at_a_time(scene: AlertScene, seed: int) -> None:
    """Tracks that break, pictures that are missing: whatever comes, beginnings and ends alternate."""
    rng = random.Random(seed)
    broken = [
        replace(one, track_id=one.track_id + 100 * part, sightings=sightings)
        for one in scene.alarm
        for part, sightings in enumerate(_cut(one, rng))
        if sightings
    ]
    missing_s = rng.uniform(0, 20)
    seconds = [second for second in _seconds(scene) if not missing_s < second < missing_s + rng.choice([1, 12])]
    found = run(scene.camera, scenes(broken, seconds)).alerts
    standing: set[str] = set()
    for alert in found:
        name = str(alert.alert_id)
        assert (name in standing) == (alert.end is not None)
        standing = standing - {name} if alert.end else standing | {name}
        assert len(standing) <= 1
    assert standing == set()


def _cut(one: Drive, rng: random.Random) -> tuple[list, list]:  # type: ignore[type-arg]
    second = rng.uniform(0.0, 10.0)
    return [item for item in one.sightings if item[0] <= second], [item for item in one.sightings if item[0] > second]


@pytest.mark.parametrize("scene", NAMED)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_whatever_the_boxes_do_no_rule_breaks(scene: AlertScene, seed: int) -> None:
    """Boxes that jump, shrink, grow, vanish and change their class: a rule that raises would stop all others."""
    rng = random.Random(seed)
    drives = []
    for number in range(6):
        x, y, speed = rng.uniform(200, 1300), rng.uniform(100, 1000), rng.uniform(0, 60)
        sightings = []
        for second in every(0.1, 0.0, 12.0):
            x, y = x + rng.gauss(0, speed), y + rng.gauss(0, speed)
            if rng.random() < 0.8:
                size = 10 ** rng.uniform(0.5, 2.5)
                sightings.append((second, (x - size / 3, y - size, x + size / 3, y)))
        label = rng.choice(["person", "motorcycle", "car", "cow", "bicycle"])
        drives.append(Drive(track_id=number, sightings=sightings, label=label))
    run(scene.camera, scenes(drives))


@pytest.mark.parametrize("scene", NAMED)
def test_the_same_scenes_give_the_same_bytes(scene: AlertScene) -> None:
    one, other = (_alerts(scene, scene.alarm) for _ in range(2))
    assert [alert.model_dump_json() for alert in one] == [alert.model_dump_json() for alert in other]


@pytest.mark.parametrize("scene", NAMED)
def test_a_view_that_changes_ends_it_as_not_watched(scene: AlertScene) -> None:
    begun = _alerts(scene, scene.alarm)[0]
    moved_s = (begun.seen_until - START).total_seconds() + 1.0
    found = run(
        scene.camera,
        scenes(
            scene.alarm,
            _seconds(scene),
            view=lambda second: ViewState.MOVED if second >= moved_s else ViewState.SOUND,
        ),
    )
    assert [alert.end for alert in found.alerts] == [None, AlertEnd.NOT_WATCHED]


@pytest.mark.parametrize("scene", NAMED)
def test_a_clock_that_is_off_stops_every_alert(scene: AlertScene) -> None:
    assert run(scene.camera, scenes(scene.alarm, clock_error_ms=lambda _: 5000.0)).alerts == ()


@pytest.mark.parametrize("scene", NAMED)
def test_the_calendar_stops_it_and_that_is_counted_once(scene: AlertScene) -> None:
    entry = CalendarEntry(begins_at=at(-60), ends_at=START + timedelta(hours=1), rules=(), reason="roadworks")
    camera: CameraConfig = scene.camera.model_copy(update={"calendar": (entry,)})
    found = run(camera, scenes(scene.alarm, _seconds(scene)))
    assert found.alerts == ()
    assert 1 <= found.refused(scene.rule)["rule_not_in_force"] <= len(scene.alarm)


def test_when_no_pictures_come_it_is_unknown_whether_it_is_over() -> None:
    scene = ALERT_SCENES[0]
    seconds = [*every(0.1, 0.0, 6.0), 6.0 + NOT_WATCHED_AFTER_S + 1.0]
    begun, ended = run(scene.camera, scenes(scene.alarm, seconds, keep_s=0.5)).alerts
    assert (begun.end, ended.end) == (None, AlertEnd.NOT_WATCHED)


def test_one_that_stands_at_the_end_of_the_stream_ends_as_not_watched() -> None:
    scene = ALERT_SCENES[0]
    begun, ended = run(scene.camera, scenes(scene.alarm, every(0.1, 0.0, 6.0))).alerts
    assert (begun.end, ended.end) == (None, AlertEnd.NOT_WATCHED)


def test_many_people_at_one_place_are_one_alert_with_the_most_at_a_time() -> None:
    scene = next(scene for scene in ALERT_SCENES if scene.rule == "CROWD")
    begun, ended = _alerts(scene, scene.alarm)
    assert begun.measurements["persons"] >= 8
    assert ended.measurements["persons"] == 10


def test_a_rider_who_is_not_seen_any_more_begins_no_alert_when_his_motorcycle_is_forgotten() -> None:
    """The tracker keeps whoever stood for long; his alert would begin and end with every picture."""
    scene = next(scene for scene in ALERT_SCENES if scene.rule == "PERSON_ON_CARRIAGEWAY")
    motorcycle, rider = scene.decoys["beside_a_motorcycle"]
    seconds = every(0.1, 0.0, 40.0)
    both = zip(scenes([motorcycle], seconds, keep_s=5.0), scenes([rider], seconds, keep_s=60.0), strict=True)
    found = run(scene.camera, (replace(kept, tracks=(*gone.tracks, *kept.tracks)) for gone, kept in both))
    assert found.alerts == ()


def test_what_goes_on_after_its_alert_had_ended_begins_another_one_under_another_id() -> None:
    """Unseen for four seconds under a track that is kept: the visit goes on, the alert was over."""
    scene = next(scene for scene in ALERT_SCENES if scene.rule == "STOPPED_ON_FAST_ROAD")
    last_s = max(second for one in scene.alarm for second, _ in one.sightings)
    hidden = [
        replace(one, sightings=[item for item in one.sightings if not last_s - 6 < item[0] < last_s - 1])
        for one in scene.alarm
    ]
    found = run(scene.camera, scenes(hidden, _seconds(scene), keep_s=60)).alerts
    begun = [alert for alert in found if alert.end is None]
    assert len({alert.alert_id for alert in begun}) == len(begun) == 2
    assert begun[1].began_at > begun[0].seen_until


GREEN_S, DISCHARGE_S = 40.0, 20.0


def _before_a_light(
    signal: Sequence[tuple[float, str]], *, until_s: float = 120.0, max_age_s: float | None = None
) -> Findings:
    """A van comes within three seconds, stands, and is watched for two minutes; it drives off when it is told to."""
    lane = CameraBuilder().zone("approach", ZoneKind.LANE, *LANE)
    camera = lane.rule("STOPPED_ON_FAST_ROAD", zones=["approach"], signal="S1").build()
    van = drive(along((0, 600, 1060), (3, 600, 600), (until_s, 600, 600), (until_s + 3, 600, 10)), seconds=until_s + 3)
    return run(camera, scenes([van], every(0.1, 0.0, 120.0), signal=signal, max_age_s=max_age_s))


@pytest.mark.parametrize(
    ("signal", "until_s"),
    [
        pytest.param([(-30, "red")], 120, id="red"),
        pytest.param([(-30, "red"), (GREEN_S, "green")], GREEN_S + 3, id="drives_off_on_green"),
        pytest.param([(-30, "red"), (GREEN_S, "green")], GREEN_S + 25, id="last_of_a_queue"),
        pytest.param([(-30, "red"), (GREEN_S, "yellow")], 120, id="yellow"),
        pytest.param([(-30, "red"), (GREEN_S, "dark")], 120, id="dark"),
        pytest.param([], 120, id="nothing_reported"),
        pytest.param(
            [(-25 + 25 * n, "red" if n % 2 else "green") for n in range(6)], 120, id="no_green_is_long_enough"
        ),
    ],
)
def test_who_waits_at_the_light_is_no_alert(signal: Sequence[tuple[float, str]], until_s: float) -> None:
    assert _before_a_light(signal, until_s=until_s).alerts == ()


def test_a_feed_that_is_silent_is_no_green() -> None:
    assert _before_a_light([(-30, "red"), (GREEN_S, "green")], max_age_s=25).alerts == ()


def test_who_stands_through_a_green_is_an_alert_that_goes_on_when_it_is_red_again() -> None:
    begun, ended = _before_a_light(
        [(-30, "red"), (GREEN_S, "green"), (GREEN_S + 40, "red")], until_s=GREEN_S + 60
    ).alerts
    assert (begun.seen_until - at(GREEN_S + DISCHARGE_S + 8)).total_seconds() == pytest.approx(0, abs=0.3)
    assert ended.end is AlertEnd.OVER
    assert ended.seen_until >= at(GREEN_S + 59)


def test_a_signal_that_the_camera_does_not_have_is_a_problem() -> None:
    built = CameraBuilder().zone("approach", ZoneKind.LANE, *LANE)
    camera = built.rule("STOPPED_ON_FAST_ROAD", zones=["approach"], signal="S9").build()
    (problem,) = map(str, rule_problems(camera, camera.rules[0]))
    assert "there is no signal S9 | use one of S1" in problem
