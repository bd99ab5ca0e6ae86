"""The same request sent twice is done once: its answer is kept in the transaction that did the work."""

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, update

from api.persistence.store import Store, Work
from api.persistence.tables import idempotency_keys
from api.persistence.upsert import insert_if_absent
from api.principals import Principal
from domain.errors import Conflict

KEPT = timedelta(days=7)


def earlier_answer(work: Work, actor: Principal, key: str, request_sha256: str) -> str | None:
    """The answer to the same request, or None when this transaction is the first and must give one.

    Raises:
        Conflict: the key was used for another request.
    """
    values = {"actor": actor.holder, "key": key, "request_sha256": request_sha256, "created_at": work.now}
    if insert_if_absent(work.connection, idempotency_keys, values):
        return None
    row = work.connection.execute(select(idempotency_keys).where(_is(actor, key))).one()
    if row.request_sha256 != request_sha256:
        raise Conflict("the idempotency key was used for another request")
    answer: str = row.answer
    return answer


def keep_answer(work: Work, actor: Principal, key: str, answer: str) -> None:
    """Keep the answer beside the work."""
    work.connection.execute(update(idempotency_keys).where(_is(actor, key)).values(answer=answer))


def forget_answer(work: Work, actor: Principal, key: str) -> None:
    """Nothing was done, so the same request may be asked anew."""
    work.connection.execute(delete(idempotency_keys).where(_is(actor, key)))


def forget_old_answers(store: Store) -> None:
    """Remove keys that are too old to be used again."""
    with store.write() as work:
        work.connection.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < work.now - KEPT))


def _is(actor: Principal, key: str) -> ColumnElement[bool]:
    return (idempotency_keys.c.actor == actor.holder) & (idempotency_keys.c.key == key)
