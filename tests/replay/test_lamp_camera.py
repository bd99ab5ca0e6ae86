"""A camera that reads its own traffic light: box, replay of the film and replay of the log give the same bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig, Stream
from domain.cases.case import Case
from domain.errors import ConfigurationError
from domain.law.catalogue import built_in_catalogue
from domain.plates.reasons import REPLAYED_LOG
from domain.seen.frame import Frame
from domain.seen.timeline import SignalState
from edge.box.cameras import Cameras
from edge.box.pipeline import Pipeline
from edge.health.problems import ProblemBoard
from edge.run.detection_log import DetectionLog, DetectionLogWriter
from edge.run.run_maker import RunMaker
from edge.run.seen import Seen
from edge.run.signal_log import LoggedSignal
from ingest.recorded.video_file import VideoFileSource
from matthan.replay.replay import Replay, ReplayResult
from matthan.replay.replay_evidence import NoPlates
from tests.builders.box_fakes import ManualClock, RememberingEvidence
from tests.builders.lamp_street import FPS, SECONDS, SIZE_WH, BlueDetector, lamp_camera, street
from tests.builders.synthetic_video import Recipe, encode_pictures, steady

T0 = datetime(2026, 1, 5, 1, 0, 0, 123_457, tzinfo=UTC)  # microseconds, as live cameras have them


def camera() -> CameraConfig:
    return lamp_camera(Stream(url="file:street.mp4", analysed_fps=8))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "street.mp4"
    pictures = (street(number / FPS) for number in range(SECONDS * FPS))
    encode_pictures(path, pictures, steady(SECONDS * FPS), Recipe(size_wh=SIZE_WH, b_frames=2), form="mp4")
    return path


@pytest.fixture
def source(film: Path) -> Iterator[VideoFileSource]:
    opened = VideoFileSource(
        camera_id="cam-1", path=film, started_at=T0, clock=ManualClock(), analysed_fps=8, clock_error_ms=1 / 3
    )
    yield opened
    opened.close()


def replayed(source: VideoFileSource, log: Path) -> ReplayResult:
    with log.open("w", encoding="utf-8") as stream:
        replay = Replay(
            camera(),
            (),
            box_id="box-1",
            catalogue=built_in_catalogue(),
            evidence=NoPlates(REPLAYED_LOG),
            on_judged=DetectionLogWriter(stream).write,
        )
        return replay.pictures(source, BlueDetector())


def replayed_log(log: Path, signals: Sequence[LoggedSignal] = ()) -> ReplayResult:
    evidence = NoPlates(REPLAYED_LOG)
    replay = Replay(camera(), signals, box_id="box-1", catalogue=built_in_catalogue(), evidence=evidence)
    return replay.log(DetectionLog(log))


def live(source: VideoFileSource, seen: list[Seen]) -> list[Case]:
    """What the box hands to its evidence."""
    clock = ManualClock()
    problems, evidence, detector = ProblemBoard(clock), RememberingEvidence(), BlueDetector()
    cameras = Cameras(
        open_source=lambda _camera, _on_health: source,
        keep_evidence=lambda _camera, _source, _name: evidence,
        runs=RunMaker(
            box_id="box-1",
            catalogue=built_in_catalogue(),
            detector=detector.model,
            make_tracker=lambda ids: SteadyTracker(ids=ids),
        ),
        problems=problems,
        clock=clock,
        on_health=lambda _event: None,
        on_judged=seen.append,
    )
    pipeline = Pipeline(detector=detector, batch_size=4, problems=problems, clock=clock)
    guard = pipeline.cameras["cam-1"] = cameras.open(camera())
    while not guard.done:
        pipeline.round()
        clock.pass_s(0.1)
    assert not problems.problems()
    return evidence.taken


def test_the_film_is_a_red_light_and_its_log_gives_the_same_bytes(source: VideoFileSource, tmp_path: Path) -> None:
    result = replayed(source, tmp_path / "log.jsonl")
    (case,) = result.cases
    assert case.violation.code == "RED_LIGHT"
    assert {moment.signal for moment in case.moments} == {SignalState.RED}
    again = replayed_log(tmp_path / "log.jsonl")
    assert list(again.lines()) == list(result.lines())
    assert (again.refusals, again.pictures) == (result.refusals, result.pictures)


def test_the_box_finds_the_very_same_and_records_the_very_same(
    source: VideoFileSource, film: Path, tmp_path: Path
) -> None:
    replayed(source, tmp_path / "replay.jsonl")
    seen: list[Seen] = []
    cases = live(
        VideoFileSource(
            camera_id="cam-1", path=film, started_at=T0, clock=ManualClock(), analysed_fps=8, clock_error_ms=1 / 3
        ),
        seen,
    )
    with (tmp_path / "live.jsonl").open("w", encoding="utf-8") as stream:
        for one in seen:
            DetectionLogWriter(stream).write(one)
    assert (tmp_path / "live.jsonl").read_bytes() == (tmp_path / "replay.jsonl").read_bytes()
    plates = NoPlates(REPLAYED_LOG)
    for case in cases:
        plates.collect(case)
    result = replayed_log(tmp_path / "live.jsonl")
    assert [*ReplayResult(cases=tuple(plates.cases), refusals={}, pictures=0).lines()] == [*result.lines()]
    assert len(cases) == 1


def test_a_log_whose_lamps_are_left_out_accuses_nobody(source: VideoFileSource, tmp_path: Path) -> None:
    replayed(source, tmp_path / "log.jsonl")
    with (tmp_path / "blind.jsonl").open("w", encoding="utf-8") as stream:
        for one in DetectionLog(tmp_path / "log.jsonl"):
            blind = Seen(
                camera_id=one.camera_id,
                at=one.at,
                clock_error_ms=one.clock_error_ms,
                resolution_wh=one.resolution_wh,
                detections=one.detections,
            )
            DetectionLogWriter(stream).write(blind)
    assert replayed_log(tmp_path / "blind.jsonl").cases == ()


def test_a_signal_that_is_read_from_the_picture_may_not_stand_in_a_signal_log_too(
    source: VideoFileSource, tmp_path: Path
) -> None:
    replayed(source, tmp_path / "log.jsonl")
    report = LoggedSignal(camera_id="cam-1", signal_id="S1", at=T0, state=SignalState.RED)
    with pytest.raises(ConfigurationError, match="S1 is read from the camera's own picture"):
        replayed_log(tmp_path / "log.jsonl", [report])


def test_a_log_in_which_other_weights_begin_to_look_names_each_case_s_own(
    source: VideoFileSource, tmp_path: Path
) -> None:
    replayed(source, tmp_path / "log.jsonl")
    lines = (tmp_path / "log.jsonl").read_text("utf-8").splitlines(keepends=True)
    newer = [line.replace("b" * 64, "c" * 64) for line in lines]
    half = len(lines) // 3
    (tmp_path / "two.jsonl").write_text("".join(lines[:half] + newer[half:]), encoding="utf-8")
    (case,) = replayed_log(tmp_path / "two.jsonl").cases
    assert case.provenance.detector is not None
    assert case.provenance.detector.sha256 == "c" * 64


class _TurnedBack(VideoFileSource):
    """A film in whose middle the camera's clock is set back an hour."""

    def read(self, timeout_s: float) -> Frame | None:
        frame = super().read(timeout_s)
        if frame is None or frame.captured_at < T0 + timedelta(seconds=1.5):
            return frame
        return replace(frame, captured_at=frame.captured_at - timedelta(hours=1), epoch=1)


def test_a_clock_that_is_set_stands_in_the_log_and_replays_to_the_same_bytes(film: Path, tmp_path: Path) -> None:
    seen: list[Seen] = []
    cases = live(
        _TurnedBack(
            camera_id="cam-1", path=film, started_at=T0, clock=ManualClock(), analysed_fps=8, clock_error_ms=1 / 3
        ),
        seen,
    )
    assert len(cases) == 1
    with (tmp_path / "live.jsonl").open("w", encoding="utf-8") as stream:
        for one in seen:
            DetectionLogWriter(stream).write(one)
    assert [one.clock_shift is not None for one in seen].count(True) == 1
    plates = NoPlates(REPLAYED_LOG)
    for case in cases:
        plates.collect(case)
    result = replayed_log(tmp_path / "live.jsonl")
    assert [*ReplayResult(cases=tuple(plates.cases), refusals={}, pictures=0).lines()] == [*result.lines()]
    assert result.pictures == len(seen)
