"""Sightings on their way to the centre: that a vehicle passed a camera, and no plate.

A plate is told as a keyed hash. Its key holds for one month, so that nothing follows a vehicle from one month into the
next, and whoever has the rows without the key has nothing (docs/sightings-door.md).
"""

import hashlib
import hmac
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.camera import Identifier
from domain.instants import Instant, to_text

MOST_SIGHTINGS: Final = 1000  # in one request
KEY_BYTES: Final = 32
_HASH_LETTERS: Final = 16
_CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZĐ"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sighting(_Strict):
    """A vehicle whose plate was read passed a camera."""

    camera_id: Identifier
    seen_at: Instant
    plate_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]  # with the key of the month of seen_at


class Sightings(_Strict):
    """What a box sends at once; sending twice changes nothing."""

    schema_version: Literal["1.0"] = "1.0"
    sightings: Annotated[tuple[Sighting, ...], Field(min_length=1, max_length=MOST_SIGHTINGS)]


class SightingAnswer(_Strict):
    """What the centre made of them; whatever it says, it has got them."""

    kept: int
    known: int  # it had them already
    out_of_range: int  # too long ago, or to come: the box's clock was wrong


class MonthKey(_Strict):
    """What the plates of one month are hashed with. A box keeps it in memory only."""

    month: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
    key_hex: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class MonthKeys(_Strict):
    """The key of this month and of the next."""

    basis: str  # number and date of the decision that allows sightings
    keys: tuple[MonthKey, ...]


def month_of(at: datetime) -> str:
    """The month, UTC, whose key holds at an instant.

    Examples:
        >>> from domain.instants import from_text
        >>> month_of(from_text("2026-01-31T23:59:59.999Z"))
        '2026-01'
    """
    return to_text(at)[:7]


def plate_hash(plate: str, key: bytes) -> str:
    """What stands for a plate in one month: 64 bits of HMAC-SHA-256 (RFC 2104), as hexadecimal digits.

    Examples:
        >>> plate_hash("75F112345", bytes(32)) == plate_hash("75F112345", bytes(32))
        True
        >>> plate_hash("75F112345", bytes(32)) == plate_hash("75F112345", bytes([1] * 32))
        False
    """
    return hmac.new(key, plate.encode(), hashlib.sha256).hexdigest()[:_HASH_LETTERS]


def near_plates(plate: str) -> tuple[str, ...]:
    """A plate, and every text with one character of it another: hashes know no likeness, so each is asked for.

    Examples:
        >>> len(near_plates("75F112345")), near_plates("75F112345")[0]
        (325, '75F112345')
    """
    others = (
        plate[:place] + character + plate[place + 1 :]
        for place, here in enumerate(plate)
        for character in _CHARACTERS
        if character != here
    )
    return (plate, *others)
