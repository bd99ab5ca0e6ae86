"""Who opened a page, and what every page does alike for him: its head, steps as him, what goes wrong."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from nicegui import run, ui

from api.console.access.leaving import sign_out
from api.console.navigation import Navigation
from api.console.problem_texts import problem_text
from api.console.readings import Readings
from api.console.words import Language, translate
from api.errors import Unauthenticated
from api.principals import Principal
from domain.errors import MatThanError

if TYPE_CHECKING:
    from api.centre import Centre

T = TypeVar("T")
_LONGEST = 200  # of what an address may say


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One person on one page."""

    centre: "Centre"
    readings: Readings
    token: str = field(repr=False)  # of the session; looked at again with every step
    principal: Principal
    language: Language
    address: Mapping[str, str] = field(default_factory=dict)  # what the page's address asks for
    network_address: str = "unknown"  # where the browser is, for the throttle

    def asked(self, name: str) -> str:
        """What the address says, cut where it is too long; empty: nothing."""
        return self.address.get(name, "")[:_LONGEST]

    def say(self, key: str) -> str:
        """A word in the visitor's language."""
        return translate(self.language, key)

    def again(self, *, in_use: bool = True) -> Principal:
        """Who it is now; to be called in another thread.

        Args:
            in_use: the person has just done something, so the session idles anew.

        Raises:
            Unauthenticated: the session has ended.
        """
        return self.centre.sign_in.by_session(self.token, in_use=in_use)

    async def do(self, step: Callable[[Principal], T]) -> T | None:
        """Take a step as the person of the session; what goes wrong is shown, not hidden.

        Returns:
            What the step gives, None where it failed.
        """
        try:
            return await run.io_bound(lambda: step(self.again()))
        except Unauthenticated:
            ui.navigate.to(f"/login?lang={self.language}")
        except MatThanError as error:
            ui.notify(problem_text(error, self.language), type="negative", position="top", multi_line=True)
        return None

    @asynccontextmanager
    async def page(self, here: str, *, hint: str = "", title: bool = True) -> AsyncIterator[None]:
        """Lay out the head of a page, with what the body of the ``with`` lays out below it.

        Args:
            here: the page, as the links name it; its title.
            hint: the word for what it is.
            title: False: the page shows one thing, whose name is the title.
        """
        ui.page_title(f"{self.say(here)} · Mắt Thần")
        with ui.element("div").classes("mt-page"):
            navigation = Navigation(
                self.centre,
                self.readings,
                principal=self.principal,
                language=self.language,
                here=here,
                leave=lambda: sign_out(self.centre, self.token, self.language),
            )
            await navigation.build()
            with ui.element("div").classes("mt-body"):
                if title:
                    ui.label(self.say(here)).classes("mt-title").props("role=heading aria-level=1")
                if hint:
                    ui.label(self.say(hint)).classes("mt-hint")
                yield
        navigation.follow()  # last, since NiceGUI serves a page once it has a timer
