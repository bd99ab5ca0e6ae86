"""One camera's place in the box: the newest due picture in, findings out."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from domain.camera import CameraConfig
from domain.cases.case import Case
from domain.detections import Detections
from domain.errors import EndOfSource, MatThanError
from domain.event import Hold, Release
from domain.frame import Frame
from domain.geometry import SizeWh
from domain.instants import Clock, seconds_between
from domain.ports import PictureSource
from domain.timeline import SignalTimeline
from domain.track import Track
from edge.box.figures import CameraFigures

logger = logging.getLogger(__name__)

_NOTHING_NEW_S = 0.02  # how soon to look again at a camera that had nothing new
_CANNOT_READ_S = 0.5
_READ_TRIES = 5
_FIRST_RESTART_S = 1.0
_LONGEST_RESTART_S = 60.0

RuleOutput = Case | Hold | Release


class Chain(Protocol):
    """Tracking and rules of one camera: what ``edge.run.camera_chain.CameraChain`` offers."""

    @property
    def refusals(self) -> Mapping[tuple[str, str], int]:
        """How often each rule refused, by (rule, reason); only grows."""
        ...

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Of the newest picture."""
        ...

    @property
    def signals(self) -> Mapping[str, SignalTimeline]:
        """By signal id."""
        ...

    def process(
        self, at: datetime, clock_error_ms: float | None, resolution_wh: SizeWh, detections: Detections
    ) -> tuple[RuleOutput, ...]:
        """Take in what was seen in one picture."""
        ...

    def finish(self) -> tuple[RuleOutput, ...]:
        """The stream ends here: finished acts only."""
        ...


class FindingsDesk(Protocol):
    """Where a camera's findings go: evidence and outbox of that camera."""

    def note(
        self, at: datetime, resolution_wh: SizeWh, tracks: tuple[Track, ...], signals: Mapping[str, SignalTimeline]
    ) -> None:
        """What was seen in one judged picture, for overlays; capture time has come so far."""
        ...

    def take(self, finding: RuleOutput) -> None:
        """Store a case (it is on disk when this returns), or keep or forget a moment.

        Raises:
            MatThanError: it could not be stored.
        """
        ...

    def forget_holds(self) -> None:
        """No held moment will be asked for any more."""
        ...


