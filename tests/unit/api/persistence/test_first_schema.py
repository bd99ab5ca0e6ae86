"""A database of the first schema: what waited for files there is completed by the one door."""

import json
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from api.persistence.database import Database
from api.persistence.ledger import GENESIS
from api.persistence.schema import MIGRATIONS
from api.principals import SYSTEM, Principal
from domain.camera import Mode
from domain.canonical import canonical_bytes
from domain.cases.evidence import CaseMessage
from domain.cases.pieces import Piece
from domain.cases.roles import Role
from domain.cases.states import Blocker, CaseState
from domain.instants import to_text
from domain.record_entry import entry_hash
from tests.builders.centre import CLIP, CentreBuilder, evidence_of

READER = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)


def first_schema(url: str) -> Database:
    """A database as the first version made it."""
    database = Database(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    return database


def take_in_as_before(database: Database, message: CaseMessage, here: set[str], now: str) -> None:
    """A case whose message came by MQTT, and some of its files since; as the first version stored it."""
    case, manifest = message.case, message.manifest
    case_id, mode = str(case.case_id), case.mode.value
    entries = [
        ("detect", {"state": "detected", "message_sha256": message.sha256(), "integrity": "valid", "mode": mode})
    ]
    entries += [("evidence_complete", {"file": name, "sha256": "0" * 64}) for name in sorted(here)]
    values = {
        "case_id": case_id,
        "began_at": to_text(case.began_at),
        "now": now,
        "case": canonical_bytes(case).decode(),
        "manifest": canonical_bytes(manifest).decode(),
        "signature": canonical_bytes(message.signature).decode(),
        "sha256": message.sha256(),
        "mode": mode,
        "version": 1 + len(here),
        "missing": len(manifest.files) - len(here),
    }
    with database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO cases (case_id, state, version, box_id, camera_id, code, mode, began_at, received_at,"
                " queue, case_json, manifest_json, signature_json, message_sha256, integrity, must_items_missing, gaps,"
                " files_missing) VALUES (:case_id, 'detected', :version, 'box-1', 'cam-1', :code, :mode, :began_at,"
                " :now, 'traffic_police', :case, :manifest, :signature, :sha256, 'valid', 0, 0, :missing)"
            ),
            values | {"code": case.violation.code},
        )
        for file in manifest.files:
            connection.execute(
                text("INSERT INTO evidence_files VALUES (:case_id, :name, :role, :size, :sha256, :offset, :complete)"),
                {
                    "case_id": case_id,
                    "name": file.name,
                    "role": file.role.value,
                    "size": file.size_bytes,
                    "sha256": file.sha256,
                    "offset": file.size_bytes if file.name in here else 0,
                    "complete": file.name in here,
                },
            )
        last = connection.execute(text("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")).one_or_none()
        seq, prev_hash = (last.seq, last.hash) if last else (0, GENESIS)
        for action, body in entries:
            seq += 1
            event = {
                "seq": seq,
                "at": now,
                "actor": "box:box-1",
                "action": action,
                "case_id": case_id,
                "body": json.dumps(body, sort_keys=True, separators=(",", ":")),
                "prev_hash": prev_hash,
            }
            prev_hash = entry_hash(**event)  # type: ignore[arg-type]
            connection.execute(
                text("INSERT INTO events VALUES (:seq, :at, :actor, :action, :case_id, :body, :prev_hash, :hash)"),
                event | {"hash": prev_hash},
            )


@pytest.mark.parametrize(
    ("mode", "lost", "expected"),
    [
        (Mode.ENFORCE, False, (CaseState.QUEUED, ())),
        (Mode.ENFORCE, True, (CaseState.QUEUED, (Blocker.EVIDENCE_MISSING,))),
        (Mode.SHADOW, False, (CaseState.DETECTED, (Blocker.SHADOW_MODE,))),
    ],
)
def test_a_case_that_waited_for_files_is_completed(
    tmp_path: Path, database_url: str, mode: Mode, lost: bool, expected: tuple[CaseState, tuple[Blocker, ...]]
) -> None:
    database = first_schema(database_url)
    (tmp_path / "elsewhere").mkdir()
    elsewhere = CentreBuilder(tmp_path / "elsewhere")
    message = elsewhere.message(mode=mode)
    take_in_as_before(database, message, {"clip.mp4"}, to_text(elsewhere.clock.now()))
    database.close()
    elsewhere.close()
    folder = tmp_path / "evidence" / str(message.case.case_id)
    folder.mkdir(parents=True)
    (folder / "clip.mp4").write_bytes(CLIP)
    (folder / "still-0.jpg.part").write_bytes(evidence_of(message.case)["still-0.jpg"][:5])
    centre = CentreBuilder(tmp_path, database_url=database_url)
    case_id = message.case.case_id
    waiting = centre.stored(case_id)
    assert (waiting.state, Blocker.EVIDENCE_MISSING in waiting.blocked_by) == (CaseState.DETECTED, True)
    assert centre.centre.audit.verify(SYSTEM).intact
    centre.clock.advance(60 * 86_400.0)
    assert centre.centre.intake.sweep() == 0, "a case that is on record is never given up"
    offsets = {file.name: file.offset_bytes for file in centre.offer(message).missing}
    assert "clip.mp4" not in offsets
    assert offsets["still-0.jpg"] == 5
    for name, offset in offsets.items():
        if not (lost and name == "overlay.json"):
            content = evidence_of(message.case)[name][offset:]
            box = Principal(actor="key:box", name="box", role=Role.EDGE, box_id="box-1")
            centre.centre.intake.receive(box, case_id, [Piece(name=name, offset_bytes=offset, content=content)])
    for _ in range(2):
        assert centre.offer(message, ["overlay.json"] if lost else []).on_record
    stored = centre.stored(case_id)
    assert ((stored.state, stored.blocked_by), stored.files_missing) == (expected, int(lost))
    for name in offsets.keys() - ({"overlay.json"} if lost else set()):
        assert centre.centre.evidence.read_whole(READER, case_id, name) == evidence_of(message.case)[name]
    assert centre.centre.audit.verify(SYSTEM).intact
    centre.close()
