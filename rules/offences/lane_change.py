"""LANE_CHANGE: from one side of a solid line to the other, with the wheels seen on or over it."""

import math
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, LineKind
from domain.event import Event
from rules.fact_rule import FactRule, act, vehicle_of
from rules.facts.contact import Motion, motion_of
from rules.facts.crossings import Crossing
from rules.facts.facts import Facts
from rules.facts.flow import stands
from rules.kit.places import Ids, lines_of, lines_problems
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_GAP_AT_LINE = "gap_at_line"  # unseen for too long around the line: it may have come round its end
REFUSED_TOO_FEW_ON_LINE = "too_few_on_line"  # not seen on or over the line in enough pictures
REFUSED_CROSSES = "crosses_the_road"  # it went across, not along: no change of lanes
REFUSED_OBSTACLE = "obstacle_ahead"  # somebody stood before it in its own lane

BEFORE_LINE, ON_LINE, OVER_LINE = "before_solid_line", "on_solid_line", "over_solid_line"

OFFENCES = {"car": "LANE_CHANGE", "motorbike": "LANE_CHANGE"}


class LaneChangeParameters(RuleParameters):
    """Parameters of LANE_CHANGE."""

    lines: Annotated[Ids, Field(description="ids of the solid lines; none: every line of kind solid_line")] = ()
    min_sightings_on_line: Annotated[
        int, Field(ge=3, le=50, description="pictures in which it is on or over the line, 3 to 50")
    ] = 3
    max_gap_s: Annotated[
        float, Field(gt=0, le=10, description="longest span without a sighting around the line, above 0 to 10 s")
    ] = 1.0
    max_angle_deg: Annotated[
        float, Field(gt=0, le=90, description="who crosses the line at a greater angle changes no lane, to 90")
    ] = 45.0
    obstacle_box_heights: Annotated[
        float, Field(ge=0, le=20, description="somebody who stands so near ahead is an obstacle, 0 to 20")
    ] = 4.0


def judge(facts: Facts, camera: CameraConfig, parameters: LaneChangeParameters, refusals: Refusals) -> Iterator[Event]:
    """Judge the crossings of solid lines that are complete."""
    judged = _places(camera, parameters)
    for crossing in facts.crossings:
        subject = vehicle_of(crossing.user)
        if crossing.line_id not in judged or subject is None or subject.vehicle_kind not in OFFENCES:
            continue
        reason = _objection(crossing, facts, camera, parameters)
        if reason is not None:
            refusals.add(reason)
            continue
        yield act(
            OFFENCES[subject.vehicle_kind],
            subject,
            {
                BEFORE_LINE: crossing.before,
                ON_LINE: crossing.touching[len(crossing.touching) // 2],
                OVER_LINE: crossing.after,
            },
            place_ids=(crossing.line_id,),
            measurements={"sightings_on_line": len(crossing.touching), "gap_at_line_s": crossing.gap_s},
        )


def _objection(crossing: Crossing, facts: Facts, camera: CameraConfig, parameters: LaneChangeParameters) -> str | None:
    if crossing.gap_s > parameters.max_gap_s:
        return REFUSED_GAP_AT_LINE
    if not crossing.touching or len(crossing.touching) + 2 < parameters.min_sightings_on_line:
        return REFUSED_TOO_FEW_ON_LINE
    going = motion_of(tuple(crossing.user.way), over_s=1.5)
    line = camera.line(crossing.line_id)
    if going is None or going.heading is None or line is None:
        return REFUSED_TOO_FEW_ON_LINE
    width_px, height_px = facts.scene.resolution_wh
    start, end = (facts.plane.at((x * width_px, y * height_px)) for x, y in line.points_norm)
    length = math.dist(start, end)
    along = abs(going.heading[0] * (end[0] - start[0]) + going.heading[1] * (end[1] - start[1])) / length
    if math.degrees(math.acos(min(1.0, along))) > parameters.max_angle_deg:
        return REFUSED_CROSSES
    return REFUSED_OBSTACLE if _stands_ahead(crossing, going, facts, parameters.obstacle_box_heights) else None


def _stands_ahead(crossing: Crossing, going: Motion, facts: Facts, reach_box_heights: float) -> bool:
    """Whether somebody stood shortly ahead of where it left its lane: whoever drives around him is forced to."""
    if going.heading is None:
        return False
    own = crossing.before
    x0, y0 = own.ground
    unit = math.dist(facts.plane.at((own.point_px[0], own.point_px[1] - own.height_px / 2)), own.ground) * 2
    for other in facts.users:
        if other is crossing.user or not other.way or not stands(other.way):
            continue
        dx, dy = other.way[-1].ground[0] - x0, other.way[-1].ground[1] - y0
        ahead = dx * going.heading[0] + dy * going.heading[1]
        aside = abs(dx * going.heading[1] - dy * going.heading[0])
        if 0 < ahead <= reach_box_heights * unit and aside <= unit:
            return True
    return False


def _places(camera: CameraConfig, parameters: LaneChangeParameters) -> Sequence[str]:
    return lines_of(camera, LineKind.SOLID_LINE, parameters.lines)


def _problems(camera: CameraConfig, parameters: LaneChangeParameters) -> Sequence[RuleProblem]:
    return lines_problems(camera, LineKind.SOLID_LINE, parameters.lines)


LANE_CHANGE = FactRule(
    CODE="LANE_CHANGE",
    OFFENCES=OFFENCES,
    VERSION="1.0",
    MOMENTS=(BEFORE_LINE, ON_LINE, OVER_LINE),
    PARAMETERS=LaneChangeParameters,
    judge=judge,
    places=_places,
    check=_problems,
)
