"""Offences that pictures show by themselves, without a measured time, distance or lamp: a person names the moments.

Only of these can a case be made of a citizen's report, whose clock and place nobody verified; what is measured
against a threshold, a calibrated distance or a lamp needs a camera of which that is known.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from domain.instants import seconds_between

_LOOKS: Final = ("first_look", "middle_look", "last_look")
_TURN: Final = ("entered_by_gate", "turning", "left_by_gate")
_MOMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "NO_HELMET": _LOOKS,
    "OVERLOAD": _LOOKS,
    "PHONE": _LOOKS,
    "UTURN": _TURN,
    "BANNED_TURN": _TURN,
}
CLOCK_WITHIN: Final = timedelta(minutes=5)
"""So far may the time that a person reads lie from the one in a citizen's file; it is never said to be nearer."""
CAME_WITHIN: Final = timedelta(days=3)
"""Between the time of a file and its arrival: later, too little is left of the ten days of the notice."""


def moments_of(code: str) -> tuple[str, ...]:
    """The decisive moments that a person names of an offence; none: pictures alone do not show it.

    Examples:
        >>> moments_of("UTURN_SIGN")
        ('entered_by_gate', 'turning', 'left_by_gate')
        >>> moments_of("RED_LIGHT")
        ()
    """
    return next((names for begins, names in _MOMENTS.items() if code.startswith(begins)), ())


def measured(code: str, pictures: int) -> dict[str, float | int | str | bool | None]:
    """What follows from naming so many different pictures.

    Examples:
        >>> measured("PHONE", 3), measured("UTURN", 3)
        ({'looks': 3}, {})
    """
    return {"looks": pictures} if moments_of(code) == _LOOKS else {}


def clock_error_ms(acted_at: datetime, *, file_says: datetime | None, received_at: datetime) -> float | None:
    """How far a citizen's clock may be off; None: nothing is known of it, and no case can be confirmed.

    Args:
        acted_at: as a person reads it.
        file_says: when the file was taken.
        received_at: when it came: nothing was taken later.

    Examples:
        >>> from datetime import UTC
        >>> noon = datetime(2026, 1, 5, 5, tzinfo=UTC)
        >>> clock_error_ms(noon, file_says=noon, received_at=noon + timedelta(hours=1))
        300000.0
        >>> clock_error_ms(noon, file_says=None, received_at=noon) is None
        True
    """
    if file_says is None or not file_says - CLOCK_WITHIN <= acted_at <= file_says + CLOCK_WITHIN:
        return None
    if acted_at > received_at or seconds_between(acted_at, received_at) > CAME_WITHIN.total_seconds():
        return None
    return CLOCK_WITHIN.total_seconds() * 1000
