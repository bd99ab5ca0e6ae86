"""A plate that no network read blocks by name, and is mended by whoever reviews; two reviewers read it apart."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api.cases.case_rows import StoredCase
from api.cases.review import Decision
from api.principals import SYSTEM, Principal
from domain.camera import Mode
from domain.cases.checklist import checklist
from domain.cases.grounds import Ground
from domain.cases.plate_search import PlatePattern
from domain.cases.roles import Role
from domain.cases.states import Blocker, CaseState
from domain.errors import Conflict, Invalid, NotAllowed
from domain.plates.reading import NOT_READ
from tests.builders.cases import NOON, build_case
from tests.builders.centre import QUEUE, CentreBuilder, read_plate

LAN, HUY, MAI = (Principal(actor=f"user:{name}", name=name, role=Role.OPERATOR) for name in ("lan", "huy", "mai"))
BOSS = Principal(actor="user:boss", name="Boss", role=Role.SUPERVISOR)
AUDITOR = Principal(actor="user:auditor", name="Auditor", role=Role.AUDITOR)
YES = Decision(decision="confirm")


@pytest.fixture
def twice(tmp_path: Path, database_url: str) -> Iterator[CentreBuilder]:
    """A centre where every case gets a second look."""
    built = CentreBuilder(tmp_path, database_url=database_url, review={"second_look_share": 1.0})
    yield built
    built.close()


def say(centre: CentreBuilder, who: Principal, stored: StoredCase, decision: Decision = YES) -> StoredCase:
    seen = centre.centre.cases.get(who, stored.case_id)[0]
    return centre.centre.review.decide(who, stored.case_id, decision, expected_version=seen.version)


def test_an_unread_plate_blocks_by_name_until_the_reviewer_enters_it(centre: CentreBuilder) -> None:
    stored = centre.queued_case(plate=NOT_READ)
    assert stored.blocked_by == (Blocker.PLATE_MISSING,)
    with pytest.raises(Conflict, match="plate_missing"):
        say(centre, LAN, stored)
    entered = centre.centre.entered_plates.enter(LAN, stored.case_id, "75-f1 123.45")
    assert (entered.blocked_by, entered.plate_by_hand) == ((), "75F112345")
    with pytest.raises(Conflict, match="plate_missing"):
        say(centre, HUY, stored)  # what another read is not his own reading
    assert say(centre, LAN, stored).state == CaseState.SECOND_REVIEW, "one person's word names no owner"
    centre.centre.entered_plates.enter(HUY, stored.case_id, "75F1 12345")
    assert say(centre, HUY, stored).state == CaseState.READY
    item = next(
        each
        for each in checklist(stored.case, stored.manifest, centre.stored(stored.case_id).plate_by_hand)
        if each.item.key == "plate"
    )
    assert item.proof == "75F112345 ✎"
    (pulled,) = centre.centre.police.pull(centre.officer(), QUEUE, n=1, lease_s=600, idempotency_key="k").cases
    assert (pulled.plate_text, pulled.plate_read, pulled.plate_by_hand) == ("75F112345", None, True)
    look_up = PlatePattern.of("75F1*345")
    (found,) = centre.centre.plates.find(LAN, look_up, purpose="REVIEW", note="").items
    assert (found.plate_text, found.case.case_id) == ("75F112345", stored.case_id)
    said = [(event.action, event.actor, event.body.get("text")) for event in history(centre, stored, AUDITOR)]
    assert ("enter_plate", LAN.actor, "75F112345") in said
    assert centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize("kind", ["motorbike", None])
def test_a_plate_of_another_kind_of_vehicle_is_as_one_that_nobody_read(
    sqlite_centre: CentreBuilder, kind: str | None
) -> None:
    """What has three wheels is seen as a lorry; and a lorry's plate may have been read wrong."""
    plate = read_plate(build_case(vehicle_kind="motorbike"), 12345).model_copy(update={"kind": kind})
    stored = sqlite_centre.queued_case(plate=plate, vehicle_kind="car")
    assert Blocker.PLATE_MISSING in stored.blocked_by
    with pytest.raises(Conflict, match="plate_missing"):
        say(sqlite_centre, LAN, stored)
    for who in (LAN, HUY):
        sqlite_centre.centre.entered_plates.enter(who, stored.case_id, "75A-123.45")
        assert Blocker.PLATE_MISSING not in sqlite_centre.centre.cases.get(who, stored.case_id)[0].blocked_by
        say(sqlite_centre, who, stored)
    now = sqlite_centre.stored(stored.case_id)
    assert (now.state, now.plate_by_hand, now.case.plate.text) == (CaseState.READY, "75A12345", "43F112345")
    assert sqlite_centre.centre.audit.verify(SYSTEM).intact


def history(centre: CentreBuilder, stored: StoredCase, who: Principal) -> tuple[object, ...]:
    return centre.centre.cases.history(who, stored.case_id)


