"""Scopes as they are kept: two columns beside the role, and the same words on the record."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from domain.cases.roles import Role
from domain.grants import EVERY, Scope


def scope_of_row(row: Row[Any]) -> Scope:
    """The scope of a row of ``users`` or ``api_keys``; empty text is nothing, never everything."""
    wards = frozenset(row.wards.split())
    if row.role == Role.WARD:
        return Scope(wards=wards)  # no queue bounds it; the release before this one kept its wards under queues
    return Scope(wards=wards, queues=frozenset(row.queues.split()))


def scope_columns(role: Role, scope: Scope) -> dict[str, str]:
    """The columns of a scope; a ward's names stand under queues too, where the release before this one looks."""
    wards = " ".join(sorted(scope.wards))
    return {"wards": wards, "queues": wards if role == Role.WARD else " ".join(sorted(scope.queues))}


def scope_body(scope: Scope) -> dict[str, list[str]]:
    """A scope as the record tells it."""
    return {"wards": sorted(scope.wards), "queues": sorted(scope.queues)}


def columns_on_record(body: Mapping[str, Any]) -> dict[str, str]:
    """The columns of a scope as an event tells them; events before scopes named queues, or a ward's wards, alone."""
    role = Role(body["role"])
    if "wards" in body:
        scope = Scope(wards=frozenset(body["wards"]), queues=frozenset(body["queues"]))
    elif role == Role.WARD:
        scope = Scope(wards=frozenset(body["queues"]))
    else:
        scope = Scope(queues=frozenset(body["queues"] or (EVERY,)))
    return scope_columns(role, scope)
