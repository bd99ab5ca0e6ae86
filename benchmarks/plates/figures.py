"""What came of reading visits, counted: reads, how they were weighed, right and wrong, and how sure the shares are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from detectors.plates.agreement import AgreementRules, TrackRead, agree
from domain.cases.precision import wilson

CONFIDENCES = (0.6, 0.75, 0.9)
LENGTH_CHANCES = (0.75, 0.85, 0.9)
MARGINS = (4.0, 8.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitReads:
    """All reads of one simulated visit that were weighed, and the truth."""

    reads: tuple[TrackRead, ...]
    text: str
    vehicle: str
    width_px: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How visits ended."""

    visits: int
    right: int
    wrong: int

    def row(self, name: str) -> str:
        """A line of a Markdown table."""
        if self.visits == 0:
            return f"| {name} | 0 | - | - | - |"
        low, high = wilson(self.wrong, self.visits)
        return (
            f"| {name} | {self.visits} | {100 * self.right / self.visits:.1f} % | {self.wrong} | "
            f"{100 * self.wrong / self.visits:.2f} % ({100 * low:.2f} to {100 * high:.2f}) |"
        )


HEAD = "| | visits | read right | wrong | share wrong (95 % interval) |\n|---|---|---|---|---|"


def agreed_text(visit: VisitReads, rules: AgreementRules | None = None) -> str | None:
    """What the product says."""
    return agree(visit.reads, rules).text


def best_single_read(visit: VisitReads) -> str | None:
    """Baseline: the lawful read whose weakest character is the surest."""
    lawful = [read for read in visit.reads if read.lawful is not None]
    return max(lawful, key=lambda read: min(read.text.confidences)).lawful if lawful else None


def majority_vote(visit: VisitReads) -> str | None:
    """Baseline: the lawful text that most pictures show."""
    votes = Counter(read.lawful for read in visit.reads if read.lawful is not None)
    return votes.most_common(1)[0][0] if votes else None


def counted(visits: Sequence[VisitReads], texts: Sequence[str | None]) -> Count:
    """Compare what was said with the truth; None is neither right nor wrong."""
    told = [(visit.text, text) for visit, text in zip(visits, texts, strict=True) if text is not None]
    right = sum(truth == text for truth, text in told)
    return Count(visits=len(visits), right=right, wrong=len(told) - right)


def chosen_rules(visits: Sequence[VisitReads], most_wrong: float) -> AgreementRules:
    """The rules that read most with no more than a share of wrong visits; of equals the strictest."""
    found: list[tuple[int, AgreementRules]] = []
    for confidence, margin, length_chance in product(CONFIDENCES, MARGINS, LENGTH_CHANCES):
        rules = AgreementRules(least_confidence=confidence, least_margin=margin, least_length_chance=length_chance)
        count = counted(visits, [agreed_text(visit, rules) for visit in visits])
        if count.wrong <= most_wrong * count.visits:
            found.append((count.right, rules))
    strictest = max(
        found,
        key=lambda one: (one[0], one[1].least_confidence, one[1].least_margin, one[1].least_length_chance),
    )
    return strictest[1]
