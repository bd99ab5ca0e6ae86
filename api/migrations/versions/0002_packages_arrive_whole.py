"""Packages arrive beside the cases and become one when they are whole; cases that wait for files go on arriving.

A case of the first schema that still lacked files when the software changed stays where it is and is also put among
the arriving ones, with its message: the box brings what is missing, and the case is completed.

Revision: 0002
After: 0001
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.String(24)  # 2026-01-05T07:00:00.040Z


def upgrade() -> None:
    """Make the tables of arriving packages, and put unfinished cases there."""
    arriving = op.create_table(
        "arriving_cases",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("box_id", sa.String(length=63), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("message_sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("touched_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_arriving_cases")),
    )
    op.create_index("ix_arriving_cases_box", "arriving_cases", ["box_id"])
    op.create_index("ix_arriving_cases_touched", "arriving_cases", ["touched_at"])
    op.create_table(
        "box_intake",
        sa.Column("box_id", sa.String(length=63), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("box_id", "day", name=op.f("pk_box_intake")),
    )
    waiting = op.get_bind().execute(
        sa.text(
            "SELECT case_id, box_id, case_json, manifest_json, signature_json, message_sha256, received_at"
            " FROM cases WHERE files_missing > 0"
        )
    )
    rows = [
        {
            "case_id": row.case_id,
            "box_id": row.box_id,
            # the three parts are canonical and their names stand in order, so that the whole is canonical too
            "message": f'{{"case":{row.case_json},"manifest":{row.manifest_json},"signature":{row.signature_json}}}',
            "message_sha256": row.message_sha256,
            "size_bytes": sum(file["size_bytes"] for file in json.loads(row.manifest_json)["files"]),
            "touched_at": row.received_at,
        }
        for row in waiting
    ]
    if rows:
        op.bulk_insert(arriving, rows)
    op.drop_column("evidence_files", "offset_bytes")
