"""kill -9 at thirty random points, of the box, of the broker and of the centre: nothing is lost, nothing is doubled."""

import hashlib
import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from api.persistence.tables import box_status, case_documents, cases, evidence_files, refused_messages
from deploy.local.servers import NatsBroker
from domain.cases.case import Case
from domain.cases.evidence import Manifest, Signature
from edge.evidence.recovery import RESTART_GAP
from plumbing.signing import check_signature
from tests.builders.killed_processes import all_cases, contents_of, with_plate
from tests.builders.town import USERS, Town
from tests.builders.town_troubles import killed

pytestmark = pytest.mark.server

CASES = 100
KILLS = 30
SEED = 20260105


def test_a_box_killed_thirty_times_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with NatsBroker(tmp_path / "nats", users=USERS) as broker:
        town = Town(tmp_path, broker)
        whom = killed(town, random.Random(SEED), cases=CASES, kills=KILLS)
    assert whom == {"box": 30, "broker": 3, "centre": 3}
    wanted = {str(case.case_id): (number, case) for number, case in enumerate(all_cases(CASES))}
    assert set(town.planted()) == set(wanted)
    outcome = town.outcome()
    assert (outcome.lost, outcome.doubled, outcome.intact) == (0, 0, True)
    with town.centre.centre.store.read() as connection:
        rows = connection.execute(select(cases, case_documents).join(case_documents)).all()
        files = connection.execute(select(evidence_files)).all()
        refused = connection.execute(select(refused_messages)).all()
        seen = connection.execute(select(box_status)).one()
    assert refused == [], "no case ever came in two forms"
    assert all(file.complete for file in files)
    for row in rows:
        check_case(row, *wanted[row.case_id], town)
    assert seen.status == "offline" or town.had_no_line(), "the last box said goodbye"
    assert list((tmp_path / "box" / "packages").iterdir()) == []
    town.centre.close()


def check_case(row: Row[Any], number: int, case: Case, town: Town) -> None:
    """The centre holds what the box found, signed, with the very bytes of its files."""
    found = Case.model_validate_json(row.case_json)
    assert found.model_copy(update={"plate": case.plate}) == case
    assert row.integrity == "valid"
    signature = Signature.model_validate_json(row.signature_json)
    check_signature(row.manifest_json.encode(), signature, {town.signer.key_id: town.signer.public_key})
    manifest = Manifest.model_validate_json(row.manifest_json)
    assert bool(manifest.gaps) != (found == with_plate(case)), "what was sealed with its plate is sent as it is"
    if manifest.gaps:  # the box died while the evidence was being collected, and says so
        assert all(gap.endswith(RESTART_GAP) for gap in manifest.gaps)
        assert manifest.files == ()
        return
    contents = {content.name: content.content for content in contents_of(number)}
    assert {file.name for file in manifest.files} == set(contents)
    for file in manifest.files:
        stored = (town.folder / "evidence" / row.case_id / file.name).read_bytes()
        assert stored == contents[file.name]
        assert hashlib.sha256(stored).hexdigest() == file.sha256
