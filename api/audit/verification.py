"""The whole check, on one snapshot, in memory that does not grow with the record.

Three passes in order of their keys: the chain by number; cases, their files and events side by side by case; what
belongs to no case. Nothing is kept but one case, the people and keys, the sessions that are open and the leases that
run.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, text

from api.audit.account_replay import RecordedAccounts, row_differences
from api.audit.case_replay import CaseRows, Documents, RecordedCase, RecordedLease, differences
from api.audit.verdict import AuditVerdict, Found
from api.people.secrets_of_accounts import sha256_text
from api.persistence.ledger import ChainFault, ChainHead, content_problem, first_fault, stored_events
from domain.cases.states import CaseState

_BATCH_ROWS = 500
_EVENTS = "SELECT seq, at, actor, action, case_id, body, prev_hash, hash FROM events"
_CASES = (
    "SELECT cases.*, case_documents.case_json, case_documents.manifest_json, case_documents.signature_json"
    " FROM cases LEFT JOIN case_documents ON case_documents.case_id = cases.case_id"
)
_FILES = "SELECT * FROM evidence_files"
_NOTICES = "SELECT * FROM notices"
_WORDS = "SELECT * FROM objection_words"
_PLATES = "SELECT * FROM case_plates"
_EXPORTS = "SELECT * FROM case_exports"
_PAIRS = "SELECT later_id AS case_id, case_pairs.* FROM case_pairs"
_TOUCHED = (
    " IN (SELECT case_id FROM events WHERE seq > :since AND case_id IS NOT NULL"
    " UNION SELECT case_id FROM cases WHERE lease_id IN (SELECT lease_id FROM leases WHERE expires_at > :now))"
)
_STATES = frozenset(CaseState)
_by_case = attrgetter("case_id")


class Verification:
    """One check.

    Args:
        connection: its reads are of one moment.
        now: of that moment, as stored text.
        since: the event of a checkpoint: the chain is checked from there, and of the cases those that changed later.
    """

    def __init__(self, connection: Connection, *, now: str, since: ChainHead | None) -> None:
        self._connection = connection
        self._now = now
        self._since = since
        self._cases = Found()
        self._rows = Found()
        self._counts: Counter[tuple[bool, str]] = Counter()
        self._leases: dict[str, RecordedLease] = {}

    def run(self, kept: ChainHead | None) -> AuditVerdict:
        """Check everything; an event that was kept elsewhere must still be there."""
        fault = self._missing(self._since) if self._since else None
        head = self._since
        if fault is None:
            fault, head = first_fault(stored_events(self._connection, self._since), self._since)
        if fault is None and kept is not None:
            fault = self._missing(kept)
        if fault is None:
            self._check_cases()
            fault = self._check_rows()
        return AuditVerdict(
            fault=fault,
            head=head,
            events=head.seq if head else 0,
            wrong_cases=tuple(self._cases.named),
            wrong_rows=tuple(self._rows.named),
            not_named=self._cases.more + self._rows.more,
        )

    def _missing(self, kept: ChainHead) -> ChainFault | None:
        statement = text("SELECT hash FROM events WHERE seq = :seq")
        found = self._connection.execute(statement, {"seq": kept.seq}).scalar_one_or_none()
        if found == kept.hash:
            return None
        problem = "was cut off" if found is None else "was replaced"
        return ChainFault(seq=kept.seq, problem=f"event {kept.seq}, which was kept elsewhere, {problem}")

    def _check_cases(self) -> None:
        only = "" if self._since is None else _TOUCHED
        events = f"{_EVENTS} WHERE case_id{only or ' IS NOT NULL'} ORDER BY case_id, seq"
        cases = f"{_CASES}{f' WHERE cases.case_id{only}' if only else ''} ORDER BY cases.case_id"
        files = f"{_FILES}{f' WHERE case_id{only}' if only else ''} ORDER BY case_id, name"
        notices = f"{_NOTICES}{f' WHERE case_id{only}' if only else ''} ORDER BY case_id"
        pairs = f"{_PAIRS}{f' WHERE later_id{only}' if only else ''} ORDER BY later_id, earlier_id"
        plates = f"{_PLATES}{f' WHERE case_id{only}' if only else ''} ORDER BY case_id, actor"
        exports = f"{_EXPORTS}{f' WHERE case_id{only}' if only else ''} ORDER BY case_id, export_id"
        words = f"{_WORDS}{f' WHERE case_id{only}' if only else ''} ORDER BY case_id, words_sha256"
        streams = tuple(self._stream(each) for each in (events, cases, files, pairs, plates, notices, exports, words))
        for case_id, (of_record, rows, *beside) in side_by_side(*streams):
            recorded = RecordedCase()
            for event in of_record:
                if self._since is not None and (problem := content_problem(event)):
                    recorded.wrong.append(problem)
                if unreadable := _follow(recorded, event):
                    recorded.wrong.append(unreadable)
            self._note_leases(recorded)
            if not rows:
                if recorded.row or any(beside):
                    self._cases.add(f"{case_id}: is on record and not in the table")
                continue
            self._counts[bool(rows[0].shadow), rows[0].state] += 1
            there = CaseRows(rows[0], *beside)
            for wrong in differences(recorded, there, Documents.of(rows[0])):
                self._cases.add(f"{case_id}: {wrong}")

    def _note_leases(self, recorded: RecordedCase) -> None:
        """Keep the leases that run."""
        for lease_id, lease in recorded.leases.items():
            if lease.expires_at > self._now:
                known = self._leases.setdefault(lease_id, lease)
                known.expires_at = max(known.expires_at, lease.expires_at)

    def _check_rows(self) -> ChainFault | None:
        sessions = {sha256_text(row["token_sha256"]): row for row in self._all("sessions")}
        visits = {sha256_text(row["token_sha256"]): row for row in self._all("notice_visits")}
        recorded = RecordedAccounts(frozenset(sessions), frozenset(visits))
        for event in self._stream(f"{_EVENTS} WHERE case_id IS NULL ORDER BY seq"):
            if self._since is not None and (problem := content_problem(event)):
                return ChainFault(seq=event.seq, problem=problem)
            if unreadable := _follow(recorded, event):
                self._rows.add(unreadable)
        boxes = {row["box_id"]: row | {"public_key_b64": _key_id(row)} for row in self._all("boxes")}
        users = {
            row["username"]: row | {"password_hash": sha256_text(row["password_hash"])} for row in self._all("users")
        }
        keys = {
            row["key_id"]: row | {"secret_sha256": sha256_text(row["secret_sha256"])} for row in self._all("api_keys")
        }
        owners = {row["organisation_id"]: row for row in self._all("organisations")}
        hooks = {row["organisation_id"]: row for row in self._all("webhooks")}
        factors = {
            row["username"]: row | {"secret_sealed": sha256_text(row["secret_sealed"])}
            for row in self._all("second_factors")
            if row["confirmed_at"] is not None  # one that does not count yet is on no record
        }
        codes = {sha256_text(row["code_sha256"]): row for row in self._all("recovery_codes")}
        links = {row["username"]: row for row in self._all("linked_identities")}
        wrong = [
            *row_differences("linked_identities", links, recorded.linked_identities),
            *row_differences("second_factors", factors, recorded.second_factors),
            *row_differences("recovery_codes", codes, recorded.recovery_codes),
            *row_differences("organisations", owners, recorded.organisations),
            *row_differences("webhooks", hooks, recorded.webhooks),
            *row_differences("boxes", boxes, recorded.boxes),
            *row_differences("users", users, recorded.users),
            *row_differences("api_keys", keys, recorded.api_keys),
            *row_differences("sessions", sessions, recorded.sessions),
            *row_differences("notice_visits", visits, recorded.visits),
            *self._wrong_leases(recorded),
            *self._wrong_counts(),
        ]
        for each in wrong:
            self._rows.add(each)
        return None

    def _wrong_leases(self, recorded: RecordedAccounts) -> Iterator[str]:
        running = {
            row.lease_id: row._asdict()
            for row in self._stream("SELECT * FROM leases")
            if row.expires_at > self._now or row.lease_id in self._leases
        }
        for lease_id, expires_at in recorded.empty_extensions.items():
            if lease_id in self._leases:
                self._leases[lease_id].expires_at = max(self._leases[lease_id].expires_at, expires_at)
            else:
                running.pop(lease_id, None)  # it holds no case, so it guards nothing
        known = {
            lease_id: {
                "queue": lease.queue,
                "holder": lease.holder,
                "created_at": lease.created_at,
                "expires_at": lease.expires_at,
            }
            for lease_id, lease in self._leases.items()
        }
        if self._since is not None:
            running = {lease_id: row for lease_id, row in running.items() if lease_id in known}
        yield from row_differences("leases", running, known)

    def _wrong_counts(self) -> Iterator[str]:
        if self._since is not None:
            grouped = text("SELECT shadow, state, count(*) AS cases FROM cases GROUP BY shadow, state")
            self._counts = Counter(
                {(bool(row.shadow), row.state): row.cases for row in self._connection.execute(grouped)}
            )
        kept = {(bool(row["shadow"]), row["state"]): row["cases"] for row in self._all("case_counts")}
        for shadow, state in sorted(kept.keys() | self._counts.keys()):
            if state not in _STATES or kept.get((shadow, state), 0) != self._counts[shadow, state]:
                which = f"{state}{', shadow' if shadow else ''}"
                counted = self._counts[shadow, state]
                yield f"case_counts: cases of {which} is {kept.get((shadow, state))}, there are {counted}"

    def _stream(self, statement: str) -> Iterator[Any]:
        values = {"since": self._since.seq if self._since else 0, "now": self._now}
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        streaming = self._connection.execution_options(yield_per=_BATCH_ROWS)
        with streaming.execute(text(statement), used) as rows:
            yield from rows

    def _all(self, table: str) -> list[dict[str, Any]]:
        rows = self._connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - a constant
        return [dict(row) for row in rows.mappings()]


def side_by_side(*streams: Iterator[Any]) -> Iterator[tuple[str, list[list[Any]]]]:
    """Streams in order of their case, one case at a time, with the rows of each stream."""
    groups = [groupby(stream, key=_by_case) for stream in streams]
    heads = [_next_group(group) for group in groups]
    while keys := [head[0] for head in heads if head is not None]:
        case_id = min(keys)
        taken: list[list[Any]] = []
        for number, head in enumerate(heads):
            if head is not None and head[0] == case_id:
                taken.append(head[1])
                heads[number] = _next_group(groups[number])
            else:
                taken.append([])
        yield case_id, taken


def _next_group(group: "Iterator[tuple[str, Iterator[Any]]]") -> tuple[str, list[Any]] | None:
    for case_id, rows in group:
        return case_id, list(rows)
    return None


def _follow(recorded: RecordedCase | RecordedAccounts, event: Any) -> str | None:
    """Follow an event; why it cannot be, if so."""
    try:
        recorded.take(event)
    except (KeyError, TypeError, ValueError):
        return f"event {event.seq} does not fit what was recorded before it"
    return None


def _key_id(box: dict[str, Any]) -> str:
    """The key's name as its bytes give it."""
    try:
        return hashlib.sha256(base64.b64decode(box["public_key_b64"], validate=True)).hexdigest()
    except ValueError:
        return "no key"
