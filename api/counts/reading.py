"""Reads what boxes counted: the recall of rules by camera, traffic by quarter of an hour, and both row by row."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Column, Row, Select, literal, select, tuple_

from api.persistence.store import Store
from api.persistence.tables import ledger_days, traffic_quarters
from api.principals import Permission, Principal
from domain.cases.roles import Role
from domain.errors import Invalid
from domain.instants import HUE_TIME

MOST_DAYS_SHOWN = 31
BATCH_ROWS = 500
_YEARS = range(2000, 2101)
Place = tuple[str | datetime, str, str, str]
"""Of a page in its table: day or quarter, camera, box, book."""

_TOLD = frozenset({"case", "alert", "reminder"})
_WHOLE_CAMERA = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One number of a day."""

    day: date
    camera_id: str
    rule: str  # "" for what is of the whole camera
    what: str
    reason: str
    count: int
    box_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficRow:
    """One number of a quarter of an hour."""

    quarter: datetime
    camera_id: str
    place_id: str
    direction: str
    lane_id: str
    label: str
    count: int
    pictures: int  # that it rests on


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRecall:
    """What became of everything that one rule looked at, at one camera, in some days."""

    camera_id: str
    rule: str
    judged_pictures: int
    seen: int | None  # road users at its places; None: the rule, or the box's version, does not count them
    told: int  # cases, alerts and reminders
    refused: Mapping[str, int]  # by reason
    suspended: Mapping[str, int]  # spans in which something kept it from judging, by reason
    boxes: tuple[str, ...]  # whose counts these are the sum of; more than one: two boxes name one camera

    @property
    def candidates(self) -> int:
        """Acts that something spoke for: told or refused."""
        return self.told + sum(self.refused.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """One camera's quarter of an hour."""

    quarter: datetime
    pictures: int
    counts: Mapping[tuple[str, str, str, str], int] = field(default_factory=dict)  # place, direction, lane, class


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Whole days, in Hue, the last one too."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.first.year not in _YEARS or self.last.year not in _YEARS:
            raise Invalid(f"the span lies within the years {_YEARS[0]} to {_YEARS[-1]}")
        if self.last < self.first:
            raise Invalid(f"the span ends on {self.last}, before it begins on {self.first}")

    @property
    def begins_at(self) -> datetime:
        """Midnight before it."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=HUE_TIME)

    @property
    def ends_at(self) -> datetime:
        """Midnight after it."""
        return datetime(self.last.year, self.last.month, self.last.day, tzinfo=HUE_TIME) + timedelta(days=1)


class CountsReader:
    """Reads pages of ledgers. A camera that two boxes or two books counted is the sum of all, with the boxes named.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def cameras(self, actor: Principal, span: Span) -> tuple[str, ...]:
        """Cameras that something was counted of.

        Raises:
            NotAllowed: the role may not see counts.
        """
        _require(actor)
        with self._store.read() as connection:
            return tuple(str(camera_id) for camera_id in connection.execute(cameras_in(span)).scalars())

    def recall(self, actor: Principal, span: Span, camera_id: str | None = None) -> tuple[RuleRecall, ...]:
        """What became of everything that the rules looked at, by camera and rule.

        Raises:
            NotAllowed: the role may not see counts.
            Invalid: too many days at once.
        """
        _require(actor)
        _require_short(span)
        counts: defaultdict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
        boxes: defaultdict[str, set[str]] = defaultdict(set)
        for row in self._days(span, camera_id):
            boxes[row.camera_id].add(row.box_id)
            if row.rule != _WHOLE_CAMERA:
                counts[row.camera_id, row.rule][row.what, row.reason] += row.count
        return tuple(
            _recall(camera, rule, of, tuple(sorted(boxes[camera]))) for (camera, rule), of in sorted(counts.items())
        )

    def traffic(self, actor: Principal, span: Span, camera_id: str) -> tuple[Quarter, ...]:
        """One camera's quarters of an hour, in order; one that is not there was not watched, or has not come in yet.

        Raises:
            NotAllowed: the role may not see counts.
            Invalid: too many days at once.
        """
        _require(actor)
        _require_short(span)
        pictures: Counter[datetime] = Counter()
        counts: defaultdict[datetime, Counter[tuple[str, str, str, str]]] = defaultdict(Counter)
        with self._store.read() as connection:
            for row in connection.execute(quarters_in(span, camera_id)):
                pictures[row.quarter] += row.pictures
                for place_id, direction, lane_id, label, count in json.loads(row.counts):
                    counts[row.quarter][place_id, direction, lane_id, label] += count
        return tuple(Quarter(quarter=at, pictures=pictures[at], counts=counts[at]) for at in sorted(pictures))

    def days(self, actor: Principal, span: Span, camera_id: str | None = None) -> Iterator[DayRow]:
        """Every number of the rules, page by page, as boxes sent them; however long the span, little is in memory.

        Raises:
            NotAllowed: the role may not see counts.
        """
        _require(actor)
        return self._days(span, camera_id)

    def passages(self, actor: Principal, span: Span, camera_id: str | None = None) -> Iterator[TrafficRow]:
        """Every number of the traffic, page by page, as above; a page on which nobody passed is one row of zero.

        Raises:
            NotAllowed: the role may not see counts.
        """
        _require(actor)
        return self._passages(span, camera_id)

    def _days(self, span: Span, camera_id: str | None) -> Iterator[DayRow]:
        for page in self._pages(lambda after: days_in(span, camera_id, after)):
            for rule, what, reason, count in json.loads(page.counts):
                yield DayRow(
                    day=date.fromisoformat(page.day),
                    camera_id=page.camera_id,
                    rule=rule,
                    what=what,
                    reason=reason,
                    count=count,
                    box_id=page.box_id,
                )

    def _passages(self, span: Span, camera_id: str | None) -> Iterator[TrafficRow]:
        for page in self._pages(lambda after: quarters_in(span, camera_id, after)):
            for place_id, direction, lane_id, label, count in json.loads(page.counts) or [("", "", "", "", 0)]:
                yield TrafficRow(
                    quarter=page.quarter,
                    camera_id=page.camera_id,
                    place_id=place_id,
                    direction=direction,
                    lane_id=lane_id,
                    label=label,
                    count=count,
                    pictures=page.pictures,
                )

    def _pages(self, question: Callable[[Place | None], Select[Any]]) -> Iterator[Row[Any]]:
        """Pages in order, some at a time: no transaction lasts as long as whoever reads takes for all of them."""
        after: Place | None = None
        while True:
            with self._store.read() as connection:
                rows = connection.execute(question(after).limit(BATCH_ROWS)).all()
            yield from rows
            if len(rows) < BATCH_ROWS:
                return
            last = rows[-1]
            after = (last[0], last.camera_id, last.box_id, last.book)


def days_in(span: Span, camera_id: str | None, after: Place | None = None) -> Select[Any]:
    """Pages of days, in order, after one of them."""
    table = ledger_days.c
    place = (table.day, table.camera_id, table.box_id, table.book)
    wanted = select(*place, table.counts).where(table.day >= span.first.isoformat(), table.day <= span.last.isoformat())
    return _in_order(wanted, place, camera_id, after)


def quarters_in(span: Span, camera_id: str | None, after: Place | None = None) -> Select[Any]:
    """Pages of quarters of an hour, in order, after one of them."""
    table = traffic_quarters.c
    place = (table.quarter, table.camera_id, table.box_id, table.book)
    in_span = (table.quarter >= span.begins_at) & (table.quarter < span.ends_at)
    return _in_order(select(*place, table.pictures, table.counts).where(in_span), place, camera_id, after)


def _in_order(
    wanted: Select[Any], place: Sequence[Column[Any]], camera_id: str | None, after: Place | None
) -> Select[Any]:
    if camera_id is not None:
        wanted = wanted.where(place[1] == camera_id)
    if after is not None:
        wanted = wanted.where(place[0] >= after[0], tuple_(*place) > tuple_(*_typed(place, after)))
    return wanted.order_by(*place)


def _typed(place: Sequence[Column[Any]], after: Place) -> Iterator[BindParameter[Any]]:
    return (literal(value, column.type) for column, value in zip(place, after, strict=True))


def cameras_in(span: Span) -> Select[tuple[str]]:
    """Cameras of some days, in order of their ids."""
    table = ledger_days.c
    in_span = (table.day >= span.first.isoformat()) & (table.day <= span.last.isoformat())
    return select(table.camera_id).distinct().where(in_span).order_by(table.camera_id)


def _require(actor: Principal) -> None:
    if actor.role != Role.SYSTEM:  # the command line on the centre's own machine acts as the centre
        actor.require(Permission.COUNTS_READ)


def _require_short(span: Span) -> None:
    if (span.last - span.first).days >= MOST_DAYS_SHOWN:
        raise Invalid(f"ask for at most {MOST_DAYS_SHOWN} days at once; the CSV has no such limit")


def _recall(camera_id: str, rule: str, counts: Mapping[tuple[str, str], int], boxes: tuple[str, ...]) -> RuleRecall:
    def by_reason(wanted: str) -> dict[str, int]:
        return {reason: count for (what, reason), count in sorted(counts.items()) if what == wanted}

    return RuleRecall(
        camera_id=camera_id,
        rule=rule,
        judged_pictures=counts.get(("judged", ""), 0),
        seen=counts.get(("seen", "")),
        told=sum(count for (what, _), count in counts.items() if what in _TOLD),
        refused=by_reason("refused"),
        suspended=by_reason("suspended"),
        boxes=boxes,
    )
