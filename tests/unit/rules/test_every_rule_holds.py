"""What must hold for every registered rule over a whole scene: the same acts, each once, whatever else changes.

The table is the registry itself, with the act that each rule's page draws: a rule that brings none fails here. Nobody
drives to an occupied place: rules about those are held to time, order and breaks only.
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

import pytest

from docs.rules.acts import ACTS
from docs.rules.scene import OWN_RULES, view_of
from domain.alert import Alert
from domain.cases.case import Case
from domain.event import Passage
from domain.instants import seconds_between
from domain.reminder import Reminder
from rules.acts.memory import CameraMemory
from rules.outcome import RuleOutput
from rules.registry import RULES
from tests.builders.act_scenes import ActScene, act_scene, is_occupied, occupied
from tests.builders.drives import START, Drive, engine_for, run

OCCUPIED = tuple(code for code in OWN_RULES if is_occupied(code, ACTS[code].act))
DRIVEN = tuple(code for code in OWN_RULES if code not in OCCUPIED)
EVERY_RULE = [pytest.param(code, id=code) for code in DRIVEN]
SHARES = (0.35, 0.7)
Told = Counter[tuple[str, str, float]]


def test_every_rule_of_this_product_has_an_act_here() -> None:
    assert set(ACTS) == set(OWN_RULES)
    assert set(OWN_RULES) <= set(RULES)


def told(outputs: Iterable[RuleOutput], *, since: float = 0.0) -> Told:
    """Everything that was said, by what it was and when it began, in tenths of a second."""
    found: Told = Counter()
    for item in outputs:
        if isinstance(item, Case):
            found["case", item.violation.code, _second(item.began_at, since)] += 1
        elif isinstance(item, Alert) and item.end is None:
            found["alert", item.rule, _second(item.began_at, since)] += 1
        elif isinstance(item, Passage):
            found["passage", f"{item.place_id} {item.direction}", _second(item.at, since)] += 1
    return found


def _second(at: datetime, since: float) -> float:
    return round(seconds_between(START, at) - since, 1)


def found_in(scene: ActScene, *, since: float = 0.0) -> Told:
    return told(run(scene.camera, scene.scenes()).outputs, since=since)


@cache
def plain(code: str) -> tuple[RuleOutput, ...]:
    """What is said of the act as it is drawn."""
    scene = act_scene(code)
    return run(scene.camera, scene.scenes()).outputs


@cache
def beside_a_lawful_one(code: str) -> tuple[RuleOutput, ...]:
    """What is said of the act beside the lawful drive."""
    scene = act_scene(code).with_lawful()
    return run(scene.camera, scene.scenes()).outputs


@pytest.mark.parametrize("code", EVERY_RULE)
def test_at_another_time_it_is_the_same(code: str) -> None:
    scene = act_scene(code)
    assert found_in(scene.later(98_765.4), since=98_765.4) == told(plain(code)) != Counter()


@pytest.mark.parametrize("code", EVERY_RULE)
def test_in_a_mirror_it_is_the_same(code: str) -> None:
    scene = act_scene(code)
    assert found_in(scene.in_a_mirror()) == told(plain(code))


@pytest.mark.parametrize("code", EVERY_RULE)
def test_a_stranger_where_nothing_is_drawn_changes_nothing(code: str) -> None:
    scene = act_scene(code)
    assert found_in(scene.with_a_stranger()) == told(plain(code))


@pytest.mark.parametrize("code", EVERY_RULE)
def test_the_order_of_tracks_changes_no_byte(code: str) -> None:
    scene, rng = act_scene(code).with_lawful().with_a_stranger(), random.Random(code)
    shuffled = [
        replace(picture, tracks=tuple(rng.sample(picture.tracks, len(picture.tracks)))) for picture in scene.scenes()
    ]
    one, other = run(scene.camera, scene.scenes()).outputs, run(scene.camera, shuffled).outputs
    assert [_text(item) for item in one] == [_text(item) for item in other]


def _text(item: RuleOutput) -> str:
    return item.model_dump_json() if isinstance(item, (Case, Alert, Reminder)) else repr(item)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("code", EVERY_RULE)
def test_a_track_that_breaks_makes_no_more_of_it(code: str, share: float) -> None:
    scene = act_scene(code)
    found = run(scene.camera, scene.split(share).scenes())
    assert accused(found.outputs) <= accused(plain(code))
    assert_alternating(found.alerts)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("code", EVERY_RULE)
def test_ids_that_are_swapped_make_no_more_of_it_and_no_case_of_two_vehicles(code: str, share: float) -> None:
    scene = act_scene(code)
    honest = scene.with_lawful()
    found = run(scene.camera, scene.with_lawful(swapped_at=share).scenes())
    assert accused(found.outputs) <= accused(beside_a_lawful_one(code)) | accused(plain(code))
    assert_alternating(found.alerts)
    for case in found.cases:
        assert any(_shows(case, drive) for drive in honest.drives)


def _shows(case: Case, drive: Drive) -> bool:
    """Whether every decisive moment of a case is a sighting of this one vehicle."""
    seen = {round(second, 3): box for second, box in drive.sightings}
    return all(
        seen.get(round(seconds_between(START, moment.at), 3)) == pytest.approx(moment.box_xyxy_px, abs=1.0)
        for moment in case.moments
    )


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("what", ["restart", "lost hour"])
@pytest.mark.parametrize("code", EVERY_RULE)
def test_after_a_break_nothing_is_told_twice(code: str, what: str, share: float) -> None:
    """A new engine with the camera's memory and new tracks; the same engine an hour later with new tracks."""
    scene = act_scene(code)
    parts = scene.broken(share, lost_s=3600.0 if what == "lost hour" else 0.0)
    may_be = accused(plain(code))
    if what == "lost hour":  # enough of it before and after is two acts
        first, rest = (accused(run(scene.camera, part.scenes()).outputs) for part in parts)
        may_be |= first + rest
    memory, outputs = CameraMemory(), list[RuleOutput]()
    engine = engine_for(scene.camera, memory=memory)
    for number, part in enumerate(parts):
        if number and what != "lost hour":
            outputs += engine.finish()
            memory = CameraMemory.from_document(memory.document("x"), "x") if what == "restart" else memory
            engine = engine_for(scene.camera, memory=memory)
        for picture in part.scenes():
            outputs += engine.step(picture)
    outputs += engine.finish()
    assert accused(outputs) <= may_be
    assert_alternating([item for item in outputs if isinstance(item, Alert)])


