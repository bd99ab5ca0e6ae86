"""Pictures of reminded places at the centre: only those that were named, only for their ward, only for a time."""

import uuid

import pytest

from api.evidence_store.directory import DirectoryEvidenceStore
from api.principals import Principal
from api.reminders import pictures as pictures_module
from api.reminders.pictures import KEPT_FOR, file_name
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.errors import Invalid, NotAllowed, NotFound
from domain.grants import Scope
from domain.reminder import MAX_PICTURE_BYTES, NoPicture, Reminder, ReminderState
from tests.builders.centre import CentreBuilder
from tests.builders.reminders import build_reminder, lying_picture, place_picture, with_pictures

S = ReminderState
PHU_XUAN = Principal(actor="user:px", name="Phú Xuân", role=Role.WARD, scope=Scope(wards=frozenset({"phu-xuan"})))
THUAN_HOA = Principal(actor="user:th", name="Thuận Hóa", role=Role.WARD, scope=Scope(wards=frozenset({"thuan-hoa"})))
POLICE = Principal(actor="user:ca", name="CA", role=Role.POLICE)
FIRST, AFTER = place_picture(1), place_picture(2)


@pytest.fixture
def boxes(centre: CentreBuilder) -> CentreBuilder:
    for box_id in ("box-1", "box-2"):
        centre.box_key(box_id)
    return centre


def box(box_id: str = "box-1") -> Principal:
    return Principal(actor=f"key:{box_id}", name=box_id, role=Role.EDGE, box_id=box_id)


def tell(centre: CentreBuilder, *states: ReminderState, **changes: object) -> Reminder:
    states = states or (S.OBSERVED, S.CLEARED)
    told = with_pictures(build_reminder(*states, **changes), {0: FIRST, len(states) - 1: AFTER})  # type: ignore[arg-type]
    centre.centre.reminder_intake.take(box(), canonical_bytes(told))
    return told


def test_what_was_named_can_be_seen_by_its_ward_alone(boxes: CentreBuilder) -> None:
    told, services = tell(boxes), boxes.centre
    services.reminder_pictures.take(box(), told.reminder_id, 0, FIRST)
    assert services.reminder_pictures.read(PHU_XUAN, told.reminder_id, 0) == FIRST
    assert services.reminders.open(PHU_XUAN, told.reminder_id).pictures == {0: True}
    with pytest.raises(NotFound):
        services.reminder_pictures.read(THUAN_HOA, told.reminder_id, 0)
    with pytest.raises(NotAllowed):
        services.reminder_pictures.read(POLICE, told.reminder_id, 0)
    with pytest.raises(NotFound):
        services.reminder_pictures.read(PHU_XUAN, told.reminder_id, 1)


@pytest.mark.parametrize(
    ("sender", "step", "content", "refused"),
    [
        ("box-2", 0, FIRST, NotFound),
        ("box-1", 5, FIRST, NotFound),
        ("box-1", 0, AFTER, Invalid),
        ("box-1", 0, b"", Invalid),
        ("box-1", 0, FIRST + b"x" * MAX_PICTURE_BYTES, Invalid),
    ],
    ids=["another box", "a step without one", "another picture", "nothing", "too long"],
)
def test_nothing_else_is_taken(
    boxes: CentreBuilder, sender: str, step: int, content: bytes, refused: type[Exception]
) -> None:
    told = tell(boxes)
    with pytest.raises(refused):
        boxes.centre.reminder_pictures.take(box(sender), told.reminder_id, step, content)
    assert boxes.centre.reminders.open(PHU_XUAN, told.reminder_id).pictures == {}


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", lying_picture()], ids=["no picture", "a lying size"])
def test_what_is_no_jpeg_of_a_size_is_not_taken_though_it_was_named(boxes: CentreBuilder, content: bytes) -> None:
    told = with_pictures(build_reminder(), {0: content})
    boxes.centre.reminder_intake.take(box(), canonical_bytes(told))
    with pytest.raises(Invalid, match="JPEG"):
        boxes.centre.reminder_pictures.take(box(), told.reminder_id, 0, content)


def test_a_try_that_broke_in_the_middle_is_made_good(
    boxes: CentreBuilder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    told, services = tell(boxes), boxes.centre
    files = services.reminder_pictures._files
    files.append(str(told.reminder_id), file_name(0), offset_bytes=0, content=FIRST[:100])
    services.reminder_pictures.take(box(), told.reminder_id, 0, FIRST)
    services.reminder_pictures.take(box(), told.reminder_id, 0, FIRST)
    assert services.reminder_pictures.read(PHU_XUAN, told.reminder_id, 0) == FIRST
    assert isinstance(files, DirectoryEvidenceStore)


def test_pictures_are_forgotten_in_time_but_for_those_of_a_case(boxes: CentreBuilder) -> None:
    services = boxes.centre
    plain = tell(boxes)
    accused = tell(boxes, S.OBSERVED, S.BECAME_CASE, case_id=uuid.UUID(int=3), place="pavement-1:0.9,0.9")
    for told in (plain, accused):
        services.reminder_pictures.take(box(), told.reminder_id, 0, FIRST)
    assert services.reminder_pictures.forget_old() == 0
    boxes.clock.advance(KEPT_FOR.total_seconds() + 60)
    assert services.reminder_pictures.forget_old() == 1
    assert services.reminder_pictures.forget_old() == 0
    assert services.reminders.open(PHU_XUAN, plain.reminder_id).pictures == {0: False}
    assert services.reminder_pictures.read(PHU_XUAN, accused.reminder_id, 0) == FIRST
    with pytest.raises(NotFound):
        services.reminder_pictures.read(PHU_XUAN, plain.reminder_id, 0)


def test_over_http_a_box_brings_it_and_a_person_has_it(boxes: CentreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tell(boxes)
    sender, operator = boxes.key_client(Role.EDGE, box_id="box-1"), boxes.signed_in("mai", Role.OPERATOR)
    path = f"/api/v1/reminders/{told.reminder_id}/pictures"
    assert operator.get(f"{path}/0").status_code == 404
    assert sender.put(f"{path}/0", content=FIRST).status_code == 204
    had = operator.get(f"{path}/0")
    assert (had.status_code, had.headers["content-type"], had.content) == (200, "image/jpeg", FIRST)
    assert sender.put(f"{path}/99", content=FIRST).status_code == 422
    assert sender.put(f"{path}/0", content=b"x" * 70_000).status_code == 413
    assert operator.put(f"{path}/0", content=FIRST).status_code == 403
    detail = operator.get(f"/api/v1/reminders/{told.reminder_id}").json()
    assert detail["pictures_here"] == [0]
    monkeypatch.setattr(pictures_module, "MOST_A_DAY", 1)
    assert sender.put(f"{path}/1", content=AFTER).status_code == 429


def test_a_reason_in_place_of_a_picture_stays_with_the_message(boxes: CentreBuilder) -> None:
    told = with_pictures(build_reminder(), {0: NoPicture.COVERED})
    boxes.centre.reminder_intake.take(box(), canonical_bytes(told))
    opened = boxes.centre.reminders.open(PHU_XUAN, told.reminder_id)
    assert [one.missing for one in opened.message.pictures] == [NoPicture.COVERED]
