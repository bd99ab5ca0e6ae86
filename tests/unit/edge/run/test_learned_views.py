"""What was learned of views on disk: it outlives a restart, and a damaged file is named."""

from pathlib import Path

import pytest

from detectors.view.guard import ViewGuard
from domain.fleet.health import ProblemCode
from domain.seen.frame import BgrPicture, Frame
from domain.seen.view import ViewState
from edge.health.problems import ProblemBoard
from edge.run.learned.files import LearnedFiles
from edge.run.learned.kinds import view_files
from tests.builders.drives import at
from tests.builders.still_street import StillStreet
from tests.builders.watching import wait_until

STREET = StillStreet()


def watch(guard: ViewGuard, start_s: float, end_s: float, files: LearnedFiles[ViewGuard] | None = None) -> ViewState:
    state, second = ViewState.UNKNOWN, start_s
    while second < end_s:
        picture = BgrPicture(STREET.picture(int(second * 2)))
        frame = Frame(camera_id="cam-1", index=0, captured_at=at(second), clock_error_ms=None, picture=picture)
        state = guard.see(frame, 1)
        if files is not None:
            files.keep("cam-1", guard)
        second += 0.5
    return state


def test_a_restart_goes_on_with_what_was_learned(tmp_path: Path) -> None:
    problems = ProblemBoard()
    files = view_files(tmp_path / "views", problems=problems)
    guard = files.read("cam-1")
    watch(guard, 0, 25, files)
    files.close()
    assert not (tmp_path / "views").exists(), "half a reference is not worth a copy"

    files = view_files(tmp_path / "views", problems=problems)
    watch(guard, 25, 40, files)
    files.close()
    (path,) = (tmp_path / "views").iterdir()
    assert path.name == "cam-1.json"
    assert path.stat().st_mode & 0o077 == 0
    files = view_files(tmp_path / "views", problems=problems)
    assert watch(files.read("cam-1"), 100, 106) is ViewState.SOUND
    assert watch(files.read("cam-2"), 100, 106) is ViewState.UNKNOWN
    files.close()
    assert not problems.problems()


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 100])
def test_a_damaged_file_is_named_kept_and_learned_anew(tmp_path: Path, content: bytes) -> None:
    problems = ProblemBoard()
    (tmp_path / "cam-1.json").write_bytes(content)
    files = view_files(tmp_path, problems=problems)
    assert files.read("cam-1").bank is None
    assert problems.stands(ProblemCode.MEMORY_UNREADABLE, camera_id="cam-1", about="view")
    assert (tmp_path / "cam-1.damaged").read_bytes() == content
    files.close()


def test_a_folder_that_cannot_be_written_is_named_until_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.run.newest_copies._AGAIN_S", 0.02)
    problems = ProblemBoard()
    (tmp_path / "views").write_text("a file is in the way", encoding="utf-8")
    files = view_files(tmp_path / "views", problems=problems)
    watch(ViewGuard(), 0, 32, files)
    wait_until(lambda: problems.stands(ProblemCode.MEMORY_UNWRITABLE, about="view"))
    (tmp_path / "views").unlink()
    wait_until((tmp_path / "views" / "cam-1.json").exists)
    wait_until(lambda: not problems.problems())
    files.close()
