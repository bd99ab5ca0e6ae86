"""One camera's evidence: what was seen lately, moments held, and cases that wait for the end of their clip."""

import logging
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from domain.camera import CameraConfig
from domain.cases.case import Case
from domain.errors import ClipUnavailable, EvidenceError, FileError, OutboxError
from domain.event import Hold, Release
from domain.geometry import SizeWh
from domain.instants import Clock
from domain.ports import Clip, ClipSource
from domain.seen.timeline import SignalTimeline
from domain.seen.track import Track
from edge.evidence.ports import Line, Stage
from edge.evidence.seen_rows import OverlayRing, OverlayRow, row_of
from edge.evidence.stages import Job
from edge.evidence.video.clips import POST_ROLL_S, last_moment_at
from edge.evidence.video.cutting import MAY_LAG_S, STORE_FULL, without_media
from edge.evidence.video.held_moments import HOLD_ROLL_S, HeldMoments
from edge.evidence.video.holds import HeldClip, HoldStore
from edge.evidence.video.spool import CutCase
from edge.outbox.values import Recorded

logger = logging.getLogger(__name__)

_CAPTURE_IS_LATE_S = 10.0  # a camera that shows nothing newer for so long after the roll is not waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A case whose clip has not ended yet."""

    case: Case
    camera: CameraConfig  # as it was when the rule spoke
    due_at: datetime  # capture time
    give_up_s: float  # monotonic


@dataclass(slots=True, kw_only=True)
class _State:
    """What the analysis thread and the stages share."""

    newest_at: datetime | None = None
    waiting: list[_Waiting] = field(default_factory=list)
    uncut_cases: dict[str, Case] = field(default_factory=dict)  # held clips that show them are still needed
    open_cases: int = 0
    jobs: int = 0
    draining: bool = False


