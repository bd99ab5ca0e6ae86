"""A disk that is full, failing or gone: cases are kept as long as anything can be, and the outbox comes back."""

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from domain.errors import OutboxError
from domain.fleet.health import ProblemCode
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from edge.outbox.schema import DATABASE_FILE
from edge.outbox.values import Recorded
from tests.builders.box_fakes import ManualClock
from tests.builders.cases import build_case
from tests.builders.small_disk import FailingDisk, fill, small_disk

RESERVE_BYTES = 2_000_000
MIN_FREE_BYTES = 6_000_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk") as path:
        yield path


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[FailingDisk]:
    disk = FailingDisk(tmp_path)
    yield disk
    disk.close()


class OpenOutbox:
    """An outbox on a disk, and what its board says."""

    def __init__(self, disk: Path) -> None:
        self.problems = ProblemBoard()
        self.outbox = Outbox.open(
            disk / "data",
            clock=ManualClock(),
            problems=self.problems,
            min_free_bytes=MIN_FREE_BYTES,
            reserve_bytes=RESERVE_BYTES,
        )

    def codes(self) -> list[str]:
        self.outbox.disk.look()
        return [problem.code for problem in self.problems.problems()]

    def record(self, number: int) -> Recorded:
        return self.outbox.record(build_case(subject_key=f"track:{number}"))

    def ids(self) -> set[uuid.UUID]:
        return {case.case_id for case in self.outbox.collecting()}


def ids_of(*numbers: int) -> set[uuid.UUID]:
    return {build_case(subject_key=f"track:{number}").case_id for number in numbers}


def test_a_full_disk_still_takes_cases_and_says_so_until_there_is_space_again(disk: Path) -> None:
    one = OpenOutbox(disk)
    reserve = disk / "data" / "reserve"
    assert one.codes() == []
    assert reserve.stat().st_size == RESERVE_BYTES
    filler = fill(disk, leave_bytes=MIN_FREE_BYTES - 1_000_000)
    assert one.codes() == ["disk_full"]
    assert "less than 6 MB left" in one.problems.texts()[0]
    assert not one.outbox.has_room_for(1)
    assert reserve.exists()

    fill(disk)
    assert one.codes() == ["disk_full"]
    assert "only cases are stored" in one.problems.texts()[0]
    assert not reserve.exists()
    assert [one.record(number) for number in range(50)] == [Recorded.NEW] * 50
    assert len(one.ids()) == 50

    filler.unlink()
    assert one.codes() == []
    assert reserve.stat().st_size == RESERVE_BYTES
    assert one.outbox.has_room_for(1)
    one.outbox.close()
    again = OpenOutbox(disk)
    assert len(again.ids()) == 50
    again.outbox.close()


def test_a_case_finds_the_room_kept_for_it_before_anybody_looked(disk: Path) -> None:
    one = OpenOutbox(disk)
    fill(disk)
    assert one.record(1) is Recorded.NEW
    one.outbox.close()


def test_when_even_the_reserve_is_used_up_a_case_is_stored_whole_or_not_at_all(disk: Path) -> None:
    one = OpenOutbox(disk)
    filler = fill(disk)
    one.codes()
    fill(disk, leave_bytes=300_000)
    stored = 0
    with suppress(OutboxError):
        while stored < 5000:
            one.record(stored)
            stored += 1
    assert 0 < stored < 5000
    assert ProblemCode.OUTBOX_UNUSABLE in one.codes()
    assert one.ids() == ids_of(*range(stored))
    filler.unlink()
    assert one.record(stored) is Recorded.NEW
    assert one.codes() == []
    assert one.ids() == ids_of(*range(stored + 1))
    one.outbox.close()


def test_a_box_starts_on_a_full_disk(disk: Path) -> None:
    one = OpenOutbox(disk)
    one.record(1)
    one.outbox.close()
    fill(disk)
    again = OpenOutbox(disk)
    assert again.codes() == ["disk_full"]
    assert again.record(2) is Recorded.NEW
    assert again.ids() == ids_of(1, 2)
    again.outbox.close()


