"""What every rule is: parameters, decisive moments, a version, and a pure step from scene to findings."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

from domain.camera import CameraConfig
from domain.event import Finding
from domain.seen.scene import Scene


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


class Rule(Protocol):
    """One rule at one camera; holds bounded state of its own and nothing else.

    A rule is built once per use in the camera's configuration. It sees every scene in order of time, with the word
    whether the rule holds at that instant (calendar and hours), and yields events, holds and releases.
    """

    CODE: ClassVar[str]  # violation code, e.g. "RED_LIGHT"
    OFFENCES: ClassVar[Mapping[str, str]]  # the catalogue's code by kind of vehicle
    VERSION: ClassVar[str]  # raised with every change of behaviour; cases name it
    MOMENTS: ClassVar[tuple[str, ...]]  # decisive moments; the engine refuses an event that lacks one
    PARAMETERS: ClassVar[type[RuleParameters]]
    INTERLOCKS: ClassVar[frozenset[str]]  # names of what stops it

    def __init__(self, *, camera: CameraConfig, parameters: RuleParameters, refusals: Refusals) -> None:
        """Build the rule for a camera; the parameters are of the rule's own class and have been checked."""
        ...

    @classmethod
    def problems(cls, camera: CameraConfig, parameters: RuleParameters) -> tuple[RuleProblem, ...]:
        """What is missing or wrong at this camera for these parameters; empty: nothing."""
        ...

    def step(self, scene: Scene, *, active: bool) -> tuple[Finding, ...]:
        """Take in one scene.

        Args:
            scene: newer than every scene before.
            active: whether the rule holds at the scene's instant.
        """
        ...

    def finish(self) -> tuple[Finding, ...]:
        """The stream has ended: events that are ripe by what was seen, releases for everything still held."""
        ...
