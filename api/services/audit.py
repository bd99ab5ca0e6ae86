"""The auditor's desk: read the record, check that it is whole and that the cases are where it says."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from api.persistence.ledger import GENESIS, ChainFault, ChainHead, body_of, chain_head, first_fault, stored_events
from api.persistence.store import Store
from api.persistence.tables import cases, events
from api.principals import Permission, Principal, Role
from api.services.case_desk import HistoryEvent, history_event
from domain.canonical import sha256_of
from domain.errors import Invalid
from domain.evidence import CaseMessage

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


def _wrong_cases(connection: Connection) -> list[str]:
    """Compare every case with the last state and the message hash that the record holds for it."""
    states: dict[str, str] = {}
    messages: dict[str, str] = {}
    for row in stored_events(connection):
        if row.case_id is None:
            continue
        body = body_of(row)
        if "state" in body:
            states[row.case_id] = body["state"]
        if row.action == "detect":
            messages[row.case_id] = body["message_sha256"]
    wrong: list[str] = []
    columns = (cases.c.case_id, cases.c.state, cases.c.case_json, cases.c.manifest_json, cases.c.signature_json)
    found: set[str] = set()
    for row in connection.execute(select(*columns)):
        found.add(row.case_id)
        if states.get(row.case_id) != row.state:
            wrong.append(f"{row.case_id}: is {row.state}, the record says {states.get(row.case_id)}")
        if messages.get(row.case_id) != _message_sha256(row):
            wrong.append(f"{row.case_id}: case, manifest or signature is not what came in")
    wrong += [f"{case_id}: is on record and not in the table" for case_id in sorted(states.keys() - found)]
    return wrong


def _message_sha256(row: Any) -> str | None:
    try:
        text = '{"case":%s,"manifest":%s,"signature":%s}' % (  # noqa: UP031 - braces of JSON
            row.case_json,
            row.manifest_json,
            row.signature_json,
        )
        return sha256_of(CaseMessage.model_validate_json(text))
    except ValueError:
        return None
