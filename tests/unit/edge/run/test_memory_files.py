"""The cameras' memories on disk, and what a power cut between a case and its copy does: nothing."""

import threading
from pathlib import Path

import pytest

from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig, ZoneKind
from domain.cases.case import Case
from domain.fleet.health import ProblemCode
from domain.law.catalogue import built_in_catalogue
from edge.health.problems import ProblemBoard
from edge.run.camera_run import CameraRun
from edge.run.memory_files import MemoryFiles
from edge.run.run_maker import RunMaker
from tests.builders.drives import CameraBuilder, at, box_at, detections, every, seen_at
from tests.builders.watching import wait_until


def street() -> CameraConfig:
    lane = ((0.5, 0), (1, 0), (1, 1), (0.5, 1))
    builder = CameraBuilder().zone("lane", ZoneKind.LANE, *lane, direction_norm=((0.75, 0.9), (0.75, 0.1)))
    builder = builder.zone("pavement", ZoneKind.PAVEMENT, (0, 0), (0.5, 0), (0.5, 1), (0, 1))
    return builder.rule("WRONG_WAY").rule("PARK_PAVEMENT", threshold_s=60.0).build()


def start(files: MemoryFiles) -> CameraRun:
    """A new process's run of the camera."""
    maker = RunMaker(
        box_id="box-1",
        catalogue=built_in_catalogue(),
        detector=None,
        make_tracker=lambda ids: SteadyTracker(ids=ids),
        memory_of=files.read,
    )
    return maker.make(street())


def watch(run: CameraRun, start_s: float, end_s: float, *, files: MemoryFiles | None = None) -> list[Case]:
    """A car that stands on the pavement from 0, a motorcycle that goes against the lane from 50 to 58."""
    cases: list[Case] = []
    for second in every(0.2, start_s, end_s):
        boxes = [(box_at(400, 500), "car")]
        if 50 <= second <= 58:
            boxes.append((box_at(1400, 200 + 100 * (second - 50)), "motorcycle"))
        cases += [item for item in run.judge(seen_at(second, detections(boxes))) or () if isinstance(item, Case)]
        if files is not None:
            files.keep("cam-1", run.memory)
    return cases


def codes(cases: list[Case]) -> list[str]:
    return [case.violation.code for case in cases]


@pytest.fixture
def problems() -> ProblemBoard:
    return ProblemBoard()


def opened(folder: Path, problems: ProblemBoard, *unfinished: Case) -> MemoryFiles:
    return MemoryFiles(folder / "memory", problems=problems, unfinished=unfinished)


def test_a_restart_doubles_nothing_and_goes_on_with_what_is_in_progress(tmp_path: Path, problems: ProblemBoard) -> None:
    files = opened(tmp_path, problems)
    cases = watch(start(files), 0, 53, files=files)
    files.close()
    assert codes(cases) == ["WRONG_WAY"]
    files = opened(tmp_path, problems)
    later = watch(start(files), 53.2, 80, files=files)
    files.close()
    assert codes(later) == ["PARK_PAVEMENT"]
    assert later[0].began_at == at(0)
    files = opened(tmp_path, problems)
    assert watch(start(files), 95, 200) == []
    files.close()
    assert problems.problems() == ()
    assert [path.name for path in (tmp_path / "memory").iterdir()] == ["cam-1.json"]


def test_a_power_cut_between_a_case_and_its_copy_loses_and_doubles_nothing(
    tmp_path: Path, problems: ProblemBoard
) -> None:
    """The outbox holds the case, the copy does not know of it: the outbox's word is enough."""
    files = opened(tmp_path, problems)
    run = start(files)
    assert watch(run, 0, 51, files=files) == []
    files.close()
    (case,) = watch(run, 51.2, 53)
    files = opened(tmp_path, problems, case)
    assert codes(watch(start(files), 53.2, 80)) == ["PARK_PAVEMENT"]
    files.close()


@pytest.mark.parametrize("content", [b"", b"\x00" * 4096, b'{"schema_version": 1', b'{"schema_version": 99}'])
def test_a_damaged_file_is_named_kept_and_begun_anew(tmp_path: Path, problems: ProblemBoard, content: bytes) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "cam-1.json").write_bytes(content)
    files = opened(tmp_path, problems)
    cases = watch(start(files), 0, 70, files=files)
    files.close()
    assert sorted(codes(cases)) == ["PARK_PAVEMENT", "WRONG_WAY"]
    assert problems.stands(ProblemCode.MEMORY_UNREADABLE, camera_id="cam-1")
    assert (tmp_path / "memory" / "cam-1.damaged").read_bytes() == content
    files = opened(tmp_path, problems)
    assert len(files.read("cam-1").told) == 2
    files.close()


def test_a_folder_that_cannot_be_written_is_named_until_it_can(tmp_path: Path, problems: ProblemBoard) -> None:
    (tmp_path / "memory").write_text("a file is in the way", encoding="utf-8")
    files = opened(tmp_path, problems)
    watch(start(files), 0, 10, files=files)
    files.close()
    assert problems.stands(ProblemCode.MEMORY_UNWRITABLE)
    (tmp_path / "memory").unlink()
    files = opened(tmp_path, problems)
    watch(start(files), 0, 10, files=files)
    files.close()
    assert not problems.stands(ProblemCode.MEMORY_UNWRITABLE)


def test_a_copy_that_could_not_be_written_is_written_when_the_folder_is_back_though_there_is_no_news(
    tmp_path: Path, problems: ProblemBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.run.newest_copies._AGAIN_S", 0.02)
    (tmp_path / "memory").write_text("a file is in the way", encoding="utf-8")
    files = opened(tmp_path, problems)
    cases = watch(start(files), 0, 61, files=files)
    assert sorted(codes(cases)) == ["PARK_PAVEMENT", "WRONG_WAY"]
    wait_until(lambda: problems.stands(ProblemCode.MEMORY_UNWRITABLE))
    (tmp_path / "memory").unlink()
    wait_until(lambda: not problems.stands(ProblemCode.MEMORY_UNWRITABLE))
    files.close()
    files = opened(tmp_path, problems)
    assert len(files.read("cam-1").told) == 2
    files.close()


def test_only_the_box_may_read_it(tmp_path: Path, problems: ProblemBoard) -> None:
    files = opened(tmp_path, problems)
    watch(start(files), 0, 1, files=files)
    files.close()
    assert (tmp_path / "memory" / "cam-1.json").stat().st_mode & 0o077 == 0


def test_its_thread_ends_with_it(tmp_path: Path, problems: ProblemBoard) -> None:
    before = threading.active_count()
    opened(tmp_path, problems).close()
    assert threading.active_count() == before
