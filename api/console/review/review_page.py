"""The review page of one browser: the list, the case in the middle, the decision on the right."""

import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from nicegui import ui

from api.cases.case_reader import as_reviewer
from api.cases.case_rows import StoredCase
from api.cases.review import Decision
from api.cases.shared_lists import CaseLists, ScopedFilter
from api.console.access.leaving import sign_out
from api.console.live_lists import LISTED, Changes, LiveLists
from api.console.navigation import Navigation
from api.console.readings import Readings
from api.console.review.asking import Asking
from api.console.review.case_list import CaseList, as_uuid
from api.console.review.choices import Choice
from api.console.review.desk import LaidOut
from api.console.review.keys_help import keys_help
from api.console.review.opening import Opening
from api.console.review.originals import MINUTES, ask_why
from api.console.review.page_keys import PageKeys
from api.console.review.pair_judging import PairJudging
from api.console.review.reason_dialog import ask_note, ask_reason
from api.console.review.taken_decisions import TakenDecisions
from api.console.review.top_bar import show_top_bar
from api.console.review.undoing import Undoing, problem_of
from api.console.words import Language, translate
from api.principals import Principal

if TYPE_CHECKING:
    from api.centre import Centre

T = TypeVar("T")
_AHEAD_S = 0.1
_SAME_PRESS_S = 0.3  # a key that is pressed twice so soon was meant once


