"""Cameras at the centre: what runs, what was wrong, what is to be drawn.

Revision: 0019
After: 0018
"""

import sqlalchemy as sa
from alembic import op

from api.migrations.online import create_indexes

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; they fill with what boxes tell from now on."""
    create_indexes({"ix_health_events_newest": "health_events (box_id, camera_id, id)"})
    op.create_table(
        "camera_reports",
        sa.Column("box_id", sa.String(63), primary_key=True),
        sa.Column("camera_id", sa.String(63), primary_key=True),
        sa.Column("config_sha256", sa.String(64), nullable=False),
        sa.Column("view", sa.String(12), nullable=False),
        sa.Column("view_words", sa.String(300), nullable=False),
        sa.Column("changed_at", sa.String(24), nullable=False),
        sa.Column("running_sha256", sa.String(64), nullable=True),
        sa.Column("running", sa.Text(), nullable=True),
        sa.Column("still_at", sa.String(24), nullable=True),
        sa.Column("still_config_sha256", sa.String(64), nullable=True),
        sa.Column("still_bytes", sa.Integer(), nullable=True),
    )
    op.create_table(
        "camera_drawings",
        sa.Column("box_id", sa.String(63), primary_key=True),
        sa.Column("camera_id", sa.String(63), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("drawing", sa.Text(), nullable=False),
        sa.Column("drawing_sha256", sa.String(64), nullable=False),
        sa.Column("base_sha256", sa.String(64), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("why", sa.String(300), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.String(24), nullable=True),
        sa.Column("config_sha256", sa.String(64), nullable=True),
    )
    op.create_table(
        "problem_spans",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("box_id", sa.String(63), nullable=False),
        sa.Column("camera_id", sa.String(63), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("text", sa.String(300), nullable=False),
        sa.Column("began_at", sa.String(24), nullable=False),
        sa.Column("ended_at", sa.String(24), nullable=True),
    )
    op.create_index("ix_problem_spans_camera", "problem_spans", ["box_id", "camera_id", "id"])
    op.create_index("ix_problem_spans_open", "problem_spans", ["box_id", "ended_at"])
