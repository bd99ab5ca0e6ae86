"""WRONG_WAY: against a lane's lawful direction, far enough and long enough to be no mistake of the picture."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar, cast

import shapely
from pydantic import Field

from domain.camera import CameraConfig, Zone, ZoneKind
from domain.event import DecisiveMoment, Event, Finding
from domain.instants import seconds_between
from domain.seen.scene import Scene
from domain.seen.track import Track, TrackPoint
from rules import interlocks
from rules.kit.ground import MIN_POINTS, road_from_image
from rules.kit.ground_error import GroundError
from rules.kit.lane_way import Lane, LaneStep, metres, shares_of_height, way_of
from rules.kit.line.crossing_parameters import zone_problems
from rules.kit.line.line_rule import REFUSED_NOT_A_VEHICLE, subject_of
from rules.kit.stays.standing import box_size_px, centre, contact_norm, newer_points
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_TURNED_BACK = "turned_back"  # it went against the direction, but not far or long enough, and back again
REFUSED_LEFT_LANE = "left_lane"  # it left the lane, or was lost, before it had gone far enough
REFUSED_JUMPED = "track_jumped"  # its track jumped: what was seen before and after may be two vehicles

ENTERED = "entered"
AGAINST_FLOW = "against_flow"

_FORGET_S = 10.0
_JUMP_SIZES = 1.0
_JUMP_SIZES_PER_S = 6.0
_COUNTS_SHARE = 0.3
_TURN_SHARE = 0.1
_MAX_RUN = 256
_DOUBT_DEVIATIONS = 2.0


class WrongWayParameters(RuleParameters):
    """Parameters of WRONG_WAY. Without a ground calibration, lengths are shares of the picture's height."""

    zones: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        Field(description="ids of lane zones that have a direction; none: every lane zone that has one"),
    ] = ()
    min_distance_m: Annotated[
        float, Field(gt=0, le=500, description="least way against the direction where the ground is calibrated, metres")
    ] = 10.0
    min_distance_norm: Annotated[
        float,
        Field(gt=0, le=2, description="least way against the direction otherwise, as a share of the picture's height"),
    ] = 0.15
    min_speed_mps: Annotated[
        float,
        Field(ge=0, le=20, description="slower is pushed on foot, where the ground is calibrated, 0 to 20 m/s"),
    ] = 1.8
    min_time_s: Annotated[
        float, Field(ge=0.5, le=60, description="least time of going against the direction, 0.5 to 60 s")
    ] = 1.0
    max_angle_deg: Annotated[
        float, Field(gt=0, le=80, description="how far the way may turn from straight against the direction, to 80")
    ] = 40.0
    back_share: Annotated[
        float, Field(gt=0, le=1, description="going so much of the least way with the direction again ends the run")
    ] = 0.3
    min_sightings: Annotated[int, Field(ge=3, le=100, description="least sightings of the run, 3 to 100")] = 4
    max_gap_s: Annotated[
        float, Field(gt=0, le=30, description="a longer span without a sighting ends the run, above 0 to 30 s")
    ] = 2.0


@dataclass(slots=True, kw_only=True)
class _Watched:
    """One track in one lane."""

    seen_until: datetime
    newest_in_scene_at: datetime
    run: deque[LaneStep] = field(default_factory=lambda: deque(maxlen=_MAX_RUN))
    told: bool = False