class EvidenceKeeper:
    """Evidence of one camera. The analysis thread calls it; cutting and packaging happen in threads of their own.

    Args:
        camera: its configuration; lines and zones go into the overlay.
        source: cuts original clips; its ``cut_clip`` is called from the cutting thread.
        line: the box's stages, and what they do.
        directory: for held clips, of this camera alone.
        clock: monotonic seconds for cameras that die.
    """

    def __init__(self, *, camera: CameraConfig, source: ClipSource, line: Line, directory: Path, clock: Clock) -> None:
        self._camera = camera
        self._line = line
        self._clock = clock
        self._source = source
        self._seen = OverlayRing()
        self._held = HeldMoments(HoldStore(directory), clock)
        self._state = _State()
        self._changed = threading.Condition()
        self._unsure: set[uuid.UUID] = set()  # cases of which the outbox failed to say whether it has them

    # called by the analysis thread

    def reconfigure(self, camera: CameraConfig) -> None:
        """From now on cases are of a new configuration of the same stream; earlier ones keep theirs."""
        self._camera = camera

    def note(
        self,
        at: datetime,
        resolution_wh: SizeWh,
        tracks: Sequence[Track],
        signals: Mapping[str, SignalTimeline],
    ) -> None:
        """Take down an analysed picture; cheap.

        Args:
            at: capture time.
            resolution_wh: of the picture that was analysed.
            tracks: as the rules saw them.
            signals: timelines by signal id, as the rules saw them.
        """
        self._seen.note(row_of(at, resolution_wh, tracks, signals))
        with self._changed:
            self._state.newest_at = at
        self.tick()

    def hold(self, hold: Hold) -> None:
        """Keep the original pictures around a moment until it is released."""
        self._held.hold(hold)

    def release(self, release: Release) -> None:
        """A held moment is not needed any more; cases that were already handed in still get it."""
        self._held.release(release.key)

    def forget_holds(self) -> None:
        """Nobody will ask for any held moment any more."""
        self._held.release_all()

    def end_epoch(self) -> None:
        """The clock was set, times begin anew: cut now what waits for an end that will never come."""
        with self._changed:
            self._state.draining = True
        self.tick()
        with self._changed:
            self._state.draining, self._state.newest_at = False, None
        self.forget_holds()

    def collect(self, case: Case) -> None:
        """Take in a case: on the disk when this returns, its package follows when its clip has ended.

        Raises:
            OutboxError: the case could not be stored.
        """
        if not self._record(case):
            return
        waiting = _Waiting(
            case=case,
            camera=self._camera,
            due_at=last_moment_at(case) + timedelta(seconds=POST_ROLL_S),
            give_up_s=self._clock.monotonic_s() + POST_ROLL_S + _CAPTURE_IS_LATE_S,
        )
        with self._changed:
            self._state.waiting.append(waiting)
            self._state.uncut_cases[str(case.case_id)] = case
            self._state.open_cases += 1
        self.tick()

    def tick(self) -> None:
        """Start what is due; also to be called about once a second while no pictures come."""
        now_s = self._clock.monotonic_s()
        with self._changed:
            newest_at, draining = self._state.newest_at, self._state.draining

            def passed(due_at: datetime) -> bool:
                return draining or (newest_at is not None and newest_at >= due_at)

            for hold in self._held.take_due(passed):
                self._submit(self._line.stages.cutting, partial(self._cut_hold, hold))
            for one in list(self._state.waiting):
                if passed(one.due_at) or now_s >= one.give_up_s:
                    self._state.waiting.remove(one)
                    self._submit(self._line.stages.cutting, partial(self._cut_case, one, now_s + MAY_LAG_S))
            needed = [moment.at for case in self._state.uncut_cases.values() for moment in case.moments]
        self._held.forget_released(needed)

    def drain(self, timeout_s: float = 15.0) -> bool:
        """The stream ends or the box stops: nothing waits any more. Call it before the source is closed.

        Returns:
            Whether all is done; what is not is finished when the box starts again.
        """
        with self._changed:
            self._state.draining = True
        self.tick()
        with self._changed:
            done = self._changed.wait_for(lambda: self._state.jobs == 0, timeout=timeout_s)
            self._state.draining = False
        if done:
            self._held.clear()
        return done

    @property
    def open_cases(self) -> int:
        """Cases whose package is not ready."""
        return self._state.open_cases

    # what the cutting stage asks for, in its thread

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        """Original video of a span; see ``ClipSource.cut_clip``."""
        return self._source.cut_clip(start, end)

    def held(self, at: datetime) -> HeldClip | None:
        """A held clip that shows an instant."""
        return self._held.find(at)

    def why_not_held(self, at: datetime) -> str | None:
        """Why a moment that should have been held is not."""
        return self._held.why_not(at)

    def rows(self, start: datetime, end: datetime) -> tuple[OverlayRow, ...]:
        """What was seen in a span."""
        return self._seen.between(start, end)

    # inside

    def _record(self, case: Case) -> bool:
        """Store a case; whether its package is ours to make."""
        try:
            recorded = self._line.outbox.record(case)
        except OutboxError:
            self._unsure.add(case.case_id)  # a disk may fail after it has written
            raise
        was_unsure = case.case_id in self._unsure
        self._unsure.discard(case.case_id)
        return recorded is Recorded.NEW or (was_unsure and self._line.outbox.is_collecting(case.case_id))

    def _submit(self, stage: Stage, job: Job) -> None:
        """Hand a job to a stage; under the lock, so that ``drain`` never misses one."""

        def counted() -> bool:
            done = True  # also when it breaks: a stage logs that and goes on
            try:
                done = job()
            finally:
                with self._changed:
                    self._state.jobs -= done
                    self._changed.notify_all()
            return done

        with self._changed:
            self._state.jobs += 1
            stage.submit(counted)

    def _cut_case(self, waiting: _Waiting, until_s: float) -> bool:
        """Bring a case's clips to the disk; where that fails, again while the ring may still have them."""
        case = waiting.case
        try:
            cut = self._line.cutter.cut(case, waiting.camera, self)
        except (EvidenceError, FileError, OutboxError) as e:
            if self._clock.monotonic_s() < until_s and not self._state.draining:
                return False
            reason = f"the box's disk could not be written ({e.reason})" if isinstance(e, FileError) else str(e)
            cut = without_media(case, waiting.camera, reason)
        with self._changed:
            self._state.uncut_cases.pop(str(case.case_id), None)
        self._submit(self._line.stages.packaging, partial(self._package, case, cut))
        return True

    def _package(self, case: Case, cut: CutCase) -> bool:
        done = self._line.builder.build(case, cut)
        with self._changed:
            self._state.open_cases -= done
        return done

    def _cut_hold(self, hold: Hold) -> bool:
        if not self._held.is_wanted(hold.key):
            return True  # released long ago, while the stage was busy
        if self._held.is_kept(hold):
            return True  # let go and wanted again, as at a reload
        try:
            clip, rows = self._around(hold.at)
            self._held.keep(hold, clip, rows)
        except (EvidenceError, FileError, OutboxError) as e:
            logger.warning(
                "A moment could not be held",
                extra={"action": "hold_failed", "camera_id": self._camera.id, "key": hold.key, "reason": str(e)},
            )
            self._held.note_failure(hold, str(e))
        return True

    def _around(self, at: datetime) -> tuple[Clip, tuple[OverlayRow, ...]]:
        """Original video around a moment with what was seen in it; where the ring has forgotten it, a held copy.

        Raises:
            EvidenceError: the ring has none, or the box may keep no more.
            OutboxError: the outbox does not answer.
        """
        roll = timedelta(seconds=HOLD_ROLL_S)
        try:
            clip = self._source.cut_clip(at - roll, at + roll)
        except ClipUnavailable:
            held = self._held.find(at)
            if held is not None:
                return held.load(), held.notes.rows
            clip = self._source.cut_clip(at, at + roll)
        if not self._line.outbox.has_room_for(len(clip.content)):
            raise EvidenceError(STORE_FULL)
        return clip, self._seen.between(clip.started_at, clip.ended_at)
