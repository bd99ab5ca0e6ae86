"""An account is a person's: who has two cannot be the second of two people.

Revision: 0033
After: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add whose an account is; of those that are there nobody has stated it yet."""
    op.add_column("users", sa.Column("person", sa.String(40), nullable=True))
    op.execute("CREATE UNIQUE INDEX ux_users_person ON users (person) WHERE disabled_at IS NULL")
