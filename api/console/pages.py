"""The console's pages: sign in, review, alerts, and how often rules in shadow mode were right."""

from typing import TYPE_CHECKING, cast

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import run, ui

from api.console.access.socket_guard import PageOwners
from api.console.alerts_page import AlertsPage, StandingAlerts
from api.console.live_lists import LiveLists
from api.console.precision_page import show_precision
from api.console.review.review_page import ReviewPage
from api.console.words import Language, translate
from api.errors import Unauthenticated
from api.principals import Permission, Principal

if TYPE_CHECKING:
    from api.centre import Centre


def add_pages(centre: "Centre", *, session_cookie: str, owners: PageOwners, lists: LiveLists) -> None:
    """Register the pages that need a session with NiceGUI's app.

    Args:
        centre: the services.
        session_cookie: name of the cookie that the API's sign-in sets.
        owners: learns which session opened which page.
        lists: keeps the pages' lists up to date.
    """
    admitted = _Door(centre, session_cookie=session_cookie, owners=owners).admitted
    standing = StandingAlerts(centre.alerts, centre.store.clock)

    @ui.page("/")
    async def review(request: Request, lang: str = "vi", case: str = "") -> Response | None:
        language = language_of(lang)
        found = await admitted(request, language, Permission.CASES_READ)
        if not isinstance(found, tuple):
            return found
        token, principal = found
        page = ReviewPage(centre, lists, token=token, principal=principal, language=language)
        await page.build(case)
        return None

    @ui.page("/alerts")
    async def alerts(request: Request, lang: str = "vi") -> Response | None:
        language = language_of(lang)
        found = await admitted(request, language, Permission.ALERTS_READ)
        if not isinstance(found, tuple):
            return found
        token, principal = found
        await AlertsPage(centre, standing, token=token, principal=principal, language=language).build()
        return None

    @ui.page("/precision")
    async def precision(request: Request, lang: str = "vi") -> Response | None:
        language = language_of(lang)
        found = await admitted(request, language, Permission.CASES_READ)
        if not isinstance(found, tuple):
            return found
        _, principal = found
        show_precision(await run.io_bound(centre.cases.precision, principal) or (), language)
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
        self, request: Request, language: Language, permission: Permission
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
        if not principal.may(permission):
            ui.label(translate(language, "no_right")).classes("mt-alert bad")
            return None
        return token, principal


def language_of(text: str) -> Language:
    """The language that an address asks for; Vietnamese unless it names one of ours."""
    return cast("Language", text) if text in ("vi", "en") else "vi"
