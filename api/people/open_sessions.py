"""The sessions of a person: seen and ended one by one or all together, by the person or an admin."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select

from api.people.admin import require_admin
from api.people.secrets_of_accounts import sha256_text
from api.persistence.store import Store
from api.persistence.tables import sessions, users
from api.principals import Principal
from domain.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """One of a person's sessions; its id opens nothing."""

    session_id: str  # hash of the hash of its token, as on the record
    opened_at: datetime
    last_seen_at: datetime
    is_this: bool  # the one that asks


class OpenSessions:
    """Shows and ends sessions.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self, actor: Principal, token: str | None) -> tuple[OpenSession, ...]:
        """The caller's own, the newest first.

        Args:
            actor: a person.
            token: of the session that asks.
        """
        mine = select(sessions).where(sessions.c.username == username_of(actor)).order_by(sessions.c.created_at.desc())
        this = sha256_text(token) if token else ""
        with self._store.read() as connection:
            return tuple(
                OpenSession(
                    session_id=sha256_text(row.token_sha256),
                    opened_at=row.created_at,
                    last_seen_at=row.last_seen_at,
                    is_this=row.token_sha256 == this,
                )
                for row in connection.execute(mine)
            )

    def end(self, actor: Principal, session_id: str) -> None:
        """End one of the caller's own.

        Raises:
            NotFound: the caller has no such session.
        """
        if not self._end(actor, lambda row: sha256_text(row.token_sha256) == session_id):
            raise NotFound("you have no such session")

    def end_others(self, actor: Principal, token: str | None) -> int:
        """End all of the caller's own but the one that asks; how many."""
        this = sha256_text(token) if token else ""
        return self._end(actor, lambda row: row.token_sha256 != this)

    def end_all(self, actor: Principal, username: str) -> None:
        """End every session of an account.

        Raises:
            NotAllowed: the caller is no admin.
            NotFound: there is no such user.
        """
        require_admin(actor)
        with self._store.write() as work:
            if work.connection.execute(select(users.c.username).where(users.c.username == username)).first() is None:
                raise NotFound(f"there is no user {username}")
            work.connection.execute(delete(sessions).where(sessions.c.username == username))
            work.record(actor, "sessions_ended", body={"username": username})

    def _end(self, actor: Principal, chosen: Callable[[Row[Any]], bool]) -> int:
        with self._store.write() as work:
            rows = work.connection.execute(select(sessions).where(sessions.c.username == username_of(actor))).all()
            ended = [row.token_sha256 for row in rows if chosen(row)]
            for digest in ended:
                work.connection.execute(delete(sessions).where(sessions.c.token_sha256 == digest))
                work.record(actor, "sign_out", body={"session": sha256_text(digest)})
        return len(ended)


def username_of(actor: Principal) -> str:
    """The account of a person.

    Raises:
        Conflict: it is a key's.
    """
    kind, _, username = actor.actor.partition(":")
    if kind != "user":
        raise Conflict("only people have sessions and filters")
    return username
