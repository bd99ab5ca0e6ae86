"""Reviewers enter plates that they read themselves.

Revision: 0022
After: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the columns; nobody has entered a plate before."""
    op.create_table(
        "case_plates",
        sa.Column("case_id", sa.String(36), sa.ForeignKey("cases.case_id"), primary_key=True),
        sa.Column("actor", sa.String(80), primary_key=True),
        sa.Column("text", sa.String(20), nullable=False),
        sa.Column("entered_at", sa.String(24), nullable=False),
    )
    op.add_column("cases", sa.Column("plate_by_hand", sa.String(20), nullable=True))
    op.add_column("cases", sa.Column("first_plate", sa.String(20), nullable=True))
