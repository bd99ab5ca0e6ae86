"""Runs recorded pictures, or a log of what was seen in them, through the very run that judges live."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Protocol

from detectors.riders.head_classifier import HeadClassifier
from detectors.tracking.tracker import SteadyTracker
from domain.alert import Alert
from domain.camera import CameraConfig
from domain.canonical import canonical_bytes
from domain.cases.case import Case
from domain.errors import ConfigurationError, DetectionError, EndOfSource, EvidenceError
from domain.instants import HUE_TIME, as_utc, seconds_between
from domain.law.catalogue import Catalogue
from domain.model_ref import ModelRef
from domain.ports import Detector, PictureSource
from domain.reminder import Reminder
from edge.health.figures import CameraFigures
from edge.health.problems import ProblemBoard
from edge.networks.lamp_network import SharedLampFit
from edge.networks.surface_network import shared_surface_network
from edge.run.camera_run import CameraRun
from edge.run.evidence_port import Evidence
from edge.run.hand_over import HandOver
from edge.run.run_maker import RunMaker
from edge.run.seen import Seen
from edge.run.signal_log import LoggedSignal
from plumbing.system_clock import SystemClock
from rules.proof import MeasuredFigures

logger = logging.getLogger(__name__)

_READ_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """What a replay found."""

    cases: tuple[Case, ...]  # in the order in which they became ripe
    refusals: Mapping[tuple[str, str], int]  # (rule, reason) -> how often
    pictures: int
    alerts: tuple[Alert, ...] = ()  # each when it began and when it ended
    reminders: tuple[Reminder, ...] = ()  # each time its state changed

    def lines(self) -> Iterator[bytes]:
        """The cases as JSON Lines: canonical bytes, so that the same input gives the same file."""
        for case in self.cases:
            yield canonical_bytes(case) + b"\n"

    def alert_lines(self) -> Iterator[bytes]:
        """The alerts likewise."""
        for alert in self.alerts:
            yield canonical_bytes(alert) + b"\n"

    def reminder_lines(self) -> Iterator[bytes]:
        """The reminders likewise."""
        for reminder in self.reminders:
            yield canonical_bytes(reminder) + b"\n"


class CasesKept(Evidence, Protocol):
    """Evidence that gives its cases back: ``NoPlates`` or ``ReplayEvidence``."""

    @property
    def cases(self) -> Sequence[Case]:
        """In the order in which they were taken; with their plates once all is drained."""
        ...


class Replay:
    """One camera's recording through its run.

    Args:
        camera: its configuration, rules included.
        signals: each signal's reports in order of time; a report is known from its own instant on, as it would be live.
        box_id: part of every case id.
        catalogue: of violations.
        evidence: takes what is found.
        heads: looks at riders; None: a log of what was seen is replayed.
        figures: how often weights were measured to be right.
        on_judged: called with everything that was seen and judged, e.g. to record it.

    Raises:
        ConfigurationError: the camera's rules are wrong, or a signal log does not fit the camera.
    """

    def __init__(
        self,
        camera: CameraConfig,
        signals: Iterable[LoggedSignal],
        *,
        box_id: str,
        catalogue: Catalogue,
        evidence: CasesKept,
        heads: HeadClassifier | None = None,
        figures: MeasuredFigures | None = None,
        on_judged: Callable[[Seen], None] = lambda _seen: None,
    ) -> None:
        self._camera = camera
        self._box_id = box_id
        self._catalogue = catalogue
        self._evidence = evidence
        self._heads = heads
        self._figures: MeasuredFigures = {} if figures is None else figures
        self._alerts: list[Alert] = []
        self._reminders: list[Reminder] = []
        clock = SystemClock()
        self._hand_over = HandOver(
            camera_id=camera.id,
            figures=CameraFigures(),
            problems=ProblemBoard(clock),
            clock=clock,
            on_alert=self._alerts.append,
            on_reminder=lambda reminder, _picture: self._reminders.append(reminder),
        )
        self._on_judged = on_judged
        self._surface_network = shared_surface_network()
        self._lamp_fit = SharedLampFit()
        self._run = self._make(None, None)
        self._reports = sorted((item for item in signals if item.camera_id == camera.id), key=lambda item: item.at)
        self._next_report = 0
        self._reported = {item.signal_id for item in self._reports}
        self._pictures = 0
        self._refusals: dict[tuple[str, str], int] = {}
        unknown = sorted(self._reported - self._run.signals.keys())
        if unknown:
            raise ConfigurationError(
                f"the signal log speaks of {', '.join(unknown)}, which camera {camera.id} does not have among its "
                "signals"
            )

    def pictures(self, source: PictureSource, detector: Detector) -> ReplayResult:
        """Look at every due picture of a finite source; one that cannot be judged is left out, not shown as empty.

        Args:
            source: recorded pictures, not paced.
            detector: looks at them one by one.

        Raises:
            SourceError: the source cannot be read any further.
            EvidenceError: a case or its clip could not be kept.
            ConfigurationError: a signal is in the log and read from the pictures too.
        """
        self._run = self._make(detector.model, self._run)
        while True:
            try:
                frame = source.read(_READ_TIMEOUT_S)
            except EndOfSource:
                return self._finish()
            if frame is None:
                continue
            try:
                (detections,) = detector.detect([frame])
            except DetectionError as error:
                logger.warning(
                    "a picture could not be judged",
                    extra={"action": "detection_failed", "camera_id": frame.camera_id, "reason": str(error)},
                )
                continue
            self._judge(self._run.look(frame, detections))

    def log(self, log: Iterable[Seen]) -> ReplayResult:
        """Judge what was seen; where other weights begin to look, a fresh run goes on, as after a box's update.

        Args:
            log: in order of time; what was seen by other cameras is left out.

        Raises:
            ConfigurationError: nothing is of this camera, or a signal is in the signal log and read from lamps too.
        """
        others: set[str] = set()
        for seen in log:
            if seen.camera_id != self._camera.id:
                others.add(seen.camera_id)
                continue
            if seen.clock_shift is not None:
                self._end_run(seen.clock_shift)
                self._run = self._make(seen.model, self._run)
            elif seen.model != self._run.model:
                self._end_run()
                self._run = self._make(seen.model, self._run)
            self._judge(seen)
        if not self._pictures and not self._run.pictures and others:
            raise ConfigurationError(
                f"no picture is of camera {self._camera.id}; the log holds {', '.join(sorted(others))}"
            )
        return self._finish()

    def _make(self, model: ModelRef | None, before: CameraRun | None) -> CameraRun:
        runs = RunMaker(
            box_id=self._box_id,
            catalogue=self._catalogue,
            detector=model,
            make_tracker=lambda ids: SteadyTracker(ids=ids),
            heads=self._heads,
            figures=self._figures,
            surface_network=self._surface_network,
            lamp_fit=self._lamp_fit,
        )
        return runs.make(self._camera, before)

    def _judge(self, seen: Seen) -> None:
        twice = sorted(seen.lamps.keys() & self._reported)
        if twice:
            raise ConfigurationError(
                f"{', '.join(twice)} is read from the camera's own picture and stands in the signal log too; leave it "
                "out of the signal log"
            )
        while self._next_report < len(self._reports) and self._reports[self._next_report].at <= seen.at:
            report = self._reports[self._next_report]
            self._run.report_signal(report.signal_id, report.at, report.state)
            self._next_report += 1
        findings = self._run.judge(seen)
        if findings is None:
            return
        self._evidence.note(seen.at, seen.resolution_wh, self._run.tracks, self._run.signals)
        self._hand_over.put(self._evidence, findings)
        self._on_judged(seen)

    def _end_run(self, clock_shift: timedelta | None = None) -> None:
        """The run's last findings: the recording ends, other weights begin to look, or the clock was set."""
        if clock_shift is None:
            self._hand_over.put(self._evidence, self._run.finish())
        else:
            self._hand_over.put(self._evidence, self._run.end_epoch(clock_shift))
            self._evidence.end_epoch()
        self._pictures += self._run.pictures
        for key, count in self._run.refusals.items():
            self._refusals[key] = self._refusals.get(key, 0) + count

    def _finish(self) -> ReplayResult:
        self._end_run()
        self._hand_over.advance(now=True)
        self._evidence.drain()
        if self._hand_over.waiting:
            raise EvidenceError("a case could not be kept")
        return ReplayResult(
            cases=tuple(self._evidence.cases),
            refusals=dict(sorted(self._refusals.items())),
            pictures=self._pictures,
            alerts=tuple(self._alerts),
            reminders=tuple(self._reminders),
        )


def sparse_signals(camera: CameraConfig, signals: Iterable[LoggedSignal]) -> tuple[str, ...]:
    """Signals whose log falls silent for longer than a report is believed, most likely since it holds changes only.

    Args:
        camera: whose signals.
        signals: each signal's reports in order of time.

    Returns:
        Ids in the order of the configuration.
    """
    reports = [item for item in signals if item.camera_id == camera.id]
    sparse = []
    for signal in camera.signals:
        times = [item.at for item in reports if item.signal_id == signal.id]
        gaps_s = [seconds_between(earlier, later) for earlier, later in pairwise(times)]
        if times and signal.max_age_s is not None and (not gaps_s or max(gaps_s) > signal.max_age_s):
            sparse.append(signal.id)
    return tuple(sparse)


def default_start(camera: CameraConfig) -> datetime:
    """When a video without a stated start is taken to begin: noon in Hue on the first day all rules are in force."""
    days = [use.valid_from for use in camera.rules]
    day = max(days) if days else datetime(2026, 1, 1, tzinfo=HUE_TIME).date()
    return as_utc(datetime.combine(day, time(12), HUE_TIME))
