"""What the rules about standing share: stays in zones of one kind, longer than the site allows, in the ban's hours."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, cast

import shapely
from pydantic import Field, JsonValue

from domain.camera import CameraConfig, ZoneKind
from domain.event import DecisiveMoment, Event, Finding, Hold, Measurement, Release, Subject
from domain.geometry import PointNorm
from domain.instants import seconds_between, to_text
from domain.seen.scene import Scene
from rules import interlocks
from rules.kit.places import zones_of, zones_problems
from rules.kit.stays.jam import LONGEST_STEP_S, JamWatch
from rules.kit.stays.presence import StayLimits
from rules.kit.stays.standing import contact_norm
from rules.kit.stays.stay import Stay
from rules.kit.stays.stay_book import StayBook, StayChanges
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_BAN_ENDED = "ban_ended_before_threshold"  # the hours of the ban were over

_FOOT_SHARE = 0.06  # of the height: a vehicle touches the ground from its lower edge up to there at least

FIRST_SIGHTING = "first_sighting"
LAST_SIGHTING = "last_sighting"


class ParkingParameters(RuleParameters):
    """Parameters of the rules about standing. Lengths are in sizes of the box: the square root of its area."""

    threshold_s: Annotated[
        float, Field(gt=0, le=86_400, description="a stay of at least so long is an offence here, above 0 to 86400 s")
    ]
    zones: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        Field(description="ids of the zones that are meant; none: every zone of the rule's kind"),
    ] = ()
    survive_loss_s: Annotated[
        float,
        Field(ge=0, le=7200, description="a stay of which there is a case is over when unseen for longer, 0 to 7200 s"),
    ] = 600.0
    max_unseen_s: Annotated[
        float,
        Field(
            ge=0, le=7200, description="any other stay is over when unseen for longer: it may be another, 0 to 7200 s"
        ),
    ] = 60.0
    settle_s: Annotated[
        float, Field(ge=0.5, le=60, description="a vehicle stands when it has kept its place so long, 0.5 to 60 s")
    ] = 3.0
    still_radius_sizes: Annotated[
        float, Field(gt=0, le=1, description="how far a standing box may wander, above 0 to 1")
    ] = 0.2
    leave_distance_sizes: Annotated[
        float, Field(gt=0, le=5, description="so far from its place a vehicle has left, above 0 to 5")
    ] = 0.75
    leave_confirm_s: Annotated[
        float, Field(ge=0, le=120, description="a departure is believed when the place stays free so long, 0 to 120 s")
    ] = 10.0
    sighting_gap_s: Annotated[
        float, Field(gt=0, le=60, description="a longer span between sightings counts as unobserved, above 0 to 60 s")
    ] = 2.0
    survive_restart_s: Annotated[
        float,
        Field(ge=0, le=600, description="a stay goes on after the box was down for no longer than this, 0 to 600 s"),
    ] = 120.0
    min_observed_share: Annotated[
        float, Field(ge=0, le=1, description="least share of the stay that must have been observed, 0 to 1")
    ] = 0.3


class RoadParkingParameters(ParkingParameters):
    """Parameters of the rules about standing on a road, where traffic may have to stand."""

    signal: Annotated[
        str | None,
        Field(description="id of the signal at which vehicles wait in the zone: time without green does not count"),
    ] = None


class Parking:
    """Stays are anchored to their place: they outlive tracks, changes of id, occlusion and changes of light.

    A subclass says of which kind its zones are and which offence a stay there is.
    """

    CODE: ClassVar[str]
    OFFENCES: ClassVar[Mapping[str, str]]
    VERSION: ClassVar[str]
    ZONE_KIND: ClassVar[ZoneKind]
    MOMENTS: ClassVar[tuple[str, ...]] = (FIRST_SIGHTING, LAST_SIGHTING)
    INTERLOCKS: ClassVar[frozenset[str]] = interlocks.ALL
    PARAMETERS: ClassVar[type[RuleParameters]] = ParkingParameters

    def __init__(self, *, camera: CameraConfig, parameters: RuleParameters, refusals: Refusals) -> None:
        self._parameters = cast("ParkingParameters", parameters)
        self._refusals = refusals
        wanted = self._parameters.zones
        self._zones = {
            zone.id: shapely.Polygon(zone.polygon_norm)
            for zone in camera.zones
            if zone.kind == self.ZONE_KIND and (not wanted or zone.id in wanted)
        }
        road = self._parameters if isinstance(self._parameters, RoadParkingParameters) else None
        self._jam = None if road is None else JamWatch(camera, road.signal)
        self._bays = [
            shapely.Polygon(zone.polygon_norm) for zone in camera.zones if zone.kind == ZoneKind.PERMITTED_BAY
        ]
        for polygon in (*self._zones.values(), *self._bays):
            shapely.prepare(polygon)
        own = self._parameters
        self._book = StayBook(
            StayLimits(
                settle_s=own.settle_s,
                still_radius_sizes=own.still_radius_sizes,
                leave_distance_sizes=own.leave_distance_sizes,
                leave_confirm_s=own.leave_confirm_s,
                sighting_gap_s=own.sighting_gap_s,
                survive_loss_s=own.survive_loss_s,
                max_unseen_s=own.max_unseen_s,
                survive_restart_s=own.survive_restart_s,
            ),
            self._zone_at,
        )
        self._active_since: datetime | None = None

    @classmethod
    def problems(cls, camera: CameraConfig, parameters: RuleParameters) -> tuple[RuleProblem, ...]:
        """There must be a zone to stand in, and on a road lanes that tell a jam."""
        own = cast("ParkingParameters", parameters)
        problems = zones_problems(camera, cls.ZONE_KIND, own.zones)
        if not isinstance(own, RoadParkingParameters):
            return tuple(problems)
        if own.signal is not None and own.signal not in {signal.id for signal in camera.signals}:
            remedy = f"use one of {', '.join(signal.id for signal in camera.signals) or 'signals (none is described)'}"
            problems.append(RuleProblem(parameter="signal", problem=f"there is no signal {own.signal}", remedy=remedy))
        if not zones_of(camera, ZoneKind.LANE, ()):
            problems.append(
                RuleProblem(
                    parameter="",
                    problem="no zone of kind lane is drawn, so that nobody could tell a jam from a stop",
                    remedy="draw the lanes beside the zone",
                )
            )
        return tuple(problems)

    @property
    def stays(self) -> tuple[Stay, ...]:
        """Stays that are not over, oldest first."""
        return self._book.stays

    def step(self, scene: Scene, *, active: bool) -> tuple[Finding, ...]:
        """Take in one scene; outside the hours of the ban nothing begins, but what became a case is still followed."""
        self._active_since = None if not active else self._active_since or scene.at
        changes = self._book.step(scene, begin_from=self._active_since)
        if not active:
            self._book.end_where(lambda stay: not stay.told, REFUSED_BAN_ENDED, changes)
        if self._jam is not None:
            self._jam.step(scene, self._book.stays)
            for stay in self._book.stays:
                stay.jammed_s += self._jam.lasted_s(stay)
        findings = self._findings(changes)
        for stay in self._book.stays:
            if not active or not stay.seen_now or stay.told or not self._is_ripe(stay):
                continue
            if stay.vehicle_kind not in self.OFFENCES:
                continue
            if self._counts(stay, scene) and self._book.stands_apart(stay, scene.at):
                findings += [self._event(stay), Release(key=stay.key)]
        return tuple(findings)

    def keep(self) -> JsonValue:
        """The stays."""
        return self._book.keep()

    def resume(self, kept: JsonValue, *, since: datetime, scene: Scene) -> tuple[Finding, ...]:
        """Go on with the stays of a predecessor; their first sightings are to be held again.

        Raises:
            ValueError: they cannot be read.
        """
        changes = self._book.resume(kept, since=since, at=scene.at)
        unknown_s = seconds_between(since, scene.at)
        if self._jam is not None and unknown_s > LONGEST_STEP_S:
            for stay in changes.begun:
                stay.jammed_s += unknown_s
        changes.begun = [stay for stay in changes.begun if not self._is_ripe(stay)]
        return tuple(self._findings(changes))

    def finish(self) -> tuple[Finding, ...]:
        """Stays become events as soon as they are ripe, so that only releases are left."""
        changes = StayChanges()
        self._book.end_where(lambda stay: not stay.told, "", changes)
        return tuple(Release(key=stay.key) for stay, _ in changes.ended)

    def _counts(self, stay: Stay, scene: Scene) -> bool:
        """Whether all its boxes together still say that it stands in the zone and not in a bay."""
        box = stay.place.now_px
        width_norm, height_norm = (box[2] - box[0]) / scene.resolution_wh[0], (box[3] - box[1]) / scene.resolution_wh[1]
        x, y = contact_norm(box, scene.resolution_wh)
        near = [(x + dx * width_norm, y - dy * height_norm) for dx in (-0.15, 0.0, 0.15) for dy in (0.0, 0.1)]
        in_bay = any(shapely.intersects_xy(bay, *point) for bay in self._bays for point in near)
        return not in_bay and any(self._zone_at((x, y - dy * height_norm)) is not None for dy in (0.0, _FOOT_SHARE))

    def _zone_at(self, place: PointNorm) -> str | None:
        """The zone of a place that lies in no permitted bay."""
        if any(shapely.intersects_xy(bay, *place) for bay in self._bays):
            return None
        return next((key for key, polygon in self._zones.items() if shapely.intersects_xy(polygon, *place)), None)

    def _findings(self, changes: StayChanges) -> list[Finding]:
        findings: list[Finding] = []
        for stay, reason in changes.ended:
            if not stay.told:
                self._refusals.add(reason)
                findings.append(Release(key=stay.key))
        return [*findings, *(Hold(key=stay.key, at=stay.first.at) for stay in changes.begun)]

    def _is_ripe(self, stay: Stay) -> bool:
        own = self._parameters
        return stay.dwell_s - stay.jammed_s >= own.threshold_s and stay.observed_share >= own.min_observed_share

    def _event(self, stay: Stay) -> Event:
        stay.told = True
        x_norm, y_norm = stay.place_norm
        return Event(
            code=self.OFFENCES[stay.vehicle_kind],
            subject=Subject(
                key=f"place:{stay.zone_id}:{x_norm:.3f},{y_norm:.3f}",
                label=stay.label,
                label_share=stay.label_share,
                vehicle_kind=stay.vehicle_kind,
                track_ids=tuple(stay.track_ids),
            ),
            began_at=stay.first.at,
            ended_at=stay.shown.at,
            moments=(
                DecisiveMoment(name=FIRST_SIGHTING, at=stay.first.at, box_xyxy_px=stay.first.box_xyxy_px),
                DecisiveMoment(name=LAST_SIGHTING, at=stay.shown.at, box_xyxy_px=stay.shown.box_xyxy_px),
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
                **({} if self._jam is None else {"jammed_s": stay.jammed_s}),
                **_not_watched(stay),
            },
        )


def _not_watched(stay: Stay) -> dict[str, Measurement]:
    """The spans of the stay in which the box was down; nothing where there was none."""
    if not stay.blind:
        return {}
    return {
        "not_watched_s": sum(seconds_between(since, until) for since, until in stay.blind),
        "not_watched": ", ".join(f"{to_text(since)} to {to_text(until)}" for since, until in stay.blind),
    }
