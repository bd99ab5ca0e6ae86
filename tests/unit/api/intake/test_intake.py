import hashlib
import json
import uuid
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from api.cases.notifier import CaseChanged
from api.cases.review import Decision
from api.console.review.dossier import warnings
from api.errors import MessageRefused
from api.intake.refusals import MAX_REFUSALS_A_BOX
from api.persistence.tables import arriving_cases, cases, events, evidence_files, refused_messages
from api.principals import SYSTEM, Principal
from domain.camera import Mode
from domain.canonical import canonical_bytes
from domain.cases.evidence import MAX_MESSAGE_BYTES, CaseMessage, FileRole
from domain.cases.roles import Role
from domain.cases.states import Blocker, CaseState
from domain.errors import Conflict
from domain.plates.reading import PlateRead, PlateReading
from tests.builders.cases import NOON, build_case, build_message
from tests.builders.centre import CentreBuilder, evidence_of, full_manifest

BOX = Principal(actor="key:box", name="box", role=Role.EDGE, box_id="box-1")
REVIEWER = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)


def count(centre: CentreBuilder, table: object) -> int:
    with centre.centre.store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def test_a_repeated_message_gets_the_same_word_and_doubles_nothing(centre: CentreBuilder) -> None:
    message = centre.message()
    first = centre.take_in(message)
    rows = {table.name: count(centre, table) for table in (cases, events, evidence_files)}
    centre.clock.advance(3600)
    assert centre.take_in(message) == first
    assert {table.name: count(centre, table) for table in (cases, events, evidence_files)} == rows
    assert first.message_sha256 == message.sha256()


def test_other_content_for_a_stored_id_is_refused_on_record_and_the_first_stays(centre: CentreBuilder) -> None:
    message = centre.message()
    centre.take_in(message)
    other_case = message.case.model_copy(update={"measurements": {"dwell_s": 999.0}})
    other = build_message(other_case, centre.box_key("box-1"), full_manifest(other_case))
    for _ in range(3):
        with pytest.raises(MessageRefused, match="the first stays"):
            centre.offer(other)
    assert centre.stored(message.case.case_id).case == message.case
    refusals = [e for e in centre.centre.cases.history(REVIEWER, message.case.case_id) if e.action == "message_refused"]
    assert [event.body["payload_sha256"] for event in refusals] == [other.sha256()]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not a case message"),
        (b"\xff\xfe", "not a case message"),
        (b"{}", "not a case message"),
        (b"[" * 100_000, "not a case message"),
        (b" " * (MAX_MESSAGE_BYTES + 1), "at most"),
    ],
)
def test_poison_is_refused_and_put_on_record_once(centre: CentreBuilder, payload: bytes, reason: str) -> None:
    for _ in range(2):
        with pytest.raises(MessageRefused, match=reason):
            centre.centre.intake.offer(BOX, uuid.UUID(int=7), payload)
    assert count(centre, events) == count(centre, refused_messages) == 1


def test_numbers_that_json_does_not_know_are_poison(centre: CentreBuilder) -> None:
    text = canonical_bytes(centre.message()).decode().replace('"dwell_s":60', '"dwell_s":NaN')
    assert "NaN" in text
    with pytest.raises(MessageRefused):
        centre.centre.intake.offer(BOX, uuid.UUID(int=7), text.encode())


def test_a_flood_of_different_poison_fills_nothing(sqlite_centre: CentreBuilder) -> None:
    for number in range(MAX_REFUSALS_A_BOX + 20):
        with pytest.raises(MessageRefused):
            sqlite_centre.centre.intake.offer(BOX, uuid.UUID(int=7), str(number).encode())
    assert count(sqlite_centre, refused_messages) == count(sqlite_centre, events) == MAX_REFUSALS_A_BOX


def test_ids_of_key_request_case_and_manifest_must_agree(centre: CentreBuilder) -> None:
    message = centre.message()
    other = Principal(actor="key:other", name="box", role=Role.EDGE, box_id="box-2")
    offer, payload = centre.centre.intake.offer, canonical_bytes(message)
    for actor, case_id in ((other, message.case.case_id), (BOX, uuid.UUID(int=1))):
        with pytest.raises(MessageRefused):
            offer(actor, case_id, payload)
    for change in ({"box_id": "box-2"}, {"case_id": uuid.UUID(int=1)}):
        manifest = message.manifest.model_copy(update=change)
        with pytest.raises(MessageRefused):
            centre.offer(build_message(message.case, centre.box_key("box-1"), manifest))
    assert count(centre, cases) == count(centre, arriving_cases) == 0


