"""What a camera's rules want to know: of which zones, lines and stop lines, and where pictures are to be looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.camera import CameraConfig
from domain.event import FindingKind
from domain.instants import seconds_between
from domain.seen.looks import Look
from rules.fact_rule import JudgedByFacts
from rules.facts.line.measures import LineMeasures
from rules.interlocks import JAM

_TOLD_LATELY_S = 60.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """By all rules of one camera."""

    camera: CameraConfig
    rules: Sequence[JudgedByFacts[Any]]

    def places(self, *, occupied: bool) -> frozenset[str]:
        """The zones and lines of which some rule wants facts, or wants to know what occupies them."""
        return frozenset().union(*self._places_by_rule(occupied=occupied).values())

    def _places_by_rule(self, *, occupied: bool) -> Mapping[str, frozenset[str]]:
        """The zones and lines of which each rule wants facts, or wants to know what occupies them."""
        places: dict[str, frozenset[str]] = {}
        for one in self.rules:
            if occupied == (one.rule.KIND is FindingKind.REMINDER):
                wanted = one.rule.place_ids(self.camera, one.parameters)
                places[one.CODE] = places.get(one.CODE, frozenset()) | wanted
        return places

    def places_of_jams(self) -> frozenset[str]:
        """The zones and lines of rules whose acts a jam refuses."""
        return frozenset().union(
            *(one.rule.place_ids(self.camera, one.parameters) for one in self.rules if JAM in one.INTERLOCKS)
        )

    def judged_by_rule(self) -> Mapping[str, frozenset[str]]:
        """The places of each rule with the stop lines that it judges."""
        places = dict(self._places_by_rule(occupied=False))
        for one in self.rules:
            lines = {measures.line for measures in one.rule.measures(self.camera, one.parameters)}
            if lines:
                places[one.CODE] = places.get(one.CODE, frozenset()) | lines
        return places

    def judged_lines(self) -> frozenset[LineMeasures]:
        """The measures of the stop lines of which some rule wants facts."""
        return frozenset(measures for one in self.rules for measures in one.rule.measures(self.camera, one.parameters))

    def places_to_look_at(self, look: Look) -> frozenset[str]:
        """The zones and lines at which some rule wants a look; empty: nobody wants it."""
        return frozenset(
            place
            for one in self.rules
            if look in one.rule.LOOKS
            for place in one.rule.place_ids(self.camera, one.parameters)
        )

    def places_told(self, look: Look, now: datetime) -> frozenset[str]:
        """The zones and lines where a rule that wants a look has shown an act lately, whatever became of it."""
        return frozenset(
            place
            for one in self.rules
            if look in one.rule.LOOKS
            for place, at in one.told.items()
            if abs(seconds_between(at, now)) <= _TOLD_LATELY_S
        )
