"""Cases as the services see them, read from their rows."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, insert
from sqlalchemy.sql import Select

from api.cases.blind import STEPS, as_unanswered, has_yet_to_answer, hidden_versions, without_scores
from api.cases.case_columns import plate_key
from api.cases.notifier import CaseChanged, CaseNotifier
from api.persistence.case_queries import case_row, change_cases, files_of, plates_entered, steps_of, whole_case
from api.persistence.ledger import Entry, body_of
from api.persistence.store import Work
from api.persistence.tables import case_documents, cases
from api.persistence.upsert import insert_if_absent
from api.principals import Principal
from domain.camera import Mode
from domain.cases.case import Case
from domain.cases.clocks import Deadline, clocks
from domain.cases.duplicates import LEADING
from domain.cases.evidence import EvidenceFile, Manifest, Signature
from domain.cases.guards import Answer, Facts
from domain.cases.limits import NOTICE_DUE, SILENT_AFTER_NOTICE, limitation_passed
from domain.cases.looks import SecondLook, second_look_due
from domain.cases.reviewers import PERSONS_UNKNOWN
from domain.cases.states import AWAITING_REVIEW, UNDECIDED, Blocker, CaseState, blockers
from domain.errors import NotFound
from domain.instants import HUE_TIME
from domain.law.offences import REMINDED_FIRST
from domain.law.rejection import rejection_reasons
from domain.plates.by_hand import VEHICLES_WITH_PLATES, carries
from domain.reminder_outcome import ward_key

CLOCK_SLACK = timedelta(seconds=60)  # how far a box's clock may run ahead of the centre's


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One file of a case."""

    file: EvidenceFile
    complete: bool  # all bytes are here and their hash fits; False: damaged on the box, it never came

    @property
    def name(self) -> str:
        """As in the manifest."""
        return self.file.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCase:
    """One case as lists show it; no document is read for it."""

    case_id: uuid.UUID
    state: CaseState
    version: int  # raised with every change
    code: str
    name_vi: str
    name_en: str
    mode: Mode
    shadow: bool  # it is measured only
    vehicle_kind: str
    plate_status: str  # agreed or unread; the text stands in the case, where looking at it is on record
    camera_id: str
    camera_name: str
    road: str
    ward: str
    began_at: datetime
    ended_at: datetime
    received_at: datetime
    entered_at: datetime  # since when it stands where it stands
    queue: str | None  # the police queue that receives it
    integrity: str  # "valid" or the name of the integrity blocker
    files_total: int  # files that the manifest lists
    files_missing: int  # files of the manifest that are not here
    gaps: int  # what the box itself says is missing
    blocked_by: tuple[Blocker, ...]  # why it cannot be confirmed; empty: nothing stands against it

    @property
    def clocks(self) -> tuple[Deadline, ...]:
        """The clocks that run for it, the first to end first; none for one that is only measured."""
        return () if self.shadow else clocks(self.state, began_at=self.began_at, entered_at=self.entered_at)

    @property
    def confirmable(self) -> bool:
        """Whether a person may confirm it now."""
        return self.state in {CaseState.QUEUED, CaseState.ADJUDICATION} and not self.blocked_by


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateEntry:
    """The plate as one reviewer read it himself."""

    actor: str
    text: str
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCase(ListedCase):
    """One case with its documents and where it stands."""

    case: Case
    manifest: Manifest
    signature: Signature
    message_sha256: str
    package_sha256: str | None
    lease_id: uuid.UUID | None
    lease_holder: str | None
    lease_expires_at: datetime | None
    plate_by_hand: str | None  # that whoever confirmed had entered; before, what the caller entered himself
    entries: tuple[PlateEntry, ...]  # what reviewers read themselves, as far as the caller may know
    lead_id: uuid.UUID | None  # of a duplicate: the case that goes on for both

    @property
    def where(self) -> str:
        """Road, ward and direction; no ward where the camera's file names another one than the borders."""
        site = self.case.site
        ward = site.ward if ward_key(site.ward) == ward_key(self.ward) else ""
        return ", ".join(part for part in (site.road, ward, site.direction) if part)


def listed_case(row: Row[Any]) -> ListedCase:
    """Read a row of ``cases``."""
    return ListedCase(**_listed(row))


def stored_case(row: Row[Any]) -> StoredCase:
    """Read a row of ``cases`` with its documents."""
    return StoredCase(
        **_listed(row),
        case=Case.model_validate_json(row.case_json),
        manifest=Manifest.model_validate_json(row.manifest_json),
        signature=Signature.model_validate_json(row.signature_json),
        message_sha256=row.message_sha256,
        package_sha256=row.package_sha256,
        lease_id=uuid.UUID(row.lease_id) if row.lease_id else None,
        lease_holder=row.lease_holder,
        lease_expires_at=row.lease_expires_at,
        plate_by_hand=row.plate_by_hand,
        entries=(),
        lead_id=uuid.UUID(row.lead_id) if row.lead_id else None,
    )


