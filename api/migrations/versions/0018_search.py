"""Searches: cases by who answered them, saved filters, look-ups of plates and their alarms.

Revision: 0018
After: 0017
"""

import sqlalchemy as sa
from alembic import op

from api.migrations.online import create_indexes

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INSTANT = sa.String(24)


def upgrade() -> None:
    """Make the tables and the indexes."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")  # brought by PostgreSQL itself; the owner may make it
    create_indexes(
        {
            "ix_cases_first_by": "cases (first_by, received_at)",
            "ix_cases_second_by": "cases (second_by, received_at)",
        }
    )
    op.create_table(
        "saved_filters",
        sa.Column("username", sa.String(63), sa.ForeignKey("users.username"), primary_key=True),
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("filter", sa.Text(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
    )
    op.create_table(
        "plate_look_ups",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("shift", sa.String(12), nullable=False),
        sa.Column("pattern", sa.String(20), nullable=False),
        sa.Column("near", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
    )
    op.create_table(
        "look_up_alarms",
        sa.Column("actor", sa.String(80), primary_key=True),
        sa.Column("shift", sa.String(12), primary_key=True),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("look_ups", sa.Integer(), nullable=False),
        sa.Column("own_usual", sa.Float(), nullable=False),
        sa.Column("others_usual", sa.Float(), nullable=False),
    )
