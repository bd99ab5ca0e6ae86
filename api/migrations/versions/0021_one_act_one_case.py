"""Two cases that may be one act, and the case that leads.

Revision: 0021
After: 0020
"""

import json

import sqlalchemy as sa
from alembic import op

from domain.cases.duplicates import place_cell

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the columns; the cell of each case follows from its document."""
    op.create_table(
        "case_pairs",
        sa.Column("later_id", sa.String(36), primary_key=True),
        sa.Column("earlier_id", sa.String(36), primary_key=True),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.String(24), nullable=False),
        sa.Column("judgement", sa.String(10), nullable=True),
        sa.Column("judged_by", sa.String(80), nullable=True),
        sa.Column("judged_at", sa.String(24), nullable=True),
    )
    op.create_index("ix_case_pairs_earlier", "case_pairs", ["earlier_id"])
    op.add_column("cases", sa.Column("place_cell", sa.String(24), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("duplicates_open", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("cases", sa.Column("lead_id", sa.String(36), nullable=True))
    op.add_column("cases", sa.Column("plate_key", sa.String(20), nullable=True))
    op.execute(sa.text("UPDATE cases SET plate_key = substr(plate_text, 1, 20) WHERE plate_text IS NOT NULL"))
    _fill(op.get_bind())
    op.create_index("ix_cases_place", "cases", ["shadow", "place_cell", "began_at"])
    op.create_index("ix_cases_plate_key", "cases", ["shadow", "plate_key", "began_at"])
    op.create_index("ix_cases_lead", "cases", ["lead_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE INDEX ix_cases_plate ON cases USING gin (plate_key gin_trgm_ops)")
    else:
        op.create_index("ix_cases_plate", "cases", ["plate_key"])


def _fill(connection: sa.Connection) -> None:
    wanted = sa.text("SELECT case_id, case_json FROM case_documents WHERE case_id > :after ORDER BY case_id LIMIT 500")
    change = sa.text("UPDATE cases SET place_cell = :cell WHERE case_id = :case_id")
    after = ""
    while rows := connection.execute(wanted, {"after": after}).all():
        connection.execute(change, [{"case_id": row.case_id, "cell": _cell(row.case_json)} for row in rows])
        after = rows[-1].case_id


def _cell(document: str) -> str:
    position = json.loads(document)["site"]["position"]
    return place_cell(position["latitude_deg"], position["longitude_deg"])
