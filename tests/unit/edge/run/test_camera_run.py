"""The run of one camera: what reaches the tracker, and what is let by."""

from dataclasses import replace
from itertools import count
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig, Signal, ZoneKind
from domain.cases.case import Case
from domain.seen.frame import BgrPicture, Frame
from domain.seen.timeline import SignalState
from domain.seen.view import ViewState
from edge.run.camera_run import CameraRun, timelines_of
from rules.acts.memory import CameraMemory
from tests.builders.detecting import frame_of
from tests.builders.drives import CameraBuilder, at, box_at, detections, engine_for, every, seen_at
from tests.builders.signal_pictures import region_norm, signal_picture
from tests.builders.still_street import StillStreet


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


def run_red(run: CameraRun) -> list[Case]:
    assert run.report_signal("S1", at(-60), SignalState.GREEN)
    assert run.report_signal("S1", at(-30), SignalState.RED)
    outputs: list[object] = []
    for second in every(0.2, 0, 8):
        seen = detections([(box_at(900, 800 - 150 * second), "motorcycle")] if second <= 4 else [])
        outputs += run.judge(seen_at(second, seen)) or ()
    return [item for item in (*outputs, *run.finish()) if isinstance(item, Case)]


def test_boxes_become_tracks_and_tracks_become_a_case() -> None:
    run = run_of(CameraBuilder().rule("RED_LIGHT").build())
    assert len(run_red(run)) == 1
    assert run.pictures == 41


def test_what_stands_in_an_ignored_zone_is_never_tracked() -> None:
    builder = CameraBuilder().rule("RED_LIGHT").zone("hoarding", ZoneKind.IGNORE, (0, 0), (1, 0), (1, 1), (0, 1))
    run = run_of(builder.build())
    assert run_red(run) == []
    assert run.tracks == ()


def test_an_older_picture_changes_nothing() -> None:
    run = run_of(CameraBuilder().rule("RED_LIGHT").build())
    empty = detections([])
    run.judge(seen_at(1, empty))
    assert run.judge(seen_at(1, empty)) is None
    assert run.judge(seen_at(0.5, empty)) is None
    assert run.pictures == 1


def test_a_report_of_a_strange_signal_or_from_the_past_is_refused() -> None:
    run = run_of(CameraBuilder().rule("RED_LIGHT").build())
    assert not run.report_signal("S9", at(0), SignalState.RED)
    assert run.report_signal("S1", at(0), SignalState.RED)
    assert not run.report_signal("S1", at(-1), SignalState.GREEN)
    assert run.signals["S1"].at(at(0)).state == SignalState.RED


def looked_at(at_s: float, picture: NDArray[np.uint8], **changes: Any) -> Frame:
    return Frame(
        camera_id="cam-1", index=0, captured_at=at(at_s), clock_error_ms=5.0, picture=BgrPicture(picture), **changes
    )


def test_a_lamp_in_the_picture_is_seen_and_recorded_when_it_is_judged() -> None:
    lamp = Signal(id="S1", source="lamp", lamp_region_norm=(0.0, 0.0, 0.25, 1.0))
    run = run_of(CameraBuilder().build().model_copy(update={"signals": (lamp,)}))
    picture = np.full((120, 160, 3), 40, np.uint8)
    cv2.circle(picture, (20, 20), 14, (20, 20, 250), -1)
    for number in range(5):
        seen = run.look(looked_at(number / 5, picture), detections([]))
        assert seen.lamps == {"S1": SignalState.RED}
        assert run.judge(seen) == ()
    assert run.signals["S1"].at(at(0.8)).state is SignalState.RED
    older = run.look(looked_at(0.0, picture * 0), detections([]))
    assert older.lamps == {}
    assert run.judge(older) is None
    assert run.signals["S1"].at(at(0.8)).state is SignalState.RED


def test_boxes_of_a_smaller_analysed_picture_become_pixels_of_the_evidence_stream() -> None:
    run = run_of(CameraBuilder().build())
    seen = run.look(
        looked_at(0.0, np.zeros((360, 640, 3), np.uint8), evidence_wh=(1920, 1440)),
        detections([((10.0, 20.0, 30.0, 40.0), "car")]),
    )
    assert seen.resolution_wh == (1920, 1440)
    assert seen.detections.boxes_xyxy_px.tolist() == [[30.0, 80.0, 90.0, 160.0]]
    assert seen.detections.boxes_xyxy_px.dtype == np.float32


def test_a_lamp_whose_region_does_not_fit_is_named_and_shows_nothing() -> None:
    signal = Signal(id="S1", source="lamp", lamp_region_norm=region_norm(dy_px=45))
    run = run_of(CameraBuilder().build().model_copy(update={"signals": (signal,), "lines": (), "rules": ()}))
    picture = signal_picture(SignalState.RED, arrow=True)
    assert run.misfitting_lamps == ()
    lamps = {run.look(frame_of(picture, at_s=second), detections([])).lamps["S1"] for second in range(40)}
    assert lamps == {SignalState.UNKNOWN}
    assert run.misfitting_lamps == ("S1",)


def test_a_light_that_behaves_as_none_is_named_with_how() -> None:
    signal = Signal(id="S1", source="lamp", lamp_region_norm=region_norm())
    run = run_of(CameraBuilder().build().model_copy(update={"signals": (signal,), "lines": (), "rules": ()}))
    for number, state in enumerate([SignalState.RED, SignalState.GREEN, SignalState.RED]):
        run.look(frame_of(signal_picture(state), at_s=number / 5), detections([]))
    assert run.broken_lamps == ("S1 turns between red and green within a second",)


def test_a_view_that_was_moved_stops_the_rules_and_stands_in_what_was_seen() -> None:
    run, street = run_of(CameraBuilder().rule("RED_LIGHT").build()), StillStreet()
    views: list[ViewState] = []
    for number in range(180):
        picture = street.picture(number, across_px=12.0 if number > 140 else 0.0)
        seen = run.look(looked_at(number / 4, picture), detections([]))
        views.append(seen.view)
        run.judge(seen)
    assert list(dict.fromkeys(views)) == [ViewState.NEW, ViewState.UNKNOWN, ViewState.SOUND, ViewState.MOVED]
    assert views.index(ViewState.MOVED) - 140 <= 5 * 4, "within 5 s"
    assert run.refusals["RED_LIGHT", "suspended_view_changed"] == 1


def test_rules_go_by_the_view_that_was_seen_and_no_picture_is_needed() -> None:
    run = run_of(CameraBuilder().rule("RED_LIGHT").build())
    for number in range(20):
        run.judge(replace(seen_at(number / 5, detections([])), view=ViewState.COVERED))
    assert run.refusals["RED_LIGHT", "suspended_view_changed"] == 1
    assert run_red(run_of(CameraBuilder().rule("RED_LIGHT").build()))
