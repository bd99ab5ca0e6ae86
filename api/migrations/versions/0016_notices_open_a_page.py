"""Numbers and codes of notices, and the visits that they open.

Revision: 0016
After: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "notices",
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("number", sa.String(10), nullable=False),
        sa.Column("code_sha256", sa.String(64), nullable=False),
        sa.Column("issued_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_notices"),
        sa.UniqueConstraint("number", name="uq_notices_number"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_notices_case_id"),
    )
    op.create_table(
        "notice_visits",
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("began_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_notice_visits"),
        sa.ForeignKeyConstraint(["case_id"], ["notices.case_id"], name="fk_notice_visits_case_id"),
    )
    op.create_index("ix_notice_visits_case", "notice_visits", ["case_id"])
