"""Pages of the boxes' ledgers.

Revision: 0006
After: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ledger_days",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("camera_id", sa.String(63), nullable=False),
        sa.Column("box_id", sa.String(63), nullable=False),
        sa.Column("book", sa.String(16), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("received_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("day", "camera_id", "box_id", "book"),
    )
    op.create_index("ix_ledger_days_camera", "ledger_days", ["camera_id", "day"])
    op.create_table(
        "traffic_quarters",
        sa.Column("quarter", sa.String(24), nullable=False),
        sa.Column("camera_id", sa.String(63), nullable=False),
        sa.Column("box_id", sa.String(63), nullable=False),
        sa.Column("book", sa.String(16), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("received_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("quarter", "camera_id", "box_id", "book"),
    )
    op.create_index("ix_traffic_quarters_camera", "traffic_quarters", ["camera_id", "quarter"])
