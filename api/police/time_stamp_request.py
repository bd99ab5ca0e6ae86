"""Asking a time stamp authority (RFC 3161 over HTTP) for its word on some bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from cryptography.x509 import Certificate
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from domain.errors import IntegrityError, TransportError
from plumbing.time_stamps import check_time_stamp

_TIMEOUT_S = 10.0
_MAX_ANSWER_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeStampAuthority:
    """One authority.

    Args:
        url: that takes requests.
        roots: certificates that its answers must lead to; none: an answer is only checked to be for what was asked.
    """

    url: str
    roots: Sequence[Certificate] = ()

    def stamp(self, content: bytes) -> bytes:
        """Its answer (DER), checked.

        Raises:
            TransportError: it cannot be reached, or its answer does not hold.
        """
        request = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).nonce().build()
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        try:
            with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False) as client:
                answer = client.post(self.url, content=request.as_bytes(), headers=headers)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise TransportError(f"the time stamp authority cannot be reached ({type(error).__name__})") from error
        if len(answer.content) > _MAX_ANSWER_BYTES:
            raise TransportError("the time stamp authority's answer is too long")
        try:
            check_time_stamp(answer.content, content, self.roots, nonce=request.nonce)
        except IntegrityError as error:
            raise TransportError(f"the time stamp authority's answer is refused: {error}") from error
        return answer.content
