"""The box's supervisor: reloads one camera alone, tells how it is, drains."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping

import pytest
from prometheus_client import generate_latest

from domain.camera import CameraConfig
from domain.errors import ConfigurationError
from domain.fleet.health import Heartbeat, ProblemCode, StreamState
from edge.box.box import Box
from edge.box.box_health import BoxHealth
from edge.box.pipeline import Pipeline
from edge.health.clock_sync import ClockSync
from edge.health.figures import PlateFigures, StreamFigures
from edge.health.health_watch import HealthWatch
from edge.health.metrics import registry_of
from edge.health.problems import ProblemBoard
from edge.run.camera_guard import CameraGuard, OpenStream
from plumbing.system_clock import SystemClock
from tests.builders.box_fakes import (
    EndlessSource,
    ListedSource,
    NumberingDetector,
    RememberingEvidence,
    RememberingRun,
    camera,
)

WAIT_S = 60.0


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < until, "the condition did not come true"
        time.sleep(0.01)


class PlainCameras:
    """Cameras of fakes; refuses those called ``refused``, loses the streams it is told to lose."""

    def __init__(self) -> None:
        self.runs: dict[str, list[RememberingRun]] = {}
        self.removed: list[str] = []
        self.lost: set[str] = set()
        self.sources: dict[str, ListedSource] = {}
        self.steps: list[str] = []

    def open(self, camera: CameraConfig) -> CameraGuard:
        self._check(camera)
        source = self.sources.get(camera.id) or SlowSource(camera.id)
        evidence, clock = RememberingEvidence(), SystemClock()

        def make_run(camera: CameraConfig, _before: object) -> RememberingRun:
            self.runs.setdefault(camera.id, []).append(RememberingRun())
            return self.runs[camera.id][-1]

        return CameraGuard(
            camera=camera,
            stream=OpenStream(source=source, evidence=evidence),
            make_run=make_run,  # type: ignore[arg-type]
            problems=ProblemBoard(clock),
            clock=clock,
        )

    def prepare(self, guard: CameraGuard, camera: CameraConfig) -> Callable[[], None]:
        self._check(camera)
        return lambda: guard.reconfigure(camera, guard.stream)

    def remove(self, guard: CameraGuard) -> None:
        guard.finish()
        self.removed.append(guard.camera.id)

    def stream_figures(self, guard: CameraGuard) -> StreamFigures:
        lost = guard.camera.id in self.lost
        return StreamFigures(state=StreamState.LOST if lost else StreamState.LIVE, state_reason="the test says so")

    def tick(self) -> None:
        self.steps.append("tick")

    def drain(self, limit_s: float) -> None:
        self.steps.append("cameras drained")

    def _check(self, camera: CameraConfig) -> None:
        if camera.name == "bursts":
            raise RuntimeError("a bug")
        if camera.name == "refused":
            raise ConfigurationError(f"{camera.id}: no rule is called SPEED")


class SlowSource(EndlessSource):
    """A new frame every few milliseconds."""

    def read(self, timeout_s: float):  # type: ignore[no-untyped-def]
        self._turn = not getattr(self, "_turn", False)
        return super().read(timeout_s) if self._turn else None


class PlainDelivery:
    """Remembers the order of things."""

    connected = True

    def __init__(self, steps: list[str]) -> None:
        self.heartbeat: Callable[[], Heartbeat] | None = None
        self._steps = steps

    def unsent(self) -> Mapping[str, int]:
        return {"collecting": 1, "ready": 2}

    def start(self, heartbeat: Callable[[], Heartbeat]) -> None:
        self.heartbeat = heartbeat
        self._steps.append("delivery started")

    def drain(self, limit_s: float) -> None:
        assert self.heartbeat is not None
        self._steps.append(f"delivery drained while {self.heartbeat().status}")


class Yard:
    """A box of fakes that runs in a thread."""

    def __init__(self) -> None:
        self.files: dict[str, CameraConfig | ConfigurationError] = {"a.yaml": camera("a"), "b.yaml": camera("b")}
        self.cameras = PlainCameras()
        self.delivery = PlainDelivery(self.cameras.steps)
        self.problems = ProblemBoard()
        self.plates = PlateFigures()
        self.detector = NumberingDetector()
        self.pipeline = Pipeline(detector=self.detector, batch_size=4, problems=self.problems, clock=SystemClock())
        health = BoxHealth(
            box_id="box-1",
            pipeline=self.pipeline,
            cameras=self.cameras,
            delivery=self.delivery,
            problems=self.problems,
            plates=self.plates,
            refused_pictures=lambda: 3,
            watch=HealthWatch(
                problems=self.problems,
                clock=SystemClock(),
                clock_sync=ClockSync({}),
                judged_within_s=5.0,
                stuck_after_s=5.0,
            ),
            clock_sync=ClockSync({}),
            clock=SystemClock(),
        )
        self.box = Box(
            box_id="box-1",
            pipeline=self.pipeline,
            cameras=self.cameras,
            read_cameras=lambda: dict(self.files),
            delivery=self.delivery,
            problems=self.problems,
            health=health,
            drain_limit_s=5.0,
            clock=SystemClock(),
        )
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.box.run()
        except Exception as error:  # noqa: BLE001
            self.error = error

    def analysed(self, camera_id: str) -> int:
        guard = self.pipeline.cameras.get(camera_id)
        return guard.figures.analysed_frames if guard else 0

    def stop(self) -> None:
        self.box.request_stop()
        self.thread.join(WAIT_S)
        assert not self.thread.is_alive()


@pytest.fixture
def yard() -> Iterator[Yard]:
    yard = Yard()
    yield yard
    if yard.thread.is_alive():
        yard.stop()


@pytest.fixture
def running(yard: Yard) -> Yard:
    yard.thread.start()
    wait_for(lambda: yard.analysed("a") > 2 and yard.analysed("b") > 2)
    return yard


def test_a_changed_file_rebuilds_its_camera_and_no_other(running: Yard) -> None:
    other_run, before = running.cameras.runs["b"][-1], running.analysed("b")
    running.files["a.yaml"] = camera("a", version=2)
    running.box.request_reload()
    wait_for(lambda: running.pipeline.cameras["a"].camera.version == 2)
    counted = running.analysed("a")
    wait_for(lambda: running.analysed("a") > counted and running.analysed("b") > before)
    assert running.cameras.runs["b"] == [other_run]
    assert not other_run.finished
    assert running.cameras.runs["a"][0].finished


def test_a_bad_file_is_refused_with_its_faults_and_the_old_camera_runs_on(running: Yard) -> None:
    running.files["a.yaml"] = ConfigurationError("a.yaml:3: name: it is missing | add `name:`")
    running.box.request_reload()
    wait_for(lambda: bool(running.problems.texts()))
    before = running.analysed("a")
    wait_for(lambda: running.analysed("a") > before)
    assert "a.yaml:3" in running.problems.texts()[0]
    assert running.pipeline.cameras["a"].camera.version == 1
    running.files["a.yaml"] = camera("a")
    running.box.request_reload()
    wait_for(lambda: not running.problems.texts())


def test_a_camera_whose_rules_are_refused_runs_on_as_it_was(running: Yard) -> None:
    running.files["a.yaml"] = camera("a", name="refused", version=2)
    running.box.request_reload()
    wait_for(lambda: bool(running.problems.texts()))
    assert running.pipeline.cameras["a"].camera.version == 1


def test_whatever_a_camera_throws_when_it_is_rebuilt_ends_nothing(running: Yard) -> None:
    running.files["a.yaml"] = camera("a", name="bursts", version=2)
    running.files["b.yaml"] = camera("b", version=2)
    running.box.request_reload()
    wait_for(lambda: any("RuntimeError: a bug" in text for text in running.problems.texts()))
    wait_for(lambda: running.pipeline.cameras["b"].camera.version == 2)
    assert running.pipeline.cameras["a"].camera.version == 1
    before = running.analysed("a")
    wait_for(lambda: running.analysed("a") > before)


def test_camera_files_that_cannot_be_read_end_nothing(running: Yard) -> None:
    def failing() -> dict[str, CameraConfig | ConfigurationError]:
        raise OSError(5, "Input/output error")

    running.box._read_cameras = failing
    running.box.request_reload()
    wait_for(lambda: any("Input/output error" in text for text in running.problems.texts()))
    before = running.analysed("a")
    wait_for(lambda: running.analysed("a") > before)


def test_cameras_are_added_and_removed_with_their_files(running: Yard) -> None:
    running.files["c.yaml"] = camera("c")
    del running.files["a.yaml"]
    running.box.request_reload()
    wait_for(lambda: set(running.pipeline.cameras) == {"b", "c"})
    assert running.cameras.removed == ["a"]
    wait_for(lambda: running.analysed("c") > 0)


def test_changes_that_follow_each_other_fast_leave_the_last_one_running_and_nothing_behind(running: Yard) -> None:
    for version in range(2, 12):
        running.files["a.yaml"] = camera("a", version=version)
        running.box.request_reload()
    wait_for(lambda: running.pipeline.cameras["a"].camera.version == 11)
    running.stop()
    runs = running.cameras.runs["a"]
    assert all(run.finished for run in runs)
    assert len(runs) >= 2


def test_files_that_are_all_gone_change_nothing_and_are_told(running: Yard) -> None:
    def nothing_there() -> dict[str, CameraConfig | ConfigurationError]:
        raise ConfigurationError("cameras: cameras/*.yaml finds no file")

    running.box._read_cameras = nothing_there
    running.box.request_reload()
    wait_for(lambda: bool(running.problems.texts()))
    assert set(running.pipeline.cameras) == {"a", "b"}
    assert running.thread.is_alive()


def test_no_camera_is_removed_while_some_file_has_faults(running: Yard) -> None:
    running.files["moved.yaml"] = ConfigurationError("moved.yaml: half written")
    del running.files["a.yaml"]
    running.box.request_reload()
    wait_for(lambda: bool(running.problems.texts()))
    assert set(running.pipeline.cameras) == {"a", "b"}


def test_a_stop_ends_chains_then_evidence_then_delivery(running: Yard) -> None:
    runs = [runs[-1] for runs in running.cameras.runs.values()]
    running.stop()
    assert all(run.finished for run in runs)
    last = [step for step in running.cameras.steps if step != "tick"]
    assert last == ["delivery started", "cameras drained", "delivery drained while draining"]
    assert running.error is None


def test_the_box_ends_by_itself_when_every_source_has_ended(yard: Yard) -> None:
    yard.cameras.sources = {name: ListedSource(name, [], ends=True) for name in ("a", "b")}
    yard.thread.start()
    yard.thread.join(WAIT_S)
    assert not yard.thread.is_alive()
    assert yard.error is None


def test_a_start_without_any_sound_camera_is_refused_with_all_faults(yard: Yard) -> None:
    yard.files = {"a.yaml": ConfigurationError("a.yaml:1: x"), "b.yaml": camera("b", name="refused")}
    yard._run()
    assert isinstance(yard.error, ConfigurationError)
    assert str(yard.error) == "a.yaml:1: x\nb: no rule is called SPEED"


def test_wrong_camera_files_keep_no_other_camera_from_starting_and_are_named_until_mended(yard: Yard) -> None:
    yard.files |= {
        "c.yaml": ConfigurationError("c.yaml:3: id: missing"),
        "d.yaml": camera("d", name="refused"),
        "e.yaml": camera("e", name="bursts"),
    }
    yard.thread.start()
    wait_for(lambda: yard.analysed("a") > 2 and yard.analysed("b") > 2)
    well, document = yard.box.health.healthz()
    assert not well
    (problem,) = document["problems"]
    assert problem["code"] == "camera_files_wrong"
    for told in ("c.yaml:3: id: missing", "d: no rule is called SPEED", "camera e: RuntimeError: a bug"):
        assert told in problem["text"]
    yard.files |= {f"{name}.yaml": camera(name) for name in "cde"}
    yard.box.request_reload()
    wait_for(lambda: all(yard.analysed(name) > 2 for name in "abcde"))
    wait_for(lambda: yard.box.health.healthz()[0])


def test_healthz_is_well_while_all_cameras_are_live(running: Yard) -> None:
    well, document = running.box.health.healthz()
    assert well
    assert document["cameras"]["a"]["state"] == "live"
    assert document["unsent_cases"] == 3


def test_healthz_fails_when_a_camera_is_lost_and_says_which(running: Yard) -> None:
    running.cameras.lost = {"b"}
    well, document = running.box.health.healthz()
    assert not well
    assert document["cameras"]["b"] == {**document["cameras"]["b"], "state": "lost", "reason": "the test says so"}


def test_healthz_fails_when_the_analysis_is_stuck(yard: Yard) -> None:
    assert yard.box.health.healthz()[0], "before the start nothing is stuck"
    yard.pipeline.last_round_at_s -= 100.0
    well, document = yard.box.health.healthz()
    assert not well
    assert document["analysis_stuck"]


def test_livez_stands_whatever_no_restart_mends(running: Yard) -> None:
    running.cameras.lost = {"a", "b"}
    running.problems.report(ProblemCode.BROKER_AWAY, "the uplink is cut")
    running.problems.report(ProblemCode.DISK_FULL, "the disk is full")
    assert not running.box.health.healthz()[0]
    works, document = running.box.health.livez()
    assert works
    assert document["idle_s"].keys() == {"analysis", "process"}


def test_a_supervisor_gets_signs_of_life_only_while_the_analysis_goes_round(running: Yard) -> None:
    signs: list[float] = []
    running.box._on_turn = lambda: signs.append(time.monotonic())
    wait_for(lambda: len(signs) >= 2)
    running.pipeline.round = lambda: time.sleep(0.05) or 0  # type: ignore[method-assign] - it works and gets nowhere
    running.pipeline.last_round_at_s -= 100.0
    wait_for(lambda: not running.box.health.livez()[0])
    count = len(signs)
    time.sleep(2.5)
    assert len(signs) <= count + 1


def test_livez_fails_when_a_loop_is_stuck_or_the_analysis_has_died(yard: Yard) -> None:
    assert yard.box.health.livez()[0], "before the start nothing is stuck"
    yard.pipeline.last_round_at_s -= 100.0
    assert not yard.box.health.livez()[0]
    yard.pipeline.last_round_at_s += 100.0
    yard.box.health._last_turn_at_s -= 100.0
    assert not yard.box.health.livez()[0]
    yard.box.health._last_turn_at_s += 100.0
    yard.box.health.analysis_runs = lambda: False
    assert not yard.box.health.livez()[0]
    yard.box.health.draining = True
    assert yard.box.health.livez() == (True, {"status": "ok", "idle_s": {}}), "a box that drains is let do so"


def test_the_heartbeat_tells_cameras_unsent_cases_and_problems(running: Yard) -> None:
    running.problems.report(ProblemCode.DISK_FULL, "the disk is full")
    beat = running.box.health.heartbeat()
    assert (beat.status, beat.unsent_cases) == ("online", 3)
    (problem,) = beat.problems
    assert (problem.code, problem.camera_id, problem.text) == ("disk_full", None, "the disk is full")
    assert "Free space" in problem.remedy
    assert beat.cameras == {"a": StreamState.LIVE, "b": StreamState.LIVE}


def test_metrics_tell_every_camera_by_itself(running: Yard) -> None:
    text = generate_latest(registry_of(running.box.health.view)).decode()
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(lines['matthan_frames_analysed_total{camera="a"}']) > 2
    assert lines['matthan_stream_state{camera="b",state="live"}'] == "1.0"
    assert lines['matthan_stream_state{camera="b",state="lost"}'] == "0.0"
    assert lines['matthan_outbox_cases{state="ready"}'] == "2.0"
    refused = lines['matthan_rule_refusals_total{camera="a",reason="too_short",rule="PARK_PAVEMENT"}']
    assert float(refused) > 2


def test_read_and_unread_plates_are_counted_by_reason(running: Yard) -> None:
    running.plates.note("a", status="agreed", reason=None)
    for _ in range(2):
        running.plates.note("a", status="unread", reason="no two reads agree")
    text = generate_latest(registry_of(running.box.health.view)).decode()
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert lines['matthan_plates_total{camera="a",reason="",status="agreed"}'] == "1.0"
    assert lines['matthan_plates_total{camera="a",reason="no two reads agree",status="unread"}'] == "2.0"
    _, document = running.box.health.healthz()
    assert [document["cameras"]["a"][key] for key in ("plates_agreed", "plates_unread")] == [1, 2]
    assert document["cameras"]["b"]["plates_agreed"] == 0
