"""A rule of two people compares persons: who has two accounts is not two."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, update

from api.cases.case_rows import StoredCase
from api.cases.review import Decision
from api.people.persons import checked_person
from api.persistence.tables import users
from api.principals import SYSTEM, Principal
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.builders.cases import NOON
from tests.builders.centre import PASSWORD, CentreBuilder

YES = Decision(decision="confirm")
NO = Decision(decision="reject", reason_code="FALSE_DETECTION", note="nothing there")


@pytest.fixture
def twice(tmp_path: Path, database_url: str) -> Iterator[CentreBuilder]:
    """A centre where every case gets a second look."""
    built = CentreBuilder(tmp_path, database_url=database_url, review={"second_look_share": 1.0})
    yield built
    built.close()


def account(
    centre: CentreBuilder, username: str, role: Role = Role.OPERATOR, *, name: str = "", person: str | None = None
) -> Principal:
    centre.centre.accounts.create_user(
        SYSTEM,
        username=username,
        display_name=name or username,
        person=person or f"nv-{username}",
        role=role,
        password=PASSWORD,
    )
    return Principal(actor=f"user:{username}", name=name or username, role=role)


def another_of(centre: CentreBuilder, who: str, username: str, role: Role = Role.OPERATOR) -> Principal:
    """A second account of somebody whose first one was ended."""
    centre.centre.accounts.disable_user(SYSTEM, who)
    return account(centre, username, role, name=f"{username} of another name", person=f"NV-{who}")


def forget_persons(centre: CentreBuilder) -> None:
    with centre.database.write() as connection:
        connection.execute(update(users).values(person=None))


def say(centre: CentreBuilder, who: Principal, case_id: uuid.UUID, decision: Decision) -> StoredCase:
    seen = centre.centre.cases.get(who, case_id)[0]
    return centre.centre.review.decide(who, case_id, decision, expected_version=seen.version)


def test_a_second_look_is_another_persons(twice: CentreBuilder) -> None:
    lan, huy = account(twice, "lan"), account(twice, "huy")
    case_id = twice.queued_case().case_id
    say(twice, lan, case_id, YES)
    also_lan = another_of(twice, "lan", "lan2")
    for answer in (YES, NO):
        with pytest.raises(Conflict, match="you did already"):
            say(twice, also_lan, case_id, answer)
    with pytest.raises(Conflict, match="before answering"):
        twice.centre.entered_plates.enter(also_lan, case_id, "75F1-123.45")
    assert twice.centre.holds.take(also_lan, case_id) is None
    assert twice.centre.holds.take_next(also_lan) is None, "nor is it handed out as his next"
    assert say(twice, huy, case_id, YES).state == CaseState.READY


def test_who_decides_between_two_is_a_third_person(twice: CentreBuilder) -> None:
    lan, huy, boss = account(twice, "lan"), account(twice, "huy"), account(twice, "boss", Role.SUPERVISOR)
    case_id = twice.queued_case().case_id
    say(twice, lan, case_id, YES)
    assert say(twice, huy, case_id, NO).state == CaseState.ADJUDICATION
    with pytest.raises(Conflict, match="you did already"):
        say(twice, another_of(twice, "huy", "truong-ca", Role.SUPERVISOR), case_id, YES)
    assert say(twice, boss, case_id, YES).state == CaseState.READY


def test_while_nobody_has_said_whose_accounts_are_one_name_is_one_person(twice: CentreBuilder) -> None:
    lan, lan2 = account(twice, "lan", name="Nguyễn  Thị Lan"), account(twice, "lan2", name="nguyễn thị LAN")
    huy = account(twice, "huy")
    case_id = twice.queued_case().case_id
    forget_persons(twice)
    say(twice, lan, case_id, YES)
    with pytest.raises(Conflict, match="you did already"):
        say(twice, lan2, case_id, YES)
    assert twice.centre.accounts.unstated_deciders() == 3
    for name in ("lan", "lan2", "huy"):
        twice.centre.accounts.state_person(SYSTEM, name, f"nv {name}")
    assert twice.centre.accounts.unstated_deciders() == 0
    assert say(twice, lan2, case_id, YES).state == CaseState.READY, "two numbers are two people of one name"
    assert say(twice, huy, twice.queued_case().case_id, YES).state == CaseState.SECOND_REVIEW


def test_what_an_ended_account_confirmed_waits_for_nobody_unseen(twice: CentreBuilder) -> None:
    """An update finds a case that two unstated accounts confirmed, one of them ended since, its person has another."""
    lan, huy, boss = account(twice, "lan"), account(twice, "huy"), account(twice, "boss", Role.SUPERVISOR)
    accounts, case_id = twice.centre.accounts, twice.queued_case().case_id
    forget_persons(twice)
    say(twice, lan, case_id, YES)
    assert say(twice, huy, case_id, YES).state == CaseState.ADJUDICATION
    accounts.disable_user(SYSTEM, "lan")
    account(twice, "lan2", name="Lan anew", person="NV-LAN")
    assert accounts.unstated_deciders() == 3, "an ended account holds the case up, too"
    for name in ("huy", "boss"):
        accounts.state_person(SYSTEM, name, f"nv-{name}")
    assert accounts.unstated_deciders() == 1
    with pytest.raises(Conflict, match="an admin does"):
        say(twice, boss, case_id, YES)
    assert accounts.state_person(SYSTEM, "lan", "nv-lan").disabled
    assert accounts.unstated_deciders() == 0
    assert say(twice, boss, case_id, YES).state == CaseState.READY
    assert twice.centre.audit.verify(Principal(actor="user:a", name="A", role=Role.AUDITOR)).intact


def test_a_person_has_one_open_account_and_who_decides_has_a_person(centre: CentreBuilder) -> None:
    accounts = centre.centre.accounts
    account(centre, "lan")
    for same in (" nv-LAN", "nv\N{EN DASH}lan", "nv\N{NON-BREAKING HYPHEN}lan", "nv\N{MINUS SIGN}lan"):
        with pytest.raises(Conflict, match="has the account lan"):
            account(centre, "lan2", person=same)
    kiem = {"username": "kiem", "display_name": "Kiểm", "password": PASSWORD}
    for role in (Role.OPERATOR, Role.SUPERVISOR):
        with pytest.raises(Invalid, match="personnel number"):
            accounts.create_user(SYSTEM, **kiem, role=role)
    assert accounts.create_user(SYSTEM, **kiem, role=Role.AUDITOR).person is None
    with pytest.raises(Invalid, match="personnel number"):
        accounts.change_grant(SYSTEM, "kiem", role=Role.OPERATOR)
    with pytest.raises(Conflict, match="has the account lan"):
        accounts.state_person(SYSTEM, "kiem", "NV-LAN")
    with pytest.raises(NotFound):
        accounts.state_person(SYSTEM, "nobody", "nv-9")
    with pytest.raises(NotAllowed):
        accounts.state_person(Principal(actor="user:lan", name="lan", role=Role.SUPERVISOR), "kiem", "nv-9")
    assert accounts.state_person(SYSTEM, "kiem", "nv-9").person == "NV-9"
    assert accounts.change_grant(SYSTEM, "kiem", role=Role.OPERATOR).role == Role.OPERATOR
    auditor = Principal(actor="user:a", name="A", role=Role.AUDITOR)
    assert centre.centre.audit.verify(auditor).intact


def test_a_case_that_another_changed_by_hand_is_found(centre: CentreBuilder) -> None:
    account(centre, "lan")
    with centre.database.write() as connection:
        connection.execute(update(users).values(person="NV-2"))
    assert not centre.centre.audit.verify(Principal(actor="user:a", name="A", role=Role.AUDITOR)).intact


@pytest.mark.parametrize("number", ["", "  ", "-.-", "x" * 41, "nv\x0017"])
def test_what_is_no_personnel_number_is_refused(number: str) -> None:
    with pytest.raises(Invalid):
        checked_person(number)


def test_two_like_answers_of_accounts_whose_persons_nobody_stated_confirm_nothing(twice: CentreBuilder) -> None:
    lan, lan2 = account(twice, "lan"), account(twice, "lan2", name="Trưởng ca")
    boss, chief = account(twice, "boss", Role.SUPERVISOR), account(twice, "chief", Role.SUPERVISOR)
    case_id, wrong = twice.queued_case().case_id, twice.queued_case().case_id
    forget_persons(twice)
    for each in (case_id, wrong):
        say(twice, lan, each, YES)
        seen = say(twice, lan2, each, YES)
        assert seen.state == CaseState.ADJUDICATION, "one person with two accounts of two names was two people"
    with pytest.raises(Conflict, match="nobody has stated"):
        say(twice, boss, case_id, YES)
    assert say(twice, boss, wrong, NO).state == CaseState.REJECTED, "nobody is fined by it"
    for name in ("lan", "lan2", "chief"):
        twice.centre.accounts.state_person(SYSTEM, name, f"nv {name}")
    with pytest.raises(Conflict, match="nobody has stated"):
        say(twice, boss, case_id, YES)
    assert say(twice, chief, case_id, YES).state == CaseState.READY
    figures = twice.centre.reviewers.figures(chief)
    assert [figures[each.actor].differed for each in (lan, lan2) if each.actor in figures] == [0, 0]
    assert say(twice, lan, twice.queued_case().case_id, YES).state == CaseState.SECOND_REVIEW
    assert twice.centre.audit.verify(SYSTEM).wrong_cases == ()


def test_two_like_rejections_go_on_while_nobody_has_stated_whose_they_are(twice: CentreBuilder) -> None:
    lan, huy = account(twice, "lan"), account(twice, "huy")
    case_id = twice.queued_case().case_id
    forget_persons(twice)
    say(twice, lan, case_id, NO)
    assert say(twice, huy, case_id, NO).state == CaseState.REJECTED


def test_a_case_behind_many_that_one_answered_by_another_account_is_handed_out_still(twice: CentreBuilder) -> None:
    lan, huy = account(twice, "lan"), account(twice, "huy")
    began_at = NOON - timedelta(hours=5)
    for _ in range(21):
        say(twice, lan, twice.queued_case(began_at=began_at).case_id, YES)
    last = twice.queued_case(began_at=began_at + timedelta(hours=1)).case_id
    also_lan = another_of(twice, "lan", "lan2")
    asked: list[str] = []
    engine = twice.centre.store.database.engine

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    hold = twice.centre.holds.take_next(also_lan)
    event.remove(engine, "before_cursor_execute", note)
    assert sum("users.person" in each for each in asked) <= 2, "persons are asked for once, not for each case"
    assert hold is not None, "somebody was told that nothing waits"
    assert hold.case_id == last
    assert twice.centre.holds.take_next(also_lan) is None, "his own are never handed to him"
    taken = {twice.centre.holds.take_next(huy).case_id for _ in range(21)}
    assert len(taken) == 21, "each once, also where many acts are of one instant"
    assert twice.centre.holds.take_next(huy) is None
