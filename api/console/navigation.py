"""The row of links on top of every page, each with how much waits there; only those that the person may open."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from nicegui import run, ui

from api.console.access.page_table import PAGES
from api.console.readings import Readings
from api.console.theme import theme_switch
from api.console.words import Language, translate
from api.principals import Principal
from domain.errors import MatThanError

if TYPE_CHECKING:
    from api.centre import Centre

_RENEW_EVERY_S = 2.0
_LINKS = (
    ("cases", "/"),
    ("alerts", "/alerts"),
    ("reminders", "/reminders"),
    ("police", "/police"),
    ("map", "/map"),
    ("boxes", "/boxes"),
)
_MORE = (
    ("citizen_reports", "/reports"),
    ("search", "/search"),
    ("plates", "/plates"),
    ("sightings", "/sightings"),
    ("look_ups", "/look-ups"),
    ("record", "/record"),
    ("exports", "/exports"),
    ("oversight", "/oversight"),
    ("figures", "/figures"),
    ("counts", "/counts"),
    ("precision", "/precision"),
    ("account", "/account"),
)
_UNKNOWN = "?"


class Navigation:
    """The links of one page.

    Args:
        centre: the services.
        readings: what waits.
        principal: who opened the page.
        language: of the words.
        here: the page that it stands on.
        leave: signs out, where the page has no other way to it.
    """

    def __init__(
        self,
        centre: "Centre",
        readings: Readings,
        *,
        principal: Principal,
        language: Language,
        here: str,
        leave: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._centre = centre
        self._readings = readings
        self._principal = principal
        self._language = language
        self._here = here
        self._leave = leave
        self._badges: dict[str, ui.label] = {}

    async def build(self) -> None:
        """Lay out the links with their numbers."""
        with ui.element("nav").classes("mt-nav").props(f'aria-label="{translate(self._language, "nav")}"'):
            for name, path in _LINKS:
                if self._principal.may(PAGES[path]):
                    self._link(name, path)
            more = [(name, path) for name, path in _MORE if self._principal.may(PAGES[path])]
            if more:
                self._more(more)
            other: Language = "en" if self._language == "vi" else "vi"
            path = next((path for name, path in (*_LINKS, *_MORE) if name == self._here), "/")
            ui.link(other.upper(), f"{path}?lang={other}").classes("mt-hint")
            theme_switch(self._language)
        await self._renew()

    def follow(self) -> None:
        """Keep the numbers up to date; when the page is laid out, since NiceGUI serves it once there is a timer."""
        ui.timer(_RENEW_EVERY_S, self._renew)

    def _more(self, links: list[tuple[str, str]]) -> None:
        """The pages that are opened less often, behind one word that the keyboard opens too."""
        with ui.element("details").classes("mt-more"):
            summary = ui.element("summary").classes("mt-nav-link")
            with summary:
                ui.label(translate(self._language, "nav_more"))
            if self._here in {name for name, _ in links}:
                summary.classes("mt-here")
            with ui.element("div").classes("mt-more-list"):
                for name, path in links:
                    self._link(name, path)
                if self._leave is not None:
                    ui.label(self._principal.name).classes("mt-hint mt-person")
                    out = ui.button(translate(self._language, "sign_out"), on_click=self._leave)
                    out.props("outline dense no-caps color=blue-grey-8").mark("sign-out")

    def _link(self, name: str, path: str) -> None:
        with ui.element("span").classes("mt-nav-item"):
            link = ui.link(translate(self._language, name), f"{path}?lang={self._language}").classes("mt-nav-link")
            if name == self._here:
                link.classes("mt-here").props("aria-current=page")
            if name in {"alerts", "reminders", "boxes"}:
                self._badges[name] = ui.label().classes("mt-count")
                self._badges[name].set_visibility(False)

    async def _renew(self) -> None:
        waiting = await run.io_bound(self._waiting)
        for name, badge in self._badges.items():
            number = (waiting or {}).get(name, _UNKNOWN)
            badge.set_text(number)
            badge.set_visibility(number != "0")

    def _waiting(self) -> dict[str, str]:
        """How much waits on each page; what cannot be read is not shown as nothing."""
        readings = self._readings
        numbers = {
            "alerts": lambda: len(readings.alerts.read()),
            "reminders": lambda: len(readings.reminders(self._principal.scope)),
            "boxes": readings.boxes_not_well,
        }
        found = {}
        for name in self._badges:
            try:
                found[name] = str(numbers[name]())
            except MatThanError:
                found[name] = _UNKNOWN
        return found
