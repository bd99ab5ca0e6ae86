"""What a box has on its disk that saw the composed pavement's first minutes: there the demo's check begins."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from deploy.demo.composed.empty_ground import learned_ground
from deploy.demo.composed.stall import SET_UP_S, empty_pictures
from detectors.surface.bank_document import document_of, from_document
from detectors.surface.network import SurfaceNetwork
from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig
from domain.errors import EndOfSource
from domain.law.catalogue import built_in_catalogue
from domain.reminder import Reminder
from domain.seen.detections import Detections
from domain.seen.frame import Frame
from edge.configuration.settings import ModelSettings
from edge.health.problems import ProblemBoard
from edge.networks.street_network import open_network
from edge.reminders.book import ReminderBook
from edge.run.camera_run import CameraRun
from edge.run.learned.kinds import SURFACES
from edge.run.memory_files import MEMORIES, MemoryFiles
from edge.run.run_maker import RunMaker
from ingest.recorded.video_file import VideoFileSource
from plumbing.system_clock import SystemClock

STORY_S: Final = 750.0
"""The ward was reminded long ago, and ten minutes after that are over some seconds later."""

_LOOKS_EVERY_S = 5  # the stall is shown every four seconds: no two looks in turn are of one picture


def live_through(
    camera: CameraConfig,
    clip: Path,
    data: Path,
    *,
    box_id: str,
    network: SurfaceNetwork,
    until: datetime,
    story_s: float = STORY_S,
) -> None:
    """Play the story's beginning to a run of the camera, and leave on the disk what it leaves to its next run.

    Args:
        camera: of the pavement, with its rules.
        clip: with the whole story.
        data: the box's data folder.
        box_id: whose run it is.
        network: looks at the ground.
        until: when the part that is played ends, UTC.
        story_s: how long it is.
    """
    began = until - timedelta(seconds=story_s)
    detector = open_network(ModelSettings(name="street-n"), Path())
    ground = learned_ground(camera, empty_pictures(clip), network=network, until=began)
    runs = RunMaker(
        box_id=box_id,
        catalogue=built_in_catalogue(),
        detector=detector.model,
        make_tracker=lambda ids: SteadyTracker(ids=ids),
        surfaces_of=lambda camera_id: from_document(ground, camera_id),
        surface_network=lambda: network,
    )
    run, book = runs.make(camera), ReminderBook(data)
    seen: dict[bytes, Detections] = {}  # most of the clip are the same few pictures again
    for frame in _frames(camera, clip, began, story_s):
        key = frame.image_bgr.tobytes()
        if key not in seen:
            (seen[key],) = detector.detect([frame])
        for output in run.judge(run.look(frame, seen[key])) or ():
            if isinstance(output, Reminder):
                book.put(output, until)
    run.finish()
    _keep(run, camera.id, data)


def _frames(camera: CameraConfig, clip: Path, began: datetime, story_s: float) -> Iterator[Frame]:
    source = VideoFileSource(
        camera_id=camera.id,
        path=clip,
        started_at=began,
        clock=SystemClock(),
        analysed_fps=camera.stream.analysed_fps,
    )
    try:
        yield from _due(source, began, story_s)
    finally:
        source.close()


def _due(source: VideoFileSource, began: datetime, story_s: float) -> Iterable[Frame]:
    while True:
        try:
            frame = source.read(10.0)
        except EndOfSource:
            return
        if frame is None:
            continue
        second = (frame.captured_at - began).total_seconds()
        if second > story_s:
            return
        if second < 2 * SET_UP_S or not round(second) % _LOOKS_EVERY_S:
            yield frame


def _keep(run: CameraRun, camera_id: str, data: Path) -> None:
    files = MemoryFiles(data / MEMORIES, problems=ProblemBoard(SystemClock()))
    files.keep(camera_id, run.memory)
    files.close()
    path = data / SURFACES / f"{camera_id}.json"
    path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    path.write_bytes(document_of(run.surfaces, camera_id))
