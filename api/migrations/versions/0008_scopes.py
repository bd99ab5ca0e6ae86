"""Accounts and keys hold in wards as in queues; cases name their ward as accounts do.

Revision: 0008
After: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_HOLDERS = ("users", "api_keys")


def upgrade() -> None:
    """Add the columns and fill those of accounts; what concerns cases is filled after the steps, beside the work."""
    for table in _HOLDERS:
        op.add_column(table, sa.Column("wards", sa.Text(), nullable=False, server_default=""))
        op.execute(sa.text(f"UPDATE {table} SET wards = CASE role WHEN 'ward' THEN queues ELSE '*' END"))  # noqa: S608 - constants
        op.execute(sa.text(f"UPDATE {table} SET queues = '*' WHERE queues = '' AND role <> 'ward'"))  # noqa: S608
    op.add_column("cases", sa.Column("ward_key", sa.String(63), nullable=False, server_default=""))