def test_a_correction_goes_on_and_what_the_networks_read_stays_beside_it(centre: CentreBuilder) -> None:
    stored = centre.queued_case()
    read = stored.case.plate.text
    for typed in ("75F1-999.99", "75F1-999.98"):
        centre.centre.entered_plates.enter(LAN, stored.case_id, typed)
    assert say(centre, LAN, stored).state == CaseState.SECOND_REVIEW, "one person's word names no other owner"
    assert centre.centre.cases.get(HUY, stored.case_id)[0].state == CaseState.QUEUED
    centre.centre.entered_plates.enter(HUY, stored.case_id, "75F1-999.98")
    assert say(centre, HUY, stored).state == CaseState.READY
    now = centre.stored(stored.case_id)
    assert (now.plate_by_hand, now.case.plate.text) == ("75F199998", read)
    (pulled,) = centre.centre.police.pull(centre.officer(), QUEUE, n=1, lease_s=600, idempotency_key="k").cases
    assert (pulled.plate_text, pulled.plate_read) == ("75F199998", read)
    assert centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize(
    "typed", ["75F1", "7ZF112345", "75A-12.345.678", "75F1-000.00", "ＡＢＣ123456", "'; DROP TABLE", "-----"]
)
def test_what_is_no_plate_of_such_a_vehicle_is_refused(sqlite_centre: CentreBuilder, typed: str) -> None:
    stored = sqlite_centre.queued_case(plate=NOT_READ)
    with pytest.raises(Invalid):
        sqlite_centre.centre.entered_plates.enter(LAN, stored.case_id, typed)
    assert sqlite_centre.stored(stored.case_id).entries == ()


def test_who_may_enter_and_when(centre: CentreBuilder) -> None:
    enter, stored = centre.centre.entered_plates.enter, centre.queued_case(plate=NOT_READ)
    with pytest.raises(NotAllowed):
        enter(AUDITOR, stored.case_id, "75F112345")
    centre.centre.holds.take(HUY, stored.case_id)
    with pytest.raises(Conflict, match="open"):
        enter(LAN, stored.case_id, "75F112345")
    for who in (HUY, BOSS):
        enter(who, stored.case_id, "75F112345")
        say(centre, who, stored)
    with pytest.raises(Conflict, match="before answering"):
        enter(LAN, stored.case_id, "75F112345")
    with pytest.raises(Conflict):
        enter(LAN, centre.queued_case(plate=NOT_READ, mode=Mode.SHADOW).case_id, "75F112345")


def test_two_reviewers_read_apart_and_agree_only_on_one_plate(twice: CentreBuilder) -> None:
    for second, then in (("75F112345", CaseState.READY), ("75F112346", CaseState.ADJUDICATION)):
        hours = 0 if then is CaseState.READY else 14  # so that nobody takes the second for the same act
        stored = twice.queued_case(plate=NOT_READ, began_at=NOON - timedelta(hours=hours))
        twice.centre.entered_plates.enter(LAN, stored.case_id, "75F112345")
        assert say(twice, LAN, stored).state == CaseState.SECOND_REVIEW
        seen = twice.centre.cases.get(HUY, stored.case_id)[0]
        assert (seen.entries, seen.plate_by_hand, seen.blocked_by) == ((), None, (Blocker.PLATE_MISSING,))
        assert "enter_plate" not in [event.action for event in twice.centre.cases.history(HUY, stored.case_id)]
        with pytest.raises(Conflict, match="plate_missing"):
            say(twice, HUY, stored)
        twice.centre.entered_plates.enter(HUY, stored.case_id, second)
        assert say(twice, HUY, stored).state == then
    shown = twice.centre.cases.get(BOSS, stored.case_id)[0]
    assert {entry.text for entry in shown.entries} == {"75F112345", "75F112346"}
    with pytest.raises(Conflict, match="plate_missing"):
        say(twice, BOSS, stored)
    twice.centre.entered_plates.enter(BOSS, stored.case_id, "75F112346")
    assert say(twice, BOSS, stored).plate_by_hand == "75F112346"
    assert twice.centre.audit.verify(SYSTEM).intact


def test_one_who_corrects_a_read_plate_differs_from_one_who_took_it_as_read(twice: CentreBuilder) -> None:
    stored = twice.queued_case()
    say(twice, LAN, stored)
    twice.centre.entered_plates.enter(HUY, stored.case_id, "75F199999")
    assert say(twice, HUY, stored).state == CaseState.ADJUDICATION


def test_the_plate_that_was_entered_finds_the_same_act_elsewhere(centre: CentreBuilder) -> None:
    first = centre.queued_case()
    away = first.case.site.model_copy(
        update={"camera_id": "cam-2", "position": first.case.site.position.model_copy(update={"latitude_deg": 16.4655})}
    )
    second = centre.queued_case(plate=NOT_READ, camera_id="cam-2", site=away)
    assert second.blocked_by == (Blocker.PLATE_MISSING,)
    entered = centre.centre.entered_plates.enter(LAN, second.case_id, first.case.plate.text or "")
    assert entered.blocked_by == (Blocker.DUPLICATE_OPEN,)
    (other,) = centre.centre.duplicates.of(LAN, second.case_id)
    assert other.grounds[0] == Ground.SAME_PLATE
    centre.centre.entered_plates.enter(LAN, second.case_id, first.case.plate.text or "")  # proposed once only
    assert len(centre.centre.duplicates.of(LAN, second.case_id)) == 1
    assert centre.centre.audit.verify(SYSTEM).intact
