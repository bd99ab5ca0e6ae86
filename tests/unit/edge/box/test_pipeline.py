"""The analysis loop: every camera's own way, whatever happens to the others."""

import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import DetectionError, OutboxError, SourceUnavailable
from edge.box.figures import CameraFigures
from edge.box.pipeline import Pipeline
from edge.run.camera_station import CameraStation
from tests.builders.box_fakes import (
    EndlessSource,
    ListedSource,
    ManualClock,
    NumberingDetector,
    RememberingChain,
    RememberingDesk,
    camera,
    frame,
)
from tests.builders.cases import build_case


class Bench:
    """A pipeline with stations built from fakes."""

    def __init__(self, *, detector: NumberingDetector | None = None, batch_size: int = 4) -> None:
        self.clock = ManualClock()
        self.detector = detector or NumberingDetector()
        self.pipeline = Pipeline(detector=self.detector, batch_size=batch_size, clock=self.clock)

    def add(
        self,
        camera_id: str,
        source: ListedSource | None = None,
        chains: list[RememberingChain] | None = None,
        desk: RememberingDesk | None = None,
    ) -> CameraStation:
        ready = list(chains or [])
        build: Callable[[], RememberingChain] = lambda: ready.pop(0) if ready else RememberingChain()  # noqa: E731
        station = CameraStation(
            camera=camera(camera_id),
            source=source or EndlessSource(camera_id),
            build_chain=build,  # type: ignore[arg-type]
            desk=desk or RememberingDesk(),  # type: ignore[arg-type]
            figures=CameraFigures(),
            clock=self.clock,
        )
        self.pipeline.stations[camera_id] = station
        return station

    def rounds(self, count: int, *, every_s: float = 0.2) -> None:
        for _ in range(count):
            self.pipeline.round()
            self.clock.pass_s(every_s)


def test_all_due_cameras_share_one_inference() -> None:
    bench = Bench()
    for camera_id in ("a", "b", "c"):
        bench.add(camera_id)
    assert bench.pipeline.round() == 3
    assert bench.detector.batches == [["a", "b", "c"]]


def test_a_batch_is_never_larger_than_allowed() -> None:
    bench = Bench(batch_size=2)
    for camera_id in ("a", "b", "c"):
        bench.add(camera_id)
    bench.pipeline.round()
    assert bench.detector.batches == [["a", "b"], ["c"]]


def test_a_camera_without_a_new_picture_is_not_asked_without_pause() -> None:
    bench = Bench()
    source = ListedSource("quiet", [])
    bench.add("quiet", source)
    bench.rounds(100, every_s=0.001)
    assert 5 <= source.asked <= 12


@settings(max_examples=25, deadline=None)
@given(
    faults=st.lists(st.sampled_from(["frame", "nothing", "error"]), max_size=40),
    steps_s=st.lists(st.floats(0.001, 2.0), min_size=1, max_size=40),
)
def test_whatever_one_camera_does_the_other_is_looked_at_in_every_round(
    faults: list[str], steps_s: list[float]
) -> None:
    answers = {"frame": frame("odd"), "nothing": None, "error": SourceUnavailable("gone")}
    bench = Bench()
    bench.add("odd", ListedSource("odd", [answers[fault] for fault in faults]))
    steady = bench.add("steady")
    for step_s in steps_s:
        bench.pipeline.round()
        bench.clock.pass_s(step_s)
    assert steady.figures.analysed_frames == len(steps_s)


def test_a_failed_batch_is_tried_picture_by_picture_and_only_the_bad_one_is_a_gap() -> None:
    bench = Bench(detector=NumberingDetector(fails_for=["bad"]))
    good, bad = bench.add("good"), bench.add("bad")
    bench.pipeline.round()
    assert bench.detector.batches == [["good", "bad"], ["good"], ["bad"]]
    assert (good.figures.analysed_frames, good.figures.detection_failures) == (1, 0)
    assert (bad.figures.analysed_frames, bad.figures.detection_failures) == (0, 1)


def test_a_failed_inference_never_reaches_the_rules_as_an_empty_scene() -> None:
    bench = Bench(detector=NumberingDetector(fails_for=["bad"]))
    chain = RememberingChain()
    bench.add("bad", chains=[chain])
    bench.rounds(5)
    assert chain.seen_at == []


def test_a_fault_that_is_no_detection_error_is_a_gap_too() -> None:
    class Broken(NumberingDetector):
        def detect(self, frames: object) -> list[object]:  # type: ignore[override]
            raise ZeroDivisionError

    bench = Bench(detector=Broken())
    station = bench.add("a")
    bench.rounds(2)
    assert station.figures.detection_failures == 2


