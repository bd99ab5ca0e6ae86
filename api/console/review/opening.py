"""Cases are opened on the review page: the one that is asked for now, and the next one ahead of its key."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from nicegui import ui

from api.cases.entered_plates import ENTERED_IN
from api.cases.holds import Hold
from api.console.review.asking import Asking
from api.console.review.case_list import CaseList
from api.console.review.case_view import CaseView
from api.console.review.choices import Choice
from api.console.review.desk import Desk, LaidOut
from api.console.review.held import show_held
from api.console.review.looks import Look, look_at
from api.console.review.own_hold import OwnHold
from api.console.review.pair_judging import PairJudging
from api.console.review.place_map import place_button, show_place
from api.console.review.readable import ReadableCopies
from api.console.review.reminder_of_case import show_reminder_of_case
from api.console.words import Language, translate
from api.principals import Permission, Principal

if TYPE_CHECKING:
    from api.centre import Centre


class Acts(Protocol):
    """What a person may do with the open case."""

    async def decide(self, choice: Choice) -> None:
        """Take one way on."""

    async def enter_plate(self, typed: str) -> None:
        """Keep the plate as this person reads it."""

    async def see_originals(self) -> None:
        """See what is shown blurred."""

    def keys_belong_to_the_page(self, *, so: bool) -> None:
        """Whether keys are the page's, or a dialog's."""


class Opening:
    """Opens cases; made where the page has room for them.

    Args:
        centre: the services.
        asking: puts the page's questions.
        principal: who opened the page.
        language: of everything shown.
        rows: the list; the open case is marked there, and it knows the next one.
        pairs: shows and judges cases that may be the same act.
        acts: what the buttons do.
        is_taken: whether a decision of a case waits to be carried out.
    """

    def __init__(
        self,
        centre: "Centre",
        asking: Asking,
        *,
        principal: Principal,
        language: Language,
        rows: CaseList,
        pairs: PairJudging,
        acts: Acts,
        is_taken: Callable[[uuid.UUID], bool],
    ) -> None:
        self._centre = centre
        self._asking = asking
        self._principal = principal
        self._language = language
        self._rows = rows
        self._pairs = pairs
        self._acts = acts
        self._client = ui.context.client
        self._hold = OwnHold(centre.holds, is_taken)
        self._desk = Desk(language, self._fill)
        self._asked = 0  # counts, so that of two cases asked for at once the later is shown
        self._settled = asyncio.Event()  # what is shown was read just now, and is held
        self._settled.set()

    @property
    def shown(self) -> LaidOut | None:
        """The case that is looked at; it may still be read again."""
        return self._desk.shown

    async def to_answer(self) -> LaidOut | None:
        """The case that is open as this is asked, once it is known to be as it is shown.

        Returns:
            None: this person cannot answer it, or is told that meanwhile it changed or another one was opened.
        """
        meant = self._desk.shown
        await self._settled.wait()
        if self._desk.shown is not meant:
            with self._client:  # the button that was pressed may be gone
                ui.notify(translate(self._language, "press_again"), type="warning", position="top")
            return None
        if meant is not None and meant.held_by is not None:
            with self._client:
                ui.notify(translate(self._language, "key_held"), type="warning", position="top")
        return meant if meant is not None and self._may_answer(meant) else None

    @property
    def ready_id(self) -> uuid.UUID | None:
        """The case that lies ready."""
        return self._desk.ready_id

    async def open(self, case_id: uuid.UUID) -> None:
        """Show one case; that it was looked at is put on record."""
        self._asked += 1
        asked = self._asked
        self._settled.clear()
        try:
            await self._open(case_id, asked)
        finally:
            if asked == self._asked:
                self._settled.set()

    async def make_ready(self) -> None:
        """The next case is laid out and its clip loaded, so that it plays at once when it is opened."""
        asked, shown = self._asked, self._desk.shown
        if shown is None:
            return
        case_id = shown.look.stored.case_id
        following = self._rows.after(case_id) or self._rows.last
        if following is None or following == case_id:
            self._desk.ready(case_id)  # nothing follows: what lay ready was of another filter
            return
        if following == self.ready_id:
            return
        look = await self._asking.ask(lambda who: look_at(self._centre, who, following))
        if look is not None and asked == self._asked:
            self._desk.keep_ready(self._lay_out(look, None))

    async def show_place(self) -> None:
        """Show where the act of the open case was, on a map."""
        if self._desk.shown is not None:
            self._acts.keys_belong_to_the_page(so=False)
            stored, wards = self._desk.shown.look.stored, self._centre.cameras.wards
            await show_place(stored, wards, self._language, tiles_path=self._centre.map_tiles_path)
            self._acts.keys_belong_to_the_page(so=True)

    def close(self) -> None:
        """Nothing is open."""
        self._pairs.end()
        self._rows.choose(None)
        self._desk.close()

    def let_go(self) -> Awaitable[None]:
        """The page is gone."""
        return self._hold.let_go(self._principal)

    async def _open(self, case_id: uuid.UUID, asked: int) -> None:
        """What lies ready is shown first, and read again at once: it is laid out anew where it has changed.

        So is what is shown already: a row that is clicked twice leaves nothing behind that a key was meant for.
        """
        ready = None if self._desk.shown_as(case_id) is not None else self._desk.ready(case_id)
        if ready is not None:
            if await self._asking.ask(lambda who: who) is None or asked != self._asked:
                ready.remove()
                return
            self._show(ready)

        def look(who: Principal) -> tuple[Look, Hold | None]:
            seen = look_at(self._centre, who, case_id)
            return seen, self._hold.move_to(who, case_id, still=lambda: asked == self._asked)

        found = await self._asking.ask(look)
        if asked != self._asked:
            return
        if found is None:
            if ready is not None:
                self.close()
            return
        seen, hold = found
        held_by = hold if hold is not None and hold.holder != self._principal.actor else None
        standing = self._desk.shown_as(case_id)
        if standing is None or not standing.shows(seen, held_by, self._principal):
            self._show(self._lay_out(seen, held_by))

    def _lay_out(self, look: Look, held_by: Hold | None) -> LaidOut:
        view = CaseView(look.stored, look.files, look.history, self._language, self._centre.store.clock.now())
        return self._desk.lay_out(look, view, held_by)

    def _show(self, laid_out: LaidOut) -> None:
        look = laid_out.look
        self._pairs.begin(look.stored, look.files, look.others, may=self._may_answer(laid_out))
        self._rows.choose(look.stored.case_id)
        self._desk.show(laid_out)

    def _may_answer(self, laid_out: LaidOut) -> bool:
        return laid_out.held_by is None and self._principal.may(Permission.CASES_DECIDE)

    def _fill(self, laid_out: LaidOut) -> None:
        look, view, may = laid_out.look, laid_out.view, self._may_answer(laid_out)
        with laid_out.evidence:
            may_enter = may and look.stored.state in ENTERED_IN and not look.stored.shadow
            view.show_evidence(self._acts.enter_plate if may_enter else None)
        with laid_out.facts:
            if laid_out.held_by is not None:
                show_held(laid_out.held_by, self._language)
            elif may:
                view.show_decision(self._acts.decide, self._principal.role)
            self._pairs.lay_out(look.stored, look.files, look.others, may=may)
            place_button(self._language, self.show_place)
            if look.reminder is not None:
                show_reminder_of_case(look.reminder, self._language)
            view.show_originals(
                self._acts.see_originals,
                judges=self._principal.may(Permission.CASES_DECIDE),
                may_export=self._principal.may(Permission.EXPORTS_ASK),
                may_look_up=bool(self._centre.sightings.basis) and self._principal.may(Permission.PLATES_LOOK_UP),
            )
            ReadableCopies(
                look,
                self._language,
                principal=self._principal,
                asking=self._asking,
                misses=self._centre.redaction_misses,
                keys_belong_to_the_page=self._acts.keys_belong_to_the_page,
            ).show()
            view.show_facts()
