"""Organisations of the police: they own what was handed over, whichever key or officer took it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select

from api.people.admin import require_admin
from api.persistence.store import Store, Work
from api.persistence.tables import organisations, webhooks
from api.persistence.upsert import insert_if_absent
from api.police.webhook_address import check_url
from api.principals import Permission, Principal
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotFound
from domain.grants import NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where an organisation wants to be rung."""

    url: str
    queues: tuple[str, ...]
    answered_at: datetime | None  # when it last took a ring
    problem: str  # why it took none since; empty: it does


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Who owns cases that were handed over."""

    organisation_id: str
    name: str
    created_at: datetime
    webhook: Webhook | None


class Organisations:
    """What an admin does with organisations.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, actor: Principal, *, organisation_id: str, name: str) -> None:
        """Make an organisation.

        Raises:
            NotAllowed: the caller is no admin.
            Invalid: the id is none.
            Conflict: there is one of this id.
        """
        require_admin(actor)
        if not NAME.fullmatch(organisation_id):
            raise Invalid("an organisation's id has small letters, digits, - and _, at most 63")
        with self._store.write() as work:
            values = {"organisation_id": organisation_id, "name": name, "created_at": work.now}
            if not insert_if_absent(work.connection, organisations, values):
                raise Conflict(f"the organisation {organisation_id} exists already")
            work.record(actor, "organisation_created", body={"organisation_id": organisation_id, "name": name})

    def list(self, actor: Principal) -> tuple[Organisation, ...]:
        """Every organisation.

        Raises:
            NotAllowed: the caller is no admin.
        """
        actor.require(Permission.ACCOUNTS_MANAGE)
        columns = (webhooks.c.url, webhooks.c.queues, webhooks.c.answered_at, webhooks.c.problem)
        asked = select(organisations, *columns).join(webhooks, isouter=True)
        with self._store.read() as connection:
            rows = connection.execute(asked.order_by(organisations.c.organisation_id))
            return tuple(_organisation(row) for row in rows)

    def set_webhook(self, actor: Principal, organisation_id: str, *, url: str, queues: Collection[str]) -> None:
        """Ring an organisation there when a case waits in one of its queues.

        Raises:
            NotAllowed: the caller is no admin.
            NotFound: there is no such organisation.
            Invalid: the address is no plain https address, or a queue is no name.
        """
        require_admin(actor)
        check_url(url)
        names = sorted(set(queues))
        if not names or not all(NAME.fullmatch(name) for name in names):
            raise Invalid("name the queues to ring for: small letters, digits, - and _")
        with self._store.write() as work:
            require_organisation(work, organisation_id)
            work.connection.execute(delete(webhooks).where(webhooks.c.organisation_id == organisation_id))
            values = {"organisation_id": organisation_id, "url": url, "queues": " ".join(names), "problem": ""}
            work.connection.execute(insert(webhooks).values(**values))
            body = {"organisation_id": organisation_id, "url": url, "queues": names}
            work.record(actor, "webhook_set", body=body)

    def drop_webhook(self, actor: Principal, organisation_id: str) -> None:
        """Ring an organisation no more.

        Raises:
            NotAllowed: the caller is no admin.
            NotFound: it has no webhook.
        """
        require_admin(actor)
        with self._store.write() as work:
            gone = work.connection.execute(delete(webhooks).where(webhooks.c.organisation_id == organisation_id))
            if gone.rowcount == 0:
                raise NotFound(f"the organisation {organisation_id} has no webhook")
            work.record(actor, "webhook_dropped", body={"organisation_id": organisation_id})


def checked_organisation(work: Work, role: Role, organisation_id: str | None) -> str | None:
    """The organisation of a new grant: police have one, others none.

    Raises:
        Invalid: it is missing, or the role has none.
        NotFound: there is no such organisation.
    """
    if (role == Role.POLICE) != (organisation_id is not None):
        raise Invalid(
            "accounts and keys of the police, and only those, name their organisation, which owns their cases"
        )
    if organisation_id is not None:
        require_organisation(work, organisation_id)
    return organisation_id


def require_organisation(work: Work, organisation_id: str) -> None:
    """Refuse an organisation that is not there.

    Raises:
        NotFound: it is not.
    """
    asked = select(organisations.c.organisation_id).where(organisations.c.organisation_id == organisation_id)
    if work.connection.execute(asked).one_or_none() is None:
        raise NotFound(f"there is no organisation {organisation_id}")


def _organisation(row: Row[Any]) -> Organisation:
    webhook = None
    if row.url is not None:
        queues = tuple(row.queues.split())
        webhook = Webhook(url=row.url, queues=queues, answered_at=row.answered_at, problem=row.problem)
    return Organisation(organisation_id=row.organisation_id, name=row.name, created_at=row.created_at, webhook=webhook)
