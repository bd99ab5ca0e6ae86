"""Figures of a span of days: cases by day, offence and ward in the city's own words, and why cases were let go."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select

from api.cases.rule_standing import RuleStanding
from api.counts.reading import Span
from api.downtime import downtime_s
from api.people.reviewer_figures import HELD_S, TIMED
from api.persistence.case_queries import cases_by_state
from api.persistence.case_search import let_go_because
from api.persistence.store import Store
from api.persistence.tables import health_events, reviewer_counts
from api.principals import Permission, Principal
from domain.cases.precision import Precision
from domain.cases.states import CaseState
from domain.errors import Invalid
from domain.instants import HUE_TIME
from domain.public_figures import CityState, city_states
from domain.reminder_outcome import one_spelling

LONGEST: Final = timedelta(days=366)
Count = Counter[CityState]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """Cases of one day, offence and ward under one of the city's words."""

    day: str  # of the act, in Hue
    code: str
    name_vi: str
    name_en: str
    ward: str
    state: CityState
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All of a span."""

    counts: tuple[DayCount, ...]
    let_go: Mapping[tuple[CaseState, str], int]  # by state and reason
    precision: Mapping[str, Precision]  # by offence, of the last thirty days
    review_s: float | None  # mean time that a case is open until it is decided; None: nothing was timed
    downtime_s: Mapping[tuple[str, str], float]  # by box and camera, as reported

    def by(self, *names: str) -> dict[tuple[str, ...], Count]:
        """The counts summed by some of their fields, in order of these."""
        found: dict[tuple[str, ...], Count] = {}
        for each in self.counts:
            found.setdefault(tuple(getattr(each, name) for name in names), Counter())[each.state] += each.cases
        return dict(sorted(found.items()))


def wards_of(rows: Iterable[Any]) -> dict[str, str]:
    """By each name of a ward in rows of cases: the one spelling under which it is told."""
    found: Counter[str] = Counter()
    for row in rows:
        found[row.ward] += row.cases
    return one_spelling(found)


class CaseFigures:
    """Reads them.

    Args:
        store: the centre's memory.
        rules: knows how rules fare.
    """

    def __init__(self, store: Store, rules: RuleStanding) -> None:
        self._store = store
        self._rules = rules

    def counts(self, actor: Principal, span: Span) -> tuple[DayCount, ...]:
        """Cases of the acts of some days.

        Raises:
            NotAllowed: the role may not read numbers.
            Invalid: the span is longer than a year.
        """
        actor.require(Permission.COUNTS_READ)
        if span.ends_at - span.begins_at > LONGEST:
            raise Invalid(f"at most {LONGEST.days} days at once")
        summed: Counter[tuple[str, str, str, str, str, CityState]] = Counter()
        with self._store.read() as connection:
            rows = connection.execute(cases_by_state(span.begins_at, span.ends_at)).all()
            wards = wards_of(rows)
            for row in rows:
                hour = datetime.fromisoformat(f"{row.hour_utc}:00:00+00:00")
                day = hour.astimezone(HUE_TIME).date().isoformat()
                for state in city_states(CaseState(row.state), handed_over=bool(row.handed_over)):
                    summed[day, row.code, row.name_vi, row.name_en, wards[row.ward], state] += row.cases
        return tuple(
            DayCount(day=day, code=code, name_vi=vi, name_en=en, ward=ward, state=state, cases=cases)
            for (day, code, vi, en, ward, state), cases in sorted(summed.items())
        )

    def read(self, actor: Principal, span: Span) -> Figures:
        """Everything of some days.

        Raises:
            NotAllowed: the role may not read numbers.
            Invalid: the span is longer than a year.
        """
        counts = self.counts(actor, span)
        precision: dict[str, Precision] = {}
        for outcome in self._rules.outcomes(actor, by_hour=False):
            before = precision.get(outcome.code, Precision(right=0, judged=0))
            right, judged = outcome.precision.right, outcome.precision.judged
            precision[outcome.code] = Precision(right=before.right + right, judged=before.judged + judged)
        with self._store.read() as connection:
            rows = connection.execute(let_go_because(span.begins_at, span.ends_at)).all()
            shifts = (f"{span.first.isoformat()}/1", f"{span.last.isoformat()}/9")
            number = func.sum(reviewer_counts.c.number).label("number")
            timed = select(reviewer_counts.c.what, number).where(reviewer_counts.c.shift.between(*shifts))
            sums = {row.what: row.number for row in connection.execute(timed.group_by(reviewer_counts.c.what))}
            changes = connection.execute(
                select(health_events).where(health_events.c.at < span.ends_at).order_by(health_events.c.at)
            ).all()
        end = min(span.ends_at, self._store.clock.now())
        return Figures(
            counts=counts,
            let_go={(CaseState(row.state), row.reason_code or ""): row.cases for row in rows},
            precision=precision,
            review_s=sums[HELD_S] / sums[TIMED] if sums.get(TIMED) else None,
            downtime_s=downtime_s(changes, begins_at=span.begins_at, ends_at=end),
        )
