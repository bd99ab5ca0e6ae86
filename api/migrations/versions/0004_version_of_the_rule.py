"""The version of the rule beside each case, so that precision is told for each version.

Revision: 0004
After: 0003
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and take it out of each case's document."""
    connection = op.get_bind()
    op.add_column("cases", sa.Column("rule_version", sa.Text(), nullable=False, server_default=""))
    change = sa.text("UPDATE cases SET rule_version = :rule_version WHERE case_id = :case_id")
    after = ""
    while rows := connection.execute(
        sa.text("SELECT case_id, case_json FROM case_documents WHERE case_id > :after ORDER BY case_id LIMIT 500"),
        {"after": after},
    ).all():
        versions = [
            {"case_id": row.case_id, "rule_version": json.loads(row.case_json)["provenance"]["rule_version"]}
            for row in rows
        ]
        connection.execute(change, versions)
        after = rows[-1].case_id
