"""The centre's HTTP door for evidence: resumable upload by offset, foreign errors translated."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx

from domain.errors import ConfigurationError, Conflict, IntegrityError, Invalid, NotAllowed, NotFound, TransportError
from edge.outbox.values import OutboxFile

CHUNK_BYTES = 4 * 1024 * 1024
_HASH_MISMATCH = "/hash-mismatch"
_OFFSET = "Upload-Offset"
_LATER = {httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """Where the centre is and how the box shows who it is."""

    url: str  # without /api/v1
    api_key: str = field(repr=False)
    ca_file: Path | None = None
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How much of a file the centre holds."""

    offset: int
    complete: bool


class CentreDoor:
    """Speaks the upload protocol; one connection pool, used by one thread.

    Args:
        centre: where to.
        transport: another way to send requests, for tests.
    """

    def __init__(self, centre: Centre, *, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(
            base_url=f"{centre.url.rstrip('/')}/api/v1/edge/cases/",
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

    def progress(self, file: OutboxFile) -> Progress:
        """How far the centre is with a file.

        Raises:
            NotFound: it does not know the case, or not the file.
            NotAllowed: it does not let this box in.
            Invalid: it refuses this very request.
            TransportError: it cannot be reached or cannot answer now.
        """
        response = self._request("HEAD", file)
        if response.status_code != httpx.codes.OK:
            raise _refusal(response)
        return _progress(response)

    def send(self, file: OutboxFile, offset: int, chunk: bytes) -> Progress:
        """Append a piece at an offset.

        Raises:
            Conflict: the offset is not the centre's; ask for its progress.
            IntegrityError: the finished file does not fit the manifest; the centre has forgotten it.
            NotFound: it does not know the case, or not the file.
            NotAllowed: it does not let this box in.
            Invalid: it refuses this very request.
            TransportError: it cannot be reached or cannot answer now.
        """
        headers = {_OFFSET: str(offset), "Content-Type": "application/partial-upload"}
        response = self._request("PATCH", file, headers=headers, content=chunk)
        if response.status_code == httpx.codes.NO_CONTENT:
            return _progress(response)
        raise _refusal(response)

    def _request(
        self, method: str, file: OutboxFile, *, headers: dict[str, str] | None = None, content: bytes | None = None
    ) -> httpx.Response:
        path = f"{file.case_id}/files/{quote(file.name, safe='')}"
        try:
            return self._client.request(method, path, headers=headers, content=content)
        except httpx.HTTPError as e:
            raise TransportError(f"the centre cannot be reached ({type(e).__name__}: {e})") from e


def _trust(ca_file: Path | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as e:
        raise ConfigurationError(f"the centre's certificate authority {ca_file} cannot be used ({e})") from e


def _progress(response: httpx.Response) -> Progress:
    try:
        offset = int(response.headers[_OFFSET])
    except (KeyError, ValueError) as e:
        raise TransportError(f"the centre's answer {response.status_code} has no {_OFFSET}") from e
    if offset < 0:
        raise TransportError(f"the centre's answer {response.status_code} has the {_OFFSET} {offset}")
    return Progress(offset=offset, complete=response.headers.get("Upload-Complete") == "?1")


def _refusal(response: httpx.Response) -> Exception:
    status = response.status_code
    if status == httpx.codes.NOT_FOUND:
        return NotFound("the centre does not know the case or the file")
    if status == httpx.codes.CONFLICT:
        return Conflict("the centre has another offset")
    if status == httpx.codes.UNPROCESSABLE_ENTITY and _problem_type(response).endswith(_HASH_MISMATCH):
        return IntegrityError("the file does not fit the manifest at the centre")
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return NotAllowed(f"the centre does not let this box in (HTTP {status})")
    if status in _LATER or status >= httpx.codes.INTERNAL_SERVER_ERROR or not response.is_client_error:
        return TransportError(f"the centre answers HTTP {status}")
    return Invalid(f"the centre refuses {response.request.method} with HTTP {status}")


def _problem_type(response: httpx.Response) -> str:
    try:
        return str(response.json().get("type", ""))
    except (ValueError, AttributeError):
        return ""
