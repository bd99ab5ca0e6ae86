"""The police side of the centre's HTTP door; foreign errors translated."""

import hashlib
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from api.police.documents import HeldCase, HeldCases, IssuedNotice, Lease, PoliceCaseState, Receipt
from domain.errors import CentreError, Conflict, Invalid, NotAllowed, NotFound, TransportError
from plumbing.backoff import Backoff

TRIES = 4
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 8.0
TIMEOUT_S = 60.0
MAX_PACKAGE_BYTES = 4 * 1024**3
_ERRORS: dict[int, type[CentreError]] = {401: NotAllowed, 403: NotAllowed, 404: NotFound, 409: Conflict, 412: Conflict}


class PoliceClient:
    """Pulls, acknowledges and returns cases.

    Args:
        centre_url: without ``/api/v1``.
        api_key: of the role police.
        transport: another way to send requests, for tests.

    Raises:
        Invalid: the address is not http or https.
    """

    def __init__(self, centre_url: str, api_key: str, *, transport: httpx.BaseTransport | None = None) -> None:
        if not centre_url.startswith(("http://", "https://")):
            raise Invalid(f"expected the centre's address like https://matthan.hue.gov.vn, got {centre_url!r}")
        self._http = httpx.Client(
            base_url=f"{centre_url.rstrip('/')}/api/v1/police",
            headers={"Authorization": f"Bearer {api_key}", "User-Agent": "matthan-police"},
            timeout=TIMEOUT_S,
            transport=transport,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        """Use the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its connections."""
        self._http.close()

    def pull(self, queue: str, *, n: int, lease_s: float | None, wait_s: float = 0.0) -> Lease:
        """Lease up to ``n`` cases, waiting for one where none is there; asked again when the answer was lost.

        Raises:
            TransportError: the centre cannot be reached.
            CentreError: it refused.
        """
        key = {"Idempotency-Key": str(uuid.uuid4())}
        body = {"n": n, "lease_s": lease_s, "wait_s": wait_s}
        return Lease.model_validate(self._ask("POST", f"/queues/{queue}/pull", body, key))

    def extend(self, lease_id: uuid.UUID, *, lease_s: float | None) -> Lease:
        """Let a lease end later; raises as ``pull``."""
        return Lease.model_validate(self._ask("POST", f"/leases/{lease_id}/extend", {"lease_s": lease_s}))

    def fetch_package(self, case_id: uuid.UUID, target: Path) -> str:
        """Download a case's package.

        Returns:
            Hex SHA-256 of what arrived.

        Raises:
            TransportError: the centre cannot be reached, or broke off.
            CentreError: it refused.
        """
        digest, size = hashlib.sha256(), 0
        try:
            with self._http.stream("GET", f"/cases/{case_id}/package") as answer, target.open("wb") as file:
                if answer.is_error:
                    answer.read()
                    raise _refusal(answer)
                for piece in answer.iter_bytes():
                    size += len(piece)
                    if size > MAX_PACKAGE_BYTES:
                        raise Invalid("the package is larger than any package can be")
                    digest.update(piece)
                    file.write(piece)
        except httpx.HTTPError as error:
            raise TransportError(f"the package did not arrive ({type(error).__name__})") from error
        return digest.hexdigest()

    def acknowledge(self, case_id: uuid.UUID, *, lease_id: uuid.UUID, package_sha256: str) -> Receipt:
        """Take a case over; raises as ``pull``."""
        body = {"lease_id": str(lease_id), "package_sha256": package_sha256}
        return Receipt.model_validate(self._ask("POST", f"/cases/{case_id}/acknowledge", body))

    def give_back(self, case_id: uuid.UUID, *, lease_id: uuid.UUID, reason_code: str, note: str) -> PoliceCaseState:
        """Return a case with a reason; raises as ``pull``."""
        body = {"lease_id": str(lease_id), "reason_code": reason_code, "note": note}
        return PoliceCaseState.model_validate(self._ask("POST", f"/cases/{case_id}/return", body))

    def processed(self, case_id: uuid.UUID, *, outcome: str, note: str) -> PoliceCaseState:
        """Tell what became of a case; raises as ``pull``."""
        body = {"outcome": outcome, "note": note}
        return PoliceCaseState.model_validate(self._ask("POST", f"/cases/{case_id}/processed", body))

    def progress(self, case_id: uuid.UUID, *, step: str, reason_code: str | None = None, note: str) -> PoliceCaseState:
        """Tell of a step with a received case; raises as ``pull``."""
        body = {"step": step, "reason_code": reason_code, "note": note}
        return PoliceCaseState.model_validate(self._ask("POST", f"/cases/{case_id}/progress", body))

    def notice(self, case_id: uuid.UUID) -> IssuedNotice:
        """Number and code for a case's notice, whose step it takes; again: another code; raises as ``pull``."""
        return IssuedNotice.model_validate(self._ask("POST", f"/cases/{case_id}/notice", {}))

    def take_many(self, steps: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
        """Take steps with many cases at once, 100 at most; each answer has ``receipt``, ``state`` or ``problem``.

        Args:
            steps: ``case_id``, ``step`` (acknowledge, return, process, or one of ``progress``) and what it needs.
        """
        return tuple(self._ask("POST", "/steps", {"steps": list(steps)})["items"])

    def held(self) -> Iterator[HeldCase]:
        """Every case that is with one's organisation, whichever key took it; raises as ``pull``."""
        cursor: str | None = ""
        while cursor is not None:
            page = HeldCases.model_validate(self._ask("GET", f"/cases?limit=200{cursor and f'&cursor={cursor}'}", None))
            yield from page.items
            cursor = page.next_cursor

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str] | None = None) -> Any:
        """Send a request that may be sent twice; try again while the centre is away."""
        pauses = Backoff(first_s=FIRST_WAIT_S, longest_s=LONGEST_WAIT_S)
        for left in reversed(range(TRIES)):
            try:
                answer = self._http.request(method, path, json=body, headers=headers)
                if not answer.is_error:
                    return answer.json()
                if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR or not left:
                    raise _refusal(answer)
            except httpx.HTTPError as error:
                if not left:
                    raise TransportError(f"the centre cannot be reached ({type(error).__name__})") from error
            time.sleep(pauses.next_s())
        raise TransportError("the centre cannot be reached")


def _refusal(answer: httpx.Response) -> CentreError | TransportError:
    try:
        document = answer.json()
        detail = str(document.get("detail") or document.get("title"))
        faults = "; ".join(f"{each['where']}: {each['problem']}" for each in document.get("faults", ()))
    except (ValueError, AttributeError, TypeError, KeyError):
        detail, faults = f"HTTP {answer.status_code}", ""
    text = f"{detail} ({faults})" if faults else detail
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return TransportError(f"the centre answers {answer.status_code}: {text}")
    return _ERRORS.get(answer.status_code, Invalid)(text)
