"""What somebody with the database's password can do: put the guards aside and change the record."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, text

from tests.builders.centre import CentreBuilder
from tests.builders.schema_templates import wait_for_no_disk


@contextmanager
def altering(centre: CentreBuilder) -> Iterator[Connection]:
    """A transaction in which nothing is refused, keys of other tables included."""
    if not centre.database.is_sqlite:
        with centre.database.write() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield connection
        return
    engine = create_engine(centre.database.engine.url)  # SQLite checks foreign keys only where it is asked to
    wait_for_no_disk(engine)
    with engine.begin() as connection:
        triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        for name in triggers.scalars().all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        yield connection
    engine.dispose()
