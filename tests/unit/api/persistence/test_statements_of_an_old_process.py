"""What a process of this schema's first serving version says to the database, before and after the upgrade.

The statements beside this file were taken down word for word from the software of schema 0007 (commit d0405c73) on
each database: cases taken in, confirmed and rejected, people, keys and sign-ins, a police unit that pulls, takes a
package, acknowledges and gives back, a reminder; once before the schema changed under it and once after.
"""

import json
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api.persistence.database import Database
from api.persistence.schema import migrate
from api.principals import SYSTEM
from domain.errors import ConfigurationError
from tests.builders.centre import CentreBuilder

WITHIN_S = 60.0
SAID = Path(__file__).parent / "old_process"
SERVES_SINCE = "0007"


class OldProcess:
    """Says again what was taken down."""

    def __init__(self, database: Database) -> None:
        self._database = database
        name = f"{SERVES_SINCE}-{database.engine.dialect.name}.json"
        self._said: dict[str, Any] = json.loads((SAID / name).read_text(encoding="utf-8"))

    def work(self, part: str) -> None:
        """Say a part, each statement kept by itself; then read everything that it reads, at any time."""
        for number, values in self._said[part]:
            self._say(number, values)
        for number, values in [*self._said["before"], *self._said["after"]]:
            if self._said["statements"][number].lstrip().upper().startswith("SELECT"):
                self._say(number, values)

    def _say(self, number: int, values: Any) -> None:
        with self._database.write() as connection:
            given = values if isinstance(values, dict) else tuple(values)
            connection.exec_driver_sql(self._said["statements"][number], given)


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(int(WITHIN_S / 0.02)):
        if holds():
            return
        threading.Event().wait(0.02)
    pytest.fail("it did not come about")


def test_an_old_process_goes_on_and_what_it_did_is_whole_in_the_end(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    migrate(database, revision=SERVES_SINCE)
    old = OldProcess(database)
    old.work("before")
    centre = CentreBuilder(tmp_path, database_url=database_url)
    assert centre.centre.audit.verify(SYSTEM).intact
    old.work("after")
    with database.read() as connection:
        case_ids = connection.execute(text("SELECT case_id FROM cases ORDER BY case_id")).scalars().all()
    assert len(case_ids) == 6
    for case_id in case_ids:
        assert centre.stored(uuid.UUID(case_id)).case_id == uuid.UUID(case_id), "the new process reads it meanwhile"
    assert not centre.centre.audit.verify(SYSTEM).intact
    migrate(database)
    verdict = centre.centre.audit.verify(SYSTEM)
    assert (verdict.fault, verdict.wrong_cases, verdict.wrong_rows) == (None, (), ())
    centre.close()
    database.close()


@pytest.mark.parametrize("revision", ["0001", "0003"])
def test_steps_that_need_a_stop_say_so_before_anything_is_done(database_url: str, revision: str) -> None:
    database, other = Database(database_url), Database(database_url)
    migrate(database, revision=revision)
    with other.read() as looking:
        looking.execute(text("SELECT count(*) FROM cases"))
        with pytest.raises(ConfigurationError, match=rf"schema {revision} .* 0004 .*Stop its processes.*nothing was"):
            migrate(database)
    other.close()
    wait_until(lambda: not database.others_are_connected())
    with database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == revision
    migrate(database)
    database.close()


def test_who_is_connected_is_no_matter_once_steps_only_add(database_url: str) -> None:
    database, other = Database(database_url), Database(database_url)
    migrate(database, revision=SERVES_SINCE)
    with other.read() as looking:
        looking.execute(text("SELECT 1"))
        if database.is_sqlite:
            looking.rollback()
        migrate(database)
    other.close()
    database.close()
