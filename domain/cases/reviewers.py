"""What is known of how a reviewer judges: against known negatives, a second reviewer, and a supervisor."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from domain.cases.precision import wilson
from domain.cases.states import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerFigures:
    """How often; no person's worth follows from a small number, so the interval is told with it.

    Examples:
        >>> figures = ReviewerFigures(seeds_caught=9, seeds_missed=1)
        >>> [round(each, 2) for each in figures.caught_interval95]
        [0.6, 0.98]
    """

    seeds_caught: int = 0
    seeds_missed: int = 0
    agreed: int = 0  # with another reviewer, neither knowing of the other
    differed: int = 0
    upheld: int = 0  # by the supervisor who decided between the two
    overruled: int = 0

    @property
    def caught_interval95(self) -> tuple[float, float]:
        """Wilson's interval at 95 % of known negatives that were not confirmed."""
        return wilson(self.seeds_caught, self.seeds_caught + self.seeds_missed)


PERSONS_UNKNOWN: Final = "persons_unknown"
"""Stands in the event of a confirmation by who may be who looked before: nobody has stated whose the accounts are."""
FIGURES = frozenset(field.name for field in fields(ReviewerFigures))


def said_of_reviewers(step: Action, row: Any, actor: str, body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What an answer says of those who gave this and the earlier ones: (who, which figure).

    Args:
        step: that the answer was.
        row: of the case before it (first and second answer, and who gave them).
        actor: who answered.
        body: of the answer's event.
    """
    if step == Action.SEED_CAUGHT:
        yield actor, "seeds_caught"
    elif step == Action.SEED_MISSED:
        yield actor, "seeds_missed"
    elif step in {Action.SECOND_CONFIRM, Action.SECOND_REJECT}:
        yield actor, "agreed"
        yield row.first_by, "agreed"
    elif step == Action.DIFFER and not body.get(PERSONS_UNKNOWN):
        yield actor, "differed"
        yield row.first_by, "differed"
    elif step in {Action.ADJUDICATE_CONFIRM, Action.ADJUDICATE_REJECT}:
        answer = "confirm" if step == Action.ADJUDICATE_CONFIRM else "reject"
        yield row.first_by, "upheld" if row.first_answer == answer else "overruled"
        yield row.second_by, "upheld" if row.second_answer == answer else "overruled"
