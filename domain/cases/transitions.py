"""The life of a case as one table: from where to where, by whom, under which guards. Pure; words for it: words.py.

Only people decide; the machine packs, sorts, times and routes. From the transfer on the police own every state.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from domain.cases.guards import GUARDS, Facts, Guard
from domain.cases.roles import Role
from domain.cases.states import (
    AWAITING_POLICE,
    DECIDED_STATES,
    FINAL_STATES,
    JUDGED_STATES,
    NOTICED_STATES,
    UNDECIDED,
    Action,
    CaseState,
)
from domain.errors import Conflict, Invalid, NotAllowed
from domain.law.rejection import RejectionReason, Who

REASON_OTHER = "OTHER"
_PEOPLE = frozenset({Role.OPERATOR, Role.SUPERVISOR})
_SUPERVISOR = frozenset({Role.SUPERVISOR})
_ON_THE_SPOT = _PEOPLE | {Role.WARD}
_POLICE = frozenset({Role.POLICE})
_MACHINE = frozenset({Role.SYSTEM})
_CITIZEN = frozenset({Role.CITIZEN})
PUT_BACK: Mapping[CaseState, Action] = {
    CaseState.READY: Action.EXPIRE_LEASE,
    CaseState.REFERRED_COMMUNE: Action.EXPIRE_LEASE_OF_COMMUNE,
    CaseState.REFERRED_WARD_PC: Action.EXPIRE_LEASE_OF_WARD_PC,
}
"""By where a case waited when it was pulled: the step that puts it back there when the lease ends."""
_NO_LIMITATION = DECIDED_STATES | {CaseState.SEEDED}  # decided in time, or decided already and only measures


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One row of the table."""

    action: Action
    sources: frozenset[CaseState]
    target: CaseState
    roles: frozenset[Role]
    guards: tuple[Guard, ...]
    needs_note: bool = False  # words of the actor must come with it
    reason_by: Who | None = None  # a rejection reason that this actor may give must come with it


def _row(
    action: Action,
    sources: Collection[CaseState],
    target: CaseState,
    roles: frozenset[Role],
    *guards: Guard,
    needs_note: bool = False,
    reason_by: Who | None = None,
) -> Transition:
    """A row of the table; it is for cases that count, within a year of the act, unless it says otherwise."""
    usual = [] if Guard.SHADOW_ONLY in guards else [Guard.COUNTS]
    always = set(sources) <= _NO_LIMITATION or action in PUT_BACK.values()  # what a lease held is put back first
    if not {Guard.SHADOW_ONLY, Guard.LIMITATION_PASSED} & set(guards) and not always:
        usual.append(Guard.WITHIN_LIMITATION)
    return Transition(
        action=action,
        sources=frozenset(sources),
        target=target,
        roles=roles,
        guards=(*usual, *guards),
        needs_note=needs_note,
        reason_by=reason_by,
    )


_S, _A, _G = CaseState, Action, Guard
_SOUND = (_G.NOTHING_BLOCKS, _G.PLATE_KNOWN)
_VERIFYING = {_S.VERIFYING, _S.VERIFICATION_EXTENDED}
_REFERRED = {_S.REFERRED_COMMUNE, _S.REFERRED_WARD_PC}
_AT_THE_CENTRE = {
    _S.QUEUED,
    _S.NEEDS_EVIDENCE,
    _S.CONFIRMED,
    _S.SECOND_REVIEW,
    _S.ADJUDICATION,
    _S.READY,
    _S.REMINDED,
    _S.RETURNED,
}
_WITH_THE_POLICE = {_S.RECEIVED, *_VERIFYING, *_REFERRED, _S.OWNER_IDENTIFIED, *(NOTICED_STATES - DECIDED_STATES)}
_NEVER_EXPIRE = FINAL_STATES | JUDGED_STATES | DECIDED_STATES | {_S.REJECTED, _S.SEEDED}

