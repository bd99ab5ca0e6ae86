"""The list on the left: filters, counts, and one row a case."""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence

from nicegui import ui

from api.console.dossier import hue_time
from api.console.words import Language, say
from api.persistence.case_queries import CaseFilter
from api.services.case_rows import ListedCase
from domain.cases.states import CaseState

_ANY = ""


class CaseList:
    """Filters and rows.

    Args:
        language: of everything shown.
        on_open: called with the case that was chosen.
        on_filter: called when a filter has changed.
    """

    def __init__(
        self,
        language: Language,
        *,
        on_open: Callable[[uuid.UUID], Awaitable[None]],
        on_filter: Callable[[], Awaitable[None]],
    ) -> None:
        self._language = language
        self._on_open = on_open
        self._items: tuple[ListedCase, ...] = ()
        self._chosen: uuid.UUID | None = None
        self._rows: dict[uuid.UUID, ui.element] = {}
        self._offences: dict[str, str] = {_ANY: say(language, "all_offences")}
        self._cameras: dict[str, str] = {_ANY: say(language, "all_cameras")}
        with ui.element("div").classes("mt-list"):
            with ui.element("div").classes("mt-filters"):
                self._state = self._select("state", self._state_options({}), CaseState.QUEUED.value, on_filter)
                self._offence = self._select("offence", self._offences, _ANY, on_filter)
                self._camera = self._select("camera", self._cameras, _ANY, on_filter)
            self._body = ui.element("div")

    def _select(
        self, name: str, options: dict[str, str], value: str, on_filter: Callable[[], Awaitable[None]]
    ) -> ui.select:
        select = ui.select(options, value=value, label=say(self._language, name), on_change=on_filter)
        return select.props("dense outlined options-dense").classes(f"w-full mt-filter-{name}")

    @property
    def wanted(self) -> CaseFilter:
        """What the filters ask for."""
        return CaseFilter(
            states=(CaseState(self._state.value),) if self._state.value else (),
            codes=(self._offence.value,) if self._offence.value else (),
            cameras=(self._camera.value,) if self._camera.value else (),
        )

    @property
    def first(self) -> uuid.UUID | None:
        """The case at the top."""
        return self._items[0].case_id if self._items else None

    def neighbour(self, steps: int) -> uuid.UUID | None:
        """The case so many rows below (or above) the chosen one; None at the end of the list."""
        ids = [item.case_id for item in self._items]
        if self._chosen not in ids:
            return self.first
        index = ids.index(self._chosen) + steps
        return ids[index] if 0 <= index < len(ids) else None

    def after(self, case_id: uuid.UUID) -> uuid.UUID | None:
        """Which case comes next once this one is decided."""
        ids = [item.case_id for item in self._items]
        if case_id not in ids:
            return None
        index = ids.index(case_id)
        return ids[index + 1] if index + 1 < len(ids) else (ids[index - 1] if index else None)

    def show(self, items: Sequence[ListedCase], counts: Mapping[CaseState, int]) -> None:
        """Show these cases and how many stand where."""
        self._items = tuple(items)
        self._state.set_options(self._state_options(counts))
        for item in items:
            self._offences.setdefault(item.code, self._offence_name(item))
            self._cameras.setdefault(item.camera_id, item.camera_name)
        self._offence.set_options(self._offences)
        self._camera.set_options(self._cameras)
        self._body.clear()
        self._rows = {}
        with self._body:
            if not items:
                ui.label(say(self._language, "empty")).classes("mt-hint")
            for item in items:
                self._rows[item.case_id] = self._row(item)
        self.choose(self._chosen)

    def choose(self, case_id: uuid.UUID | None) -> None:
        """Mark the open case."""
        self._chosen = case_id
        for row_id, row in self._rows.items():
            row.classes(add="mt-chosen") if row_id == case_id else row.classes(remove="mt-chosen")

    def _row(self, item: ListedCase) -> ui.element:
        def open_it() -> Awaitable[None]:
            return self._on_open(item.case_id)

        with ui.element("button").classes("mt-row").on("click", open_it) as row:
            ui.label(self._offence_name(item)).classes("mt-what")
            with ui.element("div").classes("mt-meta"):
                ui.label(f"{item.road} · {say(self._language, f'kind.{item.vehicle_kind}')}")
                ui.label(say(self._language, f"state.{item.state}")).classes(f"mt-badge {item.state}")
            with ui.element("div").classes("mt-meta"):
                ui.label(hue_time(item.began_at))
                if item.files_missing:
                    here = item.files_total - item.files_missing
                    ui.label(f"{here}/{item.files_total} {say(self._language, 'files_of')}")
        return row

    def _offence_name(self, item: ListedCase) -> str:
        return item.name_vi if self._language == "vi" else item.name_en

    def _state_options(self, counts: Mapping[CaseState, int]) -> dict[str, str]:
        options = {_ANY: say(self._language, "all_states")}
        for state in CaseState:
            count = f" ({counts[state]})" if counts.get(state) else ""
            options[state.value] = say(self._language, f"state.{state}") + count
        return options
