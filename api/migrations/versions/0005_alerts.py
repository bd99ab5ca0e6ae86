"""Alerts of boxes.

Revision: 0005
After: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("alert_id", sa.String(36), nullable=False, unique=True),
        sa.Column("box_id", sa.String(63), nullable=False),
        sa.Column("camera_id", sa.String(63), nullable=False),
        sa.Column("camera_name", sa.Text(), nullable=False),
        sa.Column("road", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(63), nullable=False),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("place_id", sa.String(63), nullable=False),
        sa.Column("label", sa.String(63), nullable=False),
        sa.Column("measurements", sa.Text(), nullable=False),
        sa.Column("began_at", sa.String(24), nullable=False),
        sa.Column("seen_until", sa.String(24), nullable=False),
        sa.Column("end", sa.String(20), nullable=True),
        sa.Column("received_at", sa.String(24), nullable=False),
        sa.Column("acknowledged_by", sa.String(80), nullable=True),
        sa.Column("acknowledged_at", sa.String(24), nullable=True),
    )
    op.create_index("ix_alerts_box", "alerts", ["box_id", "id"])
    op.create_index("ix_alerts_standing", "alerts", ["acknowledged_at", "shadow", "id"])
