"""The chain of one camera: what reaches the tracker, and what is let by."""

from itertools import count

from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig, ZoneKind
from domain.cases.case import Case
from domain.timeline import SignalState
from edge.run.camera_chain import CameraChain, timelines_of
from tests.builders.drives import SIZE_WH, CameraBuilder, at, box_at, detections, engine_for, every


def chain_for(camera: CameraConfig) -> CameraChain:
    return CameraChain(
        camera=camera,
        tracker=SteadyTracker(ids=count(1)),
        engine=engine_for(camera),
        signals=timelines_of(camera),
    )


def run_red(chain: CameraChain) -> list[Case]:
    assert chain.record_signal("S1", at(-60), SignalState.GREEN)
    assert chain.record_signal("S1", at(-30), SignalState.RED)
    outputs: list[object] = []
    for second in every(0.2, 0, 4):
        seen = detections([(box_at(900, 800 - 150 * second), "motorcycle")])
        outputs += chain.process(at(second), None, SIZE_WH, seen)
    return [item for item in (*outputs, *chain.finish()) if isinstance(item, Case)]


def test_boxes_become_tracks_and_tracks_become_a_case() -> None:
    chain = chain_for(CameraBuilder().rule("RED_LIGHT").build())
    assert len(run_red(chain)) == 1
    assert chain.pictures == 21
    assert chain.tracks


def test_what_stands_in_an_ignored_zone_is_never_tracked() -> None:
    builder = CameraBuilder().rule("RED_LIGHT").zone("hoarding", ZoneKind.IGNORE, (0, 0), (1, 0), (1, 1), (0, 1))
    chain = chain_for(builder.build())
    assert run_red(chain) == []
    assert chain.tracks == ()


def test_an_older_picture_is_counted_and_changes_nothing() -> None:
    chain = chain_for(CameraBuilder().rule("RED_LIGHT").build())
    empty = detections([])
    chain.process(at(1), None, SIZE_WH, empty)
    assert chain.process(at(1), None, SIZE_WH, empty) == ()
    assert chain.process(at(0.5), None, SIZE_WH, empty) == ()
    assert (chain.pictures, chain.pictures_out_of_order) == (1, 2)


def test_a_report_of_a_strange_signal_or_from_the_past_is_refused() -> None:
    chain = chain_for(CameraBuilder().rule("RED_LIGHT").build())
    assert not chain.record_signal("S9", at(0), SignalState.RED)
    assert chain.record_signal("S1", at(0), SignalState.RED)
    assert not chain.record_signal("S1", at(-1), SignalState.GREEN)
    assert chain.signals["S1"].at(at(0)).state == SignalState.RED
