"""The centre as one web application."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from sqlalchemy import text

from api.background import Background
from api.centre import Centre, open_centre
from api.persistence.schema import require_current_schema
from api.services.secrets_of_accounts import Passwords
from api.settings import CentreSettings
from api.web import routes_admin, routes_audit, routes_cases, routes_edge, routes_lists, routes_people, routes_police
from api.web.middleware import BodyLimit, Guard
from api.web.problems import Problem, install_problem_handlers, problem_responses
from api.web.readiness import add_readiness
from api.web.sessions import WebContext, anyone
from domain.errors import MatThanError
from domain.instants import Clock
from domain.version import software_version

logger = logging.getLogger(__name__)
API = "/api/v1"


def create_app(
    settings: CentreSettings,
    *,
    clock: Clock,
    passwords: Passwords | None = None,
    console: bool = False,
    background: bool = True,
) -> FastAPI:
    """Build the application; MQTT and the sweeper run from its start to its end.

    Args:
        settings: of the centre.
        clock: where the time comes from.
        passwords: how passwords are hashed; None: at full cost.
        console: also serve the operators' pages.
        background: run MQTT and the sweeper; tests that need neither say False.

    Returns:
        The application; its services stand in ``app.state.centre``.

    Raises:
        ConfigurationError: a secret is missing, or the database has another schema.
        StoreUnavailable: the database cannot be reached.
    """
    centre = open_centre(settings, clock=clock, passwords=passwords)
    try:
        require_current_schema(centre.store.database)
        running = Background(settings, centre, clock) if background else None
    except MatThanError:
        centre.close()
        raise
    app = FastAPI(
        title="Mắt Thần",
        version=software_version(),
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(centre, running),
    )
    app.state.centre = centre
    app.state.context = WebContext(centre=centre, public_url=settings.listen.public_url, secure=settings.listen.secure)
    install_problem_handlers(app)
    for room in (routes_people, routes_cases, routes_lists, routes_edge, routes_police, routes_admin, routes_audit):
        app.include_router(room.router, prefix=API, responses=problem_responses(400, 401, 403, 413, 422, 503))
    _add_health(app, centre, running, clock)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    if console:
        from api.console import mount  # noqa: PLC0415 - the pages' library is loaded only where pages are served

        mount(app, centre)
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard, secure=settings.listen.secure)
    return app


def _lifespan(centre: Centre, running: Background | None) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:  # noqa: ARG001
        async with AsyncExitStack() as stack:
            stack.callback(centre.close)
            if running is not None:
                running.start()
                stack.callback(running.close)
            yield

    return lifespan


def _add_health(app: FastAPI, centre: Centre, running: Background | None, clock: Clock) -> None:
    def ask_database() -> None:
        with centre.store.read() as connection:
            connection.execute(text("SELECT 1"))

    @app.get("/healthz", include_in_schema=False, dependencies=[anyone()])
    def healthz() -> Response:
        """Whether the database answers."""
        ask_database()
        return JSONResponse({"status": "ok"}, status_code=HTTPStatus.OK)

    add_readiness(app, ask_database=ask_database, line=running.line if running else None, clock=clock)


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description="Cases of suspected violations: intake from edge boxes, review by people, pull by the police.",
            routes=app.routes,
        )
        components = schema.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        components["securitySchemes"] = {
            "ApiKey": {"type": "http", "scheme": "bearer"},
            "Session": {"type": "apiKey", "in": "cookie", "name": app.state.context.cookie},
        }
        schema["security"] = [{"ApiKey": []}, {"Session": []}]
        schema["paths"][f"{API}/session"]["post"]["security"] = []
        app.openapi_schema = schema
    return app.openapi_schema
