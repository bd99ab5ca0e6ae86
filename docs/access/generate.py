"""Write the table of who may call what, from the doors themselves: ``python -m docs.access.generate``."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.app import create_app
from api.centre import open_database
from api.console.access.page_table import PAGES
from api.persistence.schema import migrate
from api.principals import BOUND_BY, ROLES_WITH, Bound, Permission
from api.settings import CentreSettings
from api.web.sessions import declared_permissions
from domain.cases.roles import WITHOUT_ACCOUNT, Role
from plumbing.system_clock import SystemClock

PAGE = Path(__file__).parent / "README.md"
_BEGIN, _END = "<!-- table: by python -m docs.access.generate -->", "<!-- end -->"
_COLUMNS = tuple(role for role in Role if role not in WITHOUT_ACCOUNT)
_BOUNDS = {
    Bound.CASE: "ward and queue of the case",
    Bound.QUEUE: "queue, and ward of the case",
    Bound.WARD: "ward of the reminder",
    Bound.BOX: "the key's own box",
    Bound.SELF: "oneself",
    Bound.NOTHING: "",
}
Door = tuple[str, str]  # method and path; PAGE and path for the console


def routes_of(app: FastAPI) -> dict[Door, APIRoute]:
    """Every route of an application by method and path, those of nested routers included.

    Raises:
        TypeError: something answers that is no route of ours.
    """
    return dict(_walk(app.routes, ""))


def _walk(routes: Any, prefix: str) -> Iterator[tuple[Door, APIRoute]]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield from (((method, prefix + route.path), route) for method in route.methods)
        elif hasattr(route, "original_router"):  # FastAPI keeps included routers as they are
            yield from _walk(route.original_router.routes, prefix + route.include_context.prefix)
        elif route.path != "/api/v1/openapi.json":
            raise TypeError(f"{route} is no door that this table knows")


def doors() -> dict[Door, Permission | None]:
    """Every route and page with the permission that it asks for; None: anyone."""
    with tempfile.TemporaryDirectory() as folder:
        place = {"database": {"url": f"sqlite:///{folder}/centre.sqlite3"}, "evidence": {"directory": folder}}
        settings = CentreSettings.model_validate(place)
        database = open_database(settings)
        migrate(database)
        database.close()
        app = create_app(settings, clock=SystemClock(), background=False)
        app.state.centre.close()
    found: dict[Door, Permission | None] = {
        door: permission for door, route in routes_of(app).items() for permission in declared_permissions(route)
    }
    return found | {("PAGE", f"/console{path}"): permission for path, permission in PAGES.items()}


def table_text(table: dict[Door, Permission | None]) -> str:
    """The table as it stands in the page: ``•`` where the role has the permission, as far as its scope reaches."""
    lines = [
        f"| door | {' | '.join(_COLUMNS)} | within |",
        f"|---|{'---|' * (len(_COLUMNS) + 1)}",
    ]
    for (method, path), permission in sorted(table.items(), key=lambda door: (door[0][1], door[0][0])):
        if permission is None:
            lines.append(f"| `{method} {path}` |{' anyone |' * len(_COLUMNS)} |")
            continue
        marks = " | ".join("•" if role in ROLES_WITH[permission] else "" for role in _COLUMNS)
        lines.append(f"| `{method} {path}` | {marks} | {_BOUNDS[BOUND_BY[permission]]} |")
    return "\n".join(lines)


def page_text(before: str, table: dict[Door, Permission | None]) -> str:
    """The page with its table written anew."""
    head, _, rest = before.partition(_BEGIN)
    return f"{head}{_BEGIN}\n{table_text(table)}\n{_END}{rest.partition(_END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page_text(PAGE.read_text("utf-8"), doors()), "utf-8")
