"""The page that looks a plate up: never without a purpose, and each look-up on record."""

from api.cases.plate_look_ups import FoundCases
from api.console.search.case_cards import CaseCards, card
from api.console.search.look_up_form import LookUpForm
from api.console.visitor import Visitor
from api.principals import Principal
from domain.cases.plate_search import PlatePattern
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
        visitor = self._visitor
        async with visitor.page("plates", hint="plates_hint"):
            self._form = LookUpForm(visitor, self._look_up, plate=True)
            self._cards = CaseCards(visitor.language, self._go_on)

    async def _look_up(self) -> None:
        self._asked = self._cursor = None
        form = self._form
        problem = form.missing
        try:
            pattern = PlatePattern.of(form.plate, near=form.near)
        except Invalid:
            problem = "near_wants_whole" if form.near else "no_such_plate"
        if problem:
            form.tell(problem, bad=True)
            return
        self._asked = (pattern, form.purpose, form.note)
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
        self._form.tell("plates_none" if afresh and not rows else "look_up_noted", bad=False)