def _listed(row: Row[Any]) -> dict[str, Any]:
    computed = {"case_id", "state", "mode", "blocked_by"}
    plain = {field.name for field in fields(ListedCase)} - computed
    return {name: getattr(row, name) for name in plain} | {
        "case_id": uuid.UUID(row.case_id),
        "state": CaseState(row.state),
        "mode": Mode(row.mode),
        "blocked_by": shown_blockers(row),
    }


def row_blockers(row: Row[Any]) -> tuple[Blocker, ...]:
    """Why the case of a row cannot be confirmed."""
    return blockers(
        shadow=row.shadow,
        integrity=row.integrity,
        files_missing=row.files_missing,
        gaps=row.gaps,
        must_items_missing=row.must_items_missing,
        queue=row.queue,
        from_the_future=row.began_at > row.received_at + CLOCK_SLACK,
        duplicates_open=row.duplicates_open,
    )


def facts_of(row: Row[Any], *, actor: str, now: datetime, body: Mapping[str, Any] | None = None) -> Facts:
    """What guards judge by, of a row.

    Args:
        row: of the case before the step.
        actor: who takes it.
        now: of the step.
        body: what its event will say.
    """
    said = body or {}
    answer: Answer | None = said.get("answer")
    plate = said.get("plate")
    reason = rejection_reasons().get(row.reason_code or "")
    both_rejected = row.first_answer == row.second_answer == "reject" and row.second_look != SecondLook.SEEDED
    return Facts(
        actor=actor,
        answer=answer,
        blocked_by=frozenset(row_blockers(row)),
        shadow=row.shadow,
        first_answer=row.first_answer,
        first_by=row.first_by,
        second_by=row.second_by,
        second_look_due=second_look_due(row.second_look, row.second_by),
        known_negative=both_rejected and reason is not None and reason.labelled_negative,
        notice_overdue=now >= row.began_at + NOTICE_DUE,
        limitation_passed=limitation_passed(row.began_at, now),
        notice_unanswered=row.state == CaseState.NOTICE_SENT and now >= row.entered_at + SILENT_AFTER_NOTICE,
        on_pavement=row.code in REMINDED_FIRST,
        plate_known=plate is not None or not _needs_plate(row) or ("plate" not in said and _has_plate(row)),
        plates_differ=answer == row.first_answer == "confirm" and plate != first_plate(row),
        persons_unknown=bool(said.get(PERSONS_UNKNOWN)),
        lead_stands=said.get("lead_state") in LEADING,
        pulled_from=CaseState(said.get("pulled_from", CaseState.READY)),
        taken_over=bool(said.get("taken_over")),
    )


def _needs_plate(row: Row[Any]) -> bool:
    return row.vehicle_kind in VEHICLES_WITH_PLATES


def read_plate(row: Row[Any]) -> str | None:
    """The plate that the networks read; None too where no such vehicle carries one like it: then people read it."""
    text: str | None = row.plate_text
    if text is None or not _needs_plate(row):
        return text
    on = row.began_at.astimezone(HUE_TIME).date()
    return text if carries(row.vehicle_kind, text, kind=row.plate_kind, on=on) else None


def _has_plate(row: Row[Any]) -> bool:
    return row.plate_by_hand is not None or read_plate(row) is not None


def first_plate(row: Row[Any]) -> str | None:
    """The plate that the first confirmation was of; as read, where that was before anybody entered one."""
    entered: str | None = row.first_plate
    return entered or plate_key(read_plate(row))


def shown_blockers(row: Row[Any]) -> tuple[Blocker, ...]:
    """Why a case cannot be confirmed, the plate included that each reviewer of an unread one enters himself."""
    undecided = not row.shadow and CaseState(row.state) in UNDECIDED | AWAITING_REVIEW
    unread = undecided and _needs_plate(row) and read_plate(row) is None
    return row_blockers(row) + ((Blocker.PLATE_MISSING,) if unread else ())


def load_case(connection: Connection, case_id: uuid.UUID, who: Principal, *, noted: Sequence[Entry] = ()) -> StoredCase:
    """One case, for somebody whose scope it lies in; who has yet to answer sees it as nobody had.

    Args:
        connection: to read with.
        case_id: of it.
        who: sees it.
        noted: what this transaction did and has not put on record yet.

    Raises:
        NotFound: there is none of that id, or it lies elsewhere, which is not told apart.
    """
    row = _row_for(connection, case_id, who)
    unanswered = has_yet_to_answer(row, who)
    stored = with_entries(connection, stored_case(row), who, own_only=unanswered)
    if not unanswered:
        return stored
    stored = replace(stored, case=without_scores(stored.case))
    now = [TakenStep(each.action, each.at, each.body) for each in noted if each.case_id == row.case_id]
    now = [each for each in now if each.action in STEPS]
    return as_unanswered(stored, [*steps_taken(connection, [row.case_id])[row.case_id], *now])


