"""Insert-or-leave and insert-or-change, worded alike by SQLite and PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


def insert_if_absent(connection: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert a row unless its primary key is taken; another transaction that inserts it is waited for.

    Returns:
        Whether the row is ours.
    """
    statement = _insert(connection, table).values(**values).on_conflict_do_nothing()
    return connection.execute(statement.returning(*table.primary_key)).first() is not None


def insert_all_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert those rows whose primary key is not taken.

    Returns:
        How many.
    """
    statement = _insert(connection, table).values(rows).on_conflict_do_nothing()
    return len(connection.execute(statement.returning(*table.primary_key)).all())


def upsert(connection: Connection, table: Table, values: dict[str, Any]) -> None:
    """Insert a row, or change the one that has its primary key."""
    keys = [column.name for column in table.primary_key]
    statement = _insert(connection, table).values(**values)
    changed = {name: value for name, value in values.items() if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


def add_to(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], column: str) -> None:
    """Insert rows, no two with one primary key, or add their number in ``column`` to the row that has it."""
    keys = [each.name for each in table.primary_key]
    statement = _insert(connection, table).values(rows)
    total = table.c[column] + statement.excluded[column]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_={column: total}))


def _insert(connection: Connection, table: Table) -> PostgresInsert | SqliteInsert:
    return PostgresInsert(table) if connection.dialect.name == "postgresql" else SqliteInsert(table)
