"""Plays recorded pictures, or what was seen in them, through a camera's run, and keeps all that comes out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from benchmarks.pictures import read_bgr
from detectors.tracking.tracker import SteadyTracker
from domain.alert import Alert
from domain.camera import CameraConfig
from domain.cases.case import Case
from domain.errors import EndOfSource
from domain.event import Passage
from domain.geometry import ImageBgr
from domain.law.catalogue import built_in_catalogue
from domain.model_ref import ModelRef
from domain.ports import Detector
from domain.seen.frame import BgrPicture, Frame
from edge.configuration.settings import ModelSettings
from edge.networks.street_network import open_network
from edge.run.camera_run import CameraRun
from edge.run.run_maker import RunMaker
from edge.run.seen import Seen
from ingest.recorded.video_file import VideoFileSource
from plumbing.system_clock import SystemClock

START = datetime(2026, 1, 5, 7, tzinfo=UTC)
_READ_TIMEOUT_S = 60.0


@dataclass(slots=True, kw_only=True)
class Findings:
    """All that one recording gave."""

    cases: list[Case] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)  # each when it began
    passages: list[Passage] = field(default_factory=list)
    refusals: Mapping[tuple[str, str], int] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)


def frames_of_film(path: Path, camera: CameraConfig, start: datetime = START) -> Iterator[Frame]:
    """The due pictures of a film, as a box would take them."""
    source = VideoFileSource(
        camera_id=camera.id,
        path=path,
        started_at=start,
        clock=SystemClock(),
        analysed_fps=camera.stream.analysed_fps,
        clock_error_ms=0.0,
    )
    try:
        while True:
            try:
                frame = source.read(_READ_TIMEOUT_S)
            except EndOfSource:
                return
            if frame is not None:
                yield frame
    finally:
        source.close()


def frames_of_pictures(pictures: Iterable[ImageBgr], every_s: float, camera: CameraConfig) -> Iterator[Frame]:
    """Pictures taken so many seconds apart."""
    for number, picture in enumerate(pictures):
        yield Frame(
            camera_id=camera.id,
            index=number,
            captured_at=START + timedelta(seconds=number * every_s),
            clock_error_ms=0.0,
            picture=BgrPicture(picture),
        )


def pictures_of(paths: Iterable[Path]) -> Iterator[ImageBgr]:
    """Pictures of files, in order."""
    for path in paths:
        yield read_bgr(path)


def street_detector() -> Detector:
    """The network that boxes run by default."""
    return open_network(ModelSettings(name="street-n"), Path())


def play_frames(camera: CameraConfig, frames: Iterable[Frame], detector: Detector) -> Findings:
    """Look at every picture and judge it."""
    run = _run(camera, detector.model)
    findings = Findings()
    for frame in frames:
        (detections,) = detector.detect([frame])
        seen = run.look(frame, detections)
        findings.seen.append(seen)
        _take(findings, run.judge(seen) or ())
    return _finish(findings, run)


def play_seen(camera: CameraConfig, all_seen: Iterable[Seen]) -> Findings:
    """Judge what was seen; no pictures are needed."""
    all_seen = list(all_seen)
    run = _run(camera, all_seen[0].model if all_seen else None)
    findings = Findings(seen=all_seen)
    for seen in all_seen:
        _take(findings, run.judge(seen) or ())
    return _finish(findings, run)


def _run(camera: CameraConfig, model: ModelRef | None) -> CameraRun:
    ids = count(1)
    maker = RunMaker(
        box_id="bench",
        catalogue=built_in_catalogue(),
        detector=model,
        make_tracker=lambda _: SteadyTracker(ids=ids),
    )
    return maker.make(camera)


def _finish(findings: Findings, run: CameraRun) -> Findings:
    _take(findings, run.finish())
    findings.refusals = dict(run.refusals)
    return findings


def _take(findings: Findings, outputs: Iterable[object]) -> None:
    for item in outputs:
        if isinstance(item, Case):
            findings.cases.append(item)
        elif isinstance(item, Alert) and item.end is None:
            findings.alerts.append(item)
        elif isinstance(item, Passage):
            findings.passages.append(item)
