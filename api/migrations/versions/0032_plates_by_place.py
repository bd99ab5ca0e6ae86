"""Plates are found by the place of each character too, on PostgreSQL; the index is built beside the work.

Revision: 0032
After: 0031
"""

from alembic import op

from api.migrations.online import create_indexes

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_PLACES = ", ".join(f"'{name}' || substr(plate_key, {at}, 1)" for at, name in enumerate("abcdefghijklmnopqrst", 1))


def upgrade() -> None:
    """Build the index."""
    if op.get_bind().dialect.name == "postgresql":
        on = f"cases USING gin ((ARRAY[{_PLACES}, '=' || length(plate_key)])) WHERE plate_key IS NOT NULL"
        create_indexes({"ix_cases_plate_places": on})
