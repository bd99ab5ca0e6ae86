"""The police pull: lease, extend, acknowledge with receipt, return with reason, processed.

A case has one state and one lease in one row, and every step locks that row, so it is never with two officers at once.
"""

import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from api.cases.case_rows import lock_case, locked, stored_case
from api.cases.moves import move, move_all
from api.cases.notifier import CaseNotifier
from api.errors import HashMismatch
from api.evidence_store.port import EvidenceStore
from api.persistence.case_queries import (
    case_rows,
    ended_leases,
    extend_cases,
    set_package,
    under_lease,
    waiting_for_police,
    whole_case,
)
from api.persistence.ledger import body_of
from api.persistence.store import Store, Work, once_more_if_deadlocked
from api.persistence.tables import leases
from api.police.documents import Lease, Outcome, PoliceCaseState, Receipt
from api.police.idempotency import earlier_answer, forget_answer, keep_answer
from api.police.package import package
from api.police.rows import (
    earlier_receipt,
    earlier_return,
    holds,
    is_with,
    last_event,
    pulled,
    require_queue,
    require_running,
)
from api.police.sealing import Sealing
from api.principals import SYSTEM, Permission, Principal
from domain.canonical import sha256_of
from domain.cases.states import POLICE_STATES, REFERRED_STATES, Action, CaseState
from domain.cases.transitions import PUT_BACK, check_reason
from domain.errors import Conflict, Invalid, NotFound
from domain.instants import to_text
from domain.law.rejection import RejectionReason

logger = logging.getLogger(__name__)
_RECEIPTS = uuid.UUID("1f6f7f0e-7d53-5a0b-8d6a-6f8f7c1f0b6e")
SWEEP_CASES = 500  # put back in one transaction
_KNOWN_TO_POLICE = POLICE_STATES | {CaseState.READY}
_WITH_THE_CALLER = POLICE_STATES - {CaseState.RETURNED}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLimits:
    """Bounds of what one caller may take."""

    max_cases: int = 50
    default_lease_s: float = 900.0
    max_lease_s: float = 24 * 3600.0


