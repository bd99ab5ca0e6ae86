"""The centre as one web application."""

import logging
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from sqlalchemy import text

from api.background import Background
from api.centre import Centre, open_centre
from api.intake.fair_turns import FairTurns
from api.people.secrets_of_accounts import Passwords
from api.persistence.schema import require_current_schema
from api.roles import WITHOUT_PAGES, CentreRole
from api.settings import CentreSettings
from api.web.middleware import CITIZENS_PREFIX, BodyLimit, Guard
from api.web.problems import Problem, install_problem_handlers, problem_responses
from api.web.readiness import Watched, add_readiness
from api.web.routes import (
    admin,
    alerts,
    audit,
    cameras,
    cases,
    citizen_reports,
    citizens,
    counts,
    duplicates,
    edge,
    exports,
    lists,
    me,
    people,
    police,
    police_steps,
    reminder_door,
    reminders,
    report_analyses,
    reports,
    review,
    search,
)
from api.web.sessions import WebContext, anyone
from domain.errors import MatThanError
from domain.fleet.version import software_version
from domain.instants import Clock

logger = logging.getLogger(__name__)
API = "/api/v1"


def create_app(
    settings: CentreSettings,
    *,
    clock: Clock,
    passwords: Passwords | None = None,
    roles: Collection[CentreRole] = WITHOUT_PAGES,
    background: bool = True,
) -> FastAPI:
    """Build the application of one process; what its roles do beside HTTP runs from its start to its end.

    Args:
        settings: of the centre.
        clock: where the time comes from.
        passwords: how passwords are hashed; None: at full cost.
        roles: what the process does; it serves only the routes that they need, and ``/healthz``.
        background: run what they do beside HTTP; tests that need none of it say False.

    Returns:
        The application; its services stand in ``app.state.centre``.

    Raises:
        ConfigurationError: a secret is missing, or the database has another schema.
        StoreUnavailable: the database cannot be reached.
    """
    centre = open_centre(settings, clock=clock, passwords=passwords)
    try:
        require_current_schema(centre.store.database)
        running = Background(settings, centre, roles) if background else None
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
    app.state.context = WebContext(
        centre=centre,
        public_url=settings.listen.public_url,
        secure=settings.listen.secure,
        turns=FairTurns(workers=settings.intake.workers),
    )
    install_problem_handlers(app)
    for router in _routers(roles):
        app.include_router(router, prefix=API, responses=problem_responses(400, 401, 403, 413, 422, 503))
    if CentreRole.WEB in roles:
        app.include_router(citizens.router, prefix=CITIZENS_PREFIX, include_in_schema=False)
        app.include_router(citizen_reports.router, prefix=CITIZENS_PREFIX, include_in_schema=False)
    _add_health(app, centre, running, clock)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    if CentreRole.CONSOLE in roles:
        from api.console import mount  # noqa: PLC0415 - the pages' library is loaded only where pages are served

        provider = settings.sign_in_provider
        mount(app, centre, provider_name=None if provider is None else provider.name)
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard, secure=settings.listen.secure)
    return app


def _routers(roles: Collection[CentreRole]) -> list[APIRouter]:
    """The routes of some roles; the pages call the API of the process that serves them."""
    of_cases = (cases, duplicates, review, search, exports)
    of_pages = (people, me, *of_cases, alerts, reminders, reports, counts, lists, cameras)
    by_role = {
        CentreRole.WEB: (*of_pages, police, police_steps, admin, audit),
        CentreRole.INTAKE: (edge, reminder_door, report_analyses),
        CentreRole.CONSOLE: of_pages,
    }
    rooms = [room for role, its in by_role.items() if role in roles for room in its]
    doors = [cameras.door] if CentreRole.INTAKE in roles else []
    return [room.router for room in dict.fromkeys(rooms)] + doors


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

    line = running.line if running else None
    silent = centre.health.silent_boxes
    dropped = centre.workload.dropped_lately
    watched = Watched(
        ask_database=ask_database,
        silent_boxes=silent,
        dropped=dropped,
        looks=centre.report_analyses.standing,
        standing=centre.problems.standing,
        refused=centre.sign_in.refused_lately,
        unstated_accounts=centre.accounts.unstated_deciders,
        line=line,
        clock=clock,
    )
    add_readiness(app, watched)


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
        if session := schema["paths"].get(f"{API}/session"):
            session["post"]["security"] = []
        app.openapi_schema = schema
    return app.openapi_schema
