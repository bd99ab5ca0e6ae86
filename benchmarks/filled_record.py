"""A whole record of many cases, made by hand.

Every event is hashed onto the one before it, every row is what its events and its message say.
"""

import hashlib
import json
import random
import sqlite3
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from api.cases.case_columns import columns_of_message
from api.persistence.database import Database
from api.persistence.ledger import GENESIS
from api.persistence.schema import migrate
from api.persistence.tables import metadata
from api.principals import Principal
from deploy.local.servers import Postgres
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.grants import Scope
from domain.instants import to_text
from domain.record_entry import entry_hash
from tests.builders.cases import build_case, build_message
from tests.builders.centre import QUEUE, full_manifest

BEGIN = datetime(2026, 1, 6, tzinfo=UTC)
WINDOW = 2000  # cases whose events lie between one another
EVENTS_A_CASE = 12
EVERY_S = 20  # between two cases
COPIES = 100  # of each case, where only lists are asked
OFFICER = Principal(actor="key:officer", name="Officer", role=Role.POLICE, scope=Scope(queues=frozenset({QUEUE})))
OPERATOR = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
SHARES = (  # of a hundred cases
    (CaseState.DETECTED, 5),  # shadow
    (CaseState.QUEUED, 8),
    (CaseState.READY, 4),
    (CaseState.TRANSFERRED, 1),
    (CaseState.PROCESSED, 82),
)
_PLAIN_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename <> 'sightings'
AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname) AND indexname <> 'alembic_version_pkc'
AND tablename NOT IN (SELECT inhrelid::regclass::text FROM pg_inherits)
"""
TABLES = ("cases", "case_documents", "evidence_files", "events", "leases", "case_counts")


class Filler:
    """Rows of a whole record, case after case.

    Args:
        cases: how many.
        vary: changes the document of a case, as plain JSON, before anything is computed from it; None: all are alike
            but for their cameras.
    """

    def __init__(self, cases: int, vary: Callable[[int, dict[str, Any]], None] | None = None) -> None:
        self._vary = vary
        self._dice = random.Random(7)  # noqa: S311 - seeded, so that every run makes the same cases
        self._cases = cases
        self._head = GENESIS
        self._seq = 0
        self.counts: Counter[tuple[bool, str]] = Counter()
        case = build_case()
        message = build_message(case, Ed25519PrivateKey.generate(), full_manifest(case))
        self._case_id = str(case.case_id)
        self._case = canonical_bytes(message.case).decode()
        self._manifest = canonical_bytes(message.manifest).decode()
        self._signature = canonical_bytes(message.signature).decode()
        self._states = [state for state, share in SHARES for _ in range(share)]

    def rows(self) -> Iterator[dict[str, list[dict[str, Any]]]]:
        """The rows of some thousand cases at a time, by table."""
        for start in range(0, self._cases, WINDOW):
            rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
            lives = [self._life(number, rows) for number in range(start, min(start + WINDOW, self._cases))]
            for step in range(EVENTS_A_CASE):
                rows["events"] += [self._chained(life[step]) for life in lives if step < len(life)]
            yield rows

    def _chained(self, event: dict[str, Any]) -> dict[str, Any]:
        self._seq += 1
        chained = {"seq": self._seq, "prev_hash": self._head, **event}
        self._head = entry_hash(**chained)
        return chained | {"hash": self._head}

    def _life(self, number: int, rows: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
        """Rows of one case, and its events in order."""
        case_id = str(uuid.UUID(int=self._dice.getrandbits(128), version=4))
        state = self._states[self._dice.randrange(100)]
        shadow = state == CaseState.DETECTED
        at = [to_text(BEGIN + timedelta(seconds=EVERY_S * number + 30 * step)) for step in range(EVENTS_A_CASE + 1)]
        texts = {"case_json": self._case, "manifest_json": self._manifest, "signature_json": self._signature}
        texts = {name: each.replace(self._case_id, case_id) for name, each in texts.items()}
        texts["case_json"] = texts["case_json"].replace('"cam-1"', f'"cam-{number % 1500}"')
        if shadow:
            texts["case_json"] = texts["case_json"].replace('"mode":"enforce"', '"mode":"shadow"')
        if self._vary is not None:
            case = json.loads(texts["case_json"])
            self._vary(number, case)
            texts["case_json"] = json.dumps(case, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        whole = '{"case":%s,"manifest":%s,"signature":%s}' % tuple(texts.values())  # noqa: UP031 - braces of JSON
        digest = hashlib.sha256(whole.encode()).hexdigest()
        case, manifest = json.loads(texts["case_json"]), json.loads(texts["manifest_json"])
        lease_id = str(uuid.UUID(int=self._dice.getrandbits(128), version=4))
        package = hashlib.sha256(case_id.encode()).hexdigest()
        body: dict[str, Any] = {
            "state": "detected" if shadow else "queued",
            "message_sha256": digest,
            "integrity": "valid",
        }
        body |= {"mode": case["mode"], "files": len(manifest["files"]), "gaps": [], "lost": [], "queue": QUEUE}
        lease = {"lease_id": lease_id, "queue": QUEUE, "expires_at": at[-1]}
        steps: list[tuple[str, str, dict[str, Any]]] = [
            ("box:box-1", "detect", body | {"must_items_missing": 0}),
            (OPERATOR.actor, "view", {"what": "case"}),
            (OPERATOR.actor, "view", {"what": "clip.mp4"}),
            (OPERATOR.actor, "view", {"what": "still-0.jpg"}),
            (OPERATOR.actor, "confirm", {"from": "queued", "state": "confirmed", "reason_code": None, "note": ""}),
            ("system", "release", {"from": "confirmed", "state": "ready"}),
            (OFFICER.actor, "transfer", {"from": "ready", "state": "transferred"} | lease),
            (OFFICER.actor, "export", {"lease_id": lease_id}),
            ("system", "package_built", {"package_sha256": package}),
            (OFFICER.actor, "acknowledge", {"from": "transferred", "state": "received", "package_sha256": package}),
            (OFFICER.actor, "view", {"what": "package"}),
            (OFFICER.actor, "process", {"from": "received", "state": "processed", "outcome": "warned", "note": ""}),
        ]
        taken = {CaseState.DETECTED: 1, CaseState.QUEUED: 4, CaseState.READY: 6, CaseState.TRANSFERRED: 7}
        count = taken.get(state, EVENTS_A_CASE)
        entered = [at[n] for n in range(count) if steps[n][1] == "detect" or "from" in steps[n][2]]
        row = columns_of_message(case, manifest) | {
            "state": state.value,
            "version": 1 + sum("from" in each[2] for each in steps[:count]),
            "received_at": at[0],
            "entered_at": entered[-1],
            "reason_code": None,
            "first_answer": "confirm" if count > 4 else None,
            "first_by": OPERATOR.actor if count > 4 else None,
            "first_plate": None,
            "plate_by_hand": None,
            "duplicates_open": 0,
            "lead_id": None,
            "second_look": None,
            "second_answer": None,
            "second_by": None,
            "queue": QUEUE,
            "message_sha256": digest,
            "integrity": "valid",
            "must_items_missing": 0,
            "files_missing": 0,
            "package_sha256": package if count > 8 else None,
            "ready_at": at[5] if count > 5 else None,
            "lease_id": lease_id if count > 6 else None,
            "lease_holder": OFFICER.actor if count > 6 else None,
            "lease_expires_at": at[-1] if count > 6 else None,
        }
        rows["cases"].append(row)
        rows["case_documents"].append({"case_id": case_id, **texts})
        rows["evidence_files"] += [
            {"case_id": case_id, "complete": True}
            | {name: file[name] for name in ("name", "role", "size_bytes", "sha256")}
            for file in manifest["files"]
        ]
        if count > 6:
            held = {"holder": OFFICER.actor, "created_at": at[6], "expires_at": at[-1]}
            rows["leases"].append({"lease_id": lease_id, "queue": QUEUE, **held})
        self.counts[shadow, state.value] += 1
        names = ("actor", "action", "body")
        return [
            {"at": when, "case_id": case_id}
            | dict(zip(names, (actor, action, canonical_bytes(body).decode()), strict=True))
            for when, (actor, action, body) in zip(at, steps[:count], strict=False)
        ]


def fill(database: Database, cases: int, vary: Callable[[int, dict[str, Any]], None] | None = None) -> int:
    """Put a whole record of so many cases into an empty database.

    Args:
        database: with tables of this version.
        cases: how many.
        vary: as ``Filler`` takes it.

    Returns:
        How many events it has.
    """
    filler, events = Filler(cases, vary), 0
    with quick(database) as link:
        for rows in filler.rows():
            events += len(rows["events"])
            for name in TABLES:
                if rows[name]:
                    _put(link, name, rows[name], database)
        counted = [
            {"shadow": shadow, "state": state, "cases": count} for (shadow, state), count in filler.counts.items()
        ]
        _put(link, "case_counts", counted, database)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"))
    return events


def multiply(database: Database) -> None:
    """Copy every case, its documents and files onto other days, inside the database; only lists are asked of them."""
    count = f"SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {COPIES - 1}"  # noqa: S608
    numbers = f"(WITH RECURSIVE n(i) AS ({count}) SELECT i FROM n)"  # noqa: S608
    padded = "'2026-0' || (2 + i / 28) || '-' || substr('0' || (1 + i % 28), length('0' || (1 + i % 28)) - 1)"
    other = {name: f"substr({name}, 1, 24) || (100000000000 + i)" for name in ("case_id", "lease_id")}
    other |= {name: f"{padded} || substr({name}, 11)" for name in ("received_at", "ready_at")}
    with quick(database) as link:
        for name in ("cases", "case_documents", "evidence_files", "leases"):
            names = [column.name for column in metadata.tables[name].columns]
            chosen = ", ".join(other.get(each, each) for each in names)
            copy = f"INSERT INTO {name} ({', '.join(names)}) SELECT {chosen} FROM {name}, {numbers} AS numbers"  # noqa: S608
            link.execute(copy)
        link.execute(f"UPDATE case_counts SET cases = cases * {COPIES}")  # noqa: S608
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"))


@contextmanager
def quick(database: Database) -> Iterator[Any]:
    """A connection that fills fast: one transaction, indexes and triggers made anew at its end."""
    if not database.is_sqlite:
        with database.write() as connection:
            plain = connection.execute(text(_PLAIN_INDEXES)).all()
            for name, _ in plain:
                connection.execute(text(f"DROP INDEX {name}"))
            yield connection.connection.driver_connection
            for _, made in plain:
                connection.execute(text(made))
        return
    link = sqlite3.connect(str(database.engine.url.database), isolation_level=None)
    for pragma in ("synchronous = OFF", "cache_size = -1000000"):
        link.execute(f"PRAGMA {pragma}")
    made = link.execute("SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql > ''")
    made = made.fetchall()
    link.execute("BEGIN")
    for kind, name, _ in made:
        link.execute(f"DROP {kind} {name}")
    yield link
    for _, _, sql in made:
        link.execute(sql)
    link.execute("COMMIT")
    link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    link.close()


def _put(link: Any, name: str, rows: list[dict[str, Any]], database: Database) -> None:
    columns = [column.name for column in metadata.tables[name].columns]
    names = ", ".join(columns)
    values = ([row[column] for column in columns] for row in rows)
    if database.is_sqlite:
        link.executemany(f"INSERT INTO {name} ({names}) VALUES ({', '.join('?' * len(columns))})", values)  # noqa: S608
        return
    with link.cursor().copy(f"COPY {name} ({names}) FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)


@contextmanager
def database_of(kind: str, folder: Path) -> Iterator[Database]:
    """An empty database of a kind; PostgreSQL syncs every commit, as in a city."""
    if kind == "SQLite":
        database = Database(f"sqlite:///{folder / 'centre.sqlite3'}")
        migrate(database)
        yield database
        database.close()
        return
    with Postgres(folder / "postgres") as server:
        database = Database(server.new_database("large"))
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ALTER SYSTEM SET fsync = on"))
            connection.execute(text("SELECT pg_reload_conf()"))
        migrate(database)
        yield database
        database.close()