def test_a_box_cannot_occupy_the_id_of_another_boxs_case(centre: CentreBuilder) -> None:
    """All ids of the message agree, it is well signed, and the id is the one that box-1's act will have."""
    honest = centre.message(box_id="box-1")
    taken = build_case(box_id="box-2", case_id=honest.case.case_id, subject_key=honest.case.subject.key)
    forged = build_message(taken, centre.box_key("box-2"), full_manifest(taken))
    before = count(centre, events)
    for _ in range(2):
        with pytest.raises(MessageRefused, match="does not follow from box, camera, rule, subject and instant"):
            centre.offer(forged)
    assert (count(centre, refused_messages), count(centre, events) - before) == (1, 1)
    assert count(centre, cases) == count(centre, arriving_cases) == 0
    assert centre.take_in(honest).on_record


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("site", {"camera_id": "cam-2"}),
        ("subject", {"key": "track:99"}),
        ("provenance", {"rule": "STOP_LINE"}),
        ("", {}),
    ],
)
def test_an_id_that_does_not_follow_from_the_cases_own_words_is_refused(
    centre: CentreBuilder, part: str, value: dict[str, str]
) -> None:
    case = centre.message().case
    changes = {part: getattr(case, part).model_copy(update=value)} if part else {"began_at": NOON - timedelta(hours=1)}
    other = case.model_copy(update=changes)
    assert other.case_id == case.case_id != other.derived_id()
    with pytest.raises(MessageRefused, match="does not follow"):
        centre.offer(build_message(other, centre.box_key("box-1"), full_manifest(other)))
    assert count(centre, cases) == count(centre, arriving_cases) == 0


@pytest.mark.parametrize("camera_id", ["x" * 64, "a\x00b", "cam 1", "", "cam-1\n"])
def test_ids_that_are_none_are_refused(centre: CentreBuilder, camera_id: str) -> None:
    document = json.loads(canonical_bytes(centre.message()))
    document["case"]["site"]["camera_id"] = camera_id
    with pytest.raises(MessageRefused):
        centre.centre.intake.offer(BOX, uuid.UUID(document["case"]["case_id"]), json.dumps(document).encode())


def test_text_with_nul_is_kept_as_json_on_both_databases(centre: CentreBuilder) -> None:
    message = centre.message()
    case = message.case.model_copy(update={"measurements": {"note": "a\x00b"}})
    centre.take_in(build_message(case, centre.box_key("box-1"), full_manifest(case)))
    assert centre.stored(case.case_id).case.measurements == {"note": "a\x00b"}


def but_the_plate(found: tuple[Blocker, ...]) -> tuple[Blocker, ...]:
    """What stands against a case beside its plate, which nobody read in these."""
    return tuple(each for each in found if each != Blocker.PLATE_MISSING)


def blocked_by(centre: CentreBuilder, message: CaseMessage) -> tuple[Blocker, ...]:
    centre.take_in(message)
    return but_the_plate(centre.stored(message.case.case_id).blocked_by)


def test_an_unknown_signer_blocks_until_its_key_is_registered(centre: CentreBuilder) -> None:
    key = Ed25519PrivateKey.generate()
    case = build_case(box_id="box-new")
    message = build_message(case, key, full_manifest(case))
    assert blocked_by(centre, message) == (Blocker.UNKNOWN_SIGNER,)
    centre.register("box-new", key)
    assert centre.centre.admission.check_again("box-new") == 1
    assert but_the_plate(centre.stored(case.case_id).blocked_by) == ()
    assert centre.centre.audit.verify(SYSTEM).intact


def test_another_key_than_the_registered_is_an_unknown_signer(centre: CentreBuilder) -> None:
    centre.box_key("box-1")
    case = build_case()
    assert blocked_by(centre, build_message(case, Ed25519PrivateKey.generate(), full_manifest(case))) == (
        Blocker.UNKNOWN_SIGNER,
    )


