"""Rules about riders: shadow until the weights are proven, and silent where looks do not agree."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.manifest import read_manifest
from detectors.model_specs import MeasuredShare
from domain.camera import CameraConfig, Mode, RuleUse, ZoneKind
from domain.cases.precision import Precision
from domain.seen.riders import HeadWear, RiderLooks, RidersLook
from edge.networks.head_network import figures_of
from edge.networks.street_network import built_in_manifest
from matthan.config_check import check_files
from rules.acts.memory import CameraMemory
from rules.proof import MeasuredFigures
from tests.builders.drives import HEADS, CameraBuilder, Drive, at, engine_for, every, ridden, run, scenes
from tests.builders.rule_scenes import ride

LANE = ((0.2, 0.05), (0.4, 0.05), (0.4, 0.9), (0.2, 0.9))


def lane(*codes: str, mode: Mode = Mode.ENFORCE) -> CameraConfig:
    builder = CameraBuilder().zone("lane", ZoneKind.LANE, *LANE)
    for code in codes:
        builder.use(RuleUse(rule=code, mode=mode, valid_from=date(2026, 1, 1)))
    return builder.build()


def measured(*told: str, right: int = 198, of: int = 200, sha256: str = HEADS.sha256) -> MeasuredFigures:
    return {sha256: {one: Precision(right=right, judged=of) for one in told}}


@dataclass(frozen=True, kw_only=True)
class Changing(Drive):
    """A motorcycle of which each look tells something else."""

    told: Sequence[Sequence[HeadWear]] = ()

    def look(self, now_s: float) -> RidersLook | None:
        look = super().look(now_s)
        return look and ridden(look.motorcycle_xyxy_px, self.told[int(now_s) % len(self.told)])


def changing(*told: Sequence[HeadWear]) -> Changing:
    drive = ride(told[0])
    return Changing(track_id=1, sightings=drive.sightings, label="motorcycle", riders=told[0], told=told)


@pytest.mark.parametrize(
    ("figures", "mode"),
    [
        ({}, Mode.SHADOW),
        (measured("bare", "riders_1", right=14, of=25), Mode.SHADOW),
        (measured("bare", "riders_1", right=20, of=20), Mode.SHADOW),  # never wrong; surely right in 84 of 100 only
        (measured("bare", "riders_1"), Mode.ENFORCE),
        (measured("bare"), Mode.SHADOW),  # whoever was not seen may drive
        (measured("riders_1"), Mode.SHADOW),
        (measured("bare", "riders_1", sha256="7" * 64), Mode.SHADOW),  # of other weights
        (measured("bare", "riders_3"), Mode.SHADOW),
    ],
)
def test_a_helmet_case_is_shadow_whatever_the_file_says_until_the_weights_are_proven(
    figures: MeasuredFigures, mode: Mode
) -> None:
    found = run(lane("NO_HELMET_DRIVER"), scenes([ride(["bare"])]), figures=figures)
    assert [case.mode for case in found.cases] == [mode]


def test_proof_opens_nothing_that_the_file_keeps_in_shadow() -> None:
    camera = lane("NO_HELMET_DRIVER", mode=Mode.SHADOW)
    found = run(camera, scenes([ride(["bare"])]), figures=measured("bare", "riders_1"))
    assert [case.mode for case in found.cases] == [Mode.SHADOW]


@pytest.mark.parametrize(
    ("code", "told", "people"), [("OVERLOAD_2PAX", "riders_3", 3), ("OVERLOAD_3PAX", "riders_4", 4)]
)
def test_a_count_needs_its_own_proof(code: str, told: str, people: int) -> None:
    drives = [ride(["helmet"] * people)]
    for figures, mode in (
        ({}, Mode.SHADOW),
        (measured("bare"), Mode.SHADOW),
        (measured(told, right=1, of=11), Mode.SHADOW),
        (measured(told), Mode.ENFORCE),
    ):
        assert [case.mode for case in run(lane(code), scenes(drives), figures=figures).cases] == [mode]


def test_a_passenger_is_proven_by_his_head_and_by_the_count() -> None:
    drives = [ride(["bare", "bare"])]
    for figures, mode in (
        ({}, Mode.SHADOW),
        (measured("bare"), Mode.SHADOW),
        (measured("riders_2"), Mode.SHADOW),
        (measured("bare", "riders_1"), Mode.SHADOW),
        (measured("bare", "riders_2"), Mode.ENFORCE),
    ):
        assert [case.mode for case in run(lane("NO_HELMET_CARRY"), scenes(drives), figures=figures).cases] == [mode]


def test_the_weights_of_this_version_prove_none_of_the_rules_about_riders() -> None:
    figures = figures_of(read_manifest(built_in_manifest()))
    heads = next(spec for spec in read_manifest(built_in_manifest()) if spec.name == "heads")
    assert heads.measured["bare"].of > 0, "the figure is there, and not good enough"
    for code, riders in (
        ("NO_HELMET_DRIVER", ["bare"]),
        ("NO_HELMET_CARRY", ["bare", "bare"]),
        ("OVERLOAD_2PAX", ["helmet"] * 3),
        ("OVERLOAD_3PAX", ["helmet"] * 4),
    ):
        drive = ride(riders)  # type: ignore[arg-type]
        looked_with_ours = (
            replace(picture, riders=picture.riders and RiderLooks(model=heads.ref, looks=picture.riders.looks))
            for picture in scenes([drive])
        )
        assert [case.mode for case in run(lane(code), looked_with_ours, figures=figures).cases] == [Mode.SHADOW]


def test_check_config_says_that_an_enforced_helmet_rule_runs_in_shadow(tmp_path: Path) -> None:
    example = Path("docs/rules/examples/no-helmet-driver.yaml").read_text(encoding="utf-8")
    path = tmp_path / "camera.yaml"
    path.write_text(example.replace("mode: shadow", "mode: enforce"), encoding="utf-8")
    (warning,) = [fault for fault in check_files([path], {}).warnings if "shadow" in fault.problem]
    assert warning.where == "rules.0.mode"
    assert "'bare' was right in 1 of 1, surely in 0.21" in warning.problem
    assert check_files([path], {}).faults == ()


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ([["bare"], ["bare"], ["bare"], ["helmet"]], "heads_disagree"),
        ([["bare"], ["other"]], "heads_disagree"),
        ([["bare", "bare"], ["bare"]], "riders_disagree"),
        ([["bare", "helmet"], ["bare", "bare"]], "whose_head_unknown"),
    ],
)
def test_one_look_that_says_otherwise_is_a_refusal(told: Sequence[Sequence[HeadWear]], reason: str) -> None:
    found = run(lane("NO_HELMET_DRIVER"), scenes([changing(*told)]))
    assert found.codes == []
    assert found.refused("NO_HELMET_DRIVER") == {reason: 1}


def test_looks_in_which_nobody_could_tell_say_nothing() -> None:
    found = run(lane("NO_HELMET_DRIVER"), scenes([changing(["bare"], ["cannot_tell"], ["bare"], ["bare"])]))
    assert found.codes == ["NO_HELMET_DRIVER"]
    assert found.cases[0].measurements["looks_bare"] < found.cases[0].measurements["looks"]  # type: ignore[operator]


def test_counts_that_differ_are_a_refusal() -> None:
    found = run(lane("OVERLOAD_2PAX"), scenes([changing(["helmet"] * 3, ["helmet"] * 3, ["helmet"] * 2)]))
    assert found.refused("OVERLOAD_2PAX") == {"riders_disagree": 1}


def test_somebody_who_was_seen_on_two_motorcycles_belongs_to_neither() -> None:
    """One person's track sits first on one motorcycle, then on the other."""
    one, other = ride(["bare"]), replace(ride(["bare"]), track_id=2)
    beside = [(second, (box[0] + 100, box[1], box[2] + 100, box[3])) for second, box in other.sightings]
    other = replace(other, sightings=beside)
    hops = []
    for second, _ in one.sightings:
        look = (one if second < 3 else other).look(second)
        if look is not None:
            hops.append((second, look.riders[0].person_xyxy_px))
    person = Drive(track_id=3, sightings=hops, label="person")
    found = run(lane("NO_HELMET_DRIVER"), scenes([one, other, person]))
    assert found.codes == []
    assert found.refused("NO_HELMET_DRIVER") == {"riders_swapped": 2}
    assert run(lane("NO_HELMET_DRIVER"), scenes([one, other])).codes == ["NO_HELMET_DRIVER"] * 2


