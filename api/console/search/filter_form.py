"""What a search asks for, as a form; and one's own filters, kept at the centre."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from nicegui import ui

from api.cases.case_reader import KnownCamera
from api.cases.saved_filters import SavedFilter
from api.console.plain_select import PlainSelect
from api.console.review.short_forms import short
from api.console.search.address import begin_of, day_of, last_day
from api.console.words import Language, translate
from api.persistence.case_search import CaseFilter
from domain.cases.clocks import DueSoon
from domain.cases.states import AWAITING_REVIEW, CaseState
from domain.instants import HUE_TIME
from domain.law.catalogue import built_in_catalogue

_ANY = ""
_SHADOW = "shadow"
_ACT = "act"


class FilterForm:
    """The form.

    Args:
        wanted: what it asks for at first.
        language: of the words.
        cameras: that there are.
        reviewers: actors that may be asked for; empty: the person may ask for nobody.
        told: whether the states before an answer are told apart.
        on_change: called when it asks for something else.
    """

    def __init__(
        self,
        wanted: CaseFilter,
        language: Language,
        *,
        cameras: Sequence[KnownCamera],
        reviewers: Sequence[str],
        told: bool,
        on_change: Callable[[], Awaitable[None]],
    ) -> None:
        self._language = language
        self._on_change = on_change
        self._quiet = False
        hidden = frozenset() if told else AWAITING_REVIEW - {CaseState.QUEUED}
        states = {state.value: translate(language, f"state.{state}") for state in CaseState if state not in hidden}
        named = {each.camera_id: short(f"{each.camera_name} ({each.camera_id})", 70) for each in cameras}
        wards = {each.ward_key: each.ward for each in cameras if each.ward_key}
        due = {_ANY: self._say("any_clock")} | {each.value: self._say(f"due.{each}") for each in DueSoon}
        with ui.element("div").classes("mt-choices"):
            self._states = self._select("state", states, multiple=True)
            self._codes = self._select("offence", _offences(language), multiple=True)
            self._cameras = self._select("camera", named, multiple=True)
            self._wards = self._select("ward", wards, multiple=True)
            self._due = self._select("clock", due)
            self._first = self._day("from_day")
            self._last = self._day("to_day")
            people = {_ANY: self._say("anybody")} | {each: each.removeprefix("user:") for each in reviewers}
            self._by = self._select("answered_by", people)
            self._by.set_visibility(bool(reviewers))
            kinds = {_ANY: self._say("real_cases"), _SHADOW: self._say("shadow_cases")}
            self._kind = self._select("real_or_shadow", kinds)
            self._order = self._select("order", {_ANY: self._say("newest_first"), _ACT: self._say("oldest_first")})
        self.set(wanted)

    def _say(self, key: str) -> str:
        return translate(self._language, key)

    def _select(self, name: str, options: Mapping[str, str], *, multiple: bool = False) -> ui.select:
        select = PlainSelect(
            dict(options), label=self._say(name), multiple=multiple, value=[] if multiple else _ANY, with_input=multiple
        )
        select.props("dense outlined options-dense").classes(f"mt-filter mt-search-{name}")
        select.on_value_change(self._changed)
        return select

    def _day(self, name: str) -> ui.input:
        field = ui.input(self._say(name)).props("type=date dense outlined stack-label").classes(f"mt-search-{name}")
        field.on_value_change(self._changed)
        return field

    def _changed(self) -> Awaitable[None] | None:
        """Looks before it is awaited, when a filter may have been set already."""
        return None if self._quiet else self._on_change()

    @property
    def wanted(self) -> CaseFilter:
        """What it asks for."""
        last = day_of(self._last.value or "")
        return CaseFilter(
            states=tuple(CaseState(each) for each in self._states.value),
            codes=tuple(self._codes.value),
            cameras=tuple(self._cameras.value),
            wards=tuple(self._wards.value),
            began_from=begin_of(day_of(self._first.value or "")),
            began_to=begin_of(last + timedelta(days=1)) if last else None,
            due=DueSoon(self._due.value) if self._due.value else None,
            answered_by=self._by.value or None,
            shadow=self._kind.value == _SHADOW,
            oldest_act_first=self._order.value == _ACT,
        )

    def set(self, wanted: CaseFilter) -> None:
        """Ask for something else; what the form does not offer is left out."""
        first = wanted.began_from.astimezone(HUE_TIME).date().isoformat() if wanted.began_from else ""
        self._quiet = True
        for field, values in (
            (self._states, wanted.states),
            (self._codes, wanted.codes),
            (self._cameras, wanted.cameras),
            (self._wards, wanted.wards),
        ):
            field.set_value([str(each) for each in values if str(each) in field.options])
        self._due.set_value(wanted.due.value if wanted.due else _ANY)
        self._first.set_value(first)
        self._last.set_value(last_day(wanted).isoformat() if wanted.began_to else "")
        _set(self._by, wanted.answered_by)
        self._kind.set_value(_SHADOW if wanted.shadow else _ANY)
        self._order.set_value(_ACT if wanted.oldest_act_first else _ANY)
        self._quiet = False


def _set(field: ui.select, value: str | None) -> None:
    options: Any = field.options
    field.set_value(value if value in options else _ANY)


def _offences(language: Language) -> dict[str, str]:
    rows = {row.code: row.name_vi if language == "vi" else row.name_en for row in built_in_catalogue().rows}
    return {code: short(name, 70) for code, name in sorted(rows.items(), key=lambda item: item[1])}


def saved_names(saved: Sequence[SavedFilter]) -> dict[str, str]:
    """The names of one's filters, for a choice."""
    return {each.name: each.name for each in saved}
