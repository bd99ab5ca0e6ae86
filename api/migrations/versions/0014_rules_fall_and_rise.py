"""Rules that fell back to shadow at a camera.

Revision: 0014
After: 0013
"""

import sqlalchemy as sa
from alembic import op

from api.migrations.online import create_indexes

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index that finds what became of cases, and make the table."""
    create_indexes({"ix_cases_outcome": "cases (shadow, state, entered_at)"})
    op.create_table(
        "rule_standings",
        sa.Column("code", sa.String(63), primary_key=True),
        sa.Column("camera_id", sa.String(63), primary_key=True),
        sa.Column("rule_version", sa.String(300), primary_key=True),
        sa.Column("fallen_at", sa.String(24), nullable=False),
        sa.Column("risen_at", sa.String(24), nullable=True),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
    )
