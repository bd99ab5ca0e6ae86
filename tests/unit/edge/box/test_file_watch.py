"""A changed camera file is noticed; where that cannot be, it is a problem of the box until it can."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.fleet.health import ProblemCode
from edge.box.file_watch import FileWatch
from edge.health.problems import ProblemBoard
from tests.builders.watching import wait_until


class Desk:
    """A watched folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "cameras"
        self.problems = ProblemBoard()
        self.changes: list[None] = []
        self.watch = FileWatch(
            folders=(self.folder,),
            suffixes=(".yaml",),
            on_change=lambda: self.changes.append(None),
            problems=self.problems,
        )

    @property
    def blind(self) -> bool:
        return self.problems.stands(ProblemCode.FILE_WATCH_FAILED)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("edge.box.file_watch._AGAIN_S", 0.05)
    monkeypatch.setattr("edge.box.file_watch._LOOK_MS", 100)
    desk = Desk(tmp_path)
    yield desk
    desk.watch.close()


def test_a_folder_that_cannot_be_watched_is_named_and_read_again_once_it_can(desk: Desk) -> None:
    desk.watch.start()
    wait_until(lambda: desk.blind)
    (problem,) = desk.problems.problems()
    assert problem.text.startswith("changes of the camera files are not noticed: ")
    assert desk.changes == []
    desk.folder.mkdir()
    wait_until(lambda: not desk.blind)
    wait_until(lambda: len(desk.changes) == 1)


def test_a_changed_file_is_noticed(desk: Desk) -> None:
    desk.folder.mkdir()
    desk.watch.start()
    number = 0

    def noticed() -> bool:
        nonlocal number
        number += 1
        (desk.folder / "cam-1.yaml").write_text(str(number), "utf-8")  # again, since the watch begins some time
        return bool(desk.changes)

    wait_until(noticed)
    assert not desk.blind
