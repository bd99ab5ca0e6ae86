"""Sightings at the centre: keyed hashes from boxes, each once and for some days; looked up for a case only."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from api.app import create_app
from api.cases.review import Decision
from api.jobs import Jobs
from api.persistence.tables import sighting_days, sighting_keys, sightings
from api.principals import SYSTEM, Principal
from api.sightings.intake import MAX_SIGHTINGS_BYTES
from domain.camera import Mode
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.errors import ConfigurationError, Conflict, Invalid, NotAllowed, NotFound
from domain.plates.reading import PlateReading
from domain.plates.sightings import Sighting, SightingAnswer, Sightings, plate_hash
from tests.builders.centre import QUEUE, CentreBuilder

MakeCentre = Callable[..., CentreBuilder]

OPERATOR = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
AUDITOR = Principal(actor="user:minh", name="Minh", role=Role.AUDITOR)
NOW = datetime(2026, 1, 5, 7, tzinfo=UTC)  # of the builder's clock
BASIS = "Quyết định 12/2026/QĐ-UBND"


@pytest.fixture
def witnessed(make_centre: MakeCentre, database_url: str, tmp_path: Path) -> CentreBuilder:
    """A centre with a written basis for sightings."""
    secret = tmp_path / "sightings.key"
    secret.write_text("0123456789abcdef" * 4)
    centre = make_centre(database_url=database_url, sightings={"basis": BASIS, "key": {"file": secret}})
    centre.box_key("box-1")
    return centre


def box(box_id: str = "box-1") -> Principal:
    return Principal(actor=f"key:{box_id}", name=box_id, role=Role.EDGE, box_id=box_id)


def keys_of(centre: CentreBuilder) -> dict[str, bytes]:
    found = centre.centre.sighting_intake.month_keys(box())
    return {each.month: bytes.fromhex(each.key_hex) for each in found.keys}


def tell(centre: CentreBuilder, *seen: tuple[str, datetime, str], box_id: str = "box-1") -> SightingAnswer:
    """Hash as a box does, with the keys that it was given."""
    keys = keys_of(centre)
    told = [
        Sighting(camera_id=camera_id, seen_at=at, plate_hash=plate_hash(plate, keys[f"{at:%Y-%m}"]))
        for plate, at, camera_id in seen
    ]
    payload = Sightings(sightings=tuple(told)).model_dump_json().encode()
    return centre.centre.sighting_intake.take(box(box_id), payload)


def count(centre: CentreBuilder, table: Any) -> int:
    with centre.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def find(centre: CentreBuilder, case_id: uuid.UUID, who: Principal = OPERATOR, **asked: Any) -> list[str]:
    wanted = {"purpose": "VERIFY", "note": "", "near": False} | asked
    return [each.camera_id for each in centre.centre.sightings.find(who, case_id, **wanted)]


def plate_of(centre: CentreBuilder, case_id: uuid.UUID) -> str:
    text_of = centre.centre.cases.get(OPERATOR, case_id)[0].case.plate.text
    assert text_of
    return text_of


def test_the_vehicle_of_a_case_is_found_newest_first_and_no_other(witnessed: CentreBuilder) -> None:
    case_id = witnessed.queued_case().case_id
    plate = plate_of(witnessed, case_id)
    minutes = [NOW - timedelta(minutes=each) for each in (30, 10, 20)]
    came = tell(
        witnessed, (plate, minutes[0], "cam-1"), (plate, minutes[1], "cam-3"), ("75F100001", minutes[2], "cam-2")
    )
    assert came == SightingAnswer(kept=3, known=0, out_of_range=0)
    assert find(witnessed, case_id) == ["cam-3", "cam-1"]


def test_one_wrong_character_is_found_only_where_it_is_asked_for(witnessed: CentreBuilder) -> None:
    case_id = witnessed.queued_case().case_id
    plate = plate_of(witnessed, case_id)
    misread = plate[:-1] + ("8" if plate[-1] != "8" else "3")
    tell(witnessed, (misread, NOW, "cam-1"), ("8" + misread[1:], NOW, "cam-2"))
    assert find(witnessed, case_id) == []
    assert find(witnessed, case_id, near=True) == ["cam-1"], "two wrong characters are another plate"


def test_what_is_sent_twice_is_kept_once(witnessed: CentreBuilder) -> None:
    told = [("75F112345", NOW, "cam-1"), ("75F112345", NOW - timedelta(seconds=5), "cam-1")]
    assert tell(witnessed, *told).kept == 2
    assert tell(witnessed, *told, ("75F112345", NOW, "cam-2")) == SightingAnswer(kept=1, known=2, out_of_range=0)
    assert count(witnessed, sightings) == 3
    with witnessed.database.read() as connection:
        assert connection.execute(select(sighting_days.c.sightings)).scalar_one() == 3


def test_no_plate_is_kept_and_a_month_has_a_key_of_its_own(witnessed: CentreBuilder) -> None:
    tell(witnessed, ("75F112345", NOW, "cam-1"))
    witnessed.clock.advance(25 * 86400)  # 30 January: the next month's key is given early
    january, february = keys_of(witnessed).items()
    assert (january[0], february[0]) == ("2026-01", "2026-02")
    assert january[1] != february[1]
    with witnessed.database.read() as connection:
        kept = repr(connection.execute(select(sightings)).all()) + repr(connection.execute(select(sighting_keys)).all())
    assert "75F112345" not in kept
    assert january[1].hex() not in kept


def test_what_is_too_old_or_to_come_is_not_kept(witnessed: CentreBuilder) -> None:
    old, ahead = NOW - timedelta(days=7, seconds=1), NOW + timedelta(minutes=6)
    key = keys_of(witnessed)["2026-01"]
    told = [
        Sighting(camera_id="cam-1", seen_at=at, plate_hash=plate_hash("75F112345", key)) for at in (old, ahead, NOW)
    ]
    payload = Sightings(sightings=tuple(told)).model_dump_json().encode()
    assert witnessed.centre.sighting_intake.take(box(), payload) == SightingAnswer(kept=1, known=0, out_of_range=2)


def test_sightings_end_after_their_days_and_a_month_goes_as_a_whole_with_its_key(witnessed: CentreBuilder) -> None:
    case_id = witnessed.queued_case().case_id
    plate = plate_of(witnessed, case_id)
    tell(witnessed, (plate, NOW - timedelta(days=3), "cam-1"), (plate, NOW, "cam-2"))
    witnessed.clock.advance(5 * 86400)
    assert find(witnessed, case_id) == ["cam-2"], "the other is not shown, though nobody has tidied up"
    witnessed.centre.sighting_intake.forget_old()
    assert count(witnessed, sightings) == 1
    witnessed.clock.advance(31 * 86400)  # 10 February
    tell(witnessed, (plate, witnessed.clock.now(), "cam-3"))
    assert count(witnessed, sightings) == 2
    jobs = Jobs(witnessed.settings, witnessed.centre)
    jobs.round()
    jobs.close()
    assert count(witnessed, sightings) == 1
    assert set(keys_of(witnessed)) == {"2026-02"}
    with witnessed.database.read() as connection:
        assert connection.execute(select(sighting_keys.c.month)).scalars().all() == ["2026-02"]
        if not witnessed.database.is_sqlite:
            parts = text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'sightings'::regclass")
            assert connection.execute(parts).scalars().all() == ["sightings_2026_02"]


def test_a_span_over_two_months_is_asked_with_both_keys(witnessed: CentreBuilder) -> None:
    witnessed.clock.advance(26 * 86400)  # 31 January
    case_id = witnessed.queued_case().case_id
    plate = plate_of(witnessed, case_id)
    tell(witnessed, (plate, witnessed.clock.now(), "cam-1"))
    witnessed.clock.advance(86400)
    tell(witnessed, (plate, witnessed.clock.now(), "cam-2"))
    assert find(witnessed, case_id) == ["cam-2", "cam-1"]


def test_a_look_up_is_on_record_with_its_case_before_anything_is_shown(witnessed: CentreBuilder) -> None:
    case_id = witnessed.queued_case().case_id
    plate = plate_of(witnessed, case_id)
    tell(witnessed, (plate, NOW, "cam-1"))
    find(witnessed, case_id, purpose="COURT", note="Công văn 7/2026")
    (listed,) = witnessed.centre.plates.list(AUDITOR)
    assert (listed.case_id, listed.pattern, listed.purpose, listed.cases) == (str(case_id), plate, "COURT", 1)
    newest = witnessed.centre.cases.history(OPERATOR, case_id)[-1]
    assert (newest.action, newest.body["purpose"], newest.body["sightings"]) == ("plate_look_up", "COURT", 1)
    assert witnessed.centre.audit.verify(SYSTEM).fault is None


def test_many_look_ups_of_sightings_raise_the_same_alarm(witnessed: CentreBuilder) -> None:
    case_id = witnessed.queued_case().case_id
    for _ in range(10):
        find(witnessed, case_id)
    (alarm,) = witnessed.centre.plates.alarms(AUDITOR)
    assert (alarm.actor, alarm.look_ups) == (OPERATOR.actor, 10)


def test_without_purpose_or_right_nothing_is_looked_up(witnessed: CentreBuilder) -> None:
    case_id = witnessed.queued_case().case_id
    officer = witnessed.officer()
    for who, error, asked in (
        (OPERATOR, Invalid, {"purpose": "CURIOSITY"}),
        (OPERATOR, Invalid, {"purpose": "COURT"}),
        (AUDITOR, NotAllowed, {}),
        (officer, NotFound, {}),
    ):
        with pytest.raises(error):
            find(witnessed, case_id, who, **asked)
    with pytest.raises(NotFound):
        find(witnessed, uuid.uuid4())
    assert witnessed.centre.plates.list(AUDITOR) == ()


def test_police_ask_while_they_hold_the_case_and_not_after(witnessed: CentreBuilder) -> None:
    case_id = witnessed.ready_case().case_id
    tell(witnessed, (plate_of(witnessed, case_id), NOW, "cam-1"))
    officer = witnessed.officer()
    witnessed.centre.police.pull(officer, QUEUE, n=1, lease_s=600, idempotency_key="k")
    assert find(witnessed, case_id, officer) == ["cam-1"]
    witnessed.clock.advance(601)
    with pytest.raises(NotFound):
        find(witnessed, case_id, officer)


def test_a_look_up_tells_nobody_that_a_case_is_known_or_was_answered(
    make_centre: MakeCentre, database_url: str, tmp_path: Path
) -> None:
    secret = tmp_path / "sightings.key"
    secret.write_text("0123456789abcdef" * 4)
    centre = make_centre(
        database_url=database_url,
        sightings={"basis": BASIS, "key": {"file": secret}},
        review={"second_look_share": 1.0, "seed_share": 0.2},
    )
    centre.centre.review._draws = type(centre.centre.review._draws)(key=b"k", second_look_share=1.0, seed_share=1.0)
    negative, other = centre.queued_case().case_id, centre.queued_case().case_id
    tell(centre, (plate_of(centre, negative), NOW, "cam-1"))
    huy = Principal(actor="user:huy", name="Huy", role=Role.OPERATOR)
    mai = Principal(actor="user:mai", name="Mai", role=Role.OPERATOR)
    no = Decision(decision="reject", reason_code="FALSE_DETECTION", note="nothing there")
    find(centre, negative)
    for who, case_id, decision in (
        (OPERATOR, negative, no),
        (huy, negative, no),
        (OPERATOR, other, Decision(decision="confirm")),
    ):
        seen = centre.centre.cases.get(who, case_id)[0]
        centre.centre.review.decide(who, case_id, decision, expected_version=seen.version)
    assert centre.stored(negative).state == CaseState.SEEDED
    assert "plate_look_up" not in {event.action for event in centre.centre.cases.history(mai, negative)}
    assert find(centre, negative, mai) == [], "it accuses nobody, and is answered as one of which nothing was seen"
    assert centre.centre.cases.history(mai, negative)[-1].action == "plate_look_up", "his own he sees"
    assert len(centre.centre.plates.list(AUDITOR)) == 2


def test_nobody_is_looked_for_who_is_not_accused_or_whose_plate_is_not_known(witnessed: CentreBuilder) -> None:
    rejected = witnessed.queued_case()
    no = Decision(decision="reject", reason_code="FALSE_DETECTION", note="nothing there")
    witnessed.centre.review.decide(OPERATOR, rejected.case_id, no, expected_version=rejected.version)
    shadow = witnessed.queued_case(mode=Mode.SHADOW)
    unread = witnessed.queued_case(plate=PlateReading(status="unread", reason="the plate has not been read yet"))
    for case_id in (rejected.case_id, shadow.case_id, unread.case_id):
        with pytest.raises(Conflict):
            find(witnessed, case_id)


def test_sightings_are_bounded_and_of_registered_boxes(
    witnessed: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = witnessed.centre.sighting_intake
    for payload in (b"{}", b'{"sightings": []}', b"x" * (MAX_SIGHTINGS_BYTES + 1)):
        with pytest.raises(Invalid):
            intake.take(box(), payload)
    with pytest.raises(Invalid, match="not registered"):
        tell(witnessed, ("75F112345", NOW, "cam-1"), box_id="box-2")
    monkeypatch.setattr("api.sightings.intake.MOST_A_DAY", 1)
    with pytest.raises(Invalid, match="at most 1"):
        tell(witnessed, ("75F112345", NOW, "cam-1"), ("75F112345", NOW, "cam-2"))
    assert count(witnessed, sightings) == 0
    with pytest.raises(NotAllowed):
        intake.month_keys(OPERATOR)


def test_without_a_written_basis_nothing_is_taken_given_or_found(centre: CentreBuilder) -> None:
    centre.box_key("box-1")
    case_id = centre.queued_case().case_id
    with pytest.raises(Conflict):
        centre.centre.sighting_intake.month_keys(box())
    with pytest.raises(Conflict):
        centre.centre.sighting_intake.take(box(), b"{}")
    with pytest.raises(Conflict):
        find(centre, case_id)


def test_a_short_or_another_secret_is_told(witnessed: CentreBuilder, tmp_path: Path) -> None:
    keys_of(witnessed)
    (tmp_path / "sightings.key").write_text("fedcba9876543210" * 4)
    other = create_app(witnessed.settings, clock=witnessed.clock, background=False).state.centre
    with pytest.raises(ConfigurationError, match="another"):
        other.sighting_intake.month_keys(box())
    other.close()
    (tmp_path / "sightings.key").write_text("short")
    with pytest.raises(ConfigurationError, match="32"):
        create_app(witnessed.settings, clock=witnessed.clock, background=False)


def test_the_doors_by_http(witnessed: CentreBuilder) -> None:
    machine, person = witnessed.key_client(Role.EDGE, box_id="box-1"), witnessed.signed_in("hoa", Role.OPERATOR)
    case_id = witnessed.queued_case().case_id
    given = machine.get("/api/v1/edge/sightings/keys").json()
    assert given["basis"] == BASIS
    (key,) = given["keys"]
    told = {
        "camera_id": "cam-9",
        "seen_at": "2026-01-05T06:59:00.000Z",
        "plate_hash": plate_hash(plate_of(witnessed, case_id), bytes.fromhex(key["key_hex"])),
    }
    answer = machine.put("/api/v1/edge/sightings", json={"sightings": [told]})
    assert answer.json() == {"kept": 1, "known": 0, "out_of_range": 0}
    found = person.post(f"/api/v1/cases/{case_id}/sightings", json={"purpose": "REVIEW"})
    assert found.json() == [{"seen_at": told["seen_at"], "camera_id": "cam-9", "box_id": "box-1"}]
    assert machine.put("/api/v1/edge/sightings", content=b"x" * (MAX_SIGHTINGS_BYTES + 1)).status_code == 422
