"""What the public may be told in numbers: the city's own words for where cases are, and numbers that single out nobody.

Pure. A number is rounded to a multiple of five, one to four are "fewer than five": each by itself, sums too, so that
none can be worked out from the others (base-five rounding, as statistics offices do). A row of fewer than five cases
is told in no parts.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.cases.states import DECIDED_STATES, REFERRED_STATES, CaseState
from domain.cases.words import Words

BASE: Final = 5
NO_FIGURE: Final = "<5"


class CityState(StrEnum):
    """Where a case is, as the city's reports count."""

    DETECTED = "detected"  # every case that counts
    UNDER_REVIEW = "under_review"  # people of the centre look at it
    NOT_CONFIRMED = "not_confirmed"  # people, or the written rule for a full queue, let it go
    TRANSFERRED = "transferred"  # handed to the police or the ward
    IN_PROGRESS = "in_progress"  # of those: not ended yet
    PROCESSED = "processed"  # of those: ended, whatever the end


CITY_STATE_WORDS: Final[Mapping[CityState, Words]] = {
    CityState.DETECTED: Words("Phát hiện", "Detected"),
    CityState.UNDER_REVIEW: Words("Đang rà soát", "Under review"),
    CityState.NOT_CONFIRMED: Words("Không xác nhận", "Not confirmed"),
    CityState.TRANSFERRED: Words("Đã chuyển", "Transferred"),
    CityState.IN_PROGRESS: Words("Đang xử lý", "In progress"),
    CityState.PROCESSED: Words("Đã xử lý", "Processed"),
}
_LET_GO: Final = frozenset(
    {
        CaseState.REJECTED,
        CaseState.SEEDED,  # was rejected, and measures reviewers
        CaseState.AUTO_DISCARDED,
        CaseState.WITHDRAWN,
        CaseState.CLOSED,
    }
)
_ENDED: Final = DECIDED_STATES | {CaseState.POLICE_REJECTED, CaseState.CANCELLED, CaseState.EXPIRED}


def city_states(state: CaseState, *, handed_over: bool) -> frozenset[CityState]:
    """Under which of the city's words a case counts; a duplicate under none, since the case that leads it does.

    Args:
        state: where it stands.
        handed_over: it is, or was when it ended, with an organisation of the police.

    Examples:
        >>> sorted(city_states(CaseState.PAID, handed_over=True))
        [<CityState.DETECTED: 'detected'>, <CityState.PROCESSED: 'processed'>, <CityState.TRANSFERRED: 'transferred'>]
        >>> CityState.NOT_CONFIRMED in city_states(CaseState.CANCELLED, handed_over=False)
        True
    """
    if state is CaseState.DUPLICATE:
        return frozenset()
    if state in _LET_GO or (state in _ENDED and not handed_over):
        return frozenset({CityState.DETECTED, CityState.NOT_CONFIRMED})
    if state is CaseState.FIELD_HANDLED or state in _ENDED:
        return frozenset({CityState.DETECTED, CityState.TRANSFERRED, CityState.PROCESSED})
    if state is CaseState.REMINDED or state in REFERRED_STATES or (handed_over and state is not CaseState.RETURNED):
        return frozenset({CityState.DETECTED, CityState.TRANSFERRED, CityState.IN_PROGRESS})
    return frozenset({CityState.DETECTED, CityState.UNDER_REVIEW})


def told_row(counts: Mapping[CityState, int]) -> list[int | None]:
    """A row as it may be published, in the order of ``CityState``.

    Of fewer than five cases nothing is told but that: a zero beside them would tell what became of every one.

    Examples:
        >>> told_row({CityState.DETECTED: 2, CityState.TRANSFERRED: 2, CityState.PROCESSED: 2})
        [None, None, None, None, None, None]
    """
    if told(counts.get(CityState.DETECTED, 0)) is None:
        return [None for _ in CityState]
    return [told(counts.get(state, 0)) for state in CityState]


def told(count: int) -> int | None:
    """A count as it may be published; None: fewer than five.

    Examples:
        >>> [told(count) for count in (0, 1, 4, 5, 7, 8, 12)]
        [0, None, None, 5, 5, 10, 10]
    """
    if count == 0:
        return 0
    return None if count < BASE else BASE * ((count + BASE // 2) // BASE)
