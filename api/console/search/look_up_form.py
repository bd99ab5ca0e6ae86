"""What every look-up of a plate or vehicle asks first: why, under which number, and how exactly."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from api.console.visitor import Visitor
from domain.cases.plate_search import NEEDS_NOTE, PURPOSES


class LookUpForm:
    """The form.

    Args:
        visitor: who opened the page.
        look_up: called when it is sent.
        plate: whether a plate is typed, too.
    """

    def __init__(self, visitor: Visitor, look_up: Callable[[], Awaitable[None]], *, plate: bool) -> None:
        say = visitor.say
        self._say = say
        purposes = {code: words.of(visitor.language) for code, words in PURPOSES.items()}
        with ui.element("div").classes("mt-choices"):
            self._plate = ui.input(say("plate"), placeholder="75F1-123.45") if plate else None
            if self._plate is not None:
                self._plate.props("dense outlined maxlength=24").on("keydown.enter", look_up)
            self._purpose = ui.select(purposes, label=say("purpose")).props("dense outlined options-dense")
            self._purpose.classes("mt-filter mt-purpose")
            self._note = ui.input(say("purpose_note")).props("dense outlined maxlength=2000")
        with ui.element("div").classes("mt-saved"):
            self._near = ui.checkbox(say("one_wrong"))
            ui.button(say("look_up"), on_click=look_up).props("no-caps unelevated color=amber-9 text-color=black")
        if plate:
            ui.label(say("plate_wildcards")).classes("mt-hint")
        self._told = ui.label().classes("mt-alert").props('role=status aria-live="polite"')
        self._told.set_visibility(False)

    @property
    def plate(self) -> str:
        """What was typed."""
        return "" if self._plate is None else str(self._plate.value or "")

    @property
    def purpose(self) -> str:
        """Its code; empty: none was chosen."""
        return str(self._purpose.value or "")

    @property
    def note(self) -> str:
        """A number of a document, words."""
        return str(self._note.value or "").strip()

    @property
    def near(self) -> bool:
        """Whether one character may be wrong."""
        return bool(self._near.value)

    @property
    def missing(self) -> str:
        """The word for what must still be said; empty: nothing."""
        if not self.purpose:
            return "say_purpose"
        return "say_number" if self.purpose in NEEDS_NOTE and not self.note else ""

    def tell(self, key: str, *, bad: bool) -> None:
        """Say what became of it; an empty key: nothing."""
        self._told.set_text(self._say(key) if key else "")
        self._told.classes(add="bad" if bad else "", remove="" if bad else "bad")
        self._told.set_visibility(bool(key))
