"""The review page of one browser: the list, the case in the middle, the decision on the right."""

import asyncio
import logging
import threading
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from nicegui import run, ui
from nicegui.events import KeyEventArguments

from api.cases.case_reader import as_reviewer
from api.cases.case_rows import StoredCase
from api.cases.entered_plates import ENTERED_IN
from api.cases.holds import Hold
from api.cases.review import Decision
from api.cases.shared_lists import CaseLists, ScopedFilter
from api.console.access.leaving import sign_out
from api.console.live_lists import LISTED, Changes, LiveLists
from api.console.navigation import Navigation
from api.console.problem_texts import problem_text
from api.console.readings import Readings
from api.console.review.case_list import CaseList, as_uuid
from api.console.review.case_view import CaseView
from api.console.review.choices import Choice, choices_for
from api.console.review.dossier import clips, overlay_url, stills
from api.console.review.held import show_held
from api.console.review.keys_help import keys_help
from api.console.review.originals import MINUTES, ask_why
from api.console.review.pair_judging import PairJudging
from api.console.review.plates.view import PLATE_KEY
from api.console.review.reason_dialog import ask_note, ask_reason
from api.console.review.reminder_of_case import show_reminder_of_case
from api.console.review.taken_decisions import TakenDecision, TakenDecisions
from api.console.review.top_bar import show_top_bar
from api.console.words import Language, translate
from api.errors import StaleVersion, Unauthenticated
from api.principals import Permission, Principal
from domain.errors import CentreError

if TYPE_CHECKING:
    from api.centre import Centre

