"""Connections that the server has ended are not handed out, and those that live are not asked each time."""

import select
import time
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

IDLE_S: Final = 30.0
"""A connection that lay for so long is asked, since what stands between may have dropped it without a word."""
_LAID_DOWN: Final = "laid_down_at_s"


def only_live_links(engine: Engine) -> None:
    """Look at each connection of PostgreSQL before it is used.

    A server that ends a connection closes it, so there is something to read where nothing was asked: only then, and
    after ``IDLE_S``, is it asked whether it lives. A pool that asks each time sends a message more for each read.

    Args:
        engine: of the driver psycopg, without ``pool_pre_ping``.
    """

    @event.listens_for(engine, "checkin")
    def _laid_down(connection: Any, entry: ConnectionPoolEntry) -> None:  # noqa: ARG001
        entry.info[_LAID_DOWN] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _taken(connection: Any, entry: ConnectionPoolEntry, proxy: object) -> None:  # noqa: ARG001
        laid_down_s = entry.info.get(_LAID_DOWN)
        if laid_down_s is None:
            return  # it was opened just now
        idle = time.monotonic() - laid_down_s >= IDLE_S
        if (connection.closed or idle or _has_word(connection)) and not _lives(engine, connection):
            raise InvalidatePoolError


def _has_word(connection: Any) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _lives(engine: Engine, connection: Any) -> bool:
    try:
        return engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error:
        return False
