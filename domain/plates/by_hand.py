"""A plate as a person enters it: checked against the grammar, in the one form that everything compares."""

from datetime import date

from domain.errors import Invalid
from domain.plates.grammar import plate_grammar

VEHICLES_WITH_PLATES = frozenset({"car", "motorbike"})
"""Kinds of vehicle of the catalogue whose offence is fined by its plate."""
_SEPARATORS = " .-\u2013/"


def carries(vehicle: str, text: str, *, kind: str | None, on: date) -> bool:
    """Whether such a vehicle carries a plate that was read: what has three wheels is seen as a lorry.

    Args:
        vehicle: the catalogue's word.
        text: of the plate.
        kind: of plate, as it was read; None: any that the text may be.
        on: the day of the act.

    Examples:
        >>> carries("car", "75F112345", kind="motorbike", on=date(2026, 1, 5))
        False
        >>> carries("car", "75A12345", kind=None, on=date(2026, 1, 5))
        True
    """
    told = plate_grammar().kind(kind) if kind else None
    if told is not None:
        return told.vehicle == vehicle
    return bool(plate_grammar().readings(text, vehicle=vehicle, layout=None, on=on))


def entered_plate(typed: str, *, vehicle: str, on: date) -> str:
    """What was typed as capital letters and digits, if it is a lawful plate of such a vehicle.

    Args:
        typed: with or without separators.
        vehicle: the catalogue's word.
        on: the day of the act.

    Raises:
        Invalid: it is none, or such a vehicle carries none.

    Examples:
        >>> entered_plate("75-f1 123.45", vehicle="motorbike", on=date(2026, 1, 5))
        '75F112345'
    """
    text = "".join(sign for sign in typed.upper() if sign not in _SEPARATORS)
    if vehicle not in VEHICLES_WITH_PLATES:
        raise Invalid(f"a vehicle of the kind {vehicle} carries no plate")
    if not text.isascii() and "Đ" not in text:
        raise Invalid("a plate holds capital letters and digits")
    if not plate_grammar().readings(text, vehicle=vehicle, layout=None, on=on):
        raise Invalid("no Vietnamese plate of such a vehicle is written so: expected e.g. 75-F1 123.45 or 75A-123.45")
    return text
