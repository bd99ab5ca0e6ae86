"""Which cases another person looks at, and where a known negative is put in: drawn under a key."""

import hashlib
import hmac
from uuid import UUID

from domain.cases.looks import SecondLook
from domain.law.catalogue import CatalogueRow

HIGH_FINE_VND = 10_000_000
HIGH_POINTS = 4
ALWAYS = frozenset({"RED_LIGHT", "WRONG_WAY", "DRIVE_PAVEMENT", "PHONE", "PLATE_OBSCURED", "NO_PLATE"})
"""Offences that two people look at whatever the vehicle: a motorcycle pays less for some of them than a car."""


def is_high(row: CatalogueRow | None) -> bool:
    """Whether a case of this row of the catalogue always gets a second look; one of no known row does too.

    Examples:
        >>> is_high(None)
        True
    """
    if row is None:
        return True
    if row.code in ALWAYS:
        return True
    return (row.fine_max_vnd or 0) >= HIGH_FINE_VND or (row.licence_points or 0) >= HIGH_POINTS


def drawn(case_id: UUID, *, purpose: str, key: bytes, share: float) -> bool:
    """Whether a case is in a sample: HMAC-SHA256 of purpose and case under a key, as a share of its range.

    Nobody without the key can tell beforehand; who has it can later show that nobody chose.

    Examples:
        >>> drawn(UUID(int=1), purpose="second", key=b"k", share=0.0)
        False
        >>> drawn(UUID(int=1), purpose="second", key=b"k", share=1.0)
        True
    """
    digest = hmac.new(key, f"{purpose}/{case_id}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def second_look(
    case_id: UUID, *, confirmed: bool, row: CatalogueRow | None, key: bytes, share: float, plate_by_hand: bool = False
) -> SecondLook | None:
    """Why another person must look after the first answer, None where nobody must.

    Args:
        case_id: of the case.
        confirmed: the first answer; a rejection is only sampled, so that the state does not tell it.
        row: of the catalogue, in force on the date of the act.
        key: of the draw.
        share: of the cases that are drawn.
        plate_by_hand: the person read a plate that the networks did not: one person's word would name the owner.
    """
    if confirmed and is_high(row):
        return SecondLook.HIGH
    if confirmed and plate_by_hand:
        return SecondLook.PLATE
    return SecondLook.SAMPLE if drawn(case_id, purpose="second", key=key, share=share) else None