def test_looks_from_before_a_track_was_told_are_tied_to_it() -> None:
    """A tracker tells a track when it is confirmed, with the sightings before."""
    drive = ride(["bare"])
    late = [replace(picture, tracks=() if picture.at < at(0.45) else picture.tracks) for picture in scenes([drive])]
    case = run(lane("NO_HELMET_DRIVER"), late).cases[0]
    assert case.measurements["looks"] == run(lane("NO_HELMET_DRIVER"), scenes([drive])).cases[0].measurements["looks"]


def test_whoever_stands_on_the_ground_may_push_it() -> None:
    class OnFoot(Changing):
        def look(self, now_s: float) -> RidersLook | None:
            look = super().look(now_s)
            if look is None:
                return None
            x1, y1, x2, y2 = look.motorcycle_xyxy_px
            return replace(look, riders=(replace(look.riders[0], person_xyxy_px=(x1, y1 - 30, x2, y2)),))

    drive = changing(["bare"])
    pushed = OnFoot(track_id=1, sightings=drive.sightings, label="motorcycle", riders=drive.riders, told=[["bare"]])
    assert run(lane("NO_HELMET_DRIVER"), scenes([pushed])).refused("NO_HELMET_DRIVER") == {"pushed_on_foot": 1}


def test_the_case_names_what_the_reviewer_must_rule_out() -> None:
    case = run(lane("OVERLOAD_2PAX"), scenes([ride(["helmet"] * 3)]), figures=measured("riders_3")).cases[0]
    assert case.measurements["reviewer_checks"] == "child_under_12, patient, old_or_weak, escorted_offender"
    assert case.measurements["people_seen"] == 3


