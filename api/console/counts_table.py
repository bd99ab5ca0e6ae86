"""Quarters of an hour as a table: one row a quarter, gaps named, few pictures marked. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from api.counts.reading import Quarter

_QUARTER = timedelta(minutes=15)
_IN = "in"
_FEW = 0.5  # of the day's usual number of pictures
Key = tuple[str, str, str, str]  # place, direction, lane, class


class Breakdown(StrEnum):
    """What vehicles are summed by."""

    CLASS = "class"
    MOVEMENT = "movement"
    LANE = "lane"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficRow:
    """One line of the table."""

    begins_at: datetime
    ends_at: datetime
    pictures: int | None  # None: nobody looked, and what passed is unknown
    few: bool  # pictures, beside what is usual on that day
    counts: tuple[int, ...]  # in the order of the columns; empty where nobody looked


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficTable:
    """A day of one camera."""

    columns: tuple[tuple[str, str], ...]  # (place or lane or class, direction); the direction may be empty
    rows: tuple[TrafficRow, ...]
    sums: tuple[int, ...]


_COLUMN_OF: Mapping[Breakdown, Callable[[Key], tuple[str, str]]] = {
    Breakdown.CLASS: lambda key: (key[3], ""),
    Breakdown.MOVEMENT: lambda key: (key[0], key[1]),
    Breakdown.LANE: lambda key: (key[2], key[1]),
}


def traffic_table(quarters: Sequence[Quarter], by: Breakdown) -> TrafficTable:
    """The table of a day.

    A vehicle is counted at the gate that it comes in by, at the one that it leaves by and for its movement; by class it
    counts once, where it comes in.

    Args:
        quarters: in order of time.
        by: what makes the columns.
    """
    counted = [_counted(quarter.counts, by) for quarter in quarters]
    columns = tuple(sorted(set().union(*counted))) if counted else ()
    usual = median(quarter.pictures for quarter in quarters) if quarters else 0
    rows: list[TrafficRow] = []
    for quarter, counts in zip(quarters, counted, strict=True):
        if rows and quarter.quarter > rows[-1].ends_at:
            gap = TrafficRow(begins_at=rows[-1].ends_at, ends_at=quarter.quarter, pictures=None, few=False, counts=())
            rows.append(gap)
        looked = quarter.pictures > 0
        rows.append(
            TrafficRow(
                begins_at=quarter.quarter,
                ends_at=quarter.quarter + _QUARTER,
                pictures=quarter.pictures if looked else None,
                few=looked and quarter.pictures < _FEW * usual,
                counts=tuple(counts[column] for column in columns) if looked else (),
            )
        )
    sums = tuple(sum(counts[column] for counts in counted) for column in columns)
    return TrafficTable(columns=columns, rows=tuple(rows), sums=sums)


def _counted(counts: Mapping[Key, int], by: Breakdown) -> Counter[tuple[str, str]]:
    column_of, ways_in = _COLUMN_OF[by], any(key[1] == _IN for key in counts)
    found: Counter[tuple[str, str]] = Counter()
    for key, count in counts.items():
        if by is not Breakdown.CLASS or not ways_in or key[1] == _IN:
            found[column_of(key)] += count
    return found
