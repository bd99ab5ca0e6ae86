"""Rules over facts: each act is found once, whatever is done to the tracks; what looks like it is not."""

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.camera import CameraConfig
from domain.cases.case import Case
from domain.instants import seconds_between
from domain.seen.scene import Scene
from domain.seen.track import Track
from rules.acts.memory import CameraMemory
from tests.builders.drives import SIZE_WH, START, Drive, Findings, engine_for, run, scenes
from tests.builders.rule_scenes import SCENES, RuleScene, along, drive

NAMED = [pytest.param(scene, id=f"{scene.offence}-{number}") for number, scene in enumerate(SCENES)]
DECOYS = [
    pytest.param(scene, drives, name, id=f"{scene.offence}-{number}-{name}")
    for number, scene in enumerate(SCENES)
    for name, drives in scene.decoys.items()
]


def _acts(found: Findings) -> list[str]:
    return found.codes


@pytest.mark.parametrize("scene", NAMED)
def test_the_act_is_found_once_with_its_moments(scene: RuleScene) -> None:
    found = run(scene.camera, scenes(scene.act))
    assert _acts(found) == [scene.offence]
    case = found.cases[0]
    assert case.provenance.rule == scene.code
    assert case.case_id == case.derived_id(), "the centre derives it again"
    assert [moment.at for moment in case.moments] == sorted(moment.at for moment in case.moments)
    sighted = {box for drive_ in scene.act for _, box in drive_.sightings}
    assert all(moment.box_xyxy_px in sighted for moment in case.moments), "moments are real sightings"


@pytest.mark.parametrize(("scene", "drives", "name"), DECOYS)
def test_what_looks_like_it_is_no_case(scene: RuleScene, drives: Sequence[Drive], name: str) -> None:
    found = run(scene.camera, scenes(drives))
    assert _acts(found) == []
    if name in _REASONS:
        assert name in found.refused(scene.code)


_REASONS = {
    "lawful_turn",
    "exit_unknown",
    "rolled_back",
    "not_a_vehicle",
    "entered_junction",
    "crosses_the_road",
    "obstacle_ahead",
    "stays_on_line",
    "pushed_on_foot",
    "gap_at_line",
    "turns_round",
    "mixed_up",
    "backed_out",
    "movement_unknown",
    "class_in_doubt",
    "entry_unseen",
    "not_by_gate",
    "not_far_enough",
    "crosses_the_lane",
    "creeps_in_queue",
    "straddles_the_edge",
    "jam",
    "across_the_pavement",
    "one_distance_only",
    "turned_elsewhere",
    "too_few_looks",
    "whose_head_unknown",
}


@pytest.mark.parametrize("scene", NAMED)
@given(seed=st.integers(0, 10_000), shift_h=st.integers(0, 500))
@settings(max_examples=12, deadline=None)
def test_shaken_thinned_shuffled_and_shifted_it_is_the_same_act_once(scene: RuleScene, seed: int, shift_h: int) -> None:
    rng = random.Random(seed)
    changed = [replace(one, sightings=_thinned(_shaken(one.sightings, rng), rng)) for one in scene.act]
    stranger = drive(lambda second: (1700, 900 + 5 * second), track_id=99, label="person")
    found = run(scene.camera, _shifted(_shuffled(scenes([*changed, stranger]), rng), timedelta(hours=shift_h)))
    assert _acts(found) == [scene.offence]


@pytest.mark.parametrize("scene", NAMED)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_a_track_that_breaks_never_makes_two_cases(scene: RuleScene, seed: int) -> None:
    rng = random.Random(seed)
    split = [part for one in scene.act for part in _split(one, rng.uniform(0.5, 5.5))]
    assert len(_acts(run(scene.camera, scenes(split)))) <= 1


@pytest.mark.parametrize("scene", NAMED)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_whoever_never_comes_near_does_nothing(scene: RuleScene, seed: int) -> None:
    rng = random.Random(seed)
    far = drive(lambda second: (1750 + rng.uniform(-10, 10), 1060 - 170 * second), label="truck")
    assert _acts(run(scene.camera, scenes([far]))) == []


@pytest.mark.parametrize("scene", NAMED)
def test_the_same_scenes_give_the_same_bytes(scene: RuleScene) -> None:
    one, other = (run(scene.camera, scenes(scene.act)) for _ in range(2))
    assert [case.model_dump_json() for case in one.cases] == [case.model_dump_json() for case in other.cases]


@pytest.mark.parametrize("scene", NAMED)
def test_swapped_vehicles_are_not_accused(scene: RuleScene) -> None:
    """A track that jumps to another vehicle in the middle of the act shows two halves, not one act."""
    case = run(scene.camera, scenes(scene.act)).cases[0]
    share = 0.25 if scene.goes_on else 0.5
    middle_s = (case.began_at - START).total_seconds() + seconds_between(case.began_at, case.ended_at) * share
    jumped = [
        replace(
            one,
            sightings=[
                (second, box if second < middle_s else (box[0] + 500, box[1], box[2] + 500, box[3]))
                for second, box in one.sightings
            ],
        )
        for one in scene.act
    ]
    assert _acts(run(scene.camera, scenes(jumped))) == []


