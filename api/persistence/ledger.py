"""The append-only record: every event carries the hash of the one before it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from api.persistence.tables import events
from domain.canonical import canonical_bytes
from domain.instants import to_text
from domain.record_entry import entry_hash

GENESIS = "0" * 64
_BATCH_ROWS = 1000


@dataclass(slots=True, kw_only=True)
class Entry:
    """One event; ``seq`` and ``hash`` are filled in when it is appended."""

    at: datetime
    actor: str
    action: str
    case_id: str | None
    body: Mapping[str, Any]
    seq: int = 0
    prev_hash: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """The newest event; whoever keeps it elsewhere can later show that nothing was cut off."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFault:
    """The first place where the record is not what was appended."""

    seq: int
    problem: str


def append(connection: Connection, entries: list[Entry]) -> None:
    """Append events at the end of the chain on SQLite, which has one writer; PostgreSQL: ``chain_end``.

    Args:
        connection: of a write transaction.
        entries: in order; their ``seq``, ``prev_hash`` and ``hash`` are filled in.
    """
    if not entries:
        return
    head = chain_head(connection)
    seq, prev_hash = (head.seq, head.hash) if head else (0, GENESIS)
    rows = []
    for entry in entries:
        seq += 1
        body = canonical_bytes(dict(entry.body)).decode()
        entry.seq, entry.prev_hash = seq, prev_hash
        entry.hash = entry_hash(
            seq=seq,
            at=to_text(entry.at),
            actor=entry.actor,
            action=entry.action,
            case_id=entry.case_id,
            body=body,
            prev_hash=prev_hash,
        )
        prev_hash = entry.hash
        rows.append(
            {
                "seq": seq,
                "at": entry.at,
                "actor": entry.actor,
                "action": entry.action,
                "case_id": entry.case_id,
                "body": body,
                "prev_hash": entry.prev_hash,
                "hash": entry.hash,
            }
        )
    connection.execute(insert(events), rows)


def chain_head(connection: Connection) -> ChainHead | None:
    """The newest event, None in an empty record."""
    newest = select(func.max(events.c.seq)).scalar_subquery()
    row = connection.execute(select(events.c.seq, events.c.hash).where(events.c.seq == newest)).one_or_none()
    return ChainHead(seq=row.seq, hash=row.hash) if row else None


def stored_events(connection: Connection, since: ChainHead | None = None) -> Iterator[Any]:
    """Every event row after one in order, a batch in memory at a time; ``at`` as the text that was hashed."""
    statement = text(
        "SELECT seq, at, actor, action, case_id, body, prev_hash, hash FROM events WHERE seq > :last ORDER BY seq"
    )
    last = since.seq if since else -1
    streaming = connection.execution_options(yield_per=_BATCH_ROWS)
    with streaming.execute(statement, {"last": last}) as rows:
        yield from rows


def first_fault(rows: Iterator[Any], since: ChainHead | None = None) -> tuple[ChainFault | None, ChainHead | None]:
    """Check the chain link by link, after an event that is known to be whole.

    Returns:
        The first fault or None, and the last event that was checked.
    """
    seq, prev_hash = (since.seq, since.hash) if since else (0, GENESIS)
    for row in rows:
        problem = _problem(row, seq + 1, prev_hash)
        if problem:
            return ChainFault(seq=row.seq, problem=problem), (ChainHead(seq=seq, hash=prev_hash) if seq else None)
        seq, prev_hash = row.seq, row.hash
    return None, (ChainHead(seq=seq, hash=prev_hash) if seq else None)


def _problem(row: Any, seq: int, prev_hash: str) -> str | None:
    if row.seq != seq:
        return f"event {seq} is missing: {row.seq} stands in its place"
    if row.prev_hash != prev_hash:
        return f"event {row.seq} does not follow the event before it"
    return content_problem(row)


def content_problem(row: Any) -> str | None:
    """What is wrong with one event by itself."""
    expected = entry_hash(
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        action=row.action,
        case_id=row.case_id,
        body=row.body,
        prev_hash=row.prev_hash,
    )
    return None if row.hash == expected else f"event {row.seq} was altered: its content does not fit its hash"


def body_of(row: Any) -> dict[str, Any]:
    """The body of an event row."""
    body: dict[str, Any] = json.loads(row.body)
    return body
