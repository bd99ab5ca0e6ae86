"""UTURN_PLACE: turning around on a crosswalk, a bridge or a one-way road, by where the turn itself was driven.

Where the layout provides a place to turn around, its movement is drawn without ``banned`` and is no offence.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, Turn, Zone, ZoneKind
from domain.event import Event
from domain.geometry import SizeWh, contains
from domain.instants import seconds_between
from rules.fact_rule import FactRule, act
from rules.facts.contact import Contact
from rules.facts.facts import Facts
from rules.kit.places import Ids
from rules.offences.banned_turns import (
    ENTERED,
    LEFT,
    REFUSED_MOVEMENT_UNKNOWN,
    TURNING,
    UTURN,
    BannedTurnParameters,
    farthest,
    gates,
    is_banned,
    longest_gap_s,
    objection_to,
    subject_of,
)
from rules.rule import Refusals, RuleProblem

REFUSED_TURNED_ELSEWHERE = "turned_elsewhere"  # it turned around, but not in a place where that is forbidden

OFFENCES = {"car": "UTURN_PLACE", "motorbike": "UTURN"}
_KINDS = frozenset({ZoneKind.CROSSWALK, ZoneKind.BRIDGE})


class UturnPlaceParameters(BannedTurnParameters):
    """Parameters of UTURN_PLACE."""

    zones: Annotated[
        Ids,
        Field(description="ids of the places: crosswalks, bridges, lanes of one-way roads; none: all of the first two"),
    ] = ()
    min_sightings: Annotated[
        int, Field(ge=2, le=50, description="so many sightings in a row of the turn must lie in the place, 2 to 50")
    ] = 3


def judge(facts: Facts, camera: CameraConfig, parameters: UturnPlaceParameters, refusals: Refusals) -> Iterator[Event]:
    """Judge the ways that lead around."""
    for path in facts.paths:
        subject = subject_of(path)
        if subject is None or subject.vehicle_kind not in OFFENCES:
            continue
        movement = camera.movement(path.entry.line_id, path.exit.line_id)
        if movement is None:
            refusals.add(REFUSED_MOVEMENT_UNKNOWN)
            continue
        if not is_banned(movement, subject.label, parameters, frozenset({Turn.AROUND})):
            continue
        reason = objection_to(path, subject, movement, parameters, facts)
        turned = _turned_in(path.way, _zones(camera, parameters), facts.scene.resolution_wh, parameters.min_sightings)
        if reason is not None or turned is None:
            refusals.add(reason or REFUSED_TURNED_ELSEWHERE)
            continue
        place, sightings = turned
        yield act(
            OFFENCES[subject.vehicle_kind],
            subject,
            {ENTERED: path.entry.before, TURNING: farthest(path.way), LEFT: path.exit.after},
            place_ids=(place.id, movement.id, *dict.fromkeys((movement.from_gate, movement.to_gate))),
            measurements={
                "movement": movement.id,
                "took_s": seconds_between(path.entry.at, path.exit.at),
                "longest_gap_s": longest_gap_s(path.way),
                "sightings": len(path.way),
                "sightings_in_place": sightings,
            },
        )


def _turned_in(
    way: Sequence[Contact], zones: Sequence[Zone], resolution_wh: SizeWh, min_sightings: int
) -> tuple[Zone, int] | None:
    """The place in which it was farthest from both gates, and how many sightings in a row lie there; None: in none."""
    middle = way.index(farthest(way))
    for zone in zones:
        inside = [_lies_in(zone, contact, resolution_wh) for contact in way]
        after = sum(1 for _ in takewhile(bool, inside[middle:]))
        before = sum(1 for _ in takewhile(bool, reversed(inside[:middle])))
        if after and before + after >= min_sightings:
            return zone, before + after
    return None


def _lies_in(zone: Zone, contact: Contact, resolution_wh: SizeWh) -> bool:
    x, y = contact.point_px
    return contains(zone.polygon_norm, (x / resolution_wh[0], y / resolution_wh[1]))


def _zones(camera: CameraConfig, parameters: UturnPlaceParameters) -> Sequence[Zone]:
    if parameters.zones:
        return tuple(zone for zone in camera.zones if zone.id in parameters.zones)
    return tuple(zone for zone in camera.zones if zone.kind in _KINDS)


def _problems(camera: CameraConfig, parameters: UturnPlaceParameters) -> Sequence[RuleProblem]:
    found = list(UTURN.check(camera, parameters))
    known = {zone.id for zone in camera.zones}
    found += [
        RuleProblem(parameter="zones", problem=f"{name} is no zone", remedy=f"name one of {', '.join(sorted(known))}")
        for name in parameters.zones
        if name not in known
    ]
    if not _zones(camera, parameters):
        found.append(
            RuleProblem(
                parameter="zones",
                problem="no zone of kind crosswalk or bridge is drawn",
                remedy="draw the place, or name the lane of the one-way road",
            )
        )
    return found


UTURN_PLACE = FactRule(
    CODE="UTURN_PLACE",
    OFFENCES=OFFENCES,
    VERSION="1.3",
    MOMENTS=(ENTERED, TURNING, LEFT),
    PARAMETERS=UturnPlaceParameters,
    judge=judge,
    places=gates,
    check=_problems,
)
