"""Since when a case stands where it stands, why, and who looked at it with what answer.

Revision: 0009
After: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NOW = {  # as 2026-01-05T07:00:00.040Z
    "postgresql": """SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')""",
    "sqlite": "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
}
LENGTHS = {
    "reason_code": 63,
    "first_answer": 10,
    "first_by": 80,
    "second_look": 10,
    "second_answer": 10,
    "second_by": 80,
}


def upgrade() -> None:
    """Add the columns; they are filled from the history after the steps, beside the work.

    Until then a case stands where it stands since now: the years of retention and the clocks begin no earlier.
    """
    now = op.get_bind().execute(sa.text(_NOW[op.get_bind().dialect.name])).scalar_one()
    op.add_column("cases", sa.Column("entered_at", sa.String(24), nullable=False, server_default=now))
    for name, length in LENGTHS.items():
        op.add_column("cases", sa.Column(name, sa.String(length), nullable=True))