def load_as_it_stands(connection: Connection, case_id: uuid.UUID, who: Principal) -> StoredCase:
    """One case as it stands, by one question: for what depends on no answer, such as its files; never to be shown.

    Raises:
        NotFound: there is none of that id, or it lies elsewhere, which is not told apart.
    """
    return stored_case(_row_for(connection, case_id, who))


def _row_for(connection: Connection, case_id: uuid.UUID, who: Principal) -> Row[Any]:
    row = connection.execute(whole_case(str(case_id))).one_or_none()
    if row is None or not who.sees_case(row):
        raise NotFound(f"there is no case {case_id}")
    return row


@dataclass(frozen=True, slots=True)
class TakenStep:
    """A step that a case took, as far as what is shown depends on it."""

    action: str
    at: datetime
    body: Mapping[str, Any]


def steps_taken(connection: Connection, case_ids: Collection[str]) -> dict[str, list[TakenStep]]:
    """By case: the steps from which follows what somebody who has yet to answer is shown."""
    found: dict[str, list[TakenStep]] = {case_id: [] for case_id in case_ids}
    for row in connection.execute(steps_of(case_ids, STEPS)) if case_ids else ():
        found[row.case_id].append(TakenStep(row.action, row.at, body_of(row)))
    return found


def shown_version(connection: Connection, row: Row[Any], who: Principal) -> int:
    """The version of a case that somebody is shown, and decides on."""
    version: int = row.version
    if not has_yet_to_answer(row, who):
        return version
    return version - hidden_versions(steps_taken(connection, [row.case_id])[row.case_id])


def case_after(work: Work, case_id: uuid.UUID, who: Principal) -> StoredCase:
    """A case as somebody is shown it after what the transaction has noted so far."""
    return load_case(work.connection, case_id, who, noted=work.entries)


def with_entries(connection: Connection, stored: StoredCase, who: Principal, *, own_only: bool) -> StoredCase:
    """A case with the plates that reviewers entered; before the decision the caller's own stands for him.

    Args:
        connection: to read with.
        stored: the case.
        who: sees it.
        own_only: he is told nothing of what others read.
    """
    entries = tuple(
        PlateEntry(actor=row.actor, text=row.text, entered_at=row.entered_at)
        for row in connection.execute(plates_entered(str(stored.case_id))).all()
        if not own_only or row.actor == who.actor
    )
    own = next((entry.text for entry in entries if entry.actor == who.actor), None)
    plate = None if own_only else stored.plate_by_hand
    if own is not None and stored.state in UNDECIDED | AWAITING_REVIEW:
        plate = own
    blocked_by = tuple(each for each in stored.blocked_by if not (own and each == Blocker.PLATE_MISSING))
    return replace(stored, entries=entries, plate_by_hand=plate, blocked_by=blocked_by)


def load_files(connection: Connection, stored: StoredCase) -> tuple[StoredFile, ...]:
    """The case's files in the order of its manifest."""
    rows = connection.execute(files_of(str(stored.case_id)))
    by_name = {row.name: row for row in rows}
    return tuple(StoredFile(file=file, complete=by_name[file.name].complete) for file in stored.manifest.files)


def locked(
    statement: "Select[Any]", connection: Connection, *, skip_locked: bool = False, of: Table | None = None
) -> "Select[Any]":
    """Keep the rows (of one table, where several are joined) for this transaction.

    SQLite has one writer at a time and needs no word for it.
    """
    if connection.dialect.name == "sqlite":
        return statement
    return statement.with_for_update(skip_locked=skip_locked, of=of)


def lock_case(work: Work, case_id: uuid.UUID, who: Principal) -> Row[Any]:
    """The row of a case, kept for this transaction, for somebody whose scope it lies in.

    Raises:
        NotFound: there is none of that id, or it lies elsewhere, which is not told apart.
    """
    statement = locked(case_row(str(case_id)), work.connection)
    row = work.connection.execute(statement).one_or_none()
    if row is None or not who.sees_case(row):
        raise NotFound(f"there is no case {case_id}")
    return row


def insert_case(work: Work, values: dict[str, Any], documents: Mapping[str, str]) -> bool:
    """Insert a case with its documents, unless its id is taken, and count it.

    Returns:
        Whether it is new.
    """
    if not insert_if_absent(work.connection, cases, values):
        return False
    work.connection.execute(insert(case_documents).values(case_id=values["case_id"], **documents))
    work.count(shadow=values["shadow"], state=values["state"], by=1)
    return True


def change_case(work: Work, row: Row[Any], **values: Any) -> Row[Any]:
    """Change columns of a locked case, but never its state; its version rises.

    Returns:
        The row as it is now.
    """
    return work.connection.execute(change_cases([row.case_id], values).returning(cases)).one()


def announce(work: Work, row: Row[Any], notifier: CaseNotifier, *, is_new: bool = False) -> None:
    """Have a case's change announced after the commit."""
    change = CaseChanged(
        case_id=uuid.UUID(row.case_id),
        state=CaseState(row.state),
        version=row.version,
        queue=row.queue,
        is_new=is_new,
    )
    work.after_commit.append(lambda: notifier.publish(change))
