"""Citizens' reports, and apart from them who sent them.

Revision: 0020
After: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_OF_A_REPORT = (["report_id"], ["citizen_reports.report_id"])


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "citizen_reports",
        sa.Column("report_id", sa.String(36), nullable=False),
        sa.Column("number", sa.String(10), nullable=False),
        sa.Column("code_sha256", sa.String(64), nullable=False),
        sa.Column("received_at", sa.String(24), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("changed_at", sa.String(24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("acted_at", sa.String(24), nullable=True),
        sa.Column("place_check", sa.String(20), nullable=False),
        sa.Column("ward", sa.Text(), nullable=False),
        sa.Column("offence_code", sa.String(63), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name="pk_citizen_reports"),
        sa.UniqueConstraint("number", name="uq_citizen_reports_number"),
    )
    op.create_index("ix_citizen_reports_state", "citizen_reports", ["state", "received_at", "number"])
    op.create_index("ix_citizen_reports_received", "citizen_reports", ["received_at"])
    op.create_table(
        "citizen_report_files",
        sa.Column("report_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("media_type", sa.String(20), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("shown_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("problem", sa.String(20), nullable=False),
        sa.Column("taken_at", sa.String(24), nullable=True),
        sa.Column("latitude_deg", sa.Float(), nullable=True),
        sa.Column("longitude_deg", sa.Float(), nullable=True),
        sa.Column("removed_at", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("report_id", "name", name="pk_citizen_report_files"),
        sa.ForeignKeyConstraint(*_OF_A_REPORT, name="fk_citizen_report_files_report_id"),
    )
    op.create_index("ix_citizen_report_files_sha256", "citizen_report_files", ["sha256"])
    op.create_table(
        "citizen_reporters",
        sa.Column("report_id", sa.String(36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name="pk_citizen_reporters"),
        sa.ForeignKeyConstraint(*_OF_A_REPORT, name="fk_citizen_reporters_report_id"),
    )
