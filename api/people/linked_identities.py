"""Which account of ours belongs to whom at the city's provider: linked by an admin, never by a name or an address."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.exc import IntegrityError as UniqueViolation

from api.cases.case_rows import locked
from api.people.admin import require_admin
from api.persistence.store import Store, Work
from api.persistence.tables import linked_identities, sessions, users
from api.principals import Principal
from domain.errors import Conflict, Invalid, NotFound

MAX_SUBJECT: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenIdentity:
    """Who the provider says that somebody is."""

    issuer: str
    subject: str
    both_factors: bool  # the provider asked for two factors itself (amr has mfa, RFC 8176)


class LinkedIdentities:
    """What an admin does with links.

    Args:
        store: the centre's memory.
        issuer: of the provider; None: this centre has none.
    """

    def __init__(self, store: Store, *, issuer: str | None) -> None:
        self._store = store
        self._issuer = issuer

    def link(self, actor: Principal, username: str, subject: str) -> None:
        """Let an account in whom the provider knows by a subject, and nobody else; the account's sessions end.

        Raises:
            NotAllowed: the caller is no admin.
            Invalid: the subject is empty, too long, or has signs that none has.
            NotFound: there is no such user.
            Conflict: this centre has no provider, or the subject is another account's.
        """
        require_admin(actor)
        if self._issuer is None:
            raise Conflict("this centre has no provider: sign_in_provider is not set")
        if not 0 < len(subject) <= MAX_SUBJECT or not subject.isascii() or not subject.isprintable():
            raise Invalid(f"a subject has 1 to {MAX_SUBJECT} ASCII characters, as the provider names it")
        with self._store.write() as work:
            if work.connection.execute(select(users.c.username).where(users.c.username == username)).first() is None:
                raise NotFound(f"there is no user {username}")
            work.connection.execute(delete(linked_identities).where(linked_identities.c.username == username))
            values = {"username": username, "issuer": self._issuer, "subject": subject, "linked_at": work.now}
            taken = select(linked_identities.c.username).where(
                linked_identities.c.issuer == self._issuer, linked_identities.c.subject == subject
            )
            if (other := work.connection.execute(taken).scalar()) is not None:
                raise Conflict(f"the subject is linked to {other}")
            try:
                work.connection.execute(insert(linked_identities).values(**values))
            except UniqueViolation as error:
                raise Conflict("the subject was linked to another account just now") from error
            work.connection.execute(delete(sessions).where(sessions.c.username == username))
            body = {"username": username, "issuer": self._issuer, "subject": subject}
            work.record(actor, "identity_linked", body=body)

    def unlink(self, actor: Principal, username: str) -> None:
        """Let an account in by its password alone; its sessions end.

        Raises:
            NotAllowed: the caller is no admin.
            NotFound: the account has no link.
        """
        require_admin(actor)
        with self._store.write() as work:
            gone = delete(linked_identities).where(linked_identities.c.username == username)
            if work.connection.execute(gone).rowcount == 0:
                raise NotFound(f"the user {username} is linked to nobody at a provider")
            work.connection.execute(delete(sessions).where(sessions.c.username == username))
            work.record(actor, "identity_unlinked", body={"username": username})

    def account_of(self, issuer: str, subject: str) -> Row[tuple[str, ...]] | None:
        """The row of ``users`` that an identity is linked to."""
        linked = (linked_identities.c.issuer == issuer) & (linked_identities.c.subject == subject)
        with self._store.read() as connection:
            return connection.execute(select(users).join(linked_identities).where(linked)).one_or_none()

    def holds(self, work: Work, username: str, identity: ProvenIdentity) -> bool:
        """Whether an identity is still the account's, and stays it while this transaction opens its session."""
        its = linked_identities.c.username == username
        its &= (linked_identities.c.issuer == identity.issuer) & (linked_identities.c.subject == identity.subject)
        asked = locked(select(linked_identities.c.username).where(its), work.connection)
        return work.connection.execute(asked).first() is not None
