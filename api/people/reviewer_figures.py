"""What is counted of reviewers, by shift: how many they answered, and how that fared."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, func, select

from api.persistence.store import Store
from api.persistence.tables import reviewer_counts
from api.principals import Permission, Principal
from domain.cases.reviewers import FIGURES, ReviewerFigures
from domain.cases.shifts import shift_of

ANSWERS = "answers"
HELD_S = "held_s"  # seconds that cases were open before their holder decided them
TIMED = "timed"  # how many such decisions


class ReviewerCounts:
    """Reads them.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def figures(self, actor: Principal) -> dict[str, ReviewerFigures]:
        """Everybody's figures over all shifts, by actor.

        Raises:
            NotAllowed: the role may not see them.
        """
        actor.require(Permission.REVIEWERS_READ)
        total = func.sum(reviewer_counts.c.number).label("number")
        by_figure = select(reviewer_counts.c.actor, reviewer_counts.c.what, total).group_by(
            reviewer_counts.c.actor, reviewer_counts.c.what
        )
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        with self._store.read() as connection:
            for row in connection.execute(by_figure.order_by(reviewer_counts.c.actor)):
                if row.what in FIGURES:
                    found[row.actor][row.what] = int(row.number)
        return {who: ReviewerFigures(**numbers) for who, numbers in found.items()}


def answers_since(connection: Connection, since: datetime) -> int:
    """How many answers were given in the shifts after the one that ran at an instant."""
    total = func.coalesce(func.sum(reviewer_counts.c.number), 0)
    asked = select(total).where(reviewer_counts.c.what == ANSWERS, reviewer_counts.c.shift > shift_of(since))
    return int(connection.execute(asked).scalar_one())


def answers_in_shift(connection: Connection, actor: str, shift: str) -> int:
    """How many cases a person answered in a shift."""
    counts = reviewer_counts.c
    asked = select(counts.number).where(counts.actor == actor, counts.shift == shift, counts.what == ANSWERS)
    return connection.execute(asked).scalar_one_or_none() or 0
