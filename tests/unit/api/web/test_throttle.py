"""Guessing is slowed down in the database, for all processes together; the person at a known browser never waits."""

import threading
from contextlib import suppress

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.errors import TooManyAttempts, Unauthenticated
from api.people.throttle import FREE_FAILURES, FREE_FAILURES_ALTOGETHER, Door, Throttle, refusals_lately
from domain.cases.roles import Role
from tests.builders.centre import ORIGIN, PASSWORD, CentreBuilder


def guess(centre: CentreBuilder, name: str, address: str, browser: str | None = None) -> bool:
    """Whether a wrong password was looked at."""
    try:
        centre.centre.sign_in.sign_in(name, "a wrong password", address=address, browser=browser)
    except Unauthenticated:
        return True
    except TooManyAttempts:
        return False
    raise AssertionError


def test_tries_at_once_are_not_free(centre: CentreBuilder) -> None:
    """Thirty threads guess at the same moment, in two processes' worth of services."""
    centre.user("lan", Role.OPERATOR)
    throttles = [Throttle(centre.centre.store, Door.STAFF), Throttle(centre.centre.store, Door.STAFF)]
    together, looked_at, lock = threading.Barrier(30), [], threading.Lock()

    def one(number: int) -> None:
        together.wait()
        try:
            throttles[number % 2].begin("lan", "attacker")
        except TooManyAttempts:
            return
        with lock:
            looked_at.append(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) == FREE_FAILURES


def test_another_process_counts_on(centre: CentreBuilder) -> None:
    centre.user("lan", Role.OPERATOR)
    for _ in range(FREE_FAILURES):
        Throttle(centre.centre.store, Door.STAFF).begin("lan", "attacker")
    with pytest.raises(TooManyAttempts):
        Throttle(centre.centre.store, Door.STAFF).begin("lan", "attacker")


def test_the_guesser_waits_longer_and_longer_and_the_person_never(centre: CentreBuilder) -> None:
    """From everywhere, and from the very address of the person."""
    centre.user("lan", Role.OPERATOR)
    known = centre.centre.sign_in.sign_in("lan", PASSWORD, address="office")
    looked_at = 0
    for round_ in range(FREE_FAILURES_ALTOGETHER * 2):
        looked_at += guess(centre, "lan", f"10.0.0.{round_}")
        looked_at += guess(centre, "lan", "office")
        again = centre.centre.sign_in.sign_in("lan", PASSWORD, address="office", browser=known.browser)
        assert again.browser == known.browser
    assert looked_at <= FREE_FAILURES_ALTOGETHER
    centre.clock.advance(3601)
    assert guess(centre, "lan", "10.0.0.1")


def test_a_known_browser_of_one_person_is_no_key_to_another(centre: CentreBuilder) -> None:
    centre.user("lan", Role.OPERATOR)
    centre.user("minh", Role.OPERATOR)
    minh = centre.centre.sign_in.sign_in("minh", PASSWORD, address="home").browser
    assert [guess(centre, "lan", "home", minh) for _ in range(FREE_FAILURES + 1)] == [True] * FREE_FAILURES + [False]
    mine = [guess(centre, "minh", "home", minh) for _ in range(FREE_FAILURES + 1)]
    assert mine == [True] * FREE_FAILURES + [False], "a stolen browser guesses no faster"


def test_old_tries_are_forgotten(centre: CentreBuilder) -> None:
    guess(centre, "nobody", "somewhere")
    centre.clock.advance(3601)
    centre.centre.sign_in.forget_ended()
    with centre.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sign_in_attempts").scalar_one() == 0


def test_the_browser_keeps_what_it_was_given(sqlite_centre: CentreBuilder) -> None:
    sqlite_centre.user("lan", Role.OPERATOR)
    browser, guesser = sqlite_centre.client(Origin=ORIGIN), sqlite_centre.client(Origin=ORIGIN)
    right = {"username": "lan", "password": PASSWORD}
    answer = browser.post("/api/v1/session", json=right)
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("matthan_browser="))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    for _ in range(FREE_FAILURES):
        assert guesser.post("/api/v1/session", json=right | {"password": "a wrong one"}).status_code == 401
    assert guesser.post("/api/v1/session", json=right).status_code == 429
    assert browser.post("/api/v1/session", json=right).status_code == 200


def test_refusals_are_counted_by_door_for_people_to_see(centre: CentreBuilder) -> None:
    centre.user("lan", Role.OPERATOR)
    looked_at = sum(guess(centre, "lan", "attacker") for _ in range(FREE_FAILURES + 3))
    assert looked_at == FREE_FAILURES
    for _ in range(FREE_FAILURES + 1):
        with suppress(Unauthenticated, TooManyAttempts):
            centre.centre.citizens.open("1", "2", address="attacker")
    store = centre.centre.store
    assert refusals_lately(store) == {Door.STAFF: 3, Door.CITIZENS: 1}
    found = text_string_to_metric_families(centre.client().get("/metrics").text)
    told = next(each.samples for each in found if each.name == "matthan_tries_refused_last_day")
    assert {each.labels["door"]: each.value for each in told} == {"staff": 3.0, "citizens": 1.0}
    centre.clock.advance(24 * 3600.0 + 3600.0)
    assert refusals_lately(store) == {Door.STAFF: 0, Door.CITIZENS: 0}
    centre.clock.advance(91 * 24 * 3600.0)
    centre.centre.sign_in.forget_ended()
    with centre.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM refused_tries").scalar_one() == 0
