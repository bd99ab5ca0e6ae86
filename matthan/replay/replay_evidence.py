"""Cases of a replay with their plates: kept, held and cut by the box's own evidence keeper, over a recording."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.camera import CameraConfig
from domain.cases.case import Case
from domain.errors import ClipUnavailable, EvidenceError
from domain.event import Hold, Release
from domain.geometry import SizeWh
from domain.instants import to_text
from domain.plates.reading import PlateReading
from domain.ports import Clip, ClipSource, EvidenceFrame
from domain.seen.timeline import SignalTimeline
from domain.seen.track import Track
from edge.evidence.keeper import EvidenceKeeper
from edge.evidence.masking import masks_of
from edge.evidence.plates.case_plates import CasePlates, unread, why_no_plate
from edge.evidence.recovery import HOLDS
from edge.evidence.stages import Job
from edge.evidence.video.cutting import ClipCutter
from edge.evidence.video.spool import SPOOL, ClipSpool, CutCase
from edge.health.problems import ProblemBoard
from edge.outbox.values import Recorded
from ingest.media.packet_ring import DEFAULT_SPAN_S


class NoPlates:
    """Takes cases whose plates cannot be read; there is no video to keep.

    Args:
        reason: why not, for the subjects that do carry a plate.
    """

    def __init__(self, reason: str) -> None:
        self.cases: list[Case] = []  # in the order in which they were taken
        self._reason = reason

    def collect(self, case: Case) -> None:
        """Take in a case."""
        plate = unread(why_no_plate(case) or self._reason)
        self.cases.append(case.model_copy(update={"plate": plate}))

    def reconfigure(self, camera: CameraConfig) -> None:
        """Nothing depends on it."""

    def note(
        self, at: datetime, resolution_wh: SizeWh, tracks: Sequence[Track], signals: Mapping[str, SignalTimeline]
    ) -> None:
        """What was seen is not looked at again."""

    def hold(self, hold: Hold) -> None:
        """There is nothing to hold."""

    def release(self, release: Release) -> None:
        """Nothing was held."""

    def end_epoch(self) -> None:
        """A recording has one."""

    def forget_holds(self) -> None:
        """Nothing was held."""

    def tick(self) -> None:
        """Nothing is ever due."""

    def drain(self, timeout_s: float = 15.0) -> bool:  # noqa: ARG002 - the port's words
        """Nothing waits."""
        return True


class CaptureTimeClock:
    """A clock that stands at the newest picture, so that a replay is the same on every machine."""

    def __init__(self) -> None:
        self.newest_at = datetime(1970, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """Capture time of the newest picture."""
        return self.newest_at

    def monotonic_s(self) -> float:
        """The same in seconds."""
        return self.newest_at.timestamp()


class RecordedRing:
    """A recording as a live camera's ring would have it: the last half minute up to the newest picture.

    Args:
        source: reaches every part of the recording.
        clock: stands at the newest picture.
    """

    def __init__(self, source: ClipSource, clock: CaptureTimeClock) -> None:
        self._source = source
        self._clock = clock

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        """Original packets of a span.

        Raises:
            ClipUnavailable: a ring would not have it any more, or not yet.
        """
        newest_at = self._clock.newest_at
        oldest_at = newest_at - timedelta(seconds=DEFAULT_SPAN_S)
        if end < oldest_at or start > newest_at:
            raise ClipUnavailable(f"the ring holds {to_text(oldest_at)} to {to_text(newest_at)}")
        return self._source.cut_clip(max(start, oldest_at), min(end, newest_at))

    def frame_near(self, at: datetime) -> EvidenceFrame | None:
        """The recording's frame nearest an instant."""
        return self._source.frame_near(at)


class _AtOnce:
    """A stage of evidence that does each job where it stands."""

    def submit(self, job: Job) -> None:
        """Do it.

        Raises:
            EvidenceError: it could not be done, so the replay would lack something.
        """
        if not job():
            raise EvidenceError("the folder for the replay's clips cannot be written")


@dataclass(frozen=True, slots=True)
class _Stages:
    cutting: _AtOnce
    packaging: _AtOnce


class _CasesRead:
    """Stores cases in order and reads each one's plate in place of making its package.

    Args:
        plates: reads them.
        spool: holds the cut clips.
    """

    def __init__(self, plates: CasePlates, spool: ClipSpool) -> None:
        self.cases: dict[uuid.UUID, Case] = {}
        self._plates = plates
        self._spool = spool
        self._readings: dict[uuid.UUID, PlateReading] = {}

    def record(self, case: Case) -> Recorded:
        """Take in a case."""
        if case.case_id in self.cases:
            return Recorded.REPEATED
        self.cases[case.case_id] = case
        return Recorded.NEW

    def is_collecting(self, case_id: uuid.UUID) -> bool:
        """Whether its plate is not read yet."""
        return case_id in self.cases and case_id not in self._readings

    def has_room_for(self, size_bytes: int) -> bool:  # noqa: ARG002 - the port's words
        """A replay never leaves anything out."""
        return True

    def build(self, case: Case, cut: CutCase) -> bool:
        """Read the plate in the case's clips."""
        reading = self._plates.read_in(case, self._spool.load(cut), masks_of(cut.camera))
        self.cases[case.case_id] = case.model_copy(update={"plate": reading})
        self._readings[case.case_id] = reading
        self._spool.forget(case.case_id)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    outbox: _CasesRead
    builder: _CasesRead
    cutter: ClipCutter
    stages: _Stages


class ReplayEvidence(EvidenceKeeper):
    """The evidence of a replayed camera, all in one thread and by the recording's own time.

    Args:
        camera: its configuration.
        source: cuts the recording's clips.
        plates: reads plates.
        folder: for held and cut clips while the replay runs.
    """

    def __init__(self, camera: CameraConfig, *, source: ClipSource, plates: CasePlates, folder: Path) -> None:
        self._capture_clock = CaptureTimeClock()
        spool = ClipSpool(folder / SPOOL)
        self._read = _CasesRead(plates, spool)
        cutter, stages = (
            ClipCutter(outbox=self._read, spool=spool, problems=ProblemBoard()),
            _Stages(_AtOnce(), _AtOnce()),
        )
        super().__init__(
            camera=camera,
            source=RecordedRing(source, self._capture_clock),
            line=_Line(outbox=self._read, builder=self._read, cutter=cutter, stages=stages),
            directory=folder / HOLDS,
            clock=self._capture_clock,
        )

    @property
    def cases(self) -> list[Case]:
        """In the order in which they were taken; with their plates once all is drained."""
        return list(self._read.cases.values())

    def note(
        self, at: datetime, resolution_wh: SizeWh, tracks: Sequence[Track], signals: Mapping[str, SignalTimeline]
    ) -> None:
        """Take down a judged picture: time has come so far."""
        self._capture_clock.newest_at = at
        super().note(at, resolution_wh, tracks, signals)
