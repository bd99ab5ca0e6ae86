import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.cases.guards import GUARDS, Facts, Guard
from domain.cases.limits import limitation_ends, limitation_passed
from domain.cases.looks import NO_LOOKS, looks_after, second_look_due
from domain.cases.roles import Role
from domain.cases.states import (
    AWAITING_REVIEW,
    DECIDED_STATES,
    FINAL_STATES,
    JUDGED_STATES,
    POLICE_STATES,
    Action,
    Blocker,
    CaseState,
    blockers,
)
from domain.cases.transitions import PUT_BACK, TRANSITIONS, check_reason, next_state
from domain.cases.words import ACTION_WORDS, BLOCKER_WORDS, STATE_WORDS
from domain.errors import CentreError, Conflict, Invalid, NotAllowed
from domain.law.rejection import rejection_reasons

REASONS = rejection_reasons()
PEOPLE = {Role.OPERATOR, Role.SUPERVISOR}
PERSONS = ("user:lan", "user:huy", "user:mai")
FIRST_ANSWERS = {Action.CONFIRM, Action.REJECT}
MEASURED = JUDGED_STATES | {CaseState.DETECTED}


@dataclass(frozen=True, slots=True)
class Command:
    """A step that somebody asks for, in whatever circumstances."""

    action: Action
    role: Role
    actor: str
    blocked: bool
    second_look: str | None
    answer: str
    year_over: bool
    plate: str
    plate_unknown: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was let through."""

    command: Command
    source: CaseState
    target: CaseState
    facts: Facts


commands = st.lists(
    st.builds(
        Command,
        action=st.sampled_from(Action),
        role=st.sampled_from(sorted(Role)),
        actor=st.sampled_from(PERSONS),
        blocked=st.sampled_from([False, False, False, True]),
        second_look=st.sampled_from([None, "high", "sample"]),
        answer=st.sampled_from(["confirm", "reject"]),
        year_over=st.sampled_from([False] * 9 + [True]),
        plate=st.sampled_from(["75A12345", "75A12345", "75A12346"]),
        plate_unknown=st.sampled_from([False] * 9 + [True]),
    ),
    max_size=60,
)


def directed(dice: random.Random, shadow: bool, length: int) -> list[Step]:
    """A walk that mostly asks for what the table has there, so that it goes far."""
    state, looks, taken = (CaseState.DETECTED if shadow else CaseState.QUEUED), dict(NO_LOOKS), []
    for _ in range(length):
        here = [row for row in TRANSITIONS.values() if state in row.sources]
        if not here:
            break
        going_on = [row for row in here if row.target not in FINAL_STATES and row.action != Action.ASK_EVIDENCE]
        row = dice.choice(going_on if going_on and dice.random() < 0.95 else here)
        command = Command(
            action=row.action,
            role=dice.choice(sorted(row.roles)),
            actor=dice.choice(PERSONS),
            blocked=dice.choice([False] * 9 + [True]),
            second_look=dice.choice([None, "high", "sample"]),
            answer=dice.choice(["confirm", "reject"]),
            year_over=dice.choice([False] * 19 + [True]),
            plate=dice.choice(["75A12345"] * 3 + ["75A12346"]),
            plate_unknown=dice.choice([False] * 9 + [True]),
        )
        step = take(command, state, looks, shadow=shadow)
        if step is not None:
            taken.append(step)
            state = step.target
    return taken


def test_the_walks_go_everywhere() -> None:
    dice, met = random.Random(7), {CaseState.QUEUED, CaseState.DETECTED}
    for _ in range(1500):
        met |= {step.target for step in directed(dice, shadow=False, length=40)}
    met |= {step.target for _ in range(20) for step in directed(dice, shadow=True, length=5)}
    assert met == set(CaseState)


def take(command: Command, state: CaseState, looks: dict[str, str | None], *, shadow: bool) -> Step | None:
    """One step, where the table lets it through; what it says of looks is kept, as the centre keeps it."""
    facts = Facts(
        actor=command.actor,
        answer=command.answer,  # type: ignore[arg-type]
        blocked_by=frozenset({Blocker.EVIDENCE_GAPS} if command.blocked else {}),
        shadow=shadow,
        first_answer=looks["first_answer"],
        first_by=looks["first_by"],
        second_by=looks["second_by"],
        second_look_due=second_look_due(looks["second_look"], looks["second_by"]),
        known_negative=looks["first_answer"] == looks["second_answer"] == "reject" and looks["second_look"] != "seeded",
        limitation_passed=command.year_over,
        notice_unanswered=True,
        on_pavement=True,
        lead_stands=not command.blocked,
        pulled_from=CaseState(looks.get("pulled_from") or CaseState.READY),
        taken_over=looks.get("taken_over") is not None,
        plate_known=not command.plate_unknown,
        plates_differ=looks["first_answer"] == "confirm"
        and (command.action == Action.SECOND_CONFIRM or command.answer == "confirm")
        and command.plate != looks["first_plate"],
    )
    try:
        target = next_state(command.action, state=state, role=command.role, facts=facts)
    except CentreError:
        return None
    body = {"second_look": command.second_look, "answer": command.answer, "plate": command.plate}
    looks |= looks_after(command.action, command.actor, body)
    if command.action == Action.TRANSFER:
        looks["pulled_from"] = state.value
    if command.action in {Action.ACKNOWLEDGE, Action.RETURN}:
        looks["taken_over"] = "yes" if command.action == Action.ACKNOWLEDGE else None
    return Step(command, state, target, facts)


def walk(path: list[Command], *, shadow: bool = False) -> list[Step]:
    """Take every step that the table lets through."""
    state, looks, taken = (CaseState.DETECTED if shadow else CaseState.QUEUED), dict(NO_LOOKS), []
    for command in path:
        step = take(command, state, looks, shadow=shadow)
        if step is not None:
            taken.append(step)
            state = step.target
    return taken


def looks_of_this_round(steps: list[Step]) -> list[Step]:
    """What was said since the review last began (anew)."""
    begins = [n for n, step in enumerate(steps) if step.target in {CaseState.QUEUED, CaseState.NEEDS_EVIDENCE}]
    return steps[begins[-1] + 1 :] if begins else steps


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_police_get_only_what_people_confirmed_unblocked_after_every_look_that_was_due(dice: random.Random) -> None:
    steps = directed(dice, shadow=False, length=40)
    for number, step in enumerate(steps):
        if step.target not in POLICE_STATES | {CaseState.READY, CaseState.REMINDED}:
            continue
        said = looks_of_this_round(steps[:number])
        confirmed = [
            each
            for each in said
            if each.command.action in {Action.CONFIRM, Action.SECOND_CONFIRM, Action.ADJUDICATE_CONFIRM}
        ]
        assert confirmed, [each.command.action for each in steps[: number + 1]]
        assert all(each.command.role in PEOPLE and not each.command.blocked for each in confirmed)
        assert not any(each.command.plate_unknown for each in confirmed)
        first = next(each for each in said if each.command.action in FIRST_ANSWERS)
        if first.command.second_look is not None:
            assert len({each.command.actor for each in said if each.command.role in PEOPLE}) >= 2
        last = [each for each in said if each.target in {CaseState.CONFIRMED, CaseState.REJECTED}][-1]
        assert last.target == CaseState.CONFIRMED


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_nobody_looks_twice_at_one_case_and_a_supervisor_settles_what_two_others_said(dice: random.Random) -> None:
    steps = directed(dice, shadow=False, length=40)
    for number, step in enumerate(steps):
        if Guard.ANOTHER_PERSON in TRANSITIONS[step.command.action].guards:
            said = looks_of_this_round(steps[:number])
            lookers = {each.command.actor for each in said if each.command.action in FIRST_ANSWERS | {Action.DIFFER}}
            assert step.command.actor not in lookers
        if step.source == CaseState.ADJUDICATION and step.target in {CaseState.CONFIRMED, CaseState.REJECTED}:
            assert step.command.role == Role.SUPERVISOR


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_a_known_negative_never_reaches_anybody_but_its_reviewer(dice: random.Random) -> None:
    steps = directed(dice, shadow=False, length=40)
    seeded = [number for number, step in enumerate(steps) if step.target == CaseState.SEEDED]
    assert all(step.target == CaseState.REJECTED for step in steps if step.source == CaseState.SEEDED)
    if seeded:
        assert {step.target for step in steps[seeded[0] :]} <= {CaseState.SEEDED, CaseState.REJECTED}


def test_whatever_is_done_with_a_known_negative_no_way_leads_out() -> None:
    """Over the whole table, not only where a walk came: nothing but rejected is reached from a seeded case."""
    looks = {"first_answer": "reject", "first_by": "a", "second_answer": "reject", "second_by": "b"}
    reached, found = {CaseState.SEEDED}, True
    facts = [
        Facts(
            actor=actor,
            answer=answer,  # type: ignore[arg-type]
            first_answer="reject",
            first_by="a",
            second_by="b",
            second_look_due=second_look_due("seeded", looks["second_by"]),
            limitation_passed=over,
            on_pavement=True,
            lead_stands=True,
        )
        for actor in PERSONS
        for answer in ("confirm", "reject")
        for over in (False, True)
    ]
    while found:
        ways = [
            (row.action, state, role, each)
            for row in TRANSITIONS.values()
            for state in row.sources & reached
            for role in row.roles
            for each in facts
        ]
        targets = {target for way in ways if (target := _target(*way)) is not None}
        found = not targets <= reached
        reached |= targets
    assert reached == {CaseState.SEEDED, CaseState.REJECTED}


def _target(action: Action, state: CaseState, role: Role, facts: Facts) -> CaseState | None:
    try:
        return next_state(action, state=state, role=role, facts=facts)
    except CentreError:
        return None


@given(st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=150, deadline=None)
def test_every_step_of_a_walk_passed_each_of_its_guards(dice: random.Random, shadow: bool) -> None:
    for step in directed(dice, shadow=shadow, length=40):
        row = TRANSITIONS[step.command.action]
        assert step.source in row.sources
        assert step.command.role in row.roles
        assert [GUARDS[guard](step.facts) for guard in row.guards] == [None] * len(row.guards)


@given(commands, st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_accepted_commands_alone_give_the_same_states_again(path: list[Command], shadow: bool) -> None:
    taken = walk(path, shadow=shadow)
    assert walk([step.command for step in taken], shadow=shadow) == taken


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_police_alone_move_what_they_took_over(dice: random.Random) -> None:
    for step in directed(dice, shadow=False, length=40):
        if step.source in POLICE_STATES - {CaseState.TRANSFERRED, CaseState.RETURNED}:
            others = {Action.EXPIRE: Role.SYSTEM, Action.OBJECT: Role.CITIZEN}
            assert step.command.role == others.get(step.command.action, Role.POLICE)


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_what_the_police_took_over_comes_back_only_when_they_return_it(dice: random.Random) -> None:
    """Neither the end of a lease of the unit that it was referred to, nor the centre takes it from them."""
    theirs = False
    for step in directed(dice, shadow=False, length=60):
        if step.command.action in {Action.ACKNOWLEDGE, Action.RETURN}:
            theirs = step.command.action == Action.ACKNOWLEDGE
        assert not theirs or step.target in POLICE_STATES | FINAL_STATES
        assert not theirs or step.target != CaseState.WITHDRAWN


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_a_shadow_case_never_leaves_measuring_and_no_other_case_is_measured(dice: random.Random) -> None:
    assert {step.target for step in directed(dice, shadow=True, length=20)} <= JUDGED_STATES
    assert not {step.target for step in directed(dice, shadow=False, length=20)} & JUDGED_STATES


@given(st.sampled_from(Action), st.sampled_from(CaseState), st.sampled_from(Role), st.data())
def test_every_step_is_either_in_the_table_or_refused(
    action: Action, state: CaseState, role: Role, data: st.DataObject
) -> None:
    facts = data.draw(
        st.builds(
            Facts,
            actor=st.sampled_from(PERSONS),
            first_by=st.sampled_from(PERSONS),
            second_by=st.none() | st.sampled_from(PERSONS),
            answer=st.sampled_from(["confirm", "reject"]),
            first_answer=st.sampled_from(["confirm", "reject"]),
            blocked_by=st.frozensets(st.sampled_from(Blocker), max_size=1),
        )
    )
    row = TRANSITIONS[action]
    allowed = role in row.roles and state in row.sources and not any(GUARDS[guard](facts) for guard in row.guards)
    if allowed:
        assert next_state(action, state=state, role=role, facts=facts) == row.target
    else:
        with pytest.raises((NotAllowed, Conflict)):
            next_state(action, state=state, role=role, facts=facts)


def test_edge_admin_and_auditor_move_no_case_and_the_machine_confirms_none() -> None:
    for row in TRANSITIONS.values():
        assert not row.roles & {Role.EDGE, Role.ADMIN, Role.AUDITOR}
        if row.target in {CaseState.CONFIRMED, CaseState.REJECTED, CaseState.CANCELLED} | DECIDED_STATES:
            assert Role.SYSTEM not in row.roles


def test_every_step_has_one_row_every_state_is_reached_and_every_guard_is_asked_for() -> None:
    assert set(TRANSITIONS) == set(Action)
    assert {row.target for row in TRANSITIONS.values()} == set(CaseState) - {CaseState.DETECTED}
    assert set(GUARDS) == set(Guard) == {guard for row in TRANSITIONS.values() for guard in row.guards}


GOOD = Facts(actor="user:mai", first_by="user:lan", first_answer="confirm")


@pytest.mark.parametrize(
    ("guard", "refused"),
    [
        (Guard.NOTHING_BLOCKS, replace(GOOD, blocked_by=frozenset({Blocker.EVIDENCE_GAPS}))),
        (Guard.COUNTS, replace(GOOD, shadow=True)),
        (Guard.SHADOW_ONLY, GOOD),
        (Guard.SECOND_LOOK_DUE, GOOD),
        (Guard.EVERY_LOOK_TAKEN, replace(GOOD, second_look_due=True)),
        (Guard.ANOTHER_PERSON, replace(GOOD, actor="user:lan")),
        (Guard.ANOTHER_PERSON, replace(GOOD, second_by="user:mai")),
        (Guard.FIRST_CONFIRMED, replace(GOOD, first_answer="reject")),
        (Guard.FIRST_REJECTED, GOOD),
        (Guard.ANSWERS_DIFFER, replace(GOOD, answer="confirm")),
        (
            Guard.OPEN_TO_THE_ANSWER,
            replace(GOOD, answer="confirm", blocked_by=frozenset({Blocker.EVIDENCE_GAPS})),
        ),
        (Guard.KNOWN_NEGATIVE, GOOD),
        (Guard.NOTICE_IN_TIME, replace(GOOD, notice_overdue=True)),
        (Guard.WITHIN_LIMITATION, replace(GOOD, limitation_passed=True)),
        (Guard.LIMITATION_PASSED, GOOD),
        (Guard.NOTICE_UNANSWERED, GOOD),
        (Guard.ON_PAVEMENT, GOOD),
        (Guard.LEAD_STANDS, GOOD),
        (Guard.WAS_READY, replace(GOOD, pulled_from=CaseState.REFERRED_COMMUNE)),
        (Guard.WAS_THE_COMMUNES, GOOD),
        (Guard.WAS_THE_WARD_PCS, GOOD),
        (Guard.NOT_TAKEN_OVER, replace(GOOD, taken_over=True)),
        (Guard.LEAD_ENDED, replace(GOOD, lead_stands=True)),
        (Guard.PLATE_KNOWN, replace(GOOD, plate_known=False)),
        (Guard.OPEN_TO_THE_ANSWER, replace(GOOD, answer="confirm", plate_known=False)),
        (Guard.PERSONS_KNOWN, replace(GOOD, persons_unknown=True)),
        (Guard.PLATES_AGREE, replace(GOOD, answer="confirm", plates_differ=True)),
    ],
)
def test_each_guard_refuses_in_words(guard: Guard, refused: Facts) -> None:
    why = GUARDS[guard](refused)
    assert why is not None
    assert len(why) > 10


def test_every_state_that_is_not_final_has_a_way_on_that_a_person_may_take() -> None:
    sources = {state for row in TRANSITIONS.values() for state in row.sources}
    assert set(CaseState) - sources == FINAL_STATES
    by_people = {state for row in TRANSITIONS.values() if row.roles - {Role.SYSTEM} for state in row.sources}
    assert set(CaseState) - by_people - FINAL_STATES == {CaseState.REJECTED}


def test_every_state_leads_to_an_end() -> None:
    ends = FINAL_STATES | {CaseState.REJECTED} | JUDGED_STATES
    reaching: set[CaseState] = set(ends)
    while True:
        more = {s for row in TRANSITIONS.values() if row.target in reaching for s in row.sources} - reaching
        if not more:
            break
        reaching |= more
    assert reaching == set(CaseState)


def test_after_a_year_nothing_is_open_but_expiry_unless_it_was_decided_in_time() -> None:
    late = Facts(limitation_passed=True, notice_unanswered=True, on_pavement=True, lead_stands=True)
    for row in TRANSITIONS.values():
        for state in row.sources - DECIDED_STATES - MEASURED - {CaseState.SEEDED}:
            for role in row.roles:
                if row.action in PUT_BACK.values():
                    continue  # what a lease held is put back, and expires from there
                if row.action == Action.EXPIRE:
                    assert next_state(row.action, state=state, role=role, facts=late) == CaseState.EXPIRED
                else:
                    with pytest.raises(Conflict):
                        next_state(row.action, state=state, role=role, facts=late)


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_limitation_is_a_year_of_hue_s_calendar(at: datetime) -> None:
    assert timedelta(days=365) <= limitation_ends(at) - at <= timedelta(days=366)
    assert not limitation_passed(at, limitation_ends(at) - timedelta(milliseconds=1))
    assert limitation_passed(at, limitation_ends(at))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ()),
        ({"shadow": True}, (Blocker.SHADOW_MODE,)),
        ({"integrity": "bad_signature"}, (Blocker.BAD_SIGNATURE,)),
        ({"integrity": "unknown_signer"}, (Blocker.UNKNOWN_SIGNER,)),
        ({"integrity": "hash_mismatch"}, (Blocker.HASH_MISMATCH,)),
        ({"files_missing": 2}, (Blocker.EVIDENCE_MISSING,)),
        ({"gaps": 1}, (Blocker.EVIDENCE_GAPS,)),
        ({"must_items_missing": 1}, (Blocker.MUST_ITEM_MISSING,)),
        ({"queue": None}, (Blocker.NO_RECEIVER,)),
        ({"from_the_future": True}, (Blocker.FROM_THE_FUTURE,)),
        ({"duplicates_open": 1}, (Blocker.DUPLICATE_OPEN,)),
    ],
)
def test_each_fault_blocks_by_its_own_name(changes: dict[str, object], expected: tuple[Blocker, ...]) -> None:
    sound = {
        "shadow": False,
        "integrity": "valid",
        "files_missing": 0,
        "gaps": 0,
        "must_items_missing": 0,
        "queue": "traffic_police",
    }
    assert blockers(**(sound | changes)) == expected  # type: ignore[arg-type]


@given(st.sampled_from(sorted(REASONS)))
def test_a_reason_is_good_for_exactly_those_whom_the_list_names(code: str) -> None:
    for row in TRANSITIONS.values():
        if row.reason_by is None:
            continue
        if row.reason_by in REASONS[code].who:
            check_reason(row.action, reason_code=code, note="said", reasons=REASONS)
        else:
            with pytest.raises(Invalid):
                check_reason(row.action, reason_code=code, note="said", reasons=REASONS)


def test_other_needs_words_unknown_codes_and_unwanted_codes_are_refused() -> None:
    check: Callable[..., None] = check_reason
    with pytest.raises(Invalid, match="note"):
        check(Action.REJECT, reason_code="OTHER", note=" \u200b.", reasons=REASONS)
    with pytest.raises(Invalid, match="known reason"):
        check(Action.REJECT, reason_code="NO_SUCH", note="x", reasons=REASONS)
    with pytest.raises(Invalid, match="known reason"):
        check(Action.RETURN, reason_code=None, note="x", reasons=REASONS)
    with pytest.raises(Invalid, match="no reason"):
        check(Action.CONFIRM, reason_code="OTHER", note="x", reasons=REASONS)
    with pytest.raises(Invalid, match="note"):
        check(Action.REQUEUE, reason_code=None, note=" .", reasons=REASONS)


def test_people_have_words_for_everything_that_a_case_can_be() -> None:
    assert set(STATE_WORDS) == set(CaseState)
    assert set(ACTION_WORDS) == set(Action)
    assert set(BLOCKER_WORDS) == set(Blocker)
    assert set(CaseState) > AWAITING_REVIEW


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_a_case_that_was_split_off_goes_on_from_its_first_look(dice: random.Random) -> None:
    steps = directed(dice, shadow=False, length=40)
    for number, step in enumerate(steps):
        if step.command.action == Action.MERGE:
            assert step.source not in POLICE_STATES - {CaseState.RETURNED}
            assert step.source != CaseState.READY
        if step.source == CaseState.DUPLICATE:
            assert step.command.action in {Action.SPLIT, Action.LEAD_ENDED, Action.EXPIRE}
        if step.command.action in {Action.SPLIT, Action.LEAD_ENDED} and number + 1 < len(steps):
            following = steps[number + 1]
            assert following.facts.first_by is None
            assert following.target not in {CaseState.READY, CaseState.REMINDED} | POLICE_STATES


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_two_who_read_two_plates_never_agree(dice: random.Random) -> None:
    steps = directed(dice, shadow=False, length=40)
    for number, step in enumerate(steps):
        if step.command.action == Action.SECOND_CONFIRM:
            first = [each for each in looks_of_this_round(steps[:number]) if each.command.action == Action.CONFIRM][-1]
            assert step.command.plate == first.command.plate
