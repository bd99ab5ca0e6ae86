"""PARK_PAVEMENT: a vehicle that stands on a pavement for longer than the site allows, in the hours of the ban."""

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Annotated, ClassVar, cast

import shapely
from pydantic import Field

from domain.camera import CameraConfig, ZoneKind
from domain.event import DecisiveMoment, Event, Finding, Hold, Release, Subject
from domain.geometry import BoxPx, SizeWh, box_iou
from domain.instants import seconds_between
from domain.scene import Scene
from domain.track import Track
from rules.kit.crossing_parameters import zone_problems
from rules.kit.standing import Run, contact_norm, newer_points, standing_run
from rules.kit.stay import Stay
from rules.rule import Refusals, Rule, RuleParameters, RuleProblem

REFUSED_LEFT = "left_before_threshold"  # it was seen to leave in time
REFUSED_LOST = "lost_before_threshold"  # not seen again for so long that nobody knows whether it stayed
REFUSED_REPLACED = "replaced_before_threshold"  # another vehicle stands in its place
REFUSED_PICTURE_CHANGED = "picture_changed_before_threshold"  # the picture's size changed
REFUSED_BAN_ENDED = "ban_ended_before_threshold"  # the hours of the ban were over

FIRST_SIGHTING = "first_sighting"
LAST_SIGHTING = "last_sighting"

_OWN_FIT = 0.2
_CLAIM_FIT = 0.3
_TAKES_PLACE_IOU = 0.45
_TWIN_IOU = 0.7
_SURE_SHARE = 0.6
_JUMP_SIZES = 1.0
_MAX_STAYS = 500


class ParkPavementParameters(RuleParameters):
    """Parameters of PARK_PAVEMENT. Lengths are in sizes of the vehicle's box: the square root of its area."""

    threshold_s: Annotated[
        float, Field(gt=0, le=86_400, description="a stay of at least so long is an offence here, above 0 to 86400 s")
    ]
    zones: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        Field(description="ids of the pavement zones that are meant; none: every zone of kind pavement"),
    ] = ()
    survive_loss_s: Annotated[
        float, Field(ge=0, le=7200, description="a stay unseen for longer is over, 0 to 7200 s")
    ] = 600.0
    settle_s: Annotated[
        float, Field(ge=0.5, le=60, description="a vehicle stands when it has kept its place so long, 0.5 to 60 s")
    ] = 3.0
    still_radius_sizes: Annotated[
        float, Field(gt=0, le=1, description="how far a standing box may wander, above 0 to 1")
    ] = 0.25
    leave_distance_sizes: Annotated[
        float, Field(gt=0, le=5, description="so far from its place a vehicle has left, above 0 to 5")
    ] = 0.75
    leave_confirm_s: Annotated[
        float, Field(ge=0, le=120, description="a departure is believed when the place stays free so long, 0 to 120 s")
    ] = 10.0
    sighting_gap_s: Annotated[
        float, Field(gt=0, le=60, description="a longer span between sightings counts as unobserved, above 0 to 60 s")
    ] = 2.0
    min_observed_share: Annotated[
        float, Field(ge=0, le=1, description="least share of the stay that must have been observed, 0 to 1")
    ] = 0.1


