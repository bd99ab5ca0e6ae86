"""Instants: timezone-aware UTC inside, milliseconds on paper, Asia/Ho_Chi_Minh on screens."""

import re
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, timezone
from typing import Annotated, Protocol

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

HUE_TIME = timezone(timedelta(hours=7), "+07")
"""Vietnam has kept UTC+7 without daylight saving since 1975 (tz database, Asia/Ho_Chi_Minh)."""

_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")


class Clock(Protocol):
    """Where the time comes from; handed in, so that replay and tests decide it."""

    def now(self) -> datetime:
        """Wall time, timezone-aware UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never go back, for durations on this machine."""
        ...


def as_utc(instant: datetime) -> datetime:
    """Turn any aware instant to UTC.

    Raises:
        ValueError: the instant has no time zone, or lies so far away that another zone cannot express it.

    Examples:
        >>> as_utc(datetime(2026, 1, 5, 14, 0, tzinfo=HUE_TIME)).isoformat()
        '2026-01-05T07:00:00+00:00'
    """
    if instant.tzinfo is None:
        msg = f"an instant needs a time zone, got {instant.isoformat()} without one"
        raise ValueError(msg)
    if not MINYEAR < instant.year < MAXYEAR:
        msg = f"an instant lies in the years {MINYEAR + 1} to {MAXYEAR - 1}, got {instant.isoformat()}"
        raise ValueError(msg)
    return instant.astimezone(UTC)


def to_text(instant: datetime) -> str:
    """RFC 3339 in UTC with milliseconds (truncated, so that text never lies in the future).

    Examples:
        >>> to_text(datetime(2026, 1, 5, 7, 0, 0, 40_999, tzinfo=UTC))
        '2026-01-05T07:00:00.040Z'
    """
    return as_utc(instant).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """Read RFC 3339 with a time zone; finer than microseconds is truncated.

    Raises:
        ValueError: not RFC 3339 with a zone.

    Examples:
        >>> from_text("2026-01-05T14:00:00.04+07:00")
        datetime.datetime(2026, 1, 5, 7, 0, 0, 40000, tzinfo=datetime.timezone.utc)
    """
    if not _RFC_3339.fullmatch(text):
        msg = f"expected an instant like 2026-01-05T07:00:00.040Z, got {text!r}"
        raise ValueError(msg)
    return as_utc(datetime.fromisoformat(text.upper()))


def truncate_to_ms(instant: datetime) -> datetime:
    """UTC, whole milliseconds: what a case and its id carry.

    Examples:
        >>> truncate_to_ms(datetime(2026, 1, 5, 7, 0, 0, 1999, tzinfo=UTC)).microsecond
        1000
    """
    utc = as_utc(instant)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def seconds_between(earlier: datetime, later: datetime) -> float:
    """Seconds from ``earlier`` to ``later``; negative when they are the other way round."""
    return (later - earlier).total_seconds()


def _parse(value: object) -> object:
    return from_text(value) if isinstance(value, str) else value


Instant = Annotated[
    datetime,
    BeforeValidator(_parse),
    AfterValidator(truncate_to_ms),
    PlainSerializer(to_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A pydantic field: aware, UTC, whole milliseconds, RFC 3339 on paper."""
