"""What the rules about standing share: stays in zones of one kind, longer than the site allows, in the ban's hours."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, ZoneKind
from domain.event import DecisiveMoment, Event, Measurement, Subject
from domain.instants import seconds_between, to_text
from rules import interlocks
from rules.fact_rule import FactRule
from rules.facts.facts import Facts
from rules.facts.stays.presence import StayLimits
from rules.facts.stays.stay import Stay
from rules.facts.stays.stays import Stays, StaysWanted
from rules.kit.places import signal_problems, zones_of, zones_problems
from rules.proof import RuleFigure
from rules.rule import Refusals, RuleParameters, RuleProblem

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

    @property
    def limits(self) -> StayLimits:
        """What counts as standing, leaving and being lost."""
        return StayLimits(
            settle_s=self.settle_s,
            still_radius_sizes=self.still_radius_sizes,
            leave_distance_sizes=self.leave_distance_sizes,
            leave_confirm_s=self.leave_confirm_s,
            sighting_gap_s=self.sighting_gap_s,
            survive_loss_s=self.survive_loss_s,
            max_unseen_s=self.max_unseen_s,
            survive_restart_s=self.survive_restart_s,
        )


class RoadParkingParameters(ParkingParameters):
    """Parameters of the rules about standing on a road, where traffic may have to stand."""

    signal: Annotated[
        str | None,
        Field(description="id of the signal at which vehicles wait in the zone: time without green does not count"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ParkingPlace:
    """A kind of place where standing is an offence; stays there outlive tracks, changes of id, occlusion and light."""

    kind: ZoneKind
    offences: Mapping[str, str]

    def stays(self, camera: CameraConfig, parameters: ParkingParameters) -> StaysWanted:
        """Those in the zones that are meant."""
        return StaysWanted(
            zone_ids=frozenset(zone.id for zone in zones_of(camera, self.kind, parameters.zones)),
            limits=parameters.limits,
            on_road=isinstance(parameters, RoadParkingParameters),
            signal=parameters.signal if isinstance(parameters, RoadParkingParameters) else None,
        )

    def judge(
        self, facts: Facts, camera: CameraConfig, parameters: ParkingParameters, refusals: Refusals
    ) -> Iterator[Event]:
        """Judge the stays in its zones; one is an act as soon as it is long enough and surely there."""
        del camera
        stays = facts.stays
        for stay, reason in stays.ended:
            if not facts.emitted.has(stay.subject_key(stays.zone_of(stay)), stay.first.at):
                refusals.add(reason)
        for stay in stays.going_on if stays.in_force else ():
            if stay.seen_now and not stay.told and _is_ripe(stay, parameters):
                offence = self.offences.get(stay.vehicle_kind)
                if offence is not None and stays.is_sure(stay):
                    yield _event(offence, stay, stays, parameters)

    def problems(self, camera: CameraConfig, parameters: ParkingParameters) -> Sequence[RuleProblem]:
        """There must be a zone to stand in, and on a road lanes that tell a jam."""
        problems = zones_problems(camera, self.kind, parameters.zones)
        if not isinstance(parameters, RoadParkingParameters):
            return problems
        problems += signal_problems(camera, parameters.signal)
        if not zones_of(camera, ZoneKind.LANE, ()):
            problems.append(
                RuleProblem(
                    parameter="",
                    problem="no zone of kind lane is drawn, so that nobody could tell a jam from a stop",
                    remedy="draw the lanes beside the zone",
                )
            )
        return problems


def parking_rule(
    code: str, version: str, place: ParkingPlace, parameters: type[ParkingParameters], measured: RuleFigure
) -> FactRule[ParkingParameters]:
    """The rule about standing in one kind of place.

    Args:
        code: its name in camera files.
        version: of what it does.
        place: where standing is an offence.
        parameters: its own; on a road those of roads.
        measured: how often its cases were right.
    """
    return FactRule(
        CODE=code,
        VERSION=version,
        MEASURED=measured,
        OFFENCES=place.offences,
        MOMENTS=(FIRST_SIGHTING, LAST_SIGHTING),
        PARAMETERS=parameters,
        judge=place.judge,
        places=_nobody_is_followed,
        check=place.problems,
        stays=place.stays,
        INTERLOCKS=interlocks.ALL - {interlocks.JAM},  # a row is none; on roads jammed time is told
    )


def _nobody_is_followed(camera: CameraConfig, parameters: ParkingParameters) -> Sequence[str]:
    """Stays are all that it needs: they are of places."""
    del camera, parameters
    return ()


def _is_ripe(stay: Stay, parameters: ParkingParameters) -> bool:
    jammed_s = stay.jammed_s if isinstance(parameters, RoadParkingParameters) else 0.0
    return stay.dwell_s - jammed_s >= parameters.threshold_s and stay.observed_share >= parameters.min_observed_share


def _event(offence: str, stay: Stay, stays: Stays, parameters: ParkingParameters) -> Event:
    zone_id = stays.zone_of(stay)
    return Event(
        code=offence,
        subject=Subject(
            key=stay.subject_key(zone_id),
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
        zone_ids=(zone_id,),
        measurements={
            "dwell_s": stay.dwell_s,
            "threshold_s": parameters.threshold_s,
            "observed_share": stay.observed_share,
            "unobserved_s": max(0.0, stay.dwell_s - stay.observed_s),
            "longest_gap_s": stay.longest_gap_s,
            "sightings": stay.sightings,
            "tracks": len(stay.track_ids),
            **({"jammed_s": stay.jammed_s} if isinstance(parameters, RoadParkingParameters) else {}),
            **_row(stays.row_of(stay), zone_id),
            **_not_watched(stay),
        },
    )


def _row(row: Sequence[Stay], zone_id: str) -> dict[str, Measurement]:
    """How many stand in a row, and its name, by who came first of those who stand there."""
    name = f"{row[0].subject_key(zone_id)} {to_text(row[0].first.at)}"
    return {"row_vehicles": len(row), **({"row_key": name} if len(row) > 1 else {})}


def _not_watched(stay: Stay) -> dict[str, Measurement]:
    """The spans of the stay in which the box was down; nothing where there was none."""
    if not stay.blind:
        return {}
    return {
        "not_watched_s": sum(seconds_between(since, until) for since, until in stay.blind),
        "not_watched": ", ".join(f"{to_text(since)} to {to_text(until)}" for since, until in stay.blind),
    }
