"""For auditors: read the record, and have it checked."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from api.audit.verdict import AuditVerdict
from api.audit.verification import Verification
from api.cases.case_reader import HistoryEvent, history_event
from api.persistence.ledger import GENESIS, ChainHead, chain_head
from api.persistence.store import Store
from api.persistence.tables import events
from api.principals import Permission, Principal
from domain.cases.roles import Role
from domain.errors import Invalid
from domain.instants import to_text

MAX_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEvent(HistoryEvent):
    """One event of the whole record."""

    case_id: str | None


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
        return tuple(record_event(row) for row in rows)

    def verify(
        self, actor: Principal, *, kept: ChainHead | None = None, since: ChainHead | None = None
    ) -> AuditVerdict:
        """Check every link of the chain, and every column that a guard, queue or right depends on, at one moment.

        Args:
            actor: auditor, or the centre's own command line.
            kept: an event that was kept outside (a receipt, an earlier check); it must still be there.
            since: the event of a checkpoint: the chain is checked after it, and of the cases those that changed since
                or are with the police now. What was changed by hand in another case is found by a whole check.

        Raises:
            NotAllowed: the role may not read the record.
            StoreUnavailable: the database cannot be reached.
        """
        _require_auditor(actor)
        now = to_text(self._store.clock.now())
        with self._store.database.snapshot() as connection:
            verdict = Verification(connection, now=now, since=since).run(kept)
        self._store.database.settle()
        return verdict

    def head(self, actor: Principal) -> ChainHead | None:
        """The newest event, to be kept elsewhere.

        Raises:
            NotAllowed: the role may not read the record.
        """
        _require_auditor(actor)
        with self._store.read() as connection:
            head = chain_head(connection)
        self._store.database.settle()
        return head


def _require_auditor(actor: Principal) -> None:
    if actor.role != Role.SYSTEM:
        actor.require(Permission.AUDIT_READ)


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


def record_event(row: Row[Any]) -> RecordEvent:
    """Read a row of ``events``."""
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
