"""Transactions that concern the same thing take turns; others go on beside them."""

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, text


def in_turn(connection: Connection, names: Iterable[str]) -> None:
    """Wait until no other transaction has any of these names, and have them until this one ends.

    All names of a transaction are taken at once, in one order, so two never wait for each other. SQLite has one writer.
    """
    if connection.dialect.name == "sqlite":
        return
    numbers = {int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True) for name in names}
    taken = text("SELECT count(pg_advisory_xact_lock(number)) FROM unnest(CAST(:numbers AS bigint[])) AS number")
    connection.execute(taken, {"numbers": sorted(numbers)})
