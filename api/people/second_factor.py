"""A second factor: one-time codes of an app (TOTP, RFC 6238), and recovery codes for a lost phone.

The secret of an app must be readable to check a code, so it is kept sealed (Fernet) with a key that is not in the
database; whoever has the database alone can make no code. A code counts once: its step is kept.
"""

import base64
import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Select, delete, insert, select, update

from api.people.admin import require_admin
from api.people.secrets_of_accounts import Passwords, sha256_text
from api.persistence.store import Store, Work
from api.persistence.tables import recovery_codes, second_factors, sessions, users
from api.principals import Principal
from domain.cases.roles import Role
from domain.errors import ConfigurationError, Conflict, NotAllowed, NotFound

ISSUER = "Mắt Thần"
STEP_S = 30
RECOVERY_CODES = 10
_NEIGHBOURS = (0, -1, 1)  # a phone's clock may be a step off


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Enrolment:
    """What an app is given, this once."""

    secret: str  # base32
    uri: str  # otpauth://, as its picture holds it


class SecondFactors:
    """Makes, checks and removes second factors.

    Args:
        store: the centre's memory.
        passwords: of people.
        key: a text of 32 characters or more that seals secrets; None: this centre has no second factors.
        required: roles that may do nothing without one.

    Raises:
        ConfigurationError: the key is too short, or is missing while roles require a second factor.
    """

    def __init__(self, store: Store, passwords: Passwords, *, key: str | None, required: Collection[Role] = ()) -> None:
        if key is not None and len(key) < 32:  # noqa: PLR2004 - as documented
            raise ConfigurationError("sessions.second_factor_key has at least 32 characters; `openssl rand -hex 32`")
        if required and key is None:
            raise ConfigurationError("sessions.second_factor_roles needs sessions.second_factor_key")
        self._store = store
        self._passwords = passwords
        self._seal = None if key is None else Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))
        self._required = frozenset(required)

    def requires(self, role: Role) -> bool:
        """Whether a role may do nothing without a second factor."""
        return role in self._required

    def begin(self, actor: Principal, password: str) -> Enrolment:
        """Make a secret for an app; it counts once a code of it was told.

        Raises:
            NotAllowed: the password is wrong.
            Conflict: this centre has no second factors, or the person has one.
        """
        username = self._person(actor, password)
        secret = pyotp.random_base32()
        with self._store.write() as work:
            if _confirmed(work, username):
                raise Conflict("there is a second factor already; remove it first")
            work.connection.execute(delete(second_factors).where(second_factors.c.username == username))
            values = {"username": username, "secret_sealed": self._sealed(secret), "last_step": 0}
            work.connection.execute(insert(second_factors).values(**values))
        return Enrolment(secret=secret, uri=pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER))

    def confirm(self, actor: Principal, code: str) -> tuple[str, ...]:
        """The app's first code makes it count.

        Returns:
            Recovery codes, shown this once; each opens one session in place of a code.

        Raises:
            Conflict: nothing was begun, or it counts already.
            NotAllowed: the code is wrong.
        """
        username = _username(actor)
        with self._store.write() as work:
            row = work.connection.execute(_of(username)).one_or_none()
            if row is None or row.confirmed_at is not None:
                raise Conflict("no second factor was begun")
            step = self._step(row.secret_sealed, _plain(code), work.now)
            if step is None:
                raise NotAllowed("the code is wrong; check the phone's clock")
            changed = update(second_factors).where(second_factors.c.username == username)
            work.connection.execute(changed.values(confirmed_at=work.now, last_step=step))
            body = {"username": username, "secret_check": sha256_text(row.secret_sealed)}
            work.record(actor, "second_factor_set", body=body)
            return _new_codes(work, actor, username)

    def renew_codes(self, actor: Principal, password: str) -> tuple[str, ...]:
        """Other recovery codes in place of the ones there are; raises as ``begin``, and Conflict without a factor."""
        username = self._person(actor, password)
        with self._store.write() as work:
            if not _confirmed(work, username):
                raise Conflict("there is no second factor")
            return _new_codes(work, actor, username)

    def remove_own(self, actor: Principal, password: str) -> None:
        """Take one's own second factor away; raises as ``begin``, and Conflict without a factor."""
        username = self._person(actor, password)
        with self._store.write() as work:
            _remove(work, actor, username)

    def remove(self, actor: Principal, username: str) -> None:
        """Take somebody's second factor away, who lost phone and codes; every session of the account ends.

        Raises:
            NotAllowed: the caller is no admin.
            NotFound: there is no such user.
            Conflict: the account has none.
        """
        require_admin(actor)
        with self._store.write() as work:
            if work.connection.execute(select(users.c.username).where(users.c.username == username)).first() is None:
                raise NotFound(f"there is no user {username}")
            _remove(work, actor, username)
            work.connection.execute(delete(sessions).where(sessions.c.username == username))
            work.record(actor, "sessions_ended", body={"username": username})

    def state_of(self, username: str) -> tuple[bool, int]:
        """Whether an account has a second factor, and how many recovery codes are left."""
        with self._store.read() as connection:
            row = connection.execute(_of(username)).one_or_none()
            left = connection.execute(select(recovery_codes).where(recovery_codes.c.username == username)).all()
        return row is not None and row.confirmed_at is not None, len(left)

    def passes(self, work: Work, actor: Principal, code: str) -> bool:
        """Whether a code of the app or a recovery code is right; it counts this once.

        Args:
            work: the transaction that opens the session.
            actor: the person.
            code: as typed.
        """
        username, typed = _username(actor), _plain(code)
        row = work.connection.execute(_of(username)).one_or_none()
        step = None if row is None else self._step(row.secret_sealed, typed, work.now)
        if step is not None:
            newer = (second_factors.c.username == username) & (second_factors.c.last_step < step)
            return work.connection.execute(update(second_factors).where(newer).values(last_step=step)).rowcount == 1
        digest = sha256_text(typed)
        used = (recovery_codes.c.username == username) & (recovery_codes.c.code_sha256 == digest)
        if work.connection.execute(delete(recovery_codes).where(used)).rowcount != 1:
            return False
        work.record(actor, "recovery_code_used", body={"username": username, "code_check": sha256_text(digest)})
        return True

    def _person(self, actor: Principal, password: str) -> str:
        if self._seal is None:
            raise Conflict("this centre has no second factors: sessions.second_factor_key is not set")
        username = _username(actor)
        with self._store.read() as connection:
            row = connection.execute(select(users).where(users.c.username == username)).one_or_none()
        if row is None or not self._passwords.fits(password, row.password_hash):
            raise NotAllowed("the password is wrong")
        return username

    def _sealed(self, secret: str) -> str:
        if self._seal is None:
            raise Conflict("this centre has no second factors: sessions.second_factor_key is not set")
        return self._seal.encrypt(secret.encode()).decode()

    def _step(self, sealed: str, code: str, now: datetime) -> int | None:
        """The step that a code is of, among those around now; None: it is no code of the app."""
        if self._seal is None:
            raise ConfigurationError("sessions.second_factor_key is missing, so no code can be checked")
        try:
            totp = pyotp.TOTP(self._seal.decrypt(sealed.encode()).decode(), interval=STEP_S)
        except InvalidToken as error:
            raise ConfigurationError(
                "sessions.second_factor_key is another than the one of the second factors"
            ) from error
        step = int(now.timestamp()) // STEP_S
        fits = [step + by for by in _NEIGHBOURS if secrets.compare_digest(totp.generate_otp(step + by), code)]
        return fits[0] if fits else None


