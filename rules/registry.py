"""Every rule this version knows, and the check of its use at a camera."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from domain.camera import CameraConfig, RuleUse
from rules.alerts.carriageway import ANIMAL_ON_CARRIAGEWAY, PERSON_ON_CARRIAGEWAY
from rules.alerts.crowd import CROWD
from rules.alerts.fast_road import AGAINST_TRAFFIC, STOPPED_ON_FAST_ROAD, StoppedParameters
from rules.alerts.flooding import FLOODING
from rules.alerts.object_on_road import OBJECT_ON_ROAD
from rules.counts.speed import SPEED
from rules.counts.traffic import COUNT
from rules.fact_rule import FactRule
from rules.kit.line.crossing_parameters import CrossingParameters
from rules.kit.parking import RoadParkingParameters
from rules.offences.banned_turns import BANNED_TURN, UTURN
from rules.offences.drive_pavement import DRIVE_PAVEMENT
from rules.offences.helmets import NO_HELMET_CARRY, NO_HELMET_DRIVER
from rules.offences.lane_change import LANE_CHANGE
from rules.offences.overload import OVERLOAD_2PAX, OVERLOAD_3PAX
from rules.offences.parking import (
    PARK_BRIDGE,
    PARK_DOUBLE,
    PARK_JUNCTION,
    PARK_NO_PARKING,
    PARK_PAVEMENT,
    PARK_ROADWAY,
    STOP_NO_STOPPING,
)
from rules.offences.pavement_use import MEDIAN_OCCUPY, OBSTACLE, PAVEMENT_TRADE, PUSHCART, VENDOR_STREET
from rules.offences.prohibited_road import PROHIBITED_ROAD
from rules.offences.red_light import RED_LIGHT
from rules.offences.stop_line import STOP_LINE
from rules.offences.uturn_place import UTURN_PLACE
from rules.offences.wrong_lane import WRONG_LANE
from rules.offences.wrong_way import WRONG_WAY
from rules.rule import RuleParameters, RuleProblem
from rules.third_party import installed_rules

_ALL: tuple[FactRule[Any], ...] = (
    RED_LIGHT,
    STOP_LINE,
    WRONG_WAY,
    WRONG_LANE,
    LANE_CHANGE,
    PROHIBITED_ROAD,
    UTURN,
    UTURN_PLACE,
    BANNED_TURN,
    STOP_NO_STOPPING,
    PARK_NO_PARKING,
    PARK_JUNCTION,
    PARK_BRIDGE,
    PARK_DOUBLE,
    PARK_ROADWAY,
    PARK_PAVEMENT,
    DRIVE_PAVEMENT,
    NO_HELMET_DRIVER,
    NO_HELMET_CARRY,
    OVERLOAD_2PAX,
    OVERLOAD_3PAX,
    VENDOR_STREET,
    PAVEMENT_TRADE,
    PUSHCART,
    OBSTACLE,
    MEDIAN_OCCUPY,
    PERSON_ON_CARRIAGEWAY,
    ANIMAL_ON_CARRIAGEWAY,
    CROWD,
    STOPPED_ON_FAST_ROAD,
    AGAINST_TRAFFIC,
    OBJECT_ON_ROAD,
    FLOODING,
    COUNT,
    SPEED,
)

RULES: Mapping[str, FactRule[Any]] = MappingProxyType(
    {rule.CODE: rule for rule in (*_ALL, *installed_rules(rule.CODE for rule in _ALL))}
)
"""Those of this product and those of installed packages, by name."""

RULES_AT_A_LINE = frozenset(code for code, rule in RULES.items() if issubclass(rule.PARAMETERS, CrossingParameters))
"""Rules that must know where a vehicle's front is."""

RULES_AT_A_SIGNAL = frozenset(
    code for code, rule in RULES.items() if issubclass(rule.PARAMETERS, RoadParkingParameters | StoppedParameters)
)
"""Rules about standing where traffic may have to wait for a signal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedUse:
    """A rule's use with its parameters read."""

    rule: FactRule[Any]
    parameters: RuleParameters


def rule_problems(camera: CameraConfig, use: RuleUse) -> tuple[RuleProblem, ...]:
    """Every problem of one rule's use at a camera, each with the parameter it is about; none: it can run."""
    checked = read_use(camera, use)
    return checked if isinstance(checked, tuple) else ()


def read_use(camera: CameraConfig, use: RuleUse) -> CheckedUse | tuple[RuleProblem, ...]:
    """Read a rule's parameters and look for what they need; the problems where there are any."""
    rule = RULES.get(use.rule)
    if rule is None:
        return (
            RuleProblem(
                parameter="", problem=f"no rule is called {use.rule}", remedy=f"use one of {', '.join(sorted(RULES))}"
            ),
        )
    faults: list[RuleProblem] = []
    if use.valid_to is not None and use.valid_to < use.valid_from:
        faults.append(
            RuleProblem(
                parameter="",
                problem=f"valid_to {use.valid_to} lies before valid_from {use.valid_from}",
                remedy="give a last day that is not before the first, or leave valid_to out",
            )
        )
    try:
        parameters = rule.PARAMETERS.model_validate(_plain(use.parameters))
    except ValidationError as error:
        faults.extend(_problems_of(error, rule.PARAMETERS))
        return tuple(faults)
    faults.extend(rule.problems(camera, parameters))
    return tuple(faults) if faults else CheckedUse(rule=rule, parameters=parameters)


def _plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """YAML knows lists only; the parameter classes hold tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in parameters.items()}


def _problems_of(error: ValidationError, parameters: type[RuleParameters]) -> list[RuleProblem]:
    known = ", ".join(sorted(parameters.model_fields))
    problems = []
    for fault in error.errors(include_url=False, include_context=False):
        name = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            problems.append(
                RuleProblem(parameter=name, problem="the rule has no such parameter", remedy=f"use one of {known}")
            )
            continue
        field = parameters.model_fields.get(str(fault["loc"][0])) if fault["loc"] else None
        meaning = field.description if field is not None and field.description else "see the rule's parameters"
        problems.append(RuleProblem(parameter=name, problem=fault["msg"], remedy=meaning))
    return problems
