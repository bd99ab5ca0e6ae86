import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.errors import HashMismatch, OffsetMismatch, TooLarge
from api.principals import SYSTEM, Principal
from api.services.evidence_desk import MAX_PIECE_BYTES, EvidenceDesk
from api.services.view_log import SAME_LOOK_S
from domain.cases.evidence import CaseMessage
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.errors import NotAllowed, NotFound
from tests.builders.cases import build_case, build_message
from tests.builders.centre import CLIP, CentreBuilder, evidence_of, full_manifest

BOX = Principal(actor="key:box", name="box", role=Role.EDGE, box_id="box-1")
READER = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)


@pytest.fixture
def message(centre: CentreBuilder) -> CaseMessage:
    made = centre.message()
    centre.take_in(made)
    return made


def test_an_upload_goes_on_where_it_stopped_even_in_a_restarted_centre(
    centre: CentreBuilder, message: CaseMessage
) -> None:
    case_id = message.case.case_id
    for start in range(0, len(CLIP), 100):
        desk = EvidenceDesk(  # a new one knows no running hash
            centre.centre.store,
            files=centre.centre.evidence._files,
            notifier=centre.centre.notifier,
            views=centre.centre.evidence._views,
        )
        assert desk.upload_state(BOX, case_id, "clip.mp4").offset_bytes == start
        state = desk.receive(BOX, case_id, "clip.mp4", offset_bytes=start, content=CLIP[start : start + 100])
    assert state.complete
    assert centre.centre.evidence.read_whole(READER, case_id, "clip.mp4") == CLIP


def test_a_wrong_offset_tells_the_right_one(centre: CentreBuilder, message: CaseMessage) -> None:
    receive, case_id = centre.centre.evidence.receive, message.case.case_id
    receive(BOX, case_id, "clip.mp4", offset_bytes=0, content=CLIP[:10])
    for offset in (0, 9, 11):
        with pytest.raises(OffsetMismatch) as told:
            receive(BOX, case_id, "clip.mp4", offset_bytes=offset, content=b"x")
        assert told.value.offset_bytes == 10
    with pytest.raises(TooLarge):
        receive(BOX, case_id, "clip.mp4", offset_bytes=10, content=CLIP)
    with pytest.raises(TooLarge):
        receive(BOX, case_id, "clip.mp4", offset_bytes=10, content=b"\0" * (MAX_PIECE_BYTES + 1))


def test_a_file_that_is_not_the_manifests_is_forgotten_and_can_be_sent_again(
    centre: CentreBuilder, message: CaseMessage
) -> None:
    receive, case_id = centre.centre.evidence.receive, message.case.case_id
    receive(BOX, case_id, "clip.mp4", offset_bytes=0, content=b"x" * 10)
    with pytest.raises(HashMismatch):
        receive(BOX, case_id, "clip.mp4", offset_bytes=10, content=CLIP[10:])
    assert centre.centre.evidence.upload_state(BOX, case_id, "clip.mp4").offset_bytes == 0
    with pytest.raises(NotFound):
        centre.centre.evidence.file(READER, case_id, "clip.mp4")
    assert receive(BOX, case_id, "clip.mp4", offset_bytes=0, content=CLIP).complete
    actions = [event.action for event in centre.centre.desk.history(READER, case_id)]
    assert actions.count("evidence_refused") == actions.count("evidence_complete") == 1


def test_the_last_file_queues_the_case(centre: CentreBuilder, message: CaseMessage) -> None:
    case_id = message.case.case_id
    seen = []
    for file in message.manifest.files:
        seen.append((centre.stored(case_id).state, centre.stored(case_id).files_missing))
        centre.upload(message, {file.name: evidence_of(message.case)[file.name]})
    assert seen == [(CaseState.DETECTED, left) for left in range(len(message.manifest.files), 0, -1)]
    assert centre.stored(case_id).state == CaseState.QUEUED


def test_sending_a_whole_file_again_changes_nothing(centre: CentreBuilder, message: CaseMessage) -> None:
    centre.upload(message)
    before = centre.stored(message.case.case_id).version
    state = centre.centre.evidence.receive(BOX, message.case.case_id, "clip.mp4", offset_bytes=len(CLIP), content=b"")
    assert state.complete
    with pytest.raises(OffsetMismatch):
        centre.centre.evidence.receive(BOX, message.case.case_id, "clip.mp4", offset_bytes=0, content=CLIP)
    assert centre.stored(message.case.case_id).version == before


