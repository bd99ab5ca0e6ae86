"""Whether a rule may go on counting at a camera, by what people and police said of its cases: pure.

A rule falls when it is sure (upper end of Wilson's 95 % interval) that less than ``FLOOR`` of its cases were right;
from then on its cases there are shadow. It rises again when people's judgements of those shadow cases make it sure
(lower end) that at least ``FLOOR`` are. The city's aim before a rule leaves shadow mode is 95 % accepted by police.
"""

from domain.cases.precision import Precision
from domain.cases.states import DECIDED_STATES, JUDGED_STATES, POLICE_STATES, CaseState

FLOOR = 0.80
AT_LEAST = 10  # judged cases, before anything follows from them
WINDOW_DAYS = 30
RIGHT_STATES = (POLICE_STATES | DECIDED_STATES | {CaseState.READY, CaseState.REMINDED, CaseState.FIELD_HANDLED}) - {
    CaseState.POLICE_REJECTED,
    CaseState.RETURNED,
    CaseState.CONTESTED,
}
"""People confirmed it, and nobody says since that it was wrong; of an objection nothing is known until its answer."""
WRONG_STATES = frozenset(
    {
        CaseState.REJECTED,
        CaseState.WITHDRAWN,
        CaseState.POLICE_REJECTED,
        CaseState.RETURNED,
        CaseState.CLOSED,
        CaseState.CANCELLED,
    }
)
NO_FAULT_REASONS = frozenset({"DUPLICATE", "OWNER_NOT_LIABLE", "NOT_HUE_REGISTRY", "OUT_OF_SCOPE", "EXPIRED", "OTHER"})
"""A case cancelled for one of these says nothing of the rule that found it."""
OUTCOMES = RIGHT_STATES | WRONG_STATES | JUDGED_STATES


def falls(counting: Precision) -> bool:
    """Whether a rule at a camera goes back to shadow.

    Examples:
        >>> falls(Precision(right=8, judged=10)), falls(Precision(right=5, judged=12))
        (False, True)
    """
    return counting.judged >= AT_LEAST and counting.interval95[1] < FLOOR


def rises(shadow: Precision) -> bool:
    """Whether its shadow cases were judged right often enough.

    Examples:
        >>> rises(Precision(right=15, judged=15)), rises(Precision(right=16, judged=16))
        (False, True)
    """
    return shadow.interval95[0] >= FLOOR
