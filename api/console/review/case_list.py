"""The list on the left: filters, counts, and one row a case."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from api.cases.case_rows import ListedCase
from api.cases.shared_lists import CaseLists
from api.console.elements import CaseRows
from api.console.live_lists import LISTED
from api.console.plain_select import PlainSelect
from api.console.review.dossier import hue_time
from api.console.review.short_forms import short
from api.console.words import Language, translate
from api.persistence.case_search import CaseFilter
from domain.cases.states import JUDGED_STATES, CaseState

_ANY = ""
_REAL, _SHADOW = "real", "shadow"
_SHADOW_STATES = (CaseState.DETECTED, *sorted(JUDGED_STATES))
Handler = Callable[[], Awaitable[None]]


class CaseList:
    """Filters and rows.

    Args:
        language: of everything shown.
        on_open: called with the case that was chosen.
        on_filter: called when a filter has changed.
    """

    def __init__(
        self, language: Language, *, on_open: Callable[[uuid.UUID], Awaitable[None]], on_filter: Handler
    ) -> None:
        self._language = language
        self._on_filter = on_filter
        self._ids: list[uuid.UUID] = []
        self._rows: dict[str, dict[str, str]] = {}
        self._chosen: uuid.UUID | None = None
        self.decided: set[uuid.UUID] = set()  # by this person a moment ago: not shown, though they still stand there
        self._offences: dict[str, str] = {_ANY: translate(language, "all_offences")}
        self._cameras: dict[str, str] = {_ANY: translate(language, "all_cameras")}
        kinds = {_REAL: translate(language, "real_cases"), _SHADOW: translate(language, "shadow_cases")}
        with ui.element("div").classes("mt-list"):
            with ui.element("div").classes("mt-filters"):
                self._kind = self._select("real_or_shadow", kinds, _REAL, self._change_kind)
                self._state = self._select("state", self._state_options({}), CaseState.QUEUED.value, on_filter)
                self._offence = self._select("offence", dict(self._offences), _ANY, on_filter)
                self._camera = self._select("camera", dict(self._cameras), _ANY, on_filter)
                for each in (self._offence, self._camera):
                    each.on("popup-show", self._offer)
            ui.link(translate(language, "precision"), f"/precision?lang={language}").classes("mt-hint mt-to-precision")
            self._body = CaseRows(language)

        async def open_it(event: GenericEventArguments) -> None:
            case_id = as_uuid(event.args)
            if case_id is not None:
                await on_open(case_id)

        self._body.on("open", open_it)

    def _select(self, name: str, options: dict[str, str], value: str, on_change: Handler) -> ui.select:
        select = PlainSelect(options, value=value, label=translate(self._language, name), on_change=on_change)
        return select.props("dense outlined options-dense").classes(f"mt-filter mt-filter-{name}")

    async def _change_kind(self) -> None:
        first = CaseState.DETECTED if self._kind.value == _SHADOW else CaseState.QUEUED
        self._state.set_options(self._state_options({}))
        if self._state.value == first.value:
            await self._on_filter()
        else:
            self._state.set_value(first.value)  # which asks again

    @property
    def wanted(self) -> CaseFilter:
        """What the filters ask for."""
        return CaseFilter(
            states=(CaseState(self._state.value),) if self._state.value else (),
            codes=(self._offence.value,) if self._offence.value else (),
            cameras=(self._camera.value,) if self._camera.value else (),
            shadow=self._kind.value == _SHADOW,
        )

    @property
    def first(self) -> uuid.UUID | None:
        """The case at the top."""
        return self._ids[0] if self._ids else None

    @property
    def last(self) -> uuid.UUID | None:
        """The case at the bottom."""
        return next((each for each in reversed(self._ids) if each not in self.decided), None)

    def neighbour(self, steps: int) -> uuid.UUID | None:
        """The case so many rows below (or above) the chosen one; None at the end of the list."""
        if self._chosen not in self._ids:
            return self.first
        index = self._ids.index(self._chosen) + steps
        return self._ids[index] if 0 <= index < len(self._ids) else None

    def below(self, case_id: uuid.UUID) -> uuid.UUID | None:
        """The next one below that this person has not decided; None: there is none, or the case is not in the list."""
        return next((each for each in self._beyond(case_id, self._ids) if each not in self.decided), None)

    def after(self, case_id: uuid.UUID) -> uuid.UUID | None:
        """Which case comes next once this one is decided; None: it is the only one, or stands in the list no more."""
        above = self._beyond(case_id, self._ids[::-1])
        return self.below(case_id) or next((each for each in above if each not in self.decided), None)

    @staticmethod
    def _beyond(case_id: uuid.UUID, ids: list[uuid.UUID]) -> list[uuid.UUID]:
        return ids[ids.index(case_id) + 1 :] if case_id in ids else []

    def show(self, lists: CaseLists) -> None:
        """Show these cases and how many stand where; only what differs goes to the browser."""
        _renew(self._state, self._state_options(lists.counts))
        for item in lists.items:
            self._offences.setdefault(item.code, short(_offence_name(item, self._language)))
            self._cameras.setdefault(item.camera_id, short(item.camera_name))
        if not self._rows:
            self._offer()
        shown = [item for item in lists.items if item.case_id not in self.decided]
        rows = {str(item.case_id): _row(item, self._language) for item in shown}
        self._body.renew(self._rows, rows)
        self._rows, self._ids = rows, [item.case_id for item in shown]

    def _offer(self) -> None:
        """Offer the offences and cameras seen so far; asked for when a choice opens, since each case may bring one."""
        _renew(self._offence, self._offences)
        _renew(self._camera, self._cameras)

    def choose(self, case_id: uuid.UUID | None) -> None:
        """Mark the open case."""
        self._chosen = case_id
        self._body.choose(str(case_id) if case_id else "")

    def _state_options(self, counts: Mapping[CaseState, int]) -> dict[str, str]:
        shadow = hasattr(self, "_kind") and self._kind.value == _SHADOW
        states = _SHADOW_STATES if shadow else [state for state in CaseState if state not in JUDGED_STATES]
        options = {_ANY: translate(self._language, "all_states")}
        for state in states:
            count = f" ({counts[state]})" if counts.get(state) else ""
            options[state.value] = translate(self._language, f"state.{state}") + count
        return options


@lru_cache(maxsize=4 * LISTED)  # every page shows the same cases, again and again
def _row(item: ListedCase, language: Language) -> dict[str, str]:
    here = f"{item.files_total - item.files_missing}/{item.files_total} {translate(language, 'files_of')}"
    return {
        "what": short(_offence_name(item, language)),
        "where": short(f"{item.road} · {translate(language, f'kind.{item.vehicle_kind}')}"),
        "state": item.state.value,
        "state_word": translate(language, f"state.{item.state}"),
        "at": hue_time(item.began_at),
        "files": here if item.files_missing else "",
    }


def _offence_name(item: ListedCase, language: Language) -> str:
    return item.name_vi if language == "vi" else item.name_en


def as_uuid(text: Any) -> uuid.UUID | None:
    """The id that a browser names, None where it is none."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def _renew(select: ui.select, options: dict[str, str]) -> None:
    if select.options != options:
        select.set_options(dict(options))
