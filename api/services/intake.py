"""Cases come in: checked, stored once, acknowledged only after the commit."""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, func, insert, select, update

from api.errors import TooLarge
from api.persistence.case_queries import case_row, signed_by_unknown
from api.persistence.store import Store, Work
from api.persistence.tables import boxes, cases, evidence_files, refused_messages
from api.persistence.upsert import insert_if_absent
from api.principals import SYSTEM, Principal
from api.services.case_columns import columns_of_message
from api.services.case_rows import announce, change_case, insert_case, locked, move
from api.services.notifier import CaseNotifier
from api.services.verification import check_form, is_identifier, must_items_missing, police_queue, verdict
from domain.camera import Mode
from domain.canonical import canonical_bytes
from domain.cases.evidence import CaseAcknowledgement, CaseMessage
from domain.cases.roles import Role
from domain.cases.states import Action, CaseState
from domain.errors import Invalid

logger = logging.getLogger(__name__)
MAX_MESSAGE_BYTES = 1024 * 1024
MAX_REFUSALS_A_BOX = 500
MAX_REFUSALS = 20_000
_EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a message was not taken in; it is on record and must not be sent again as it is."""

    reason: str


class Intake:
    """Takes in what boxes send.

    Args:
        store: the centre's memory.
        notifier: told of every new case.
        queues: police queue by sanction route, where it is not the route's first part.
    """

    def __init__(self, store: Store, notifier: CaseNotifier, queues: Mapping[str, str]) -> None:
        self._store = store
        self._notifier = notifier
        self._queues = queues

    def receive(self, box_id: str, payload: bytes) -> CaseAcknowledgement | Refusal:
        """Take in a case message.

        Args:
            box_id: of the topic that it came on.
            payload: as it came.

        Returns:
            The centre's word that the case is stored, the same for every repetition; or why it is not, which is on
            record too.

        Raises:
            StoreUnavailable: neither; offer the message again later.
        """
        try:
            message = _parse(payload)
            check_form(message, box_id=box_id)
            return self._store_message(message)
        except Invalid as error:
            return self.refuse(box_id, payload, str(error))

    def refuse(self, box_id: str, payload: bytes, reason: str) -> Refusal:
        """Put on record that a message was not taken in, once for each different message.

        Raises:
            StoreUnavailable: it could not be put on record.
        """
        box_id = box_id if is_identifier(box_id) else "not-a-box"
        reason, digest = reason[:300], hashlib.sha256(payload).hexdigest()
        values = {"payload_sha256": digest, "reason": reason, "size_bytes": len(payload), "times": 1}
        with self._store.write() as work:
            key = (refused_messages.c.box_id == box_id) & (refused_messages.c.payload_sha256 == digest)
            known = update(refused_messages).where(key)
            again = known.values(times=refused_messages.c.times + 1, last_at=work.now)
            if work.connection.execute(again).rowcount == 0 and self._room_for_refusal(work, box_id):
                row = {"box_id": box_id, "first_at": work.now, "last_at": work.now} | values
                if insert_if_absent(work.connection, refused_messages, row):
                    work.record(
                        SYSTEM, "message_refused", body={"box_id": box_id, "payload_sha256": digest, "reason": reason}
                    )
        logger.warning(
            "A message of a box was refused", extra={"action": "message_refused", "box_id": box_id, "reason": reason}
        )
        return Refusal(reason=reason)

    def check_again(self, box_id: str) -> int:
        """Check the cases of a box whose signer was unknown once more, after its key was registered.

        Returns:
            How many cases got another verdict.
        """
        changed = 0
        with self._store.write() as work:
            for row in work.connection.execute(locked(signed_by_unknown(box_id), work.connection, of=cases)).all():
                message = CaseMessage.model_validate_json(
                    f'{{"case":{row.case_json},"manifest":{row.manifest_json},"signature":{row.signature_json}}}'
                )
                integrity = self._verdict(work, message)
                if integrity == row.integrity:
                    continue
                changed += 1
                now = change_case(work, row, integrity=integrity)
                work.record(SYSTEM, "integrity_checked", case_id=row.case_id, body={"integrity": integrity})
                announce(work, now, self._notifier)
        return changed

    def _store_message(self, message: CaseMessage) -> CaseAcknowledgement | Refusal:
        digest = message.sha256()
        with self._store.write() as work:
            row, is_new = self._insert(work, message, digest)
            if row.message_sha256 != digest:
                reason = "another case of this id is stored already; the first stays"
                body = {"message_sha256": digest, "reason": reason}
                if not self._refused_before(work, row, digest):
                    work.record(SYSTEM, "message_refused", case_id=row.case_id, body=body)
                logger.warning(
                    "A second message for a stored case was refused",
                    extra={"action": "message_refused", "case_id": row.case_id, "box_id": row.box_id},
                )
                return Refusal(reason=reason)
        if is_new:
            logger.info(
                "A case came in",
                extra={
                    "action": "case_received",
                    "case_id": row.case_id,
                    "box_id": row.box_id,
                    "integrity": row.integrity,
                },
            )
        return CaseAcknowledgement(case_id=message.case.case_id, message_sha256=digest, received_at=row.received_at)

    def _insert(self, work: Work, message: CaseMessage, digest: str) -> tuple[Row[Any], bool]:
        case, manifest = message.case, message.manifest
        case_id = str(case.case_id)
        here = [file.size_bytes == 0 and file.sha256 == _EMPTY_SHA256 for file in manifest.files]
        integrity = self._verdict(work, message)
        documents = {
            "case_json": canonical_bytes(case).decode(),
            "manifest_json": canonical_bytes(manifest).decode(),
            "signature_json": canonical_bytes(message.signature).decode(),
        }
        from_message = columns_of_message(json.loads(documents["case_json"]), json.loads(documents["manifest_json"]))
        values = from_message | {
            "state": CaseState.DETECTED.value,
            "version": 1,
            "began_at": case.began_at,
            "ended_at": case.ended_at,
            "received_at": work.now,
            "queue": police_queue(case.violation.sanction_route, self._queues),
            "message_sha256": digest,
            "integrity": integrity,
            "must_items_missing": len(must_items_missing(case, manifest)),
            "files_missing": here.count(False),
        }
        is_new = insert_case(work, values, documents)
        row = work.connection.execute(case_row(case_id)).one()
        if not is_new:
            return row, False
        files = [
            {
                "case_id": case_id,
                "name": file.name,
                "role": file.role.value,
                "size_bytes": file.size_bytes,
                "sha256": file.sha256,
                "offset_bytes": 0,
                "complete": complete,
            }
            for file, complete in zip(manifest.files, here, strict=True)
        ]
        if files:
            work.connection.execute(insert(evidence_files), files)
        sender = Principal(actor=f"box:{case.box_id}", name=case.box_id, role=Role.EDGE, box_id=case.box_id)
        body = {
            "state": CaseState.DETECTED.value,
            "message_sha256": digest,
            "integrity": integrity,
            "mode": case.mode.value,
            "files": len(files),
            "gaps": list(manifest.gaps),
            "queue": row.queue,
            "must_items_missing": row.must_items_missing,
            "files_missing": row.files_missing,
        }
        work.record(sender, "detect", case_id=case_id, body=body)
        announce(work, row, self._notifier, is_new=True)
        if row.files_missing == 0 and case.mode != Mode.SHADOW:
            row = move(work, row, Action.QUEUE, SYSTEM, notifier=self._notifier)
        return row, True

    def _verdict(self, work: Work, message: CaseMessage) -> str:
        box = work.connection.execute(select(boxes).where(boxes.c.box_id == message.case.box_id)).one_or_none()
        return verdict(
            message,
            key_id=box.key_id if box else None,
            public_key_b64=box.public_key_b64 if box else None,
        )

    def _refused_before(self, work: Work, row: Row[Any], digest: str) -> bool:
        """Whether this very message is on record, or nothing more of its box goes there: no box can fill the record."""
        if not self._room_for_refusal(work, row.box_id):
            return True
        key = {"box_id": row.box_id, "payload_sha256": digest}
        values = {"reason": f"other content for {row.case_id}", "size_bytes": 0, "times": 1}
        times = {"first_at": work.now, "last_at": work.now}
        return not insert_if_absent(work.connection, refused_messages, key | values | times)

    def _room_for_refusal(self, work: Work, box_id: str) -> bool:
        kept = select(func.count()).select_from(refused_messages)
        of_box = work.connection.execute(kept.where(refused_messages.c.box_id == box_id)).scalar_one()
        return of_box < MAX_REFUSALS_A_BOX and work.connection.execute(kept).scalar_one() < MAX_REFUSALS


def _parse(payload: bytes) -> CaseMessage:
    if len(payload) > MAX_MESSAGE_BYTES:
        raise TooLarge(f"a case message has at most {MAX_MESSAGE_BYTES} bytes, got {len(payload)}")
    try:
        message = CaseMessage.model_validate_json(payload)
        canonical_bytes(message)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"not a case message: {where}: {first['msg']} ({error.error_count()} faults)") from error
    except (ValueError, RecursionError) as error:
        raise Invalid("not a case message: it has no canonical form") from error
    return message
