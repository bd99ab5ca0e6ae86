"""Pictures of reminded places.

Revision: 0010
After: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "reminder_pictures",
        sa.Column("reminder_id", sa.String(36), sa.ForeignKey("reminders.reminder_id"), primary_key=True),
        sa.Column("step", sa.Integer(), primary_key=True),
        sa.Column("box_id", sa.String(63), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.String(24), nullable=False),
        sa.Column("removed_at", sa.String(24), nullable=True),
    )
    op.create_index("ix_reminder_pictures_box", "reminder_pictures", ["box_id", "received_at"])
    op.create_index("ix_reminder_pictures_received", "reminder_pictures", ["received_at"])
