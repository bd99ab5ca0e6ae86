"""Second factors of people, and recovery codes.

Revision: 0012
After: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_OF_A_USER = (["username"], ["users.username"])


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "second_factors",
        sa.Column("username", sa.String(63), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.String(24), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("username", name="pk_second_factors"),
        sa.ForeignKeyConstraint(*_OF_A_USER, name="fk_second_factors_username"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("code_sha256", sa.String(64), nullable=False),
        sa.Column("username", sa.String(63), nullable=False),
        sa.PrimaryKeyConstraint("code_sha256", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(*_OF_A_USER, name="fk_recovery_codes_username"),
    )
