"""The auditor's desk: read the record, check that it is whole and that the cases are where it says."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from api.persistence.ledger import GENESIS, ChainFault, ChainHead, body_of, chain_head, first_fault, stored_events
from api.persistence.store import Store
from api.persistence.tables import case_documents, cases, events
from api.principals import Permission, Principal
from api.services.case_desk import HistoryEvent, history_event
from domain.canonical import sha256_of
from domain.cases.evidence import CaseMessage
from domain.cases.roles import Role
from domain.errors import Invalid

MAX_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEvent(HistoryEvent):
    """One event of the whole record."""

    case_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditVerdict:
    """What a check of the record found."""

    fault: ChainFault | None  # the first broken link
    head: ChainHead | None  # the last event that was found whole
    events: int  # events found whole
    wrong_cases: tuple[str, ...]  # cases whose row is not what the record says, with what differs

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return self.fault is None and not self.wrong_cases


class Audit:
    """Reads and checks the record.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(
        self, actor: Principal, *, after_seq: int = 0, limit: int = 100, case_id: str | None = None
    ) -> tuple[RecordEvent, ...]:
        """Events after a number, in order.

        Raises:
            NotAllowed: the role may not read the record.
        """
        actor.require(Permission.AUDIT_READ)
        statement = select(events).where(events.c.seq > after_seq).order_by(events.c.seq)
        if case_id is not None:
            statement = statement.where(events.c.case_id == case_id)
        with self._store.read() as connection:
            rows = connection.execute(statement.limit(min(max(limit, 1), MAX_PAGE))).all()
        return tuple(_record_event(row) for row in rows)

    def verify(self, actor: Principal, *, kept: ChainHead | None = None) -> AuditVerdict:
        """Check every link of the chain, and every case against it.

        Args:
            actor: auditor, or the centre's own command line.
            kept: an event that was kept outside (a receipt, an earlier check); it must still be there.

        Raises:
            NotAllowed: the role may not read the record.
        """
        if actor.role != Role.SYSTEM:
            actor.require(Permission.AUDIT_READ)
        with self._store.read() as connection:
            fault, head = first_fault(stored_events(connection))
            if fault is None and kept is not None:
                fault = _missing(connection, kept)
            wrong = () if fault else tuple(_wrong_cases(connection))
        return AuditVerdict(fault=fault, head=head, events=head.seq if head else 0, wrong_cases=wrong)

    def head(self, actor: Principal) -> ChainHead | None:
        """The newest event, to be kept elsewhere.

        Raises:
            NotAllowed: the role may not read the record.
        """
        actor.require(Permission.AUDIT_READ)
        with self._store.read() as connection:
            return chain_head(connection)


def kept_event(text: str) -> ChainHead:
    """Read ``SEQ:HASH``.

    Raises:
        Invalid: not of that form.

    Examples:
        >>> kept_event("7:" + "0" * 64).seq
        7
    """
    seq, _, digest = text.partition(":")
    if not (seq.isascii() and seq.isdigit() and len(digest) == len(GENESIS)):
        raise Invalid("expected SEQ:HASH with a hash of 64 hex digits")
    return ChainHead(seq=int(seq), hash=digest.lower())


def _record_event(row: Row[Any]) -> RecordEvent:
    plain = history_event(row)
    return RecordEvent(
        seq=plain.seq,
        at=plain.at,
        actor=plain.actor,
        action=plain.action,
        body=plain.body,
        hash=plain.hash,
        case_id=row.case_id,
    )


def _missing(connection: Connection, kept: ChainHead) -> ChainFault | None:
    found = connection.execute(select(events.c.hash).where(events.c.seq == kept.seq)).scalar_one_or_none()
    if found == kept.hash:
        return None
    problem = "was cut off" if found is None else "was replaced"
    return ChainFault(seq=kept.seq, problem=f"event {kept.seq}, which was kept elsewhere, {problem}")


@dataclass(slots=True)
class _Recorded:
    """What the record holds of one case."""

    state: str | None = None
    message_sha256: str | None = None
    integrity: str | None = None
    whole_files: set[str] = field(default_factory=set)

    def take(self, action: str, body: dict[str, Any]) -> None:
        """Follow one event."""
        self.state = body.get("state", self.state)
        self.integrity = body.get("integrity", self.integrity)
        if action == "detect":
            self.message_sha256 = body["message_sha256"]
        if action == "evidence_complete":
            self.whole_files.add(body["file"])


def _wrong_cases(connection: Connection) -> list[str]:
    """Compare every case, and all that may keep it from being confirmed, with what the record holds for it."""
    recorded: defaultdict[str, _Recorded] = defaultdict(_Recorded)
    for row in stored_events(connection):
        if row.case_id is not None:
            recorded[row.case_id].take(row.action, body_of(row))
    wrong: list[str] = []
    found: set[str] = set()
    for row in connection.execute(select(cases, case_documents).join(case_documents)):
        found.add(row.case_id)
        wrong += [f"{row.case_id}: {what}" for what in _differences(row, recorded[row.case_id])]
    told = {case_id for case_id, each in recorded.items() if each.state is not None}
    wrong += [f"{case_id}: is on record and not in the table" for case_id in sorted(told - found)]
    return wrong


def _differences(row: Row[Any], recorded: _Recorded) -> list[str]:
    wrong: list[str] = []
    if recorded.state != row.state:
        wrong.append(f"is {row.state}, the record says {recorded.state}")
    if recorded.integrity != row.integrity:
        wrong.append(f"its integrity is {row.integrity}, the record says {recorded.integrity}")
    message = _message(row)
    if message is None or sha256_of(message) != recorded.message_sha256:
        return [*wrong, "case, manifest or signature is not what came in"]
    said = (message.case.mode.value, message.case.violation.code, len(message.manifest.gaps))
    if said != (row.mode, row.code, row.gaps):
        wrong.append("mode, offence or gaps of its row are not those that came in")
    missing = {file.name for file in message.manifest.files if file.size_bytes} - recorded.whole_files
    if row.files_missing < len(missing):
        wrong.append(f"lacks {row.files_missing} files, the record says {len(missing)}")
    return wrong


def _message(row: Row[Any]) -> CaseMessage | None:
    try:
        text = '{"case":%s,"manifest":%s,"signature":%s}' % (  # noqa: UP031 - braces of JSON
            row.case_json,
            row.manifest_json,
            row.signature_json,
        )
        return CaseMessage.model_validate_json(text)
    except ValueError:
        return None