def test_a_disk_that_fails_is_named_and_everything_is_there_when_it_is_mended(failing: FailingDisk) -> None:
    one = OpenOutbox(failing.path)
    assert one.record(1) is Recorded.NEW
    failing.fail()
    with pytest.raises(OutboxError):
        one.record(2)
    for _ in range(5):  # a write is tried at every fifth look
        one.codes()
    assert {"disk_unwritable", "outbox_unusable"} <= set(one.codes())
    with pytest.raises(OutboxError):
        one.record(2)
    failing.mend()
    assert one.record(2) in {Recorded.NEW, Recorded.REPEATED}
    assert one.ids() == ids_of(1, 2)
    assert one.codes() == []
    one.outbox.close()
    again = OpenOutbox(failing.path)
    assert again.ids() == ids_of(1, 2)
    again.outbox.close()


def test_a_disk_that_is_not_mounted_any_more_is_no_new_outbox(tmp_path: Path) -> None:
    one = OpenOutbox(tmp_path)
    assert one.record(1) is Recorded.NEW
    with suppress(OutboxError), one.outbox.database.transaction() as database:
        database.execute("NOT A STATEMENT")  # any fault that may come of the disk
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    (tmp_path / "data").mkdir()
    with pytest.raises(OutboxError, match="is the disk mounted"):
        one.record(2)
    assert not (tmp_path / "data" / DATABASE_FILE).exists()
    (tmp_path / "data").rmdir()
    (tmp_path / "elsewhere").rename(tmp_path / "data")
    assert one.record(2) is Recorded.NEW
    assert one.ids() == ids_of(1, 2)
    one.outbox.close()


def test_a_database_that_another_holds_for_a_moment_is_used_again(tmp_path: Path) -> None:
    one = OpenOutbox(tmp_path)
    with sqlite3.connect(tmp_path / "data" / DATABASE_FILE, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutboxError, match="locked"):
            one.record(1)
        other.execute("ROLLBACK")
    other.close()
    assert one.record(1) is Recorded.NEW
    one.outbox.close()


def test_only_our_user_may_read_what_is_made_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        one = OpenOutbox(tmp_path)
        one.record(1)
        modes = {
            path.relative_to(tmp_path).as_posix(): oct(path.stat().st_mode & 0o777) for path in tmp_path.rglob("*")
        }
        one.outbox.close()
    finally:
        os.umask(before)
    assert {mode for path, mode in modes.items() if (tmp_path / path).is_dir()} == {"0o700"}
    assert {mode for path, mode in modes.items() if not (tmp_path / path).is_dir()} == {"0o600"}
    assert f"data/{DATABASE_FILE}-wal" in modes


def test_files_of_an_earlier_version_are_closed_to_others(tmp_path: Path) -> None:
    OpenOutbox(tmp_path).outbox.close()
    (tmp_path / "data").chmod(0o755)
    (tmp_path / "data" / DATABASE_FILE).chmod(0o644)
    one = OpenOutbox(tmp_path)
    one.record(1)
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    for path in (tmp_path / "data").glob(f"{DATABASE_FILE}*"):
        assert path.stat().st_mode & 0o777 == 0o600, path.name
    one.outbox.close()


def test_what_cannot_be_written_stays_named_while_it_is_read_and_ends_with_the_full_disk(disk: Path) -> None:
    one = OpenOutbox(disk)
    fill(disk)
    one.outbox.disk.look()  # gives the reserve to the cases
    filler = fill(disk)
    with suppress(OutboxError):
        for number in range(1000):
            one.record(number)
    since = {problem.code: problem.since for problem in one.problems.problems()}["outbox_unusable"]
    one.outbox.status()
    assert {problem.code: problem.since for problem in one.problems.problems()}["outbox_unusable"] == since
    filler.unlink()
    one.outbox.status()
    assert not one.problems.stands(ProblemCode.OUTBOX_UNUSABLE)
    one.outbox.close()
