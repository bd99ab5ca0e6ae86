"""Shifts of the operations centre: three a day in Hue, named by the day on which they begin."""

from datetime import datetime, timedelta

from domain.instants import HUE_TIME

SHIFT = timedelta(hours=8)
FIRST_BEGINS = timedelta(hours=6)


def shift_of(at: datetime) -> str:
    """The shift that an instant lies in, 06-14, 14-22 or 22-06.

    Examples:
        >>> from datetime import UTC
        >>> shift_of(datetime(2026, 1, 4, 23, 0, tzinfo=UTC)), shift_of(datetime(2026, 1, 5, 18, 0, tzinfo=UTC))
        ('2026-01-05/1', '2026-01-05/3')
    """
    since = at.astimezone(HUE_TIME) - FIRST_BEGINS
    return f"{since.date().isoformat()}/{since.hour // (SHIFT // timedelta(hours=1)) + 1}"