class WrongWay:
    """Going against a lane's direction. Only lanes that are drawn with a direction are judged."""

    CODE: ClassVar[str] = "WRONG_WAY"
    OFFENCES: ClassVar[Mapping[str, str]] = {"car": "WRONG_WAY", "motorbike": "WRONG_WAY"}
    VERSION: ClassVar[str] = "1.3"
    MOMENTS: ClassVar[tuple[str, ...]] = (ENTERED, AGAINST_FLOW)
    INTERLOCKS: ClassVar[frozenset[str]] = interlocks.ALL
    PARAMETERS: ClassVar[type[RuleParameters]] = WrongWayParameters

    def __init__(self, *, camera: CameraConfig, parameters: RuleParameters, refusals: Refusals) -> None:
        self._parameters = cast("WrongWayParameters", parameters)
        self._refusals = refusals
        self._calibrated = len(camera.ground_points) >= MIN_POINTS
        self._error = GroundError(camera.ground_points, camera.reference_still_wh) if self._calibrated else None
        on_plane = metres(camera) if self._calibrated else shares_of_height
        self._lanes = tuple(
            Lane(zone=zone, polygon=shapely.Polygon(zone.polygon_norm), on_plane=on_plane)
            for zone in _judged_lanes(camera, self._parameters)
        )
        for lane in self._lanes:
            shapely.prepare(lane.polygon)
        self._watched: dict[tuple[str, int], _Watched] = {}

    @classmethod
    def problems(cls, camera: CameraConfig, parameters: RuleParameters) -> tuple[RuleProblem, ...]:
        """There must be lanes with a direction; a ground calibration must span a plane."""
        own = cast("WrongWayParameters", parameters)
        problems = zone_problems(camera, "zones", own.zones)
        for zone_id in own.zones:
            zone = camera.zone(zone_id)
            if zone is not None and (zone.kind != ZoneKind.LANE or zone.direction_norm is None):
                problems.append(
                    RuleProblem(
                        parameter="zones",
                        problem=f"zone {zone_id} is no lane with a direction",
                        remedy="name zones of kind lane that have direction_norm",
                    )
                )
        if not own.zones and not _judged_lanes(camera, own):
            problems.append(
                RuleProblem(
                    parameter="", problem="no lane has a direction", remedy="draw a lane zone with direction_norm"
                )
            )
        if len(camera.ground_points) >= MIN_POINTS:
            try:
                road_from_image(camera.ground_points)
            except ValueError as error:
                problems.append(
                    RuleProblem(
                        parameter="", problem=f"ground_points: {error}", remedy="measure points across the road"
                    )
                )
        return tuple(problems)

    def step(self, scene: Scene, *, active: bool) -> tuple[Finding, ...]:
        """Take in one scene; the engine asks for the act's own instant whether the rule was in force."""
        del active
        findings: list[Finding] = []
        for track in sorted(scene.tracks, key=lambda track: track.track_id):
            for lane in self._lanes:
                findings += self._follow(track, lane, scene)
        for key in [
            key for key, item in self._watched.items() if seconds_between(item.newest_in_scene_at, scene.at) > _FORGET_S
        ]:
            del self._watched[key]
        return tuple(findings)

    def finish(self) -> tuple[Finding, ...]:
        """A run is told as soon as it is long enough, so nothing is left to tell."""
        self._watched.clear()
        return ()

    def _follow(self, track: Track, lane: Lane, scene: Scene) -> list[Finding]:
        key = (lane.zone.id, track.track_id)
        watched = self._watched.get(key)
        if watched is None:
            new = _Watched(seen_until=datetime.min.replace(tzinfo=scene.at.tzinfo), newest_in_scene_at=scene.at)
            watched = self._watched[key] = new
        watched.newest_in_scene_at = scene.at
        findings: list[Finding] = []
        for point in newer_points(track, watched.seen_until):
            if point.at > scene.at:
                break
            watched.seen_until = point.at
            if not watched.told:
                findings += self._take(watched, track, lane, point, scene)
        return findings

    def _take(self, watched: _Watched, track: Track, lane: Lane, point: TrackPoint, scene: Scene) -> list[Finding]:
        """Add a sighting to the run, or end the run; tells the run once it is far and long enough."""
        place = contact_norm(point.box_xyxy_px, scene.resolution_wh)
        run = watched.run
        if not shapely.intersects_xy(lane.polygon, *place):
            self._end(run, REFUSED_LEFT_LANE)
            return []
        step = lane.measure(point, place, scene.resolution_wh[0] / scene.resolution_wh[1])
        if run and seconds_between(run[-1].point.at, point.at) > self._parameters.max_gap_s:
            self._end(run, REFUSED_LEFT_LANE)
        elif run and _jumps(run[-1].point, point):
            self._end(run, REFUSED_JUMPED)
        elif run and step.along - min(item.along for item in run) > self._parameters.back_share * self._least:
            self._end(run, REFUSED_TURNED_BACK)
        if run and step.along > run[0].along:
            run.clear()  # not yet against the direction: the run begins at the farthest point forward
        run.append(step)
        sure = self._without_turn(run)
        if not self._far_enough(sure):
            return []
        watched.told = True
        return self._tell(track, lane, sure)

    def _without_turn(self, run: deque[LaneStep]) -> tuple[LaneStep, ...]:
        """The run from where it surely goes against the direction; about its turn a track may have changed vehicles."""
        begin = run[0].along - _TURN_SHARE * self._least
        last_before = max((index for index, step in enumerate(run) if step.along > begin), default=-1)
        return tuple(run)[last_before + 1 :]

    @property
    def _least(self) -> float:
        return self._parameters.min_distance_m if self._calibrated else self._parameters.min_distance_norm

    def _far_enough(self, run: Sequence[LaneStep]) -> bool:
        if len(run) < self._parameters.min_sightings:
            return False
        against, aside = way_of(run)
        lasted_s = seconds_between(run[0].point.at, run[-1].point.at)
        return (
            against >= self._least
            and against - self._doubt(run) >= self._least
            and lasted_s >= self._parameters.min_time_s
            and (not self._calibrated or against >= self._parameters.min_speed_mps * lasted_s)
            and math.degrees(math.atan2(aside, against)) <= self._parameters.max_angle_deg
        )

    def _doubt(self, run: Sequence[LaneStep]) -> float:
        """How much shorter the way may have been than it is measured."""
        if self._error is None:
            return 0.0
        return _DOUBT_DEVIATIONS * self._error.of_distance_m(run[0].place, run[-1].place)

    def _end(self, run: deque[LaneStep], reason: str) -> None:
        """End a run; counted where a good part of the least way had been gone."""
        if run and run[0].along - min(item.along for item in run) >= _COUNTS_SHARE * self._least:
            self._refusals.add(reason)
        run.clear()

    def _tell(self, track: Track, lane: Lane, run: tuple[LaneStep, ...]) -> list[Finding]:
        if track.vehicle_kind is None:
            self._refusals.add(REFUSED_NOT_A_VEHICLE)
            return []
        last = run[-1].point
        against, aside = way_of(run)
        unit = "m" if self._calibrated else "picture_heights"
        return [
            Event(
                code=self.CODE,
                subject=subject_of(track),
                began_at=run[0].point.at,
                ended_at=last.at,
                moments=(
                    DecisiveMoment(name=ENTERED, at=run[0].point.at, box_xyxy_px=run[0].point.box_xyxy_px),
                    DecisiveMoment(name=AGAINST_FLOW, at=last.at, box_xyxy_px=last.box_xyxy_px),
                ),
                zone_ids=(lane.zone.id,),
                measurements={
                    f"against_direction_{unit}": against,
                    f"aside_{unit}": aside,
                    **({} if self._error is None else {"doubt_m": self._doubt(run)}),
                    "lasted_s": seconds_between(run[0].point.at, last.at),
                    "sightings": len(run),
                },
            )
        ]


def _judged_lanes(camera: CameraConfig, parameters: WrongWayParameters) -> tuple[Zone, ...]:
    return tuple(
        zone
        for zone in camera.zones
        if zone.kind == ZoneKind.LANE
        and zone.direction_norm is not None
        and (not parameters.zones or zone.id in parameters.zones)
    )


def _jumps(last: TrackPoint, point: TrackPoint) -> bool:
    """Whether two sightings of a track are too far apart for the time between them."""
    off_px = math.dist(centre(last.box_xyxy_px), centre(point.box_xyxy_px))
    size_px = max(box_size_px(last.box_xyxy_px), box_size_px(point.box_xyxy_px))
    return off_px > (_JUMP_SIZES + _JUMP_SIZES_PER_S * seconds_between(last.at, point.at)) * size_px
