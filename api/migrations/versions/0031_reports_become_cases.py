"""Of a citizen's report a case can be made.

Revision: 0031
After: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add which case it is."""
    op.add_column("citizen_reports", sa.Column("case_id", sa.String(36), nullable=True))
