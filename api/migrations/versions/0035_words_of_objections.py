"""What citizens write in an objection lies beside the record, which keeps its hash: the words end, history does not.

Revision: 0035
After: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; objections of before stay on the record as they were written."""
    op.create_table(
        "objection_words",
        sa.Column("case_id", sa.String(36), sa.ForeignKey("cases.case_id"), primary_key=True),
        sa.Column("words_sha256", sa.String(64), primary_key=True),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
    )
