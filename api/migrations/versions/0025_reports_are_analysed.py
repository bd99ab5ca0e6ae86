"""Networks of an edge worker look at citizens' pictures.

Revision: 0025
After: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; pictures that came before are looked at by nobody but people."""
    op.create_table(
        "report_analyses",
        sa.Column("report_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(24), nullable=False),
        sa.Column("lease_id", sa.String(36), nullable=True),
        sa.Column("worker", sa.String(80), nullable=False),
        sa.Column("problem", sa.String(40), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "name", name="pk_report_analyses"),
        sa.ForeignKeyConstraint(
            ["report_id", "name"],
            ["citizen_report_files.report_id", "citizen_report_files.name"],
            name="fk_report_analyses_report_id",
        ),
        sa.UniqueConstraint("lease_id", name="uq_report_analyses_lease_id"),
    )
    op.create_index("ix_report_analyses_due", "report_analyses", ["state", "due_at"])
