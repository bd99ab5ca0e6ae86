"""Signing out: the session ends here, and where the city's provider opened it, the browser ends its own there too."""

from typing import TYPE_CHECKING

from nicegui import run, ui

from api.console.words import Language

if TYPE_CHECKING:
    from api.centre import Centre


async def sign_out(centre: "Centre", token: str, language: Language) -> None:
    """End the session of the page, and leave it."""
    leads_to = await run.io_bound(lambda: _end_at_provider(centre, token))
    await ui.run_javascript("await fetch('/api/v1/session', {method: 'DELETE'})", timeout=5.0)
    ui.navigate.to(leads_to or f"/login?lang={language}")


def _end_at_provider(centre: "Centre", token: str) -> str | None:
    if centre.provider is None or not centre.sign_in.came_by_provider(token):
        return None
    return centre.provider.end_address()
