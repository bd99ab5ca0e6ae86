"""LANE_CHANGE: from one side of a solid line to the other, with the wheels seen on or over it."""

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import accumulate
from statistics import median
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, Line, LineKind
from domain.event import Event
from domain.geometry import to_px
from domain.instants import seconds_between
from rules.fact_rule import FactRule, act, followed_vehicle, kind_in_doubt
from rules.facts.contact import Contact, motion_of
from rules.facts.crossings import Crossing
from rules.facts.facts import Facts
from rules.facts.footprint import width_m
from rules.facts.ground_plane import GroundPlane, PointGround
from rules.facts.road_user import RoadUser
from rules.facts.stillness import STANDS_OVER_S, stands
from rules.kit.places import Ids, lines_of, lines_problems
from rules.proof import RuleFigure
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_GAP_AT_LINE = "gap_at_line"  # unseen for too long around the line: it may have come round its end
REFUSED_TOO_FEW_ON_LINE = "too_few_on_line"  # not seen on or over the line in enough pictures
REFUSED_STAYS_ON_LINE = "stays_on_line"  # it rode on the line, or stood there
REFUSED_CROSSES = "crosses_the_road"  # it went across, not along: no change of lanes
REFUSED_TURNS = "turns_round"  # it went along the line both ways: that is a turn, which other rules judge
REFUSED_OBSTACLE = "obstacle_ahead"  # somebody stood in its own lane: it drove round him, or back after him
REFUSED_CLASS_IN_DOUBT = "class_in_doubt"  # the detector wavers between motorcycle and bicycle

BEFORE_LINE, ON_LINE, OVER_LINE = "before_solid_line", "on_solid_line", "over_solid_line"

OFFENCES = {"car": "LANE_CHANGE", "motorbike": "LANE_CHANGE"}
_IN_ITS_WAY_HEIGHTS = 1.3  # whoever stands no farther to the side is in its way where the ground is not calibrated
_BETWEEN_M = 0.9  # with less air than this between their sides nobody drives past
_HIDDEN_S = 20.0  # who stood and has not been seen for longer may have driven off; until then somebody hides him
_SEEN_TO_STAND = timedelta(seconds=STANDS_OVER_S / 2)  # so much later it is known that somebody came to a stand
_GOES_OVER_S = 1.5
_BOTH_WAYS_M = 2.0
_BOTH_WAYS_HEIGHTS = 0.3
_LEVEL = math.sin(math.radians(15))
_STEEP = math.sin(math.radians(30))


class LaneChangeParameters(RuleParameters):
    """Parameters of LANE_CHANGE."""

    lines: Annotated[Ids, Field(description="ids of the solid lines; none: every line of kind solid_line")] = ()
    min_sightings_on_line: Annotated[
        int, Field(ge=3, le=50, description="pictures in which it is on or over the line, 3 to 50")
    ] = 3
    max_gap_s: Annotated[
        float, Field(gt=0, le=10, description="longest span without a sighting around the line, above 0 to 10 s")
    ] = 1.0
    max_time_s: Annotated[
        float, Field(gt=0, le=60, description="who takes longer rides on the line or stands on it, above 0 to 60 s")
    ] = 5.0
    max_angle_deg: Annotated[
        float, Field(gt=0, le=90, description="who crosses the line at a greater angle changes no lane, to 90")
    ] = 45.0
    obstacle_m: Annotated[
        float,
        Field(ge=0, le=100, description="who stands so near is an obstacle where the ground is calibrated, metres"),
    ] = 30.0
    obstacle_box_heights: Annotated[
        float, Field(ge=0, le=20, description="somebody who stands so near is an obstacle otherwise, 0 to 20")
    ] = 6.0
    min_label_share: Annotated[
        float, Field(gt=0.5, le=1, description="share of a two-wheeler's sightings that must bear the class, to 1")
    ] = 0.8


def judge(facts: Facts, camera: CameraConfig, parameters: LaneChangeParameters, refusals: Refusals) -> Iterator[Event]:
    """Judge the crossings of solid lines that are complete."""
    judged = _places(camera, parameters)
    for crossing in facts.crossings:
        subject = followed_vehicle(crossing.user, crossing.track_ids, crossing.label_share)
        if crossing.line_id not in judged or subject is None or subject.vehicle_kind not in OFFENCES:
            continue
        reason = _objection(crossing, facts, camera, parameters)
        if reason is None and kind_in_doubt(subject, parameters.min_label_share):
            reason = REFUSED_CLASS_IN_DOUBT
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
    line = camera.line(crossing.line_id)
    if crossing.gap_s > parameters.max_gap_s:
        return REFUSED_GAP_AT_LINE
    if seconds_between(crossing.before.at, crossing.after.at) > parameters.max_time_s:
        return REFUSED_STAYS_ON_LINE
    if line is None or not crossing.touching or len(crossing.touching) + 2 < parameters.min_sightings_on_line:
        return REFUSED_TOO_FEW_ON_LINE
    return _objection_to_way(crossing, _axis(line, facts.plane), facts, parameters)


