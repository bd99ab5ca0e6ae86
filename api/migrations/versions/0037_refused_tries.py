"""How often the throttle refused to look at a try is counted by the hour, for people to see.

Revision: 0037
After: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "refused_tries",
        sa.Column("hour", sa.String(24), primary_key=True),
        sa.Column("door", sa.String(20), primary_key=True),
        sa.Column("refused", sa.Integer(), nullable=False),
    )
