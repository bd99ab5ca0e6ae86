"""Figures for everybody: counts of a month by day, offence and ward; made by the jobs process, read by the page."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import select

from api.cases.figures import wards_of
from api.citizens.error_report import ErrorReport, count_errors
from api.persistence.case_queries import cases_by_state
from api.persistence.store import Store
from api.persistence.tables import published_figures
from api.persistence.upsert import insert_if_absent, upsert
from api.principals import SYSTEM
from domain.canonical import canonical_bytes, sha256_of
from domain.cases.states import CaseState
from domain.instants import HUE_TIME, from_text
from domain.public_figures import CityState, Exact, city_states, exact_row, renewed, told_row

MONTHS: Final = 13  # whose figures are made again each day, as their cases go on
FIGURES: Final = "figures"
_BASIS: Final = "figures_basis"  # the exact counts that the figures were told from; read here alone
ERRORS: Final = "errors"
_NO_WARD: Final = "?"
_ALL: Final = "all"
_Tables = dict[str, dict[str, Exact]]  # total, day, offence, ward; by row
Counts = tuple[int | None, ...]  # in the order of CityState; None: fewer than five


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A calendar month in Hue.

    Examples:
        >>> Month.of(datetime.fromisoformat('2026-01-31T18:00:00Z')).name
        '2026-02'
        >>> Month(year=2026, month=1).before.name
        '2025-12'
    """

    year: int
    month: int

    @classmethod
    def of(cls, instant: datetime) -> "Month":
        """The month of an instant."""
        local = instant.astimezone(HUE_TIME)
        return cls(year=local.year, month=local.month)

    @classmethod
    def named(cls, name: str) -> "Month":
        """Read ``2026-01``; raises ValueError."""
        read = date.fromisoformat(f"{name}-01")
        return cls(year=read.year, month=read.month)

    @property
    def name(self) -> str:
        """Such as ``2026-01``."""
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def begins_at(self) -> datetime:
        """Its first instant."""
        return datetime.combine(date(self.year, self.month, 1), time(), tzinfo=HUE_TIME)

    @property
    def after(self) -> "Month":
        """The next one."""
        return Month(year=self.year + self.month // 12, month=self.month % 12 + 1)

    @property
    def before(self) -> "Month":
        """The one before."""
        return Month.of(self.begins_at - timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFigures:
    """What is told of a month."""

    month: str
    made_on: date
    total: Counts
    by_day: tuple[tuple[str, Counts], ...]
    by_offence: tuple[tuple[str, str, Counts], ...]  # name in Vietnamese and in English
    by_ward: tuple[tuple[str, Counts], ...]


class PublicFigures:
    """Makes and reads what is published.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def publish(self) -> int:
        """Make the figures of the last months anew, and the error report of each month that ended and has none.

        Returns:
            How many error reports were made; each stands on the record with its hash.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        now = self._store.clock.now()
        months = [Month.of(now)]
        while len(months) < MONTHS:
            months.append(months[-1].before)
        for month in months:
            self._publish_figures(month)
        return sum(self._publish_errors(month) for month in months[1:])

    def months(self) -> tuple[str, ...]:
        """Months with figures, the newest first."""
        return self._periods(FIGURES)

    def reports(self) -> tuple[str, ...]:
        """Months with an error report, the newest first."""
        return self._periods(ERRORS)

    def month(self, name: str) -> MonthFigures | None:
        """The figures of a month, None where there are none."""
        kept = self._kept(FIGURES, name)
        return None if kept is None else _figures_of(kept)

    def report(self, name: str) -> ErrorReport | None:
        """The error report of a month, None where there is none."""
        kept = self._kept(ERRORS, name)
        return None if kept is None else ErrorReport.of(kept)

    def _publish_figures(self, month: Month) -> None:
        with self._store.read() as connection:
            rows = connection.execute(cases_by_state(month.begins_at, month.after.begins_at)).all()
        old: _Tables = {
            table: {row: tuple(counts) for row, counts in its.items()}
            for table, its in (self._kept(_BASIS, month.name) or {}).items()
        }
        now = self._store.clock.now()
        counted = _counted(rows, before_day=now.astimezone(HUE_TIME).date().isoformat())
        basis = {table: renewed(old.get(table, {}), its) for table, its in counted.items()}
        if basis == old or not basis["total"]:
            return
        names = {row.code: (row.name_vi, row.name_en) for row in rows}
        contents = {FIGURES: _told(month, now, basis, names), _BASIS: basis}
        with self._store.write() as work:
            for kind, content in contents.items():
                values = {"kind": kind, "period": month.name, "content": _text(content), "made_at": work.now}
                upsert(work.connection, published_figures, values)

    def _publish_errors(self, month: Month) -> bool:
        if self._kept(ERRORS, month.name) is not None:
            return False
        with self._store.database.snapshot() as connection:
            content = count_errors(connection, month.name, month.begins_at, month.after.begins_at)
        if content is None:
            return False
        with self._store.write() as work:
            values = {"kind": ERRORS, "period": month.name, "content": _text(content), "made_at": work.now}
            if not insert_if_absent(work.connection, published_figures, values):
                return False
            body = {"kind": ERRORS, "period": month.name, "sha256": sha256_of(content)}
            work.record(SYSTEM, "report_published", body=body)
        return True

    def _kept(self, kind: str, period: str) -> Any | None:
        of = published_figures.c
        with self._store.read() as connection:
            content = connection.execute(
                select(of.content).where(of.kind == kind, of.period == period)
            ).scalar_one_or_none()
        return None if content is None else json.loads(content)

    def _periods(self, kind: str) -> tuple[str, ...]:
        of = published_figures.c
        with self._store.read() as connection:
            asked = select(of.period).where(of.kind == kind).order_by(of.period.desc())
            return tuple(connection.execute(asked).scalars())


def _text(content: Any) -> str:
    return canonical_bytes(content).decode()


def _counted(rows: Sequence[Any], *, before_day: str) -> _Tables:
    """Exact counts; of days those that are over."""
    counted: dict[str, defaultdict[str, Counter[CityState]]] = {
        table: defaultdict(Counter) for table in ("total", "day", "offence", "ward")
    }
    wards = wards_of(rows)
    for row in rows:
        day = from_text(f"{row.hour_utc}:00:00.000Z").astimezone(HUE_TIME).date().isoformat()
        of = {"total": _ALL, "day": day, "offence": row.code, "ward": wards[row.ward] or _NO_WARD}
        for state in city_states(CaseState(row.state), handed_over=row.handed_over):
            for table, name in of.items():
                counted[table][name][state] += row.cases
    tables = {table: {row: exact_row(numbers) for row, numbers in its.items()} for table, its in counted.items()}
    return tables | {"day": {day: numbers for day, numbers in tables["day"].items() if day < before_day}}


def _told(month: Month, now: datetime, basis: _Tables, names: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    return {
        "month": month.name,
        "made_on": now.astimezone(HUE_TIME).date().isoformat(),
        "total": told_row(basis["total"][_ALL]),
        "by_day": [[day, told_row(numbers)] for day, numbers in sorted(basis["day"].items())],
        "by_offence": [
            [*names.get(code, (code, code)), told_row(numbers)] for code, numbers in sorted(basis["offence"].items())
        ],
        "by_ward": [[ward, told_row(numbers)] for ward, numbers in sorted(basis["ward"].items())],
    }


def _figures_of(kept: Any) -> MonthFigures:
    return MonthFigures(
        month=kept["month"],
        made_on=date.fromisoformat(kept["made_on"]),
        total=tuple(kept["total"]),
        by_day=tuple((day, tuple(numbers)) for day, numbers in kept["by_day"]),
        by_offence=tuple((vi, en, tuple(numbers)) for vi, en, numbers in kept["by_offence"]),
        by_ward=tuple((ward, tuple(numbers)) for ward, numbers in kept["by_ward"]),
    )
