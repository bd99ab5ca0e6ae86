"""The life of a case as a table: from where to where, by whom, under which guards. Pure; words for it: words.py."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.camera import Mode
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotAllowed
from domain.law.rejection import RejectionReason, Who


class CaseState(StrEnum):
    """Where a case stands."""

    DETECTED = "detected"  # of a rule in shadow mode: whole, for measuring; it waits for nobody
    QUEUED = "queued"  # whole, waits for a person
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    READY = "ready"  # waits for the police
    TRANSFERRED = "transferred"  # leased to one officer
    RECEIVED = "received"  # the officer gave a receipt
    PROCESSED = "processed"
    RETURNED = "returned"  # by the police, with a reason; a person sends it again or closes it
    CLOSED = "closed"  # returned, and nothing more is done with it
    JUDGED_RIGHT = "judged_right"  # shadow: a person says that the rule was right
    JUDGED_WRONG = "judged_wrong"  # shadow: and here that it was not


class Action(StrEnum):
    """What moves a case."""

    QUEUE = "queue"  # a case from before packages came whole got its last file
    CONFIRM = "confirm"
    REJECT = "reject"
    RELEASE = "release"  # after all the looks it needs; here a second, blind look will stand
    TRANSFER = "transfer"
    EXPIRE_LEASE = "expire_lease"
    ACKNOWLEDGE = "acknowledge"
    RETURN = "return"
    PROCESS = "process"
    WITHDRAW = "withdraw"  # a supervisor stops a confirmed case before the police took it over
    REQUEUE = "requeue"  # a returned case is mended: back to review, with a note; confirming sends it again
    CLOSE = "close"  # a returned case ends here
    JUDGE_RIGHT = "judge_right"  # of a shadow case, to measure its rule
    JUDGE_WRONG = "judge_wrong"


class Blocker(StrEnum):
    """Why a case cannot be confirmed."""

    SHADOW_MODE = "shadow_mode"
    EVIDENCE_MISSING = "evidence_missing"
    EVIDENCE_GAPS = "evidence_gaps"
    MUST_ITEM_MISSING = "must_item_missing"
    UNKNOWN_SIGNER = "unknown_signer"
    BAD_SIGNATURE = "bad_signature"
    HASH_MISMATCH = "hash_mismatch"
    NO_RECEIVER = "no_receiver"
    FROM_THE_FUTURE = "from_the_future"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One row of the table."""

    action: Action
    sources: frozenset[CaseState]
    target: CaseState
    roles: frozenset[Role]
    shadow: bool | None = (
        False  # True: only for cases of rules that are measured; False: only for the others; None: both
    )
    needs_no_blocker: bool = False  # evidence, integrity, mode and receiver must be in order
    needs_note: bool = False  # words of the actor must come with it
    reason_by: Who | None = None  # a rejection reason that this actor may give must come with it


_PEOPLE = frozenset({Role.OPERATOR, Role.SUPERVISOR})
_POLICE = frozenset({Role.POLICE})
_MACHINE = frozenset({Role.SYSTEM})

TRANSITIONS: Mapping[Action, Transition] = {
    row.action: row
    for row in (
        Transition(
            action=Action.QUEUE,
            sources=frozenset({CaseState.DETECTED}),
            target=CaseState.QUEUED,
            roles=_MACHINE,
        ),
        Transition(
            action=Action.CONFIRM,
            sources=frozenset({CaseState.QUEUED}),
            target=CaseState.CONFIRMED,
            roles=_PEOPLE,
            needs_no_blocker=True,
        ),
        Transition(
            action=Action.REJECT,
            sources=frozenset({CaseState.DETECTED, CaseState.QUEUED}),
            target=CaseState.REJECTED,
            roles=_PEOPLE,
            reason_by="operator",
        ),
        Transition(
            action=Action.RELEASE,
            sources=frozenset({CaseState.CONFIRMED}),
            target=CaseState.READY,
            roles=_MACHINE,
            needs_no_blocker=True,
        ),
        Transition(
            action=Action.TRANSFER,
            sources=frozenset({CaseState.READY}),
            target=CaseState.TRANSFERRED,
            roles=_POLICE,
            needs_no_blocker=True,
        ),
        Transition(
            action=Action.EXPIRE_LEASE,
            sources=frozenset({CaseState.TRANSFERRED}),
            target=CaseState.READY,
            roles=_MACHINE,
        ),
        Transition(
            action=Action.ACKNOWLEDGE,
            sources=frozenset({CaseState.TRANSFERRED}),
            target=CaseState.RECEIVED,
            roles=_POLICE,
        ),
        Transition(
            action=Action.RETURN,
            sources=frozenset({CaseState.TRANSFERRED, CaseState.RECEIVED}),
            target=CaseState.RETURNED,
            roles=_POLICE,
            reason_by="police",
        ),
        Transition(
            action=Action.PROCESS,
            sources=frozenset({CaseState.RECEIVED}),
            target=CaseState.PROCESSED,
            roles=_POLICE,
        ),
        Transition(
            action=Action.WITHDRAW,
            sources=frozenset({CaseState.READY, CaseState.TRANSFERRED}),
            target=CaseState.REJECTED,
            roles=frozenset({Role.SUPERVISOR}),
            reason_by="operator",
        ),
        Transition(
            action=Action.REQUEUE,
            sources=frozenset({CaseState.RETURNED}),
            target=CaseState.QUEUED,
            roles=_PEOPLE,
            needs_note=True,
        ),
        Transition(
            action=Action.CLOSE,
            sources=frozenset({CaseState.RETURNED}),
            target=CaseState.CLOSED,
            roles=_PEOPLE,
            reason_by="operator",
        ),
        Transition(
            action=Action.JUDGE_RIGHT,
            sources=frozenset({CaseState.DETECTED, CaseState.JUDGED_WRONG}),
            target=CaseState.JUDGED_RIGHT,
            roles=_PEOPLE,
            shadow=True,
        ),
        Transition(
            action=Action.JUDGE_WRONG,
            sources=frozenset({CaseState.DETECTED, CaseState.JUDGED_RIGHT}),
            target=CaseState.JUDGED_WRONG,
            roles=_PEOPLE,
            shadow=True,
            reason_by="operator",
        ),
    )
}

