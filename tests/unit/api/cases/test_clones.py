"""A clip that shows two acts: a clone shares the originals and has an id, an offence and a life of its own."""

import io
import uuid
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.cases.clones import SecondAct
from api.cases.review import Decision
from api.errors import StaleVersion
from api.principals import SYSTEM, Principal
from domain.cases.checklist import missing_musts
from domain.cases.evidence import FileRole, Manifest, Signature
from domain.cases.roles import Role
from domain.cases.states import Blocker, CaseState
from domain.errors import Conflict, Invalid, NotAllowed, NotFound
from domain.grants import Scope
from plumbing.package_checks import verify_package
from plumbing.signing import check_signature, generate_key_pair, key_id_of
from tests.builders.cases import NOON
from tests.builders.centre import QUEUE, CentreBuilder
from tests.unit.api.conftest import MakeCentre

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
HUY = Principal(actor="user:huy", name="Huy", role=Role.OPERATOR)
AUDITOR = Principal(actor="user:auditor", name="Auditor", role=Role.AUDITOR)
TURN = ("entered_by_gate", "turning", "left_by_gate")
NO = Decision(decision="reject", reason_code="FALSE_DETECTION")


@pytest.fixture
def signing(tmp_path: Path, database_url: str, make_centre: MakeCentre) -> CentreBuilder:
    """A centre with a key."""
    generate_key_pair(tmp_path / "keys", key_name="centre.key", public_name="centre.pub")
    record = {"key_file": tmp_path / "keys" / "centre.key", "checkpoints": tmp_path / "checkpoints"}
    return make_centre(database_url=database_url, record=record)


def first_act(centre: CentreBuilder, **changes: Any) -> uuid.UUID:
    """A case with three full stills a second apart."""
    plain = centre.message(**changes).case
    moments = tuple(
        plain.moments[0].model_copy(update={"name": name, "at": NOON + timedelta(seconds=number)})
        for number, name in enumerate(("one", "two", "three"))
    )
    return centre.queued_case(moments=moments, subject_key=plain.subject.key, **changes).case_id


def second(**changes: Any) -> SecondAct:
    said = {
        "offence_code": "UTURN",
        "vehicle_kind": "motorbike",
        "subject": 2,
        "moments": {name: f"still-{number}.jpg" for number, name in enumerate(TURN)},
        "note": "xe phía sau quay đầu",
    }
    return SecondAct(**(said | changes))


def cloned(centre: CentreBuilder, case_id: uuid.UUID, who: Principal = LAN, **changes: Any) -> Any:
    version = centre.centre.cases.get(who, case_id)[0].version
    return centre.centre.clones.make(who, case_id, second(**changes), expected_version=version)


def test_a_clone_lives_by_itself_and_both_records_name_the_other(signing: CentreBuilder, tmp_path: Path) -> None:
    centre = signing
    source_id = first_act(centre)
    source = centre.stored(source_id)
    clone = cloned(centre, source_id)
    assert clone.case_id not in {source_id, None}
    assert (clone.state, clone.code, clone.integrity) == (CaseState.QUEUED, "UTURN", "valid")
    assert clone.blocked_by == (Blocker.PLATE_MISSING,), "no plate of the first vehicle is its"
    assert missing_musts(clone.case, clone.manifest) == ()
    here = {file.name: file.sha256 for file in clone.manifest.files}
    left_out = {FileRole.PLATE_CROP, FileRole.OVERLAY}
    assert (
        here.items() >= {file.name: file.sha256 for file in source.manifest.files if file.role not in left_out}.items()
    )
    assert "plate-1.jpg" not in here
    assert centre.centre.evidence.read_whole(LAN, clone.case_id, "clip.mp4")
    with pytest.raises(NotFound):
        centre.centre.evidence.file(LAN, clone.case_id, "source-case.json")
    (said,) = (each for each in centre.centre.cases.history(AUDITOR, source_id) if each.action == "cloned")
    assert (said.actor, said.body["clone_id"], said.body["code"]) == (LAN.actor, str(clone.case_id), "UTURN")
    (came,) = (each for each in centre.centre.cases.history(AUDITOR, clone.case_id) if each.action == "detect")
    assert came.body["origin"]["source_id"] == str(source_id)
    assert came.body["origin"]["source_sha256"] == source.message_sha256
    assert cloned(centre, source_id).case_id == clone.case_id, "asked again, the clone that there is"
    assert [each.action for each in centre.centre.cases.history(AUDITOR, source_id)].count("cloned") == 1
    assert cloned(centre, source_id, subject=3).case_id != clone.case_id
    centre.centre.review.decide(LAN, source_id, NO, expected_version=centre.centre.cases.get(LAN, source_id)[0].version)
    assert centre.confirm(centre.stored(clone.case_id)).state == CaseState.READY, "whatever becomes of the first"
    officer = centre.officer()
    centre.centre.police.pull(officer, QUEUE, n=1, lease_s=60, idempotency_key="k")
    folder = tmp_path / "package"
    package = b"".join(centre.centre.police.package(officer, clone.case_id))
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        archive.extractall(folder)
    public = centre.centre.clones._cases._key.public_key()
    box = centre.box_key("box-1").public_key()
    known = {"beside": {each.name for each in folder.iterdir()}, "centre_keys": {key_id_of(public): public}}
    found = verify_package(folder, {key_id_of(box): box}, **known)
    assert found.is_valid, found
    manifest_bytes = (folder / "source-manifest.json").read_bytes()
    signature = Signature.model_validate_json((folder / "source-signature.json").read_bytes())
    check_signature(manifest_bytes, signature, {key_id_of(box): box})
    signed_by_box = {file.name: file.sha256 for file in Manifest.model_validate_json(manifest_bytes).files}
    assert signed_by_box["clip.mp4"] == here["clip.mp4"], "what the clone shows is what the box signed"
    assert centre.centre.audit.verify(SYSTEM).intact


