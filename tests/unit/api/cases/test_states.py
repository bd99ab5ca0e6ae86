import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.camera import Mode
from domain.cases.roles import Role
from domain.cases.states import (
    FINAL_STATES,
    JUDGED_STATES,
    POLICE_STATES,
    TRANSITIONS,
    Action,
    Blocker,
    CaseState,
    blockers,
    check_reason,
    next_state,
)
from domain.cases.words import ACTION_WORDS, BLOCKER_WORDS, STATE_WORDS
from domain.errors import CentreError, Conflict, Invalid, NotAllowed
from domain.law.rejection import rejection_reasons

REASONS = rejection_reasons()
steps = st.lists(
    st.tuples(st.sampled_from(Action), st.sampled_from(Role), st.sets(st.sampled_from(Blocker), max_size=2)),
    max_size=30,
)


def walk(path: list[tuple[Action, Role, set[Blocker]]]) -> list[tuple[CaseState, Action, Role, set[Blocker]]]:
    """Take every step that the table lets through; returns the state after each with what was done."""
    state, taken = CaseState.DETECTED, []
    for action, role, blocked_by in path:
        try:
            state = next_state(action, state=state, role=role, blocked_by=blocked_by)
        except CentreError:
            continue
        taken.append((state, action, role, blocked_by))
    return taken


@given(steps)
@settings(max_examples=300, deadline=None)
def test_no_path_leads_to_the_police_without_a_person_who_confirmed_it_unblocked(
    path: list[tuple[Action, Role, set[Blocker]]],
) -> None:
    taken = walk(path)
    for position, (state, *_) in enumerate(taken):
        if state in POLICE_STATES or state == CaseState.READY:
            confirmed = [
                (role, blocked_by) for s, action, role, blocked_by in taken[:position] if action == Action.CONFIRM
            ]
            assert confirmed
            assert all(role in {Role.OPERATOR, Role.SUPERVISOR} and not blocked for role, blocked in confirmed)


@given(steps)
@settings(max_examples=300, deadline=None)
def test_a_final_state_is_never_left(path: list[tuple[Action, Role, set[Blocker]]]) -> None:
    states = [state for state, *_ in walk(path)]
    finals = [position for position, state in enumerate(states) if state in FINAL_STATES]
    assert not finals or finals[0] == len(states) - 1


@given(st.sampled_from(Action), st.sampled_from(CaseState), st.sampled_from(Role), st.sets(st.sampled_from(Blocker)))
def test_every_step_is_either_in_the_table_or_refused(
    action: Action, state: CaseState, role: Role, blocked_by: set[Blocker]
) -> None:
    row = TRANSITIONS[action]
    fits = row.shadow is None or row.shadow == (Blocker.SHADOW_MODE in blocked_by)
    allowed = role in row.roles and state in row.sources and fits and not (row.needs_no_blocker and blocked_by)
    if allowed:
        assert next_state(action, state=state, role=role, blocked_by=blocked_by) == row.target
    else:
        with pytest.raises((NotAllowed, Conflict)):
            next_state(action, state=state, role=role, blocked_by=blocked_by)


def test_edge_admin_and_auditor_move_no_case() -> None:
    for row in TRANSITIONS.values():
        assert not row.roles & {Role.EDGE, Role.ADMIN, Role.AUDITOR}


