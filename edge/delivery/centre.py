"""The line to the centre, and its door for cases: offer a case, send what is missing; foreign errors translated."""

import ssl
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from domain.cases.evidence import CaseAnswer
from domain.cases.pieces import Piece, join_pieces
from domain.errors import ConfigurationError, Conflict, Invalid, NotAllowed, NotFound, TransportError
from edge.outbox.values import OutboxFile

CHUNK_BYTES = 4 * 1024 * 1024
_OFFSET = "Upload-Offset"
_PIECES = "Upload-Pieces"
_LATER = {httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY}
_BUSY = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}
_LONGEST_RETRY_AFTER_S = 3600.0
_DIGITS = 12


class CentreUnreachable(TransportError):
    """No answer can be had, whatever is sent."""


class CentreBusy(TransportError):
    """The centre answers that the same may come later.

    Args:
        text: what it says.
        retry_after_s: how much later, 0 when it does not say.
    """

    def __init__(self, text: str, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """Where the centre is and how the box shows who it is."""

    url: str  # without /api/v1
    api_key: str = field(repr=False)
    ca_file: Path | None = None
    timeout_s: float = 30.0


class CentreLine:
    """HTTP to the centre with the box's key; one connection pool, used by one thread.

    Args:
        centre: where to.
        transport: another way to send requests, for tests.
    """

    def __init__(self, centre: Centre, *, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(
            base_url=f"{centre.url.rstrip('/')}/api/v1/",
            headers={"Authorization": f"Bearer {centre.api_key}", "User-Agent": "matthan-edge"},
            timeout=httpx.Timeout(centre.timeout_s, connect=min(centre.timeout_s, 10.0)),
            verify=_trust(centre.ca_file),
            transport=transport,
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        content: bytes,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
        params: dict[str, list[str]] | None = None,
    ) -> httpx.Response:
        """Send one request and have its answer, whatever it says.

        Args:
            method: of HTTP.
            path: below ``/api/v1/``.
            content: the body.
            content_type: of the body.
            headers: more of them.
            params: of the query.

        Raises:
            CentreUnreachable: it cannot be reached.
            TransportError: the line broke.
        """
        try:
            return self._client.request(
                method,
                path,
                params=params,
                headers={"Content-Type": content_type} | (headers or {}),
                content=content,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as e:
            raise CentreUnreachable(f"the centre cannot be reached ({type(e).__name__}: {e})") from e
        except httpx.HTTPError as e:
            raise TransportError(f"the line to the centre broke ({type(e).__name__}: {e})") from e


class CentreDoor:
    """Speaks the protocol of docs/case-door.md; used by one thread.

    Each request raises:
        NotFound: the centre does not know what is asked for.
        NotAllowed: it does not let this box in.
        Invalid: it refuses this very request.
        CentreUnreachable: it cannot be reached.
        CentreBusy: it asks for patience.
        TransportError: the line broke, or the answer is no answer.

    Args:
        centre: where to.
        transport: another way to send requests, for tests.
    """

    def __init__(self, centre: Centre, *, transport: httpx.BaseTransport | None = None) -> None:
        self._line = CentreLine(centre, transport=transport)
        self.pieces_bytes = 0  # that the centre takes of several files at once, as it said last; 0: it does not

    def close(self) -> None:
        """Let go of connections."""
        self._line.close()

    def offer(self, case_id: uuid.UUID, message: bytes, lost: Collection[str]) -> CaseAnswer:
        """Offer a case.

        Args:
            case_id: of the case.
            message: its message, as it is signed.
            lost: files that are damaged here and will never come.

        Returns:
            What is missing, or the word that the case is on record.
        """
        response = self._line.request("PUT", f"edge/cases/{case_id}", params={"lost": sorted(lost)}, content=message)
        if response.status_code not in {httpx.codes.OK, httpx.codes.ACCEPTED}:
            raise refusal_of(response)
        try:
            answer = CaseAnswer.model_validate_json(response.content)
        except ValidationError as e:
            raise TransportError(f"the centre's answer {response.status_code} cannot be read") from e
        if not answer.on_record and not answer.missing:
            raise TransportError(f"the centre's answer {response.status_code} says nothing")
        self.pieces_bytes = _whole_number(response.headers.get(_PIECES, ""))
        return answer

    def send(self, file: OutboxFile, offset: int, chunk: bytes) -> int:
        """Append a piece at an offset.

        Returns:
            Where the file goes on.

        Raises:
            Conflict: the offset is not the centre's; offer the case again.
        """
        path = f"edge/cases/{file.case_id}/files/{quote(file.name, safe='')}"
        response = self._line.request(
            "PATCH", path, headers={_OFFSET: str(offset)}, content=chunk, content_type="application/partial-upload"
        )
        if response.status_code != httpx.codes.NO_CONTENT:
            raise refusal_of(response)
        try:
            now = int(response.headers[_OFFSET])
        except (KeyError, ValueError) as e:
            raise TransportError(f"the centre's answer {response.status_code} has no {_OFFSET}") from e
        if not offset < now <= offset + len(chunk):
            raise TransportError(f"the centre's answer {response.status_code} has the {_OFFSET} {now}")
        return now

    def send_pieces(self, case_id: uuid.UUID, pieces: Sequence[Piece]) -> None:
        """Append pieces of several files, at most ``pieces_bytes`` of them, in one request.

        Raises:
            Conflict: an offset is not the centre's; offer the case again.
        """
        content = join_pieces(pieces)
        path, content_type = f"edge/cases/{case_id}/files", "application/matthan-pieces"
        response = self._line.request("PATCH", path, content=content, content_type=content_type)
        if response.status_code != httpx.codes.NO_CONTENT:
            raise refusal_of(response)


def _trust(ca_file: Path | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as e:
        raise ConfigurationError(f"the centre's certificate authority {ca_file} cannot be used ({e})") from e


def refusal_of(response: httpx.Response) -> Exception:
    """What an answer that is no success means to the box."""
    status = response.status_code
    if status == httpx.codes.NOT_FOUND:
        return NotFound("the centre does not know what is asked for")
    if status == httpx.codes.CONFLICT:
        return Conflict(f"the centre is elsewhere: {_detail(response)}")
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return NotAllowed(f"the centre does not let this box in (HTTP {status})")
    if status in _BUSY:
        return CentreBusy(f"the centre answers HTTP {status}", _retry_after_s(response))
    if status in _LATER or status >= httpx.codes.INTERNAL_SERVER_ERROR or not response.is_client_error:
        return TransportError(f"the centre answers HTTP {status}")
    return Invalid(f"the centre refuses {response.request.method} with HTTP {status}: {_detail(response)}")


def _retry_after_s(response: httpx.Response) -> float:
    return min(float(_whole_number(response.headers.get("Retry-After", ""))), _LONGEST_RETRY_AFTER_S)


def _whole_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json().get("detail", ""))[:200]
    except (ValueError, AttributeError):
        return ""
