"""Rings organisations when a case waits in one of their queues: a signed word without a case in it, tried again.

A ring says only *look*: whatever is lost, the queue still holds the case, and the next ring or pull finds it. So
nothing is kept between processes; who starts rings once for every queue in which a case waits.

The signature is that of Standard Webhooks (https://www.standardwebhooks.com) with an Ed25519 key (``v1a``): over
``webhook-id.webhook-timestamp.body``, by the key that signs the centre's checkpoints.
"""

import asyncio
import base64
import json
import logging
import ssl
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, update

from api.cases.notifier import CaseChanged, CaseNotifier
from api.errors import StoreUnavailable
from api.persistence.case_queries import queues_with_cases
from api.persistence.store import Store
from api.persistence.tables import webhooks
from api.police.webhook_address import Network, Resolve, Target, resolve_host, target_of
from domain.cases.states import AWAITING_POLICE
from domain.errors import Invalid
from domain.instants import to_text
from plumbing.backoff import Backoff

logger = logging.getLogger(__name__)
TIMEOUT_S = 8.0  # of a whole call, however slowly the other side drips
FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 900.0
READ_AGAIN_S = 30.0  # webhooks that were set or dropped are known by then
_CLOSE_WITHIN_S = 10.0


@dataclass(slots=True)
class _Bell:
    """One organisation's."""

    url: str
    queues: frozenset[str]
    due: set[str] = field(default_factory=set)  # queues to ring for
    pauses: Backoff = field(default_factory=lambda: Backoff(first_s=FIRST_WAIT_S, longest_s=LONGEST_WAIT_S))
    not_before_s: float = 0.0


class Webhooks:
    """A thread that rings; of several processes that have it, one works.

    Args:
        store: the centre's memory.
        notifier: hears of cases that wait.
        key: signs.
        allowed: networks that may be called although they are not public.
        resolve: gives the addresses of a host.
        trust: which certificates are believed; None: those that the system trusts.
    """

    def __init__(
        self,
        store: Store,
        notifier: CaseNotifier,
        *,
        key: Ed25519PrivateKey,
        allowed: Sequence[Network] = (),
        resolve: Resolve = resolve_host,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._store = store
        self._key = key
        self._allowed = tuple(allowed)
        self._resolve = resolve
        self._sole = store.database.sole_holder("webhooks")
        self._bells: dict[str, _Bell] = {}
        self._heard: set[str] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._believed = trust or ssl.create_default_context()
        self._unsubscribe = notifier.subscribe(self._note)
        self._thread = threading.Thread(target=self._work, name="webhooks", daemon=True)

    def start(self) -> None:
        """Start to ring."""
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._unsubscribe()
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_WITHIN_S)
        self._sole.release()

    def _note(self, change: CaseChanged) -> None:
        if change.state in AWAITING_POLICE and change.queue is not None:
            with self._lock:
                self._heard.add(change.queue)
            self._wake.set()

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                wait_s = self.round()
            except StoreUnavailable:
                logger.warning("Webhooks wait for the database", exc_info=True, extra={"action": "webhooks_wait"})
                wait_s = FIRST_WAIT_S
            except Exception:
                logger.exception("A round of webhooks failed", extra={"action": "webhooks_failed"})
                wait_s = FIRST_WAIT_S
            self._wake.wait(wait_s)
            self._wake.clear()

    def round(self) -> float:
        """Ring whoever is to be rung now.

        Returns:
            Seconds until something may be due again.

        Raises:
            StoreUnavailable: who is to be rung is not known.
        """
        if not self._sole.holds():
            return FIRST_WAIT_S
        self._read()
        with self._lock:
            heard, self._heard = self._heard, set()
        now_s = self._store.clock.monotonic_s()
        next_s = READ_AGAIN_S
        for bell in self._bells.values():
            bell.due |= bell.queues & heard
        for organisation_id, bell in self._bells.items():
            if bell.due and bell.not_before_s <= now_s:
                self._ring(organisation_id, bell, now_s)
            if bell.due:
                next_s = min(next_s, max(bell.not_before_s - now_s, 0.0))
        return next_s

    def _read(self) -> None:
        with self._store.read() as connection:
            rows = connection.execute(select(webhooks)).all()
            known = {row.organisation_id: (row.url, frozenset(row.queues.split())) for row in rows}
            new = {each for each, told in known.items() if self._told(each) != told}
            waiting = set(connection.execute(queues_with_cases()).scalars()) if new else set()
        self._bells = {each: bell for each, bell in self._bells.items() if each in known and each not in new}
        for each in new:
            url, queues = known[each]
            self._bells[each] = _Bell(url=url, queues=queues, due=set(queues & waiting))

    def _told(self, organisation_id: str) -> tuple[str, frozenset[str]] | None:
        bell = self._bells.get(organisation_id)
        return None if bell is None else (bell.url, bell.queues)

    def _ring(self, organisation_id: str, bell: _Bell, now_s: float) -> None:
        """Tell of every queue that is due; what is not taken is tried again, ever later."""
        problem = ""
        for queue in sorted(bell.due):
            problem = self._call(bell.url, queue)
            if problem:
                break
            bell.due.discard(queue)
        if problem:
            bell.not_before_s = now_s + bell.pauses.next_s()
            extra = {"action": "webhook_failed", "organisation": organisation_id, "problem": problem}
            logger.warning("A webhook was not taken", extra=extra)
        else:
            bell.pauses.reset()
        with self._store.write() as work:
            answered = {} if problem else {"answered_at": work.now}
            changed = update(webhooks).where(webhooks.c.organisation_id == organisation_id)
            work.connection.execute(changed.values(problem=problem[:300], **answered))

    def _call(self, url: str, queue: str) -> str:
        """One call; why it was not taken, or nothing."""
        body = json.dumps({"type": "queue.ready", "queue": queue, "at": to_text(self._store.clock.now())}).encode()
        try:
            to = target_of(url, allowed=self._allowed, resolve=self._resolve)
            status = asyncio.run(asyncio.wait_for(self._post(to, body), TIMEOUT_S))
        except Invalid as error:
            return str(error)
        except TimeoutError:
            return f"did not answer within {TIMEOUT_S:g} s"
        except httpx.HTTPError as error:
            return f"cannot be reached ({type(error).__name__})"
        return "" if httpx.codes.is_success(status) else f"answered {status}"

    async def _post(self, to: Target, body: bytes) -> int:
        """The status that the other side answers; nobody reads more of it."""
        address = f"[{to.address}]" if ":" in to.address else to.address
        headers = self.signed(body) | {"Host": to.host if to.port == 443 else f"{to.host}:{to.port}"}  # noqa: PLR2004
        url, server_name = f"https://{address}:{to.port}{to.path}", {"sni_hostname": to.host}
        plain = httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False, verify=self._believed)
        async with (
            plain as client,
            client.stream("POST", url, content=body, headers=headers, extensions=server_name) as answer,
        ):
            return answer.status_code

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers of a call."""
        number, at = f"msg_{uuid.uuid4().hex}", str(int(self._store.clock.now().timestamp()))
        signature = self._key.sign(f"{number}.{at}.".encode() + body)
        return {
            "Content-Type": "application/json",
            "User-Agent": "matthan-webhook",
            "webhook-id": number,
            "webhook-timestamp": at,
            "webhook-signature": f"v1a,{base64.b64encode(signature).decode()}",
        }
