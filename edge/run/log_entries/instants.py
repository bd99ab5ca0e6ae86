"""Instants as a detection log writes them: exact to the microsecond."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from domain.instants import as_utc, from_text, to_text


def _instant(value: object) -> object:
    return from_text(value) if isinstance(value, str) else value


InstantField = Annotated[datetime, BeforeValidator(_instant), AfterValidator(as_utc)]


def exact_text(at: datetime) -> str:
    """Milliseconds, or microseconds where they are there.

    Examples:
        >>> exact_text(datetime(2026, 1, 5, 7, tzinfo=UTC)), exact_text(datetime(2026, 1, 5, 7, 0, 0, 117, tzinfo=UTC))
        ('2026-01-05T07:00:00.000Z', '2026-01-05T07:00:00.000117Z')
    """
    if at.microsecond % 1000 == 0:
        return to_text(at)
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
