"""A rule whose events are alerts: they begin, go on while they are seen, and end; each is emitted twice."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from domain.alert import Alert
from domain.camera import CameraConfig, RuleUse
from domain.event import Event, FindingKind
from domain.instants import seconds_between
from domain.seen.looks import Look, SurfaceReading, WaterReading
from rules.case_building import REFUSED_MOMENT_MISSING, missing_moments
from rules.fact_rule import JudgedByFacts
from rules.facts.facts import Facts
from rules.interlocks import Interlocks
from rules.standing_alerts import OVER_AFTER_S, AlertMaker, StandingAlerts, is_over


class AlertRule:
    """One use of such a rule at one camera.

    Interlocks stop alerts as they stop cases; one that stands is not ended by them while the rules judge.

    Args:
        rule: at the camera.
        use: of the rule.
        maker: of its alerts.
    """

    def __init__(self, rule: JudgedByFacts[Any], use: RuleUse, maker: AlertMaker) -> None:
        self._rule = rule
        self._use = use
        self._standing = StandingAlerts(maker)
        self._refused: dict[tuple[str, str], datetime] = {}  # by place and subject: when last, so that each counts once

    def step(self, facts: Facts, interlocks: Interlocks) -> Iterator[Alert]:
        """Judge one scene; yields the alerts that begin or end with it."""
        yield from self._standing.look(facts.scene.at)
        for event in self._rule.judge(facts).events:
            if self._standing.goes_on(event) or is_over(event, facts.scene.at):
                continue
            reason = self._objection(event, facts, interlocks)
            if reason is None:
                yield self._standing.begin(event, facts.scene)
            else:
                self._count(reason, event, facts.scene.at)
        yield from self._standing.over(facts.scene.at, self._unread(facts))

    def end(self) -> Iterator[Alert]:
        """Nobody looks any more."""
        yield from self._standing.end()

    def _unread(self, facts: Facts) -> frozenset[str]:
        """The places of a rule about the ground where nothing is known of it now."""
        looks: Mapping[Look, Mapping[str, SurfaceReading] | Mapping[str, WaterReading]] = {
            Look.SURFACE: facts.scene.surfaces,
            Look.WATER: facts.scene.waters,
        }
        places = self._rule.rule.place_ids(self._rule.camera, self._rule.parameters)
        return frozenset(
            place
            for look in self._rule.rule.LOOKS & looks.keys()
            for place in places
            if place not in looks[look] or not looks[look][place].known
        )

    def _objection(self, event: Event, facts: Facts, interlocks: Interlocks) -> str | None:
        if missing_moments(event, self._rule.MOMENTS):
            return REFUSED_MOMENT_MISSING
        return interlocks.refusal(event, self._use, facts, self._rule.INTERLOCKS)

    def _count(self, reason: str, event: Event, now: datetime) -> None:
        self._refused = {key: at for key, at in self._refused.items() if seconds_between(at, now) <= OVER_AFTER_S}
        key = (event.zone_ids[0], event.subject.key)
        if key not in self._refused:
            self._rule.refusals.add(reason)
        self._refused[key] = now


def alert_rule(rule: JudgedByFacts[Any], *, camera: CameraConfig, use: RuleUse, box_id: str) -> AlertRule | None:
    """The rule as one whose events are alerts; None where they become cases."""
    if rule.rule.KIND is not FindingKind.ALERT:
        return None
    return AlertRule(rule, use, AlertMaker(camera=camera, use=use, rule_version=rule.rule.VERSION, box_id=box_id))
