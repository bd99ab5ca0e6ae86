"""Where a case can stand, what moves it, and what stands against confirming it; the table itself: transitions.py."""

from enum import StrEnum


class CaseState(StrEnum):
    """Where a case stands. To the police every state after ``ready`` belongs; the centre only mirrors it."""

    DETECTED = "detected"  # of a rule in shadow mode: whole, for measuring; it waits for nobody
    QUEUED = "queued"  # whole, waits for a person's first look, or is before one
    AUTO_DISCARDED = "auto_discarded"  # the written rule for a full queue dropped it, with a reason
    NEEDS_EVIDENCE = "needs_evidence"  # a person wants something cleared up before deciding
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    SECOND_REVIEW = "second_review"  # waits for another person, who is not told the first answer
    ADJUDICATION = "adjudication"  # two people differ; a supervisor decides
    SEEDED = "seeded"  # known to be no offence, put among the queue to measure who reviews it
    READY = "ready"  # waits for the police
    REMINDED = "reminded"  # pavement: the ward reminds first
    FIELD_HANDLED = "field_handled"  # pavement: settled on the spot
    TRANSFERRED = "transferred"  # leased to one officer
    WITHDRAWN = "withdrawn"  # by the centre, before the police took it over
    RECEIVED = "received"  # the officer gave a receipt
    VERIFYING = "verifying"
    VERIFICATION_EXTENDED = "verification_ext"  # sixty days instead of thirty
    POLICE_REJECTED = "police_rejected"  # with a reason; it counts against the rule
    REFERRED_COMMUNE = "referred_commune"  # to the commune's police
    REFERRED_WARD_PC = "referred_ward_pc"  # to the ward's People's Committee
    OWNER_IDENTIFIED = "owner_identified"
    NOTICE_SENT = "notice_sent"
    PUBLISHED = "published"  # no answer in twenty days: published, and the inspection is warned
    OWNER_RESPONDED = "owner_responded"
    CONTESTED = "contested"
    UPHELD = "upheld"
    DRIVER_NAMED = "driver_named"
    RECORD_MADE = "record_made"
    DECISION_ISSUED = "decision_issued"
    PAID = "paid"
    ENFORCED = "enforced"
    SETTLED = "settled"  # paid or enforced, and every warning lifted
    PROCESSED = "processed"  # told in one step by a unit that reports only the end
    RETURNED = "returned"  # by the police, with a reason; a person sends it again or closes it
    CLOSED = "closed"  # returned, and nothing more is done with it
    CANCELLED = "cancelled"  # clone, art. 11, duplicate, error
    EXPIRED = "expired"  # a year has passed since the act
    DUPLICATE = "duplicate"  # its act is another case's, which leads; it can be split off again
    JUDGED_RIGHT = "judged_right"  # shadow: a person says that the rule was right
    JUDGED_WRONG = "judged_wrong"  # shadow: and here that it was not


class Action(StrEnum):
    """What moves a case."""

    QUEUE = "queue"  # a case from before packages came whole got its last file
    DISCARD = "discard"
    CONFIRM = "confirm"
    REJECT = "reject"
    ASK_EVIDENCE = "ask_evidence"
    EVIDENCE_ADDED = "evidence_added"
    LOOK_AGAIN = "look_again"  # another person must look, without knowing what the first said
    SECOND_CONFIRM = "second_confirm"  # the second says what the first said
    SECOND_REJECT = "second_reject"
    DIFFER = "differ"  # the second says something else
    ADJUDICATE_CONFIRM = "adjudicate_confirm"
    ADJUDICATE_REJECT = "adjudicate_reject"
    SEED = "seed"
    SEED_CAUGHT = "seed_caught"  # the reviewer did not confirm what is known to be no offence
    SEED_MISSED = "seed_missed"
    RELEASE = "release"  # after all the looks it needs
    REMIND = "remind"
    STILL_THERE = "still_there"
    HANDLE_IN_FIELD = "handle_in_field"
    TRANSFER = "transfer"
    EXPIRE_LEASE = "expire_lease"  # back to where it waited when it was pulled: ready, or for whom it was referred to
    EXPIRE_LEASE_OF_COMMUNE = "expire_lease_of_commune"
    EXPIRE_LEASE_OF_WARD_PC = "expire_lease_of_ward_pc"
    ACKNOWLEDGE = "acknowledge"
    RETURN = "return"
    PROCESS = "process"
    VERIFY = "verify"
    EXTEND_VERIFICATION = "extend_verification"
    POLICE_REJECT = "police_reject"
    REFER_COMMUNE = "refer_commune"
    REFER_WARD_PC = "refer_ward_pc"
    IDENTIFY_OWNER = "identify_owner"
    SEND_NOTICE = "send_notice"
    PUBLISH = "publish"
    OWNER_RESPONDS = "owner_responds"
    CONTEST = "contest"
    OBJECT = "object"  # the citizen himself, on the page of his case
    UPHOLD = "uphold"
    NAME_DRIVER = "name_driver"
    MAKE_RECORD = "make_record"
    ISSUE_DECISION = "issue_decision"
    RECORD_PAYMENT = "record_payment"
    ENFORCE = "enforce"
    SETTLE = "settle"  # lifts the warnings of the inspection
    POLICE_CANCEL = "police_cancel"
    WITHDRAW = "withdraw"  # a supervisor stops a confirmed case before the police took it over
    REQUEUE = "requeue"  # a returned case is mended: back to review, with a note; confirming sends it again
    CLOSE = "close"  # a returned case ends here
    CANCEL = "cancel"
    EXPIRE = "expire"
    MERGE = "merge"  # the act is that of another case, which goes on for both
    SPLIT = "split"  # it is not: both go on, this one from the beginning
    LEAD_ENDED = "lead_ended"  # nobody is fined for the case that went on for both, so this one is looked at
    JUDGE_RIGHT = "judge_right"  # of a shadow case, to measure its rule
    JUDGE_WRONG = "judge_wrong"


