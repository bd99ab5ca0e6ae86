"""The outbox: a case is here before anything is sent, and leaves when the centre holds it and all its evidence.

``collecting`` (the rule has spoken) -> ``ready`` (the package is on disk, the message is fixed) -> ``removed`` (the
centre has answered that it is on record, with this message's hash; our files are deleted).
A removed case stays as a line without content for a while, so that the same act found again is not sent again.
"""

import hashlib
import logging
import sqlite3
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from domain.canonical import canonical_bytes, sha256_of
from domain.cases.case import Case
from domain.cases.evidence import CaseAnswer, CaseMessage
from domain.errors import FileError, OutboxError
from domain.fleet.health import ProblemCode
from domain.instants import Clock, to_text
from edge.health.problems import ProblemBoard
from edge.outbox import case_rows
from edge.outbox.case_rows import StoredText
from edge.outbox.database import OutboxDatabase
from edge.outbox.disk import OutboxDisk
from edge.outbox.schema import PACKAGES
from edge.outbox.values import FileState, OutboxFile, OutboxStatus, Recorded, Settled
from plumbing.files import file_faults, make_private_folder, remove

logger = logging.getLogger(__name__)

_KEEP_REMOVED = timedelta(days=90)


class Outbox:
    """The box's store of cases; one per data folder, safe to use from every thread. Make it with ``Outbox.open``.

    Args:
        directory: the box's data folder.
        database: of that folder.
        disk: that it lies on.
        clock: stamps the states.
        problems: where it is named when the outbox is full or damaged.
        max_evidence_bytes: files of all packages together; cases beyond it are kept without media.
    """

    def __init__(
        self,
        *,
        directory: Path,
        database: OutboxDatabase,
        disk: OutboxDisk,
        clock: Clock,
        problems: ProblemBoard,
        max_evidence_bytes: int,
    ) -> None:
        self.directory = directory
        self.packages = directory / PACKAGES
        self.max_evidence_bytes = max_evidence_bytes
        self.database = database
        self._clock = clock
        self.disk = disk
        self._problems = problems
        self._when_ready: Callable[[], None] = lambda: None

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        clock: Clock,
        problems: ProblemBoard,
        max_evidence_bytes: int = 20_000_000_000,
        min_free_bytes: int = 200_000_000,
        reserve_bytes: int = 32_000_000,
    ) -> "Outbox":
        """Open the outbox of a data folder (made when missing), and sweep what a crash left behind.

        Args:
            directory: the box's data folder.
            clock: stamps the states.
            problems: where it is named when the outbox is full or damaged.
            max_evidence_bytes: of all packages together.
            min_free_bytes: free space of the disk below which no media are kept, so that cases still fit.
            reserve_bytes: of the disk, kept for cases alone.

        Raises:
            OutboxError: another process uses it, or its database is damaged, foreign or missing.
        """
        disk = OutboxDisk(directory, problems=problems, min_free_bytes=min_free_bytes, reserve_bytes=reserve_bytes)
        outbox = cls(
            directory=directory,
            database=OutboxDatabase(directory, disk=disk, problems=problems),
            disk=disk,
            clock=clock,
            problems=problems,
            max_evidence_bytes=max_evidence_bytes,
        )
        try:
            outbox._sweep()
            disk.start()
        except FileError as e:
            outbox.close()
            raise OutboxError(f"the outbox cannot be used: {e}") from e
        except OutboxError:
            outbox.close()
            raise
        return outbox

    def close(self) -> None:
        """Let go of database and folder; may be called twice."""
        self.disk.close()
        self.database.close()

    def when_ready(self, listener: Callable[[], None]) -> None:
        """Whom to call when a case has become ready, from any thread: it must not wait; the latest one counts."""
        self._when_ready = listener

    # collecting

    def record(self, case: Case) -> Recorded:
        """Take in a case; it is on the disk when this returns.

        Raises:
            OutboxError: it could not be stored.
        """
        with self.database.transaction() as database:
            known = case_rows.find(database, case.case_id)
            if known is None:
                case_rows.insert(database, case, now=to_text(self._clock.now()))
                return Recorded.NEW
        if known["case_sha256"] == sha256_of(case):
            return Recorded.REPEATED
        logger.warning(
            "A case came again with other content, the first one stays",
            extra={"action": "case_differs", "case_id": str(case.case_id)},
        )
        return Recorded.DIFFERENT

    def collecting(self) -> tuple[Case, ...]:
        """Cases without a finished package, oldest first; one whose content is damaged is reported and left out."""
        with self.database.reading() as database:
            cases = case_rows.collecting(database)
        return tuple(
            Case.model_validate_json(stored.content) for case_id, stored in cases if self._is_sound(case_id, stored)
        )

    def is_collecting(self, case_id: uuid.UUID) -> bool:
        """Whether a case is here and its package is not finished."""
        with self.database.reading() as database:
            row = case_rows.find(database, case_id)
        return row is not None and row["state"] == "collecting"

    def package_folder(self, case_id: uuid.UUID) -> Path:
        """Where a case's package stands, or will stand."""
        return self.packages / str(case_id)

    def has_room_for(self, size_bytes: int) -> bool:
        """Whether that many bytes of media may still be kept; where not, the problem is reported.

        Raises:
            OutboxError: the outbox or its disk does not answer.
        """
        used = self.status().evidence_bytes
        if used + size_bytes > self.max_evidence_bytes:
            self._problems.report(
                ProblemCode.OUTBOX_FULL,
                f"the outbox holds as much evidence as it may, {self.max_evidence_bytes / 1e6:.0f} MB; "
                f"new cases are kept without media",
            )
            return False
        self._problems.clear(ProblemCode.OUTBOX_FULL)
        try:
            return self.disk.has_room_for(size_bytes)
        except FileError as e:
            raise OutboxError(str(e)) from e

    def can_write(self, size_bytes: int) -> bool:
        """Whether evidence that was cut already may be written now: the disk works and has room beside the reserve.

        Raises:
            FileError: the disk does not answer.
        """
        return not self._problems.stands(ProblemCode.DISK_UNWRITABLE) and self.disk.can_take(size_bytes)

    def make_ready(self, message: CaseMessage) -> bool:
        """The package is on the disk: fix the message that will be sent.

        Its case is the recorded one; only the plate may have been read since.

        Returns:
            Whether it was taken; False when the case has its message already (that one stays), is not here, or is
            another one than was recorded.

        Raises:
            OutboxError: it could not be stored.
        """
        with self.database.transaction() as database:
            if not self._is_recorded(database, message.case):
                return False
            case_rows.fix_message(database, message, now=to_text(self._clock.now()))
        self._when_ready()
        return True

    # sending

    def ready_after(self, position: int, limit: int = 500) -> list[tuple[int, uuid.UUID]]:
        """Cases that became ready after a position, in order: (position, case id)."""
        with self.database.reading() as database:
            return case_rows.ready_after(database, position, limit)

    def message(self, case_id: uuid.UUID) -> bytes | None:
        """The message of a case that waits for the centre; None when it does not wait, or is damaged (reported)."""
        with self.database.reading() as database:
            stored = case_rows.ready_message(database, case_id)
        if stored is None or not self._is_sound(str(case_id), stored):
            return None
        return bytes(stored.content)

    def files_of(self, case_id: uuid.UUID) -> tuple[OutboxFile, ...]:
        """The files of a case and where they stand, by name."""
        with self.database.reading() as database:
            rows = case_rows.files_of(database, case_id)
        return tuple(
            OutboxFile(
                case_id=case_id,
                name=row["name"],
                path=self.package_folder(case_id) / row["name"],
                size_bytes=row["size_bytes"],
                sha256=row["sha256"],
                state=FileState(row["state"]),
            )
            for row in rows
        )

    def mark_damaged(self, case_id: uuid.UUID, name: str) -> None:
        """Our copy of a file does not fit the signed manifest any more: it is not sent.

        Raises:
            OutboxError: it could not be stored.
        """
        with self.database.transaction() as database:
            case_rows.mark_damaged(database, case_id, name)

    def settle(self, answer: CaseAnswer) -> Settled:
        """The centre says that a case is on record; believed only for the very message that is ours.

        The case leaves, and its files are deleted.

        Raises:
            OutboxError: it could not be stored.
        """
        case_id = answer.case_id
        with self.database.transaction() as database:
            row = case_rows.find(database, case_id)
            if row is None or row["message_sha256"] is None or not answer.on_record:
                return Settled.UNKNOWN
            if row["message_sha256"] != answer.message_sha256:
                return Settled.DIFFERENT
            if row["state"] != "ready":
                return Settled.REPEATED
            case_rows.empty(database, case_id, now=to_text(self._clock.now()))
        remove(self.package_folder(case_id))  # what stays is swept at the next start
        return Settled.ACCEPTED

    def status(self) -> OutboxStatus:
        """Counts and bytes."""
        with self.database.reading() as database:
            counts = case_rows.count(database)
        return OutboxStatus(
            collecting=counts.collecting,
            ready=counts.ready,
            damaged_files=counts.damaged_files,
            evidence_bytes=counts.evidence_bytes,
            max_evidence_bytes=self.max_evidence_bytes,
        )

    # inside

    def _is_recorded(self, database: sqlite3.Connection, case: Case) -> bool:
        """Whether a case waits for its message and is the recorded one, but for what was read of its plate."""
        stored = case_rows.collecting_case(database, case.case_id)
        if stored is None or not self._is_sound(str(case.case_id), stored):
            return False
        recorded = Case.model_validate_json(stored.content)
        return canonical_bytes(case.model_copy(update={"plate": recorded.plate})) == canonical_bytes(recorded)

    def _is_sound(self, case_id: str, stored: StoredText) -> bool:
        if hashlib.sha256(stored.content).hexdigest() == stored.sha256:
            return True
        self._problems.report(
            ProblemCode.CASE_DAMAGED, f"case {case_id} is damaged on the box's disk and is not sent", about=case_id
        )
        return False

    def _sweep(self) -> None:
        """Forget old removed cases and delete what a crash left behind: half-written packages, files already sent."""
        with self.database.transaction() as database:
            case_rows.forget_removed(database, before=to_text(self._clock.now() - _KEEP_REMOVED))
            alive = case_rows.alive(database)
        make_private_folder(self.packages)
        with file_faults(self.packages, "read"):
            folders = sorted(self.packages.iterdir())
        for folder in folders:
            if folder.name not in alive:
                logger.info("Left-over folder deleted", extra={"action": "outbox_swept", "folder": folder.name})
                remove(folder)
