"""The written rules of the review queue: what is dropped when it is full, and which camera's cases wait behind a flag.

The name of a rule stands with every case that it dropped; change the rule, change its name.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

DROP_RULE = "queue-full-1"
"""When more cases wait than the limit, those that nobody looked at for 48 hours are dropped, until no more wait than
the limit: the lowest fines first, among equal ones the oldest act. A case that always gets a second look (a high fine,
many points) is never dropped, nor one that somebody holds open, nor one that a person sent back to the queue."""
UNREVIEWED = timedelta(hours=48)

ALARM_RATIO = 10.0
ALARM_AT_LEAST = 20
"""In an hour: fewer are no flood, whatever is usual."""
ALARM_WINDOW = timedelta(hours=1)
USUAL_WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A case that waits for its first look, as the rule sees it."""

    case_id: str
    began_at: datetime
    waits_since: datetime
    fine_max_vnd: int
    high: bool


def to_drop(waiting: list[Waiting], *, queued: int, limit: int, now: datetime) -> list[Waiting]:
    """Which cases the rule drops now, the first first.

    Args:
        waiting: cases that nobody holds open and nobody sent back.
        queued: how many wait in all.
        limit: how many may.
        now: of this judgement.

    Examples:
        >>> from datetime import UTC
        >>> now = datetime(2026, 1, 5, tzinfo=UTC)
        >>> old = Waiting(case_id="a", began_at=now, waits_since=now - UNREVIEWED, fine_max_vnd=400_000, high=False)
        >>> [each.case_id for each in to_drop([old], queued=11, limit=10, now=now)]
        ['a']
        >>> to_drop([old], queued=10, limit=10, now=now)
        []
    """
    may = [each for each in waiting if not each.high and now - each.waits_since >= UNREVIEWED]
    may.sort(key=lambda each: (each.fine_max_vnd, each.began_at, each.case_id))
    return may[: max(0, queued - limit)]


def is_flood(last_hour: int, usual_an_hour: float) -> bool:
    """Whether a camera sends ten times what it usually does, or so many as nobody knows of it.

    Examples:
        >>> is_flood(19, 0.0), is_flood(20, 2.0), is_flood(20, 2.1)
        (False, True, False)
    """
    return last_hour >= ALARM_AT_LEAST and last_hour >= ALARM_RATIO * usual_an_hour
