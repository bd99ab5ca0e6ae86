"""The review desk of one browser: the list, the case in the middle, the decision on the right."""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from nicegui import run, ui
from nicegui.events import KeyEventArguments

from api.console.case_list import CaseList
from api.console.case_view import CaseView
from api.console.reject_dialog import ask_reason
from api.console.words import Language, say
from api.errors import StaleVersion, Unauthenticated
from api.persistence.case_queries import CaseFilter
from api.principals import Permission, Principal
from api.services.case_rows import StoredCase
from api.services.notifier import CaseChanged
from api.services.review import Decision
from domain.errors import CentreError

if TYPE_CHECKING:
    from api.centre import Centre

logger = logging.getLogger(__name__)
T = TypeVar("T")
_ASK_AGAIN_S = 15.0  # other processes' changes are not announced here


class ReviewDesk:
    """One reviewer's desk.

    Args:
        centre: the services.
        token: of the session; looked at again with every action.
        principal: who opened the page.
        language: of everything shown.
    """

    def __init__(self, centre: "Centre", *, token: str, principal: Principal, language: Language) -> None:
        self._centre = centre
        self._token = token
        self._principal = principal
        self._language = language
        self._open: StoredCase | None = None
        self._refreshing = asyncio.Lock()

    async def build(self, case_id: str) -> None:
        """Lay out the page, and open the case of the address, or the first one."""
        self._header()
        with ui.element("div").classes("mt-desk"):
            self._list = CaseList(self._language, on_open=self.open, on_filter=self.refresh)
            with ui.element("div").classes("mt-main") as self._main:
                ui.label(say(self._language, "choose")).classes("mt-hint")
            self._facts = ui.element("div").classes("mt-facts")
        self._keyboard = ui.keyboard(on_key=self._on_key, repeating=False, ignore=["input", "select", "textarea"])
        self._listen()
        await self.refresh()
        first = _as_uuid(case_id) or self._list.first
        if first is not None:
            await self.open(first)

    async def refresh(self, *, in_use: bool = True) -> None:
        """Read the list again; it keeps the chosen row. What the page does by itself is no use of the session."""
        async with self._refreshing:
            wanted: CaseFilter = self._list.wanted
            desk = self._centre.desk
            found = await self._ask(lambda who: (desk.list(who, wanted, limit=100), desk.counts(who)), in_use=in_use)
        if found is not None:
            page, counts = found
            self._list.show(page.items, counts)

    async def open(self, case_id: uuid.UUID) -> None:
        """Show one case; that it was looked at is put on record."""
        desk = self._centre.desk
        found = await self._ask(lambda who: (desk.get(who, case_id), desk.history(who, case_id)))
        if found is None:
            return
        (self._open, files), history = found
        self._list.choose(case_id)
        view = CaseView(self._open, files, history, self._language)
        self._main.clear()
        with self._main:
            view.show_evidence()
        self._facts.clear()
        with self._facts:
            may_decide = self._principal.may(Permission.CASES_DECIDE)
            view.show_decision(self.confirm, self.reject, may_decide=may_decide)
            view.show_facts()
        self._view = view

    async def confirm(self) -> None:
        """Confirm the open case, if it has been watched and nothing stands against it."""
        if self._open is None or not self._open.confirmable or not self._may_decide():
            return
        if not self._view.watched:
            ui.notify(say(self._language, "wait_confirm"), type="warning", position="top")
            return
        await self._decide(Decision(decision="confirm"), "confirmed_done")

    async def reject(self) -> None:
        """Ask for a reason and reject the open case."""
        if self._open is None or not self._view.rejectable or not self._may_decide():
            return
        self._keyboard.active = False  # keys belong to the dialog while it is open
        decision = await ask_reason(self._language)
        self._keyboard.active = True
        if decision is not None:
            await self._decide(decision, "rejected_done")

    def _may_decide(self) -> bool:
        return self._principal.may(Permission.CASES_DECIDE)

    async def _decide(self, decision: Decision, done: str) -> None:
        stored = self._open
        if stored is None:
            return
        following = self._list.after(stored.case_id)
        answer = await self._ask(
            lambda who: self._centre.review.decide(who, stored.case_id, decision, expected_version=stored.version)
        )
        await self.refresh()
        if answer is None:
            await self.open(stored.case_id)
            return
        ui.notify(say(self._language, done), type="positive", position="top")
        await self.open(following or stored.case_id)

    async def _ask(self, question: Callable[[Principal], T], *, in_use: bool = True) -> T | None:
        """Put a question to the centre as the person of the session; what goes wrong is told, not hidden."""

        def as_person() -> T:
            return question(self._centre.sign_in.by_session(self._token, in_use=in_use))

        try:
            return await run.io_bound(as_person)
        except Unauthenticated:
            ui.notify(say(self._language, "session_ended"), type="warning", position="top")
            ui.navigate.to(f"/login?lang={self._language}")
        except StaleVersion:
            ui.notify(say(self._language, "changed_meanwhile"), type="warning", position="top")
        except CentreError as error:
            ui.notify(str(error), type="negative", position="top", multi_line=True)
        return None

    def _header(self) -> None:
        with ui.element("div").classes("mt-top"):
            ui.label("Mắt Thần").classes("mt-brand")
            ui.label(say(self._language, "suspected")).classes("mt-badge queued")
            ui.element("div").classes("mt-grow")
            ui.label(say(self._language, "keys_text")).classes("mt-hint mt-keys")
            other: Language = "en" if self._language == "vi" else "vi"
            ui.link(other.upper(), f"/?lang={other}").classes("mt-hint")
            ui.label(self._principal.name).classes("mt-hint")
            ui.button(say(self._language, "sign_out"), on_click=self._sign_out).props("flat dense no-caps color=grey-5")

    async def _sign_out(self) -> None:
        await ui.run_javascript("await fetch('/api/v1/session', {method: 'DELETE'})", timeout=5.0)
        ui.navigate.to(f"/login?lang={self._language}")

    def _listen(self) -> None:
        """Follow new and changed cases as long as this browser is here."""
        loop = asyncio.get_running_loop()
        client = ui.context.client

        async def take_in(change: CaseChanged) -> None:
            if client.is_deleted:
                return
            with client:
                await self.refresh(in_use=False)
                if change.is_new:
                    ui.notify(say(self._language, "new_case"), type="info", position="bottom-left")

        def hand_over(change: CaseChanged) -> None:
            loop.call_soon_threadsafe(lambda: _keep(asyncio.ensure_future(take_in(change))))

        client.on_delete(self._centre.desk.notifier.subscribe(hand_over))
        ui.timer(_ASK_AGAIN_S, lambda: self.refresh(in_use=False), immediate=False)

    async def _on_key(self, event: KeyEventArguments) -> None:
        if not event.action.keydown or event.action.repeat or event.modifiers.ctrl or event.modifiers.meta:
            return
        actions: dict[str, Callable[[], Awaitable[None]]] = {
            "j": lambda: self._move(1),
            "ArrowDown": lambda: self._move(1),
            "k": lambda: self._move(-1),
            "ArrowUp": lambda: self._move(-1),
            "c": self.confirm,
            "r": self.reject,
        }
        name = event.key.name
        action = actions.get(name if len(name) > 1 else name.lower())
        if action is not None:
            await action()

    async def _move(self, steps: int) -> None:
        case_id = self._list.neighbour(steps)
        if case_id is not None:
            await self.open(case_id)


_running: set[asyncio.Future[Any]] = set()


def _keep(task: "asyncio.Future[Any]") -> None:
    """Hold a task until it ends, so that it is not collected half way (asyncio documentation, create_task)."""
    _running.add(task)
    task.add_done_callback(_running.discard)


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
