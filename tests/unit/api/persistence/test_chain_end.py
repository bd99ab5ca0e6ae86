"""The end of a transaction on PostgreSQL: short for the others, whole for its own caller."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, text

from api.persistence.database import Database
from api.persistence.ledger import ChainHead, chain_head, first_fault, stored_events
from api.persistence.schema import migrate
from api.persistence.store import Store
from api.persistence.turns import in_turn
from api.principals import SYSTEM
from deploy.local.servers import Postgres
from domain.errors import Invalid
from tests.builders.centre import SteppedClock

pytestmark = pytest.mark.server
THREADS, EACH = 8, 10
LONG_S = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server that a test may kill."""
    with Postgres(tmp_path_factory.mktemp("killed")) as running:
        yield running


@pytest.fixture(scope="module")
def store(server: Postgres) -> Iterator[Store]:
    database = Database(server.new_database("chain"))
    migrate(database)
    yield Store(database, SteppedClock())
    database.close()


def head_of(store: Store) -> ChainHead:
    with store.read() as connection:
        return chain_head(connection) or ChainHead(seq=0, hash="")


def note(store: Store, word: str) -> int:
    with store.write() as work:
        entry = work.record(SYSTEM, "noted", body={"word": word})
    return entry.seq


def test_the_database_chains_as_the_check_expects(store: Store) -> None:
    """Hashes are computed by the database and checked by us; many writers leave one chain without a gap."""
    with ThreadPoolExecutor(THREADS) as pool:
        before = head_of(store).seq
        seqs = list(pool.map(lambda n: note(store, f'Huế "{n}" \\ \u2028 %s \x00 {{}}'), range(THREADS * EACH)))
    assert sorted(seqs) == list(range(before + 1, before + THREADS * EACH + 1))
    with store.database.snapshot() as connection:
        fault, head = first_fault(stored_events(connection))
    assert fault is None
    assert head == head_of(store)


def test_an_event_knows_its_place_once_it_is_kept(store: Store) -> None:
    with store.write() as work:
        entry = work.record(SYSTEM, "noted")
    assert ChainHead(seq=entry.seq, hash=entry.hash) == head_of(store)


def test_nothing_is_kept_of_a_transaction_that_fails_at_its_end(store: Store) -> None:
    told: list[str] = []
    before = head_of(store)

    def too_long() -> None:
        with store.write() as work:
            work.record(SYSTEM, "noted")
            work.record(SYSTEM, "longer than the column that holds it" * 2)
            work.after_commit.append(lambda: told.append("told"))

    with pytest.raises(Invalid):
        too_long()
    assert head_of(store) == before
    assert not told
    assert note(store, "afterwards") == before.seq + 1


def test_a_transaction_at_work_keeps_nobody_from_the_record(store: Store) -> None:
    """The lock is taken with the last message: whoever noted something and still works holds up nobody."""
    working, go_on = threading.Event(), threading.Event()

    def work_long() -> int:
        with store.write() as work:
            entry = work.record(SYSTEM, "noted", body={"word": "slow"})
            work.connection.execute(text("SELECT 1"))
            working.set()
            assert go_on.wait(LONG_S)
        return entry.seq

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(work_long)
        assert working.wait(LONG_S)
        quick = note(store, "quick")
        go_on.set()
        assert slow.result(LONG_S) == quick + 1


def test_the_last_step_is_one_message(store: Store) -> None:
    """Nothing that the centre sends stands between the chain's lock and the commit that frees it."""
    sent: list[str] = []

    def seen(conn: object, cursor: object, statement: str, *rest: object) -> None:
        sent.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", seen)
    note(store, "one")
    assert not sent, "all of it goes with one message of the driver"


def test_what_was_answered_is_there_after_a_crash(server: Postgres, store: Store) -> None:
    last = [note(store, str(number)) for number in range(20)][-1]
    server.kill()
    server.start()
    with store.database.snapshot() as connection:
        fault, head = first_fault(stored_events(connection))
    assert fault is None
    assert head is not None
    assert head.seq >= last


def test_same_things_take_turns_and_others_go_on(store: Store) -> None:
    database = store.database
    with database.write() as first, ThreadPoolExecutor(2) as pool:

        def named(*names: str) -> bool:
            with database.write() as second:
                in_turn(second, names)
            return True

        in_turn(first, ["b", "a"])
        same = pool.submit(named, "c", "a")
        assert pool.submit(named, "c2").result(LONG_S)
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while not first.execute(text(waiting)).scalar_one():
            assert not same.done()
        first.rollback()
        assert same.result(LONG_S)