def _objection_to_way(
    crossing: Crossing, axis: PointGround, facts: Facts, parameters: LaneChangeParameters
) -> str | None:
    over = [item for item in crossing.way if item.at <= crossing.after.at]
    heading = going.heading if (going := motion_of(over, over_s=_GOES_OVER_S)) else None
    if heading is None:
        return REFUSED_TOO_FEW_ON_LINE
    if _turns(crossing.way, axis, facts.plane):
        return REFUSED_TURNS
    along = heading[0] * axis[0] + heading[1] * axis[1]
    goes_across = math.degrees(math.acos(min(1.0, abs(along)))) > parameters.max_angle_deg
    if goes_across or (not facts.plane.is_metric and _goes_level(heading, axis)):
        return REFUSED_CROSSES
    ahead = axis if along > 0 else (-axis[0], -axis[1])
    return REFUSED_OBSTACLE if _is_forced(crossing, ahead, facts, parameters) else None


def _turns(way: Sequence[Contact], axis: PointGround, plane: GroundPlane) -> bool:
    """Whether it went along the line forward and backward, either farther than its bounding box shakes."""
    along = [item.ground[0] * axis[0] + item.ground[1] * axis[1] for item in way]
    height = median(item.height_px for item in way) / plane.resolution_wh[1]
    least = _BOTH_WAYS_M if plane.is_metric else _BOTH_WAYS_HEIGHTS * height
    forward = max(here - low for here, low in zip(along, accumulate(along, min), strict=True))
    backward = max(high - here for here, high in zip(along, accumulate(along, max), strict=True))
    return min(forward, backward) >= least


def _goes_level(heading: PointGround, axis: PointGround) -> bool:
    """Whether it went aside as the camera sees it, and the line does not.

    Where the ground is not calibrated the angle between them in the picture does not tell who goes along a line from
    who goes across: seen from the side of the road a line leads aslant through the picture.
    """
    return abs(heading[1]) < _LEVEL and abs(axis[1]) >= _STEEP


def _axis(line: Line, plane: GroundPlane) -> PointGround:
    """A unit vector along the line."""
    start, end = (plane.at(to_px(point, plane.resolution_wh)) for point in line.points_norm)
    length = math.dist(start, end)
    return ((end[0] - start[0]) / length, (end[1] - start[1]) / length)


def _is_forced(crossing: Crossing, ahead: PointGround, facts: Facts, parameters: LaneChangeParameters) -> bool:
    """Whether somebody stood ahead in the lane that it left, or behind it in the lane that it came back to."""
    height = _height_on_ground(crossing.before, facts)
    reach = parameters.obstacle_m if facts.plane.is_metric else parameters.obstacle_box_heights * height
    for other in facts.users:
        place = None if other is crossing.user else _stood_at(other, crossing)
        if place is None:
            continue
        beside = _beside_m(crossing.user, other) if facts.plane.is_metric else _IN_ITS_WAY_HEIGHTS * height
        for own, sign in ((crossing.before, 1), (crossing.after, -1)):
            dx, dy = place[0] - own.ground[0], place[1] - own.ground[1]
            along = sign * (dx * ahead[0] + dy * ahead[1])
            if 0 < along <= reach and abs(dx * ahead[1] - dy * ahead[0]) <= beside:
                return True
    return False


def _beside_m(user: RoadUser, other: RoadUser) -> float:
    """Who stands no farther to the side is in its way."""
    return (width_m(user.track.label) + width_m(other.track.label)) / 2 + _BETWEEN_M


def _stood_at(other: RoadUser, crossing: Crossing) -> PointGround | None:
    """Where somebody stood as another left his lane and came to the next one; None: he did not stand.

    By his sightings up to then, however late the change is judged: who was last seen standing a minute before may have
    driven off unseen, and who came to a stand later was in nobody's way.
    """
    for instant in (crossing.before.at, crossing.after.at, crossing.after.at + _SEEN_TO_STAND):
        way = [item for item in other.way if item.at <= instant]
        if way and seconds_between(way[-1].at, instant) <= _HIDDEN_S and stands(way):
            return way[-1].ground
    return None


def _height_on_ground(contact: Contact, facts: Facts) -> float:
    """The height of its bounding box, were it laid down on the road from left to right."""
    x, y = contact.point_px
    half = contact.height_px / 2
    return math.dist(facts.plane.at((x - half, y)), facts.plane.at((x + half, y)))


def _places(camera: CameraConfig, parameters: LaneChangeParameters) -> Sequence[str]:
    return lines_of(camera, LineKind.SOLID_LINE, parameters.lines)


def _problems(camera: CameraConfig, parameters: LaneChangeParameters) -> Sequence[RuleProblem]:
    return lines_problems(camera, LineKind.SOLID_LINE, parameters.lines)


LANE_CHANGE = FactRule(
    CODE="LANE_CHANGE",
    OFFENCES=OFFENCES,
    VERSION="1.4",
    MEASURED=RuleFigure(version="1.4", right=336, judged=364, source="benchmarks/sumo_lanes.md"),
    MOMENTS=(BEFORE_LINE, ON_LINE, OVER_LINE),
    PARAMETERS=LaneChangeParameters,
    judge=judge,
    places=_places,
    check=_problems,
)
