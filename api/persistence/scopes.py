"""A scope as a condition on rows: lists ask the database what ``Principal`` answers for one thing."""

from sqlalchemy import ColumnElement, and_, true

from domain.grants import EVERY, Scope


def in_scope(
    scope: Scope, *, ward_key: ColumnElement[str], queue: ColumnElement[str | None] | None = None
) -> ColumnElement[bool]:
    """Whether a row lies in a scope.

    Args:
        scope: of the caller.
        ward_key: the column with the ward, as accounts name it.
        queue: the column with the queue; None: such rows have none, so it does not bound them.
    """
    conditions: list[ColumnElement[bool]] = []
    if EVERY not in scope.wards:
        conditions.append(ward_key.in_(sorted(scope.wards)))
    if queue is not None and EVERY not in scope.queues:
        conditions.append(queue.in_(sorted(scope.queues)))
    return and_(true(), *conditions)
