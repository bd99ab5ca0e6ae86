"""People's accounts: made by an admin, noted in the record."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError as UniqueViolation

from api.people.admin import require_admin
from api.people.organisations import checked_organisation
from api.people.persons import DECIDING_ROLES, checked_person, unstated
from api.people.scopes import scope_body, scope_columns, scope_of_row
from api.people.secrets_of_accounts import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, Passwords, sha256_text
from api.persistence.store import Store, Work
from api.persistence.tables import sessions, users
from api.principals import Permission, Principal
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotAllowed, NotFound
from domain.grants import Scope, scope_of

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
USER_ROLES = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.POLICE, Role.WARD, Role.AUDITOR, Role.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's account."""

    username: str
    display_name: str
    person: str | None  # a personnel number; None: nobody has stated whose it is
    role: Role
    scope: Scope
    organisation: str | None  # police: whose cases the person handles
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
        person: str | None = None,
        wards: Collection[str] = (),
        queues: Collection[str] = (),
        organisation: str | None = None,
    ) -> Account:
        """Make an account.

        Raises:
            NotAllowed: the caller is no admin.
            Invalid: a field is wrong, role, scope and organisation do not belong together, or who decides about cases
                has no person.
            NotFound: there is no such organisation.
            Conflict: the name is taken, or the person has an account already.
        """
        require_admin(actor)
        if not _NAME.fullmatch(username):
            raise Invalid("a user name has letters, digits, - and _, at most 63")
        if role not in USER_ROLES:
            raise Invalid(f"a person cannot have the role {role}")
        _check_password(password)
        number = checked_person(person) if person is not None else None
        _require_person(role, number)
        scope = scope_of(role, wards=wards, queues=queues)
        password_hash = self._passwords.hash(password)
        with self._store.write() as work:
            if work.connection.execute(select(users.c.username).where(users.c.username == username)).one_or_none():
                raise Conflict(f"the user {username} exists already")
            owner = {"organisation": checked_organisation(work, role, organisation)}
            _require_one_account(work, number)
            try:
                work.connection.execute(
                    insert(users).values(
                        username=username,
                        display_name=display_name,
                        person=number,
                        role=role.value,
                        **scope_columns(role, scope),
                        **owner,
                        password_hash=password_hash,
                        created_at=work.now,
                    )
                )
            except UniqueViolation as error:
                raise Conflict(f"the user {username} or an account of that person exists already") from error
            grant = {"role": role.value, **scope_body(scope), **owner}
            body = {"username": username, "display_name": display_name, "person": number, **grant}
            work.record(actor, "user_created", body=body | {"password_check": sha256_text(password_hash)})
        return Account(
            username=username,
            display_name=display_name,
            person=number,
            role=role,
            scope=scope,
            organisation=organisation,
            disabled=False,
        )

    def change_grant(
        self,
        actor: Principal,
        username: str,
        *,
        role: Role,
        wards: Collection[str] = (),
        queues: Collection[str] = (),
        organisation: str | None = None,
    ) -> Account:
        """Give an account another role or scope; its sessions end, so that no page goes on with the old one.

        Raises:
            NotAllowed: the caller is no admin.
            NotFound: there is no such user or organisation.
            Invalid: role, scope and organisation do not belong together, or who is to decide about cases has no
                person stated.
        """
        require_admin(actor)
        if role not in USER_ROLES:
            raise Invalid(f"a person cannot have the role {role}")
        scope = scope_of(role, wards=wards, queues=queues)
        with self._store.write() as work:
            owner = {"organisation": checked_organisation(work, role, organisation)}
            changed = update(users).where(users.c.username == username)
            values = {"role": role.value} | scope_columns(role, scope) | owner
            row = work.connection.execute(changed.values(**values).returning(users)).one_or_none()
            if row is None:
                raise NotFound(f"there is no user {username}")
            _require_person(role, row.person)
            work.connection.execute(delete(sessions).where(sessions.c.username == username))
            body = {"username": username, "role": role.value, **scope_body(scope), **owner}
            work.record(actor, "grant_changed", body=body)
        return _account(row)

    def state_person(self, actor: Principal, username: str, person: str) -> Account:
        """Say whose an account is, by the number that the person has with the city; its sessions end.

        Raises:
            NotAllowed: the caller is no admin.
            NotFound: there is no such user.
            Invalid: it is no personnel number.
            Conflict: the person has another account that is open, and this one is, too.
        """
        require_admin(actor)
        number = checked_person(person)
        with self._store.write() as work:
            ended = select(users.c.disabled_at).where(users.c.username == username)
            if work.connection.execute(ended).scalar() is None:  # of an ended one it is said for what it once looked at
                _require_one_account(work, number, but=username)
            stated = update(users).where(users.c.username == username).values(person=number).returning(users)
            try:
                row = work.connection.execute(stated).one_or_none()
            except UniqueViolation as error:
                raise Conflict("the person was given another account just now") from error
            if row is None:
                raise NotFound(f"there is no user {username}")
            work.connection.execute(delete(sessions).where(sessions.c.username == username))
            work.record(actor, "person_stated", body={"username": username, "person": number})
        return _account(row)

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

    def unstated_deciders(self) -> int:
        """How many accounts decide about cases, or hold one up, while nobody has stated whose they are."""
        with self._store.read() as connection:
            return unstated(connection)

    def list_users(self, actor: Principal) -> tuple[Account, ...]:
        """Every account.

        Raises:
            NotAllowed: the caller is no admin.
        """
        actor.require(Permission.ACCOUNTS_MANAGE)
        with self._store.read() as connection:
            return tuple(_account(row) for row in connection.execute(select(users).order_by(users.c.username)))


def _require_person(role: Role, person: str | None) -> None:
    if role in DECIDING_ROLES and person is None:
        raise Invalid("who decides about cases has a personnel number: two people are told apart by it")


def _require_one_account(work: Work, person: str | None, *, but: str | None = None) -> None:
    """Refuse a second open account of a person."""
    if person is None:
        return
    has = select(users.c.username).where(users.c.person == person, users.c.disabled_at.is_(None))
    other = work.connection.execute(has.where(users.c.username != but) if but is not None else has).scalar()
    if other is not None:
        raise Conflict(f"the person has the account {other}")


def _check_password(password: str) -> None:
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise Invalid(f"a password has {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters")


def _account(row: Row[Any]) -> Account:
    return Account(
        username=row.username,
        display_name=row.display_name,
        person=row.person,
        role=Role(row.role),
        scope=scope_of_row(row),
        organisation=row.organisation,
        disabled=row.disabled_at is not None,
    )