def test_the_same_piece_sent_eight_times_at_once_is_taken_in_once(centre: CentreBuilder, message: CaseMessage) -> None:
    def send(length: int) -> str:
        try:
            centre.centre.evidence.receive(BOX, message.case.case_id, "clip.mp4", offset_bytes=0, content=CLIP[:length])
        except OffsetMismatch:
            return "mismatch"
        return "taken"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(100, 108)))
    assert sorted(answers) == ["mismatch"] * 7 + ["taken"]
    offset = centre.centre.evidence.upload_state(BOX, message.case.case_id, "clip.mp4").offset_bytes
    centre.centre.evidence.receive(BOX, message.case.case_id, "clip.mp4", offset_bytes=offset, content=CLIP[offset:])
    assert centre.centre.evidence.read_whole(READER, message.case.case_id, "clip.mp4") == CLIP


def test_bytes_that_vanished_are_asked_for_again(centre: CentreBuilder, message: CaseMessage) -> None:
    receive, case_id = centre.centre.evidence.receive, message.case.case_id
    receive(BOX, case_id, "clip.mp4", offset_bytes=0, content=CLIP[:10])
    centre.centre.evidence._files.discard(str(case_id), "clip.mp4")
    with pytest.raises(OffsetMismatch) as told:
        receive(BOX, case_id, "clip.mp4", offset_bytes=10, content=CLIP[10:])
    assert told.value.offset_bytes == 0
    assert receive(BOX, case_id, "clip.mp4", offset_bytes=0, content=CLIP).complete


def test_a_box_knows_only_its_own_cases(centre: CentreBuilder, message: CaseMessage) -> None:
    other = Principal(actor="key:other", name="box", role=Role.EDGE, box_id="box-2")
    for who in (other, BOX):
        name = "clip.mp4" if who is other else "no-such.mp4"
        with pytest.raises(NotFound):
            centre.centre.evidence.upload_state(who, message.case.case_id, name)
    with pytest.raises(NotFound):
        centre.centre.evidence.receive(BOX, uuid.uuid4(), "clip.mp4", offset_bytes=0, content=b"")
    with pytest.raises(NotAllowed):
        centre.centre.evidence.receive(READER, message.case.case_id, "clip.mp4", offset_bytes=0, content=b"")
    with pytest.raises(NotAllowed):
        centre.centre.evidence.file(BOX, message.case.case_id, "clip.mp4")


def test_empty_files_are_whole_from_the_start(centre: CentreBuilder) -> None:
    case = build_case(subject_key="track:empty")
    message = build_message(case, centre.box_key("box-1"), full_manifest(case, {"overlay.json": b""}))
    centre.take_in(message)
    assert centre.stored(case.case_id).files_missing == 0
    assert centre.centre.evidence.read_whole(READER, case.case_id, "overlay.json") == b""


def test_looking_is_on_record_once_a_look(centre: CentreBuilder, message: CaseMessage) -> None:
    centre.upload(message)
    for _ in range(3):
        centre.centre.evidence.file(READER, message.case.case_id, "clip.mp4")
    centre.clock.advance(SAME_LOOK_S + 1)
    centre.centre.evidence.file(READER, message.case.case_id, "clip.mp4")
    looks = [event for event in centre.centre.desk.history(READER, message.case.case_id) if event.action == "view"]
    assert [(look.actor, look.body["what"]) for look in looks] == [("user:lan", "clip.mp4")] * 2
    assert centre.centre.audit.verify(SYSTEM).intact


def test_the_package_has_the_same_bytes_whenever_it_is_packed(centre: CentreBuilder) -> None:
    case_id = centre.ready_case().case_id
    officer = centre.officer()
    centre.centre.police.pull(officer, "traffic_police", n=1, lease_s=60, idempotency_key="k")
    first = b"".join(centre.centre.police.package(officer, case_id))
    centre.clock.advance(30)
    assert b"".join(centre.centre.police.package(officer, case_id)) == first
    assert centre.stored(case_id).package_sha256 == hashlib.sha256(first).hexdigest()
