"""The console's two pages: sign in, and the review desk."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from fastapi import Request
from nicegui import run, ui

from api.console.elements import LoginForm
from api.console.review_desk import ReviewDesk
from api.console.words import Language, say
from api.errors import Unauthenticated
from api.principals import Permission

if TYPE_CHECKING:
    from api.centre import Centre

_STYLE = Path(__file__).with_name("console.css")


def add_pages(centre: "Centre", *, session_cookie: str) -> None:
    """Register the pages with NiceGUI's app.

    Args:
        centre: the services.
        session_cookie: name of the cookie that the API's sign-in sets.
    """

    @ui.page("/login")
    def login(lang: str = "vi") -> None:
        language = _language(lang)
        _dress()
        with ui.element("div").classes("mt-login"):
            ui.label("Mắt Thần").classes("mt-login-brand")
            ui.label(say(language, "title")).classes("mt-hint")
            LoginForm(target=f"/console/?lang={language}", language=language)
            other = "en" if language == "vi" else "vi"
            ui.link("English" if language == "vi" else "Tiếng Việt", f"/login?lang={other}").classes("mt-hint")

    @ui.page("/")
    async def desk(request: Request, lang: str = "vi", case: str = "") -> None:
        language = _language(lang)
        _dress()
        token = request.cookies.get(session_cookie, "")
        try:
            principal = await run.io_bound(centre.sign_in.by_session, token)
        except Unauthenticated:
            ui.navigate.to(f"/login?lang={language}")
            return
        if principal is None or not principal.may(Permission.CASES_READ):
            ui.label(say(language, "no_right")).classes("mt-alert bad")
            return
        await ReviewDesk(centre, token=token, principal=principal, language=language).build(case)


def _language(text: str) -> Language:
    return cast("Language", text) if text in ("vi", "en") else "vi"


def _dress() -> None:
    ui.add_css(_STYLE.read_text("utf-8"))