_ROWS = (
    # the machine lets in and drops
    _row(_A.QUEUE, {_S.DETECTED}, _S.QUEUED, _MACHINE),
    _row(_A.DISCARD, {_S.DETECTED, _S.QUEUED, _S.NEEDS_EVIDENCE}, _S.AUTO_DISCARDED, _MACHINE, reason_by="system"),
    # people review
    _row(_A.CONFIRM, {_S.QUEUED}, _S.CONFIRMED, _PEOPLE, *_SOUND, _G.NOTICE_IN_TIME),
    _row(_A.REJECT, {_S.DETECTED, _S.QUEUED, _S.NEEDS_EVIDENCE}, _S.REJECTED, _PEOPLE, reason_by="operator"),
    _row(_A.ASK_EVIDENCE, {_S.QUEUED, _S.SECOND_REVIEW}, _S.NEEDS_EVIDENCE, _PEOPLE, needs_note=True),
    _row(_A.EVIDENCE_ADDED, {_S.NEEDS_EVIDENCE}, _S.QUEUED, _PEOPLE, needs_note=True),
    _row(_A.LOOK_AGAIN, {_S.CONFIRMED, _S.REJECTED}, _S.SECOND_REVIEW, _MACHINE, _G.SECOND_LOOK_DUE),
    _row(
        _A.SECOND_CONFIRM,
        {_S.SECOND_REVIEW},
        _S.CONFIRMED,
        _PEOPLE,
        _G.ANOTHER_PERSON,
        _G.FIRST_CONFIRMED,
        _G.PLATES_AGREE,
        _G.PERSONS_KNOWN,
        *_SOUND,
    ),
    _row(
        _A.SECOND_REJECT,
        {_S.SECOND_REVIEW},
        _S.REJECTED,
        _PEOPLE,
        _G.ANOTHER_PERSON,
        _G.FIRST_REJECTED,
        reason_by="operator",
    ),
    _row(
        _A.DIFFER,
        {_S.SECOND_REVIEW},
        _S.ADJUDICATION,
        _PEOPLE,
        _G.ANOTHER_PERSON,
        _G.ANSWERS_DIFFER,
        _G.OPEN_TO_THE_ANSWER,
    ),
    _row(
        _A.ADJUDICATE_CONFIRM,
        {_S.ADJUDICATION},
        _S.CONFIRMED,
        _SUPERVISOR,
        _G.ANOTHER_PERSON,
        _G.PERSONS_KNOWN,
        *_SOUND,
    ),
    _row(_A.ADJUDICATE_REJECT, {_S.ADJUDICATION}, _S.REJECTED, _SUPERVISOR, _G.ANOTHER_PERSON, reason_by="operator"),
    # known negatives measure reviewers; no row leads from them to anything but rejected
    _row(_A.SEED, {_S.REJECTED}, _S.SEEDED, _MACHINE, _G.KNOWN_NEGATIVE, _G.NOTHING_BLOCKS),
    _row(_A.SEED_CAUGHT, {_S.SEEDED}, _S.REJECTED, _PEOPLE, _G.ANOTHER_PERSON),
    _row(_A.SEED_MISSED, {_S.SEEDED}, _S.REJECTED, _PEOPLE, _G.ANOTHER_PERSON),
    # confirmed: to the ward first, or to the police
    _row(
        _A.RELEASE,
        {_S.CONFIRMED},
        _S.READY,
        _MACHINE,
        _G.EVERY_LOOK_TAKEN,
        *_SOUND,
        _G.NOTICE_IN_TIME,
    ),
    _row(_A.REMIND, {_S.READY}, _S.REMINDED, _PEOPLE, _G.ON_PAVEMENT),
    _row(_A.STILL_THERE, {_S.REMINDED}, _S.READY, _ON_THE_SPOT, _G.NOTHING_BLOCKS),
    _row(_A.HANDLE_IN_FIELD, {_S.REMINDED}, _S.FIELD_HANDLED, _ON_THE_SPOT, needs_note=True),
    _row(_A.TRANSFER, AWAITING_POLICE, _S.TRANSFERRED, _POLICE, _G.EVERY_LOOK_TAKEN, _G.NOTHING_BLOCKS),
    _row(_A.EXPIRE_LEASE, {_S.TRANSFERRED}, _S.READY, _MACHINE, _G.WAS_READY),
    _row(_A.EXPIRE_LEASE_OF_COMMUNE, {_S.TRANSFERRED}, _S.REFERRED_COMMUNE, _MACHINE, _G.WAS_THE_COMMUNES),
    _row(_A.EXPIRE_LEASE_OF_WARD_PC, {_S.TRANSFERRED}, _S.REFERRED_WARD_PC, _MACHINE, _G.WAS_THE_WARD_PCS),
    _row(_A.ACKNOWLEDGE, {_S.TRANSFERRED}, _S.RECEIVED, _POLICE),
    # the police's own states
    _row(_A.VERIFY, {_S.RECEIVED}, _S.VERIFYING, _POLICE),
    _row(_A.EXTEND_VERIFICATION, {_S.VERIFYING}, _S.VERIFICATION_EXTENDED, _POLICE, needs_note=True),
    _row(_A.POLICE_REJECT, _VERIFYING | _REFERRED, _S.POLICE_REJECTED, _POLICE, reason_by="police"),
    _row(_A.REFER_COMMUNE, _VERIFYING, _S.REFERRED_COMMUNE, _POLICE),
    _row(_A.REFER_WARD_PC, _VERIFYING, _S.REFERRED_WARD_PC, _POLICE),
    _row(_A.IDENTIFY_OWNER, _VERIFYING | _REFERRED, _S.OWNER_IDENTIFIED, _POLICE),
    _row(_A.SEND_NOTICE, {_S.OWNER_IDENTIFIED}, _S.NOTICE_SENT, _POLICE),
    _row(_A.PUBLISH, {_S.NOTICE_SENT}, _S.PUBLISHED, _POLICE, _G.NOTICE_UNANSWERED),
    _row(_A.OWNER_RESPONDS, {_S.NOTICE_SENT, _S.PUBLISHED}, _S.OWNER_RESPONDED, _POLICE),
    _row(_A.CONTEST, {_S.OWNER_RESPONDED}, _S.CONTESTED, _POLICE),
    _row(_A.OBJECT, {_S.NOTICE_SENT, _S.PUBLISHED, _S.OWNER_RESPONDED}, _S.CONTESTED, _CITIZEN, needs_note=True),
    _row(_A.UPHOLD, {_S.CONTESTED}, _S.UPHELD, _POLICE, needs_note=True),
    _row(_A.NAME_DRIVER, {_S.OWNER_RESPONDED, _S.UPHELD}, _S.DRIVER_NAMED, _POLICE),
    _row(
        _A.MAKE_RECORD,
        {_S.OWNER_RESPONDED, _S.UPHELD, _S.DRIVER_NAMED, *_VERIFYING, *_REFERRED},
        _S.RECORD_MADE,
        _POLICE,
    ),
    _row(_A.ISSUE_DECISION, {_S.RECORD_MADE}, _S.DECISION_ISSUED, _POLICE),
    _row(_A.RECORD_PAYMENT, {_S.DECISION_ISSUED}, _S.PAID, _POLICE),
    _row(_A.ENFORCE, {_S.DECISION_ISSUED}, _S.ENFORCED, _POLICE),
    _row(_A.SETTLE, {_S.PAID, _S.ENFORCED}, _S.SETTLED, _POLICE),
    _row(_A.PROCESS, {_S.RECEIVED, *_VERIFYING}, _S.PROCESSED, _POLICE),
    _row(
        _A.RETURN,
        {_S.TRANSFERRED, _S.RECEIVED, *_VERIFYING, *_REFERRED, _S.OWNER_IDENTIFIED},
        _S.RETURNED,
        _POLICE,
        reason_by="police",
    ),
    _row(_A.POLICE_CANCEL, _WITH_THE_POLICE, _S.CANCELLED, _POLICE, reason_by="police"),
    # the centre takes back, mends, ends
    _row(
        _A.WITHDRAW,
        {_S.READY, _S.TRANSFERRED},
        _S.WITHDRAWN,
        _SUPERVISOR,
        _G.NOT_TAKEN_OVER,
        reason_by="operator",
    ),
    _row(_A.REQUEUE, {_S.RETURNED}, _S.QUEUED, _PEOPLE, needs_note=True),
    _row(_A.CLOSE, {_S.RETURNED}, _S.CLOSED, _PEOPLE, reason_by="operator"),
    _row(_A.CANCEL, _AT_THE_CENTRE, _S.CANCELLED, _SUPERVISOR, _G.NOT_TAKEN_OVER, reason_by="operator"),
    _row(_A.EXPIRE, set(CaseState) - _NEVER_EXPIRE, _S.EXPIRED, _MACHINE, _G.LIMITATION_PASSED, reason_by="system"),
    # one act, one case: a person says that two are one, and may take it back
    _row(_A.MERGE, UNDECIDED, _S.DUPLICATE, _PEOPLE, _G.LEAD_STANDS),
    _row(_A.SPLIT, {_S.DUPLICATE}, _S.QUEUED, _PEOPLE, needs_note=True),
    _row(_A.LEAD_ENDED, {_S.DUPLICATE}, _S.QUEUED, _MACHINE, _G.LEAD_ENDED),
    # rules in shadow mode are measured, and their cases go nowhere else
    _row(_A.JUDGE_RIGHT, {_S.DETECTED, _S.JUDGED_WRONG}, _S.JUDGED_RIGHT, _PEOPLE, _G.SHADOW_ONLY),
    _row(
        _A.JUDGE_WRONG,
        {_S.DETECTED, _S.JUDGED_RIGHT},
        _S.JUDGED_WRONG,
        _PEOPLE,
        _G.SHADOW_ONLY,
        reason_by="operator",
    ),
)

