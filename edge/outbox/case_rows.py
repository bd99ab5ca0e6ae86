"""The rows of the outbox's cases and files: every statement that reads or changes one, each within a transaction."""

import sqlite3
import uuid
from typing import NamedTuple

from domain.canonical import canonical_bytes, sha256_of
from domain.cases.case import Case
from domain.cases.evidence import CaseMessage


class StoredText(NamedTuple):
    """A document as it was stored, with the hash that was stored beside it."""

    content: bytes
    sha256: str


class Counts(NamedTuple):
    """How much is in the outbox."""

    collecting: int
    ready: int
    evidence_bytes: int
    damaged_files: int


def find(database: sqlite3.Connection, case_id: uuid.UUID) -> sqlite3.Row | None:
    """State and hashes of a case; None when it was never here."""
    row: sqlite3.Row | None = database.execute(
        "SELECT state, case_sha256, message_sha256 FROM cases WHERE case_id = ?", (str(case_id),)
    ).fetchone()
    return row


def insert(database: sqlite3.Connection, case: Case, *, now: str) -> None:
    """Store a case that was not here, as ``collecting``."""
    database.execute(
        "INSERT INTO cases (case_id, state, position, case_sha256, case_json, recorded_at, changed_at)"
        " VALUES (?, 'collecting', ?, ?, ?, ?, ?)",
        (str(case.case_id), _next_position(database), sha256_of(case), canonical_bytes(case), now, now),
    )


def collecting(database: sqlite3.Connection) -> list[tuple[str, StoredText]]:
    """Cases without a finished package, oldest first: (case id, case)."""
    rows = database.execute(
        "SELECT case_id, case_json, case_sha256 FROM cases WHERE state = 'collecting' ORDER BY position"
    )
    return [(row["case_id"], StoredText(row["case_json"], row["case_sha256"])) for row in rows]


def collecting_case(database: sqlite3.Connection, case_id: uuid.UUID) -> StoredText | None:
    """A case as it was recorded; None when it is not here or has its message already."""
    row = database.execute(
        "SELECT case_json, case_sha256 FROM cases WHERE case_id = ? AND state = 'collecting'", (str(case_id),)
    ).fetchone()
    return None if row is None else StoredText(row["case_json"], row["case_sha256"])


def fix_message(database: sqlite3.Connection, message: CaseMessage, *, now: str) -> None:
    """A case becomes ``ready``, with the message and files that will be sent."""
    case_id, files = str(message.case.case_id), message.manifest.files
    size_bytes = sum(file.size_bytes for file in files)
    database.execute(
        "UPDATE cases SET state = 'ready', position = ?, message = ?, message_sha256 = ?, changed_at = ?,"
        " evidence_bytes = ? WHERE case_id = ?",
        (_next_position(database), canonical_bytes(message), message.sha256(), now, size_bytes, case_id),
    )
    database.executemany(
        "INSERT INTO files (case_id, name, size_bytes, sha256, state) VALUES (?, ?, ?, ?, 'waiting')",
        [(case_id, file.name, file.size_bytes, file.sha256) for file in files],
    )


def ready_after(database: sqlite3.Connection, position: int, limit: int) -> list[tuple[int, uuid.UUID]]:
    """Cases that became ready after a position, in order: (position, case id)."""
    rows = database.execute(
        "SELECT position, case_id FROM cases WHERE state = 'ready' AND position > ? ORDER BY position LIMIT ?",
        (position, limit),
    )
    return [(row["position"], uuid.UUID(row["case_id"])) for row in rows]


def ready_message(database: sqlite3.Connection, case_id: uuid.UUID) -> StoredText | None:
    """The message of a case that waits for the centre; None when it does not wait."""
    row = database.execute(
        "SELECT message, message_sha256 FROM cases WHERE case_id = ? AND state = 'ready'", (str(case_id),)
    ).fetchone()
    return None if row is None else StoredText(row["message"], row["message_sha256"])


def files_of(database: sqlite3.Connection, case_id: uuid.UUID) -> list[sqlite3.Row]:
    """Name, size, hash and state of a case's files, by name."""
    return database.execute(
        "SELECT name, size_bytes, sha256, state FROM files WHERE case_id = ? ORDER BY name", (str(case_id),)
    ).fetchall()


def mark_damaged(database: sqlite3.Connection, case_id: uuid.UUID, name: str) -> None:
    """A file will not be sent."""
    database.execute("UPDATE files SET state = 'damaged' WHERE case_id = ? AND name = ?", (str(case_id), name))


def empty(database: sqlite3.Connection, case_id: uuid.UUID, *, now: str) -> None:
    """A case becomes ``removed``: a line without content and without files."""
    database.execute(
        "UPDATE cases SET state = 'removed', position = ?, changed_at = ?, case_json = NULL, message = NULL,"
        " evidence_bytes = 0 WHERE case_id = ?",
        (_next_position(database), now, str(case_id)),
    )
    database.execute("DELETE FROM files WHERE case_id = ?", (str(case_id),))


def forget_removed(database: sqlite3.Connection, *, before: str) -> None:
    """Delete the lines of cases that were removed before an instant."""
    old_cases = "SELECT case_id FROM cases WHERE state = 'removed' AND changed_at < ?"
    database.execute(f"DELETE FROM files WHERE case_id IN ({old_cases})", (before,))  # noqa: S608 - our own text
    database.execute("DELETE FROM cases WHERE state = 'removed' AND changed_at < ?", (before,))


def alive(database: sqlite3.Connection) -> set[str]:
    """Ids of the cases that are not removed."""
    return {row["case_id"] for row in database.execute("SELECT case_id FROM cases WHERE state <> 'removed'")}


def count(database: sqlite3.Connection) -> Counts:
    """How much is in the outbox, without what was removed."""
    cases = dict(
        database.execute(
            "SELECT state, count(*) FROM cases WHERE state IN ('collecting', 'ready') GROUP BY state"
        ).fetchall()
    )
    (used,) = database.execute(
        "SELECT coalesce(sum(evidence_bytes), 0) FROM cases WHERE state IN ('collecting', 'ready')"
    ).fetchone()
    (damaged,) = database.execute("SELECT count(*) FROM files WHERE state = 'damaged'").fetchone()
    return Counts(cases.get("collecting", 0), cases.get("ready", 0), used, damaged)


def _next_position(database: sqlite3.Connection) -> int:
    (newest,) = database.execute("SELECT coalesce(max(position), 0) FROM cases").fetchone()
    return int(newest) + 1
