"""What a process of an older version put in or changed, completed: it knew nothing of columns that came later.

Nothing is guessed: each column is what the record and the case's own message say, as the check computes it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, String, bindparam, func, insert, or_, select, text, update
from sqlalchemy.sql import Select

from api.audit.account_replay import RecordedAccounts
from api.audit.case_replay import Documents, RecordedCase
from api.cases.case_columns import columns_of_message
from api.persistence.database import Database
from api.persistence.ledger import body_of
from api.persistence.tables import api_keys, case_documents, cases, events, organisations, users
from domain.cases.looks import NO_LOOKS
from domain.cases.roles import Role
from domain.instants import from_text

_BATCH_ROWS: Final = 500
_FROM_HISTORY: Final = ("entered_at", "reason_code", *NO_LOOKS)
_GRANTS: Final = {
    "user_created": (users, "username"),
    "grant_changed": (users, "username"),
    "key_created": (api_keys, "key_id"),
}
_OF_CASES: Final = text("SELECT * FROM events WHERE case_id IN :ids ORDER BY seq").bindparams(  # instants as stored
    bindparam("ids", type_=String, expanding=True)
)
_OF_ACCOUNTS: Final = text("SELECT * FROM events WHERE case_id IS NULL AND action IN :actions ORDER BY seq").bindparams(
    bindparam("actions", sorted(_GRANTS), expanding=True)
)


def complete_older_rows(database: Database) -> int:
    """Fill in what an older process left out, a few hundred cases at a time; may be done again at any time.

    A case that somebody is changing just now is left for the next time: nobody waits, and nobody is waited for.

    Returns:
        How many cases.

    Raises:
        StoreUnavailable: the database cannot be reached; what was filled stays.
    """
    with database.write() as connection:
        _complete_accounts(connection)
    filled, after = 0, ""
    while True:
        with database.write() as connection:
            ids = connection.execute(_next(after)).scalars().all()
            if not ids:
                return filled
            rows = connection.execute(_unfilled(ids)).all()
            histories = _histories(connection, [row.case_id for row in rows])
            for row in rows:
                values = _values(row, histories[row.case_id])
                connection.execute(update(cases).where(cases.c.case_id == row.case_id).values(values))
        filled, after = filled + len(rows), ids[-1]


def _next(after: str) -> Select[str]:
    """By the key alone: a new column has no statistics, and a plan that trusts it may read every case each time."""
    return select(cases.c.case_id).where(cases.c.case_id > after).order_by(cases.c.case_id).limit(_BATCH_ROWS)


def _unfilled(ids: Sequence[str]) -> Select[Any]:
    of = cases.c
    asked = select(of.case_id, of.plate_key, *(case_documents.c[name] for name in case_documents.c.keys()[1:]))
    asked = asked.join(case_documents, case_documents.c.case_id == of.case_id)
    asked = asked.where(of.case_id.in_(ids), or_(of.place_cell == "", _moved_since()))
    return asked.order_by(of.case_id).with_for_update(of=cases, skip_locked=True)


def _moved_since() -> ColumnElement[bool]:
    """A process that knows no ``entered_at`` moved the case after it was filled."""
    moved = select(1).where(events.c.case_id == cases.c.case_id, events.c.at > cases.c.entered_at)
    return moved.where(events.c.body.like('%"from":%')).exists()


def _histories(connection: Connection, ids: Sequence[str]) -> Mapping[str, RecordedCase]:
    found = {case_id: RecordedCase() for case_id in ids}
    for event in connection.execute(_OF_CASES, {"ids": ids}):
        found[event.case_id].take(event)
    return found


def _values(row: Any, recorded: RecordedCase) -> dict[str, Any]:
    documents = Documents.of(row)
    said = columns_of_message(documents.case, documents.manifest) | recorded.ward
    values = {name: said[name] for name in ("place_cell", "ward_key")}
    values |= {name: recorded.row[name] for name in _FROM_HISTORY if name in recorded.row}
    values["entered_at"] = from_text(recorded.row["entered_at"])
    return values | {"plate_key": row.plate_key or said["plate_key"]}  # what a reviewer has entered meanwhile stays


def _complete_accounts(connection: Connection) -> None:
    """Scopes and organisations of accounts and keys whose event of before told of none."""
    recorded, older = RecordedAccounts(frozenset()), set[tuple[str, str]]()
    for event in connection.execute(_OF_ACCOUNTS):
        recorded.take(event)
        body, (table, key) = body_of(event), _GRANTS[event.action]
        knew_all = "wards" in body and ("organisation" in body or body["role"] != Role.POLICE)
        (older.discard if knew_all else older.add)((table.name, body[key]))
    there = set(connection.execute(select(organisations.c.organisation_id)).scalars())
    for organisation_id, row in recorded.organisations.items():
        if organisation_id not in there:
            made = {"name": row["name"], "created_at": from_text(row["created_at"])}
            connection.execute(insert(organisations).values(made | {"organisation_id": organisation_id}))
    for name, found in (("users", recorded.users), ("api_keys", recorded.api_keys)):
        table = users if name == "users" else api_keys
        (key_column,) = table.primary_key.columns
        for value in sorted(each for of, each in older if of == name):
            row = found[value]
            mine = update(table).where(key_column == value)
            scope = {column: row[column] for column in ("wards", "queues")}
            connection.execute(mine.where(table.c.wards == "").values(scope))
            owner = func.coalesce(table.c.organisation, row["organisation"])
            connection.execute(mine.values(organisation=owner))
