"""Cameras at the centre: where each looks.

Revision: 0015
After: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; it fills with what comes in from now on."""
    op.create_table(
        "cameras",
        sa.Column("box_id", sa.String(63), primary_key=True),
        sa.Column("camera_id", sa.String(63), primary_key=True),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("road", sa.String(300), nullable=False),
        sa.Column("ward_said", sa.String(300), nullable=False),
        sa.Column("latitude_deg", sa.Float(), nullable=False),
        sa.Column("longitude_deg", sa.Float(), nullable=False),
        sa.Column("told_at", sa.String(24), nullable=False),
    )
