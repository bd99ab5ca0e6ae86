"""Small real stand-ins for the box's neighbours: a camera, a detector, a run and evidence that remember."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from detectors.view.guard import ViewGuard
from domain.alert import Alert
from domain.camera import CameraConfig
from domain.cases.case import Case
from domain.errors import ClipUnavailable, DetectionError, EndOfSource
from domain.event import Hold, Release
from domain.geometry import SizeWh
from domain.instants import Clock
from domain.model_ref import ModelRef
from domain.ports import Attention, Clip, EvidenceFrame, PictureSource
from domain.seen.detections import Detections
from domain.seen.frame import BgrPicture, Frame
from domain.seen.timeline import SignalTimeline
from domain.seen.track import Track
from edge.health.problems import ProblemBoard
from edge.run.camera_guard import CameraGuard, OpenStream
from edge.run.hand_over import OnReminder
from edge.run.seen import Seen
from rules.acts.memory import CameraMemory

NOON = datetime(2026, 1, 5, 5, 0, tzinfo=UTC)


class ManualClock:
    """Monotonic seconds and a wall clock that move only when told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic_s(self) -> float:
        return self.now_s

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.now_s - 100.0)

    def pass_s(self, seconds: float) -> None:
        self.now_s += seconds


def frame(camera_id: str = "cam-1", *, index: int = 0, at_s: float = 0.0) -> Frame:
    return Frame(
        camera_id=camera_id,
        index=index,
        captured_at=NOON + timedelta(seconds=at_s),
        clock_error_ms=5.0,
        picture=BgrPicture(np.zeros((36, 64, 3), np.uint8)),
    )


class ListedSource:
    """Gives the listed answers in turn: a frame, None, or an error; then the end, or silence for ever."""

    def __init__(self, camera_id: str, answers: Sequence[Frame | Exception | None], *, ends: bool = False) -> None:
        self.camera_id = camera_id
        self.closed = False
        self.asked = 0
        self._answers = list(answers)
        self._ends = ends

    def read(self, timeout_s: float) -> Frame | None:
        self.asked += 1
        if not self._answers:
            if self._ends:
                raise EndOfSource(self.camera_id)
            return None
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def attend(self, attention: Attention) -> None:
        self.attention = attention

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        raise ClipUnavailable("a listed source keeps no video")

    def frame_near(self, at: datetime) -> EvidenceFrame | None:
        return None

    def close(self) -> None:
        self.closed = True


