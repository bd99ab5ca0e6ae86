"""One camera in the box: its newest due picture in, findings out, and whatever breaks in it stays in it."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from domain.alert import Alert
from domain.camera import CameraConfig
from domain.errors import EndOfSource
from domain.fleet.health import ProblemCode
from domain.instants import Clock, seconds_between
from domain.ports import PictureSource
from domain.seen.detections import Detections
from domain.seen.frame import Frame
from edge.camera_door.stills import OfferStill
from edge.health.figures import CameraFigures
from edge.health.problems import ProblemBoard
from edge.reminders.place_pictures import PlacePictures
from edge.run.camera_run import CameraRun
from edge.run.containment import Containment
from edge.run.evidence_port import Evidence
from edge.run.hand_over import HandOver, OnReminder
from edge.run.seen import Seen
from plumbing.backoff import Backoff
from rules.acts.memory import CameraMemory

logger = logging.getLogger(__name__)

_NOTHING_NEW_S = 0.02  # how soon to look again at a camera that had nothing new
_CANNOT_READ_S = 0.5
_READ_TRIES = 5
_FIRST_RESTART_S = 1.0
_LONGEST_RESTART_S = 60.0

RunBuilder = Callable[[CameraConfig, CameraRun | None], CameraRun]
"""Makes a camera's run, with the run of that camera until now, if there was one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenStream:
    """A camera's open stream and the evidence kept of it; both outlive a reload that leaves the stream as it is."""

    source: PictureSource
    evidence: Evidence


