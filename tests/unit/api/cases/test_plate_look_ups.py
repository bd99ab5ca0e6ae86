"""Looking a plate up: wildcards, one wrong character, whose cases, why, on record, and the alarm on odd use."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cases.plate_look_ups import FoundCases
from api.cases.review import Decision
from api.persistence.plate_places import KEY_LETTERS, known_places
from api.persistence.tables import cases, plate_look_ups
from api.principals import Principal
from domain.camera import Mode
from domain.cases.plate_search import ALARM_AT_LEAST, PlatePattern, is_odd
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.errors import Invalid, NotAllowed
from domain.plates.reading import PlateReading
from tests.builders.centre import QUEUE, CentreBuilder

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
MINH = Principal(actor="user:minh", name="Minh", role=Role.OPERATOR)
AUDITOR = Principal(actor="user:kiem", name="Kiểm", role=Role.AUDITOR)
PLATES = ("75F112345", "75F112346", "75F199345", "75A12345", "43C101234")
plates = st.text(alphabet="0123456789ABCDEFĐ", min_size=4, max_size=10)


def plate(text: str) -> PlateReading:
    return PlateReading(status="agreed", text=text)


def find(
    centre: CentreBuilder, who: Principal, asked: str, *, near: bool = False, purpose: str = "REVIEW", note: str = ""
) -> FoundCases:
    return centre.centre.plates.find(who, PlatePattern.of(asked, near=near), purpose=purpose, note=note)


def texts(found: FoundCases) -> set[str]:
    return {each.plate_text for each in found.items}


@given(plate=plates.filter(lambda text: len(text) >= 6), place=st.integers(0, 9), other=st.sampled_from("09ZĐ"))
def test_one_wrong_character_anywhere_still_fits_and_two_do_not(plate: str, place: int, other: str) -> None:
    pattern = PlatePattern.of(plate, near=True)
    place %= len(plate)
    wrong = plate[:place] + other + plate[place + 1 :]
    assert pattern.fits(wrong)
    twice = "".join({"0": "1"}.get(each, "0") if index < 2 else each for index, each in enumerate(plate))
    assert not pattern.fits(twice)
    assert not pattern.fits(plate + "0")


@given(plate=plates, cut=st.integers(0, 9))
def test_what_is_cut_off_or_not_known_fits_with_a_wildcard(plate: str, cut: int) -> None:
    cut = min(cut, len(plate) - 4)
    assert PlatePattern.of(f"{plate[: len(plate) - cut]}*").fits(plate)
    assert PlatePattern.of(f"*{plate[cut:]}").fits(plate)


@given(
    plate=st.text(alphabet="01Đ", min_size=1, max_size=20),
    asked=st.text(alphabet="01Đ?*", min_size=4, max_size=12).filter(
        lambda text: sum(each in "01Đ" for each in text) >= 4
    ),
)
def test_what_is_spelled_out_and_looked_for_by_place_is_what_was_asked_for(plate: str, asked: str) -> None:
    pattern = PlatePattern.of(asked)
    spellings = pattern.spelled_out(KEY_LETTERS)
    if not spellings:
        assert asked.rstrip("*").count("*") > 1
        return
    fitting = [each for each in spellings if PlatePattern(text=each, near=False).fits(plate)]
    assert bool(fitting) == pattern.fits(plate)
    assert all(set(known_places(each)) <= set(known_places(plate)) for each in fitting)


def test_places_that_nobody_knows_are_counted_too(centre: CentreBuilder) -> None:
    """A plate that is shorter than what was asked for does not fit, whatever stands at its end."""
    kept = ("75X11213", "75X112131", "75X1121311")
    for text in kept:
        centre.queued_case(plate=plate(text))
    for asked in ("?5?1?2?3", "?5?1?2?3?", "?5?1?2?3*", "?5?1?2?3?*", "*5?1?2?3?", "?5?1?2?3??", "*5?1?2?3??"):
        pattern = PlatePattern.of(asked)
        assert texts(find(centre, LAN, asked)) == {text for text in kept if pattern.fits(text)}, asked


@pytest.mark.parametrize(
    "asked", ["", "75", "75*", "***", "75F1!2345", "1234567890123", "75F1'; DROP", "75%12345", "75_12345", "*123*"]
)
def test_what_is_no_plate_or_would_show_many_is_refused(asked: str) -> None:
    with pytest.raises(Invalid):
        PlatePattern.of(asked)


def test_one_wrong_character_wants_a_whole_plate() -> None:
    for asked in ("75F1*", "75F1?345", "75F12"):
        with pytest.raises(Invalid):
            PlatePattern.of(asked, near=True)


def test_both_databases_find_what_the_pattern_says(centre: CentreBuilder) -> None:
    for text in PLATES:
        centre.queued_case(plate=plate(text))
    centre.queued_case()  # unread
    centre.take_in(centre.message(plate=plate("75F112345"), mode=Mode.SHADOW))
    for asked, near in (
        ("75F1*", False),
        ("*2345", False),
        ("75F1?2345", False),
        ("75f1-123.45", True),
        ("?5?1?2?4?", False),
        ("?5?1?2?4*", False),
        ("*1?3?4*5", False),
        ("*?1?3*5*4", False),
        ("7*?1*1?3", False),
        ("*5*1*3*5*", False),
    ):
        pattern = PlatePattern.of(asked, near=near)
        assert texts(find(centre, LAN, asked, near=near)) == {text for text in PLATES if pattern.fits(text)}, asked


def test_a_plate_is_found_as_confirmed_and_tells_no_reviewer_of_the_first(centre: CentreBuilder) -> None:
    stored = centre.queued_case()
    read = stored.case.plate.text or ""
    confirm = Decision(decision="confirm")
    for who, typed in ((LAN, "75F199999"), (MINH, "75F199999")):
        assert texts(find(centre, MINH, "75F199999")) == set()
        seen = centre.centre.entered_plates.enter(who, stored.case_id, typed)
        now = centre.centre.review.decide(who, stored.case_id, confirm, expected_version=seen.version)
    assert now.state is CaseState.READY
    assert texts(find(centre, MINH, "75F199999")) == {"75F199999"}
    assert texts(find(centre, MINH, read)) == set(), "whose plate was misread has no case"


def test_a_look_up_wants_a_purpose_and_stands_on_record_with_what_it_showed(centre: CentreBuilder) -> None:
    case_id = centre.queued_case(plate=plate("75F112345")).case_id
    with pytest.raises(Invalid, match="purpose"):
        find(centre, LAN, "75F112345", purpose="CURIOUS")
    with pytest.raises(Invalid, match="number"):
        find(centre, LAN, "75F112345", purpose="COMPLAINT", note=" ")
    find(centre, LAN, "75F1-12345", purpose="COMPLAINT", note="KN 12/2026")
    (event,) = [each for each in centre.centre.audit.page(AUDITOR, limit=500) if each.action == "plate_look_up"]
    assert event.body == {
        "pattern": "75F112345",
        "near": False,
        "purpose": "COMPLAINT",
        "note": "KN 12/2026",
        "cases": [str(case_id)],
    }
    (listed,) = centre.centre.plates.list(AUDITOR)
    assert (listed.actor, listed.pattern, listed.cases) == ("user:lan", "75F112345", 1)
    for who in (LAN, Principal(actor="user:a", name="A", role=Role.ADMIN)):
        with pytest.raises(NotAllowed):
            centre.centre.plates.list(who)
    with pytest.raises(NotAllowed):
        find(centre, AUDITOR, "75F112345")
    assert centre.centre.audit.verify(AUDITOR).intact


def test_police_find_only_what_their_organisation_holds(centre: CentreBuilder) -> None:
    centre.queued_case(plate=plate("75F112346"))
    ready = centre.ready_case().case_id
    with centre.database.write() as connection:  # confirming a read plate would need its pictures
        connection.execute(cases.update().where(cases.c.case_id == str(ready)).values(plate_key="75F112345"))
    officer = centre.officer()
    assert texts(find(centre, officer, "75F11234?", purpose="VERIFY")) == set()
    centre.centre.police.pull(officer, QUEUE, n=1, lease_s=900, idempotency_key=uuid.uuid4().hex)
    assert texts(find(centre, officer, "75F11234?", purpose="VERIFY")) == {"75F112345"}


def test_a_page_goes_on_behind_the_last_case(centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.cases.plate_look_ups.MAX_SHOWN", 2)
    for _ in range(5):
        centre.queued_case(plate=plate("75F112345"))
        centre.clock.advance(1)
    pattern = PlatePattern.of("75F112345")
    shown, cursor = [], None
    for _ in range(3):
        found = centre.centre.plates.find(LAN, pattern, purpose="REVIEW", note="", cursor=cursor)
        shown += [each.case.case_id for each in found.items]
        cursor = found.next_cursor
    assert (len(set(shown)), cursor) == (5, None)


def test_odd_use_is_told_once_a_shift_and_usual_use_is_not(centre: CentreBuilder) -> None:
    def look(who: Principal) -> None:
        find(centre, who, "75F112345")

    for _ in range(ALARM_AT_LEAST - 1):
        look(LAN)
    assert centre.centre.plates.alarms(AUDITOR) == ()
    look(LAN)
    look(LAN)
    (alarm,) = centre.centre.plates.alarms(AUDITOR)
    assert (alarm.actor, alarm.look_ups, alarm.own_usual) == ("user:lan", ALARM_AT_LEAST, 0.0)
    for _ in range(ALARM_AT_LEAST + 1):
        look(MINH)  # as many as another person in this shift
    assert len(centre.centre.plates.alarms(AUDITOR)) == 1
    centre.clock.advance(24 * 3600.0)
    for _ in range(ALARM_AT_LEAST + 5):
        look(LAN)  # what is usual for her now
    assert len(centre.centre.plates.alarms(AUDITOR)) == 1
    said = [each for each in centre.centre.audit.page(AUDITOR, limit=500) if each.action == "look_up_alarm"]
    assert [each.body["who"] for each in said] == ["user:lan"]
    with centre.database.read() as connection:
        assert len(connection.execute(plate_look_ups.select()).all()) == 3 * ALARM_AT_LEAST + 7


def test_the_rule_asks_for_both_norms() -> None:
    assert is_odd(31, own_usual=10.0, others_usual=9.0)
    assert not is_odd(30, own_usual=10.0, others_usual=1.0)
    assert not is_odd(30, own_usual=1.0, others_usual=10.0)
