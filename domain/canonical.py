"""One byte form of a document, so that hashes and signatures mean something: RFC 8785 (JSON Canonicalization Scheme).

Documents of ``schema_version`` "1.0" were hashed and signed in an earlier form and keep it for ever: the same JSON, but
numbers as Python writes them (``60.0``, not ``60``) and keys in order of code points instead of UTF-16 units.
"""

import hashlib
import json
from typing import Any, Final

import rfc8785
from pydantic import BaseModel

FIRST_FORM: Final = "1.0"
"""The ``schema_version`` whose documents are of the earlier form."""


def canonical_bytes(document: BaseModel | dict[str, Any]) -> bytes:
    """The document's canonical JSON in UTF-8.

    Args:
        document: of the earlier form if its ``schema_version``, or that of the ``case`` in it, is ``FIRST_FORM``.

    Raises:
        ValueError: it has none: a number that is not finite or an integer beyond 2**53, text that is no Unicode.

    Examples:
        >>> canonical_bytes({"b": 60.0, "a": "Huế"}).decode()
        '{"a":"Huế","b":60}'
        >>> canonical_bytes({"schema_version": "1.0", "b": 60.0}).decode()
        '{"b":60.0,"schema_version":"1.0"}'
    """
    plain = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
    if _is_of_first_form(plain):
        return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return rfc8785.dumps(plain)


def sha256_of(document: BaseModel | dict[str, Any]) -> str:
    """Hex SHA-256 of the canonical bytes."""
    return hashlib.sha256(canonical_bytes(document)).hexdigest()


def _is_of_first_form(plain: dict[str, Any]) -> bool:
    case = plain.get("case")
    return (case if isinstance(case, dict) else plain).get("schema_version") == FIRST_FORM
