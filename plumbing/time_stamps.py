"""RFC 3161 time stamps: what an authority says that it saw, and when."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography.x509 import Certificate, load_pem_x509_certificates

from domain.errors import ConfigurationError, IntegrityError


def read_authorities(path: Path) -> tuple[Certificate, ...]:
    """Root certificates of time stamp authorities, PEM.

    Raises:
        ConfigurationError: it cannot be read or holds none.
    """
    try:
        return tuple(load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} holds no PEM certificate that can be read") from error


def check_time_stamp(
    response_der: bytes, content: bytes, authorities: Sequence[Certificate], *, nonce: int | None = None
) -> datetime:
    """When an authority saw some content.

    Args:
        response_der: its TimeStampResp (RFC 3161, 2.4.2).
        content: that was stamped.
        authorities: root certificates that are trusted; none: only that the stamp is for this content is checked.
        nonce: of the request, if this is the answer to one.

    Raises:
        IntegrityError: it cannot be read, is for something else, or no trusted authority signed it.
    """
    from rfc3161_client import (  # noqa: PLC0415 - who checks no time stamp needs no such library
        PKIStatus,
        VerificationError,
        VerifierBuilder,
        decode_timestamp_response,
    )

    try:
        response = decode_timestamp_response(response_der)
        if PKIStatus(response.status) != PKIStatus.GRANTED:
            raise IntegrityError("the authority did not grant the time stamp")
        stamped = response.tst_info
        if authorities:
            VerifierBuilder(roots=list(authorities), nonce=nonce).build().verify_message(response, content)
        elif stamped.message_imprint.message != hashlib.sha256(content).digest():
            raise IntegrityError("the time stamp is for something else")
        if nonce is not None and stamped.nonce != nonce:
            raise IntegrityError("the time stamp answers another request")
    except (ValueError, VerificationError) as error:
        raise IntegrityError(f"the time stamp does not hold: {error}") from error
    return stamped.gen_time
