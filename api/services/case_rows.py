"""Cases as the services see them, read from their rows."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.sql import Select

from api.persistence.store import Work
from api.persistence.tables import cases, evidence_files
from api.principals import Principal
from api.services.notifier import CaseChanged, CaseNotifier
from domain.camera import Mode
from domain.cases.case import Case
from domain.cases.evidence import EvidenceFile, Manifest, Signature
from domain.cases.states import Action, Blocker, CaseState, blockers, next_state
from domain.errors import NotFound

CLOCK_SLACK = timedelta(seconds=60)  # how far a box's clock may run ahead of the centre's


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One file of a case and how much of it is here."""

    file: EvidenceFile
    offset_bytes: int  # received so far
    complete: bool  # all bytes are here and their hash fits

    @property
    def name(self) -> str:
        """As in the manifest."""
        return self.file.name


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCase:
    """One case with where it stands."""

    case: Case
    manifest: Manifest
    signature: Signature
    message_sha256: str
    state: CaseState
    version: int  # raised with every change
    received_at: datetime
    queue: str | None  # the police queue that receives it
    integrity: str  # "valid" or the name of the integrity blocker
    files_missing: int  # files that are not wholly here yet
    blocked_by: tuple[Blocker, ...]  # why it cannot be confirmed; empty: nothing stands against it
    package_sha256: str | None
    lease_id: uuid.UUID | None
    lease_holder: str | None
    lease_expires_at: datetime | None

    @property
    def case_id(self) -> uuid.UUID:
        """Of the case."""
        return self.case.case_id

    @property
    def files_total(self) -> int:
        """Files that the manifest lists."""
        return len(self.manifest.files)

    @property
    def confirmable(self) -> bool:
        """Whether a person may confirm it now."""
        return self.state == CaseState.QUEUED and not self.blocked_by


def stored_case(row: Row[Any]) -> StoredCase:
    """Read a row of ``cases``."""
    return StoredCase(
        case=Case.model_validate_json(row.case_json),
        manifest=Manifest.model_validate_json(row.manifest_json),
        signature=Signature.model_validate_json(row.signature_json),
        message_sha256=row.message_sha256,
        state=CaseState(row.state),
        version=row.version,
        received_at=row.received_at,
        queue=row.queue,
        integrity=row.integrity,
        files_missing=row.files_missing,
        blocked_by=row_blockers(row),
        package_sha256=row.package_sha256,
        lease_id=uuid.UUID(row.lease_id) if row.lease_id else None,
        lease_holder=row.lease_holder,
        lease_expires_at=row.lease_expires_at,
    )


def row_blockers(row: Row[Any]) -> tuple[Blocker, ...]:
    """Why the case of a row cannot be confirmed."""
    return blockers(
        mode=Mode(row.mode),
        integrity=row.integrity,
        files_missing=row.files_missing,
        gaps=row.gaps,
        must_items_missing=row.must_items_missing,
        queue=row.queue,
        from_the_future=row.began_at > row.received_at + CLOCK_SLACK,
    )


def load_case(connection: Connection, case_id: uuid.UUID) -> StoredCase:
    """One case.

    Raises:
        NotFound: there is none of that id.
    """
    row = connection.execute(select(cases).where(cases.c.case_id == str(case_id))).one_or_none()
    if row is None:
        raise NotFound(f"there is no case {case_id}")
    return stored_case(row)


def load_files(connection: Connection, stored: StoredCase) -> tuple[StoredFile, ...]:
    """The case's files in the order of its manifest."""
    rows = connection.execute(select(evidence_files).where(evidence_files.c.case_id == str(stored.case_id)))
    by_name = {row.name: row for row in rows}
    return tuple(
        StoredFile(file=file, offset_bytes=by_name[file.name].offset_bytes, complete=by_name[file.name].complete)
        for file in stored.manifest.files
    )


def locked(statement: "Select[Any]", connection: Connection, *, skip_locked: bool = False) -> "Select[Any]":
    """Keep the rows for this transaction; SQLite has one writer at a time and needs no word for it."""
    if connection.dialect.name == "sqlite":
        return statement
    return statement.with_for_update(skip_locked=skip_locked)


def lock_case(work: Work, case_id: uuid.UUID) -> Row[Any]:
    """The row of a case, kept for this transaction.

    Raises:
        NotFound: there is none of that id.
    """
    statement = locked(select(cases).where(cases.c.case_id == str(case_id)), work.connection)
    row = work.connection.execute(statement).one_or_none()
    if row is None:
        raise NotFound(f"there is no case {case_id}")
    return row


def move(
    work: Work,
    row: Row[Any],
    action: Action,
    actor: Principal,
    *,
    notifier: CaseNotifier,
    body: dict[str, Any] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Row[Any]:
    """Take one step of the case's life: check it, write it, note it, tell it.

    Args:
        work: the transaction that holds the row.
        row: the locked row of the case.
        action: the step.
        actor: who takes it.
        notifier: told after the commit.
        body: what the event says beside the states.
        values: other columns that change with it.

    Returns:
        The row as it is now.

    Raises:
        NotAllowed: the actor may not.
        Conflict: the case is not where the step starts, or is blocked.
    """
    target = next_state(action, state=CaseState(row.state), role=actor.role, blocked_by=row_blockers(row))
    version = row.version + 1
    statement = update(cases).where(cases.c.case_id == row.case_id)
    work.connection.execute(statement.values(state=target.value, version=version, **(values or {})))
    case_id = uuid.UUID(row.case_id)
    work.record(actor, action, case_id=row.case_id, body={"from": row.state, "state": target.value} | (body or {}))
    change = CaseChanged(case_id=case_id, state=target, version=version, queue=row.queue)
    work.after_commit.append(lambda: notifier.publish(change))
    return work.connection.execute(select(cases).where(cases.c.case_id == row.case_id)).one()
