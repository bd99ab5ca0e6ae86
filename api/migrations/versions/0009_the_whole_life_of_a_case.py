"""Since when a case stands where it stands, why, and who looked at it with what answer.

Revision: 0009
After: 0008
"""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LOOKS = ("first_answer", "first_by", "second_look", "second_answer", "second_by")
LENGTHS = {
    "reason_code": 63,
    "first_answer": 10,
    "first_by": 80,
    "second_look": 10,
    "second_answer": 10,
    "second_by": 80,
}
ANSWERS = {"confirm", "reject"}


def upgrade() -> None:
    """Add the columns, and fill them from the history."""
    connection = op.get_bind()
    op.add_column("cases", sa.Column("entered_at", sa.String(24), nullable=False, server_default=""))
    for name, length in LENGTHS.items():
        op.add_column("cases", sa.Column(name, sa.String(length), nullable=True))
    names = ("entered_at", "reason_code", *LOOKS)
    change = sa.text(f"UPDATE cases SET {', '.join(f'{name} = :{name}' for name in names)} WHERE case_id = :case_id")  # noqa: S608 - constants
    for rows in _batches(connection):
        connection.execute(change, rows)


def _batches(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    after = ""
    while True:
        ids = (
            connection.execute(
                sa.text("SELECT case_id FROM cases WHERE case_id > :after ORDER BY case_id LIMIT 500"), {"after": after}
            )
            .scalars()
            .all()
        )
        if not ids:
            return
        events = connection.execute(
            sa.text(
                "SELECT case_id, at, actor, action, body FROM events"
                " WHERE case_id > :after AND case_id <= :last ORDER BY case_id, seq"
            ),
            {"after": after, "last": ids[-1]},
        ).all()
        by_case = {case_id: _follow(list(group)) for case_id, group in groupby(events, key=lambda row: row.case_id)}
        yield [by_case[case_id] | {"case_id": case_id} for case_id in ids if case_id in by_case]
        after = ids[-1]


def _follow(events: list[Any]) -> dict[str, Any]:
    """What the history of one case says; before this version nobody looked a second time."""
    found: dict[str, Any] = {"entered_at": "", "reason_code": None} | dict.fromkeys(LOOKS)
    for event in events:
        body = json.loads(event.body)
        if event.action != "detect" and "from" not in body:
            continue
        found |= {"entered_at": event.at, "reason_code": body.get("reason_code")}
        if event.action in ANSWERS:
            found |= {"first_answer": event.action, "first_by": event.actor}
        if event.action == "requeue":
            found |= dict.fromkeys(LOOKS)
    return found