def test_every_step_has_one_row_and_every_state_but_the_first_is_reached() -> None:
    assert set(TRANSITIONS) == set(Action)
    assert {row.target for row in TRANSITIONS.values()} == set(CaseState) - {CaseState.DETECTED}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ()),
        ({"mode": Mode.SHADOW}, (Blocker.SHADOW_MODE,)),
        ({"integrity": "bad_signature"}, (Blocker.BAD_SIGNATURE,)),
        ({"integrity": "unknown_signer"}, (Blocker.UNKNOWN_SIGNER,)),
        ({"integrity": "hash_mismatch"}, (Blocker.HASH_MISMATCH,)),
        ({"files_missing": 2}, (Blocker.EVIDENCE_MISSING,)),
        ({"gaps": 1}, (Blocker.EVIDENCE_GAPS,)),
        ({"must_items_missing": 1}, (Blocker.MUST_ITEM_MISSING,)),
        ({"queue": None}, (Blocker.NO_RECEIVER,)),
        ({"from_the_future": True}, (Blocker.FROM_THE_FUTURE,)),
    ],
)
def test_each_fault_blocks_by_its_own_name(changes: dict[str, object], expected: tuple[Blocker, ...]) -> None:
    sound = {
        "mode": Mode.ENFORCE,
        "integrity": "valid",
        "files_missing": 0,
        "gaps": 0,
        "must_items_missing": 0,
        "queue": "traffic_police",
    }
    assert blockers(**(sound | changes)) == expected  # type: ignore[arg-type]


@given(st.sampled_from(sorted(REASONS)))
def test_a_reason_is_good_for_exactly_those_whom_the_list_names(code: str) -> None:
    theirs = (Action.REJECT, Action.WITHDRAW, Action.CLOSE, Action.JUDGE_WRONG)
    for action, who in (*((action, "operator") for action in theirs), (Action.RETURN, "police")):
        if who in REASONS[code].who:
            check_reason(action, reason_code=code, note="said", reasons=REASONS)
        else:
            with pytest.raises(Invalid):
                check_reason(action, reason_code=code, note="said", reasons=REASONS)


def test_other_needs_words_unknown_codes_and_unwanted_codes_are_refused() -> None:
    with pytest.raises(Invalid, match="note"):
        check_reason(Action.REJECT, reason_code="OTHER", note=" \u200b.", reasons=REASONS)
    with pytest.raises(Invalid, match="known reason"):
        check_reason(Action.REJECT, reason_code="NO_SUCH", note="x", reasons=REASONS)
    with pytest.raises(Invalid, match="known reason"):
        check_reason(Action.RETURN, reason_code=None, note="x", reasons=REASONS)
    with pytest.raises(Invalid, match="no reason"):
        check_reason(Action.CONFIRM, reason_code="OTHER", note="x", reasons=REASONS)
    with pytest.raises(Invalid, match="note"):
        check_reason(Action.REQUEUE, reason_code=None, note=" .", reasons=REASONS)


@given(steps)
@settings(max_examples=300, deadline=None)
def test_a_shadow_case_never_leaves_measuring_and_no_other_case_is_measured(
    path: list[tuple[Action, Role, set[Blocker]]],
) -> None:
    """Whatever is asked in whatever order: the mode of a case never changes, so it blocks every step alike."""
    shadowed = walk([(action, role, blocked | {Blocker.SHADOW_MODE}) for action, role, blocked in path])
    assert {state for state, *_ in shadowed} <= JUDGED_STATES
    counting = walk([(action, role, blocked - {Blocker.SHADOW_MODE}) for action, role, blocked in path])
    assert not {state for state, *_ in counting} & JUDGED_STATES


@given(steps)
@settings(max_examples=300, deadline=None)
def test_the_accepted_commands_alone_give_the_same_states_again(
    path: list[tuple[Action, Role, set[Blocker]]],
) -> None:
    taken = walk(path)
    assert walk([(action, role, blocked_by) for _, action, role, blocked_by in taken]) == taken


def test_every_state_that_is_not_final_has_a_way_on_for_its_kind_of_case() -> None:
    measured = {CaseState.DETECTED} | JUDGED_STATES
    for shadow, states in ((True, measured), (False, set(CaseState) - JUDGED_STATES)):
        rows = [row for row in TRANSITIONS.values() if row.shadow in {None, shadow}]
        left = {source for row in rows for source in row.sources}
        assert states - left == (set() if shadow else FINAL_STATES)


def test_people_have_words_for_everything_that_a_case_can_be() -> None:
    assert set(STATE_WORDS) == set(CaseState)
    assert set(ACTION_WORDS) == set(Action)
    assert set(BLOCKER_WORDS) == set(Blocker)
