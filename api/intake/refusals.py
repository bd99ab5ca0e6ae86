"""What was not taken in is on record: once for each different message, and never so much that it fills the record."""

import hashlib
import logging

from sqlalchemy import func, select, update

from api.persistence.store import Store, Work
from api.persistence.tables import refused_messages
from api.persistence.upsert import insert_if_absent
from api.principals import SYSTEM

logger = logging.getLogger(__name__)
MAX_REFUSALS_A_BOX = 500
MAX_REFUSALS = 20_000


class Refusals:
    """The refused messages of boxes.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, box_id: str, payload: bytes, reason: str, *, case_id: str | None = None) -> str:
        """Put on record that a message was not taken in.

        Args:
            box_id: of the key that it came with.
            payload: the message, or its beginning where it was too long to be read.
            reason: for people.
            case_id: of the case on record whose id the message bears.

        Returns:
            The reason as it is on record.

        Raises:
            StoreUnavailable: it could not be put on record.
        """
        reason, digest = reason[:300], hashlib.sha256(payload).hexdigest()
        key = (refused_messages.c.box_id == box_id) & (refused_messages.c.payload_sha256 == digest)
        with self._store.write() as work:
            again = update(refused_messages).where(key).values(times=refused_messages.c.times + 1, last_at=work.now)
            if work.connection.execute(again).rowcount == 0 and _has_room(work, box_id):
                row = {
                    "box_id": box_id,
                    "payload_sha256": digest,
                    "reason": reason,
                    "size_bytes": len(payload),
                    "first_at": work.now,
                    "last_at": work.now,
                    "times": 1,
                }
                if insert_if_absent(work.connection, refused_messages, row):
                    body = {"box_id": box_id, "payload_sha256": digest, "reason": reason}
                    work.record(SYSTEM, "message_refused", case_id=case_id, body=body)
        logger.warning(
            "A message of a box was refused",
            extra={"action": "message_refused", "box_id": box_id, "case_id": case_id, "reason": reason},
        )
        return reason


def _has_room(work: Work, box_id: str) -> bool:
    kept = select(func.count()).select_from(refused_messages)
    of_box = work.connection.execute(kept.where(refused_messages.c.box_id == box_id)).scalar_one()
    return of_box < MAX_REFUSALS_A_BOX and work.connection.execute(kept).scalar_one() < MAX_REFUSALS
