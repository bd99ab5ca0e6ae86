"""What the public may be told in numbers: the city's own words for where cases are, and numbers that single out nobody.

Pure. A number is rounded to a multiple of five, one to four are "fewer than five": each by itself, sums too, so that
none can be worked out from the others (base-five rounding, as statistics offices do). A row of fewer than five cases
is not told at all, and a row that was told stays as it was until five of its cases have moved: else two readings, some
hours apart, would show the offence, the ward and the day of the one case that came between them.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.cases.states import DECIDED_STATES, REFERRED_STATES, CaseState
from domain.cases.words import Words

BASE: Final = 5
NO_FIGURE: Final = "<5"
Exact = tuple[int, ...]
"""Counts of a row in the order of ``CityState``; never published."""


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

_NOBODY: Final[Exact] = tuple(0 for _ in CityState)
_DETECTED: Final = list(CityState).index(CityState.DETECTED)
_PLACES: Final = tuple(
    place
    for place, state in enumerate(CityState)
    if state in {CityState.UNDER_REVIEW, CityState.NOT_CONFIRMED, CityState.IN_PROGRESS, CityState.PROCESSED}
)
"""Every case counts under exactly one of these."""


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


def exact_row(counts: Mapping[CityState, int]) -> Exact:
    """A row's counts in the order of ``CityState``."""
    return tuple(counts.get(state, 0) for state in CityState)


def moved(old: Exact, new: Exact) -> int:
    """How many cases at least came, went or changed between two counts of a row.

    Examples:
        >>> moved((6, 6, 0, 0, 0, 0), (7, 4, 3, 0, 0, 0))
        3
    """
    steps = [new[place] - old[place] for place in _PLACES]
    return max(sum(step for step in steps if step > 0), -sum(step for step in steps if step < 0))


def renewed(old: Mapping[str, Exact], new: Mapping[str, Exact]) -> dict[str, Exact]:
    """Which counts a table is told from now: a row's old ones until five of its cases have moved; no row of fewer.

    Args:
        old: the counts that it was told from last, by row.
        new: as they are.

    Examples:
        >>> renewed({"a": (5, 5, 0, 0, 0, 0)}, {"a": (9, 9, 0, 0, 0, 0), "b": (4, 4, 0, 0, 0, 0)})
        {'a': (5, 5, 0, 0, 0, 0)}
        >>> renewed({}, {"a": (9, 9, 0, 0, 0, 0), "b": (4, 4, 0, 0, 0, 0)})
        {'a': (9, 9, 0, 0, 0, 0)}
    """
    found = {}
    for row in sorted({*old, *new}):
        before, now = old.get(row, _NOBODY), new.get(row, _NOBODY)
        kept = now if moved(before, now) >= BASE else before
        if kept[_DETECTED] >= BASE:
            found[row] = kept
    return found


def told_row(counts: Exact) -> list[int | None]:
    """A row as it may be published, in the order of ``CityState``."""
    return [told(count) for count in counts]


def told(count: int) -> int | None:
    """A count as it may be published; None: fewer than five.

    Examples:
        >>> [told(count) for count in (0, 1, 4, 5, 7, 8, 12)]
        [0, None, None, 5, 5, 10, 10]
    """
    if count == 0:
        return 0
    return None if count < BASE else BASE * ((count + BASE // 2) // BASE)
