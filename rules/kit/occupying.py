"""What the rules about occupied places share: their zones, and what speaks against every one of them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, TypeVar

from pydantic import Field

from domain.camera import CameraConfig, Zone, ZoneKind
from domain.event import DecisiveMoment, Event, FindingKind, Subject
from domain.seen.looks import Look
from domain.seen.scene import Scene
from rules.fact_rule import FactRule
from rules.facts.facts import Facts
from rules.facts.occupation.occupation import SURFACE, Occupation
from rules.kit.ground import MIN_POINTS
from rules.kit.places import Ids, zones_of, zones_problems
from rules.proof import RuleFigure
from rules.reminders.making import FIRST_OBSERVATION, LATER_OBSERVATION, OCCUPIED
from rules.reminders.parameters import ReminderParameters
from rules.rule import Refusals, RuleProblem

REFUSED_VEHICLE = "vehicle_in_place"  # a vehicle stood there: that is parking, or it is all that was seen
REFUSED_FURNISHED = "always_there"  # things on ground that looks as when it is empty: a bench of the street's own
REFUSED_MELTED = "part_of_another"  # it cannot be told from an older place beside it
REFUSED_TOO_LITTLE = "too_little_there"  # a bag, a single chair
REFUSED_ENOUGH_FREE = "enough_left_free"  # who walks there may still have the width that must stay free
REFUSED_WIDTH_UNKNOWN = "free_width_unknown"  # a width must stay free, and nobody knows which is

FURNITURE = ("chair", "table", "bench", "umbrella")
_FITS_IN_DOUBT = 3  # so often a vehicle was found just where the ground changed: a detector may overlook it otherwise
_UNCHANGED_LOOKS = 20  # about 40 s: changed ground is believed sooner
_ALMOST = 0.8  # of the pieces: a detector overlooks one now and then


class OccupyingParameters(ReminderParameters):
    """Parameters of the rules about occupied places."""

    zones: Annotated[
        Ids, Field(description="ids of the zones that are meant; none: every zone of the rule's kind")
    ] = ()
    min_share_of_zone: Annotated[
        float, Field(ge=0, le=1, description="least share of the zone, as seen, that changed ground must cover, 0 to 1")
    ] = 0.02
    max_vehicle_share: Annotated[
        float, Field(ge=0, le=0.5, description="share of the time a vehicle may have stood in the place, 0 to 0.5")
    ] = 0.15


P = TypeVar("P", bound=OccupyingParameters)
Objection = Callable[[Occupation, P], str | None]
"""What speaks against a place being a rule's offence, beyond what speaks against all; None: nothing."""


def occupying_rule(
    code: str,
    parameters_class: type[P],
    *kinds: ZoneKind,
    objection: Objection[P],
    version: str = "1.1",
    measured: RuleFigure | None = None,
    more_problems: Callable[[CameraConfig, P], Sequence[RuleProblem]] = lambda _camera, _parameters: (),
) -> FactRule[P]:
    """A rule about what occupies zones of some kinds.

    Args:
        code: its name, and its offence in the catalogue.
        parameters_class: of its own.
        kinds: of its zones; one of them must be drawn.
        objection: what speaks against a place being its offence, beyond what speaks against all.
        version: of what it does.
        measured: how often its cases were right; None: never measured.
        more_problems: what else is missing at a camera.
    """

    def zones(camera: CameraConfig, parameters: P) -> list[Zone]:
        return [zone for kind in kinds for zone in zones_of(camera, kind, parameters.zones)]

    def judge(facts: Facts, camera: CameraConfig, parameters: P, refusals: Refusals) -> Iterator[Event]:
        by_id = {zone.id: zone for zone in zones(camera, parameters)}
        for occupation in facts.occupations:
            zone = by_id.get(occupation.zone_id)
            if zone is None or not (occupation.seen_now or occupation.cleared_now):
                continue
            reason = _common_objection(occupation, zone, parameters) or objection(occupation, parameters)
            if reason is None and occupation.seen_now:
                yield _event(occupation, code, facts.scene)
            elif reason is not None and occupation.cleared_now and occupation.presence.lasted_s >= parameters.confirm_s:
                refusals.add(reason)

    def places(camera: CameraConfig, parameters: P) -> Sequence[str]:
        return [zone.id for zone in zones(camera, parameters)]

    def check(camera: CameraConfig, parameters: P) -> Sequence[RuleProblem]:
        drawn = zones(camera, parameters)
        missing = [] if drawn and len(kinds) > 1 else zones_problems(camera, kinds[0], parameters.zones)
        return [*missing, *_uncalibrated(camera, drawn), *more_problems(camera, parameters)]

    return FactRule(
        CODE=code,
        OFFENCES={OCCUPIED: code},
        VERSION=version,
        MEASURED=measured,
        KIND=FindingKind.REMINDER,
        MOMENTS=(FIRST_OBSERVATION, LATER_OBSERVATION),
        LOOKS=frozenset({Look.SURFACE}),
        PARAMETERS=parameters_class,
        judge=judge,
        places=places,
        check=check,
    )


