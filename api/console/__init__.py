"""The operators' console: NiceGUI pages on the centre's own app, over the same services as the API."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request

from domain.camera_drawing import kinds_of_things
from plumbing.drawing_page import page_file

if TYPE_CHECKING:
    from api.centre import Centre

MOUNT_PATH = "/console"
ASSETS = Path(__file__).with_name("assets")
_KEPT_MESSAGES = 200  # for a browser that was away for a moment; one that missed more loads the page again
_RECONNECT_S = 15.0  # a busy browser that answers late keeps its page


def mount(app: FastAPI, centre: "Centre", *, provider_name: str | None) -> None:
    """Put the console under ``/console`` and lead ``/`` there; one centre a process, as NiceGUI has one app.

    Args:
        app: of the process.
        centre: its services.
        provider_name: of what people may sign in with beside their passwords; None: nothing.
    """
    from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response  # noqa: PLC0415 - the web pages load only where they are served
    from nicegui import app as pages  # noqa: PLC0415
    from nicegui import core, ui  # noqa: PLC0415
    from starlette.staticfiles import StaticFiles  # noqa: PLC0415

    from api.console.access.page_policy import PagePolicy  # noqa: PLC0415
    from api.console.access.provider_pages import add_provider_pages  # noqa: PLC0415
    from api.console.access.sign_in_page import sign_in_html  # noqa: PLC0415
    from api.console.access.socket_guard import PageOwners, SocketGuard, WithoutQueries, guard_messages  # noqa: PLC0415
    from api.console.live_lists import LiveLists  # noqa: PLC0415
    from api.console.pages import add_pages  # noqa: PLC0415
    from api.console.theme import theme_of  # noqa: PLC0415
    from api.console.words import language_of  # noqa: PLC0415

    @app.get("/", include_in_schema=False)
    def to_console() -> RedirectResponse:
        return RedirectResponse(f"{MOUNT_PATH}/")

    @app.get(f"{MOUNT_PATH}/login", include_in_schema=False)
    def sign_in(request: Request, lang: str = "vi") -> HTMLResponse:
        page = sign_in_html(language_of(lang), provider=provider_name, theme=theme_of(request))
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})

    if centre.provider is not None and provider_name is not None:
        add_provider_pages(app, centre, centre.provider, name=provider_name)

    @app.get(f"{MOUNT_PATH}/draw/{{name}}", include_in_schema=False)
    @app.get(f"{MOUNT_PATH}/draw/", include_in_schema=False)
    def draw(name: str = "page.html") -> Response:
        """The page on which zones are drawn; what it shows and saves goes by the API, as the person."""
        if name == "kinds":
            return JSONResponse(kinds_of_things())
        file = page_file(name, store="centre.js")
        if file is None:
            return PlainTextResponse("not found", status_code=404)
        return Response(file[1], media_type=file[0], headers={"Cache-Control": "no-store"})

    @pages.exception_handler(404)
    async def no_page(request: object, fault: Exception) -> Response:  # noqa: ARG001 - Starlette's form
        return PlainTextResponse("not found", status_code=404)

    app.mount(f"{MOUNT_PATH}/assets", StaticFiles(directory=ASSETS))
    owners = PageOwners()
    add_pages(
        centre,
        session_cookie=app.state.context.cookie,
        owners=owners,
        lists=LiveLists(centre.cases, centre.sign_in),
    )
    guard_messages(core.sio, owners)
    ui.run_with(
        app,
        mount_path=MOUNT_PATH,
        title="Mắt Thần",
        dark=None,  # as the reader's system has it; a page says otherwise where the reader chose
        language="vi",
        show_welcome_message=False,
        tailwind=False,
        message_history_length=_KEPT_MESSAGES,
        reconnect_timeout=_RECONNECT_S,
        gzip_middleware_factory=None,  # the pages' policy reads what it lets through; a proxy may compress
    )
    app.add_middleware(SocketGuard, path=f"{MOUNT_PATH}/_nicegui_ws", sign_in=centre.sign_in, owners=owners)
    app.add_middleware(PagePolicy, path=MOUNT_PATH)
    for name in ("uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).addFilter(WithoutQueries())