class ReviewPage:
    """One reviewer's page.

    Args:
        centre: the services.
        lists: keeps the list up to date.
        readings: what waits on other pages.
        taken: carries decisions out once they can no longer be taken back.
        token: of the session; looked at again with every action.
        principal: who opened the page.
        language: of everything shown.
    """

    def __init__(
        self,
        centre: "Centre",
        lists: LiveLists,
        readings: Readings,
        taken: TakenDecisions,
        *,
        token: str,
        principal: Principal,
        language: Language,
    ) -> None:
        self.token = token
        self._centre = centre
        self._lists = lists
        self._readings = readings
        self._taken = taken
        self._principal = principal
        self._language = language
        self._client = ui.context.client
        self._asking = Asking(centre, token, language)
        self._pairs = PairJudging(centre.duplicates, centre.clones, language, self)
        self._pressed: tuple[Choice | None, float] = (None, 0.0)

    async def build(self, case_id: str) -> None:
        """Lay out the page, and open the case of the address, or the first one."""
        self._help = keys_help(self._language)
        self._navigation = Navigation(
            self._centre, self._readings, principal=self._principal, language=self._language, here="cases"
        )
        await show_top_bar(self._navigation, self._principal, self._language, self._help.open, self._sign_out)
        with ui.element("div").classes("mt-desk"):
            self._list = CaseList(self._language, on_open=self.open, on_filter=self._filter)
            self._opening = Opening(
                self._centre,
                self._asking,
                principal=self._principal,
                language=self._language,
                rows=self._list,
                pairs=self._pairs,
                acts=self,
                is_taken=self.is_taken,
            )
        self._undoing = Undoing(
            self._taken,
            self._language,
            self.token,
            by=self._principal.actor,
            undo=self.undo,
            carried_out=self._carried_out,
        )
        self._keys = PageKeys(self, self._pairs, self._principal, self._language, self._help)
        self._client.on_delete(self._lists.join(self))
        self._client.on_delete(self._opening.let_go)
        await self.refresh()
        first = as_uuid(case_id) or self._list.first
        if first is not None:
            await self._opening.open(first)
        ui.timer(_AHEAD_S, self._opening.make_ready, once=True)  # when the page stands there
        self._navigation.follow()

    @property
    def wanted(self) -> ScopedFilter:
        """Which cases the list shows, and whose."""
        return self._principal.scope, as_reviewer(self._principal, self._list.wanted)

    @property
    def shown(self) -> LaidOut | None:
        """The case that is open."""
        return self._opening.shown

    async def refresh(self) -> None:
        """Read the list now, because the person changed something; it keeps the chosen row."""
        wanted = self.wanted
        found = await self.ask(lambda _: self._centre.cases.lists([wanted], limit=LISTED)[wanted])
        if found is not None and wanted == self.wanted:
            self._list.show(found)

    async def _filter(self) -> None:
        await self.refresh()
        await self._opening.make_ready()

    async def take_in(self, lists: CaseLists, changes: Changes) -> None:
        """Show what was read for all pages."""
        if self._client.is_deleted:
            return
        with self._client:
            self._list.show(lists)
            if changes.new:
                one = changes.new == 1
                words = translate(self._language, "new_case" if one else "new_cases")
                ui.notify(words if one else f"{changes.new} {words}", type="info", position="bottom-left")

    def end(self) -> None:
        """The session has ended: lead to the sign-in."""
        if self._client.is_deleted:
            return
        with self._client:
            self._asking.to_sign_in()

    async def ask(self, question: Callable[[Principal], T]) -> T | None:
        """Put a question to the centre as the person of the session; what goes wrong is shown, not hidden."""
        return await self._asking.ask(question)

    async def open(self, case_id: uuid.UUID) -> None:
        """Show one case; that it was looked at is put on record."""
        await self._opening.open(case_id)
        await self._opening.make_ready()

    async def move(self, steps: int) -> None:
        """Open the case so many rows below."""
        case_id = self._list.neighbour(steps)
        if case_id is not None:
            await self.open(case_id)

    async def take_next(self) -> None:
        """Open the case that is handed out next."""
        hold = await self.ask(self._centre.holds.take_next)
        if hold is None:
            ui.notify(translate(self._language, "nothing_waits"), type="info", position="top")
            return
        await self.open(hold.case_id)

    async def decide(self, choice: Choice) -> None:
        """Take one way on with the open case: ask for what must come with it, and do it."""
        before, self._pressed = self._pressed, (choice, time.monotonic())
        if not choice.asks and choice == before[0] and self._pressed[1] - before[1] < _SAME_PRESS_S:
            return
        shown = await self._opening.to_answer()
        if shown is None:
            return
        stored = shown.look.stored
        if self.is_taken(stored.case_id):  # pressed twice: the first press stands, and can be taken back
            return
        decision: Decision | None = Decision(decision=choice.decision)
        if choice.after_watching:
            if not stored.confirmable:
                ui.notify(translate(self._language, "cannot_confirm"), type="warning", position="top")
                return
            watched = shown.view.watched
            if watched is None:
                ui.notify(translate(self._language, "wait_confirm"), type="warning", position="top")
                return
            decision = Decision(decision=choice.decision, watched=watched)
        elif choice.asks:
            self._keys.belong_to_the_page(so=False)  # but to the dialog while it is open
            if choice.needs_reason:
                decision = await ask_reason(self._language, choice, stored.case.violation.code)
            else:
                decision = await ask_note(self._language, choice)
            self._keys.belong_to_the_page(so=True)
        if decision is not None:
            await self._take(stored, decision, choice)

    async def _take(self, stored: StoredCase, decision: Decision, choice: Choice) -> None:
        """The decision is carried out in a few seconds; until then it can be taken back, and the next case is open.

        What stops a case is carried out now: in those seconds the police may take it.
        """
        case_id, following = stored.case_id, self.after(stored.case_id)

        def decide() -> None:
            who = self._centre.sign_in.by_session(self.token)
            self._centre.review.decide(who, case_id, decision, expected_version=stored.version)

        if choice.at_once:
            problem = await problem_of(decide, self._language)
            if problem is not None:
                ui.notify(problem, type="negative", position="top", multi_line=True)
                return
        else:
            self._list.decided.add(case_id)
            self._undoing.take(case_id, decide)
        await self.go_on(case_id, following, choice.done)

    async def _carried_out(self, case_id: uuid.UUID) -> None:
        self._list.decided.discard(case_id)
        await self.refresh()

    async def undo(self) -> None:
        """Take the last decision back, and show its case again."""
        case_id = self._undoing.take_back()
        if case_id is None:
            return
        self._list.decided.discard(case_id)
        await self.refresh()
        await self.open(case_id)

    def keys_belong_to_the_page(self, *, so: bool) -> None:
        """Whether keys are the page's, or a dialog's."""
        self._keys.belong_to_the_page(so=so)

    def is_taken(self, case_id: uuid.UUID) -> bool:
        """Whether a decision of it waits to be carried out."""
        return self._undoing.waits(case_id)

    def after(self, case_id: uuid.UUID) -> uuid.UUID | None:
        """The case that comes next: the one below, or the one that lies ready where newer ones pushed it off."""
        return self._list.below(case_id) or self._opening.ready_id or self._list.after(case_id)

    async def go_on(self, case_id: uuid.UUID, following: uuid.UUID | None, done: str) -> None:
        """Say what was done, and open the next case."""
        ui.notify(translate(self._language, done), type="positive", position="top")
        if following is None:
            await self.refresh()
            following = self._list.last
        if following is None or following == case_id:
            self._opening.close()
        else:
            await self.open(following)
        await self.refresh()  # after the case, for which somebody waits

    async def enter_plate(self, typed: str) -> None:
        """Keep the plate as this person reads it, and show the case with it."""
        shown = self._opening.shown
        if shown is None or not typed.strip() or self.is_taken(shown.look.stored.case_id):
            return
        case_id = shown.look.stored.case_id
        entered = await self.ask(lambda who: self._centre.entered_plates.enter(who, case_id, typed))
        if entered is not None:
            ui.notify(translate(self._language, "plate_entered"), type="positive", position="top")
            await self.open(case_id)

    async def see_originals(self) -> None:
        """Ask why, and show the case with its originals for some minutes."""
        shown = self._opening.shown
        self._keys.belong_to_the_page(so=False)
        why = await ask_why(self._language)
        self._keys.belong_to_the_page(so=True)
        if shown is None or why is None:
            return
        case_id, (reason_code, note) = shown.look.stored.case_id, why
        until = await self.ask(
            lambda who: self._centre.unblurring.begin(who, case_id, reason_code=reason_code, note=note, minutes=MINUTES)
        )
        if until is not None:
            await self.open(case_id)

    async def show_place(self) -> None:
        """Show where the act of the open case was, on the map."""
        await self._opening.show_place()

    async def _sign_out(self) -> None:
        await self._undoing.settle()
        await sign_out(self._centre, self.token, self._language)
