"""One camera's evidence: what was seen lately, moments held, and cases that wait for the end of their clip."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from domain.camera import CameraConfig
from domain.cases.case import Case
from domain.errors import ClipUnavailable, EvidenceError
from domain.event import Hold, Release
from domain.geometry import SizeWh
from domain.instants import Clock, truncate_to_ms
from domain.ports import Clip, ClipSource
from domain.timeline import SignalTimeline
from domain.track import Track
from edge.evidence.clips import POST_ROLL_S, last_moment_at
from edge.evidence.collector import PackageBuilder
from edge.evidence.holds import HeldClip, HoldStore
from edge.evidence.overlay import OverlayRing, OverlayRow, row_of
from edge.evidence.worker import EvidenceWorker
from edge.outbox.values import Recorded

logger = logging.getLogger(__name__)

HOLD_ROLL_S = 2.0  # original video kept before and after a held moment
_CAPTURE_IS_LATE_S = 10.0  # a camera that shows nothing newer for so long after the roll is not waited for
_RELEASED_STAYS_S = 30.0  # a case and the release of its moment may come in any order
_DISK_AGAIN_S = 60.0  # a package that could not be written is tried again
_MAX_REASONS = 256
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class _Waiting:
    """A case whose clip has not ended yet."""

    case: Case
    camera: CameraConfig  # as it was when the rule spoke
    due_at: datetime  # capture time
    give_up_s: float  # monotonic


@dataclass(slots=True, kw_only=True)
class _State:
    """What the analysis thread and the worker share."""

    newest_at: datetime | None = None
    wanted: set[str] = field(default_factory=set)  # keys of holds that are not forgotten
    uncut: dict[str, Hold] = field(default_factory=dict)
    released_s: dict[str, float] = field(default_factory=dict)
    not_held: dict[datetime, str] = field(default_factory=dict)
    waiting: list[_Waiting] = field(default_factory=list)
    open_cases: dict[str, Case] = field(default_factory=dict)
    jobs: int = 0


class EvidenceKeeper:
    """Evidence of one camera. The analysis thread calls it; cutting and writing happen in the worker.

    Args:
        camera: its configuration; lines and zones go into the overlay.
        source: cuts original clips; its ``cut_clip`` is called from the worker's thread.
        builder: makes packages.
        worker: the box's evidence thread.
        directory: for held clips, of this camera alone.
        clock: monotonic seconds for cameras that die.
    """

    def __init__(
        self,
        *,
        camera: CameraConfig,
        source: ClipSource,
        builder: PackageBuilder,
        worker: EvidenceWorker,
        directory: Path,
        clock: Clock,
    ) -> None:
        self._camera = camera
        self._builder = builder
        self._worker = worker
        self._clock = clock
        self._source = source
        self._ring = OverlayRing()
        self._holds = HoldStore(directory)
        self._state = _State()
        self._changed = threading.Condition()

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
        self._ring.note(row_of(at, resolution_wh, tracks, signals))
        with self._changed:
            self._state.newest_at = at
        self.tick()

    def hold(self, hold: Hold) -> None:
        """Keep the original pictures around a moment until it is released."""
        with self._changed:
            self._state.wanted.add(hold.key)
            self._state.uncut[hold.key] = hold
            self._state.released_s.pop(hold.key, None)

    def release(self, release: Release) -> None:
        """A held moment is not needed any more; cases that were already handed in still get it."""
        with self._changed:
            self._state.uncut.pop(release.key, None)
            self._state.released_s[release.key] = self._clock.monotonic_s()

    def forget_holds(self) -> None:
        """Nobody will ask for any held moment any more."""
        with self._changed:
            for key in (*self._state.uncut, *self._holds.keys()):
                self.release(Release(key=key))

    def collect(self, case: Case) -> None:
        """Take in a case: on the disk when this returns, its package follows when its clip has ended.

        Raises:
            OutboxError: the case could not be stored.
        """
        if self._builder.outbox.record(case) is not Recorded.NEW:
            return
        waiting = _Waiting(
            case=case,
            camera=self._camera,
            due_at=last_moment_at(case) + timedelta(seconds=POST_ROLL_S),
            give_up_s=self._clock.monotonic_s() + POST_ROLL_S + _CAPTURE_IS_LATE_S,
        )
        with self._changed:
            self._state.waiting.append(waiting)
            self._state.open_cases[str(case.case_id)] = case
        self.tick()

    def tick(self) -> None:
        """Start what is due; also to be called about once a second while no pictures come."""
        self._advance(everything=False)

    def drain(self, timeout_s: float = 15.0) -> bool:
        """The stream ends or the box stops: nothing waits any more. Call it before the source is closed.

        Returns:
            Whether all is done; what is not is finished when the box starts again.
        """
        self._advance(everything=True)
        with self._changed:
            done = self._changed.wait_for(lambda: self._state.jobs == 0, timeout=timeout_s)
        if done:
            self._holds.clear()
        return done

    @property
    def open_cases(self) -> int:
        """Cases whose package is not ready."""
        return len(self._state.open_cases)

    # what the package builder asks for, in the worker's thread

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        """Original video of a span; see ``ClipSource.cut_clip``."""
        return self._source.cut_clip(start, end)

    def held(self, at: datetime) -> HeldClip | None:
        """A held clip that shows an instant."""
        return self._holds.find(at)

    def why_not_held(self, at: datetime) -> str | None:
        """Why a moment that should have been held is not."""
        return self._state.not_held.get(truncate_to_ms(at))

    def rows(self, start: datetime, end: datetime) -> tuple[OverlayRow, ...]:
        """What was seen in a span."""
        return self._ring.between(start, end)

    # inside

    def _advance(self, *, everything: bool) -> None:
        now_s = self._clock.monotonic_s()
        with self._changed:
            newest_at = self._state.newest_at

            def passed(due_at: datetime) -> bool:
                return everything or (newest_at is not None and newest_at >= due_at)

            due_holds = [h for h in self._state.uncut.values() if passed(h.at + timedelta(seconds=HOLD_ROLL_S))]
            for hold in due_holds:
                del self._state.uncut[hold.key]
            due_cases = [one for one in self._state.waiting if passed(one.due_at) or now_s >= one.give_up_s]
            for one in due_cases:
                self._state.waiting.remove(one)
            for hold in due_holds:
                self._submit(partial(self._cut_hold, hold))
            for one in due_cases:
                self._submit(partial(self._build, one.case, one.camera))
            stale = self._stale_holds(now_s)
        for key in stale:
            self._holds.delete(key)

    def _stale_holds(self, now_s: float) -> list[str]:
        """Released holds that no open case needs; forgets them."""
        stale = []
        for key, released_s in list(self._state.released_s.items()):
            held = self._holds.get(key)
            if now_s - released_s < _RELEASED_STAYS_S or (held is not None and self._is_needed(held)):
                continue
            del self._state.released_s[key]
            self._state.wanted.discard(key)
            stale.append(key)
        return stale

    def _is_needed(self, held: HeldClip) -> bool:
        return any(
            held.started_at <= moment.at <= held.ended_at
            for case in self._state.open_cases.values()
            for moment in case.moments
        )

    def _submit(self, job: Callable[[], None]) -> None:
        """Hand a job to the worker; the caller holds the lock, so that ``drain`` never misses one."""
        self._state.jobs += 1

        def counted() -> None:
            try:
                job()
            finally:
                with self._changed:
                    self._state.jobs -= 1
                    self._changed.notify_all()

        self._worker.submit(counted)

    def _build(self, case: Case, camera: CameraConfig) -> None:
        done = self._builder.build(case, camera, self)
        with self._changed:
            if done:
                self._state.open_cases.pop(str(case.case_id), None)
                return
            again_s = self._clock.monotonic_s() + _DISK_AGAIN_S
            self._state.waiting.append(_Waiting(case=case, camera=camera, due_at=_NEVER, give_up_s=again_s))

    def _cut_hold(self, hold: Hold) -> None:
        if hold.key not in self._state.wanted:
            return  # released long ago, while the worker was busy
        roll = timedelta(seconds=HOLD_ROLL_S)
        try:
            try:
                clip = self._source.cut_clip(hold.at - roll, hold.at + roll)
            except ClipUnavailable:
                clip = self._source.cut_clip(hold.at, hold.at + roll)
            self._holds.keep(hold.key, hold.at, clip, self._ring.between(clip.started_at, clip.ended_at))
        except EvidenceError as e:
            logger.warning(
                "A moment could not be held",
                extra={"action": "hold_failed", "camera_id": self._camera.id, "key": hold.key, "reason": str(e)},
            )
            with self._changed:
                while len(self._state.not_held) >= _MAX_REASONS:
                    del self._state.not_held[next(iter(self._state.not_held))]
                self._state.not_held[truncate_to_ms(hold.at)] = str(e)