T = TypeVar("T")
logger = logging.getLogger(__name__)


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
        self._undoable: dict[uuid.UUID, TakenDecision] = {}  # the last one at the end
        self._principal = principal
        self._language = language
        self._client = ui.context.client
        self._open: StoredCase | None = None
        self._pairs = PairJudging(centre.duplicates, centre.clones, language, self)
        self._held: uuid.UUID | None = None
        self._holding = threading.Lock()  # looks are taken on threads, two at once where keys are pressed fast
        self._held_by_other = False
        self._opening = 0  # counts, so that of two cases asked for at once the later is shown

    async def build(self, case_id: str) -> None:
        """Lay out the page, and open the case of the address, or the first one."""
        self._help = keys_help(self._language)
        self._navigation = Navigation(
            self._centre, self._readings, principal=self._principal, language=self._language, here="cases"
        )
        await show_top_bar(self._navigation, self._principal, self._language, self._help.open, self._sign_out)
        with ui.element("div").classes("mt-desk"):
            self._list = CaseList(self._language, on_open=self.open, on_filter=self.refresh)
            with ui.element("div").classes("mt-main") as self._main:
                ui.label(translate(self._language, "choose")).classes("mt-hint")
            self._facts = ui.element("div").classes("mt-facts")
        self._undo_bar = ui.button(on_click=self.undo).classes("mt-undo").props("no-caps unelevated color=grey-9")
        self._undo_bar.set_visibility(False)
        self._keyboard = ui.keyboard(on_key=self._on_key, repeating=False, ignore=["input", "select", "textarea"])
        self._client.on_delete(self._lists.join(self))
        self._client.on_delete(self._let_go)
        await self.refresh()
        first = as_uuid(case_id) or self._list.first
        if first is not None:
            await self.open(first)
        self._navigation.follow()

    @property
    def wanted(self) -> ScopedFilter:
        """Which cases the list shows, and whose."""
        return self._principal.scope, as_reviewer(self._principal, self._list.wanted)

    async def refresh(self) -> None:
        """Read the list now, because the person changed something; it keeps the chosen row."""
        wanted = self.wanted
        found = await self.ask(lambda _: self._centre.cases.lists([wanted], limit=LISTED)[wanted])
        if found is not None and wanted == self.wanted:
            self._list.show(found)

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
            self._to_sign_in()

    async def open(self, case_id: uuid.UUID) -> None:
        """Show one case; that it was looked at is put on record."""
        self._opening += 1
        asked = self._opening

        def look(who: Principal) -> tuple[Any, ...]:
            shown = (
                self._centre.cases.open(who, case_id),
                self._centre.reminders.of_case(who, case_id),
                self._centre.duplicates.of(who, case_id),
            )
            return *shown, self._hold(who, case_id) if asked == self._opening else None

        found = await self.ask(look)
        if found is None or asked != self._opening:
            return
        (stored, files, history), reminder, others, held = found
        view = CaseView(stored, files, history, self._language, self._centre.store.clock.now())
        self._open, self._view = stored, view  # together: what was watched is of the case that is decided
        self._held_by_other = held is not None and held.holder != self._principal.actor
        self._list.choose(case_id)
        self._main.clear()
        with self._main:
            may_enter = self._may_decide() and not self._held_by_other and stored.state in ENTERED_IN
            view.show_evidence(self._enter_plate if may_enter and not stored.shadow else None)
        self._facts.clear()
        with self._facts:
            if held is not None and self._held_by_other:
                show_held(held, self._language)
            elif self._may_decide():
                view.show_decision(self.decide, self._principal.role)
            self._pairs.show(stored, files, others, may=self._may_decide() and not self._held_by_other)
            if reminder is not None:
                show_reminder_of_case(reminder, self._language)
            view.show_originals(
                self._see_originals,
                may_export=self._principal.may(Permission.EXPORTS_ASK),
                may_look_up=bool(self._centre.sightings.basis) and self._principal.may(Permission.PLATES_LOOK_UP),
            )
            view.show_facts()
        await self._fetch_ahead()

    async def _fetch_ahead(self) -> None:
        """The browser fetches what the next case shows first, so that it plays at once when it is opened."""
        following, view = self._list.neighbour(1), self._view
        if following is None:
            return
        found = await self.ask(lambda who: self._centre.cases.get(who, following))
        if found is None or view is not self._view:
            return
        stored, files = found
        urls = [clip["url"] for clip in clips(stored, files, self._language)[:1]]
        overlay = overlay_url(stored, files)
        pictures = [card.url for card in stills(stored, files, self._language)]
        view.fetch_ahead([*urls, overlay] if overlay else urls, pictures)

    def _hold(self, who: Principal, case_id: uuid.UUID) -> Hold | None:
        """Hold what is looked at now, and let go of what was looked at before; None: nobody reviews it."""
        if not self._may_decide():
            return None
        with self._holding:
            before, self._held = self._held, case_id
        decided = before in self._undoable  # its hold lasts until the decision is carried out
        if before is not None and before != case_id and not decided:
            self._centre.holds.let_go(who, before)
        return self._centre.holds.take(who, case_id)

    async def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None and held not in self._undoable:  # one that was decided is held until that is carried out
            await run.io_bound(self._centre.holds.let_go, self._principal, held)

    async def take_next(self) -> None:
        """Open the case that is handed out next."""
        hold = await self.ask(self._centre.holds.take_next)
        if hold is None:
            ui.notify(translate(self._language, "nothing_waits"), type="info", position="top")
            return
        await self.open(hold.case_id)

    async def decide(self, choice: Choice) -> None:
        """Take one way on with the open case: ask for what must come with it, and do it."""
        stored = self._open
        if stored is None or not self._may_decide() or self._held_by_other:
            return
        if stored.case_id in self._undoable:  # pressed twice: the first press stands, and can be taken back
            return
        decision: Decision | None = Decision(decision=choice.decision)
        if choice.after_watching:
            if not stored.confirmable:
                return
            watched = self._view.watched
            if watched is None:
                ui.notify(translate(self._language, "wait_confirm"), type="warning", position="top")
                return
            decision = Decision(decision=choice.decision, watched=watched)
        elif choice.needs_reason or choice.needs_note:
            self._keyboard.active = False  # keys belong to the dialog while it is open
            if choice.needs_reason:
                decision = await ask_reason(self._language, choice, stored.case.violation.code)
            else:
                decision = await ask_note(self._language, choice)
            self._keyboard.active = True
        if decision is not None:
            await self._take(stored, decision, choice)

    def _may_decide(self) -> bool:
        return self._principal.may(Permission.CASES_DECIDE)

    async def _take(self, stored: StoredCase, decision: Decision, choice: Choice) -> None:
        """The decision is carried out in a few seconds; until then it can be taken back, and the next case is open.

        What stops a case is carried out now: in those seconds the police may take it.
        """
        case_id, following = stored.case_id, self._list.after(stored.case_id)

        def decide() -> None:
            who = self._centre.sign_in.by_session(self.token)
            self._centre.review.decide(who, case_id, decision, expected_version=stored.version)

        if choice.at_once:
            problem = await _problem_of(decide, self._language)
            if problem is not None:
                ui.notify(problem, type="negative", position="top", multi_line=True)
                return
            await self.go_on(case_id, following, choice.done)
            return

        async def carry_out() -> None:
            problem = await _problem_of(decide, self._language)
            if problem is not None:  # its page may be gone, so that nobody reads it there
                extra = {"action": "decision_dropped", "case": str(case_id), "by": self._principal.actor}
                logger.warning("A decision was not carried out: %s", problem, extra=extra)
            self._undoable.pop(case_id, None)
            self._list.decided.discard(case_id)
            if self._client.is_deleted:
                return
            with self._client:
                if problem is not None:
                    ui.notify(problem, type="negative", position="top", multi_line=True)
                self._show_undo()
                await self.refresh()

        self._list.decided.add(case_id)
        self._undoable[case_id] = self._taken.take(carry_out, session=self.token)
        self._show_undo()
        await self.go_on(case_id, following, choice.done)

    def keys_belong_to_the_page(self, *, so: bool) -> None:
        """Whether keys are the page's, or a dialog's."""
        self._keyboard.active = so

    def is_taken(self, case_id: uuid.UUID) -> bool:
        """Whether a decision of it waits to be carried out."""
        return case_id in self._undoable

    def after(self, case_id: uuid.UUID) -> uuid.UUID | None:
        """The case that comes next in the list."""
        return self._list.after(case_id)

    async def go_on(self, case_id: uuid.UUID, following: uuid.UUID | None, done: str) -> None:
        """Say what was done, and open the next case."""
        ui.notify(translate(self._language, done), type="positive", position="top")
        if following is None:  # newer cases have pushed it off the list
            await self.refresh()
            following = self._list.last
        if following is None or following == case_id:
            self._close()
        else:
            await self.open(following)
        await self.refresh()  # after the case, for which somebody waits

    async def _enter_plate(self, typed: str) -> None:
        """Keep the plate as this person reads it, and show the case with it."""
        stored = self._open
        if stored is None or not typed.strip() or self.is_taken(stored.case_id):
            return
        entered = await self.ask(lambda who: self._centre.entered_plates.enter(who, stored.case_id, typed))
        if entered is not None:
            ui.notify(translate(self._language, "plate_entered"), type="positive", position="top")
            await self.open(stored.case_id)

    async def _focus_plate(self) -> None:
        await ui.run_javascript("document.querySelector('.mt-plate-field input')?.focus()", timeout=5.0)

    async def _see_originals(self) -> None:
        stored = self._open
        self._keyboard.active = False
        why = await ask_why(self._language)
        self._keyboard.active = True
        if stored is None or why is None:
            return
        reason_code, note = why
        until = await self.ask(
            lambda who: self._centre.unblurring.begin(
                who, stored.case_id, reason_code=reason_code, note=note, minutes=MINUTES
            )
        )
        if until is not None:
            await self.open(stored.case_id)

    async def undo(self) -> None:
        """Take the last decision back, and show its case again."""
        if not self._undoable:
            ui.notify(translate(self._language, "nothing_to_undo"), type="info", position="top")
            return
        case_id, last = self._undoable.popitem()
        back = self._taken.take_back(last)
        self._list.decided.discard(case_id)
        self._show_undo()
        ui.notify(translate(self._language, "undone" if back else "too_late"), type="info", position="top")
        await self.refresh()
        await self.open(case_id)

    def _show_undo(self) -> None:
        self._undo_bar.set_visibility(bool(self._undoable))
        self._undo_bar.set_text(f"{translate(self._language, 'undo')} · U")

    def _close(self) -> None:
        """Nothing is open."""
        self._open = None
        self._list.choose(None)
        self._facts.clear()
        self._main.clear()
        with self._main:
            ui.label(translate(self._language, "choose")).classes("mt-hint")

    async def ask(self, question: Callable[[Principal], T]) -> T | None:
        """Put a question to the centre as the person of the session; what goes wrong is shown, not hidden."""

        def as_person() -> T:
            principal = self._centre.sign_in.by_session(self.token)
            principal.require(Permission.CASES_READ)
            return question(principal)

        try:
            return await run.io_bound(as_person)
        except Unauthenticated:
            self._to_sign_in()
        except StaleVersion:
            ui.notify(translate(self._language, "changed_meanwhile"), type="warning", position="top")
        except CentreError as error:
            ui.notify(problem_text(error, self._language), type="negative", position="top", multi_line=True)
        return None

    def _to_sign_in(self) -> None:
        ui.notify(translate(self._language, "session_ended"), type="warning", position="top")
        ui.navigate.to(f"/login?lang={self._language}")

    async def _sign_out(self) -> None:
        await self._taken.settle(self.token)  # whatever this session decided, on this page or another
        await sign_out(self._centre, self.token, self._language)

    async def _on_key(self, event: KeyEventArguments) -> None:
        if not event.action.keydown or event.action.repeat or event.modifiers.ctrl or event.modifiers.meta:
            return
        choices = choices_for(self._open, self._principal.role) if self._open is not None else ()
        actions: dict[str, Callable[[], Awaitable[None]]] = {
            "j": lambda: self._move(1),
            "ArrowDown": lambda: self._move(1),
            "k": lambda: self._move(-1),
            "ArrowUp": lambda: self._move(-1),
            "u": self.undo,
            "?": self._open_help,
            "i": self._open_pictures,
        }
        if self._may_decide():
            actions["n"] = self.take_next
            actions |= self._pairs.keys
            actions[PLATE_KEY.lower()] = self._focus_plate
        for choice in choices if self._may_decide() else ():
            actions[choice.key.lower()] = lambda choice=choice: self.decide(choice)  # type: ignore[misc]
        name = event.key.name
        action = actions.get(name if len(name) > 1 else name.lower())
        if action is not None:
            await action()

    async def _open_help(self) -> None:
        self._help.open()

    async def _open_pictures(self) -> None:
        if self._open is not None:
            self._view.show_pictures()

    async def _move(self, steps: int) -> None:
        case_id = self._list.neighbour(steps)
        if case_id is not None:
            await self.open(case_id)


async def _problem_of(decide: Callable[[], None], language: Language) -> str | None:
    """Carry a decision out; what kept it from being done, in words."""
    try:
        await asyncio.to_thread(decide)  # also while the process ends
    except Unauthenticated:
        return translate(language, "not_decided_session")
    except StaleVersion:
        return translate(language, "changed_meanwhile")
    except CentreError as error:
        return problem_text(error, language)
    return None