def test_a_broken_chain_is_built_anew_and_the_other_camera_never_misses_a_picture() -> None:
    bench = Bench()
    desk, second = RememberingDesk(), RememberingChain()
    broken = bench.add("broken", chains=[RememberingChain(fails_at=3), second], desk=desk)
    other = bench.add("other")
    bench.rounds(4)
    assert broken.broken
    assert broken.figures.chain_failures == 1
    assert desk.forgotten == 1
    bench.rounds(10)
    assert not broken.broken
    assert second.seen_at
    assert other.figures.analysed_frames == 14


def test_a_chain_that_breaks_again_and_again_is_tried_ever_more_rarely() -> None:
    bench = Bench()
    station = bench.add("a", chains=[RememberingChain(fails_at=0) for _ in range(50)])
    bench.rounds(600)  # two minutes
    assert 5 <= station.figures.chain_failures <= 9


def test_refusals_never_shrink_when_a_chain_is_replaced() -> None:
    bench = Bench()
    station = bench.add("a", chains=[RememberingChain(fails_at=3), RememberingChain()])
    bench.rounds(4)
    before = station.refusals["PARK_PAVEMENT", "too_short"]
    bench.rounds(10)
    assert before == 3
    assert station.refusals["PARK_PAVEMENT", "too_short"] > before


@pytest.mark.parametrize("fault", [SourceUnavailable("gone"), RuntimeError("a bug in the reader")])
def test_a_camera_that_cannot_be_read_does_not_delay_the_others(fault: Exception) -> None:
    bench = Bench()
    dead = bench.add("dead", ListedSource("dead", [fault] * 100))
    silent = bench.add("silent", ListedSource("silent", []))
    live = bench.add("live")
    bench.rounds(20)
    assert live.figures.analysed_frames == 20
    assert (dead.figures.analysed_frames, silent.figures.analysed_frames) == (0, 0)


def test_cases_reach_the_desk_and_are_counted_by_code() -> None:
    bench = Bench()
    case, desk = build_case(), RememberingDesk()
    station = bench.add("a", chains=[RememberingChain(finds=[case])], desk=desk)
    bench.rounds(2)
    assert desk.taken == [case]
    assert station.figures.cases == {"PARK_PAVEMENT": 1}


def test_every_judged_picture_is_noted_for_the_overlay() -> None:
    bench = Bench()
    desk, chain = RememberingDesk(), RememberingChain()
    bench.add("a", chains=[chain], desk=desk)
    bench.rounds(5)
    assert desk.noted_at == chain.seen_at
    assert len(desk.noted_at) == 5


def test_a_finding_that_cannot_be_stored_is_counted_as_lost_not_as_a_case() -> None:
    bench = Bench()
    desk = RememberingDesk(refuses=OutboxError("disk full"))
    station = bench.add("a", chains=[RememberingChain(finds=[build_case()])], desk=desk)
    bench.rounds(2)
    assert station.figures.handover_failures == 1
    assert not station.figures.cases


def test_at_the_end_of_every_source_finished_acts_are_handed_over_and_the_loop_returns() -> None:
    bench = Bench()
    case, desk = build_case(), RememberingDesk()
    chain = RememberingChain(finds=[])
    source = ListedSource("a", [frame("a")], ends=True)
    station = bench.add("a", source, chains=[chain], desk=desk)
    bench.pipeline.round()
    chain._finds.append(case)
    bench.clock.pass_s(1)
    bench.pipeline.run(threading.Event())
    assert station.ended
    assert desk.taken == [case]


def test_a_stop_ends_the_chains() -> None:
    bench = Bench()
    chain = RememberingChain()
    bench.add("a", chains=[chain])
    stop = threading.Event()
    stop.set()
    bench.pipeline.run(stop)
    assert chain.finished


def test_changes_are_made_between_rounds_by_the_analysis_thread() -> None:
    bench = Bench()
    bench.add("a")
    seen: list[int] = []
    bench.pipeline.request(lambda: seen.append(threading.get_ident()))
    assert seen == []
    bench.pipeline.round()
    assert seen == [threading.get_ident()]


def test_detection_errors_are_told_with_the_camera(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.add("cam-7").count_gap(DetectionError("out of memory"))
    assert [getattr(r, "camera_id", None) for r in caplog.records] == ["cam-7"]
