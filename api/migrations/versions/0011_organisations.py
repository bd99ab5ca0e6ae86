"""Organisations own what was handed over; webhooks ring them. Police keys and accounts of before become one each.

Revision: 0011
After: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.String(24)  # 2026-01-05T07:00:00.040Z
_OWNERS = (
    "INSERT INTO organisations SELECT 'key:' || key_id, name, created_at FROM api_keys WHERE role = 'police'",
    "INSERT INTO organisations SELECT 'user:' || username, display_name, created_at FROM users WHERE role = 'police'",
    "UPDATE api_keys SET organisation = 'key:' || key_id WHERE role = 'police'",
    "UPDATE users SET organisation = 'user:' || username WHERE role = 'police'",
)


def upgrade() -> None:
    """Add the tables and columns; what a key or person holds stays held in the same name."""
    op.create_table(
        "organisations",
        sa.Column("organisation_id", sa.String(80), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_organisations"),
    )
    op.create_table(
        "webhooks",
        sa.Column("organisation_id", sa.String(80), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("queues", sa.Text(), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("problem", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_webhooks"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_webhooks_organisation_id"
        ),
    )
    for table in ("users", "api_keys"):
        op.add_column(table, sa.Column("organisation", sa.String(80), nullable=True))
    for statement in _OWNERS:
        op.execute(sa.text(statement))
