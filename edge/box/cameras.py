"""The cameras of one box: opens their streams, makes their runs, changes and removes them, and ends them all."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from domain.alert import Alert
from domain.camera import CameraConfig
from domain.fleet.health import HealthEvent, SourceFault, StreamState
from domain.instants import Clock
from domain.seen.timeline import SignalTimeline
from edge.camera_door.stills import OfferStill
from edge.health.figures import StreamFigures
from edge.health.problems import ProblemBoard
from edge.run.camera_guard import CameraGuard, OpenStream
from edge.run.camera_run import CameraRun
from edge.run.evidence_port import Evidence
from edge.run.hand_over import OnReminder
from edge.run.run_maker import RunMaker
from edge.run.seen import Seen
from ingest.open_source import CameraSource
from ingest.source_counters import SourceCounters
from rules.acts.memory import CameraMemory

logger = logging.getLogger(__name__)

_AGAIN_S = 0.5  # between tries to store what a camera that leaves has found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CameraStream(OpenStream):
    """An open stream that says how it is."""

    source: CameraSource
    earlier: StreamFigures  # what the camera's streams before this one did


class Cameras:
    """Builds, changes and ends the cameras of one box.

    Args:
        open_source: opens a camera's stream; what it is given is called with every change of the stream.
        keep_evidence: makes the evidence of an open stream, in a folder of a given name.
        runs: makes the cameras' runs.
        problems: where faults are named.
        clock: the box's.
        on_health: called with every change of a stream.
        on_judged: called with everything that was seen and judged.
        on_alert: called with every alert that begins or ends.
        on_reminder: called with every reminder whose state changes, and its picture.
        keep_memory: called with a camera's memory, by id, when all its cases are stored.
        keep_learned: called with a camera's run, to keep a copy of what it learned of its pictures.
        offer_still: called with every picture, to make a still of it for the centre where one is wanted.
    """

    def __init__(
        self,
        *,
        open_source: Callable[[CameraConfig, Callable[[HealthEvent], None]], CameraSource],
        keep_evidence: Callable[[CameraConfig, CameraSource, str], Evidence],
        runs: RunMaker,
        problems: ProblemBoard,
        clock: Clock,
        on_health: Callable[[HealthEvent], None],
        on_judged: Callable[[Seen], None] = lambda _seen: None,
        on_alert: Callable[[Alert], None] = lambda _alert: None,
        on_reminder: OnReminder = lambda _reminder, _picture: None,
        keep_memory: Callable[[str, CameraMemory], None] = lambda _camera_id, _memory: None,
        keep_learned: Callable[[CameraRun], None] = lambda _run: None,
        offer_still: OfferStill = lambda _camera_id, _make: None,
    ) -> None:
        self._open_source = open_source
        self._keep_evidence = keep_evidence
        self._runs = runs
        self._problems = problems
        self._clock = clock
        self._on_health = on_health
        self._on_judged = on_judged
        self._on_alert = on_alert
        self._on_reminder = on_reminder
        self._keep_memory = keep_memory
        self._keep_learned = keep_learned
        self._offer_still = offer_still
        self._guards: dict[str, CameraGuard] = {}
        self._streams: dict[str, CameraStream] = {}
        self._reasons: dict[str, str] = {}  # of the streams' states
        self._leaving: list[threading.Thread] = []
        self._ending = threading.Event()
        self._generations = count(1)

    def timeline(self, camera_id: str, signal_id: str) -> SignalTimeline | None:
        """The timeline of a signal, None where no camera asks for it."""
        guard = self._guards.get(camera_id)
        run = None if guard is None else guard.run
        return None if run is None else run.signals.get(signal_id)

    def open(self, camera: CameraConfig) -> CameraGuard:
        """A running camera that was not there before.

        Raises:
            ConfigurationError: its rules, zones or secrets are wrong.
        """
        self._runs.check(camera)  # refuses bad rules before the stream is opened
        stream = self._open(camera, None)
        guard = CameraGuard(
            camera=camera,
            stream=stream,
            make_run=self._runs.make,
            problems=self._problems,
            clock=self._clock,
            on_judged=self._on_judged,
            on_alert=self._on_alert,
            on_reminder=self._on_reminder,
            keep_memory=self._keep_memory,
            keep_learned=self._keep_learned,
            offer_still=self._offer_still,
        )
        self._guards[camera.id], self._streams[camera.id] = guard, stream
        return guard

    def prepare(self, guard: CameraGuard, camera: CameraConfig) -> Callable[[], None]:
        """A new configuration of a running camera, or a camera whose stream has ended once more.

        Returns:
            What the analysis thread calls to make the change.

        Raises:
            ConfigurationError: the camera's rules, zones or secrets are wrong; the running one is untouched.
        """
        self._runs.check(camera)
        old = self._streams[camera.id]
        same_stream = guard.camera.stream == camera.stream and not guard.ended
        stream = old if same_stream else self._open(camera, old)

        def change() -> None:
            guard.reconfigure(camera, stream)
            self._streams[camera.id] = stream
            if stream is not old:
                self._leave(guard, old)

        return change

    def remove(self, guard: CameraGuard) -> None:
        """A camera is there no more: what it found is stored, its evidence finished; does not wait."""
        guard.finish()
        self._guards.pop(guard.camera.id, None)
        self._leave(guard, self._streams.pop(guard.camera.id))

    def stream_figures(self, guard: CameraGuard) -> StreamFigures:
        """What the camera's streams have done since the process started, and how the present one is."""
        stream = self._streams.get(guard.camera.id)
        if stream is None:
            return StreamFigures(state=StreamState.LOST, state_reason="the camera was removed")
        reason = self._reasons.get(guard.camera.id, "")
        return _figures_of(stream.source.counters, reason, stream.source.faults).after(stream.earlier)

    def tick(self) -> None:
        """Start evidence that is due though no pictures come."""
        for guard in list(self._guards.values()):
            guard.tick()

    def drain(self, limit_s: float) -> None:
        """Store what waits, finish pending evidence with what the rings hold, then let go of every source."""
        until_s = self._clock.monotonic_s() + limit_s
        guards = list(self._guards.values())

        def left_s() -> float:
            return max(0.0, until_s - self._clock.monotonic_s())

        while sum(not guard.store_waiting() for guard in guards) and left_s() > limit_s / 2:
            self._ending.wait(min(_AGAIN_S, left_s()))
        self._ending.set()
        for guard in guards:
            guard.drain(left_s())
        for thread in self._leaving:
            thread.join(left_s())
        for guard in guards:
            guard.close()

    def _open(self, camera: CameraConfig, old: CameraStream | None) -> CameraStream:
        def on_health(event: HealthEvent) -> None:
            self._reasons[camera.id] = event.reason
            self._on_health(event)

        source = self._open_source(camera, on_health)
        # the old stream's evidence may still write and clear its own folder
        name = camera.id if old is None else f"{camera.id}.{next(self._generations)}"
        earlier = StreamFigures(state=StreamState.CONNECTING)
        if old is not None:
            earlier = _figures_of(old.source.counters, "").after(old.earlier)
        return CameraStream(source=source, evidence=self._keep_evidence(camera, source, name), earlier=earlier)

    def _leave(self, guard: CameraGuard, stream: CameraStream) -> None:
        """Finish a stream that is used no more, when nothing of it waits to be stored; in a thread of its own."""

        def leave() -> None:
            while guard.waits_for(stream) and not self._ending.wait(_AGAIN_S):
                guard.store_waiting()
            for end in (stream.evidence.drain, stream.source.close):
                try:
                    end()
                except Exception:
                    fields = {"action": "close_failed", "camera_id": guard.camera.id}
                    logger.exception("A camera's stream could not be ended", extra=fields)

        thread = threading.Thread(target=leave, name=f"leave-{guard.camera.id}", daemon=True)
        self._leaving = [one for one in self._leaving if one.is_alive()]
        self._leaving.append(thread)
        thread.start()


def _figures_of(counters: SourceCounters, reason: str, faults: tuple[SourceFault, ...] = ()) -> StreamFigures:
    return StreamFigures(
        state=counters.state,
        state_reason=reason,
        decoded_frames=counters.frames_decoded,
        dropped_frames=counters.frames_dropped,
        damaged_frames=counters.frames_damaged,
        reconnects=counters.reconnects,
        ring_bytes=counters.ring_bytes,
        shed_frames=counters.frames_shed,
        refused_frames=counters.frames_refused,
        lost_frames=counters.frames_lost,
        lost_rtp_packets=counters.rtp_packets_lost,
        damaged_stretches=counters.damaged_stretches,
        stamp_outliers=counters.stamp_outliers,
        epochs=counters.epochs,
        faults=faults,
    )
