"""Two cases that may be one act, and the case that leads.

Revision: 0021
After: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the columns; what they hold of earlier cases is filled after the steps, beside the work."""
    op.create_table(
        "case_pairs",
        sa.Column("later_id", sa.String(36), primary_key=True),
        sa.Column("earlier_id", sa.String(36), primary_key=True),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.String(24), nullable=False),
        sa.Column("judgement", sa.String(10), nullable=True),
        sa.Column("judged_by", sa.String(80), nullable=True),
        sa.Column("judged_at", sa.String(24), nullable=True),
    )
    op.create_index("ix_case_pairs_earlier", "case_pairs", ["earlier_id"])
    op.add_column("cases", sa.Column("place_cell", sa.String(24), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("duplicates_open", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("cases", sa.Column("lead_id", sa.String(36), nullable=True))
    op.add_column("cases", sa.Column("plate_key", sa.String(20), nullable=True))
