"""The console's pages: review, alerts, reminders, counts, boxes, and how often rules in shadow mode were right."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import app, run, ui

from api.console.access.page_table import PAGES
from api.console.access.socket_guard import PageOwners
from api.console.account_page import AccountPage
from api.console.alerts_page import AlertsPage
from api.console.boxes_page import BoxesPage
from api.console.camera_page import CameraPage
from api.console.counts_page import Wanted, show_counts
from api.console.counts_table import Breakdown
from api.console.exports_page import ExportsPage
from api.console.live_lists import LiveLists
from api.console.map_page import MapPage
from api.console.oversight.figures_page import show_figures
from api.console.oversight.oversight_page import OversightPage
from api.console.police_page import PolicePage
from api.console.precision_page import show_precision
from api.console.readings import Readings
from api.console.reminders_page import RemindersPage
from api.console.reports_page import ReportsPage
from api.console.review.review_page import ReviewPage
from api.console.review.taken_decisions import TakenDecisions
from api.console.search.look_ups_page import show_look_ups
from api.console.search.plates_page import PlatesPage
from api.console.search.record_page import RecordOfAll
from api.console.search.search_page import SearchPage
from api.console.search.sightings_page import SightingsPage
from api.console.theme import show_as_read
from api.console.visitor import Visitor
from api.console.words import Language, language_of, translate
from api.errors import Unauthenticated
from domain.cases.roles import Role
from domain.instants import HUE_TIME

if TYPE_CHECKING:
    from api.centre import Centre


Shown = Callable[[Visitor], Awaitable[None]]


def add_pages(centre: "Centre", *, session_cookie: str, owners: PageOwners, lists: LiveLists) -> None:
    """Register the pages that need a session with NiceGUI's app.

    Args:
        centre: the services.
        session_cookie: name of the cookie that the API's sign-in sets.
        owners: learns which session opened which page.
        lists: keeps the pages' lists up to date.
    """
    readings = Readings(centre)
    taken = TakenDecisions(centre.store.clock)
    app.on_shutdown(taken.settle)
    door = _Door(centre, readings, session_cookie=session_cookie, owners=owners)

    async def review(visitor: Visitor) -> None:
        page = ReviewPage(
            centre,
            lists,
            readings,
            taken,
            token=visitor.token,
            principal=visitor.principal,
            language=visitor.language,
        )
        await page.build(visitor.asked("case"))

    async def counts(visitor: Visitor) -> None:
        today = centre.store.clock.now().astimezone(HUE_TIME).date()
        by = visitor.asked("by")
        breakdown = Breakdown(by) if by in set(Breakdown) else Breakdown.CLASS
        day = _day(visitor.asked("day")) or today
        await show_counts(visitor, Wanted(day=day, camera_id=visitor.asked("camera"), by=breakdown))

    shown: Mapping[str, Shown] = {
        "/": review,
        "/alerts": lambda visitor: AlertsPage(visitor).build(),
        "/reminders": lambda visitor: RemindersPage(visitor).build(_uuid(visitor.asked("reminder"))),
        "/reports": lambda visitor: ReportsPage(visitor).build(_uuid(visitor.asked("report"))),
        "/police": lambda visitor: PolicePage(visitor).build(_uuid(visitor.asked("case"))),
        "/counts": counts,
        "/map": lambda visitor: MapPage(visitor).build(),
        "/camera": lambda visitor: CameraPage(visitor).build(),
        "/boxes": lambda visitor: BoxesPage(visitor).build(),
        "/precision": show_precision,
        "/search": lambda visitor: SearchPage(visitor).build(),
        "/plates": lambda visitor: PlatesPage(visitor).build(),
        "/sightings": lambda visitor: SightingsPage(visitor).build(_uuid(visitor.asked("case"))),
        "/look-ups": show_look_ups,
        "/record": lambda visitor: RecordOfAll(visitor).build(),
        "/oversight": lambda visitor: OversightPage(visitor).build(),
        "/figures": show_figures,
        "/exports": lambda visitor: ExportsPage(visitor).build(_uuid(visitor.asked("case"))),
        "/account": lambda visitor: AccountPage(visitor).build(),
    }
    for path in PAGES:
        door.leads_to(path, shown[path])


class _Door:
    """Lets the people of running sessions in.

    Args:
        centre: the services.
        readings: what all pages show alike.
        session_cookie: name of the cookie.
        owners: learns which session opened which page.
    """

    def __init__(self, centre: "Centre", readings: Readings, *, session_cookie: str, owners: PageOwners) -> None:
        self._centre = centre
        self._readings = readings
        self._session_cookie = session_cookie
        self._owners = owners

    def leads_to(self, path: str, show: Shown) -> None:
        """Register a page that is laid out for whom the table lets in."""

        @ui.page(path, response_timeout=_PATIENCE_S)
        async def served(request: Request, lang: str = "vi") -> Response | None:
            found = await self._admitted(request, language_of(lang), path)
            if not isinstance(found, Visitor):
                return found
            await show(found)
            return None

    async def _admitted(self, request: Request, language: Language, page: str) -> Visitor | Response | None:
        """Who opened the page; else what the browser gets instead; None: the page says that he may not."""
        token = request.cookies.get(self._session_cookie, "")
        try:
            principal = await run.io_bound(self._centre.sign_in.by_session, token)
        except Unauthenticated:
            return RedirectResponse(f"/console/login?lang={language}")
        if principal is None:
            return RedirectResponse("/console/")  # the process is ending
        self._owners.add(ui.context.client, token)
        show_as_read(ui.context.client, request, language)
        ui.add_head_html('<link rel="stylesheet" href="/console/assets/console.css">')
        if not principal.may(PAGES[page]):
            own = _OWN_PAGE.get(principal.role, page)
            if own != page and principal.may(PAGES[own]):  # signing in leads to the cases
                return RedirectResponse(f"/console{own}?lang={language}")
            ui.label(translate(language, "no_right")).classes("mt-alert bad")
            return None
        return Visitor(
            centre=self._centre,
            readings=self._readings,
            token=token,
            principal=principal,
            language=language,
            address=dict(request.query_params),
            network_address=request.client.host if request.client else "unknown",
        )


_PATIENCE_S = 30.0
"""How long a busy centre may take over a page before the framework shows its own page of errors, in English."""

_OWN_PAGE = {Role.WARD: "/reminders", Role.POLICE: "/police", Role.ADMIN: "/boxes"}
"""Where every page leads who has one of his own and may not see that one."""


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return uuid.UUID(int=0)  # which is nobody's


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if 2000 <= int(text[:4]) <= 2100 else None  # noqa: PLR2004 - as of a span
    except ValueError:
        return None