class CameraGuard:
    """Takes and judges one camera's pictures, starts its run anew where it breaks, and lets no exception out.

    Which pictures are due is the source's business: about ``stream.analysed_fps`` a second of capture time. Only the
    analysis thread calls it, but for ``refusals``, ``tick`` and what
    ends the box.

    Args:
        camera: the camera's configuration.
        stream: its open stream.
        make_run: makes its runs: the first, one after a failure, one for a new configuration.
        problems: where faults are named.
        clock: paces restarts and measures the lag.
        on_judged: called with everything that was seen and judged, e.g. to record it.
        on_alert: sends an alert to the centre; does not wait.
        on_reminder: takes a reminder and its picture for the centre and keeps them.
        keep_memory: called with the camera's memory whenever all its cases are stored, to keep a copy.
        keep_learned: called with the run after every picture, to keep a copy of what it learned of its pictures.
        offer_still: called after every picture with what makes a still of it for the centre.
    """

    def __init__(
        self,
        *,
        camera: CameraConfig,
        stream: OpenStream,
        make_run: RunBuilder,
        problems: ProblemBoard,
        clock: Clock,
        on_judged: Callable[[Seen], None] = lambda _seen: None,
        on_alert: Callable[[Alert], None] = lambda _alert: None,
        on_reminder: OnReminder = lambda _reminder, _picture: None,
        keep_memory: Callable[[str, CameraMemory], None] = lambda _camera_id, _memory: None,
        keep_learned: Callable[[CameraRun], None] = lambda _run: None,
        offer_still: OfferStill = lambda _camera_id, _make: None,
    ) -> None:
        self.camera = camera
        self.stream = stream
        self.figures = CameraFigures()
        self.ended = False
        self._make_run = make_run
        self._problems = problems
        self._clock = clock
        self._on_judged = on_judged
        self._keep_memory = keep_memory
        self._keep_learned = keep_learned
        self._offer_still = offer_still
        self._run: CameraRun | None = make_run(camera, None)
        self._run_before: CameraRun | None = None  # the one that broke or has ended
        self._hand_over = HandOver(
            camera_id=camera.id,
            figures=self.figures,
            problems=problems,
            clock=clock,
            on_alert=on_alert,
            on_reminder=on_reminder,
        )
        self._places = PlacePictures(camera)
        self._contain = Containment(camera_id=camera.id, figures=self.figures, problems=problems)
        self._restarts = Backoff(first_s=_FIRST_RESTART_S, longest_s=_LONGEST_RESTART_S)
        self._restart_at_s = 0.0
        self._look_again_at_s = clock.monotonic_s()
        self._shift: timedelta | None = None  # the clock was set by so much since the newest judged picture
        self._epoch: int | None = None  # of the newest picture; None: none yet of this stream
        self._failed_rules: set[str] = set()  # named as a problem now
        self._newest: tuple[datetime, float] | None = None  # capture time and monotonic time of the newest judgement

    @property
    def broken(self) -> bool:
        """Whether the run has failed and waits for its restart."""
        return self._run is None and not self.ended

    @property
    def done(self) -> bool:
        """Whether the stream has ended and everything found in it is stored."""
        return self.ended and not self._hand_over.waiting

    @property
    def wait_s(self) -> float:
        """Seconds until this camera should be asked again."""
        return max(0.0, self._look_again_at_s - self._clock.monotonic_s())

    @property
    def run(self) -> CameraRun | None:
        """The run now, or the one that broke or has ended."""
        return self._run or self._run_before

    @property
    def refusals(self) -> Counter[tuple[str, str]]:
        """All refusals since the process started, by (rule, reason); may be asked from every thread."""
        return self._with_run(self.figures.finished_refusals, lambda run: run.refusals)

    @property
    def recall(self) -> Counter[tuple[str, str]]:
        """What the rules had before them since the process started, by (rule, what); may be asked from every thread."""
        return self._with_run(self.figures.finished_recall, lambda run: run.recall)

    def _with_run(
        self, finished: Counter[tuple[str, str]], counts_of: Callable[[CameraRun], Mapping[tuple[str, str], int]]
    ) -> Counter[tuple[str, str]]:
        run = self._run
        total = Counter(dict(finished))
        for _ in range(_READ_TRIES):
            try:
                total.update({} if run is None else counts_of(run))
                break
            except RuntimeError:  # a count was added while they were read
                continue
        return total

    # one round

    def take_due_frame(self) -> Frame | None:
        """The newest due picture, if there is one; never waits."""
        now_s = self._clock.monotonic_s()
        self._hand_over.advance()
        if self.ended or now_s < self._look_again_at_s or not self._has_run(now_s):
            return None
        frame: Frame | None = None
        self._look_again_at_s = now_s + _CANNOT_READ_S
        with self._contain("read", "cannot be read"):
            try:
                frame = self.stream.source.read(0.0)
            except EndOfSource:
                self.finish()
                return None
            self._look_again_at_s = now_s + (_NOTHING_NEW_S if frame is None else 0.0)
        return frame

    def judge(self, frame: Frame, detections: Detections) -> None:
        """Look at the rest of a picture, and let tracking and rules take in what was seen."""
        if self._epoch not in {None, frame.epoch}:
            self._turn(frame)
        self._epoch = frame.epoch
        run = self._run
        if run is None:
            return
        try:
            seen = replace(run.look(frame, detections), clock_shift=self._shift)
            findings = run.judge(seen)
        except Exception as error:  # noqa: BLE001 - one camera's fault must not reach another camera
            self._break(error)
            return
        if self._restarts.tries:
            self._restarts.reset()
            self._problems.clear(ProblemCode.RULES_BROKEN, camera_id=self.camera.id)
        self._name_failed_rules(run)
        if findings is None:
            self.figures.frames_out_of_order += 1
            return
        self._shift = None
        self.figures.analysed_frames += 1
        self.figures.quarters.note_picture(seen.at)
        self.figures.judged_at_s = self._clock.monotonic_s()
        self.figures.clock_error_ms = frame.clock_error_ms
        self.figures.misfitting_lamps = run.misfitting_lamps
        self.figures.broken_lamps = run.broken_lamps
        self.figures.unread_lamps = run.unread_lamps
        self.figures.unread_surfaces = run.unread_surfaces
        self.figures.view = run.view.finding
        self.figures.view_learned = run.view.learned
        self._newest = (frame.captured_at, self.figures.judged_at_s)
        with self._contain("note", "what was seen cannot be noted for its evidence"):
            self.stream.evidence.note(seen.at, seen.resolution_wh, run.tracks, run.signals)
        self._places.note(seen)
        with self._contain("still", "no still of it can be made for the centre"):
            if self._places.is_watched(seen.at):
                self._offer_still(self.camera.id, partial(self._places.scene, frame))
        self._hand_over.put(self.stream.evidence, findings, partial(self._places.take, frame))
        self._remember(run)
        with self._contain("record", "what was seen cannot be recorded"):
            self._on_judged(seen)
        self.figures.lag_s = seconds_between(frame.captured_at, self._clock.now())

    def count_gap(self, error: Exception) -> None:
        """Nobody looked at a picture of this camera: unknown, not empty."""
        self.figures.detection_failures += 1
        logger.warning(
            "Picture not looked at",
            extra={"action": "detection_failed", "camera_id": self.camera.id, "reason": str(error)},
        )

    # its life

    def reconfigure(self, camera: CameraConfig, stream: OpenStream) -> None:
        """Go on with a new configuration: acts that are finished are handed over, the rest is the new run's.

        Args:
            camera: whose rules were found right.
            stream: a new one, or the one so far.
        """
        self.finish()
        if stream is not self.stream:
            self._epoch = None  # another source counts by itself
        self.camera, self.stream = camera, stream
        self._places = PlacePictures(camera)
        with self._contain("reconfigure", "its evidence cannot take the new configuration"):
            stream.evidence.reconfigure(camera)
        self.ended = False
        self._restart_at_s = self._look_again_at_s = self._clock.monotonic_s()
        self._has_run(self._restart_at_s)

    def finish(self) -> None:
        """End of the stream or of this configuration: hand over the acts that are finished."""
        self.ended = True
        run, self._run = self._run, None
        if run is None:
            return
        self._run_before = run
        with self._contain("finish", "its rules cannot be ended"):
            findings = run.finish()
            self._hand_over.put(self.stream.evidence, findings)
        self._remember(run)
        self._sum_up(run)

    def waits_for(self, stream: OpenStream) -> bool:
        """Whether a finding of a stream waits to be stored; may be asked from every thread."""
        return self._hand_over.concerns(stream.evidence)

    def tick(self) -> None:
        """Start evidence that is due though no pictures come."""
        with self._contain("tick", "its evidence cannot be advanced"):
            self.stream.evidence.tick()

    def store_waiting(self) -> bool:
        """Try at once to store what waits; whether nothing waits any more."""
        self._hand_over.advance(now=True)
        return not self._hand_over.waiting

    def drain(self, limit_s: float) -> None:
        """The box ends: a last try to store what waits, then finish pending evidence."""
        if not self.store_waiting():
            logger.critical(
                "Findings could not be stored and are lost with this process",
                extra={"action": "findings_lost", "camera_id": self.camera.id, "count": self._hand_over.waiting},
            )
        elif self._run is None and self._run_before is not None:  # the analysis has ended
            self._remember(self._run_before)
        with self._contain("drain", "its evidence cannot be finished"):
            self.stream.evidence.drain(limit_s)

    def close(self) -> None:
        """Let go of the stream."""
        with self._contain("close", "its stream cannot be closed"):
            self.stream.source.close()

    # inside

    def _sum_up(self, run: CameraRun) -> None:
        """Keep what a run counted that is over."""
        self.figures.finished_refusals.update(run.refusals)
        self.figures.finished_recall.update(run.recall)

    def _name_failed_rules(self, run: CameraRun) -> None:
        """A rule that fails is a problem of the camera until it has gone well for a while; the others judge on."""
        faults = run.rule_faults
        for rule, fault in faults.items():
            text = f"camera {self.camera.id}: {rule} failed and is left out for a while: {fault}"
            self._problems.report(ProblemCode.RULE_FAILED, text, camera_id=self.camera.id, about=rule)
        for rule in self._failed_rules - faults.keys():
            self._problems.clear(ProblemCode.RULE_FAILED, camera_id=self.camera.id, about=rule)
        self._failed_rules = set(faults)

    def _remember(self, run: CameraRun) -> None:
        """Keep a copy of the camera's memory; never one that knows of a case which is on no disk."""
        if not self._hand_over.waiting:
            with self._contain("remember", "cannot keep a copy of its memory"):
                self._keep_memory(self.camera.id, run.memory)
        with self._contain("remember_learned", "cannot keep a copy of what was learned of its pictures"):
            self._keep_learned(run)

    def _has_run(self, now_s: float) -> bool:
        if self._run is None and now_s >= self._restart_at_s:
            try:
                self._run = self._make_run(self.camera, self._run_before)
                logger.info("Camera restarted", extra={"action": "run_started", "camera_id": self.camera.id})
            except Exception as error:  # noqa: BLE001 - see judge
                self._break(error)
        if self._run is None:
            self._look_again_at_s = max(self._restart_at_s, now_s)
        return self._run is not None

    def _turn(self, frame: Frame) -> None:
        """The clock was set: acts in progress end, and everything begins anew with this picture."""
        shift = timedelta()
        if self._newest is not None:
            at, judged_s = self._newest
            shift = frame.captured_at - at - timedelta(seconds=self._clock.monotonic_s() - judged_s)
        self._shift = shift + (self._shift or timedelta())
        fields = {"action": "epoch_began", "camera_id": self.camera.id, "shift_s": round(shift.total_seconds(), 1)}
        logger.warning("The clock was set, acts in progress end", extra=fields)
        was_whole, run, self._run = self._run is not None, self.run, None
        if run is not None:
            self._run_before = run
            with self._contain("finish", "its rules cannot be ended"):
                findings = run.end_epoch(shift)
                self._hand_over.put(self.stream.evidence, findings if was_whole else ())
        if run is not None and was_whole:
            self._sum_up(run)
        with self._contain("forget", "its held moments cannot be let go"):
            self.stream.evidence.end_epoch()
            self._hand_over.hold_again()
        self._has_run(max(self._clock.monotonic_s(), self._restart_at_s))

    def _break(self, error: Exception) -> None:
        if self._run is not None:
            self._sum_up(self._run)
            self._run_before = self._run
        self._run = None
        self.figures.run_failures += 1
        pause_s = self._restarts.next_s()
        self._restart_at_s = self._clock.monotonic_s() + pause_s
        with self._contain("forget", "its held moments cannot be let go"):
            self.stream.evidence.forget_holds()
            self._hand_over.hold_again()
        self._problems.report(
            ProblemCode.RULES_BROKEN,
            f"camera {self.camera.id}: tracking and rules failed: {type(error).__name__}: {error}",
            camera_id=self.camera.id,
        )
        logger.error(
            "Tracking and rules failed, starting them anew",
            exc_info=error,
            extra={"action": "run_failed", "camera_id": self.camera.id, "restart_in_s": pause_s},
        )