NOTICED_STATES = frozenset(
    {
        CaseState.NOTICE_SENT,
        CaseState.PUBLISHED,
        CaseState.OWNER_RESPONDED,
        CaseState.CONTESTED,
        CaseState.UPHELD,
        CaseState.DRIVER_NAMED,
        CaseState.RECORD_MADE,
        CaseState.DECISION_ISSUED,
        CaseState.PAID,
        CaseState.ENFORCED,
        CaseState.SETTLED,
    }
)
"""From the notice to the end: the person whom it names knows of the case."""
POLICE_STATES = NOTICED_STATES | frozenset(
    {
        CaseState.TRANSFERRED,
        CaseState.RECEIVED,
        CaseState.VERIFYING,
        CaseState.VERIFICATION_EXTENDED,
        CaseState.POLICE_REJECTED,
        CaseState.REFERRED_COMMUNE,
        CaseState.REFERRED_WARD_PC,
        CaseState.OWNER_IDENTIFIED,
        CaseState.PROCESSED,
        CaseState.RETURNED,
    }
)
"""Known to the police, who alone move a case from one to another; what is returned is the centre's again."""
REFERRED_STATES = frozenset({CaseState.REFERRED_COMMUNE, CaseState.REFERRED_WARD_PC})
AWAITING_POLICE = REFERRED_STATES | {CaseState.READY}
"""In a queue, where a unit pulls it; a referred case is with nobody until the next unit does."""
FINAL_STATES = frozenset(
    {
        CaseState.AUTO_DISCARDED,
        CaseState.FIELD_HANDLED,
        CaseState.WITHDRAWN,
        CaseState.POLICE_REJECTED,
        CaseState.SETTLED,
        CaseState.PROCESSED,
        CaseState.CLOSED,
        CaseState.CANCELLED,
        CaseState.EXPIRED,
    }
)
"""Nothing leads out of them. A rejected case ends too, but may come before reviewers once more to measure them."""
JUDGED_STATES = frozenset({CaseState.JUDGED_RIGHT, CaseState.JUDGED_WRONG})
DECIDED_STATES = frozenset(
    {CaseState.DECISION_ISSUED, CaseState.PAID, CaseState.ENFORCED, CaseState.SETTLED, CaseState.PROCESSED}
)
"""The limitation of a year does not run against a decision that was issued in time."""
AWAITING_REVIEW = frozenset({CaseState.QUEUED, CaseState.SECOND_REVIEW, CaseState.SEEDED})
"""Before a reviewer these three are one: which of them it is would tell what was said before."""

UNDECIDED = frozenset(
    {
        CaseState.QUEUED,
        CaseState.NEEDS_EVIDENCE,
        CaseState.SECOND_REVIEW,
        CaseState.ADJUDICATION,
        CaseState.RETURNED,
    }
)
"""Where a case can be merged into another: nobody outside the centre waits for it."""


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
    DUPLICATE_OPEN = "duplicate_open"
    PLATE_MISSING = "plate_missing"


def blockers(
    *,
    shadow: bool,
    integrity: str,
    files_missing: int,
    gaps: int,
    must_items_missing: int,
    queue: str | None,
    from_the_future: bool = False,
    duplicates_open: int = 0,
) -> tuple[Blocker, ...]:
    """Everything that keeps a case from being confirmed.

    Args:
        shadow: the rule that made the case is only measured.
        integrity: ``valid``, or the name of the integrity blocker.
        files_missing: files of the manifest that are not here, because the box had damaged them.
        gaps: what the box itself says is missing.
        must_items_missing: clip or stills of decisive moments that the manifest does not list.
        queue: the police queue that would receive it, None when none is known.
        from_the_future: the act is reported for a time at which the case was here already.
        duplicates_open: cases that may show the same act, of which nobody has said whether they do.

    Examples:
        >>> blockers(shadow=False, integrity="valid", files_missing=1, gaps=0, must_items_missing=0, queue="q")
        (<Blocker.EVIDENCE_MISSING: 'evidence_missing'>,)
    """
    found: list[Blocker] = []
    if shadow:
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
    if duplicates_open:
        found.append(Blocker.DUPLICATE_OPEN)
    return tuple(found)
