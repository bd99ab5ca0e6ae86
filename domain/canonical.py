"""One byte form of a document, so that hashes and signatures mean something."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel


def canonical_bytes(document: BaseModel | dict[str, Any]) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces.

    Examples:
        >>> canonical_bytes({"b": 1, "a": "Huế"}).decode()
        '{"a":"Huế","b":1}'
    """
    plain = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def sha256_of(document: BaseModel | dict[str, Any]) -> str:
    """Hex SHA-256 of the canonical bytes."""
    return hashlib.sha256(canonical_bytes(document)).hexdigest()
