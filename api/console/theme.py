"""Light and dark: as the reader's system has it, unless the reader chose, which a cookie of the browser keeps."""

import copy
from enum import StrEnum

from nicegui import Client, ui
from starlette.requests import Request

from api.console.words import Language, translate

COOKIE = "matthan_theme"
_A_YEAR_S = 365 * 24 * 3600


class Theme(StrEnum):
    """What a reader may choose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


_DARK = {Theme.SYSTEM: None, Theme.LIGHT: False, Theme.DARK: True}
_NEXT = {Theme.SYSTEM: Theme.LIGHT, Theme.LIGHT: Theme.DARK, Theme.DARK: Theme.SYSTEM}


def theme_of(request: Request) -> Theme:
    """What a browser's cookie says; what it cannot say is as the system has it."""
    said = request.cookies.get(COOKIE, "")
    return Theme(said) if said in set(Theme) else Theme.SYSTEM


def show_as_read(client: Client, request: Request, language: Language) -> None:
    """Serve a page in the reader's language and theme from its first byte on, not only once its script runs."""
    page = copy.copy(client.page)
    page.language = "vi" if language == "vi" else "en-US"
    page.dark = _DARK[theme_of(request)]
    client.page = page


def theme_switch(language: Language) -> None:
    """A button that goes on to the next theme and keeps it."""
    request = ui.context.client.request
    theme = theme_of(request)
    dark = ui.dark_mode(_DARK[theme])

    def show() -> None:
        button.props(f'aria-label="{translate(language, "theme")}: {translate(language, f"theme.{theme}")}"')
        words.set_text(translate(language, f"theme.{theme}"))

    def go_on() -> None:
        nonlocal theme
        theme = _NEXT[theme]
        dark.value = _DARK[theme]
        show()
        kept = f"{COOKIE}={theme}; path=/console; max-age={_A_YEAR_S}; samesite=strict"
        ui.run_javascript(f"document.cookie = '{kept}'")

    with ui.element("button").classes("mt-theme").props("type=button").on("click", go_on).mark("theme") as button:
        words = ui.label()
    show()
