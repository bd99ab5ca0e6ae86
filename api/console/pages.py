"""The console's pages: review, alerts, reminders, counts, boxes, and how often rules in shadow mode were right."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import date
from typing import TYPE_CHECKING, cast

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import app, run, ui

from api.console.access.page_table import PAGES
from api.console.access.socket_guard import PageOwners
from api.console.alerts_page import AlertsPage
from api.console.boxes_page import BoxesPage
from api.console.counts_page import Wanted, show_counts
from api.console.counts_table import Breakdown
from api.console.live_lists import LiveLists
from api.console.police_page import PolicePage
from api.console.precision_page import show_precision
from api.console.readings import Readings
from api.console.reminders_page import RemindersPage
from api.console.review.review_page import ReviewPage
from api.console.review.taken_decisions import TakenDecisions
from api.console.words import Language, translate
from api.errors import Unauthenticated
from api.principals import Principal
from domain.cases.roles import Role
from domain.instants import HUE_TIME

if TYPE_CHECKING:
    from api.centre import Centre


Admission = Callable[[Request, Language, str], Awaitable[tuple[str, Principal] | Response | None]]


def add_pages(centre: "Centre", *, session_cookie: str, owners: PageOwners, lists: LiveLists) -> None:
    """Register the pages that need a session with NiceGUI's app.

    Args:
        centre: the services.
        session_cookie: name of the cookie that the API's sign-in sets.
        owners: learns which session opened which page.
        lists: keeps the pages' lists up to date.
    """
    admitted = _Door(centre, session_cookie=session_cookie, owners=owners).admitted
    readings = Readings(centre)
    taken = TakenDecisions(centre.store.clock)
    app.on_shutdown(taken.settle)

    @ui.page("/")
    async def review(request: Request, lang: str = "vi", case: str = "") -> Response | None:
        language = language_of(lang)
        found = await admitted(request, language, "/")
        if not isinstance(found, tuple):
            return found
        token, principal = found
        page = ReviewPage(centre, lists, readings, taken, token=token, principal=principal, language=language)
        await page.build(case)
        return None

    @ui.page("/alerts")
    async def alerts(request: Request, lang: str = "vi") -> Response | None:
        language = language_of(lang)
        found = await admitted(request, language, "/alerts")
        if not isinstance(found, tuple):
            return found
        token, principal = found
        await AlertsPage(centre, readings, token=token, principal=principal, language=language).build()
        return None

    @ui.page("/precision")
    async def precision(request: Request, lang: str = "vi") -> Response | None:
        language = language_of(lang)
        found = await admitted(request, language, "/precision")
        if not isinstance(found, tuple):
            return found
        _, principal = found
        show_precision(await run.io_bound(centre.cases.precision, principal) or (), language)
        return None

    _add_pages_beside_cases(centre, readings, admitted)


def _add_pages_beside_cases(centre: "Centre", readings: Readings, admitted: Admission) -> None:
    @ui.page("/reminders")
    async def reminders(request: Request, lang: str = "vi", reminder: str = "") -> Response | None:
        language = language_of(lang)
        found = await admitted(request, language, "/reminders")
        if not isinstance(found, tuple):
            return found
        token, principal = found
        page = RemindersPage(centre, readings, token=token, principal=principal, language=language)
        await page.build(_uuid(reminder))
        return None

    @ui.page("/police")
    async def police(request: Request, lang: str = "vi", case: str = "") -> Response | None:
        language = language_of(lang)
        found = await admitted(request, language, "/police")
        if not isinstance(found, tuple):
            return found
        token, principal = found
        page = PolicePage(centre, readings, token=token, principal=principal, language=language)
        await page.build(_uuid(case))
        return None

    @ui.page("/counts")
    async def counts(
        request: Request, lang: str = "vi", day: str = "", camera: str = "", by: str = ""
    ) -> Response | None:
        language = language_of(lang)
        found = await admitted(request, language, "/counts")
        if not isinstance(found, tuple):
            return found
        today = centre.store.clock.now().astimezone(HUE_TIME).date()
        wanted = Wanted(day=_day(day) or today, camera_id=camera, by=_breakdown(by))
        await show_counts(centre, readings, principal=found[1], language=language, wanted=wanted)
        return None

    @ui.page("/boxes")
    async def boxes(request: Request, lang: str = "vi") -> Response | None:
        language = language_of(lang)
        found = await admitted(request, language, "/boxes")
        if not isinstance(found, tuple):
            return found
        token, principal = found
        await BoxesPage(centre, readings, token=token, principal=principal, language=language).build()
        return None


class _Door:
    """Lets the people of running sessions in.

    Args:
        centre: the services.
        session_cookie: name of the cookie.
        owners: learns which session opened which page.
    """

    def __init__(self, centre: "Centre", *, session_cookie: str, owners: PageOwners) -> None:
        self._centre = centre
        self._session_cookie = session_cookie
        self._owners = owners

    async def admitted(
        self, request: Request, language: Language, page: str
    ) -> tuple[str, Principal] | Response | None:
        """The session and its person; else what the browser gets instead; None: the page says that he may not."""
        token = request.cookies.get(self._session_cookie, "")
        try:
            principal = await run.io_bound(self._centre.sign_in.by_session, token)
        except Unauthenticated:
            return RedirectResponse(f"/console/login?lang={language}")
        if principal is None:
            return RedirectResponse("/console/")  # the process is ending
        self._owners.add(ui.context.client, token)
        ui.add_head_html('<link rel="stylesheet" href="/console/assets/console.css">')
        if not principal.may(PAGES[page]):
            own = _OWN_PAGE.get(principal.role, page)
            if own != page and principal.may(PAGES[own]):  # signing in leads to the cases
                return RedirectResponse(f"/console{own}?lang={language}")
            ui.label(translate(language, "no_right")).classes("mt-alert bad")
            return None
        return token, principal


_OWN_PAGE = {Role.WARD: "/reminders", Role.POLICE: "/police"}
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


def _breakdown(text: str) -> Breakdown:
    return Breakdown(text) if text in set(Breakdown) else Breakdown.CLASS


def language_of(text: str) -> Language:
    """The language that an address asks for; Vietnamese unless it names one of ours."""
    return cast("Language", text) if text in ("vi", "en") else "vi"