TRANSITIONS: Mapping[Action, Transition] = {row.action: row for row in _ROWS}


def next_state(action: Action, *, state: CaseState, role: Role, facts: Facts) -> CaseState:
    """Where an action leads.

    Raises:
        NotAllowed: the role may not do this.
        Conflict: the case is not where the action starts, or a guard refuses it.

    Examples:
        >>> next_state(Action.RELEASE, state=CaseState.CONFIRMED, role=Role.SYSTEM, facts=Facts())
        <CaseState.READY: 'ready'>
    """
    row = TRANSITIONS[action]
    if role not in row.roles:
        raise NotAllowed(f"the role {role} may not {action} a case")
    if state not in row.sources:
        raise Conflict(f"a case that is {state} cannot take the step {action}")
    for guard in row.guards:
        refused = GUARDS[guard](facts)
        if refused is not None:
            raise Conflict(f"the step {action} is not open: {refused}")
    return row.target


def check_reason(action: Action, *, reason_code: str | None, note: str, reasons: Mapping[str, RejectionReason]) -> None:
    """A step that needs a reason has one that its actor may give; OTHER says which; other steps have none.

    Raises:
        Invalid: the reason or note is missing, unknown, not this actor's, not wanted, or not explained.
    """
    if TRANSITIONS[action].needs_note and not _has_words(note):
        raise Invalid(f"the step {action} needs a note that says why")
    who = TRANSITIONS[action].reason_by
    if who is None:
        if reason_code is not None:
            raise Invalid(f"the step {action} takes no reason code")
        return
    check_reason_of(action, who, reason_code=reason_code, note=note, reasons=reasons)


def check_reason_of(
    action: Action, who: Who, *, reason_code: str | None, note: str, reasons: Mapping[str, RejectionReason]
) -> None:
    """A reason is known, this actor's to give, and explained where it must be; raises as ``check_reason``."""
    reason = reasons.get(reason_code or "")
    if reason is None:
        raise Invalid(f"the step {action} needs a known reason code, got {reason_code!r}")
    if who not in reason.who:
        raise Invalid(f"the reason {reason.code} is not for the {who} to give")
    if reason.code == REASON_OTHER and not _has_words(note):
        raise Invalid("the reason OTHER needs a note that says what it is")


def _has_words(note: str) -> bool:
    return any(letter.isalnum() for letter in note)
