"""What keys do on the review page; those of the player are the player's own (assets/evidence_player.js)."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from nicegui import ui
from nicegui.events import KeyEventArguments

from api.console.review.choices import DECISION_KEYS, Choice, choices_for
from api.console.review.pair_judging import PairJudging
from api.console.review.place_map import PLACE_KEY
from api.console.review.plates.view import PLATE_KEY
from api.console.words import Language, translate
from api.principals import Permission, Principal

if TYPE_CHECKING:
    from api.console.review.review_page import ReviewPage


class PageKeys:
    """Listens while the page is in front; not where somebody types.

    Args:
        page: that the keys are of.
        pairs: of the open case and others.
        principal: who opened the page.
        language: of what is said.
        help_dialog: shows the keys.
    """

    def __init__(
        self, page: "ReviewPage", pairs: PairJudging, principal: Principal, language: Language, help_dialog: ui.dialog
    ) -> None:
        self._page = page
        self._pairs = pairs
        self._principal = principal
        self._language = language
        self._help = help_dialog
        self._keyboard = ui.keyboard(on_key=self._take, repeating=False, ignore=["input", "select", "textarea"])

    def belong_to_the_page(self, *, so: bool) -> None:
        """Whether keys are the page's, or a dialog's."""
        self._keyboard.active = so

    async def _take(self, event: KeyEventArguments) -> None:
        if not event.action.keydown or event.action.repeat or event.modifiers.ctrl or event.modifiers.meta:
            return
        name = event.key.name
        action = self._actions().get(name if len(name) > 1 else name.lower())
        if action is not None:
            await action()
        elif name.upper() in DECISION_KEYS and self._principal.may(Permission.CASES_DECIDE):
            why = translate(self._language, "key_no_case" if self._page.shown is None else "key_no_step")
            ui.notify(why, type="warning", position="top")

    def _actions(self) -> dict[str, Callable[[], Awaitable[None]]]:
        page = self._page
        actions: dict[str, Callable[[], Awaitable[None]]] = {
            "j": lambda: page.move(1),
            "ArrowDown": lambda: page.move(1),
            "k": lambda: page.move(-1),
            "ArrowUp": lambda: page.move(-1),
            "u": page.undo,
            "?": self._open_help,
            "i": self._open_pictures,
            PLACE_KEY.lower(): page.show_place,
        }
        if not self._principal.may(Permission.CASES_DECIDE):
            return actions
        actions["n"] = page.take_next
        actions |= self._pairs.keys
        actions[PLATE_KEY.lower()] = _focus_plate
        if page.shown is not None:
            for choice in choices_for(page.shown.look.stored, self._principal.role):
                actions[choice.key.lower()] = self._deciding(choice)
        return actions

    def _deciding(self, choice: Choice) -> Callable[[], Awaitable[None]]:
        return lambda: self._page.decide(choice)

    async def _open_help(self) -> None:
        self._help.open()

    async def _open_pictures(self) -> None:
        if self._page.shown is not None:
            self._page.shown.view.show_pictures()


async def _focus_plate() -> None:
    await ui.run_javascript("document.querySelector('.mt-plate-field input')?.focus()", timeout=5.0)