def accused(outputs: Iterable[RuleOutput]) -> Counter[tuple[str, str]]:
    """How many cases there are of each offence, and who was counted where; a figure is one of each track."""
    counts: Counter[tuple[str, str]] = Counter()
    for (kind, name, _), count in told(outputs).items():
        if kind == "case" or (kind == "passage" and name.split()[-1] in {"in", "out", "through"}):
            counts[kind, name] += count
    return counts


def assert_alternating(alerts: Sequence[Alert]) -> None:
    """Nothing stands twice at a place, and what has ended is not begun again under the same id."""
    standing: set[str] = set()
    for alert in alerts:
        if alert.end is None:
            assert not standing
            standing.add(str(alert.alert_id))
        else:
            standing.remove(str(alert.alert_id))
    begun = Counter(alert.alert_id for alert in alerts if alert.end is None)
    assert set(begun.values()) <= {1}


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("code", OCCUPIED)
def test_an_occupied_place_is_told_once_over_a_restart(code: str, share: float) -> None:
    camera, seen = view_of(code).camera, occupied(code, ACTS[code].act)
    cut = round(share * len(seen))
    memory, outputs = CameraMemory(), list[RuleOutput]()
    for part in (seen[:cut], seen[cut:]):
        engine = engine_for(camera, memory=memory)
        for picture in part:
            outputs += engine.step(picture)
        outputs += engine.finish()
        memory = CameraMemory.from_document(memory.document("x"), "x")
    assert accused(outputs) <= accused(run(camera, seen).outputs)
    assert_alternating([item for item in outputs if isinstance(item, Alert)])
    assert len({item.reminder_id for item in outputs if isinstance(item, Reminder)}) <= 1
    steps = [item.steps[-1] for item in outputs if isinstance(item, Reminder)]
    assert len(steps) == len(set(steps))


@pytest.mark.parametrize("code", OCCUPIED)
def test_the_order_of_tracks_at_an_occupied_place_changes_no_byte(code: str) -> None:
    camera, seen, rng = view_of(code).camera, occupied(code, ACTS[code].act), random.Random(code)
    shuffled = [replace(picture, tracks=tuple(rng.sample(picture.tracks, len(picture.tracks)))) for picture in seen]
    one, other = run(camera, seen).outputs, run(camera, shuffled).outputs
    assert one
    assert [_text(item) for item in one] == [_text(item) for item in other]
