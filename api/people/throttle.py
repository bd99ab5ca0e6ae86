"""Slows down guessing: after some failures a key has to wait, longer each time, in all processes together.

A try is counted before its password is looked at, in the database, so that many tries at once are not many free ones;
a right one is taken back. A name tried from one address has few free tries. A name from everywhere, and an address with
all its names, have many: colleagues share an address, and nobody shall lock out another by mistyping for him. A browser
that the person has signed in with before is counted by itself: whoever guesses elsewhere slows down himself, never the
person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

from sqlalchemy import Row, delete, func, select, update

from api.cases.case_rows import locked
from api.errors import TooManyAttempts
from api.people.secrets_of_accounts import sha256_text
from api.persistence.store import Store, Work
from api.persistence.tables import known_browsers, refused_tries, sign_in_attempts
from api.persistence.upsert import add_to, insert_if_absent

FREE_FAILURES = 5  # of one name from one address, or from one known browser
FREE_FAILURES_ALTOGETHER = 50  # of one name, or of one address
FIRST_WAIT_S = 10.0
LONGEST_WAIT_S = 900.0
FORGET_AFTER = timedelta(hours=1)
FORGET_REFUSALS_AFTER = timedelta(days=90)
FORGET_BROWSER_AFTER = timedelta(days=400)
_MOST_DOUBLINGS = 20
_ONE_LINE_BITS: Final = 64  # of IPv6: whoever has one line has all of its addresses (RFC 6177, RFC 8981)


class Door(StrEnum):
    """Where tries are counted apart."""

    STAFF = "staff"  # who signs in, or says his password again
    CITIZENS = "citizens"  # who opens a case or report by number and code, or sends many


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One try to sign in: what it counts for, with the failures that are free."""

    free_by_key: dict[str, int]
    own_key: str  # forgotten with the first right try


class Throttle:
    """Counts tries.

    Args:
        store: shared by all processes.
        door: whose refusals are counted together.
    """

    def __init__(self, store: Store, door: Door) -> None:
        self._store = store
        self._door = door

    def begin(self, name: str, address: str, browser: str | None = None) -> Try:
        """Count a try before it is looked at.

        Args:
            name: that is tried.
            address: where the try comes from.
            browser: the token that a sign-in gave to the browser earlier.

        Raises:
            TooManyAttempts: the key has to wait; with the seconds. Such a try counts as a refusal, not as a try.
            StoreUnavailable: it cannot be counted, so nothing may be looked at.
        """
        try:
            return self._begin(name, address, browser)
        except TooManyAttempts:
            self._count_refusal()
            raise

    def _begin(self, name: str, address: str, browser: str | None) -> Try:
        with self._store.write() as work:
            this = self._try(work, name, address, browser)
            longest_s = 0.0
            for key in sorted(this.free_by_key):  # always in this order, so that no two tries wait for each other
                row = _row(work, key)
                longest_s = max(longest_s, _wait_s(row, this.free_by_key[key], work.now))
                tries = 1 if work.now - row.last_at > FORGET_AFTER else row.tries + 1
                work.connection.execute(_change(key).values(tries=tries, last_at=work.now))
            if longest_s > 0:
                raise TooManyAttempts(int(longest_s) + 1)
        return this

    def _count_refusal(self) -> None:
        with self._store.write() as work:
            hour = work.now.replace(minute=0, second=0, microsecond=0)
            add_to(work.connection, refused_tries, [{"hour": hour, "door": self._door, "refused": 1}], "refused")

    def succeeded(self, this: Try) -> None:
        """The try was right: it was no failure, and the earlier ones of the same key are forgotten."""
        with self._store.write() as work:
            for key in sorted(this.free_by_key):
                if key == this.own_key:
                    work.connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.key == key))
                else:
                    positive = _change(key).where(sign_in_attempts.c.tries > 0)
                    work.connection.execute(positive.values(tries=sign_in_attempts.c.tries - 1))

    def take_back(self, this: Try) -> None:
        """The try was neither right nor wrong: it is as if it had not been."""
        with self._store.write() as work:
            for key in sorted(this.free_by_key):
                positive = _change(key).where(sign_in_attempts.c.tries > 0)
                work.connection.execute(positive.values(tries=sign_in_attempts.c.tries - 1))

    def forget_old(self) -> None:
        """Remove what no try is measured by any more."""
        with self._store.write() as work:
            old = sign_in_attempts.c.last_at < work.now - FORGET_AFTER
            work.connection.execute(delete(sign_in_attempts).where(old))
            unused = known_browsers.c.last_used_at < work.now - FORGET_BROWSER_AFTER
            work.connection.execute(delete(known_browsers).where(unused))
            past = refused_tries.c.hour < work.now - FORGET_REFUSALS_AFTER
            work.connection.execute(delete(refused_tries).where(past))

    def _try(self, work: Work, name: str, address: str, browser: str | None) -> Try:
        if browser is not None:
            token = known_browsers.c.token_sha256 == sha256_text(browser)
            known = select(known_browsers).where(token, known_browsers.c.username == name)
            if work.connection.execute(known).first() is not None:
                own = sha256_text(f"browser:{browser}:{name}")
                return Try(free_by_key={own: FREE_FAILURES}, own_key=own)
        address = line_of(address)
        own = sha256_text(f"{name}@{address}")
        altogether = {sha256_text(f"name:{name}"), sha256_text(f"address:{address}")}
        return Try(free_by_key={own: FREE_FAILURES} | dict.fromkeys(altogether, FREE_FAILURES_ALTOGETHER), own_key=own)


def refusals_lately(store: Store) -> dict[Door, int]:
    """How often each door refused to look at a try in the last day, by whole hours; for whoever watches the centre."""
    since = store.clock.now() - timedelta(days=1)
    counted = select(refused_tries.c.door, func.sum(refused_tries.c.refused)).where(refused_tries.c.hour > since)
    with store.read() as connection:
        found = {str(door): int(number) for door, number in connection.execute(counted.group_by(refused_tries.c.door))}
    return {door: found.get(door, 0) for door in Door}


def line_of(address: str) -> str:
    """What an address is counted as: an address of IPv6 as its network, all else as it is.

    Examples:
        >>> line_of("2001:db8:1:2:aaaa::1") == line_of("2001:db8:1:2:bbbb::2"), line_of("203.0.113.7")
        (True, '203.0.113.7')
        >>> line_of("::ffff:203.0.113.7"), line_of("desk")
        ('203.0.113.7', 'desk')
    """
    try:
        read = ip_address(address)
    except ValueError:
        return address
    if not isinstance(read, IPv6Address):
        return address
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    return str(ip_network((int(read), _ONE_LINE_BITS), strict=False))


def _row(work: Work, key: str) -> Row[Any]:
    """The count of a key, kept for this transaction; made when missing."""
    insert_if_absent(work.connection, sign_in_attempts, {"key": key, "tries": 0, "last_at": work.now})
    of_key = select(sign_in_attempts).where(sign_in_attempts.c.key == key)
    return work.connection.execute(locked(of_key, work.connection)).one()


def _change(key: str) -> Any:
    return update(sign_in_attempts).where(sign_in_attempts.c.key == key)


def _wait_s(row: Row[Any], free: int, now: datetime) -> float:
    since_s: float = (now - row.last_at).total_seconds()
    over = row.tries - free
    if over < 0 or since_s > FORGET_AFTER.total_seconds():
        return 0.0
    wait_s: float = min(FIRST_WAIT_S * 2.0 ** min(over, _MOST_DOUBLINGS), LONGEST_WAIT_S)
    return wait_s - max(since_s, 0.0)
