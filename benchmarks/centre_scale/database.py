"""A PostgreSQL that stays filled between commands; commits are synced."""

import os
import pwd
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text

from api.persistence.database import Database
from api.persistence.schema import migrate
from api.persistence.store import Store
from api.sightings.keys import SightingKeys
from benchmarks.centre_scale.city import City
from benchmarks.filled_record import BEGIN, EVERY_S, fill
from deploy.local.servers import Postgres
from domain.instants import HUE_TIME
from domain.plates.sightings import month_of
from tests.builders.centre import SteppedClock

NAME: Final = "city"
SECRET: Final = "of the benchmark, and nobody's secret"  # noqa: S105
KEPT: Final = timedelta(days=31)


class KeptPostgres(Postgres):
    """A server whose data and password stay in a folder.

    Args:
        folder: that everybody may enter; the server runs as nobody where this runs as root.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        kept = folder / "password"
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
        if not kept.exists():
            kept.write_text(secrets.token_urlsafe(16))
            kept.chmod(0o600)
        self.password = kept.read_text()

    @property
    def city_url(self) -> str:
        """SQLAlchemy URL of the city's database."""
        return f"postgresql+psycopg://{self.user}:{self.password}@{self.host}:{self.port}/{NAME}"

    def drop_city(self) -> None:
        """Forget what an earlier command filled."""
        self._psql("postgres", f'DROP DATABASE IF EXISTS "{NAME}"')

    def _command(self) -> list[str]:
        settings: tuple[str, ...] = ("fsync=on", "synchronous_commit=on", "full_page_writes=on", "shared_buffers=1GB")
        settings += ("effective_cache_size=4GB", "maintenance_work_mem=512MB", "max_wal_size=4GB")
        settings += ("shared_preload_libraries=pg_stat_statements",)  # counts what is asked
        return [*super()._command(), *(part for each in settings for part in ("-c", each))]


@contextmanager
def city_database(folder: Path) -> Iterator[Database]:
    """The city's database, as it was left."""
    with KeptPostgres(folder) as server:
        database = Database(server.city_url)
        yield database
        database.close()


def fill_city(folder: Path, *, cases: int, sightings: int) -> None:
    """Make the database of a city; an earlier one of the same folder is dropped."""
    with KeptPostgres(folder) as server:
        server.drop_city()
        database = Database(server.new_database(NAME))
        migrate(database)
        fill(database, cases, City().vary)
        fill_sightings(database, now_of(cases), sightings)
        database.close()


def now_of(cases: int) -> datetime:
    """When the last of so many cases had come."""
    return BEGIN + timedelta(seconds=EVERY_S * cases)


def fill_sightings(database: Database, now: datetime, number: int) -> None:
    """Put so many sightings into the days before an instant, with keys as the centre makes them."""
    store, keys = Store(database, SteppedClock(now)), SightingKeys(SECRET)
    first_day = (now.astimezone(HUE_TIME) - KEPT).replace(hour=0, minute=0, second=0, microsecond=0)
    months = sorted({month_of(first_day + timedelta(days=day)) for day in range(KEPT.days + 1)})
    with store.write() as work:
        key_of = {month: keys.of(work, month) for month in months}
        for month in months:
            work.connection.execute(text("SELECT make_sightings_month(:month)"), {"month": month})
        work.connection.execute(text("ALTER TABLE sightings DROP CONSTRAINT pk_sightings"))
        link: Any = work.connection.connection.driver_connection
        with link.cursor().copy("COPY sightings (plate_hash, seen_at, camera_id, box_id) FROM STDIN") as copy:
            for row in City(12, days=KEPT.days, first_day=first_day).sightings(number, key_of):
                copy.write_row(row)
        key = "plate_hash, seen_at, camera_id, box_id"
        work.connection.execute(text(f"ALTER TABLE sightings ADD CONSTRAINT pk_sightings PRIMARY KEY ({key})"))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
