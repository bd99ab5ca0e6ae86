"""The page that looks a plate up: never without a purpose, and each look-up on record."""

from nicegui import ui

from api.cases.plate_look_ups import FoundCases
from api.console.search.case_cards import CaseCards, card
from api.console.visitor import Visitor
from api.principals import Principal
from domain.cases.plate_search import NEEDS_NOTE, PURPOSES, PlatePattern
from domain.cases.roles import Role
from domain.errors import Invalid


class PlatesPage:
    """One person's look-ups.

    Args:
        visitor: who opened the page.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._cursor: str | None = None
        self._asked: tuple[PlatePattern, str, str] | None = None

    async def build(self) -> None:
        """Lay out the page; it finds nothing before somebody says what and why."""
        visitor, say = self._visitor, self._visitor.say
        purposes = {code: words.of(visitor.language) for code, words in PURPOSES.items()}
        async with visitor.page("plates", hint="plates_hint"):
            with ui.element("div").classes("mt-choices"):
                self._plate = ui.input(say("plate"), placeholder="75F1-123.45").props("dense outlined maxlength=24")
                self._plate.on("keydown.enter", self._look_up)
                self._purpose = ui.select(purposes, label=say("purpose")).props("dense outlined options-dense")
                self._purpose.classes("mt-filter mt-purpose")
                self._note = ui.input(say("purpose_note")).props("dense outlined maxlength=2000")
            with ui.element("div").classes("mt-saved"):
                self._near = ui.checkbox(say("one_wrong"))
                ui.button(say("look_up"), on_click=self._look_up).props(
                    "no-caps unelevated color=amber-9 text-color=black"
                )
            ui.label(say("plate_wildcards")).classes("mt-hint")
            self._said = ui.label().classes("mt-alert").props('role=status aria-live="polite"')
            self._said.set_visibility(False)
            self._cards = CaseCards(visitor.language, self._go_on)

    async def _look_up(self) -> None:
        self._asked = self._cursor = None
        purpose, note = str(self._purpose.value or ""), str(self._note.value or "").strip()
        problem = "say_purpose" if not purpose else "say_number" if purpose in NEEDS_NOTE and not note else ""
        try:
            pattern = PlatePattern.of(str(self._plate.value or ""), near=bool(self._near.value))
        except Invalid:
            problem = "near_wants_whole" if self._near.value else "no_such_plate"
        if problem:
            self._say(problem, bad=True)
            return
        self._asked = (pattern, purpose, note)
        await self._read(afresh=True)

    async def _go_on(self) -> None:
        if self._cursor is not None:
            await self._read(afresh=False)

    async def _read(self, *, afresh: bool) -> None:
        if self._asked is None:
            return
        asked, cursor, centre, language = self._asked, self._cursor, self._visitor.centre, self._visitor.language
        pattern, purpose, note = asked
        is_police = self._visitor.principal.role is Role.POLICE

        def find(who: Principal) -> tuple[FoundCases, list[dict[str, str]]]:
            found = centre.plates.find(who, pattern, purpose=purpose, note=note, cursor=cursor)
            ids = [each.case.case_id for each in found.items]
            pictures = {} if is_police else centre.cases.pictures(who, ids)
            page, now = "/police" if is_police else "/", centre.store.clock.now()
            rows = [
                card(each.case, language, now=now, pictures=pictures, page=page, plate=each.plate_text)
                for each in found.items
            ]
            return found, rows

        done = await self._visitor.do(find)
        if asked is not self._asked or cursor != self._cursor:
            return  # another look-up, or a page that was asked for twice and is there
        if done is None:
            self._cards.failed()
            return
        found, rows = done
        self._cursor = found.next_cursor
        self._cards.put(rows, more=found.next_cursor is not None, afresh=afresh)
        self._say("plates_none" if afresh and not rows else "look_up_noted", bad=False)

    def _say(self, key: str, *, bad: bool) -> None:
        self._said.set_text(self._visitor.say(key))
        self._said.classes(add="bad" if bad else "", remove="" if bad else "bad")
        self._said.set_visibility(True)
