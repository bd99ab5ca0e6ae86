"""Who has a case open, which cameras send a flood, how reviewers fare; the queue by the age of the act.

Revision: 0013
After: 0012
"""

import sqlalchemy as sa
from alembic import op

from api.migrations.online import create_indexes

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INSTANT = sa.String(24)


def upgrade() -> None:
    """Build the indexes, also those of columns that came before, and make the tables."""
    create_indexes(
        {
            "ix_cases_ward": "cases (shadow, ward_key, received_at, case_id)",
            "ix_cases_holder": "cases (lease_holder, case_id)",
            "ix_cases_clock": "cases (shadow, state, began_at, case_id)",
            "ix_cases_known": "cases (state, second_answer, first_answer, entered_at, case_id)",
        }
    )
    op.create_table(
        "case_holds",
        sa.Column("case_id", sa.String(36), sa.ForeignKey("cases.case_id"), primary_key=True),
        sa.Column("holder", sa.String(80), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
    )
    op.create_table(
        "camera_floods",
        sa.Column("camera_id", sa.String(63), primary_key=True),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("last_hour", sa.Integer(), nullable=False),
        sa.Column("usual_an_hour", sa.Float(), nullable=False),
        sa.Column("lifted_at", INSTANT, nullable=True),
        sa.Column("lifted_by", sa.String(80), nullable=True),
    )
    op.create_table(
        "reviewer_counts",
        sa.Column("actor", sa.String(80), primary_key=True),
        sa.Column("shift", sa.String(12), primary_key=True),
        sa.Column("what", sa.String(20), primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False),
    )
