"""The process on the box: starts everything, reloads single cameras, and drains."""

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from domain.camera import CameraConfig
from domain.errors import ConfigurationError
from domain.fleet.health import ProblemCode
from domain.instants import Clock
from edge.box.box_health import BoxHealth
from edge.box.pipeline import Pipeline
from edge.box.ports import Delivery, RunningCameras
from edge.health.problems import ProblemBoard
from edge.run.camera_guard import CameraGuard

logger = logging.getLogger(__name__)

_TICK_S = 1.0

Order = Literal["stop", "reload"]


class Box:
    """All cameras of one box.

    Args:
        box_id: the box's name.
        pipeline: the analysis, not yet running.
        cameras: builds, changes and ends the cameras.
        read_cameras: reads every camera file afresh; by file, the camera or what is wrong with it.
        delivery: towards the centre.
        problems: what is wrong with the box as a whole.
        health: measures and names how the box is.
        drain_limit_s: how long the end may take.
        clock: for limits.
        on_turn: called about once a second while the loops turn, e.g. to give a supervisor a sign of life.
    """

    def __init__(
        self,
        *,
        box_id: str,
        pipeline: Pipeline,
        cameras: RunningCameras,
        read_cameras: Callable[[], Mapping[str, CameraConfig | ConfigurationError]],
        delivery: Delivery,
        problems: ProblemBoard,
        health: BoxHealth,
        drain_limit_s: float,
        clock: Clock,
        on_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self.box_id = box_id
        self._pipeline = pipeline
        self._cameras = cameras
        self._read_cameras = read_cameras
        self._delivery = delivery
        self._problems = problems
        self.health = health
        self._drain_limit_s = drain_limit_s
        self._clock = clock
        self._stop = threading.Event()
        self._orders: queue.SimpleQueue[Order] = queue.SimpleQueue()  # may be filled by a signal handler
        self._analysis = threading.Thread(target=self._analyse, name="analysis", daemon=True)
        self._analysis_error: Exception | None = None
        self._reload_wanted = False
        self._on_turn = on_turn
        self._changing: set[str] = set()  # cameras whose change the analysis thread has not made yet

    # from other threads and signal handlers

    def request_stop(self) -> None:
        """Begin to drain; returns at once."""
        self._orders.put("stop")

    def request_reload(self) -> None:
        """Read the camera files again soon; returns at once."""
        self._orders.put("reload")

    # the process's own thread

    def run(self) -> None:
        """Work until asked to stop or until every source has ended, then drain.

        Raises:
            ConfigurationError: no camera can be built at the start.
        """
        self._start()
        try:
            while (order := self._next_order()) != "stop":
                self._reload_wanted |= order == "reload"
                if self._reload_wanted and not self._changing:
                    self._reload_wanted = False
                    self.reload()
                self._cameras.tick()
                self.health.look()
                self.health.note_turn()
                if self.health.livez()[0]:
                    self._on_turn()
        finally:
            self._drain()
        if self._analysis_error is not None:
            raise self._analysis_error

    def reload(self) -> None:
        """Rebuild the cameras whose files have changed, and only those; a bad file changes nothing."""
        faults: list[str] = []
        wanted: dict[str, CameraConfig] = {}
        for answer in self._camera_answers():
            if isinstance(answer, ConfigurationError):
                faults.append(str(answer))
            else:
                wanted[answer.id] = answer
        running = dict(self._pipeline.cameras)
        for camera in wanted.values():
            guard = running.get(camera.id)
            if guard is None or guard.camera != camera or guard.ended:
                faults.extend(self._rebuild(camera, guard))
        if not faults:  # a file with faults may be that of a running camera
            for camera_id in running.keys() - wanted.keys():
                self._remove(camera_id)
        self._report_faults(faults)

    def _camera_answers(self) -> Iterable[CameraConfig | ConfigurationError]:
        try:
            return self._read_cameras().values()
        except ConfigurationError as error:  # no file is where they should be
            return (error,)
        except OSError as error:
            return (ConfigurationError(f"the camera files cannot be read ({error.strerror})"),)

    def _next_order(self) -> Order | None:
        try:
            return self._orders.get(timeout=_TICK_S)
        except queue.Empty:
            return None

    def _start(self) -> None:
        faults: list[str] = []
        cameras = self._pipeline.cameras
        for answer in self._read_cameras().values():
            if isinstance(answer, ConfigurationError):
                faults.append(str(answer))
                continue
            try:
                cameras[answer.id] = self._cameras.open(answer)
            except ConfigurationError as error:
                faults.append(str(error))
            except Exception as error:
                logger.exception("Camera not opened", extra={"action": "open_failed", "camera_id": answer.id})
                faults.append(f"camera {answer.id}: {type(error).__name__}: {error}")
        if faults and not cameras:
            raise ConfigurationError("\n".join(faults))
        self._report_faults(faults)
        self._delivery.start(self.health.heartbeat)
        self._analysis.start()
        self.health.analysis_runs = self._analysis.is_alive
        logger.info("Box is up", extra={"action": "box_started", "box_id": self.box_id, "cameras": len(cameras)})

    def _rebuild(self, camera: CameraConfig, guard: CameraGuard | None) -> Iterable[str]:
        try:
            make_change = self._added(camera) if guard is None else self._cameras.prepare(guard, camera)
        except ConfigurationError as error:
            return [str(error)]
        except Exception as error:
            logger.exception("Camera not reloaded", extra={"action": "reload_failed", "camera_id": camera.id})
            return [f"camera {camera.id}: {type(error).__name__}: {error}"]
        self._request(camera.id, make_change)
        logger.info(
            "Camera reloaded",
            extra={"action": "camera_reloaded", "camera_id": camera.id, "config_version": camera.version},
        )
        return []

    def _added(self, camera: CameraConfig) -> Callable[[], None]:
        guard = self._cameras.open(camera)

        def add() -> None:
            self._pipeline.cameras[camera.id] = guard

        return add

    def _remove(self, camera_id: str) -> None:
        def take_out() -> None:
            self._cameras.remove(self._pipeline.cameras.pop(camera_id))
            self._problems.clear_camera(camera_id)

        self._request(camera_id, take_out)
        logger.warning("Camera removed", extra={"action": "camera_removed", "camera_id": camera_id})

    def _request(self, camera_id: str, make_change: Callable[[], None]) -> None:
        """Have a camera changed by the analysis thread; until then no other change of it is begun."""

        def change() -> None:
            try:
                make_change()
            finally:
                self._changing.discard(camera_id)

        self._changing.add(camera_id)
        self._pipeline.request(change)

    def _report_faults(self, faults: list[str]) -> None:
        if not faults:
            self._problems.clear(ProblemCode.CAMERA_FILES_WRONG)
            return
        self._problems.report(
            ProblemCode.CAMERA_FILES_WRONG,
            "camera files have faults, what ran before runs on: " + "; ".join(faults),
        )

    def _analyse(self) -> None:
        try:
            self._pipeline.run(self._stop)
        except Exception as error:  # noqa: BLE001 - carried to the process's own thread, which ends the process
            self._analysis_error = error
        finally:
            self._orders.put("stop")

    def _drain(self) -> None:
        """Stop reading, finish runs and evidence, send what can be sent, say goodbye: within the limit."""
        began_s = self._clock.monotonic_s()
        logger.info("Draining", extra={"action": "draining", "box_id": self.box_id})
        self.health.draining = True
        self._stop.set()
        if self._analysis.ident is not None:
            self._analysis.join(self._drain_limit_s)

        def left_s() -> float:
            return max(0.5, self._drain_limit_s - (self._clock.monotonic_s() - began_s))

        self._cameras.drain(left_s())
        self._delivery.drain(left_s())
        took_s = round(self._clock.monotonic_s() - began_s, 1)
        logger.info("Box is down", extra={"action": "box_stopped", "box_id": self.box_id, "took_s": took_s})