@given(
    told=st.lists(
        st.lists(st.sampled_from(["helmet", "bare", "other", "cannot_tell"]), min_size=1, max_size=3),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_is_told_no_case_rests_on_looks_that_differ(told: list[list[HeadWear]]) -> None:
    found = run(lane("NO_HELMET_DRIVER", "NO_HELMET_CARRY", "OVERLOAD_2PAX"), scenes([changing(*told)]))
    wears = {wear for look in told for wear in look}
    if any(case.provenance.rule.startswith("NO_HELMET") for case in found.cases):
        assert wears <= {"bare", "cannot_tell"}
    if found.cases:
        assert len({len(look) for look in told}) == 1


def test_a_measured_share_is_one() -> None:
    with pytest.raises(ValueError, match="right must not be more than of"):
        MeasuredShare(right=3, of=2)


def test_a_run_that_begins_anew_says_that_its_looks_do_too() -> None:
    """Nobody is accused by half the looks; who was being looked at is not told, and the ledger says why it may be."""
    memory, camera = CameraMemory(), lane("NO_HELMET_DRIVER")
    pictures = list(scenes([], every(0.2, 0, 3)))
    first, second = engine_for(camera, memory=memory), engine_for(camera, memory=memory)
    for scene in pictures[:8]:
        first.step(scene)
    first.finish()
    for scene in pictures[8:]:
        second.step(scene)
    assert ("NO_HELMET_DRIVER", "looks_begin_anew") not in first.refusals
    assert second.refusals == {("NO_HELMET_DRIVER", "looks_begin_anew"): 1}
