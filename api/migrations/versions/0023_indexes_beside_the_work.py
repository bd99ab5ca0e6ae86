"""Indexes by place and plate, built beside the work; what they hold is filled after the steps, for older cases too.

Revision: 0023
After: 0022
"""

from alembic import op

from api.migrations.online import create_indexes

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the indexes."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    create_indexes(
        {
            "ix_cases_plate": "cases USING gin (plate_key gin_trgm_ops)" if is_postgres else "cases (plate_key)",
            "ix_cases_place": "cases (shadow, place_cell, began_at)",
            "ix_cases_plate_key": "cases (shadow, plate_key, began_at)",
            "ix_cases_lead": "cases (lead_id)",
        }
    )