def test_another_offence_of_the_same_vehicle_keeps_its_plate(signing: CentreBuilder) -> None:
    source_id = first_act(signing)
    clone = cloned(signing, source_id, subject=1)
    assert clone.case.plate == signing.stored(source_id).case.plate
    assert clone.blocked_by == ()
    assert "plate-1.jpg" in {file.name for file in clone.manifest.files}
    assert signing.centre.audit.verify(SYSTEM).intact


def test_what_was_measured_of_the_first_act_proves_nothing_of_the_second(signing: CentreBuilder) -> None:
    source_id = first_act(signing)
    clone = cloned(signing, source_id, offence_code="PARK_SIGN_JUNCTION", moments={})
    assert "dwell" in missing_musts(clone.case, clone.manifest)
    assert Blocker.MUST_ITEM_MISSING in clone.blocked_by


def test_what_is_no_second_act_or_cannot_be_shown_is_not_cloned(signing: CentreBuilder) -> None:
    source_id = first_act(signing)
    for wrong in (
        {"subject": 1, "offence_code": "PARK_PAVEMENT", "moments": {}},
        {"subject": 1, "vehicle_kind": "car", "offence_code": "UTURN_SIGN"},
        {"offence_code": "NO_SUCH", "moments": {}},
        {"moments": {}},
        {"moments": dict.fromkeys(TURN, "still-9.jpg")},
        {"moments": dict.fromkeys(TURN, "still-1.jpg")},
        {"moments": dict(zip(TURN, ("still-2.jpg", "still-1.jpg", "still-0.jpg"), strict=True))},
        {"note": " . "},
    ):
        with pytest.raises(Invalid):
            cloned(signing, source_id, **wrong)
    with pytest.raises(NotAllowed):
        cloned(signing, source_id, who=AUDITOR)
    far = Principal(actor="user:far", name="Far", role=Role.OPERATOR, scope=Scope(wards=frozenset({"kim-long"})))
    with pytest.raises(NotFound):
        signing.centre.clones.make(far, source_id, second(), expected_version=1)
    with pytest.raises(StaleVersion):
        signing.centre.clones.make(LAN, source_id, second(), expected_version=9)
    files = signing.centre.evidence._files
    clone = cloned(signing, source_id)
    with pytest.raises(Conflict, match="is not cloned"):
        cloned(signing, clone.case_id, subject=4)
    lacking = signing.message()
    assert signing.take_in(lacking, {}).on_record
    with pytest.raises(Conflict, match="all its files"):
        cloned(signing, lacking.case.case_id, offence_code="PARK_SIGN_JUNCTION", moments={})
    assert files.held_bytes(str(clone.case_id), "clip.mp4")


def test_that_somebody_cloned_it_tells_no_other_reviewer_that_he_looked(signing: CentreBuilder) -> None:
    source_id = first_act(signing)
    cloned(signing, source_id)
    assert "cloned" not in {each.action for each in signing.centre.cases.history(HUY, source_id)}
    assert "cloned" in {each.action for each in signing.centre.cases.history(LAN, source_id)}
    assert signing.centre.cases.get(HUY, source_id)[0].version == 1


def test_it_goes_by_http_too(signing: CentreBuilder) -> None:
    source_id = first_act(signing)
    lan, auditor = signing.signed_in("lan", Role.OPERATOR), signing.signed_in("a", Role.AUDITOR)
    said = second()
    body = {
        "offence_code": said.offence_code,
        "vehicle_kind": said.vehicle_kind,
        "subject": said.subject,
        "moments": said.moments,
        "note": said.note,
    }
    url, etag = f"/api/v1/cases/{source_id}/clone", {"If-Match": '"1"'}
    assert auditor.post(url, json=body, headers=etag).status_code == 403
    assert lan.post(url, json=body).status_code == 428
    assert lan.post(url, json=body, headers={"If-Match": '"7"'}).status_code == 412
    made = lan.post(url, json=body, headers=etag)
    assert made.status_code == 201
    again = lan.post(url, json=body, headers=etag)
    assert again.json()["case_id"] == made.json()["case_id"]
    assert lan.get(f"/api/v1/cases/{made.json()['case_id']}").status_code == 200
