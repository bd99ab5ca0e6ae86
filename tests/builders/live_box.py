"""A box of one live camera in this process: real RTSP, analysis loop and health page; a detector that sees nothing."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

import httpx

from deploy.local.process import LOOPBACK
from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig
from domain.fleet.health import HealthEvent, Heartbeat
from domain.law.catalogue import built_in_catalogue
from domain.model_ref import ModelRef
from domain.seen.detections import Detections
from domain.seen.frame import Frame
from edge.box.box import Box
from edge.box.box_health import BoxHealth
from edge.box.cameras import Cameras
from edge.box.pipeline import Pipeline
from edge.health.clock_sync import ClockSync
from edge.health.figures import PlateFigures
from edge.health.health_server import HealthServer
from edge.health.health_watch import HealthWatch
from edge.health.metrics import registry_of
from edge.health.problems import ProblemBoard
from edge.run.camera_run import CameraRun
from edge.run.run_maker import RunMaker
from ingest.live.rtsp import RtspSource
from ingest.live.rtsp_link import RtspPatience
from tests.builders.box_fakes import RememberingEvidence, camera
from tests.builders.watching import WallClock, wait_until

HASTY = RtspPatience(
    open_timeout_s=1.5,
    stalled_after_s=1.5,
    given_up_after_s=2.5,
    undecodable_after_s=1.5,
    first_pause_s=0.02,
    absent_pause_s=0.1,
    troubled_pause_s=0.3,
)


class SetClock(WallClock):
    """The machine's clock, set by a test; monotonic time goes on."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """UTC, as far as it was set."""
        return super().now() + self.offset


class NoLine:
    """A line to the centre that is always well."""

    connected = True

    def unsent(self) -> Mapping[str, int]:
        """Nothing."""
        return {}

    def start(self, heartbeat: Callable[[], Heartbeat]) -> None:
        """Nothing is sent."""

    def drain(self, limit_s: float) -> None:
        """Nothing waits."""


class Watcher:
    """A detector that sees nothing, remembers when, and takes its time when told."""

    model = ModelRef(name="watcher", sha256="0" * 64)

    def __init__(self) -> None:
        self.seen_at: list[datetime] = []
        self.takes_s = 0.0
        self.fails: Exception | None = None
        self._pause = threading.Event()

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Nothing is there."""
        if self.takes_s:
            self._pause.wait(self.takes_s)
        if self.fails is not None:
            raise self.fails
        self.seen_at += [frame.captured_at for frame in frames]
        return [Detections.nothing(("car",)) for _ in frames]


class LiveBox:
    """A running box.

    Args:
        url: of its camera.
        judged_within_s: how often a picture has to be judged.
        analysed_fps: pictures a second that are due.
    """

    def __init__(self, url: str, *, judged_within_s: float = 1.5, analysed_fps: float = 10.0) -> None:
        self.clock = SetClock()
        self.problems = ProblemBoard(self.clock)
        self.detector = Watcher()
        self.evidence = RememberingEvidence()
        self.runs: list[CameraRun] = []
        maker = RunMaker(
            box_id="box-1",
            catalogue=built_in_catalogue(),
            detector=None,
            make_tracker=lambda ids: SteadyTracker(ids=ids),
        )
        clock_sync = ClockSync({})
        self.pipeline = Pipeline(detector=self.detector, batch_size=1, clock=self.clock, problems=self.problems)
        cameras = Cameras(
            open_source=self._open,
            keep_evidence=lambda *_: self.evidence,
            runs=maker,
            problems=self.problems,
            clock=self.clock,
            on_health=lambda _event: None,
        )
        delivery = NoLine()
        health = BoxHealth(
            box_id="box-1",
            pipeline=self.pipeline,
            cameras=cameras,
            delivery=delivery,
            problems=self.problems,
            plates=PlateFigures(),
            refused_pictures=lambda: 0,
            watch=HealthWatch(
                problems=self.problems,
                clock=self.clock,
                clock_sync=clock_sync,
                judged_within_s=judged_within_s,
                stuck_after_s=10.0,
            ),
            clock_sync=clock_sync,
            clock=self.clock,
        )
        self.box = Box(
            box_id="box-1",
            pipeline=self.pipeline,
            cameras=cameras,
            read_cameras=lambda: {"c": camera("cam-1", stream={"url": url, "analysed_fps": analysed_fps})},
            delivery=delivery,
            problems=self.problems,
            health=health,
            drain_limit_s=2.0,
            clock=self.clock,
        )
        self._server = HealthServer(
            bind_address=LOOPBACK,
            port=0,
            registry=registry_of(health.view),
            health=health.healthz,
            life=health.livez,
        )
        self._thread = threading.Thread(target=self.box.run)
        self._client = httpx.Client(base_url=f"http://{LOOPBACK}:{self._server.port}", trust_env=False, timeout=10)

    def __enter__(self) -> Self:
        self._server.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.box.request_stop()
        self._thread.join(20.0)
        self._client.close()
        self._server.close()
        assert not self._thread.is_alive()

    @property
    def judged(self) -> int:
        """Pictures judged so far."""
        guard = self.pipeline.cameras.get("cam-1")
        return 0 if guard is None else guard.figures.analysed_frames

    def health(self) -> tuple[int, dict[str, Any]]:
        """Status and document of the health page."""
        answer = self._client.get("/healthz")
        return answer.status_code, answer.json()

    def metrics(self) -> dict[str, float]:
        """By name and labels."""
        lines = self._client.get("/metrics").text.splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}

    def problem(self, code: str) -> dict[str, Any] | None:
        """A problem as the health page names it now."""
        return next((one for one in self.health()[1]["problems"] if one["code"] == code), None)

    def wait_for_problem(self, code: str, words: str = "") -> dict[str, Any]:
        """The problem, as soon as it is named; page, heartbeat and metrics agree on it."""
        found: dict[str, Any] = {}

        def stands() -> bool:
            found.update(self.problem(code) or {})
            return bool(found) and words in found["text"]

        wait_until(stands, 30.0, f"{code} {words!r}; standing: {self.problems.problems()}")
        assert self.health()[0] == 503
        beat = Heartbeat.model_validate_json(self.box.health.heartbeat().model_dump_json())
        assert code in {one.code for one in beat.problems}
        assert self.metrics()[f'matthan_problems{{camera="{found["camera_id"] or ""}",code="{code}"}}'] == 1.0
        assert found["remedy"]
        assert abs(self.clock.now() - datetime.fromisoformat(found["since"])) < timedelta(minutes=2)
        return found

    def wait_until_well(self) -> None:
        """Until the page answers 200 and pictures are judged."""
        wait_until(lambda: self.judged > 2 and self.health()[0] == 200, 30.0, f"well: {self.health()[1]['problems']}")

    def age_s(self) -> float:
        """How long ago the newest picture looked at was taken."""
        return (self.clock.now() - self.detector.seen_at[-1]) / timedelta(seconds=1)

    def _open(self, config: CameraConfig, on_health: Callable[[HealthEvent], None]) -> RtspSource:
        return RtspSource(
            camera_id=config.id,
            url=config.stream.url,
            clock=self.clock,
            analysed_fps=config.stream.analysed_fps,
            on_health=on_health,
            patience=HASTY,
        )
