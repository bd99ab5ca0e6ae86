"""Reminders of boxes, and what people made of them.

Revision: 0007
After: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "reminders",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("reminder_id", sa.String(36), nullable=False, unique=True),
        sa.Column("box_id", sa.String(63), nullable=False),
        sa.Column("camera_id", sa.String(63), nullable=False),
        sa.Column("camera_name", sa.Text(), nullable=False),
        sa.Column("road", sa.Text(), nullable=False),
        sa.Column("ward", sa.Text(), nullable=False),
        sa.Column("ward_key", sa.String(63), nullable=False),
        sa.Column("zone_id", sa.String(63), nullable=False),
        sa.Column("rule", sa.String(63), nullable=False),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.String(24), nullable=False),
        sa.Column("seen_until", sa.String(24), nullable=False),
        sa.Column("clear_by", sa.String(24), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("received_at", sa.String(24), nullable=False),
        sa.Column("changed_at", sa.String(24), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.Column("outcome_at", sa.String(24), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_reminders_ward", "reminders", ["ward_key", "id"])
    op.create_index("ix_reminders_waiting", "reminders", ["waiting", "changed_at"])
    op.create_index("ix_reminders_place", "reminders", ["camera_id", "zone_id", "id"])
    op.create_index("ix_reminders_case", "reminders", ["case_id"])
    op.create_index("ix_reminders_box", "reminders", ["box_id", "received_at"])
    op.create_index("ix_reminders_received", "reminders", ["received_at"])
    op.create_table(
        "reminder_answers",
        sa.Column("reminder_id", sa.String(36), sa.ForeignKey("reminders.reminder_id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
    )