class CameraStation:
    """Takes, judges and, where its chain breaks, restarts one camera. Only the analysis thread calls it.

    Which pictures are due is the source's business: about ``stream.analysed_fps`` a second of capture time.

    Args:
        camera: the camera's configuration.
        source: its due pictures.
        build_chain: makes a fresh chain; called again after a failure.
        desk: where findings go.
        figures: counts of this camera, kept over reloads.
        clock: paces restarts and measures the lag.
        look_at_lamps: reads the camera's own signals from a picture, before the rules see it.
    """

    def __init__(
        self,
        *,
        camera: CameraConfig,
        source: PictureSource,
        build_chain: Callable[[], Chain],
        desk: FindingsDesk,
        figures: CameraFigures,
        clock: Clock,
        look_at_lamps: Callable[[Frame], None] = lambda _frame: None,
    ) -> None:
        self.camera = camera
        self.source = source
        self.desk = desk
        self.figures = figures
        self.ended = False
        self._build_chain = build_chain
        self._chain: Chain | None = build_chain()
        self._clock = clock
        self._look_at_lamps = look_at_lamps
        self._look_again_at_s = clock.monotonic_s()
        self._failures_in_a_row = 0
        self._restart_at_s = 0.0

    @property
    def broken(self) -> bool:
        """Whether the chain has failed and waits for its restart."""
        return self._chain is None

    @property
    def wait_s(self) -> float:
        """Seconds until this camera should be asked again."""
        return max(0.0, self._look_again_at_s - self._clock.monotonic_s())

    @property
    def refusals(self) -> Counter[tuple[str, str]]:
        """All refusals since the process started, by (rule, reason); may be asked from every thread."""
        chain = self._chain
        total = Counter(dict(self.figures.finished_refusals))
        for _ in range(_READ_TRIES):
            try:
                total.update({} if chain is None else chain.refusals)
                break
            except RuntimeError:  # a count was added while they were read
                continue
        return total

    def take_due_frame(self) -> Frame | None:
        """The newest due picture, if there is one; never waits."""
        now_s = self._clock.monotonic_s()
        if self.ended or now_s < self._look_again_at_s or not self._has_chain(now_s):
            return None
        try:
            frame = self.source.read(0.0)
        except EndOfSource:
            self.finish()
            return None
        except Exception as error:  # noqa: BLE001 - one camera's fault must not reach another camera
            self._look_again_at_s = now_s + _CANNOT_READ_S
            self._tell("Camera cannot be read", "source_failed", error)
            return None
        if frame is None:
            self._look_again_at_s = now_s + _NOTHING_NEW_S
        return frame

    def judge(self, frame: Frame, detections: Detections) -> None:
        """Let tracking and rules take in a picture; what breaks here stays in this camera."""
        if self._chain is None:
            return
        at, resolution_wh = frame.captured_at, frame.resolution_wh
        try:
            self._look_at_lamps(frame)
            findings = self._chain.process(at, frame.clock_error_ms, resolution_wh, detections)
            self.desk.note(at, resolution_wh, self._chain.tracks, self._chain.signals)
        except Exception as error:  # noqa: BLE001 - one camera's fault must not reach another camera
            self._break(error)
            return
        self._failures_in_a_row = 0
        self.figures.analysed_frames += 1
        self._hand_over(findings)
        self.figures.lag_s = seconds_between(frame.captured_at, self._clock.now())

    def count_gap(self, error: Exception) -> None:
        """Nobody looked at a picture of this camera: unknown, not empty."""
        self.figures.detection_failures += 1
        self._tell("Picture not looked at", "detection_failed", error)

    def finish(self) -> None:
        """End of the stream or of this configuration: hand over the acts that are finished."""
        self.ended = True
        chain, self._chain = self._chain, None
        if chain is None:
            return
        try:
            findings = chain.finish()
        except Exception as error:  # noqa: BLE001 - ending one camera must not keep the others from ending
            self._tell("Rules could not be ended", "chain_failed", error)
            findings = ()
        self.figures.finished_refusals.update(chain.refusals)
        self._hand_over(findings)

    def _has_chain(self, now_s: float) -> bool:
        if self._chain is None and now_s >= self._restart_at_s:
            try:
                self._chain = self._build_chain()
                logger.info("Camera restarted", extra={"action": "chain_restarted", "camera_id": self.camera.id})
            except Exception as error:  # noqa: BLE001 - see judge
                self._break(error)
        if self._chain is None:
            self._look_again_at_s = max(self._restart_at_s, now_s)
        return self._chain is not None

    def _break(self, error: Exception) -> None:
        if self._chain is not None:
            self.figures.finished_refusals.update(self._chain.refusals)
        self._chain = None
        self.figures.chain_failures += 1
        pause_s = min(_LONGEST_RESTART_S, _FIRST_RESTART_S * 2.0**self._failures_in_a_row)
        self._failures_in_a_row += 1
        self._restart_at_s = self._clock.monotonic_s() + pause_s
        self.desk.forget_holds()
        logger.error(
            "Tracking and rules failed, starting them anew",
            exc_info=error,
            extra={"action": "chain_failed", "camera_id": self.camera.id, "restart_in_s": pause_s},
        )

    def _hand_over(self, findings: tuple[RuleOutput, ...]) -> None:
        for finding in findings:
            try:
                self.desk.take(finding)
            except MatThanError as error:
                self.figures.handover_failures += 1
                self._tell("Finding could not be stored", "handover_failed", error)
                continue
            if isinstance(finding, Case):
                self.figures.cases[finding.violation.code] += 1

    def _tell(self, sentence: str, action: str, error: Exception) -> None:
        logger.warning(sentence, extra={"action": action, "camera_id": self.camera.id, "reason": str(error)})
