"""The analysis loop: every camera's own way, whatever happens to the others."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alert import Alert, AlertEnd
from domain.cases.case import Case
from domain.errors import DetectionError, OutboxError, SourceUnavailable
from domain.event import Hold, Passage, Release
from domain.seen.frame import Frame
from edge.box.pipeline import Pipeline
from edge.health.problems import ProblemBoard
from edge.health.quarters import PICTURES, Counted
from edge.run.camera_guard import CameraGuard
from tests.builders.alerts import build_alert
from tests.builders.box_fakes import (
    NOON,
    EndlessSource,
    ListedSource,
    ManualClock,
    NumberingDetector,
    RememberingEvidence,
    RememberingRun,
    camera,
    frame,
    guard_of,
)
from tests.builders.cases import build_case


class Bench:
    """A pipeline with cameras built from fakes."""

    def __init__(self, *, detector: NumberingDetector | None = None, batch_size: int = 4) -> None:
        self.clock = ManualClock()
        self.problems = ProblemBoard(self.clock)
        self.detector = detector or NumberingDetector()
        self.pipeline = Pipeline(
            detector=self.detector, batch_size=batch_size, problems=self.problems, clock=self.clock
        )

    def add(
        self,
        camera_id: str,
        source: ListedSource | None = None,
        runs: Sequence[RememberingRun] = (),
        evidence: RememberingEvidence | None = None,
    ) -> CameraGuard:
        guard = guard_of(
            camera(camera_id),
            source or EndlessSource(camera_id),
            clock=self.clock,
            runs=runs,
            evidence=evidence,
            problems=self.problems,
        )
        self.pipeline.cameras[camera_id] = guard
        return guard

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
    run = RememberingRun()
    bench.add("bad", runs=[run])
    bench.rounds(5)
    assert run.seen_at == []


def test_a_fault_that_is_no_detection_error_is_a_gap_too() -> None:
    class Broken(NumberingDetector):
        def detect(self, frames: object) -> list[object]:  # type: ignore[override]
            raise ZeroDivisionError

    bench = Bench(detector=Broken())
    guard = bench.add("a")
    bench.rounds(2)
    assert guard.figures.detection_failures == 2


def test_a_picture_that_is_not_newer_than_the_last_is_counted_where_the_metrics_show_it() -> None:
    class Older(RememberingRun):
        def judge(self, seen: object) -> None:  # type: ignore[override]
            """It was judged before."""

    bench = Bench()
    guard = bench.add("a", runs=[Older()])
    bench.rounds(3)
    assert (guard.figures.frames_out_of_order, guard.figures.analysed_frames) == (3, 0)


def test_a_broken_chain_is_built_anew_and_the_other_camera_never_misses_a_picture() -> None:
    bench = Bench()
    evidence, second = RememberingEvidence(), RememberingRun()
    broken = bench.add("broken", runs=[RememberingRun(fails_at=3), second], evidence=evidence)
    other = bench.add("other")
    bench.rounds(4)
    assert broken.broken
    assert broken.figures.run_failures == 1
    assert evidence.forgotten == 1
    bench.rounds(10)
    assert not broken.broken
    assert second.seen_at
    assert other.figures.analysed_frames == 14


def test_a_rule_that_fails_is_named_until_it_judges_again_and_the_others_judge_on() -> None:
    bench, run = Bench(), RememberingRun()
    run.rule_faults = {"THEIR_RULE": "ZeroDivisionError: division by zero"}
    guard = bench.add("a", runs=[run])
    bench.rounds(3)
    (problem,) = bench.problems.problems()
    assert problem.code == "rule_failed"
    assert problem.text == (
        "camera a: THEIR_RULE failed and is left out for a while: ZeroDivisionError: division by zero"
    )
    assert "tried again" in problem.remedy
    assert guard.figures.analysed_frames == 3
    run.rule_faults = {}
    bench.rounds(1)
    assert bench.problems.problems() == ()


def test_a_chain_that_breaks_again_and_again_is_tried_ever_more_rarely() -> None:
    bench = Bench()
    guard = bench.add("a", runs=[RememberingRun(fails_at=0) for _ in range(50)])
    bench.rounds(600)  # two minutes
    assert 5 <= guard.figures.run_failures <= 9


def test_a_run_that_breaks_for_days_never_ends_the_box() -> None:
    bench = Bench()
    guard = bench.add("a", runs=[RememberingRun(fails_at=0) for _ in range(3000)])
    bench.rounds(6000, every_s=61)
    assert guard.figures.run_failures == 3000
    assert not guard.broken
    assert not bench.problems.problems()


def test_refusals_never_shrink_when_a_chain_is_replaced() -> None:
    bench = Bench()
    guard = bench.add("a", runs=[RememberingRun(fails_at=3), RememberingRun()])
    bench.rounds(4)
    before = guard.refusals["PARK_PAVEMENT", "too_short"]
    bench.rounds(10)
    assert before == 3
    assert guard.refusals["PARK_PAVEMENT", "too_short"] > before


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
    case, evidence = build_case(), RememberingEvidence()
    guard = bench.add("a", runs=[RememberingRun(finds=[case])], evidence=evidence)
    bench.rounds(2)
    assert evidence.taken == [case]
    assert guard.figures.cases == {"PARK_PAVEMENT": 1}


def test_every_judged_picture_is_noted_for_the_overlay() -> None:
    bench = Bench()
    evidence, run = RememberingEvidence(), RememberingRun()
    bench.add("a", runs=[run], evidence=evidence)
    bench.rounds(5)
    assert evidence.noted_at == run.seen_at
    assert len(evidence.noted_at) == 5


def cases(count: int) -> list[Case]:
    return [build_case(began_at=NOON + timedelta(minutes=number)) for number in range(count)]


def test_a_case_that_cannot_be_stored_waits_is_named_and_stored_when_the_outbox_is_back() -> None:
    bench = Bench()
    (case,) = cases(1)
    evidence = RememberingEvidence(refuses=OutboxError("database or disk is full"), times=3)
    guard = bench.add("a", runs=[RememberingRun(finds=[case])], evidence=evidence)
    bench.rounds(2)
    assert (guard.figures.unstored_findings, dict(guard.figures.cases)) == (1, {})
    (problem,) = bench.problems.problems()
    assert (problem.code, problem.camera_id) == ("cases_not_stored", "a")
    assert "database or disk is full" in problem.text
    bench.rounds(60)
    assert evidence.taken == [case]
    assert guard.figures.handover_failures == 3
    assert guard.figures.unstored_findings == 0
    assert not bench.problems.problems()


def test_no_copy_of_the_memory_knows_of_a_case_that_is_on_no_disk() -> None:
    bench = Bench()
    evidence = RememberingEvidence(refuses=OutboxError("database or disk is full"), times=3)
    stored: list[int] = []
    guard = guard_of(
        camera("a"),
        ListedSource("a", [frame("a", index=index, at_s=float(index)) for index in range(40)]),
        clock=bench.clock,
        runs=[RememberingRun(finds=cases(1))],
        evidence=evidence,
        keep_memory=lambda _camera_id, _memory: stored.append(len(evidence.taken)),
    )
    for _ in range(40):
        if (picture := guard.take_due_frame()) is not None:
            guard.judge(picture, bench.detector.detect([picture])[0])
        bench.clock.pass_s(1.0)
    assert 0 < len(stored) < 40
    assert set(stored) == {1}


@pytest.mark.parametrize("error", [OutboxError("disk full"), OSError(30, "Read-only file system"), KeyError("a bug")])
def test_nothing_newer_overtakes_a_case_that_waits(error: Exception) -> None:
    bench = Bench()
    found = cases(5)
    evidence = RememberingEvidence(refuses=error, times=2)
    bench.add("a", runs=[RememberingRun(finds=found)], evidence=evidence)
    bench.rounds(100)
    assert evidence.taken == found


def test_an_alert_waits_for_no_case_and_a_failed_one_costs_none() -> None:
    bench = Bench()
    begun, ended = build_alert(), build_alert(end=AlertEnd.OVER)
    evidence = RememberingEvidence(refuses=OutboxError("database or disk is full"), times=3)
    sent: list[Alert] = []

    def send(alert: Alert) -> None:
        sent.append(alert)
        if alert is begun:
            raise OSError("no line")

    guard = guard_of(
        camera("a"),
        ListedSource("a", [frame("a")]),
        clock=bench.clock,
        runs=[RememberingRun(finds=[*cases(1), begun, ended])],
        evidence=evidence,
        on_alert=send,
    )
    guard.finish()
    assert (sent, evidence.taken) == ([begun, ended], [])
    assert guard.figures.alerts == {"PERSON_ON_CARRIAGEWAY": 1}, "an end is no other alert"
    assert guard.figures.unstored_findings == 1


def test_what_is_counted_and_judged_stands_in_its_quarter_of_an_hour() -> None:
    bench = Bench()
    passage = Passage(at=NOON + timedelta(minutes=16), place_id="south", direction="in", lane_id="", label="car")
    guard = bench.add("a", runs=[RememberingRun(finds=[passage, passage])])
    bench.rounds(3)
    counted = guard.figures.quarters.read()
    assert counted[NOON + timedelta(minutes=15)] == {Counted(place_id="south", direction="in", label="car"): 2}
    assert counted[NOON] == {PICTURES: guard.figures.analysed_frames}


def test_moments_of_a_case_that_waits_are_held_until_it_is_stored_and_releases_wait_behind_it() -> None:
    bench = Bench()
    (case,) = cases(1)
    evidence = RememberingEvidence(refuses=OutboxError("disk full"), times=2)
    finds = [Hold(key="k", at=NOON), case, Release(key="k"), Hold(key="other", at=NOON)]
    bench.add("a", runs=[RememberingRun(finds=finds)], evidence=evidence)
    bench.rounds(4)
    own = [f"unstored:{case.case_id}:{number}" for number in range(len(case.moments))]
    assert evidence.calls == [("hold", "k"), *(("hold", key) for key in own), ("hold", "other")]
    bench.rounds(50)
    assert evidence.taken == [case]
    assert evidence.calls[-len(own) - 1 :] == [*(("release", key) for key in own), ("release", "k")]


def test_a_run_that_breaks_does_not_cost_the_pictures_of_a_case_that_waits() -> None:
    bench = Bench()
    (case,) = cases(1)
    evidence = RememberingEvidence(refuses=OutboxError("disk full"))
    bench.add("a", runs=[RememberingRun(finds=[case], fails_at=1)], evidence=evidence)
    bench.rounds(2)
    assert evidence.forgotten == 1
    assert evidence.calls[-1] == ("hold", f"unstored:{case.case_id}:{len(case.moments) - 1}")


def test_a_copy_of_the_memory_is_kept_when_the_last_case_is_stored_while_the_box_ends() -> None:
    bench = Bench()
    evidence = RememberingEvidence(refuses=OutboxError("disk full"), times=1)
    run = RememberingRun(finds=cases(1))
    guard = bench.add("a", runs=[run], evidence=evidence)
    kept: list[object] = []
    guard._keep_memory = lambda _camera_id, memory: kept.append(memory)
    bench.rounds(1)
    guard.finish()
    assert kept == []
    guard.drain(1.0)
    assert len(evidence.taken) == 1
    assert kept == [run.memory]


def test_a_round_that_fails_as_a_whole_is_named_and_the_next_one_goes_on() -> None:
    bench = Bench()
    stop = threading.Event()
    guard = bench.add("a")
    take, failures = guard.take_due_frame, [MemoryError("no memory"), RuntimeError("a bug")]

    def failing() -> Frame | None:
        if failures:
            raise failures.pop()
        if guard.figures.analysed_frames:
            named.append(bench.problems.problems())
            stop.set()
        return take()

    named: list[object] = []
    guard.take_due_frame = failing  # type: ignore[method-assign]
    bench.pipeline.run(stop)
    assert guard.figures.analysed_frames >= 1
    assert named == [()]
    assert guard.ended


def test_a_box_of_recordings_does_not_end_while_a_case_waits() -> None:
    bench = Bench()
    (case,) = cases(1)
    evidence = RememberingEvidence(refuses=OutboxError("disk full"), times=2)
    source = ListedSource("a", [frame("a")], ends=True)
    guard = bench.add("a", source, runs=[RememberingRun(finds=[case])], evidence=evidence)
    bench.rounds(3)
    assert guard.ended
    assert not guard.done
    bench.rounds(30)
    assert guard.done
    assert evidence.taken == [case]


@pytest.mark.parametrize("error", [OSError(30, "Read-only file system"), RuntimeError("a bug"), OutboxError("x")])
def test_whatever_its_evidence_throws_stays_in_the_camera_and_is_named_until_it_is_over(error: Exception) -> None:
    bench = Bench()
    evidence = RememberingEvidence()
    evidence.fails = error
    finds = [Hold(key="k", at=NOON), *cases(1), Release(key="k")]
    bad = bench.add("bad", runs=[RememberingRun(finds=finds)], evidence=evidence)
    good = bench.add("good")
    bench.rounds(5)
    bad.tick()
    assert good.figures.analysed_frames == 5
    assert bad.figures.analysed_frames == 5
    assert len(evidence.taken) == 1
    assert {(p.code, p.camera_id) for p in bench.problems.problems()} == {("camera_fault", "bad")}
    evidence.fails = None
    bench.rounds(1)
    bad.tick()
    assert not bench.problems.problems()
    evidence.fails = error
    bad.finish()
    bad.drain(1.0)
    bad.close()


def test_what_is_done_beside_the_cameras_may_fail_and_ends_nothing() -> None:
    bench = Bench()
    guard = bench.add("a")
    bench.pipeline.request(lambda: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    bench.rounds(3)
    assert guard.figures.analysed_frames == 3
    assert [p.code for p in bench.problems.problems()] == ["round_fault"]
    bench.pipeline.request(lambda: None)
    bench.rounds(1)
    assert not bench.problems.problems()


def test_at_the_end_of_every_source_finished_acts_are_handed_over_and_the_loop_returns() -> None:
    bench = Bench()
    case, evidence = build_case(), RememberingEvidence()
    run = RememberingRun(finds=[])
    source = ListedSource("a", [frame("a")], ends=True)
    guard = bench.add("a", source, runs=[run], evidence=evidence)
    bench.pipeline.round()
    run._finds.append(case)
    bench.clock.pass_s(1)
    bench.pipeline.run(threading.Event())
    assert guard.ended
    assert evidence.taken == [case]


def test_a_stop_ends_the_chains() -> None:
    bench = Bench()
    run = RememberingRun()
    bench.add("a", runs=[run])
    stop = threading.Event()
    stop.set()
    bench.pipeline.run(stop)
    assert run.finished


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


@pytest.mark.parametrize("step_s", [-3600.0, 25_200.0])
def test_a_clock_that_is_set_ends_the_run_cuts_evidence_and_begins_anew_with_that_very_picture(step_s: float) -> None:
    bench, evidence = Bench(), RememberingEvidence()
    case = build_case()
    first, second = RememberingRun(finds=[]), RememberingRun()
    pictures = [frame(at_s=0.0), frame(index=1, at_s=0.2), replace(frame(index=2, at_s=0.4 + step_s), epoch=1)]
    guard = bench.add("cam-1", ListedSource("cam-1", pictures), [first, second], evidence)
    bench.pipeline.round()
    bench.clock.pass_s(0.2)
    bench.pipeline.round()
    first._finds = [case]
    bench.clock.pass_s(0.2)
    bench.pipeline.round()
    assert evidence.taken == [case]
    assert [abs(shift.total_seconds() - step_s) < 0.001 for shift in first.shifts] == [True]
    assert evidence.calls[-1] == ("end", "epoch")
    assert second.seen_at == [NOON + timedelta(seconds=0.4 + step_s)]
    assert guard.figures.analysed_frames == 3


def test_a_run_that_is_broken_when_the_clock_is_set_hears_of_it_too() -> None:
    bench, broken, fresh = Bench(), RememberingRun(fails_at=0), RememberingRun()
    pictures = [frame(at_s=0.0), replace(frame(index=1, at_s=-3600.0), epoch=1)]
    bench.add("cam-1", ListedSource("cam-1", pictures), [broken, fresh])
    bench.pipeline.round()
    bench.clock.pass_s(60.0)
    bench.pipeline.round()
    bench.clock.pass_s(60.0)
    bench.pipeline.round()
    assert len(broken.shifts) + len(fresh.shifts) == 1