def test_a_signature_over_another_manifest_is_bad(centre: CentreBuilder) -> None:
    message = centre.message()
    manifest = message.manifest.model_copy(update={"files": message.manifest.files[:-1]})
    forged = CaseMessage(case=message.case, manifest=manifest, signature=message.signature)
    centre.take_in(forged)
    assert Blocker.BAD_SIGNATURE in centre.stored(message.case.case_id).blocked_by


def test_a_case_that_is_not_the_signed_one_is_a_hash_mismatch(centre: CentreBuilder) -> None:
    message = centre.message()
    case = message.case.model_copy(update={"clock_error_ms": 0.0})
    forged = CaseMessage(case=case, manifest=message.manifest, signature=message.signature)
    assert blocked_by(centre, forged) == (Blocker.HASH_MISMATCH,)
    stored = centre.stored(case.case_id)
    assert stored.state == CaseState.QUEUED
    with pytest.raises(Conflict, match="hash_mismatch"):
        centre.centre.review.decide(
            REVIEWER, case.case_id, Decision(decision="confirm"), expected_version=stored.version
        )


def test_gaps_and_missing_stills_block(centre: CentreBuilder) -> None:
    key, case = centre.box_key("box-1"), build_case(subject_key="track:gap")
    gappy = build_message(case, key, full_manifest(case, gaps=("no clip of the first sighting",)))
    assert blocked_by(centre, gappy) == (Blocker.EVIDENCE_GAPS,)
    other = build_case(subject_key="track:still")
    files = {name: content for name, content in evidence_of(other).items() if name != "still-1.jpg"}
    message = build_message(other, key, full_manifest(other, files))
    centre.take_in(message, files)
    assert but_the_plate(centre.stored(other.case_id).blocked_by) == (Blocker.MUST_ITEM_MISSING,)


def test_pictures_lost_where_nothing_is_decided_are_stated_and_block_nothing(centre: CentreBuilder) -> None:
    case, key = centre.message().case, centre.box_key("box-1")
    remark = "clip.mp4: 3 pictures are missing between 2026-01-05T05:01:03.000Z and 2026-01-05T05:01:03.400Z"
    message = build_message(case, key, full_manifest(case, remarks=(remark,)))
    assert blocked_by(centre, message) == ()
    reader = centre.signed_in("lan", Role.OPERATOR)
    document = reader.get(f"/api/v1/cases/{case.case_id}").json()
    assert document["manifest"]["remarks"] == [remark]
    stored = centre.stored(case.case_id)
    assert (f"Pictures lost outside the decisive seconds: {remark}", False) in warnings(stored, (), "en")
    assert b"remarks" not in canonical_bytes(full_manifest(case)), "a manifest without any has the bytes it always had"


def test_a_still_of_another_instant_does_not_count(centre: CentreBuilder) -> None:
    case = build_case()
    manifest = full_manifest(case)
    files = tuple(file.model_copy(update={"at": case.ended_at}) if file.at else file for file in manifest.files)
    message = build_message(case, centre.box_key("box-1"), manifest.model_copy(update={"files": files}))
    assert blocked_by(centre, message) == (Blocker.MUST_ITEM_MISSING,)


