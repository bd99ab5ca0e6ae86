"""People's accounts: made by an admin, noted in the record."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError as UniqueViolation

from api.people.secrets_of_accounts import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, Passwords, sha256_text
from api.persistence.store import Store
from api.persistence.tables import sessions, users
from api.principals import Permission, Principal
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotAllowed, NotFound

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_QUEUE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}|\*")
USER_ROLES = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.POLICE, Role.WARD, Role.AUDITOR, Role.ADMIN})
_WITH_QUEUES = frozenset({Role.POLICE, Role.WARD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's account."""

    username: str
    display_name: str
    role: Role
    queues: tuple[str, ...]
    disabled: bool


class Accounts:
    """What an admin does with accounts.

    Args:
        store: the centre's memory.
        passwords: hashes them.
    """

    def __init__(self, store: Store, passwords: Passwords) -> None:
        self._store = store
        self._passwords = passwords

    def create_user(
        self,
        actor: Principal,
        *,
        username: str,
        display_name: str,
        role: Role,
        password: str,
        queues: tuple[str, ...] = (),
    ) -> Account:
        """Make an account.

        Raises:
            NotAllowed: the caller is no admin.
            Invalid: a field is wrong.
            Conflict: the name is taken.
        """
        require_admin(actor)
        if not _NAME.fullmatch(username):
            raise Invalid("a user name has letters, digits, - and _, at most 63")
        if role not in USER_ROLES:
            raise Invalid(f"a person cannot have the role {role}")
        _check_password(password)
        checked = checked_queues(role, queues)
        password_hash = self._passwords.hash(password)
        with self._store.write() as work:
            if work.connection.execute(select(users.c.username).where(users.c.username == username)).one_or_none():
                raise Conflict(f"the user {username} exists already")
            try:
                work.connection.execute(
                    insert(users).values(
                        username=username,
                        display_name=display_name,
                        role=role.value,
                        queues=" ".join(checked),
                        password_hash=password_hash,
                        created_at=work.now,
                    )
                )
            except UniqueViolation as error:
                raise Conflict(f"the user {username} exists already") from error
            body = {"username": username, "display_name": display_name, "role": role.value, "queues": checked}
            work.record(actor, "user_created", body=body | {"password_check": sha256_text(password_hash)})
        return Account(username=username, display_name=display_name, role=role, queues=checked, disabled=False)

    def disable_user(self, actor: Principal, username: str) -> None:
        """End an account and its sessions; its name stays in the record.

        Raises:
            NotAllowed: the caller is no admin.
            NotFound: there is no such user.
        """
        require_admin(actor)
        with self._store.write() as work:
            done = work.connection.execute(
                update(users).where(users.c.username == username).values(disabled_at=work.now)
            )
            if done.rowcount == 0:
                raise NotFound(f"there is no user {username}")
            work.connection.execute(delete(sessions).where(sessions.c.username == username))
            work.record(actor, "user_disabled", body={"username": username})

    def change_password(self, actor: Principal, *, old: str, new: str) -> None:
        """Give oneself another password; every session of the account ends.

        Raises:
            NotAllowed: the caller is no person, or the old password is wrong.
            Invalid: the new one is too short or too long.
        """
        kind, _, username = actor.actor.partition(":")
        with self._store.read() as connection:
            row = connection.execute(select(users).where(users.c.username == username)).one_or_none()
        if kind != "user" or row is None or not self._passwords.fits(old, row.password_hash):
            raise NotAllowed("the old password is wrong")
        self._set_password(actor, username, new)

    def reset_password(self, actor: Principal, *, username: str, new: str) -> None:
        """Give an account another password, e.g. a forgotten one; every session of the account ends.

        Raises:
            NotAllowed: the caller is no admin.
            NotFound: there is no such user.
            Invalid: the password is too short or too long.
        """
        require_admin(actor)
        self._set_password(actor, username, new)

    def _set_password(self, actor: Principal, username: str, new: str) -> None:
        _check_password(new)
        password_hash = self._passwords.hash(new)
        with self._store.write() as work:
            changed = update(users).where(users.c.username == username)
            if work.connection.execute(changed.values(password_hash=password_hash)).rowcount == 0:
                raise NotFound(f"there is no user {username}")
            work.connection.execute(delete(sessions).where(sessions.c.username == username))
            body = {"username": username, "password_check": sha256_text(password_hash)}
            work.record(actor, "password_changed", body=body)

    def list_users(self, actor: Principal) -> tuple[Account, ...]:
        """Every account.

        Raises:
            NotAllowed: the caller is no admin.
        """
        actor.require(Permission.ACCOUNTS_MANAGE)
        with self._store.read() as connection:
            return tuple(_account(row) for row in connection.execute(select(users).order_by(users.c.username)))


def _check_password(password: str) -> None:
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise Invalid(f"a password has {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters")


def require_admin(actor: Principal) -> None:
    """Refuse whoever is no admin, the command line on the centre's own machine aside."""
    if actor.role != Role.SYSTEM:  # the command line on the centre's own machine acts as the centre
        actor.require(Permission.ACCOUNTS_MANAGE)


def checked_queues(role: Role, queues: tuple[str, ...]) -> tuple[str, ...]:
    """The queues in order.

    Raises:
        Invalid: a name is none, or the role and the queues do not belong together.
    """
    if (role in _WITH_QUEUES) != bool(queues):
        raise Invalid(
            "the roles police and ward, and only those, name the queues or wards they may use (* is every one)"
        )
    for queue in queues:
        if not _QUEUE.fullmatch(queue):
            raise Invalid(f"{queue!r} is no name of a queue")
    return tuple(sorted(set(queues)))


def _account(row: Row[Any]) -> Account:
    return Account(
        username=row.username,
        display_name=row.display_name,
        role=Role(row.role),
        queues=tuple(row.queues.split()),
        disabled=row.disabled_at is not None,
    )
