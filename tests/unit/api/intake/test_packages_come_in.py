"""A package comes in by one door: offered, sent, offered again; until it is whole it is no case."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.event import listen, remove

from api.cases.view_log import SAME_LOOK_S
from api.errors import OffsetMismatch, TooLarge, TooMuch
from api.intake.packages import MAX_PIECE_BYTES
from api.persistence.tables import arriving_cases, cases, events, evidence_files
from api.principals import SYSTEM, Principal
from domain.cases.evidence import CaseMessage, MissingFile
from domain.cases.pieces import Piece
from domain.cases.roles import Role
from domain.cases.states import Blocker, CaseState
from domain.errors import NotAllowed, NotFound
from tests.builders.cases import build_case, build_message
from tests.builders.centre import CLIP, CentreBuilder, evidence_of, full_manifest
from tests.unit.api.conftest import MakeCentre

BOX = Principal(actor="key:box", name="box", role=Role.EDGE, box_id="box-1")
OTHER = Principal(actor="key:other", name="box", role=Role.EDGE, box_id="box-2")
READER = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
DAY_S = 86_400.0


@pytest.fixture
def message(centre: CentreBuilder) -> CaseMessage:
    made = centre.message()
    centre.offer(made)
    return made


def rows(centre: CentreBuilder) -> dict[str, int]:
    with centre.centre.store.read() as connection:
        return {
            table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in (cases, events, evidence_files, arriving_cases)
        }


def send(centre: CentreBuilder, message: CaseMessage, offset: int, content: bytes, name: str = "clip.mp4") -> int:
    piece = Piece(name=name, offset_bytes=offset, content=content)
    return centre.centre.intake.receive(BOX, message.case.case_id, [piece])[0].offset_bytes


def test_nothing_is_on_record_before_the_package_is_whole_and_one_entry_then(centre: CentreBuilder) -> None:
    message = centre.message()
    before = rows(centre)
    for file in message.manifest.files:
        assert not centre.offer(message).on_record
        centre.upload(message, {file.name: evidence_of(message.case)[file.name]})
        assert rows(centre) == before | {"arriving_cases": 1}
    answer = centre.offer(message)
    assert answer.on_record
    assert answer.message_sha256 == message.sha256()
    assert rows(centre) == before | {
        "cases": before["cases"] + 1,
        "events": before["events"] + 1,
        "evidence_files": before["evidence_files"] + len(message.manifest.files),
    }
    (entry,) = centre.centre.cases.history(READER, message.case.case_id)
    assert (entry.action, entry.body["state"]) == ("detect", "queued")
    assert centre.stored(message.case.case_id).state == CaseState.QUEUED
    assert centre.centre.audit.verify(SYSTEM).intact


def test_repeating_anything_changes_nothing(centre: CentreBuilder) -> None:
    message = centre.message()
    answer, after = centre.take_in(message), rows(centre)
    centre.clock.advance(3600)
    assert centre.offer(message) == centre.offer(message, ["clip.mp4"]) == answer
    with pytest.raises(NotFound):
        send(centre, message, 0, CLIP)
    assert rows(centre) == after


def test_an_upload_goes_on_where_it_stopped(centre: CentreBuilder, message: CaseMessage) -> None:
    for start in range(0, len(CLIP), 100):
        assert MissingFile(name="clip.mp4", offset_bytes=start) in centre.offer(message).missing
        send(centre, message, start, CLIP[start : start + 100])
    assert "clip.mp4" not in {file.name for file in centre.offer(message).missing}
    centre.take_in(message)
    assert centre.centre.evidence.read_whole(READER, message.case.case_id, "clip.mp4") == CLIP


def test_a_wrong_offset_names_the_right_one(centre: CentreBuilder, message: CaseMessage) -> None:
    send(centre, message, 0, CLIP[:10])
    for offset in (0, 9, 11):
        with pytest.raises(OffsetMismatch) as refused:
            send(centre, message, offset, b"x")
        assert refused.value.offset_bytes == 10
    with pytest.raises(TooLarge):
        send(centre, message, 10, CLIP)
    with pytest.raises(TooLarge):
        send(centre, message, 10, b"\0" * (MAX_PIECE_BYTES + 1))


def test_bytes_that_are_not_the_manifests_are_forgotten_and_asked_for_again(
    centre: CentreBuilder, message: CaseMessage
) -> None:
    centre.upload(message, evidence_of(message.case) | {"clip.mp4": b"x" * len(CLIP)})
    answer = centre.offer(message)
    assert answer.missing == (MissingFile(name="clip.mp4", offset_bytes=0),)
    send(centre, message, 0, CLIP)
    assert centre.offer(message).on_record
    assert centre.centre.evidence.read_whole(READER, message.case.case_id, "clip.mp4") == CLIP


def test_a_file_that_is_damaged_on_the_box_is_lost_on_record_and_blocks(
    centre: CentreBuilder, message: CaseMessage
) -> None:
    clip_lost = {name: content for name, content in evidence_of(message.case).items() if name != "clip.mp4"}
    centre.upload(message, clip_lost)
    send(centre, message, 0, CLIP[:10])
    assert centre.offer(message, ["clip.mp4", "overlay.json"]).on_record
    stored = centre.stored(message.case.case_id)
    assert (stored.state, stored.files_missing) == (CaseState.QUEUED, 1)
    assert stored.blocked_by == (Blocker.EVIDENCE_MISSING,)
    with pytest.raises(NotFound):
        centre.centre.evidence.file(READER, message.case.case_id, "clip.mp4")
    (entry, *_) = centre.centre.cases.history(READER, message.case.case_id)
    assert entry.body["lost"] == ["clip.mp4"]
    assert centre.centre.audit.verify(SYSTEM).intact


def test_another_form_of_an_arriving_case_takes_its_place(centre: CentreBuilder, message: CaseMessage) -> None:
    send(centre, message, 0, CLIP)
    files = {"overlay.json": b"{}"}
    other = build_message(message.case, centre.box_key("box-1"), full_manifest(message.case, files))
    assert [file.name for file in centre.offer(other).missing] == ["overlay.json"]
    assert centre.take_in(other, files).message_sha256 == other.sha256()
    assert centre.stored(message.case.case_id).message_sha256 == other.sha256()


def test_the_same_piece_sent_eight_times_at_once_is_taken_in_once(centre: CentreBuilder, message: CaseMessage) -> None:
    def send_some(length: int) -> str:
        try:
            send(centre, message, 0, CLIP[:length])
        except OffsetMismatch:
            return "mismatch"
        return "taken"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send_some, range(100, 108)))
    assert sorted(answers) == ["mismatch"] * 7 + ["taken"]
    (offset,) = (file.offset_bytes for file in centre.offer(message).missing if file.name == "clip.mp4")
    send(centre, message, offset, CLIP[offset:])
    centre.take_in(message)
    assert centre.centre.evidence.read_whole(READER, message.case.case_id, "clip.mp4") == CLIP


def test_a_whole_package_offered_eight_times_at_once_is_one_case(centre: CentreBuilder, message: CaseMessage) -> None:
    centre.upload(message)
    before = rows(centre)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: centre.offer(message), range(8)))
    assert len(set(answers)) == 1
    assert answers[0].on_record
    assert (rows(centre)["cases"], rows(centre)["events"]) == (before["cases"] + 1, before["events"] + 1)


@pytest.mark.parametrize("after_statement", [1, 2])
def test_a_package_that_another_request_admits_meanwhile_is_one_case(
    centre: CentreBuilder, message: CaseMessage, after_statement: int
) -> None:
    centre.upload(message)
    before, said, answers = rows(centre), 0, []

    def admit_meanwhile(*_: Any) -> None:
        nonlocal said
        said += 1
        if said == after_statement:
            answers.append(centre.offer(message))

    engine = centre.centre.store.database.engine
    listen(engine, "after_cursor_execute", admit_meanwhile)
    try:
        answers.append(centre.offer(message))
    finally:
        remove(engine, "after_cursor_execute", admit_meanwhile)
    assert answers[0] == answers[1]
    assert answers[0].on_record
    assert rows(centre) == before | {
        "cases": before["cases"] + 1,
        "events": before["events"] + 1,
        "evidence_files": before["evidence_files"] + len(message.manifest.files),
        "arriving_cases": 0,
    }


def test_a_package_that_another_request_admits_before_this_one_stages_it_is_one_case(
    centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, intake = centre.message(), centre.centre.intake
    stage, before = intake._stage, rows(centre)

    def admit_first(*staged: Any) -> None:
        monkeypatch.undo()
        centre.take_in(message)
        stage(*staged)

    monkeypatch.setattr(intake, "_stage", admit_first)
    assert centre.offer(message).on_record
    after = rows(centre)
    assert (after["cases"], after["events"], after["arriving_cases"]) == (before["cases"] + 1, before["events"] + 1, 0)


def test_a_box_sends_to_its_own_packages_only(centre: CentreBuilder, message: CaseMessage) -> None:
    receive, case_id = centre.centre.intake.receive, message.case.case_id
    for actor, name, case in ((OTHER, "clip.mp4", case_id), (BOX, "no.mp4", case_id), (BOX, "clip.mp4", uuid.uuid4())):
        with pytest.raises(NotFound):
            receive(actor, case, [Piece(name=name, offset_bytes=0, content=b"x")])
    with pytest.raises(NotAllowed):
        receive(READER, case_id, [Piece(name="clip.mp4", offset_bytes=0, content=b"")])
    with pytest.raises(NotAllowed):
        centre.centre.evidence.file(BOX, case_id, "clip.mp4")


def test_empty_files_are_whole_from_the_start(centre: CentreBuilder) -> None:
    case = build_case(subject_key="track:empty")
    message = build_message(case, centre.box_key("box-1"), full_manifest(case, {"overlay.json": b""}))
    assert centre.offer(message).on_record
    assert centre.stored(case.case_id).files_missing == 0
    assert centre.centre.evidence.read_whole(READER, case.case_id, "overlay.json") == b""


def test_a_package_that_its_box_forgot_is_given_up_and_may_come_again(centre: CentreBuilder) -> None:
    forgotten, offered = centre.message(), centre.message()
    for message in (forgotten, offered):
        centre.offer(message)
        send(centre, message, 0, CLIP[:10])
    centre.clock.advance(20 * DAY_S)
    centre.offer(offered)
    centre.clock.advance(20 * DAY_S)
    assert centre.centre.intake.sweep() == 1
    with pytest.raises(NotFound):
        send(centre, forgotten, 10, CLIP[10:])
    assert MissingFile(name="clip.mp4", offset_bytes=0) in centre.offer(forgotten).missing
    assert MissingFile(name="clip.mp4", offset_bytes=10) in centre.offer(offered).missing
    assert centre.take_in(forgotten).on_record


def test_a_box_cannot_have_more_than_its_share(make_centre: MakeCentre) -> None:
    centre = make_centre(intake={"max_arriving_cases": 2, "max_cases_a_day": 3, "max_arriving_gigabytes": 1})
    first, second = centre.message(), centre.message()
    for message in (first, second, first):
        centre.offer(message)
    with pytest.raises(TooMuch):
        centre.offer(centre.message())
    assert centre.take_in(first).on_record
    assert centre.take_in(second).on_record
    assert not centre.offer(centre.message(box_id="box-2")).on_record
    assert centre.take_in(centre.message()).on_record
    with pytest.raises(TooMuch, match="today"):
        centre.offer(centre.message())
    centre.clock.advance(DAY_S)
    big = centre.message()
    files = tuple(file.model_copy(update={"size_bytes": 500_000_000}) for file in big.manifest.files[:3])
    manifest = big.manifest.model_copy(update={"files": files})
    with pytest.raises(TooMuch, match="arriving"):
        centre.offer(build_message(big.case, centre.box_key("box-1"), manifest))
    assert centre.take_in(centre.message()).on_record


def test_a_centre_restored_from_an_old_backup_gets_the_case_again(centre: CentreBuilder) -> None:
    message = centre.message()
    centre.offer(message)
    centre.upload(message)
    centre.centre.intake._files.publish(
        str(message.case.case_id), ["clip.mp4"]
    )  # the evidence is newer than the record
    assert centre.offer(message).on_record
    assert centre.centre.evidence.read_whole(READER, message.case.case_id, "clip.mp4") == CLIP


def test_looking_is_on_record_once_a_look(centre: CentreBuilder, message: CaseMessage) -> None:
    centre.take_in(message)
    for _ in range(3):
        centre.centre.evidence.file(READER, message.case.case_id, "clip.mp4")
    centre.clock.advance(SAME_LOOK_S + 1)
    centre.centre.evidence.file(READER, message.case.case_id, "clip.mp4")
    looks = [event for event in centre.centre.cases.history(READER, message.case.case_id) if event.action == "view"]
    assert [(look.actor, look.body["what"]) for look in looks] == [("user:lan", "clip.mp4")] * 2
    assert centre.centre.audit.verify(SYSTEM).intact
