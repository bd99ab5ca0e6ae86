"""Readings of surfaces on their way to the rules: asked for by a rule, held for a while, then unknown."""

from dataclasses import replace
from itertools import count
from types import MappingProxyType

import pytest

import rules.registry
from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig, ZoneKind
from domain.seen.looks import BELIEVED_S, Look, SurfaceChange, SurfaceReading, SurfaceUnknown
from edge.run.camera_run import CameraRun, timelines_of
from rules.acts.memory import CameraMemory
from tests.builders.drives import CameraBuilder, at, detections, engine_for, seen_at
from tests.builders.surface_rule import THINGS


@pytest.fixture(autouse=True)
def register(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules.registry, "RULES", MappingProxyType({**rules.registry.RULES, "THINGS": THINGS}))


def pavements() -> CameraBuilder:
    corners = ((0, 0), (1, 0), (1, 1), (0, 1))
    return CameraBuilder().zone("P1", ZoneKind.PAVEMENT, *corners).zone("P2", ZoneKind.PAVEMENT, *corners)


def run_of(camera: CameraConfig) -> CameraRun:
    ids = count(1)
    return CameraRun(
        camera=camera,
        tracker=SteadyTracker(ids=ids),
        engine=engine_for(camera),
        signals=timelines_of(camera),
        track_ids=ids,
        memory=CameraMemory(),
    )


CHANGE = SurfaceChange(
    box_xyxy_px=(100, 100, 300, 200), share_of_zone=0.1, strength=2.0, since=at(0), covered=False
)  # fmt: skip


def test_a_look_is_wanted_where_a_rule_that_asks_for_it_judges_and_nowhere_else() -> None:
    engine = engine_for(pavements().rule("THINGS").rule("DRIVE_PAVEMENT").build())
    assert engine.places_to_look_at(Look.SURFACE) == {"P1"}
    assert engine.places_to_look_at(Look.HEADS) == frozenset()


def test_a_reading_is_believed_until_the_next_and_not_for_ever() -> None:
    run = run_of(pavements().rule("THINGS").build())
    shown = SurfaceReading(zone_id="P1", at=at(0), changes=(CHANGE,))
    outputs = run.judge(replace(seen_at(0, detections([])), surfaces=(shown,)))
    assert outputs is not None
    assert [output.moments[0].box_xyxy_px for output in outputs] == [CHANGE.box_xyxy_px]  # type: ignore[union-attr]
    run.judge(seen_at(BELIEVED_S, detections([])))
    assert run.refusals == {}
    run.judge(seen_at(BELIEVED_S + 0.2, detections([])))
    assert run.refusals == {("THINGS", "surface_unknown"): 1}


def test_the_newest_reading_counts() -> None:
    run = run_of(pavements().rule("THINGS").build())
    unknown = SurfaceReading(zone_id="P1", at=at(2), unknown=SurfaceUnknown.CROWDED)
    run.judge(replace(seen_at(0, detections([])), surfaces=(SurfaceReading(zone_id="P1", at=at(0)),)))
    assert run.refusals == {}
    run.judge(replace(seen_at(2, detections([])), surfaces=(unknown,)))
    assert run.refusals == {("THINGS", "surface_unknown"): 1}


def test_a_reading_that_is_unknown_tells_no_changes() -> None:
    with pytest.raises(ValueError, match="P1: a reading that is unknown"):
        SurfaceReading(zone_id="P1", at=at(0), unknown=SurfaceUnknown.DARK, changes=(CHANGE,))


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_no_change_is_larger_than_its_zone(share: float) -> None:
    with pytest.raises(ValueError, match="share_of_zone"):
        replace(CHANGE, share_of_zone=share)
