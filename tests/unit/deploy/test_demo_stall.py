"""The demo's composed pavement: the same pictures every time; reminded, a case when it stays, cleared when gone."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from deploy.demo.composed.earlier import STORY_S, live_through
from deploy.demo.composed.stall import (
    CLEARED_S,
    EMPTY_S,
    EMPTY_TIMES,
    SET_UP_S,
    STANDS_S,
    STANDS_TIMES,
    Stall,
    empty_pictures,
    write_stall,
)
from deploy.demo.footage import film_pictures
from detectors.onnx_detector import OnnxDetector
from detectors.surface.bank_document import from_document
from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig
from domain.cases.case import Case
from domain.errors import EndOfSource
from domain.event import Hold, Release
from domain.law.catalogue import built_in_catalogue
from domain.reminder import Reminder
from domain.seen.detections import Detections
from domain.seen.frame import Frame
from edge.configuration.settings import ModelSettings
from edge.health.problems import ProblemBoard
from edge.networks.street_network import open_network
from edge.networks.surface_network import SURFACE
from edge.reminders.book import ReminderBook
from edge.run.learned.kinds import SURFACES
from edge.run.memory_files import MEMORIES, MemoryFiles
from edge.run.run_maker import RunMaker
from ingest.recorded.video_file import VideoFileSource
from plumbing.system_clock import SystemClock
from tests.builders.box_fakes import ManualClock

CAMERA_FILE = Path(__file__).resolve().parents[3] / "deploy" / "demo" / "cameras" / "stall.yaml"
T0 = datetime(2026, 1, 5, 1, 0, 0, tzinfo=UTC)
CLEARED_AT_S = SET_UP_S + STANDS_S * STANDS_TIMES


class OnceLooking:
    """Looks at each picture once: most of the clip are the same few pictures again."""

    def __init__(self, detector: OnnxDetector) -> None:
        self._detector = detector
        self._seen: dict[bytes, Detections] = {}

    def detect(self, frame: Frame) -> Detections:
        key = frame.image_bgr.tobytes()
        if key not in self._seen:
            (self._seen[key],) = self._detector.detect([frame])
        return self._seen[key]


@pytest.fixture(scope="module")
def camera() -> CameraConfig:
    return CameraConfig.model_validate_json(json.dumps(YAML(typ="safe").load(CAMERA_FILE), default=str))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stall") / "stall.mp4"
    write_stall(path)
    return path


@pytest.fixture(scope="module")
def findings(camera: CameraConfig, clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Sequence[Case | Reminder]:
    """What two boxes say, of which the later one takes up what the earlier left: as the demo's check does."""
    data, network = tmp_path_factory.mktemp("box"), SURFACE.open()
    live_through(camera, clip, data, box_id="box-1", network=network, until=T0 + timedelta(seconds=STORY_S))
    detector, problems = open_network(ModelSettings(name="street-n"), Path()), ProblemBoard(SystemClock())
    memories = MemoryFiles(data / MEMORIES, problems=problems)
    ground = (data / SURFACES / f"{camera.id}.json").read_bytes()
    runs = RunMaker(
        box_id="box-1",
        catalogue=built_in_catalogue(),
        detector=detector.model,
        make_tracker=lambda ids: SteadyTracker(ids=ids),
        memory_of=memories.read,
        surfaces_of=lambda camera_id: from_document(ground, camera_id),
        surface_network=lambda: network,
    )
    run, looking = runs.make(camera), OnceLooking(detector)
    fps = camera.stream.analysed_fps
    source = VideoFileSource(camera_id=camera.id, path=clip, started_at=T0, clock=ManualClock(), analysed_fps=fps)
    found: list[Case | Reminder] = list(ReminderBook(data).waiting().values())
    try:
        while True:
            frame = source.read(10.0)
            if frame is not None and frame.captured_at > T0 + timedelta(seconds=STORY_S):
                outputs = run.judge(run.look(frame, looking.detect(frame)))
                found += [item for item in outputs or () if not isinstance(item, Hold | Release)]
    except EndOfSource:
        return found
    finally:
        source.close()
        memories.close()
        assert problems.problems() == ()


def test_the_same_pictures_are_composed_every_time() -> None:
    one, again = Stall(film_pictures()), Stall(film_pictures())
    for second in np.arange(0.0, SET_UP_S + STANDS_S + CLEARED_S + EMPTY_S, 3.3):
        assert np.array_equal(one.picture(second), again.picture(second))


def test_the_same_clip_is_encoded_every_time(tmp_path: Path) -> None:
    for name in ("one.mp4", "again.mp4"):
        write_stall(tmp_path / name, stands_times=2, empty_times=2)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "again.mp4").read_bytes()


def test_before_anybody_comes_the_pavement_is_empty(clip: Path) -> None:
    pictures, empty = empty_pictures(clip), Stall(film_pictures()).picture(0.0)
    assert len(pictures) == 8
    assert all(np.abs(picture.astype(int) - empty).max() < 64 for picture in pictures)  # encoding is all that differs


def test_the_stall_is_reminded_then_a_case_and_cleared_when_it_is_gone(findings: Sequence[Case | Reminder]) -> None:
    told = [(item.rule, item.state.value) for item in findings if isinstance(item, Reminder)]
    assert told == [("PAVEMENT_TRADE", state) for state in ("observed", "became_case", "cleared")]
    (case,) = [item for item in findings if isinstance(item, Case)]
    assert case.violation.code == "PAVEMENT_TRADE"
    assert case.ended_at - case.began_at >= timedelta(minutes=10)
    reminders = [item for item in findings if isinstance(item, Reminder)]
    steps = {step.state.value: (step.at - T0).total_seconds() for step in reminders[-1].steps}
    assert 150 < steps["observed"] < 200
    assert CLEARED_AT_S < steps["cleared"] < CLEARED_AT_S + EMPTY_S * EMPTY_TIMES
