"""The words of objections: kept beside the record for as long as media are, and proven by the hash that it has."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from api.persistence.ledger import body_of
from api.persistence.store import Work
from api.persistence.tables import events, objection_words
from domain.cases.states import Action

SHA256: Final = "words_sha256"
"""Where the event of an objection has the hash of its words."""
LOOK: Final = "objection"
"""What was looked at, on record, where somebody was shown the words of an objection."""

_SALT_BYTES: Final = 32
_SALT: Final = re.compile(rf"[0-9a-f]{{{2 * _SALT_BYTES}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What a citizen objected, on the page of his case."""

    at: datetime
    words: str | None  # None: their time is over


def proves(sha256: str, *, salt: str, words: str) -> bool:
    r"""Whether words are those of which the record keeps the hash; without the salt nobody can try words against it.

    Args:
        sha256: of the record, hexadecimal.
        salt: 32 bytes, hexadecimal; of another length it could hold the beginning of other words.
        words: as they are kept.

    Examples:
        >>> kept = "83878708389272f6941b57b9af699e228a83a09521f598e7b11144d4e859b273"
        >>> proves(kept, salt="00" * 32, words="đỗ xe ở gara"), proves(kept, salt="00" * 32, words="đỗ xe ở nhà")
        (True, False)
        >>> proves(kept, salt="00" * 31, words="\0đỗ xe ở gara")
        False
    """
    return _SALT.fullmatch(salt) is not None and _committed(salt, words) == sha256


def keep_words(work: Work, case_id: str, words: str) -> str:
    """Keep what somebody objects.

    Returns:
        The hash for the record.
    """
    salt = secrets.token_hex(_SALT_BYTES)
    sha256 = _committed(salt, words)
    kept = {"case_id": case_id, SHA256: sha256, "salt": salt, "words": words}
    work.connection.execute(insert(objection_words).values(**kept))
    return sha256


def words_of(connection: Connection, case_id: str) -> Mapping[str, str]:
    """The words of a case's objections that are still here, by their hash."""
    rows = connection.execute(select(objection_words).where(objection_words.c.case_id == case_id))
    return {row.words_sha256: row.words for row in rows}


def objected_words(body: Mapping[str, Any], words: Mapping[str, str]) -> str | None:
    """What an event of an objection is about.

    Args:
        body: of the event; those of before there was a place beside the record hold the words themselves.
        words: of its case, by their hash.

    Returns:
        The words; None: their time is over.
    """
    return words.get(body[SHA256]) if SHA256 in body else str(body["note"])


def objections_of(connection: Connection, case_id: str) -> tuple[Objection, ...]:
    """A case's objections on the page of the case, oldest first."""
    words = words_of(connection, case_id)
    of_case = select(events).where(events.c.case_id == case_id, events.c.action == Action.OBJECT.value)
    rows = connection.execute(of_case.order_by(events.c.seq)).all()
    return tuple(Objection(at=row.at, words=objected_words(body_of(row), words)) for row in rows)


def _committed(salt: str, words: str) -> str:
    return hashlib.sha256(bytes.fromhex(salt) + words.encode()).hexdigest()