def _plain(code: str) -> str:
    """A code as it was made, however apps show it: ``123 456``, ``k3f9-q2ma-77xw``."""
    return code.replace(" ", "").replace("-", "").lower()


def _username(actor: Principal) -> str:
    kind, _, username = actor.actor.partition(":")
    if kind != "user":
        raise Conflict("only people have a second factor")
    return username


def _of(username: str) -> Select[Any]:
    return select(second_factors).where(second_factors.c.username == username)


def _confirmed(work: Work, username: str) -> bool:
    row = work.connection.execute(_of(username)).one_or_none()
    return row is not None and row.confirmed_at is not None


def _remove(work: Work, actor: Principal, username: str) -> None:
    if not _confirmed(work, username):
        raise Conflict("there is no second factor")
    for table in (second_factors, recovery_codes):
        work.connection.execute(delete(table).where(table.c.username == username))
    work.record(actor, "second_factor_removed", body={"username": username})


def _new_codes(work: Work, actor: Principal, username: str) -> tuple[str, ...]:
    """Codes such as ``k3f9-q2ma-77xw``: 60 random bits each."""
    work.connection.execute(delete(recovery_codes).where(recovery_codes.c.username == username))
    bare = [base64.b32encode(secrets.token_bytes(8)).decode().lower()[:12] for _ in range(RECOVERY_CODES)]
    digests = sorted(sha256_text(code) for code in bare)
    for digest in digests:
        work.connection.execute(insert(recovery_codes).values(code_sha256=digest, username=username))
    body = {"username": username, "code_checks": [sha256_text(digest) for digest in digests]}
    work.record(actor, "recovery_codes_made", body=body)
    return tuple("-".join((code[:4], code[4:8], code[8:])) for code in bare)
