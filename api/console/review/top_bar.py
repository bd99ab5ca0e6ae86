"""The bar over the review page: where else to go, the keys, who is signed in."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from api.console.navigation import Navigation
from api.console.words import Language, translate
from api.principals import Principal


async def show_top_bar(
    navigation: Navigation,
    principal: Principal,
    language: Language,
    open_help: Callable[[], object],
    sign_out: Callable[[], Awaitable[None]],
) -> None:
    """Lay the bar out."""
    with ui.element("div").classes("mt-top"):
        ui.label("Mắt Thần").classes("mt-brand")
        ui.label(translate(language, "suspected")).classes("mt-badge queued")
        await navigation.build()
        ui.element("div").classes("mt-grow")
        _button(f"{translate(language, 'keys')} · ?", open_help)
        ui.label(principal.name).classes("mt-hint mt-person")
        _button(translate(language, "sign_out"), sign_out)


def _button(text: str, act: Callable[[], object]) -> None:
    ui.button(text, on_click=act).props("flat dense no-caps color=grey-5")
