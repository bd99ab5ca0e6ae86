"""Runs recorded pictures, or a log of what was seen in them, through the very chain that runs live."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from itertools import count, pairwise

from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig
from domain.canonical import canonical_bytes
from domain.cases.case import Case
from domain.errors import ConfigurationError, DetectionError, EndOfSource
from domain.instants import HUE_TIME, as_utc, seconds_between
from domain.law.catalogue import Catalogue
from domain.model_ref import ModelRef
from domain.ports import Detector, PictureSource
from domain.version import software_version
from edge.run.camera_chain import CameraChain, timelines_of
from edge.run.detection_log import LoggedPicture, LoggedSignal
from matthan.replay.replay_plates import NoPlates, ReplayPlates
from rules.engine import RuleEngine

logger = logging.getLogger(__name__)

_READ_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """What a replay found."""

    cases: tuple[Case, ...]  # in the order in which they became ripe
    refusals: Mapping[tuple[str, str], int]  # (rule, reason) -> how often
    pictures: int

    def lines(self) -> Iterator[bytes]:
        """The cases as JSON Lines: canonical bytes, so that the same input gives the same file."""
        for case in self.cases:
            yield canonical_bytes(case) + b"\n"


def replay(
    camera: CameraConfig,
    pictures: Iterable[LoggedPicture],
    signals: Iterable[LoggedSignal],
    *,
    box_id: str,
    catalogue: Catalogue,
    detector: ModelRef | None,
    plates: ReplayPlates | NoPlates,
) -> ReplayResult:
    """Run one camera's pictures through tracking and rules.

    Args:
        camera: its configuration, rules included.
        pictures: in order of time; those of other cameras are left out.
        signals: each signal's reports in order of time; a report is known from its own instant on, as it would be live.
        box_id: part of every case id.
        catalogue: of violations.
        detector: the weights that looked; None when the detections come from a log.
        plates: takes the rules' findings, and gives the cases back with their plates.

    Raises:
        ConfigurationError: the camera's rules are wrong, or no picture is of this camera.
    """
    tracker = SteadyTracker(ids=count(1))
    engine = RuleEngine(
        camera=camera,
        box_id=box_id,
        catalogue=catalogue,
        detector=detector,
        tracker=tracker.name,
        software_version=software_version(),
    )
    chain = CameraChain(camera=camera, tracker=tracker, engine=engine, signals=timelines_of(camera))
    reports = sorted((item for item in signals if item.camera_id == camera.id), key=lambda item: item.at)
    unknown = sorted({item.signal_id for item in reports} - chain.signals.keys())
    if unknown:
        raise ConfigurationError(
            f"the signal log speaks of {', '.join(unknown)}, which camera {camera.id} does not have among its signals"
        )
    other_cameras: set[str] = set()
    next_report = 0
    for picture in pictures:
        if picture.camera_id != camera.id:
            other_cameras.add(picture.camera_id)
            continue
        while next_report < len(reports) and reports[next_report].at <= picture.at:
            report = reports[next_report]
            chain.record_signal(report.signal_id, report.at, report.state)
            next_report += 1
        for found in chain.process(picture.at, picture.clock_error_ms, picture.resolution_wh, picture.detections):
            plates.take(found)
        plates.note(picture.at, picture.resolution_wh, chain.tracks, chain.signals)
    if not chain.pictures and other_cameras:
        raise ConfigurationError(
            f"no picture is of camera {camera.id}; the log holds {', '.join(sorted(other_cameras))}"
        )
    for found in chain.finish():
        plates.take(found)
    return ReplayResult(cases=plates.finish(), refusals=chain.refusals, pictures=chain.pictures)


def pictures_of(source: PictureSource, detector: Detector) -> Iterator[LoggedPicture]:
    """Look at every picture of a finite source; one that cannot be judged is left out, not shown as empty.

    Args:
        source: recorded pictures, not paced.
        detector: looks at them one by one.

    Raises:
        SourceError: the source cannot be read any further.
    """
    while True:
        try:
            frame = source.read(_READ_TIMEOUT_S)
        except EndOfSource:
            return
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
        yield LoggedPicture(
            camera_id=frame.camera_id,
            at=frame.captured_at,
            clock_error_ms=frame.clock_error_ms,
            resolution_wh=frame.resolution_wh,
            detections=detections,
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
