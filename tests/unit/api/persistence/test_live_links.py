"""Connections of PostgreSQL: an ended one is never handed out, a live one is not asked; reads keep nothing open."""

import threading
import uuid
from typing import Any

import pytest
from sqlalchemy import text

from api.persistence import live_links
from api.persistence.database import Database
from api.places.camera_registry import ToldCamera, note_camera
from domain.camera import Position
from tests.builders.cases import NOON
from tests.builders.centre import CentreBuilder

pytestmark = pytest.mark.server
_OTHERS = """SELECT pid, state FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""


@pytest.fixture
def database(postgres: Any) -> Any:
    made = Database(postgres.new_database(f"t{uuid.uuid4().hex}"))
    yield made
    made.close()


def _end_all(database: Database) -> None:
    """The server ends every connection but the one that asks, and that one is closed."""
    other = Database(database.engine.url.render_as_string(hide_password=False))
    with other.read() as connection:
        asked = f"SELECT count(pg_terminate_backend(pid, 5000)) FROM ({_OTHERS}) AS others"  # noqa: S608
        assert connection.execute(text(asked)).scalar_one() >= 1
    other.close()


def test_connections_that_the_server_ended_are_replaced_before_anybody_uses_them(database: Database) -> None:
    with database.read() as first, database.read() as second:
        for connection in (first, second):
            connection.execute(text("SELECT 1"))
    _end_all(database)
    for _ in range(3):
        with database.read() as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1
    with database.write() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_a_live_connection_is_asked_only_after_it_lay_for_long(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    ping = database.engine.dialect.do_ping

    def counted(connection: Any) -> bool:
        asked.append(connection)
        return ping(connection)

    monkeypatch.setattr(database.engine.dialect, "do_ping", counted)
    for _ in range(5):
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
    assert not asked
    monkeypatch.setattr(live_links, "IDLE_S", 0.0)
    with database.read() as connection:
        connection.execute(text("SELECT 1"))
    assert len(asked) == 1


def test_a_read_opens_no_transaction_and_a_write_does(database: Database) -> None:
    with database.read() as connection, database.read() as beside:
        connection.execute(text("SELECT 1"))
        assert {row.state for row in beside.execute(text(_OTHERS))} == {"idle"}
    with database.write() as connection, database.read() as beside:
        connection.execute(text("SELECT 1"))
        assert {row.state for row in beside.execute(text(_OTHERS))} == {"idle in transaction"}


def test_two_messages_of_a_new_camera_at_once_are_both_taken(postgres: Any, make_centre: Any) -> None:
    centre: CentreBuilder = make_centre(database_url=postgres.new_database(f"t{uuid.uuid4().hex}"))
    position = Position(latitude_deg=16.46, longitude_deg=107.59)
    told = ToldCamera(box_id="box-1", camera_id="cam-1", name="One", road="Lê Lợi", ward="", position=position, at=NOON)
    first_is_in, faults = threading.Event(), list[BaseException]()

    def second() -> None:
        try:
            with centre.centre.store.write() as work:
                first_is_in.wait(30)
                note_camera(work, told)
        except BaseException as error:  # noqa: BLE001 - shown by the test
            faults.append(error)

    thread = threading.Thread(target=second)
    thread.start()
    with centre.centre.store.write() as work:
        note_camera(work, told)
        first_is_in.set()
        thread.join(0.5)  # it waits for this transaction's row
        assert thread.is_alive()
    thread.join(30)
    assert not faults
    assert [each.camera_id for each in centre.centre.cameras.all_cameras()] == ["cam-1"]