@pytest.mark.parametrize(
    ("role", "change"),
    [
        (FileRole.CLIP, {"size_bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()}),
        (FileRole.STILL_FULL, {"size_bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()}),
        (FileRole.CLIP, {"started_at": NOON - timedelta(days=2), "ended_at": NOON - timedelta(days=1)}),
        (FileRole.CLIP, {"started_at": None, "ended_at": None}),
        (FileRole.STILL_FULL, {"clip": None}),
        (FileRole.STILL_FULL, {"clip": "another.mp4"}),
        (FileRole.STILL_FULL, {"clip": "overlay.json"}),
    ],
)
def test_only_what_shows_the_moment_counts(centre: CentreBuilder, role: FileRole, change: dict[str, object]) -> None:
    case = build_case()
    manifest = full_manifest(case)
    files = tuple(file.model_copy(update=change) if file.role == role else file for file in manifest.files)
    message = build_message(case, centre.box_key("box-1"), manifest.model_copy(update={"files": files}))
    centre.take_in(message)
    assert Blocker.MUST_ITEM_MISSING in centre.stored(case.case_id).blocked_by


def test_an_agreed_plate_that_no_picture_shows_blocks(centre: CentreBuilder) -> None:
    at = NOON + timedelta(seconds=1)
    read = PlateRead(at=at, box_xyxy_px=(1, 2, 40, 14), text="75F112345", character_confidences=(0.9,) * 9)
    plate = PlateReading(status="agreed", text="75F112345", reads=(read,))
    shown, hidden = (build_case(subject_key=key, plate=plate) for key in ("track:shown", "track:hidden"))
    manifest = full_manifest(shown)
    still = next(file for file in manifest.files if file.role is FileRole.STILL_FULL)
    bound = {"clip": still.clip, "at": at, "moment": None}
    full = still.model_copy(update={"name": "still-plate.jpg", **bound})
    crop = still.model_copy(
        update={"name": "plate-9.jpg", "role": FileRole.PLATE_CROP, "box_xyxy_px": (0, 0, 44, 16), **bound}
    )
    key = centre.box_key("box-1")
    others = tuple(file for file in manifest.files if file.role is not FileRole.PLATE_CROP)
    message = build_message(shown, key, manifest.model_copy(update={"files": (*others, full, crop)}))
    assert Blocker.MUST_ITEM_MISSING not in blocked_by(centre, message)
    assert Blocker.MUST_ITEM_MISSING in blocked_by(centre, build_message(hidden, key, full_manifest(hidden)))


@pytest.mark.parametrize("name", ["case.json", "manifest.json", "signature.json"])
def test_a_manifest_cannot_list_the_documents_of_its_package(sqlite_centre: CentreBuilder, name: str) -> None:
    case = build_case()
    manifest = full_manifest(case)
    files = (*manifest.files, manifest.files[-1].model_copy(update={"name": name}))
    message = build_message(case, sqlite_centre.box_key("box-1"), manifest.model_copy(update={"files": files}))
    with pytest.raises(MessageRefused, match=name):
        sqlite_centre.offer(message)


@pytest.mark.parametrize(("ahead_s", "expected"), [(60, ()), (61, (Blocker.FROM_THE_FUTURE,))])
def test_an_act_that_is_told_before_it_happened_cannot_be_confirmed(
    centre: CentreBuilder, ahead_s: float, expected: tuple[Blocker, ...]
) -> None:
    message = centre.message(began_at=centre.clock.now() + timedelta(seconds=ahead_s))
    assert blocked_by(centre, message) == expected
    centre.clock.advance(3600)
    assert centre.stored(message.case.case_id).blocked_by == expected


def test_a_case_without_a_receiver_cannot_be_confirmed(centre: CentreBuilder) -> None:
    case = build_case()
    violation = case.violation.model_copy(update={"sanction_route": "unconfirmed"})
    case = case.model_copy(update={"violation": violation})
    message = build_message(case, centre.box_key("box-1"), full_manifest(case))
    assert blocked_by(centre, message) == (Blocker.NO_RECEIVER,)


def test_shadow_cases_stay_apart_and_never_move(centre: CentreBuilder) -> None:
    message = centre.message(mode=Mode.SHADOW)
    assert blocked_by(centre, message) == (Blocker.SHADOW_MODE,)
    stored = centre.stored(message.case.case_id)
    assert stored.state == CaseState.DETECTED
    with pytest.raises(Conflict):
        centre.centre.review.decide(
            REVIEWER, stored.case_id, Decision(decision="confirm"), expected_version=stored.version
        )


def test_subscribers_hear_of_a_case_after_it_is_stored(centre: CentreBuilder) -> None:
    heard: list[tuple[CaseChanged, CaseState]] = []
    stop = centre.centre.notifier.subscribe(lambda change: heard.append((change, centre.stored(change.case_id).state)))
    message = centre.message()
    centre.take_in(message)
    stop()
    assert [(change.is_new, change.state, seen) for change, seen in heard] == [
        (True, CaseState.QUEUED, CaseState.QUEUED)
    ]


@pytest.mark.parametrize(("room", "field"), [("site", "camera_name"), ("violation", "legal_ref"), ("subject", "label")])
def test_a_text_without_end_is_refused(sqlite_centre: CentreBuilder, room: str, field: str) -> None:
    document = json.loads(canonical_bytes(sqlite_centre.message()))
    document["case"][room][field] = "x" * 2001
    with pytest.raises(MessageRefused, match=field):
        sqlite_centre.centre.intake.offer(BOX, uuid.UUID(document["case"]["case_id"]), json.dumps(document).encode())
