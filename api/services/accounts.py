"""Accounts, keys and boxes: made by an admin, noted in the record, secrets told once."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError as UniqueViolation

from api.persistence.store import Store
from api.persistence.tables import api_keys, boxes, sessions, users
from api.principals import Permission, Principal, Role
from api.services.secrets_of_accounts import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, Passwords, new_api_key
from domain.errors import Conflict, Invalid, NotAllowed, NotFound

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_QUEUE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}|\*")
USER_ROLES = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.POLICE, Role.AUDITOR, Role.ADMIN})
KEY_ROLES = frozenset({Role.EDGE, Role.POLICE, Role.AUDITOR})
_RAW_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A registered edge box."""

    box_id: str
    name: str
    public_key_b64: str
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's account."""

    username: str
    display_name: str
    role: Role
    queues: tuple[str, ...]
    disabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """An API key without its secret."""

    key_id: str
    name: str
    role: Role
    box_id: str | None
    queues: tuple[str, ...]
    revoked: bool


class Accounts:
    """The admin's desk.

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
        _require_admin(actor)
        if not _NAME.fullmatch(username):
            raise Invalid("a user name has letters, digits, - and _, at most 63")
        if role not in USER_ROLES:
            raise Invalid(f"a person cannot have the role {role}")
        _check_password(password)
        checked = _queues(role, queues)
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
            work.record(actor, "user_created", body={"username": username, "role": role.value, "queues": checked})
        return Account(username=username, display_name=display_name, role=role, queues=checked, disabled=False)

    def disable_user(self, actor: Principal, username: str) -> None:
        """End an account and its sessions; its name stays in the record.

        Raises:
            NotAllowed: the caller is no admin.
            NotFound: there is no such user.
        """
        _require_admin(actor)
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
        _require_admin(actor)
        self._set_password(actor, username, new)

    def _set_password(self, actor: Principal, username: str, new: str) -> None:
        _check_password(new)
        password_hash = self._passwords.hash(new)
        with self._store.write() as work:
            changed = update(users).where(users.c.username == username)
            if work.connection.execute(changed.values(password_hash=password_hash)).rowcount == 0:
                raise NotFound(f"there is no user {username}")
            work.connection.execute(delete(sessions).where(sessions.c.username == username))
            work.record(actor, "password_changed", body={"username": username})

    def list_users(self, actor: Principal) -> tuple[Account, ...]:
        """Every account.

        Raises:
            NotAllowed: the caller is no admin.
        """
        actor.require(Permission.ACCOUNTS_MANAGE)
        with self._store.read() as connection:
            return tuple(_account(row) for row in connection.execute(select(users).order_by(users.c.username)))

    def create_key(
        self, actor: Principal, *, name: str, role: Role, box_id: str | None = None, queues: tuple[str, ...] = ()
    ) -> tuple[KeyInfo, str]:
        """Make an API key for a machine.

        Returns:
            What is kept of it, and its text, which is told this once.

        Raises:
            NotAllowed: the caller is no admin.
            Invalid: the role does not fit a machine, or box or queues do not fit the role.
        """
        _require_admin(actor)
        if role not in KEY_ROLES:
            raise Invalid(f"a machine cannot have the role {role}")
        if (role == Role.EDGE) != (box_id is not None) or (box_id is not None and not _NAME.fullmatch(box_id)):
            raise Invalid("a key of the role edge, and only that, names its box (letters, digits, - and _)")
        checked = _queues(role, queues)
        key = new_api_key()
        with self._store.write() as work:
            work.connection.execute(
                insert(api_keys).values(
                    key_id=key.key_id,
                    secret_sha256=key.secret_sha256,
                    name=name,
                    role=role.value,
                    box_id=box_id,
                    queues=" ".join(checked),
                    created_at=work.now,
                )
            )
            body = {"key_id": key.key_id, "name": name, "role": role.value, "box_id": box_id, "queues": checked}
            work.record(actor, "key_created", body=body)
        info = KeyInfo(key_id=key.key_id, name=name, role=role, box_id=box_id, queues=checked, revoked=False)
        return info, key.text

    def revoke_key(self, actor: Principal, key_id: str) -> None:
        """Make a key useless.

        Raises:
            NotAllowed: the caller is no admin.
            NotFound: there is no such key.
        """
        _require_admin(actor)
        with self._store.write() as work:
            done = work.connection.execute(
                update(api_keys).where(api_keys.c.key_id == key_id).values(revoked_at=work.now)
            )
            if done.rowcount == 0:
                raise NotFound(f"there is no key {key_id}")
            work.record(actor, "key_revoked", body={"key_id": key_id})

    def list_keys(self, actor: Principal) -> tuple[KeyInfo, ...]:
        """Every key, without secrets.

        Raises:
            NotAllowed: the caller is no admin.
        """
        actor.require(Permission.ACCOUNTS_MANAGE)
        with self._store.read() as connection:
            rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key_id))
            return tuple(_key_info(row) for row in rows)

    def register_box(self, actor: Principal, *, box_id: str, name: str, public_key_b64: str) -> Box:
        """Register a box and its public key, or change them.

        Cases already here keep the verdict that they got; only cases whose signer was unknown are checked again,
        which ``Intake.check_again`` does.

        Raises:
            NotAllowed: the caller is no admin.
            Invalid: the id or the key is wrong.
        """
        _require_admin(actor)
        if not _NAME.fullmatch(box_id):
            raise Invalid("a box id has letters, digits, - and _, at most 63")
        raw = read_public_key(public_key_b64)
        box = Box(
            box_id=box_id,
            name=name,
            public_key_b64=base64.b64encode(raw).decode(),
            key_id=hashlib.sha256(raw).hexdigest(),
        )
        values = {"name": name, "public_key_b64": box.public_key_b64, "key_id": box.key_id}
        with self._store.write() as work:
            done = work.connection.execute(update(boxes).where(boxes.c.box_id == box_id).values(**values))
            if done.rowcount == 0:
                work.connection.execute(insert(boxes).values(box_id=box_id, registered_at=work.now, **values))
            work.record(actor, "box_registered", body={"box_id": box_id, "name": name, "key_id": box.key_id})
        return box

    def list_boxes(self, actor: Principal) -> tuple[Box, ...]:
        """Every registered box.

        Raises:
            NotAllowed: the caller is no admin.
        """
        actor.require(Permission.ACCOUNTS_MANAGE)
        with self._store.read() as connection:
            rows = connection.execute(select(boxes).order_by(boxes.c.box_id)).all()
        return tuple(
            Box(box_id=row.box_id, name=row.name, public_key_b64=row.public_key_b64, key_id=row.key_id) for row in rows
        )


def read_public_key(text: str) -> bytes:
    """The 32 raw bytes of an Ed25519 public key.

    Raises:
        Invalid: not the base64 of such a key.
    """
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("expected a public key as base64 of 32 bytes") from error
    if len(raw) != _RAW_KEY_BYTES:
        raise Invalid("expected a public key as base64 of 32 bytes")
    Ed25519PublicKey.from_public_bytes(raw)
    return raw


def _check_password(password: str) -> None:
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise Invalid(f"a password has {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters")


def _require_admin(actor: Principal) -> None:
    if actor.role != Role.SYSTEM:  # the command line on the centre's own machine acts as the centre
        actor.require(Permission.ACCOUNTS_MANAGE)


def _queues(role: Role, queues: tuple[str, ...]) -> tuple[str, ...]:
    if (role == Role.POLICE) != bool(queues):
        raise Invalid("the role police, and only that, names the queues it may use (* is every queue)")
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


def _key_info(row: Row[Any]) -> KeyInfo:
    return KeyInfo(
        key_id=row.key_id,
        name=row.name,
        role=Role(row.role),
        box_id=row.box_id,
        queues=tuple(row.queues.split()),
        revoked=row.revoked_at is not None,
    )
