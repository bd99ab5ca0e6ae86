"""The operators' console: NiceGUI pages on the centre's own app, over the same services as the API."""

from typing import TYPE_CHECKING

from fastapi import FastAPI

if TYPE_CHECKING:
    from api.centre import Centre

MOUNT_PATH = "/console"


def mount(app: FastAPI, centre: "Centre") -> None:
    """Put the console under ``/console`` and lead ``/`` there; one centre a process, as NiceGUI has one app."""
    from fastapi.responses import RedirectResponse  # noqa: PLC0415 - the web pages load only where they are served
    from nicegui import ui  # noqa: PLC0415

    from api.console.pages import add_pages  # noqa: PLC0415

    @app.get("/", include_in_schema=False)
    def to_console() -> RedirectResponse:
        return RedirectResponse(f"{MOUNT_PATH}/")

    add_pages(centre, session_cookie=app.state.context.cookie)
    ui.run_with(app, mount_path=MOUNT_PATH, title="Mắt Thần", dark=True, language="vi", show_welcome_message=False)
