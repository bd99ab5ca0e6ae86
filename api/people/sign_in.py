"""Who is asking: people by session, machines by API key."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Row, Select, delete, insert, select, update

from api.errors import CodeNeeded, NotLinked, ProviderUnavailable, Unauthenticated
from api.people.linked_identities import LinkedIdentities, ProvenIdentity
from api.people.scopes import scope_of_row
from api.people.second_factor import SecondFactors
from api.people.secrets_of_accounts import (
    MAX_PASSWORD_LENGTH,
    Passwords,
    new_session_token,
    same_secret,
    sha256_text,
    split_api_key,
)
from api.people.throttle import Door, Throttle, refusals_lately
from api.persistence.store import Store, Work
from api.persistence.tables import api_keys, known_browsers, sessions, users
from api.principals import Principal
from domain.cases.roles import Role

T = TypeVar("T")
_SEEN_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """How long a session lives."""

    idle_s: float = 30 * 60.0
    absolute_s: float = 10 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NewSession:
    """A session that was just opened; the token goes into the cookie and is kept only as a hash."""

    token: str
    principal: Principal
    expires_at: datetime
    browser: str  # lets the browser try again whatever is guessed elsewhere; gives no right


class SignIn:
    """The doorkeeper.

    Args:
        store: the centre's memory.
        passwords: checks them.
        factors: checks codes of second factors.
        throttle: slows down guessing.
        limits: of sessions.
        linked: which account an identity of the provider is.
    """

    def __init__(
        self,
        store: Store,
        *,
        passwords: Passwords,
        factors: SecondFactors,
        throttle: Throttle,
        limits: SessionLimits,
        linked: LinkedIdentities,
    ) -> None:
        self._store = store
        self._factors = factors
        self._passwords = passwords
        self._throttle = throttle
        self._limits = limits
        self._linked = linked

    def sign_in(
        self, username: str, password: str, *, address: str, browser: str | None = None, code: str | None = None
    ) -> NewSession:
        """Open a session for a person.

        Args:
            username: as registered.
            password: of the person.
            address: where the request came from, for throttling.
            browser: the token that an earlier sign-in gave to this browser, for throttling.
            code: of the second factor, where the account has one.

        Raises:
            Unauthenticated: unknown name, wrong password or code, or a disabled account; which one is not revealed.
            CodeNeeded: all is right but for a code, which the account needs.
            TooManyAttempts: the name or the address failed too often.
        """
        this = self._throttle.begin(username, address, browser)
        with self._store.read() as connection:
            row = connection.execute(select(users).where(users.c.username == username)).one_or_none()
        usable = row is not None and row.disabled_at is None
        too_long = len(password) > MAX_PASSWORD_LENGTH
        fits = self._passwords.fits(password[:MAX_PASSWORD_LENGTH], row.password_hash if row and usable else None)
        if row is None or not fits or too_long:
            raise Unauthenticated("the name or the password is wrong")
        principal, enrolled = user_principal(row), self._factors.state_of(username)[0]
        if enrolled and code is None:
            self._throttle.take_back(this)
            raise CodeNeeded("send the code of the second factor too")
        with self._store.write() as work:
            if enrolled and not self._factors.passes(work, principal, code or ""):
                raise Unauthenticated("the name, the password or the code is wrong")
            session = self._opened(work, row, browser)
        self._throttle.succeeded(this)
        return session

    def prove(self, begun: str | None, address: str, prove: Callable[[], ProvenIdentity]) -> ProvenIdentity:
        """Have the provider asked who came back; slowed down as guessing is, since each try asks it with our secret.

        Args:
            begun: what the browser was given when it was sent away; None: nothing, for which no provider is asked.
            address: where the request came from.
            prove: asks the provider; raises what it raises.

        Raises:
            TooManyAttempts: too many answers of the address proved nobody.
        """
        if begun is None:
            return prove()
        this = self._throttle.begin(f"provider:{begun}", address)
        try:
            identity = prove()
        except ProviderUnavailable:
            self._throttle.take_back(this)
            raise
        self._throttle.succeeded(this)
        return identity

    def enter(
        self, identity: ProvenIdentity, *, address: str, browser: str | None = None, code: str | None = None
    ) -> NewSession:
        """Open a session for whom the identity provider knows; role and scope are the account's own.

        Args:
            identity: as the provider proved it.
            address: where the request came from, for throttling.
            browser: as of ``sign_in``.
            code: of the account's second factor, unless the provider asked for two factors itself.

        Raises:
            NotLinked: no account is linked to it.
            Unauthenticated: the account is disabled, or the code is wrong.
            CodeNeeded: all is right but for a code, which the account needs.
            TooManyAttempts: the identity or the address failed too often.
        """
        this = self._throttle.begin(f"identity:{sha256_text(identity.issuer + ' ' + identity.subject)}", address)
        row = self._linked.account_of(identity.issuer, identity.subject)
        if row is None:
            raise NotLinked(identity.subject)
        if row.disabled_at is not None:
            raise Unauthenticated("the account is switched off")
        principal = user_principal(row)
        asked = self._factors.state_of(row.username)[0] and not identity.both_factors
        if asked and code is None:
            self._throttle.take_back(this)
            raise CodeNeeded("send the code of the second factor too")
        with self._store.write() as work:
            if not self._linked.holds(work, row.username, identity):
                raise NotLinked(identity.subject)
            if asked and not self._factors.passes(work, principal, code or ""):
                raise Unauthenticated("the code is wrong")
            session = self._opened(work, row, browser, by_provider=True)
        self._throttle.succeeded(this)
        return session

    def _opened(self, work: Work, row: Row[Any], browser: str | None, *, by_provider: bool = False) -> NewSession:
        principal = user_principal(row)
        token, username = new_session_token(), row.username
        values = {"token_sha256": sha256_text(token), "username": username, "by_provider": by_provider}
        work.connection.execute(insert(sessions).values(created_at=work.now, last_seen_at=work.now, **values))
        browser = _known_browser(work, username, browser)
        by = {"by": "provider"} if by_provider else {}
        work.record(principal, "sign_in", body={"session": sha256_text(sha256_text(token))} | by)
        expires_at = work.now + timedelta(seconds=self._limits.absolute_s)
        return NewSession(token=token, principal=principal, expires_at=expires_at, browser=browser)

    def guarded(self, actor: Principal, address: str, check: Callable[[], T]) -> T:
        """Run a check of a password outside the sign-in, throttled as the sign-in is.

        Raises:
            TooManyAttempts: the person or the address failed too often.
            NotAllowed: the check failed.
        """
        this = self._throttle.begin(actor.actor, address)
        found = check()
        self._throttle.succeeded(this)
        return found

    def came_by_provider(self, token: str) -> bool:
        """Whether the identity provider opened a session, where one of its own may still run."""
        asked = select(sessions.c.by_provider).where(sessions.c.token_sha256 == sha256_text(token))
        with self._store.read() as connection:
            return bool(connection.execute(asked).scalar())

    def sign_out(self, token: str) -> None:
        """End a session; unknown tokens are ignored."""
        with self._store.write() as work:
            found = work.connection.execute(
                select(users).join(sessions).where(sessions.c.token_sha256 == sha256_text(token))
            ).one_or_none()
            if found is None:
                return
            work.connection.execute(delete(sessions).where(sessions.c.token_sha256 == sha256_text(token)))
            work.record(user_principal(found), "sign_out", body={"session": sha256_text(sha256_text(token))})

    def by_session(self, token: str, *, in_use: bool = True) -> Principal:
        """The person behind a cookie's token.

        Args:
            token: of the cookie.
            in_use: a person is at work, which keeps an idle session alive; False for what a page asks by itself.

        Raises:
            Unauthenticated: unknown, ended, idle for too long, or the account is disabled.
        """
        digest = sha256_text(token)
        columns = (users, sessions.c.created_at.label("opened_at"), sessions.c.last_seen_at)
        with self._store.read() as connection:
            row = connection.execute(
                select(*columns).join(sessions).where(sessions.c.token_sha256 == digest)
            ).one_or_none()
        now = self._store.clock.now()
        if row is None or row.disabled_at is not None or self._expired(row, now):
            raise Unauthenticated("the session is unknown or has ended; sign in again")
        if in_use and now - row.last_seen_at > _SEEN_EVERY:
            with self._store.write() as work:
                work.connection.execute(
                    update(sessions).where(sessions.c.token_sha256 == digest).values(last_seen_at=work.now)
                )
        principal = user_principal(row)
        if self._factors.requires(principal.role) and not self._factors.state_of(row.username)[0]:
            return replace(principal, enrolling=True)
        return principal

    def still_open(self, tokens: Collection[str]) -> frozenset[str]:
        """Which sessions have not ended, in one question; asking is no use of them."""
        digests = {sha256_text(token): token for token in tokens}
        columns = (users.c.disabled_at, sessions.c.token_sha256, sessions.c.created_at.label("opened_at"))
        asked: Select[Any] = (
            select(*columns, sessions.c.last_seen_at).join(sessions).where(sessions.c.token_sha256.in_(digests))
        )
        with self._store.read() as connection:
            rows = connection.execute(asked).all()
        now = self._store.clock.now()
        running = [row for row in rows if row.disabled_at is None and not self._expired(row, now)]
        return frozenset(digests[row.token_sha256] for row in running)

    def by_api_key(self, text: str) -> Principal:
        """The machine behind an API key.

        Raises:
            Unauthenticated: not a key of ours, wrong, or revoked.
        """
        parts = split_api_key(text)
        if parts is not None:
            key_id, secret = parts
            with self._store.read() as connection:
                row = connection.execute(select(api_keys).where(api_keys.c.key_id == key_id)).one_or_none()
            if row is not None and same_secret(secret, row.secret_sha256) and row.revoked_at is None:
                return key_principal(row)
        raise Unauthenticated("the API key is unknown or revoked")

    def refused_lately(self) -> dict[Door, int]:
        """How often the throttle refused to look at a try in the last day, by door; for whoever watches the centre."""
        return refusals_lately(self._store)

    def forget_ended(self) -> None:
        """Remove sessions that nobody can use any more, and tries that count no more."""
        now = self._store.clock.now()
        idle = sessions.c.last_seen_at < now - timedelta(seconds=self._limits.idle_s)
        old = sessions.c.created_at < now - timedelta(seconds=self._limits.absolute_s)
        with self._store.write() as work:
            work.connection.execute(delete(sessions).where(idle | old))
        self._throttle.forget_old()

    def _expired(self, row: Row[Any], now: datetime) -> bool:
        idle_s = (now - row.last_seen_at).total_seconds()
        age_s = (now - row.opened_at).total_seconds()
        return bool(idle_s > self._limits.idle_s or age_s > self._limits.absolute_s)


def _known_browser(work: Work, username: str, browser: str | None) -> str:
    """The token of the person's browser, a new one if it has none of this person."""
    if browser is not None:
        token = known_browsers.c.token_sha256 == sha256_text(browser)
        known = update(known_browsers).where(token, known_browsers.c.username == username)
        if work.connection.execute(known.values(last_used_at=work.now)).rowcount:
            return browser
    browser = new_session_token()
    values = {"token_sha256": sha256_text(browser), "username": username, "last_used_at": work.now}
    work.connection.execute(insert(known_browsers).values(**values))
    return browser


def user_principal(row: Row[Any]) -> Principal:
    """The principal of a row of ``users``."""
    return Principal(
        actor=f"user:{row.username}",
        name=row.display_name,
        role=Role(row.role),
        scope=scope_of_row(row),
        organisation=row.organisation,
    )


def key_principal(row: Row[Any]) -> Principal:
    """The principal of a row of ``api_keys``."""
    return Principal(
        actor=f"key:{row.key_id}",
        name=row.name,
        role=Role(row.role),
        box_id=row.box_id,
        scope=scope_of_row(row),
        organisation=row.organisation,
    )
