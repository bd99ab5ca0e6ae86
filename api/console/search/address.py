"""A filter as the page's address has it, so that it is kept over a reload; no plate stands in an address."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from api.persistence.case_search import CaseFilter
from domain.cases.clocks import DueSoon
from domain.cases.states import CaseState
from domain.grants import NAME
from domain.instants import HUE_TIME

_YEARS = range(2000, 2101)
_MOST = 50
E = TypeVar("E", bound=StrEnum)


def as_address(wanted: CaseFilter) -> str:
    """The query of the address; empty: every case."""
    said = {
        "state": ",".join(wanted.states),
        "code": ",".join(wanted.codes),
        "camera": ",".join(wanted.cameras),
        "ward": ",".join(wanted.wards),
        "from": wanted.began_from.astimezone(HUE_TIME).date().isoformat() if wanted.began_from else "",
        "to": last_day(wanted).isoformat() if wanted.began_to else "",
        "due": wanted.due or "",
        "by": wanted.answered_by or "",
        "kind": "shadow" if wanted.shadow else "",
        "order": "act" if wanted.oldest_act_first else "",
    }
    return urlencode({name: value for name, value in said.items() if value})


def from_address(said: Mapping[str, str]) -> CaseFilter:
    """The filter that an address asks for; what is no filter asks for nothing."""
    first, last = day_of(said.get("from", "")), day_of(said.get("to", ""))
    return CaseFilter(
        states=tuple(_members(CaseState, _parts(said, "state"))),
        codes=tuple(_parts(said, "code")),
        cameras=tuple(_parts(said, "camera")),
        wards=tuple(each for each in _parts(said, "ward") if NAME.fullmatch(each)),
        began_from=begin_of(first),
        began_to=begin_of(last + timedelta(days=1)) if last else None,
        due=next(_members(DueSoon, [said.get("due", "")]), None),
        answered_by=said.get("by") or None,
        shadow=said.get("kind") == "shadow",
        oldest_act_first=said.get("order") == "act",
    )


def day_of(text: str) -> date | None:
    """The day that a text names."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def begin_of(day: date | None) -> datetime | None:
    """When a day begins in Hue."""
    return None if day is None else datetime.combine(day, time(), tzinfo=HUE_TIME)


def last_day(wanted: CaseFilter) -> date:
    """The last day that a filter with an end asks for."""
    end = wanted.began_to
    if end is None:
        msg = "the filter has no end"
        raise ValueError(msg)
    return (end.astimezone(HUE_TIME) - timedelta(microseconds=1)).date()


def _parts(said: Mapping[str, str], name: str) -> list[str]:
    return [each for each in said.get(name, "").split(",") if each][:_MOST]


def _members(kind: Callable[[str], E], texts: Iterable[str]) -> Iterator[E]:
    for text in texts:
        try:
            yield kind(text)
        except ValueError:
            continue
