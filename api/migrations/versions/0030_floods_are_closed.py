"""Cases that came with a flood can be rejected together.

Revision: 0030
After: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add who is closing a flood, since when and why."""
    op.add_column("camera_floods", sa.Column("closing_at", sa.String(24), nullable=True))
    op.add_column("camera_floods", sa.Column("closing_by", sa.String(80), nullable=True))
    op.add_column("camera_floods", sa.Column("closing_reason", sa.String(63), nullable=True))
    op.add_column("camera_floods", sa.Column("closing_note", sa.Text(), nullable=True))
