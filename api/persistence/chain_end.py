"""The last step of a transaction on PostgreSQL: its events join the chain, it is committed, and the disk has it.

One chain means one lock, and whoever holds it keeps everybody waiting. So the database's own function appends
(``append_record``), the commit follows in the same message, and the lock is not held while the disk is waited for: the
commit itself does not wait, an empty one behind it does, for many at once. Who appended later can depend on what is not
on the disk yet, but the disk takes commits in their order, and nobody is answered before his own is there.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from api.errors import Deadlocked, StoreUnavailable
from api.persistence.database import ON_DISK
from api.persistence.ledger import Entry
from domain.canonical import canonical_bytes
from domain.errors import Invalid
from domain.instants import to_text
from domain.record_entry import entry_before_link

_LAST_STEP: Final = f"SELECT seq, prev_hash, hash FROM append_record(%s, %s, %s); COMMIT; {ON_DISK}"  # noqa: S608


def commit_with_record(
    connection: Connection,
    entries: Sequence[Entry],
    counted: Sequence[Mapping[str, Any]],
    tallied: Sequence[Mapping[str, Any]],
) -> None:
    """Append events and counts, and commit the transaction; it returns once the disk has them.

    Args:
        connection: of a write transaction.
        entries: in order; their ``seq``, ``prev_hash`` and ``hash`` are filled in.
        counted: rows of ``case_counts`` to be added to what is there, in order of their keys.
        tallied: rows of ``reviewer_counts``, the same.

    Raises:
        Deadlocked: it and another transaction waited for each other; nothing was done.
        StoreUnavailable: the database went away; whether anything was kept is not known, as at every commit.
    """
    import psycopg  # noqa: PLC0415 - only where the database is PostgreSQL

    link: Any = connection.connection.driver_connection
    told = [json.dumps(each) for each in ([_told(entry) for entry in entries], list(counted), list(tallied))]
    try:
        with psycopg.ClientCursor(link) as cursor:
            cursor.execute(_LAST_STEP, told)  # several statements in one message take no parameters but the client's
            for entry, linked in zip(entries, cursor.fetchall(), strict=True):
                entry.seq, entry.prev_hash, entry.hash = linked
    except psycopg.DataError as error:
        raise Invalid("a value cannot be stored, e.g. one that holds a NUL character") from error
    except psycopg.errors.DeadlockDetected as error:
        raise Deadlocked("two steps waited for each other; nothing of this one was done, try again") from error
    except psycopg.OperationalError as error:
        raise StoreUnavailable("the database cannot be reached or is too busy") from error


def _told(entry: Entry) -> dict[str, Any]:
    told = {
        "at": to_text(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "case_id": entry.case_id,
        "body": canonical_bytes(dict(entry.body)).decode(),
    }
    return told | {"before_link": entry_before_link(**told)}  # type: ignore[arg-type]