def pieces(occupation: Occupation) -> float:
    """How many pieces of furniture are usually seen at once."""
    return sum(occupation.presence.usually(label) for label in FURNITURE)


def has_pieces(occupation: Occupation, least: int) -> bool:
    """Whether so many pieces of furniture stand there, and not only umbrellas: people carry those."""
    ground = sum(occupation.presence.usually(label) for label in FURNITURE if label != "umbrella")
    return ground > 0 and pieces(occupation) >= _ALMOST * least


def _uncalibrated(camera: CameraConfig, zones: Sequence[Zone]) -> list[RuleProblem]:
    """A width that must stay free needs a calibrated ground."""
    return [
        RuleProblem(
            parameter="zones",
            problem=f"zone {zone.id} asks for free_width_m, but the ground is not calibrated",
            remedy=f"measure {MIN_POINTS} ground points, or leave free_width_m out: then nothing may stand there",
        )
        for zone in zones
        if zone.free_width_m is not None and len(camera.ground_points) < MIN_POINTS
    ]


def _common_objection(occupation: Occupation, zone: Zone, parameters: OccupyingParameters) -> str | None:
    presence, width = occupation.presence, occupation.free_width
    may_be_a_vehicle = not presence.pieces and presence.vehicle_fits >= _FITS_IN_DOUBT
    objections = {
        REFUSED_VEHICLE: may_be_a_vehicle or presence.vehicle_share > parameters.max_vehicle_share,
        REFUSED_MELTED: occupation.melted,
        REFUSED_FURNISHED: _is_furnished(occupation),
        REFUSED_TOO_LITTLE: not presence.pieces and occupation.share_of_zone < parameters.min_share_of_zone,
        REFUSED_WIDTH_UNKNOWN: zone.free_width_m is not None and width is None,
        REFUSED_ENOUGH_FREE: zone.free_width_m is not None and width is not None and width.most_m >= zone.free_width_m,
    }
    return next((reason for reason, holds in objections.items() if holds), None)


def _is_furnished(occupation: Occupation) -> bool:
    """Whether only furniture is seen, on ground that looks as it does when nobody brought any."""
    presence = occupation.presence
    return (
        not occupation.surface
        and presence.pieces.keys() <= set(FURNITURE)
        and presence.unchanged_looks >= _UNCHANGED_LOOKS
    )


def _event(occupation: Occupation, code: str, scene: Scene) -> Event:
    label = max(occupation.presence.pieces, key=lambda one: (occupation.presence.pieces[one], one), default=SURFACE)
    return Event(
        code=code,
        subject=Subject(key=occupation.key, label=label, label_share=1.0, vehicle_kind=OCCUPIED, track_ids=()),
        began_at=scene.at,
        ended_at=scene.at,
        moments=(
            DecisiveMoment(name=LATER_OBSERVATION, at=scene.at, box_xyxy_px=occupation.box_px(scene.resolution_wh)),
        ),
        zone_ids=(occupation.zone_id,),
        measurements={"pieces_at_once": pieces(occupation)},
    )
