"""Machines that speak with the centre: their API keys, and the boxes with their public keys."""

import base64
import binascii
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Row, delete, insert, select, update

from api.intake.verification import is_identifier
from api.people.admin import require_admin
from api.people.organisations import checked_organisation
from api.people.scopes import scope_body, scope_columns, scope_of_row
from api.people.secrets_of_accounts import new_api_key, sha256_text
from api.persistence.store import Store
from api.persistence.tables import api_keys, box_status, boxes, camera_status
from api.principals import Permission, Principal
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotFound
from domain.grants import NAMES_QUEUES, NAMES_WARDS, Scope, scope_of

KEY_ROLES = frozenset({Role.EDGE, Role.ANALYSER, Role.POLICE, Role.AUDITOR})
_RAW_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A registered edge box."""

    box_id: str
    name: str
    public_key_b64: str
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """An API key without its secret."""

    key_id: str
    name: str
    role: Role
    box_id: str | None
    scope: Scope
    organisation: str | None  # police: whose cases the key handles
    revoked: bool


class Machines:
    """What an admin does with keys and boxes.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_key(
        self,
        actor: Principal,
        *,
        name: str,
        role: Role,
        box_id: str | None = None,
        wards: Collection[str] = (),
        queues: Collection[str] = (),
        organisation: str | None = None,
    ) -> tuple[KeyInfo, str]:
        """Make an API key for a machine.

        Returns:
            What is kept of it, and its text, which is shown this once.

        Raises:
            NotAllowed: the caller is no admin.
            Invalid: the role does not fit a machine, or box or queues do not fit the role.
        """
        require_admin(actor)
        if role not in KEY_ROLES:
            raise Invalid(f"a machine cannot have the role {role}")
        if (role == Role.EDGE) != (box_id is not None) or (box_id is not None and not is_identifier(box_id)):
            raise Invalid("a key of the role edge, and only that, names its box (letters, digits, - and _)")
        scope = scope_of(role, wards=wards, queues=queues)
        key = new_api_key()
        with self._store.write() as work:
            owner = {"organisation": checked_organisation(work, role, organisation)}
            work.connection.execute(
                insert(api_keys).values(
                    key_id=key.key_id,
                    secret_sha256=key.secret_sha256,
                    name=name,
                    role=role.value,
                    box_id=box_id,
                    **scope_columns(role, scope),
                    **owner,
                    created_at=work.now,
                )
            )
            body = {"key_id": key.key_id, "name": name, "role": role.value, "box_id": box_id} | scope_body(scope)
            body |= owner
            work.record(actor, "key_created", body=body | {"secret_check": sha256_text(key.secret_sha256)})
        info = KeyInfo(
            key_id=key.key_id,
            name=name,
            role=role,
            box_id=box_id,
            scope=scope,
            organisation=organisation,
            revoked=False,
        )
        return info, key.text

    def succeed_key(self, actor: Principal, key_id: str) -> tuple[KeyInfo, str]:
        """Make the key that follows another: its name, role, scope and owner; the old one runs until it is revoked.

        What the police hold stays theirs, since their organisation owns it and not the key.

        Returns:
            What is kept of the new key, and its text, which is shown this once.

        Raises:
            NotAllowed: the caller is no admin.
            NotFound: there is no such key.
            Conflict: it was revoked.
        """
        require_admin(actor)
        with self._store.read() as connection:
            row = connection.execute(select(api_keys).where(api_keys.c.key_id == key_id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no key {key_id}")
        old = _key_info(row)
        if old.revoked:
            raise Conflict(f"the key {key_id} was revoked; make a new one")
        return self.create_key(
            actor,
            name=old.name,
            role=old.role,
            box_id=old.box_id,
            wards=old.scope.wards if old.role in NAMES_WARDS else (),
            queues=old.scope.queues if old.role in NAMES_QUEUES else (),
            organisation=old.organisation,
        )

    def revoke_key(self, actor: Principal, key_id: str) -> None:
        """Make a key useless.

        Raises:
            NotAllowed: the caller is no admin.
            NotFound: there is no such key.
        """
        require_admin(actor)
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
        require_admin(actor)
        if not is_identifier(box_id):
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

    def retire_box(self, actor: Principal, box_id: str) -> tuple[str, ...]:
        """A box was taken away: its keys end, and it is missed no more. Its name, public key and cases stay.

        Returns:
            The ids of the keys that ended.

        Raises:
            NotAllowed: the caller is no admin.
            NotFound: there is no such box.
        """
        require_admin(actor)
        with self._store.write() as work:
            if work.connection.execute(select(boxes.c.box_id).where(boxes.c.box_id == box_id)).one_or_none() is None:
                raise NotFound(f"there is no box {box_id}")
            open_keys = (api_keys.c.box_id == box_id) & api_keys.c.revoked_at.is_(None)
            ended = work.connection.execute(select(api_keys.c.key_id).where(open_keys).order_by(api_keys.c.key_id))
            key_ids = tuple(str(key_id) for key_id in ended.scalars())
            work.connection.execute(update(api_keys).where(open_keys).values(revoked_at=work.now))
            for status in (box_status, camera_status):
                work.connection.execute(delete(status).where(status.c.box_id == box_id))
            for key_id in key_ids:
                work.record(actor, "key_revoked", body={"key_id": key_id})
            work.record(actor, "box_retired", body={"box_id": box_id})
        return key_ids

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


def _key_info(row: Row[Any]) -> KeyInfo:
    return KeyInfo(
        key_id=row.key_id,
        name=row.name,
        role=Role(row.role),
        box_id=row.box_id,
        scope=scope_of_row(row),
        organisation=row.organisation,
        revoked=row.revoked_at is not None,
    )
