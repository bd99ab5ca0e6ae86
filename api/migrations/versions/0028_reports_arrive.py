"""Reports whose files are coming in are known, so that what a killed process leaves can be removed.

Revision: 0028
After: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; files that were left behind before are known to nobody."""
    op.create_table(
        "arriving_reports",
        sa.Column("report_id", sa.String(36), primary_key=True),
        sa.Column("began_at", sa.String(24), nullable=False),
    )
