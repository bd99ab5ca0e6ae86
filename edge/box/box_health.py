"""How the box is at this moment: its figures, its heartbeat, its health page."""

from collections.abc import Callable
from typing import Any

from domain.fleet.health import MOST_PROBLEMS, Heartbeat, ProblemCode
from domain.fleet.version import software_version
from domain.instants import Clock
from edge.box.pipeline import Pipeline
from edge.box.ports import Delivery, RunningCameras
from edge.health.clock_sync import ClockSync
from edge.health.figures import PlateFigures
from edge.health.health_watch import HealthWatch
from edge.health.liveness import life
from edge.health.metrics import BoxView, CameraView
from edge.health.problems import ProblemBoard
from edge.run.camera_guard import CameraGuard


class BoxHealth:
    """Reads what cameras, analysis and delivery have done. Safe to use from every thread.

    Args:
        box_id: the box's name.
        pipeline: the analysis.
        cameras: knows their streams.
        delivery: knows what is unsent.
        problems: what is wrong now.
        plates: how many cases' plates were read.
        refused_pictures: how many pictures of reminders the centre refused.
        watch: names what the figures show to be wrong.
        clock_sync: what the system says of the box's clock.
        clock: the box's.
    """

    def __init__(
        self,
        *,
        box_id: str,
        pipeline: Pipeline,
        cameras: RunningCameras,
        delivery: Delivery,
        problems: ProblemBoard,
        plates: PlateFigures,
        refused_pictures: Callable[[], int],
        watch: HealthWatch,
        clock_sync: ClockSync,
        clock: Clock,
    ) -> None:
        self._box_id = box_id
        self._pipeline = pipeline
        self._cameras = cameras
        self._delivery = delivery
        self._problems = problems
        self._plates = plates
        self._refused_pictures = refused_pictures
        self._watch = watch
        self._clock_sync = clock_sync
        self._clock = clock
        self.draining = False
        self._last_turn_at_s = clock.monotonic_s()
        self.analysis_runs: Callable[[], bool] = lambda: True  # before its start nothing is stuck

    def heartbeat(self) -> Heartbeat:
        """The box's sign of life of this moment."""
        guards, problems = list(self._pipeline.cameras.items()), self._problems.problems()
        return Heartbeat(
            box_id=self._box_id,
            status="draining" if self.draining else "online",
            at=self._clock.now(),
            software_version=software_version(),
            cameras={camera_id: self._cameras.stream_figures(g).state for camera_id, g in guards},
            unsent_cases=sum(self._delivery.unsent().values()),
            problems=problems[:MOST_PROBLEMS],
            problems_left_out=max(0, len(problems) - MOST_PROBLEMS),
            clock_sync=self._clock_sync.text,
        )

    def view(self) -> BoxView:
        """All figures of this moment."""
        return BoxView(
            cameras={camera_id: self._camera_view(g) for camera_id, g in list(self._pipeline.cameras.items())},
            outbox_cases=self._delivery.unsent(),
            analysis_idle_s=self._clock.monotonic_s() - self._pipeline.last_round_at_s,
            broker_connected=self._delivery.connected,
            problems=self._problems.problems(),
            refused_pictures=self._refused_pictures(),
            clock_steps=self._watch.clock_steps,
            clock_synchronised=self._clock_sync.synchronised,
            now_s=self._clock.monotonic_s(),
        )

    def look(self) -> None:
        """Name what is wrong now; while the box drains everything ends, and nothing of that is."""
        if self.draining:
            return
        try:
            view, running = self.view(), list(self._pipeline.cameras.items())
            configs = {one: guard.camera for one, guard in running if one in view.cameras and not guard.ended}
            self._watch.look(view, configs, alive=self.analysis_runs())
        except Exception as error:  # noqa: BLE001 - what watches must not end what it watches
            text = f"health cannot be looked at: {type(error).__name__}: {error}"
            self._problems.report(ProblemCode.ROUND_FAULT, text, about="health")
        else:
            self._problems.clear(ProblemCode.ROUND_FAULT, about="health")

    def healthz(self) -> tuple[bool, dict[str, Any]]:
        """Whether nothing is wrong, and everything that is."""
        self.look()
        view = self.view()
        return not view.problems, {
            "status": "failing" if view.problems else "ok",
            "box_id": self._box_id,
            "software_version": software_version(),
            "network": self._pipeline.model.name,
            "analysis_stuck": self._problems.stands(ProblemCode.ANALYSIS_STUCK),
            "analysis_idle_s": round(view.analysis_idle_s, 3),
            "broker_connected": view.broker_connected,
            "unsent_cases": sum(view.outbox_cases.values()),
            "clock_sync": self._clock_sync.text,
            "problems": [problem.model_dump(mode="json") for problem in view.problems],
            "cameras": {camera_id: _camera_document(v, view.now_s) for camera_id, v in view.cameras.items()},
        }

    def note_turn(self) -> None:
        """The process's own loop has gone round."""
        self._last_turn_at_s = self._clock.monotonic_s()

    def livez(self) -> tuple[bool, dict[str, Any]]:
        """Whether the loops turn, which is all that a restart can mend; a box that drains is let do so."""
        if self.draining:
            return life({}, stuck_after_s=self._watch.stuck_after_s, ended=False)
        now_s = self._clock.monotonic_s()
        idle_s = {"analysis": now_s - self._pipeline.last_round_at_s, "process": now_s - self._last_turn_at_s}
        return life(idle_s, stuck_after_s=self._watch.stuck_after_s, ended=not self.analysis_runs())

    def _camera_view(self, guard: CameraGuard) -> CameraView:
        return CameraView(
            figures=guard.figures,
            stream=self._cameras.stream_figures(guard),
            refusals=guard.refusals,
            plates=self._plates.of(guard.camera.id),
            broken=guard.broken,
            config_version=guard.camera.version,
        )


def _camera_document(view: CameraView, now_s: float) -> dict[str, Any]:
    judged_at_s = view.figures.judged_at_s
    return {
        "config_version": view.config_version,
        "state": view.stream.state.value,
        "reason": view.stream.state_reason,
        "analysed_frames": view.figures.analysed_frames,
        "judged_s_ago": None if judged_at_s is None else round(max(0.0, now_s - judged_at_s), 1),
        "detection_failures": view.figures.detection_failures,
        "run_failures": view.figures.run_failures,
        "cases": sum(view.figures.cases.values()),
        "plates_agreed": sum(count for (status, _), count in view.plates.items() if status == "agreed"),
        "plates_unread": sum(count for (status, _), count in view.plates.items() if status == "unread"),
        "view": view.figures.view.state.value,
        "view_words": view.figures.view.words,
        "lag_s": round(view.figures.lag_s, 3),
    }
