"""Looks that come at once are noted together, each waits for it, and none is shown that could not be noted."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from api.cases.view_log import ViewLog
from api.errors import StoreUnavailable
from api.persistence.store import Store, Work
from api.principals import Principal
from domain.cases.roles import Role
from tests.builders.box_process import wait_for
from tests.builders.centre import CentreBuilder

LAN = Principal(actor="user:looker", name="Lan", role=Role.OPERATOR)
MANY = 8


class HeldStore(Store):
    """Its first transaction waits until it may go on; each can be refused."""

    def __init__(self, centre: CentreBuilder) -> None:
        super().__init__(centre.database, centre.centre.store.clock)
        self.may_go_on = threading.Event()
        self.began = 0
        self.away = False
        self.breaks_at = 0  # which transaction

    @contextmanager
    def write(self) -> Iterator[Work]:
        self.began += 1
        if self.began == 1:
            assert self.may_go_on.wait(30)
        with super().write() as work:
            yield work
            if self.away:
                raise StoreUnavailable("the database is away")
            if self.began == self.breaks_at:
                raise RuntimeError("nobody foresaw this")


@pytest.fixture
def store(centre: CentreBuilder) -> HeldStore:
    return HeldStore(centre)


def _look_at_once(log: ViewLog, store: HeldStore, case_id: str) -> list[str]:
    """One look is being noted, the others come meanwhile; what became of each."""
    said: list[str] = []

    def look(number: int) -> None:
        try:
            log.note(LAN, case_id, f"still-{number}.jpg")
            said.append("shown")
        except StoreUnavailable:
            said.append("refused")
        except RuntimeError:
            said.append("broken")

    threads = [threading.Thread(target=look, args=(number,)) for number in range(MANY + 1)]
    threads[0].start()
    wait_for(lambda: store.began == 1, "the first look is being noted")
    for thread in threads[1:]:
        thread.start()
    wait_for(lambda: len(log._waiting) == MANY, "the others wait")
    assert not said, "nothing is shown before it is noted"
    store.may_go_on.set()
    for thread in threads:
        thread.join(30)
    return said


def _noted(centre: CentreBuilder, case_id: str) -> int:
    asked = text("SELECT count(*) FROM events WHERE action = 'view' AND actor = 'user:looker' AND case_id = :id")
    with centre.database.read() as connection:
        return int(connection.execute(asked, {"id": case_id}).scalar_one())


def test_looks_that_come_while_others_are_noted_share_one_transaction(centre: CentreBuilder, store: HeldStore) -> None:
    case_id = str(centre.queued_case().case_id)
    log = ViewLog(store, store.clock)
    assert _look_at_once(log, store, case_id) == ["shown"] * (MANY + 1)
    assert store.began == 2
    assert _noted(centre, case_id) == MANY + 1


def test_none_of_them_is_shown_while_the_database_is_away_and_all_may_come_again(
    centre: CentreBuilder, store: HeldStore
) -> None:
    case_id = str(centre.queued_case().case_id)
    log = ViewLog(store, store.clock)
    store.away = True
    assert _look_at_once(log, store, case_id) == ["refused"] * (MANY + 1)
    assert _noted(centre, case_id) == 0
    store.away = False
    log.note(LAN, case_id, "still-1.jpg")
    log.note(LAN, case_id, "still-1.jpg")
    assert _noted(centre, case_id) == 1


def test_none_of_them_is_shown_where_noting_fails_as_nobody_foresaw(centre: CentreBuilder, store: HeldStore) -> None:
    case_id = str(centre.queued_case().case_id)
    log = ViewLog(store, store.clock)
    store.breaks_at = 2
    assert _look_at_once(log, store, case_id) == ["shown"] + ["broken"] * MANY
    assert _noted(centre, case_id) == 1
