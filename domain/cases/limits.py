"""The law's terms: what runs from the act, from a notice, from the day on which a case came to the police."""

from datetime import datetime, timedelta

from domain.instants import HUE_TIME

NOTICE_DUE = timedelta(days=10)  # Circular 73/2024: from detection; the act's instant until the police say otherwise
OBJECTION_ANSWERED = timedelta(days=30)  # Law on Complaints 02/2011/QH13, art. 28: a first complaint
SILENT_AFTER_NOTICE = timedelta(days=20)  # Decree 168/2024, art. 47: no answer, then published


def limitation_ends(began_at: datetime) -> datetime:
    """A year after the act, on Hue's calendar (Law on Handling Administrative Violations, art. 6; Decree 168 art. 4).

    Examples:
        >>> from datetime import UTC
        >>> limitation_ends(datetime(2024, 2, 29, 5, tzinfo=UTC)).isoformat()
        '2025-02-28T12:00:00+07:00'
    """
    local = began_at.astimezone(HUE_TIME)
    try:
        return local.replace(year=local.year + 1)
    except ValueError:  # 29 February
        return local.replace(year=local.year + 1, day=28)


def limitation_passed(began_at: datetime, now: datetime) -> bool:
    """Whether nobody can be fined for an act any more, unless it was decided in time."""
    return now >= limitation_ends(began_at)