class EndlessSource(ListedSource):
    """Always has a new frame."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(camera_id, [])
        self._index = 0

    def read(self, timeout_s: float) -> Frame | None:
        self._index += 1
        return frame(self.camera_id, index=self._index, at_s=self._index / 25)


class NumberingDetector:
    """Sees nothing, remembers the batches, fails for the cameras it is told to fail for."""

    model = ModelRef(name="numbering", sha256="0" * 64)

    def __init__(self, *, fails_for: Sequence[str] = ()) -> None:
        self.batches: list[list[str]] = []
        self.fails_for = set(fails_for)

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        self.batches.append([f.camera_id for f in frames])
        if self.fails_for & {f.camera_id for f in frames}:
            raise DetectionError("no memory left")
        return [Detections.nothing(("car",)) for _ in frames]


class RememberingRun:
    """A run that remembers its pictures and fails or finds when told."""

    def __init__(self, *, fails_at: int | None = None, finds: Sequence[object] = ()) -> None:
        self.seen_at: list[datetime] = []
        self.refusals: Counter[tuple[str, str]] = Counter()
        self.recall: Counter[tuple[str, str]] = Counter()
        self.rule_faults: dict[str, str] = {}
        self.finished = False
        self.shifts: list[timedelta] = []
        self.memory = CameraMemory()
        self.misfitting_lamps: tuple[str, ...] = ()
        self.broken_lamps: tuple[str, ...] = ()
        self.unread_lamps: tuple[str, ...] = ()
        self.unread_surfaces: tuple[str, ...] = ()
        self.view = ViewGuard()
        self.tracks: tuple[Track, ...] = ()
        self.signals: dict[str, SignalTimeline] = {}
        self._fails_at = fails_at
        self._finds = list(finds)

    def look(self, frame: Frame, detections: Detections) -> Seen:
        return Seen(
            camera_id=frame.camera_id,
            at=frame.captured_at,
            clock_error_ms=frame.clock_error_ms,
            resolution_wh=frame.resolution_wh,
            detections=detections,
        )

    def judge(self, seen: Seen) -> tuple[object, ...]:
        if self._fails_at is not None and len(self.seen_at) >= self._fails_at:
            raise RuntimeError("the rule broke")
        self.seen_at.append(seen.at)
        self.refusals["PARK_PAVEMENT", "too_short"] += 1
        return (self._finds.pop(0),) if self._finds else ()

    def end_epoch(self, shift: timedelta) -> tuple[object, ...]:
        self.shifts.append(shift)
        return self.finish()

    def finish(self) -> tuple[object, ...]:
        self.finished = True
        found, self._finds = tuple(self._finds), []
        return found


class RememberingEvidence:
    """Keeps what it is given, in order; refuses as often as it is told to."""

    def __init__(self, *, refuses: Exception | None = None, times: int = 1_000_000) -> None:
        self.taken: list[Case] = []
        self.calls: list[tuple[str, str]] = []  # holds and releases with their keys
        self.noted_at: list[datetime] = []
        self.forgotten = 0
        self.drained = False
        self.refuses = refuses
        self.fails: Exception | None = None  # what everything but cases meets
        self._times = times

    def reconfigure(self, camera: CameraConfig) -> None:
        self._fail()

    def collect(self, case: Case) -> None:
        if self.refuses is not None and self._times > 0:
            self._times -= 1
            raise self.refuses
        self.taken.append(case)

    def hold(self, hold: Hold) -> None:
        self._fail()
        self.calls.append(("hold", hold.key))

    def release(self, release: Release) -> None:
        self._fail()
        self.calls.append(("release", release.key))

    def note(self, at: datetime, resolution_wh: SizeWh, tracks: object, signals: object) -> None:
        self._fail()
        self.noted_at.append(at)

    def forget_holds(self) -> None:
        self.forgotten += 1
        self._fail()

    def end_epoch(self) -> None:
        self.calls.append(("end", "epoch"))
        self._fail()

    def tick(self) -> None:
        self._fail()

    def drain(self, timeout_s: float = 15.0) -> bool:
        self._fail()
        self.drained = True
        return True

    def _fail(self) -> None:
        if self.fails is not None:
            raise self.fails


def guard_of(
    camera: CameraConfig,
    source: PictureSource,
    *,
    clock: Clock,
    runs: Sequence[RememberingRun] = (),
    evidence: RememberingEvidence | None = None,
    problems: ProblemBoard | None = None,
    keep_memory: Callable[[str, CameraMemory], None] = lambda _camera_id, _memory: None,
    on_alert: Callable[[Alert], None] = lambda _alert: None,
    on_reminder: OnReminder = lambda _reminder, _picture: None,
) -> CameraGuard:
    """A guard over fakes; when its runs are used up it makes fresh ones."""
    ready = list(runs)

    def make_run(_camera: CameraConfig, _before: object) -> RememberingRun:
        return ready.pop(0) if ready else RememberingRun()

    return CameraGuard(
        camera=camera,
        stream=OpenStream(source=source, evidence=evidence or RememberingEvidence()),
        make_run=make_run,  # type: ignore[arg-type]
        problems=problems or ProblemBoard(clock),
        clock=clock,
        keep_memory=keep_memory,
        on_alert=on_alert,
        on_reminder=on_reminder,
    )


def camera(camera_id: str = "cam-1", **changes: object) -> CameraConfig:
    document: dict[str, object] = {
        "id": camera_id,
        "version": 1,
        "name": "Ngã tư thử",
        "road": "Lê Lợi",
        "ward": "Thuận Hóa",
        "direction": "về cầu Trường Tiền",
        "position": {"latitude_deg": 16.46, "longitude_deg": 107.59},
        "heading_deg": 90,
        "stream": {"url": f"rtsp://127.0.0.1:1/{camera_id}", "analysed_fps": 5},
        "reference_still_wh": [64, 36],
    }
    return CameraConfig.model_validate({**document, **changes})
