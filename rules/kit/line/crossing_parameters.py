"""Parameters of the two rules at a stop line; both judge a crossing by the same measures."""

from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig
from rules.facts.line.measures import LineMeasures
from rules.rule import RuleProblem


class CrossingParameters(LineMeasures):
    """The measures of a crossing, and what the law leaves to a site."""

    grace_after_red_s: Annotated[
        float, Field(ge=0.5, le=10, description="crossings so soon after the change to red are let go, 0.5 to 10 s")
    ] = 0.5
    moments_apart_s: Annotated[
        float, Field(ge=0, le=10, description="least time between the two decisive moments, 0 to 10 s")
    ] = 0.5


def measures_of(camera: CameraConfig, parameters: CrossingParameters) -> LineMeasures:
    """By which the rule's line is watched."""
    del camera
    return parameters.alone()


def no_places(camera: CameraConfig, parameters: CrossingParameters) -> tuple[str, ...]:
    """None beside the line, which is watched by measures of its own."""
    del camera, parameters
    return ()


def crossing_problems(camera: CameraConfig, parameters: CrossingParameters) -> tuple[RuleProblem, ...]:
    """What is missing at a camera for a rule at a stop line."""
    problems = []
    line = camera.line(parameters.line)
    if line is None:
        problems.append(
            RuleProblem(
                parameter="line",
                problem=f"there is no line {parameters.line}",
                remedy=f"use one of {', '.join(item.id for item in camera.lines) or 'lines (none is drawn)'}",
            )
        )
    elif line.signal is None:
        problems.append(
            RuleProblem(
                parameter="line",
                problem=f"line {line.id} names no signal, so nobody knows when it is red",
                remedy="give the line the id of the signal that governs its lane",
            )
        )
    if parameters.junction_zone is not None:
        problems += zone_problems(camera, "junction_zone", (parameters.junction_zone,))
    problems += zone_problems(camera, "lawful_exit_zones", parameters.lawful_exit_zones)
    problems += zone_problems(camera, "other_exit_zones", parameters.other_exit_zones)
    return tuple(problems)


def zone_problems(camera: CameraConfig, parameter: str, zone_ids: tuple[str, ...]) -> list[RuleProblem]:
    """One problem for every zone id that the camera does not have."""
    known = ", ".join(zone.id for zone in camera.zones) or "zones (none is drawn)"
    return [
        RuleProblem(parameter=parameter, problem=f"there is no zone {zone_id}", remedy=f"use one of {known}")
        for zone_id in zone_ids
        if camera.zone(zone_id) is None
    ]