class PoliceQueue:
    """Hands confirmed cases to the police.

    Args:
        store: the centre's memory.
        files: where the evidence lies.
        notifier: passes on every change.
        reasons: by code.
        limits: of pulls and leases.
        sealing: seals packages; None: the centre has no key, so they bear the box's signature only.
    """

    def __init__(
        self,
        store: Store,
        *,
        files: EvidenceStore,
        notifier: CaseNotifier,
        reasons: Mapping[str, RejectionReason],
        limits: QueueLimits,
        sealing: Sealing | None = None,
    ) -> None:
        self._store = store
        self._files = files
        self._notifier = notifier
        self._reasons = reasons
        self.limits = limits
        self._sealing = sealing

    @once_more_if_deadlocked
    def pull(self, actor: Principal, queue: str, *, n: int, lease_s: float | None, idempotency_key: str) -> Lease:
        """Lease up to ``n`` cases, the longest waiting first.

        Raises:
            NotAllowed: the caller may not use this queue.
            Invalid: ``n`` or ``lease_s`` is out of bounds.
            Conflict: the idempotency key was used for another request.
        """
        require_queue(actor, queue)
        duration = self._duration(lease_s)
        if not 1 <= n <= self.limits.max_cases:
            raise Invalid(f"n lies between 1 and {self.limits.max_cases}")
        request = sha256_of({"step": "pull", "queue": queue, "n": n, "lease_s": lease_s})
        with self._store.write() as work:
            earlier = earlier_answer(work, actor, idempotency_key, request)
            if earlier is not None:
                return _in_scope(work, actor, Lease.model_validate_json(earlier))
            rows = self._waiting(work, actor, queue, n)
            if len(rows) < n and self._expire(work):
                rows = self._waiting(work, actor, queue, n)
            lease = self._lease(work, actor, queue, rows, duration)
            if lease.cases:
                keep_answer(work, actor, idempotency_key, lease.model_dump_json())
            else:
                forget_answer(work, actor, idempotency_key)
        return lease

    @once_more_if_deadlocked
    def extend(self, actor: Principal, lease_id: uuid.UUID, *, lease_s: float | None) -> Lease:
        """Let a lease end later: ``lease_s`` seconds from now, never earlier than it did.

        Returns:
            The lease with the cases that are still under it.

        Raises:
            NotFound: the caller has no such lease.
            Conflict: it has expired.
            Invalid: ``lease_s`` is out of bounds.
        """
        actor.require(Permission.QUEUE_USE)
        duration = self._duration(lease_s)
        with self._store.write() as work:
            of_lease = select(leases).where(leases.c.lease_id == str(lease_id))
            lease = work.connection.execute(locked(of_lease, work.connection)).one_or_none()
            if lease is None or lease.holder != actor.holder or not actor.uses_queue(lease.queue):
                raise NotFound(f"there is no lease {lease_id} of yours")
            if lease.expires_at <= work.now:
                raise Conflict("the lease has expired")
            expires_at = max(lease.expires_at, work.now + duration)
            rows = work.connection.execute(locked(under_lease(str(lease_id)), work.connection)).all()
            if not all(actor.sees_case(row) for row in rows):
                raise NotFound(f"there is no lease {lease_id} of yours")
            work.connection.execute(
                update(leases).where(leases.c.lease_id == str(lease_id)).values(expires_at=expires_at)
            )
            work.connection.execute(extend_cases([row.case_id for row in rows], expires_at))
            for case_id in [row.case_id for row in rows] or [None]:
                body = {"lease_id": str(lease_id), "expires_at": to_text(expires_at)}
                work.record(actor, "extend_lease", case_id=case_id, body=body)
        return Lease(lease_id=lease_id, expires_at=expires_at, cases=tuple(pulled(row) for row in rows))

    def package(self, actor: Principal, case_id: uuid.UUID) -> Iterator[bytes]:
        """The package of a case that is with the caller; taking it is noted in the record.

        Raises:
            NotFound: the case is not leased to the caller nor received by it.
            EvidenceLost: a file is gone.
        """
        actor.require(Permission.QUEUE_USE)
        with self._store.write() as work:
            row = work.connection.execute(whole_case(str(case_id))).one_or_none()
            if (
                row is None
                or not actor.sees_case(row)
                or not is_with(row, actor, work.now)
                or CaseState(row.state) not in _WITH_THE_CALLER
            ):
                raise NotFound(f"the case {case_id} is not with you")
            work.record(actor, "export", case_id=row.case_id, body={"lease_id": row.lease_id})
        stored = stored_case(row)

        def read(name: str, size_bytes: int) -> Iterator[bytes]:
            return self._files.read(str(case_id), name, start_byte=0, end_byte=size_bytes) if size_bytes else iter(())

        def done(sha256: str) -> None:
            if sha256 != stored.package_sha256:
                with self._store.write() as work:
                    work.connection.execute(set_package(str(case_id), sha256))
                    work.record(SYSTEM, "package_built", case_id=str(case_id), body={"package_sha256": sha256})

        return package(stored, read, done, sealed=self._sealing.seal(stored) if self._sealing else {})

    @once_more_if_deadlocked
    def acknowledge(self, actor: Principal, case_id: uuid.UUID, *, lease_id: uuid.UUID, package_sha256: str) -> Receipt:
        """Give a receipt for a package that arrived whole; asked again, the same receipt.

        Raises:
            NotFound: the case is not the caller's to know.
            Conflict: the lease has expired or is another's, or no package was taken yet.
            HashMismatch: the caller's package is not the one that the centre gave.
        """
        with self._store.write() as work:
            row = self._row(work, actor, case_id)
            if row.state in _WITH_THE_CALLER - {CaseState.TRANSFERRED} and holds(row, actor, lease_id):
                return earlier_receipt(work, row, package_sha256)
            require_running(row, actor, lease_id, work.now)
            if row.package_sha256 is None:
                raise Conflict("the package was not taken yet, so nothing can be acknowledged")
            if row.package_sha256 != package_sha256:
                raise HashMismatch("the package is not the one that the centre gave; take it again")
            receipt_id = uuid.uuid5(_RECEIPTS, f"{case_id}/{lease_id}/{package_sha256}")
            body = {
                "receipt_id": str(receipt_id),
                "lease_id": str(lease_id),
                "package_sha256": package_sha256,
            }
            move(work, row, Action.ACKNOWLEDGE, actor, notifier=self._notifier, body=body)
        entry = work.entries[-1]
        return Receipt(
            receipt_id=receipt_id,
            case_id=case_id,
            lease_id=lease_id,
            package_sha256=package_sha256,
            received_at=entry.at,
            event_seq=entry.seq,
            event_hash=entry.hash,
        )

    @once_more_if_deadlocked
    def give_back(
        self, actor: Principal, case_id: uuid.UUID, *, lease_id: uuid.UUID, reason_code: str, note: str
    ) -> PoliceCaseState:
        """Return a case with a reason; asked again, the same answer, whatever has become of the case since.

        Raises:
            NotFound: the case is not the caller's to know.
            Conflict: the lease has expired or is another's, or the case was returned with another reason.
            Invalid: the reason is unknown, not the police's to give, or not explained.
        """
        check_reason(Action.RETURN, reason_code=reason_code, note=note, reasons=self._reasons)
        with self._store.write() as work:
            actor.require(Permission.QUEUE_USE)
            earlier = earlier_return(work, lock_case(work, case_id, actor), actor, lease_id)
            if earlier is not None:
                if body_of(earlier)["reason_code"] != reason_code:
                    raise Conflict("the case was returned with another reason already")
                return PoliceCaseState(case_id=case_id, state=CaseState.RETURNED, at=earlier.at)
            row = self._row(work, actor, case_id)
            if row.state == CaseState.TRANSFERRED or not holds(row, actor, lease_id):
                require_running(row, actor, lease_id, work.now)
            body = {"lease_id": str(lease_id), "reason_code": reason_code, "note": note}
            move(work, row, Action.RETURN, actor, notifier=self._notifier, body=body)
        return PoliceCaseState(case_id=case_id, state=CaseState.RETURNED, at=work.now)

    @once_more_if_deadlocked
    def processed(self, actor: Principal, case_id: uuid.UUID, *, outcome: Outcome, note: str) -> PoliceCaseState:
        """Tell what became of a received case; asked again with the same outcome, the same answer.

        Raises:
            NotFound: the case is not the caller's to know.
            Conflict: it was not received by the caller, or another outcome was reported.
        """
        with self._store.write() as work:
            row = self._row(work, actor, case_id)
            if row.lease_holder != actor.holder:
                raise Conflict("the case was not received by you")
            if row.state == CaseState.PROCESSED:
                earlier = last_event(work, row, Action.PROCESS)
                if earlier is None or body_of(earlier)["outcome"] != outcome:
                    raise Conflict("another outcome was reported already")
                return PoliceCaseState(case_id=case_id, state=CaseState.PROCESSED, at=earlier.at)
            body = {"outcome": outcome, "note": note}
            move(work, row, Action.PROCESS, actor, notifier=self._notifier, body=body)
        return PoliceCaseState(case_id=case_id, state=CaseState.PROCESSED, at=work.now)

    def expire_leases(self) -> int:
        """Put back every case whose lease has ended.

        Returns:
            How many.
        """
        ended = 0
        while True:
            with self._store.write() as work:
                count = self._expire(work)
            ended += count
            if count < SWEEP_CASES:
                return ended

    def _expire(self, work: Work) -> int:
        """Put back the cases whose leases ended first, ``SWEEP_CASES`` at most."""
        ended = ended_leases(work.now, SWEEP_CASES)
        rows = work.connection.execute(locked(ended, work.connection, skip_locked=True)).all()
        if rows:
            waited = {row.case_id: _pulled_from(row) for row in rows}
            values = {"lease_id": None, "lease_holder": None, "lease_expires_at": None}
            for state, action in PUT_BACK.items():
                back = [row for row in rows if waited[row.case_id] == state]
                bodies = [
                    {"lease_id": row.lease_id, "holder": row.lease_holder, "pulled_from": state.value} for row in back
                ]
                move_all(work, back, action, SYSTEM, notifier=self._notifier, bodies=bodies, values=values)
            logger.info("Leases ended", extra={"action": "leases_expired", "cases": len(rows)})
        return len(rows)

    @staticmethod
    def _waiting(work: Work, actor: Principal, queue: str, n: int) -> Sequence[Row[Any]]:
        """Cases that wait and that nobody else takes just now, kept for this transaction."""
        waiting = waiting_for_police(queue, actor.scope, n)
        return work.connection.execute(locked(waiting, work.connection, skip_locked=True)).all()

    def _lease(self, work: Work, actor: Principal, queue: str, rows: Sequence[Row[Any]], duration: timedelta) -> Lease:
        if not rows:
            return Lease(lease_id=None, expires_at=None, cases=())
        lease_id, expires_at = str(uuid.uuid4()), work.now + duration
        work.connection.execute(
            insert(leases).values(
                lease_id=lease_id, queue=queue, holder=actor.holder, created_at=work.now, expires_at=expires_at
            )
        )
        values = {"lease_id": lease_id, "lease_holder": actor.holder, "lease_expires_at": expires_at}
        body = {"lease_id": lease_id, "queue": queue, "holder": actor.holder, "expires_at": to_text(expires_at)}
        bodies = [body | ({"reason_code": row.state} if row.state in REFERRED_STATES else {}) for row in rows]
        move_all(work, rows, Action.TRANSFER, actor, notifier=self._notifier, bodies=bodies, values=values)
        return Lease(lease_id=uuid.UUID(lease_id), expires_at=expires_at, cases=tuple(pulled(row) for row in rows))

    def _row(self, work: Work, actor: Principal, case_id: uuid.UUID) -> Row[Any]:
        actor.require(Permission.QUEUE_USE)
        row = lock_case(work, case_id, actor)
        if row.state not in _KNOWN_TO_POLICE or row.queue is None:
            raise NotFound(f"there is no case {case_id} with the police")
        return row

    def _duration(self, lease_s: float | None) -> timedelta:
        seconds = self.limits.default_lease_s if lease_s is None else lease_s
        if not 1 <= seconds <= self.limits.max_lease_s:
            raise Invalid(f"lease_s lies between 1 and {self.limits.max_lease_s:g}")
        return timedelta(seconds=seconds)


def _pulled_from(row: Row[Any]) -> CaseState:
    """Where a leased case waited when it was pulled: the pull gave a referral as its reason."""
    return CaseState(row.reason_code or CaseState.READY)


def _in_scope(work: Work, actor: Principal, lease: Lease) -> Lease:
    """What of an earlier answer the caller may see: it was perhaps a colleague's, whose wards are others."""
    ids = [str(each.case_id) for each in lease.cases]
    seen = {row.case_id for row in work.connection.execute(case_rows(ids)) if actor.sees_case(row)}
    return lease.model_copy(update={"cases": tuple(each for each in lease.cases if str(each.case_id) in seen)})
