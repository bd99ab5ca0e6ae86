"""A whole package becomes a case: one transaction, one entry of the chain."""

import json
import logging
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from api.cases.case_columns import columns_of_message
from api.cases.case_rows import announce, change_case, insert_case, locked
from api.cases.moves import move
from api.cases.notifier import CaseNotifier
from api.cases.pairs import propose_duplicates
from api.cases.rule_standing import is_fallen
from api.errors import MessageRefused, StoreUnavailable
from api.intake.verification import verdict
from api.persistence.case_queries import case_row, signed_by_unknown
from api.persistence.store import Store, Work
from api.persistence.tables import arriving_cases, boxes, cases, evidence_files
from api.places.camera_registry import ToldCamera, note_camera
from api.places.routing import Router
from api.principals import SYSTEM, Principal
from domain.camera import Mode
from domain.canonical import canonical_bytes
from domain.cases.case import Case
from domain.cases.checklist import missing_musts
from domain.cases.entries import Entry, first_state
from domain.cases.evidence import CaseMessage
from domain.cases.roles import Role
from domain.cases.states import Action, CaseState

logger = logging.getLogger(__name__)


class Admission:
    """Puts whole packages on record.

    Args:
        store: the centre's memory.
        notifier: hears of every new case.
        router: finds wards and receivers.
    """

    def __init__(self, store: Store, notifier: CaseNotifier, router: Router) -> None:
        self._store = store
        self._notifier = notifier
        self._router = router

    def admit(self, message: CaseMessage, lost: Collection[str]) -> Row[Any]:
        """Put an arriving package on record; its files are published.

        Args:
            message: of the package.
            lost: files that it lists and that the box had damaged.

        Returns:
            The row of the case; an earlier one if it is on record already.

        Raises:
            MessageRefused: another message is on record under this id.
            StoreUnavailable: nothing was changed; offer it again.
        """
        digest, case_id = message.sha256(), str(message.case.case_id)
        with self._store.write() as work:
            gone = work.connection.execute(delete(arriving_cases).where(arriving_cases.c.case_id == case_id)).rowcount
            row = work.connection.execute(locked(case_row(case_id), work.connection)).one_or_none()
            if row is None and not gone:
                raise StoreUnavailable("the package was given up just now; offer it again")
            if row is None:
                self._insert(work, message, digest, lost)
            elif row.message_sha256 != digest:
                raise MessageRefused("another case of this id is on record already; the first stays")
            elif gone and (row.files_missing != len(lost) or (row.state == CaseState.DETECTED and not row.shadow)):
                self._complete(work, row, message, lost)
            row = work.connection.execute(case_row(case_id)).one()
        logger.info(
            "A case came in",
            extra={"action": "case_received", "case_id": case_id, "box_id": row.box_id, "integrity": row.integrity},
        )
        return row

    def check_again(self, box_id: str) -> int:
        """Check the cases of a box whose signer was unknown once more, after its key was registered.

        Returns:
            How many cases got another verdict.
        """
        changed = 0
        with self._store.write() as work:
            keys = _registered(work, box_id)
            for row in work.connection.execute(locked(signed_by_unknown(box_id), work.connection, of=cases)).all():
                message = CaseMessage.model_validate_json(
                    f'{{"case":{row.case_json},"manifest":{row.manifest_json},"signature":{row.signature_json}}}'
                )
                integrity = verdict(message, **keys)
                if integrity == row.integrity:
                    continue
                changed += 1
                now = change_case(work, row, integrity=integrity)
                work.record(SYSTEM, "integrity_checked", case_id=row.case_id, body={"integrity": integrity})
                announce(work, now, self._notifier)
        return changed

    def put(
        self,
        work: Work,
        message: CaseMessage,
        actor: Principal,
        *,
        signed_by: Mapping[str, str],
        but: str | None = None,
    ) -> Row[Any]:
        """Put a case on record whose documents the centre wrote and signed itself; its files are published.

        Args:
            work: the transaction.
            message: of it.
            actor: the person whose word it rests on.
            signed_by: the centre's key, as ``verdict`` takes it.
            but: a case that the person says is another act.

        Raises:
            NotAllowed: the actor brings no case in.
        """
        self._insert(work, message, message.sha256(), (), actor=actor, signed_by=signed_by, but=but)
        return work.connection.execute(case_row(str(message.case.case_id))).one()

    def _insert(
        self,
        work: Work,
        message: CaseMessage,
        digest: str,
        lost: Collection[str],
        *,
        actor: Principal | None = None,
        signed_by: Mapping[str, str | None] | None = None,
        but: str | None = None,
    ) -> None:
        case, manifest = message.case, message.manifest
        case_id = str(case.case_id)
        sender = actor or Principal(actor=f"box:{case.box_id}", name=case.box_id, role=Role.EDGE, box_id=case.box_id)
        entry = Entry.BOX if case.origin is None else Entry(case.origin.entry)
        fallen = case.mode != Mode.SHADOW and is_fallen(
            work.connection,
            code=case.violation.code,
            camera_id=case.site.camera_id,
            rule_version=case.provenance.rule_version,
        )
        state = first_state(entry, role=sender.role, shadow=case.mode == Mode.SHADOW or fallen)
        integrity = verdict(message, **(signed_by or _registered(work, case.box_id)))
        documents = {
            "case_json": canonical_bytes(case).decode(),
            "manifest_json": canonical_bytes(manifest).decode(),
            "signature_json": canonical_bytes(message.signature).decode(),
        }
        from_message = columns_of_message(json.loads(documents["case_json"]), json.loads(documents["manifest_json"]))
        missing = missing_musts(case, manifest)
        routed = self._router.route(case.violation, ward_said=case.site.ward, position=case.site.position)
        values = from_message | {
            "state": state.value,
            "shadow": from_message["shadow"] or fallen,
            "version": 1,
            "began_at": case.began_at,
            "ended_at": case.ended_at,
            "received_at": work.now,
            "entered_at": work.now,
            "queue": routed.queue,
            "ward": routed.place.ward,
            "ward_key": routed.place.ward_key,
            "message_sha256": digest,
            "integrity": integrity,
            "must_items_missing": len(missing),
            "files_missing": len(lost),
            "duplicates_open": 0,
        }
        insert_case(work, values, documents)
        if case.origin is None:
            note_camera(work, _camera_of(case))
        files = [
            {
                "case_id": case_id,
                "name": file.name,
                "role": file.role.value,
                "size_bytes": file.size_bytes,
                "sha256": file.sha256,
                "complete": file.name not in lost,
            }
            for file in manifest.files
        ]
        if files:
            work.connection.execute(insert(evidence_files), files)
        body = {
            "state": state.value,
            "message_sha256": digest,
            "integrity": integrity,
            "mode": case.mode.value,
            "files": len(files),
            "gaps": list(manifest.gaps),
            "queue": routed.queue,
            "place": routed.on_record(),
            "must_items_missing": len(missing),
            "missing": list(missing),
            **({"rule_fallen": True} if fallen else {}),
            "files_missing": len(lost),
            "lost": sorted(lost),
            **({"origin": case.origin.model_dump(mode="json")} if case.origin else {}),
        }
        work.record(sender, "detect", case_id=case_id, body=body)
        row = propose_duplicates(work, work.connection.execute(case_row(case_id)).one(), case, but=but)
        announce(work, row, self._notifier, is_new=True)

    def _complete(self, work: Work, row: Row[Any], message: CaseMessage, lost: Collection[str]) -> None:
        """A case that was on record before its files came, as the first schema had it, has got them."""
        here = [file.name for file in message.manifest.files if file.name not in lost]
        of_case = evidence_files.c.case_id == row.case_id
        work.connection.execute(
            update(evidence_files).where(of_case & evidence_files.c.name.in_(here)).values(complete=True)
        )
        work.record(SYSTEM, "evidence_complete", case_id=row.case_id, body={"files": here, "lost": sorted(lost)})
        row = change_case(work, row, files_missing=len(lost))
        if row.state == CaseState.DETECTED and not row.shadow:
            move(work, row, Action.QUEUE, SYSTEM, notifier=self._notifier)
        else:
            announce(work, row, self._notifier)


def _camera_of(case: Case) -> ToldCamera:
    site = case.site
    return ToldCamera(
        box_id=case.box_id,
        camera_id=site.camera_id,
        name=site.camera_name,
        road=site.road,
        ward=site.ward,
        position=site.position,
        at=case.ended_at,
    )


def _registered(work: Work, box_id: str) -> dict[str, str | None]:
    """The key that is registered for a box, as ``verdict`` takes it."""
    box = work.connection.execute(select(boxes).where(boxes.c.box_id == box_id)).one_or_none()
    return {"key_id": box.key_id if box else None, "public_key_b64": box.public_key_b64 if box else None}
