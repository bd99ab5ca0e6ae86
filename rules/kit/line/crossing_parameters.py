"""Parameters of the two rules at a stop line; both judge a crossing by the same measures."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domain.camera import CameraConfig
from rules.rule import RuleParameters, RuleProblem

MAX_SECONDS = 600.0


class CrossingParameters(RuleParameters):
    """How a crossing of a stop line is measured. Lengths are in heights of the subject's box at the line."""

    line: Annotated[str, Field(min_length=1, description="id of the stop line; it must name its signal")]
    contact: Annotated[
        Literal["bottom_centre", "bottom_edge"],
        Field(
            description="what must pass the line: the middle of the box's lower edge, or the whole lower edge; "
            "wholly before always means the whole lower edge"
        ),
    ] = "bottom_centre"
    before_margin_box_heights: Annotated[
        float, Field(ge=0, le=2, description="how far before the line the whole lower edge must lie, 0 to 2")
    ] = 0.02
    grace_after_red_s: Annotated[
        float, Field(ge=0, le=10, description="crossings so soon after the change to red are let go, 0 to 10 s")
    ] = 0.5
    min_advance_box_heights: Annotated[
        float, Field(gt=0, le=10, description="least advance beyond the line, above 0 to 10")
    ] = 0.15
    enter_advance_box_heights: Annotated[
        float, Field(gt=0, le=20, description="an advance by which the junction is entered, above 0 to 20")
    ] = 1.0
    junction_zone: Annotated[
        str | None, Field(description="id of a zone whose touch also means that the junction is entered, or null")
    ] = None
    moving_box_heights_per_s: Annotated[
        float, Field(gt=0, le=10, description="slower than this is not moving, above 0 to 10")
    ] = 0.1
    stop_s: Annotated[float, Field(ge=1, le=60, description="standing so long is a stop, 1 to 60 s")] = 2.0
    stop_radius_box_heights: Annotated[
        float, Field(gt=0, le=1, description="how far a standing box may wander, above 0 to 1")
    ] = 0.1
    over_line_margin_box_heights: Annotated[
        float, Field(ge=0, le=2, description="how far beyond the line counts as over it for a stop, 0 to 2")
    ] = 0.05
    lost_after_s: Annotated[
        float, Field(gt=0, le=30, description="unseen so long, a vehicle's crossing is judged, above 0 to 30 s")
    ] = 1.5
    max_gap_s: Annotated[
        float, Field(gt=0, le=30, description="longest span without a sighting around the line, above 0 to 30 s")
    ] = 3.0
    moments_apart_s: Annotated[
        float, Field(ge=0, le=10, description="least time between the two decisive moments, 0 to 10 s")
    ] = 0.5
    signal_settle_s: Annotated[
        float, Field(ge=0, le=10, description="how late a signal's report may come in, 0 to 10 s")
    ] = 0.5

    @model_validator(mode="after")
    def _advances_in_order(self) -> Self:
        if self.enter_advance_box_heights < self.min_advance_box_heights:
            raise ValueError("enter_advance_box_heights must not be below min_advance_box_heights")
        return self


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
    return tuple(problems)


def zone_problems(camera: CameraConfig, parameter: str, zone_ids: tuple[str, ...]) -> list[RuleProblem]:
    """One problem for every zone id that the camera does not have."""
    known = ", ".join(zone.id for zone in camera.zones) or "zones (none is drawn)"
    return [
        RuleProblem(parameter=parameter, problem=f"there is no zone {zone_id}", remedy=f"use one of {known}")
        for zone_id in zone_ids
        if camera.zone(zone_id) is None
    ]
