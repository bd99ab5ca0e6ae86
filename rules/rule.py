"""What every rule has: parameters, problems at a camera, and counts of what it refused."""

from collections import Counter
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict


class RuleParameters(BaseModel):
    """Base of a rule's own parameters: frozen, strict, nothing unknown; names carry units."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleProblem:
    """Why a rule cannot run with a camera's configuration."""

    parameter: str  # name of the parameter that is meant, "" for the rule as a whole
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Tell it in one line."""
        return f"{self.parameter + ': ' if self.parameter else ''}{self.problem} | {self.remedy}"


@dataclass(slots=True, kw_only=True)
class Refusals:
    """Counts what a rule refused, by reason; only grows."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, reason: str) -> None:
        """Count one refusal."""
        self.counts[reason] += 1