class ParkPavement:
    """Stays are anchored to their place: they outlive tracks, changes of id, occlusion and changes of light."""

    CODE: ClassVar[str] = "PARK_PAVEMENT"
    VERSION: ClassVar[str] = "1.0"
    MOMENTS: ClassVar[tuple[str, ...]] = (FIRST_SIGHTING, LAST_SIGHTING)
    PARAMETERS: ClassVar[type[RuleParameters]] = ParkPavementParameters

    def __init__(self, *, camera: CameraConfig, parameters: RuleParameters, refusals: Refusals) -> None:
        self._parameters = cast("ParkPavementParameters", parameters)
        self._refusals = refusals
        wanted = self._parameters.zones
        self._zones = {
            zone.id: shapely.Polygon(zone.polygon_norm)
            for zone in camera.zones
            if zone.kind == ZoneKind.PAVEMENT and (not wanted or zone.id in wanted)
        }
        self._bays = [
            shapely.Polygon(zone.polygon_norm) for zone in camera.zones if zone.kind == ZoneKind.PERMITTED_BAY
        ]
        for polygon in (*self._zones.values(), *self._bays):
            shapely.prepare(polygon)
        self._stays: list[Stay] = []
        self._active_since: datetime | None = None
        self._resolution_wh: SizeWh | None = None

    @classmethod
    def problems(cls, camera: CameraConfig, parameters: RuleParameters) -> tuple[RuleProblem, ...]:
        """There must be a pavement to stand on."""
        own = cast("ParkPavementParameters", parameters)
        problems = zone_problems(camera, "zones", own.zones)
        chosen = [zone for zone in camera.zones if not own.zones or zone.id in own.zones]
        problems += [
            RuleProblem(
                parameter="zones",
                problem=f"zone {zone.id} is of kind {zone.kind}",
                remedy="name zones of kind pavement only",
            )
            for zone in chosen
            if own.zones and zone.kind != ZoneKind.PAVEMENT
        ]
        if not own.zones and not any(zone.kind == ZoneKind.PAVEMENT for zone in chosen):
            problems.append(
                RuleProblem(parameter="", problem="no zone of kind pavement is drawn", remedy="draw the pavement")
            )
        return tuple(problems)

    @property
    def stays(self) -> tuple[Stay, ...]:
        """Stays that are not over, oldest first."""
        return tuple(self._stays)

    def step(self, scene: Scene, *, active: bool) -> tuple[Finding, ...]:
        """Take in one scene; outside the hours of the ban nothing begins, but what was told is still followed."""
        findings = self._fit_to_picture(scene.resolution_wh)
        if not active:
            self._active_since = None
            findings += self._end_where(lambda stay: not stay.told, REFUSED_BAN_ENDED)
        elif self._active_since is None:
            self._active_since = scene.at
        vehicles = [track for track in scene.tracks if track.observed and track.vehicle_kind is not None]
        vehicles.sort(key=lambda track: (track.newest.box_xyxy_px, track.track_id))
        for stay in self._stays:
            stay.seen_now = False
        free = self._carry_on(vehicles, scene)
        findings += self._settle(free, scene, active=active)
        findings += self._end_where(lambda stay: self._has_left(stay, scene.at), REFUSED_LEFT)
        findings += self._end_where(lambda stay: self._is_lost(stay, scene.at), REFUSED_LOST)
        if active:
            for stay in self._stays:
                if self._is_ripe(stay):
                    findings += [self._event(stay), Release(key=stay.key)]
        return tuple(findings)

    def take_over(self, before: Rule) -> None:
        """A vehicle that was told and still stands there is not told again."""
        if isinstance(before, ParkPavement):
            self._stays = [stay.copy() for stay in before.stays if stay.told]
            self._resolution_wh = before.resolution_wh

    @property
    def resolution_wh(self) -> SizeWh | None:
        """Of the newest picture; None before the first."""
        return self._resolution_wh

    def finish(self) -> tuple[Finding, ...]:
        """Stays become events as soon as they are ripe, so that only releases are left."""
        releases = [Release(key=stay.key) for stay in self._stays if not stay.told]
        self._stays = [stay for stay in self._stays if stay.told]
        return tuple(releases)

    def _fit_to_picture(self, resolution_wh: SizeWh) -> list[Finding]:
        """Where the picture's size has changed, told stays are carried over and untold ones begin again."""
        old_wh, self._resolution_wh = self._resolution_wh, resolution_wh
        if old_wh is None or old_wh == resolution_wh:
            return []
        findings = self._end_where(lambda stay: not stay.told, REFUSED_PICTURE_CHANGED)
        for stay in self._stays:
            stay.rescale(resolution_wh[0] / old_wh[0], resolution_wh[1] / old_wh[1])
        return findings

    def _carry_on(self, vehicles: list[Track], scene: Scene) -> list[Track]:
        """Let the tracks that carry stays go on carrying them; returns the tracks that carry none."""
        by_id = {track.track_id: track for track in vehicles}
        carriers: set[int] = set()
        for stay in self._stays:
            track = by_id.get(stay.carrier.track_id)
            if track is None or track.track_id in carriers:
                continue
            box = track.newest.box_xyxy_px
            if self._is_away(stay, box):
                if stay.left_at is None and self._walked_away(stay, track):
                    stay.left_at = scene.at
            elif stay.fit(box, own=True) >= _OWN_FIT:
                carriers.add(track.track_id)
                stay.see(track, newer_points(track, stay.last.at), self._gap_s)
        return [track for track in vehicles if track.track_id not in carriers]

    def _is_away(self, stay: Stay, box: BoxPx) -> bool:
        return stay.moved_sizes(box) > self._parameters.leave_distance_sizes and stay.outside(box)

    @staticmethod
    def _walked_away(stay: Stay, track: Track) -> bool:
        """Whether the carrier went away step by step; a jump means that its id went to something else."""
        steps = [point for point in track.points if point.at >= stay.last.at]
        boxes = [stay.last.box_xyxy_px, *(point.box_xyxy_px for point in steps)]
        return all(
            box_iou(one, other) > 0.0 or abs(stay.moved_sizes(one) - stay.moved_sizes(other)) <= _JUMP_SIZES
            for one, other in pairwise(boxes)
        )

    def _settle(self, free: list[Track], scene: Scene, *, active: bool) -> list[Finding]:
        """Standing tracks that carry nothing take up a stay of their place, or begin one."""
        parameters = self._parameters
        standing = []
        for track in free:
            run = standing_run(
                track, parameters.still_radius_sizes, parameters.leave_distance_sizes, parameters.settle_s
            )
            if run is not None:
                standing.append((track, run))
        claims = sorted(
            (
                (-fit, stay.first.at, stay.key, index)
                for index, (track, run) in enumerate(standing)
                for stay in self._stays
                if (fit := self._claim(stay, track, run)) >= _CLAIM_FIT
            ),
        )
        by_key = {stay.key: stay for stay in self._stays}
        taken: set[int] = set()
        for _, _, key, index in claims:
            stay = by_key[key]
            if index not in taken and not stay.seen_now:
                track, run = standing[index]
                stay.see(track, [point for point in run.points if point.at > stay.last.at], self._gap_s)
                taken.add(index)
        findings: list[Finding] = []
        for index, (track, run) in enumerate(standing):
            if index not in taken and active:
                findings += self._begin(track, run, scene.resolution_wh)
        return findings

    def _claim(self, stay: Stay, track: Track, run: Run) -> float:
        """How well a standing track continues an unseen stay; 0 for a vehicle that was seen to come or is another."""
        if stay.seen_now or (run.arrived and run.points[0].at > stay.last.at):
            return 0.0
        if stay.left_at is not None and track.track_id == stay.carrier.track_id:
            return 0.0
        if track.vehicle_kind != stay.vehicle_kind and track.label_share >= _SURE_SHARE:
            return 0.0
        return stay.fit(track.newest.box_xyxy_px, own=False)

    def _begin(self, track: Track, run: Run, resolution_wh: SizeWh) -> list[Finding]:
        """A new stay, if the vehicle stands on a pavement and is not one that is known already."""
        box = track.newest.box_xyxy_px
        place = contact_norm(box, resolution_wh)
        zone_id = next((key for key, polygon in self._zones.items() if shapely.intersects_xy(polygon, *place)), None)
        if zone_id is None or any(shapely.intersects_xy(bay, *place) for bay in self._bays):
            return []
        if any(stay.seen_now and box_iou(stay.anchor_px, box) >= _TWIN_IOU for stay in self._stays):
            return []
        points = [point for point in run.points if self._active_since is None or point.at >= self._active_since]
        if not points or len(self._stays) >= _MAX_STAYS:
            return []
        ended = self._end_where(
            lambda stay: not stay.told and not stay.seen_now and box_iou(stay.anchor_px, box) >= _TAKES_PLACE_IOU,
            REFUSED_REPLACED,
        )
        first = points[0]
        x_norm, y_norm = contact_norm(first.box_xyxy_px, resolution_wh)
        stay = Stay(
            key=f"{zone_id}:{x_norm:.4f},{y_norm:.4f}:{first.at.isoformat(timespec='milliseconds')}",
            zone_id=zone_id,
            place_norm=place,
            origin_px=box,
            vehicle_kind=track.vehicle_kind or "",
            carrier=track,
            first=first,
            last=first,
        )
        stay.see(track, points, self._gap_s)
        self._stays.append(stay)
        return [*ended, Hold(key=stay.key, at=first.at)]

    def _has_left(self, stay: Stay, now: datetime) -> bool:
        return stay.left_at is not None and seconds_between(stay.left_at, now) >= self._parameters.leave_confirm_s

    def _is_lost(self, stay: Stay, now: datetime) -> bool:
        return seconds_between(stay.last.at, now) > self._parameters.survive_loss_s

    def _is_ripe(self, stay: Stay) -> bool:
        return (
            not stay.told
            and stay.seen_now
            and stay.dwell_s >= self._parameters.threshold_s
            and stay.observed_share >= self._parameters.min_observed_share
        )

    def _end_where(self, over: Callable[[Stay], bool], reason: str) -> list[Finding]:
        ended = [stay for stay in self._stays if over(stay)]
        self._stays = [stay for stay in self._stays if not over(stay)]
        untold = [stay for stay in ended if not stay.told]
        for _ in untold:
            self._refusals.add(reason)
        return [Release(key=stay.key) for stay in untold]

    @property
    def _gap_s(self) -> float:
        return self._parameters.sighting_gap_s

    def _event(self, stay: Stay) -> Event:
        stay.told = True
        x_norm, y_norm = stay.place_norm
        return Event(
            code=self.CODE,
            subject=Subject(
                key=f"place:{stay.zone_id}:{x_norm:.3f},{y_norm:.3f}",
                label=stay.carrier.label,
                label_share=stay.carrier.label_share,
                vehicle_kind=stay.carrier.vehicle_kind or stay.vehicle_kind,
                track_ids=tuple(stay.track_ids),
            ),
            began_at=stay.first.at,
            ended_at=stay.last.at,
            moments=(
                DecisiveMoment(name=FIRST_SIGHTING, at=stay.first.at, box_xyxy_px=stay.first.box_xyxy_px),
                DecisiveMoment(name=LAST_SIGHTING, at=stay.last.at, box_xyxy_px=stay.last.box_xyxy_px),
            ),
            zone_ids=(stay.zone_id,),
            measurements={
                "dwell_s": stay.dwell_s,
                "threshold_s": self._parameters.threshold_s,
                "observed_share": stay.observed_share,
                "unobserved_s": max(0.0, stay.dwell_s - stay.observed_s),
                "longest_gap_s": stay.longest_gap_s,
                "sightings": stay.sightings,
                "tracks": len(stay.track_ids),
            },
        )