POLICE_STATES = frozenset({CaseState.TRANSFERRED, CaseState.RECEIVED, CaseState.PROCESSED, CaseState.RETURNED})
FINAL_STATES = frozenset({CaseState.REJECTED, CaseState.PROCESSED, CaseState.CLOSED})
JUDGED_STATES = frozenset({CaseState.JUDGED_RIGHT, CaseState.JUDGED_WRONG})
REASON_OTHER = "OTHER"


def blockers(
    *,
    mode: Mode,
    integrity: str,
    files_missing: int,
    gaps: int,
    must_items_missing: int,
    queue: str | None,
    from_the_future: bool = False,
) -> tuple[Blocker, ...]:
    """Everything that keeps a case from being confirmed.

    Args:
        mode: of the rule that made the case.
        integrity: ``valid``, or the name of the integrity blocker.
        files_missing: files of the manifest that are not here, because the box had damaged them.
        gaps: what the box itself says is missing.
        must_items_missing: clip or stills of decisive moments that the manifest does not list.
        queue: the police queue that would receive it, None when none is known.
        from_the_future: the act is reported for a time at which the case was here already.

    Examples:
        >>> blockers(mode=Mode.ENFORCE, integrity="valid", files_missing=1, gaps=0, must_items_missing=0, queue="q")
        (<Blocker.EVIDENCE_MISSING: 'evidence_missing'>,)
    """
    found: list[Blocker] = []
    if mode == Mode.SHADOW:
        found.append(Blocker.SHADOW_MODE)
    if integrity != "valid":
        found.append(Blocker(integrity))
    if files_missing:
        found.append(Blocker.EVIDENCE_MISSING)
    if gaps:
        found.append(Blocker.EVIDENCE_GAPS)
    if must_items_missing:
        found.append(Blocker.MUST_ITEM_MISSING)
    if queue is None:
        found.append(Blocker.NO_RECEIVER)
    if from_the_future:
        found.append(Blocker.FROM_THE_FUTURE)
    return tuple(found)


def next_state(action: Action, *, state: CaseState, role: Role, blocked_by: Collection[Blocker] = ()) -> CaseState:
    """Where an action leads.

    Raises:
        NotAllowed: the role may not do this.
        Conflict: the case is not where the action starts, or something blocks it.
    """
    row = TRANSITIONS[action]
    if role not in row.roles:
        raise NotAllowed(f"the role {role} may not {action} a case")
    if state not in row.sources:
        raise Conflict(f"a case that is {state} cannot take the step {action}")
    if row.shadow is not None and row.shadow != (Blocker.SHADOW_MODE in blocked_by):
        kind = "that counts" if row.shadow else "of a rule in shadow mode"
        raise Conflict(f"a case {kind} cannot take the step {action}")
    if row.needs_no_blocker and blocked_by:
        raise Conflict(f"the case is blocked: {', '.join(sorted(blocked_by))}")
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
    reason = reasons.get(reason_code or "")
    if reason is None:
        raise Invalid(f"the step {action} needs a known reason code, got {reason_code!r}")
    if who not in reason.who:
        raise Invalid(f"the reason {reason.code} is not for the {who} to give")
    if reason.code == REASON_OTHER and not _has_words(note):
        raise Invalid("the reason OTHER needs a note that says what it is")


def _has_words(note: str) -> bool:
    return any(letter.isalnum() for letter in note)
