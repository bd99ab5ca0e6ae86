"""Replayed cases get their plates from the recording, as live ones get them from the ring."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.cases.case import Case, CaseMoment
from domain.event import Hold, Release
from domain.plates import reasons as plate_reasons
from domain.seen.track import Track, TrackPoint
from edge.evidence.plates.case_plates import CasePlates
from edge.health.problems import ProblemBoard
from ingest.recorded.video_file import VideoFileSource
from matthan.replay.replay_evidence import NoPlates, ReplayEvidence
from tests.builders.box_fakes import NOON, ManualClock, camera
from tests.builders.cases import build_case
from tests.builders.numbered_video import HEIGHT_PX, WIDTH_PX, write_numbered_video
from tests.builders.plate_pipelines import TEXT, NumberPipeline

BOX = (50.0, 60.0, 270.0, 160.0)  # so wide that the view of it spells the picture's number
STEP = 10  # pictures between two that are judged
FRAME_S = 0.2
PICTURES = 900  # three minutes


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VideoFileSource]:
    path = tmp_path_factory.mktemp("video") / "numbered.mp4"
    write_numbered_video(path, [n * FRAME_S for n in range(PICTURES)], group_frames=5, b_frames=0)
    source = VideoFileSource(camera_id="cam-1", path=path, started_at=NOON, clock=ManualClock())
    yield source
    source.close()


def at(number: int) -> datetime:
    return NOON + timedelta(seconds=number * FRAME_S)


def case_of(*numbers: int, vehicle_kind: str = "motorbike") -> Case:
    moments = tuple(CaseMoment(name=f"m{number}", at=at(number), box_xyxy_px=BOX) for number in numbers)
    case = build_case(
        began_at=at(numbers[0]), ended_at=at(numbers[-1]), moments=moments, resolution_wh=(WIDTH_PX, HEIGHT_PX)
    )
    return case.model_copy(update={"subject": case.subject.model_copy(update={"vehicle_kind": vehicle_kind})})


class Replay:
    """Shows the recording's judged pictures, a vehicle in each."""

    def __init__(self, source: VideoFileSource, folder: Path) -> None:
        self.pipeline = NumberPipeline()
        plates = CasePlates(pipeline=self.pipeline, problems=ProblemBoard())
        self.evidence = ReplayEvidence(camera(), source=source, plates=plates, folder=folder)
        self._next = 0

    def show_until(self, number: int) -> None:
        while self._next <= number:
            point = TrackPoint(at=at(self._next), box_xyxy_px=BOX, score=0.9)
            track = Track(
                track_id=1, label="motorcycle", label_share=1.0, first_seen_at=at(0), points=(point,), observed=True
            )
            self.evidence.note(at(self._next), (WIDTH_PX, HEIGHT_PX), [track], {})
            self._next += STEP


def texts(case: Case) -> list[int]:
    return [int(read.text) for read in case.plate.reads]


def test_a_case_is_read_when_its_clip_has_ended_and_all_of_the_clip_counts(
    source: VideoFileSource, tmp_path: Path
) -> None:
    replay = Replay(source, tmp_path)
    replay.show_until(200)
    replay.evidence.collect(case_of(190, 200))
    replay.show_until(220)
    assert replay.pipeline.kinds == [], "the clip runs for five more seconds"
    replay.show_until(300)
    replay.evidence.drain()
    (case,) = replay.evidence.cases
    assert (case.plate.status, case.plate.text) == ("agreed", TEXT)
    assert texts(case) == list(range(170, 230, STEP))


def test_a_moment_that_was_held_is_read_long_after(source: VideoFileSource, tmp_path: Path) -> None:
    replay = Replay(source, tmp_path)
    replay.show_until(50)
    replay.evidence.hold(Hold(key="stay:1", at=at(50)))
    replay.show_until(850)
    replay.evidence.release(Release(key="stay:1"))
    replay.evidence.collect(case_of(50, 850))
    replay.evidence.drain()
    (case,) = replay.evidence.cases
    assert texts(case) == [*range(40, 70, STEP), *range(830, 860, STEP)]


def test_a_moment_that_nobody_held_is_gone_as_from_a_camera_s_ring(source: VideoFileSource, tmp_path: Path) -> None:
    replay = Replay(source, tmp_path)
    replay.show_until(850)
    replay.evidence.collect(case_of(50, 850))
    replay.evidence.drain()
    (case,) = replay.evidence.cases
    assert texts(case) == [*range(830, 860, STEP)]


def test_a_released_moment_is_forgotten_after_a_while(source: VideoFileSource, tmp_path: Path) -> None:
    replay = Replay(source, tmp_path)
    replay.show_until(50)
    replay.evidence.hold(Hold(key="stay:1", at=at(50)))
    replay.show_until(100)
    assert replay.evidence.held(at(50)) is not None
    replay.evidence.release(Release(key="stay:1"))
    replay.show_until(890)
    assert replay.evidence.held(at(50)) is None
    assert list(tmp_path.rglob("*.mp4")) == []


def test_cases_come_back_in_the_order_in_which_they_were_taken(source: VideoFileSource, tmp_path: Path) -> None:
    replay = Replay(source, tmp_path)
    replay.show_until(100)
    late, early = case_of(95, 100), case_of(60, 70)
    replay.evidence.collect(late)
    replay.evidence.collect(early)
    replay.evidence.drain()
    assert [case.case_id for case in replay.evidence.cases] == [late.case_id, early.case_id]
    assert len(replay.pipeline.kinds) == 2


def test_what_cannot_be_read_says_why() -> None:
    plates = NoPlates(plate_reasons.REPLAYED_LOG)
    for kind in ("car", "bicycle", "person/organisation"):
        plates.collect(case_of(10, vehicle_kind=kind))
    plates.hold(Hold(key="stay:1", at=at(5)))
    assert [case.plate.reason for case in plates.cases] == [
        "replayed from a log: no pictures",
        "a bicycle carries no number plate",
        "the case is not about a vehicle",
    ]
