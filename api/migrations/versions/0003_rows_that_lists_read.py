"""Documents apart from the rows that lists read, counts, indexes for every list, and attempts to sign in.

Revision: 0003
After: 0002
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.String(24)  # 2026-01-05T07:00:00.040Z
DOCUMENTS = ("case_json", "manifest_json", "signature_json")
TEXTS = ("name_vi", "name_en", "legal_ref", "vehicle_kind", "camera_name", "road", "ward", "plate_status")
PLATE = ("plate_text", "plate_kind", "plate_colour")
INDEXES = {
    "ix_cases_list": ["shadow", "received_at", "case_id"],
    "ix_cases_state": ["shadow", "state", "received_at", "case_id"],
    "ix_cases_code": ["shadow", "code", "received_at", "case_id"],
    "ix_cases_camera": ["shadow", "camera_id", "received_at", "case_id"],
    "ix_cases_began": ["shadow", "began_at", "case_id"],
    "ix_cases_queue": ["state", "queue", "ready_at", "case_id"],
    "ix_cases_lease_end": ["state", "lease_expires_at", "case_id"],
    "ix_cases_signer": ["box_id", "integrity"],
}
SQLITE_GUARDS = (
    "CREATE TRIGGER case_documents_no_update BEFORE UPDATE ON case_documents"
    " BEGIN SELECT RAISE(ABORT, 'what came in is never changed'); END",
    "CREATE TRIGGER case_documents_no_delete BEFORE DELETE ON case_documents"
    " BEGIN SELECT RAISE(ABORT, 'what came in is never changed'); END",
    "CREATE TRIGGER case_documents_no_replace BEFORE INSERT ON case_documents"
    " WHEN EXISTS (SELECT 1 FROM case_documents WHERE case_id = NEW.case_id)"
    " BEGIN SELECT RAISE(ABORT, 'what came in is never changed'); END",
)
POSTGRES_GUARDS = (
    "CREATE TRIGGER case_documents_kept BEFORE UPDATE OR DELETE ON case_documents"
    " FOR EACH ROW EXECUTE FUNCTION matthan_refuse()",
    "CREATE TRIGGER case_documents_no_truncate BEFORE TRUNCATE ON case_documents"
    " FOR EACH STATEMENT EXECUTE FUNCTION matthan_refuse()",
)


def upgrade() -> None:
    """Move the documents, fill the columns that lists read, count, index."""
    connection = op.get_bind()
    _new_tables()
    op.execute(
        sa.text(f"INSERT INTO case_documents SELECT case_id, {', '.join(DOCUMENTS)} FROM cases")  # noqa: S608 - constants
    )
    for name in ("ix_cases_filter", "ix_cases_queue", "ix_cases_received"):
        op.drop_index(name, "cases")
    for name in TEXTS:
        op.add_column("cases", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    for name in PLATE:
        op.add_column("cases", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("cases", sa.Column("shadow", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("cases", sa.Column("ended_at", INSTANT, nullable=False, server_default=""))
    op.add_column("cases", sa.Column("files_total", sa.Integer(), nullable=False, server_default="0"))
    _fill(connection)
    for name in DOCUMENTS:
        op.drop_column("cases", name)
    for name, columns in INDEXES.items():
        op.create_index(name, "cases", columns)
    op.create_index("ix_idempotency_keys_created", "idempotency_keys", ["created_at"])
    op.execute(sa.text("INSERT INTO case_counts SELECT shadow, state, count(*) FROM cases GROUP BY shadow, state"))
    for guard in SQLITE_GUARDS if connection.dialect.name == "sqlite" else POSTGRES_GUARDS:
        op.execute(sa.text(guard))


def _new_tables() -> None:
    op.create_table(
        "case_documents",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in DOCUMENTS),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_documents_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_documents")),
    )
    op.create_table(
        "case_counts",
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("shadow", "state", name=op.f("pk_case_counts")),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_attempts")),
    )
    op.create_table(
        "known_browsers",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=63), nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["username"], ["users.username"], name=op.f("fk_known_browsers_username")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_known_browsers")),
    )


def _fill(connection: sa.Connection) -> None:
    """Take what lists show out of each case's documents."""
    names = (*TEXTS, *PLATE, "shadow", "ended_at", "files_total")
    change = sa.text(f"UPDATE cases SET {', '.join(f'{name} = :{name}' for name in names)} WHERE case_id = :case_id")  # noqa: S608 - constants
    after = ""
    while rows := connection.execute(
        sa.text(
            "SELECT case_id, case_json, manifest_json FROM case_documents"
            " WHERE case_id > :after ORDER BY case_id LIMIT 500"
        ),
        {"after": after},
    ).all():
        connection.execute(change, [_values(row) for row in rows])
        after = rows[-1].case_id


def _values(row: Any) -> dict[str, Any]:
    case, manifest = json.loads(row.case_json), json.loads(row.manifest_json)
    violation, site, plate = case["violation"], case["site"], case["plate"]
    return {
        "case_id": row.case_id,
        "name_vi": violation["name_vi"],
        "name_en": violation["name_en"],
        "legal_ref": violation["legal_ref"],
        "vehicle_kind": case["subject"]["vehicle_kind"],
        "camera_name": site["camera_name"],
        "road": site["road"],
        "ward": site["ward"],
        "plate_status": plate["status"],
        "plate_text": plate.get("text"),
        "plate_kind": plate.get("kind"),
        "plate_colour": plate.get("colour"),
        "shadow": case["mode"] == "shadow",
        "ended_at": case["ended_at"],
        "files_total": len(manifest["files"]),
    }
