"""What somebody with the database's password can do: put the guards aside and change the record."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from tests.builders.centre import CentreBuilder


@contextmanager
def altering(centre: CentreBuilder) -> Iterator[Connection]:
    """A transaction in which nothing is refused."""
    with centre.database.write() as connection:
        if centre.database.is_sqlite:
            for name in (
                connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            ):
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
