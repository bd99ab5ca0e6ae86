"""Copies of evidence leave only by the word of two people.

Revision: 0026
After: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nothing was exported before but packages for the police."""
    op.create_table(
        "case_exports",
        sa.Column("export_id", sa.String(36), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("content", sa.String(10), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.String(63), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(80), nullable=False),
        sa.Column("asked_at", sa.String(24), nullable=False),
        sa.Column("answer", sa.String(10), nullable=True),
        sa.Column("answered_by", sa.String(80), nullable=True),
        sa.Column("answered_at", sa.String(24), nullable=True),
        sa.Column("expires_at", sa.String(24), nullable=False),
        sa.Column("produced_at", sa.String(24), nullable=True),
        sa.Column("archive_sha256", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("export_id", name="pk_case_exports"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_case_exports_case_id"),
    )
    op.create_index("ix_case_exports_case", "case_exports", ["case_id", "export_id"])
    op.create_index("ix_case_exports_asked", "case_exports", ["asked_at", "export_id"])