@pytest.mark.parametrize("scene", NAMED)
@pytest.mark.parametrize("reload_at", range(5, 80, 9))
def test_a_reload_at_any_moment_never_makes_two_cases(scene: RuleScene, reload_at: int) -> None:
    memory = CameraMemory()
    engine = engine_for(scene.camera, memory=memory)
    cases = []
    for index, picture in enumerate(scenes(scene.act)):
        if index == reload_at:
            cases += [item for item in engine.finish() if isinstance(item, Case)]
            memory = CameraMemory.from_document(memory.document("cam-1"), "cam-1")  # as after a restart
            engine = engine_for(scene.camera, memory=memory)
        cases += [item for item in engine.step(picture) if isinstance(item, Case)]
    cases += [item for item in engine.finish() if isinstance(item, Case)]
    assert len(cases) <= 1


@pytest.mark.parametrize("scene", NAMED)
def test_two_acts_an_hour_apart_are_two_cases(scene: RuleScene) -> None:
    first, later = list(scenes(scene.act)), list(_shifted(scenes(scene.act), timedelta(hours=1)))
    renamed = [
        replace(picture, tracks=tuple(replace(track, track_id=track.track_id + 500) for track in picture.tracks))
        for picture in later
    ]
    assert _acts(run(scene.camera, [*first, *renamed])) == [scene.offence] * 2


@pytest.mark.parametrize("scene", NAMED)
def test_mirrored_it_is_the_same_act(scene: RuleScene) -> None:
    """The picture as in a mirror, with everything that is drawn in it."""
    mirrored = [
        replace(
            one,
            sightings=[
                (second, (SIZE_WH[0] - box[2], box[1], SIZE_WH[0] - box[0], box[3])) for second, box in one.sightings
            ],
        )
        for one in scene.act
    ]
    assert _acts(run(_in_a_mirror(scene.camera), scenes(mirrored))) == [scene.offence]


def _in_a_mirror(camera: CameraConfig) -> CameraConfig:
    def flipped(value: object, name: str = "") -> object:
        if isinstance(value, dict):
            return {key: flipped(item, key) for key, item in value.items()}
        if name in {"polygon_norm", "points_norm", "direction_norm"} and value:
            return [[1 - x, y] for x, y in value]  # type: ignore[attr-defined]
        if name == "beyond_norm":
            return [1 - value[0], value[1]]  # type: ignore[index]
        return [flipped(item) for item in value] if isinstance(value, (list, tuple)) else value

    return CameraConfig.model_validate_json(json.dumps(flipped(camera.model_dump(mode="json"))))


def _shaken(sightings: Sequence[tuple[float, tuple[float, ...]]], rng: random.Random) -> list:  # type: ignore[type-arg]
    return [(second, tuple(side + rng.gauss(0, 2) for side in box)) for second, box in sightings]


def _thinned(sightings: Sequence, rng: random.Random) -> list:  # type: ignore[type-arg]
    """Some are lost, never more than two in a row."""
    kept, lost = [], 0
    for item in sightings:
        lost = lost + 1 if rng.random() < 0.15 and lost < 2 else 0
        kept += [] if lost else [item]
    return kept


def _split(one: Drive, second: float) -> list[Drive]:
    first = [item for item in one.sightings if item[0] <= second]
    rest = [item for item in one.sightings if item[0] > second]
    return [
        replace(one, sightings=part, track_id=one.track_id + 10 * number)
        for number, part in enumerate((first, rest))
        if part
    ]


def _shuffled(pictures: Iterable[Scene], rng: random.Random) -> Iterable[Scene]:
    for picture in pictures:
        yield replace(picture, tracks=tuple(rng.sample(picture.tracks, len(picture.tracks))))


def _shifted(pictures: Iterable[Scene], by: timedelta) -> Iterable[Scene]:
    for picture in pictures:
        tracks = tuple(
            replace(
                track,
                first_seen_at=track.first_seen_at + by,
                points=tuple(replace(point, at=point.at + by) for point in track.points),
            )
            for track in picture.tracks
        )
        yield replace(picture, at=picture.at + by, tracks=tracks)


class LooksLikeATruckFromAfar(Drive):
    """A bus whose class is seen rightly from the third second on."""

    def track(self, now_s: float, *, keep_s: float) -> Track | None:
        track = super().track(now_s, keep_s=keep_s)
        seen = sum(second <= now_s for second, _ in self.sightings)
        wrong = sum(second <= min(now_s, 2.2) for second, _ in self.sightings)
        label, votes = ("truck", wrong) if wrong > seen / 2 else ("bus", seen - wrong)
        return None if track is None else replace(track, label=label, label_share=votes / seen)


@pytest.mark.parametrize("code", ["WRONG_LANE", "PROHIBITED_ROAD"])
def test_the_class_is_judged_by_all_that_was_seen_of_the_visit(code: str) -> None:
    """The way is long enough after two seconds; until then a bus on its own lane was a truck in every picture."""
    scene = next(scene for scene in SCENES if scene.code == code)
    bus = LooksLikeATruckFromAfar(track_id=1, sightings=drive(along((0, 600, 1050), (5, 600, 60))).sightings)
    assert run(scene.camera, scenes([bus])).codes == []
