"""The page that finds cases: filters, cards with a picture of the subject, page after page without end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nicegui import ui

from api.cases.case_reader import KnownCamera
from api.cases.saved_filters import SavedFilter
from api.console.search.address import as_address, from_address
from api.console.search.case_cards import CaseCards, card
from api.console.search.filter_form import FilterForm, saved_names
from api.console.visitor import Visitor
from api.persistence.case_search import CaseFilter
from api.principals import Permission, Principal

AT_ONCE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offered:
    """What the form offers."""

    cameras: tuple[KnownCamera, ...]
    reviewers: tuple[str, ...]
    saved: tuple[SavedFilter, ...]


class SearchPage:
    """One person's search.

    Args:
        visitor: who opened the page.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._centre = visitor.centre
        self._cursor: str | None = None
        self._asked = 0  # counts, so that of two searches the later is shown
        self._saved: tuple[SavedFilter, ...] = ()

    async def build(self) -> None:
        """Lay out the page, with what its address asks for."""
        visitor = self._visitor
        async with visitor.page("search", hint="search_hint"):
            wanted = from_address(visitor.address)
            offered = await visitor.do(lambda who: self._offered(who, wanted)) or _Offered(
                cameras=(), reviewers=(), saved=()
            )
            self._form = FilterForm(
                wanted,
                visitor.language,
                cameras=offered.cameras,
                reviewers=offered.reviewers,
                told=not visitor.principal.may(Permission.CASES_DECIDE),
                on_change=self._changed,
            )
            self._lay_out_saved(offered.saved)
            self._said = ui.label().classes("mt-alert").props('role=status aria-live="polite"')
            self._cards = CaseCards(visitor.language, self._go_on)
            await self._search()

    def _offered(self, who: Principal, wanted: CaseFilter) -> _Offered:
        who.require(Permission.CASES_READ)
        may = who.may(Permission.REVIEWERS_READ)
        reviewers = set(self._centre.reviewers.figures(who)) if may else {who.actor}
        return _Offered(
            cameras=self._visitor.readings.brought_cases(who, wanted.cameras),
            reviewers=tuple(sorted(reviewers)),
            saved=self._centre.saved_filters.list(who),
        )

    def _lay_out_saved(self, saved: tuple[SavedFilter, ...]) -> None:
        say = self._visitor.say
        self._saved = saved
        with ui.element("div").classes("mt-saved"):
            self._mine = ui.select(saved_names(saved), label=say("my_filters"), on_change=self._take)
            self._mine.props("dense outlined options-dense clearable").classes("mt-filter mt-my-filters")
            self._name = ui.input(say("filter_name")).props("dense outlined maxlength=80").classes("mt-filter-name")
            for key, act in (("keep_filter", self._keep), ("forget_filter", self._forget), ("no_filter", self._clear)):
                ui.button(say(key), on_click=act).props("flat dense no-caps").mark(key)

    async def _changed(self) -> None:
        ui.navigate.history.replace(f"/console/search?{self._address(self._form.wanted)}")
        await self._search()

    def _address(self, wanted: CaseFilter) -> str:
        asked = as_address(wanted)
        return f"lang={self._visitor.language}" + (f"&{asked}" if asked else "")

    async def _search(self) -> None:
        self._asked += 1
        self._cursor = None
        await self._read(afresh=True)

    async def _go_on(self) -> None:
        if self._cursor is not None:
            await self._read(afresh=False)

    async def _read(self, *, afresh: bool) -> None:
        wanted, asked, cursor = self._form.wanted, self._asked, self._cursor

        def read(who: Principal) -> tuple[list[Mapping[str, str]], str | None]:
            page = self._centre.cases.list(who, wanted, cursor=cursor, limit=AT_ONCE)
            pictures = self._centre.cases.pictures(who, [each.case_id for each in page.items])
            now, language = self._centre.store.clock.now(), self._visitor.language
            return [card(each, language, now=now, pictures=pictures) for each in page.items], page.next_cursor

        found = await self._visitor.do(read)
        if asked != self._asked or cursor != self._cursor:
            return  # another search, or a page that was asked for twice and is there
        if found is None:
            self._say("search_failed", bad=True)
            self._cards.failed()
            return
        rows, self._cursor = found
        self._cards.put(rows, more=self._cursor is not None, afresh=afresh)
        self._say("search_empty" if afresh and not rows else "", bad=False)

    def _say(self, key: str, *, bad: bool) -> None:
        self._said.set_text(self._visitor.say(key) if key else "")
        self._said.classes(add="bad" if bad else "", remove="" if bad else "bad")
        self._said.set_visibility(bool(key))

    async def _take(self) -> None:
        chosen = next((each for each in self._saved if each.name == self._mine.value), None)
        if chosen is not None:
            self._name.set_value(chosen.name)
            self._form.set(chosen.wanted)
            await self._changed()

    async def _keep(self) -> None:
        name = str(self._name.value or "").strip()
        if not name.isprintable() or not name:
            ui.notify(self._visitor.say("name_the_filter"), type="warning", position="top")
            return
        wanted = self._form.wanted
        await self._change_mine(lambda who: self._centre.saved_filters.keep(who, name, wanted), "filter_kept")

    async def _forget(self) -> None:
        name = str(self._mine.value or "")
        if name:
            await self._change_mine(lambda who: self._centre.saved_filters.forget(who, name), "filter_forgotten")

    async def _change_mine(self, change: Callable[[Principal], None], said: str) -> None:
        def step(who: Principal) -> tuple[SavedFilter, ...]:
            change(who)
            return self._centre.saved_filters.list(who)

        saved = await self._visitor.do(step)
        if saved is not None:
            self._saved = saved
            self._mine.set_options(saved_names(saved), value=None)
            ui.notify(self._visitor.say(said), type="positive", position="top")

    async def _clear(self) -> None:
        self._mine.set_value(None)
        self._form.set(CaseFilter())
        await self._changed()
