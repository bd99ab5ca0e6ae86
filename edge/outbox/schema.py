"""Opening the outbox's database: a new one only where there never was one, a damaged one never silently replaced."""

import fcntl
import os
import sqlite3
from pathlib import Path

from domain.errors import FileError, OutboxError
from plumbing.files import file_faults

APPLICATION_ID = 0x4D54484E  # "MTHN"
SCHEMA_VERSION = 2
DATABASE_FILE = "outbox.sqlite3"
PACKAGES = "packages"

_TABLES = """
CREATE TABLE cases (
    case_id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('collecting', 'ready', 'removed')),
    position INTEGER NOT NULL UNIQUE,  -- rises with every change of state
    case_sha256 TEXT NOT NULL,
    case_json BLOB,                    -- NULL once removed
    message BLOB,                      -- the CaseMessage's canonical bytes, NULL before ready and once removed
    message_sha256 TEXT,
    recorded_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    evidence_bytes INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX cases_by_state ON cases (state, position);
CREATE TABLE files (
    case_id TEXT NOT NULL REFERENCES cases (case_id),
    name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'damaged')),
    PRIMARY KEY (case_id, name)
) STRICT, WITHOUT ROWID;
"""

_MOVE_VERSION_1_AWAY = """
ALTER TABLE files RENAME TO files_1;
ALTER TABLE cases RENAME TO cases_1;
DROP INDEX cases_by_state;
"""
# Of a case that the centre had acknowledged some files may be missing there: it is offered again, and says which.
_TAKE_VERSION_1_IN = """
INSERT INTO cases SELECT case_id, iif(state = 'acknowledged', 'ready', state), position, case_sha256, case_json,
    message, message_sha256, recorded_at, changed_at, evidence_bytes FROM cases_1;
INSERT INTO files SELECT case_id, name, size_bytes, sha256, iif(state = 'uploaded', 'waiting', state) FROM files_1
    WHERE case_id IN (SELECT case_id FROM cases WHERE state <> 'removed');
DROP TABLE files_1;
DROP TABLE cases_1;
"""


def open_database(directory: Path, *, may_be_new: bool = True) -> sqlite3.Connection:
    """Open or, where there never was one, make the outbox's database; only we may read its files.

    Args:
        directory: of the outbox.
        may_be_new: False where there was one a moment ago: a disk that is not mounted shows an empty folder.

    Raises:
        OutboxError: it is damaged, of another program or version, or missing beside packages that it should know.
    """
    path = directory / DATABASE_FILE
    try:
        is_new = not path.exists() or path.stat().st_size == 0
        has_remains = _has_remains(directory)
        if is_new and not may_be_new:
            raise OutboxError(f"{path} is gone; is the disk mounted?")
        if not (is_new and has_remains):
            _make_private(path)
    except OSError as e:
        raise OutboxError(str(FileError(path, "opened", e))) from e
    if is_new and has_remains:
        raise OutboxError(
            f"{path} is missing or empty although {directory} holds packages: not starting a new outbox over them; "
            f"bring the database back or move the folder away"
        )
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    except sqlite3.Error as e:
        raise OutboxError(f"the outbox {path} cannot be opened ({e})") from e
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        if is_new or _is_blank(connection):
            _create(connection)
        else:
            _check(connection, path)
    except sqlite3.Error as e:
        connection.close()
        raise OutboxError(f"the outbox {path} is damaged ({e}); keep it, and move it away before starting anew") from e
    except OutboxError:
        connection.close()
        raise
    return connection


def _make_private(path: Path) -> None:
    """SQLite gives the files beside it (``-wal``, ``-shm``) the rights of this one."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if file.exists() and file.stat().st_mode & 0o777 != 0o600:  # noqa: PLR2004 - of an earlier version
            file.chmod(0o600)


def _has_remains(directory: Path) -> bool:
    wal = directory / f"{DATABASE_FILE}-wal"
    if wal.exists() and wal.stat().st_size > 0 and not (directory / DATABASE_FILE).exists():
        return True
    packages = directory / PACKAGES
    return packages.is_dir() and any(packages.iterdir())


def _is_blank(connection: sqlite3.Connection) -> bool:
    """A file that a crash left between being made and getting its tables."""
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    return bool(tables == 0 and application_id == 0)


def _create(connection: sqlite3.Connection) -> None:
    connection.executescript(
        f"BEGIN IMMEDIATE; {_TABLES} PRAGMA application_id = {APPLICATION_ID}; "
        f"PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
    )


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != APPLICATION_ID:
        raise OutboxError(f"{path} is not an outbox of this program")
    if version == 1:
        connection.executescript(
            f"BEGIN IMMEDIATE; {_MOVE_VERSION_1_AWAY} {_TABLES} {_TAKE_VERSION_1_IN}"
            f"PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )
        version = SCHEMA_VERSION
    if version != SCHEMA_VERSION:
        raise OutboxError(f"the outbox {path} has version {version}, this program knows {SCHEMA_VERSION}")
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise OutboxError(f"the outbox {path} is damaged ({verdict}); keep it, and move it away before starting anew")


def lock_directory(directory: Path) -> int:
    """Take the folder for this process alone; the operating system frees it when the process dies, however it dies.

    Raises:
        FileError: the lock cannot be made.
        OutboxError: another process uses it.
    """
    path = directory / "outbox.lock"
    with file_faults(path, "opened"):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as e:
        os.close(descriptor)
        raise OutboxError(f"another process uses the outbox in {directory}") from e
    return descriptor
