"""What occupies pavements, roadways and medians: things, never a vehicle. A place is told, not a person.

A camera sees things, changed ground and who stands by. It sees no permit, no sale and no owner: those are left to the
ward. VENDOR_STREET, PAVEMENT_TRADE and PUSHCART are told apart by how much there is, of what kind, and whether somebody
stays by it; what fits none of them is not told.
"""

from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, ZoneKind
from rules.facts.occupation.occupation import Occupation
from rules.kit.occupying import REFUSED_TOO_LITTLE, OccupyingParameters, has_pieces, occupying_rule, pieces
from rules.kit.places import zones_of
from rules.proof import RuleFigure
from rules.rule import RuleProblem

REFUSED_UNATTENDED = "nobody_by_it"  # changed ground alone, and nobody who stays by it: it may be anything
REFUSED_ATTENDED = "somebody_by_it"  # somebody loads, works or waits there
REFUSED_A_STALL = "more_than_a_vendor"  # a whole stall: that is PAVEMENT_TRADE
REFUSED_NO_CART = "no_cart"

_CART, _UMBRELLA = "cart", "umbrella"
_CART_SEEN = 0.5


class PavementTradeParameters(OccupyingParameters):
    """Parameters of PAVEMENT_TRADE."""

    min_pieces: Annotated[
        int, Field(ge=2, le=50, description="so many chairs, tables, benches and umbrellas make a stall, 2 to 50")
    ] = 3
    min_attended_share: Annotated[
        float,
        Field(ge=0, le=1, description="without them: share of the time in which somebody stands by the goods, 0 to 1"),
    ] = 0.3


class VendorStreetParameters(OccupyingParameters):
    """Parameters of VENDOR_STREET."""

    min_attended_share: Annotated[
        float, Field(ge=0.2, le=1, description="share of the time in which somebody stands by it, 0.2 to 1")
    ] = 0.5
    max_pieces: Annotated[
        int, Field(ge=1, le=20, description="more chairs, tables, benches and umbrellas are a stall, 1 to 20")
    ] = 2
    max_share_of_zone: Annotated[
        float, Field(gt=0, le=1, description="what covers more of the zone is a stall, above 0 to 1")
    ] = 0.2


class ObstacleParameters(OccupyingParameters):
    """Parameters of OBSTACLE."""

    min_share_of_zone: Annotated[
        float, Field(ge=0, le=1, description="least share of the roadway, as seen, that it must cover, 0 to 1")
    ] = 0.005
    max_attended_share: Annotated[
        float, Field(ge=0, le=1, description="share of the time in which somebody may stand by it, 0 to 1")
    ] = 0.1


class PushcartParameters(OccupyingParameters):
    """Parameters of PUSHCART."""


class MedianOccupyParameters(OccupyingParameters):
    """Parameters of MEDIAN_OCCUPY."""


def _no_trade(occupation: Occupation, own: PavementTradeParameters) -> str | None:
    if has_pieces(occupation, own.min_pieces):
        return None
    if not occupation.surface or occupation.share_of_zone < own.min_share_of_zone:
        return REFUSED_TOO_LITTLE
    return REFUSED_UNATTENDED if occupation.presence.attended_share < own.min_attended_share else None


def _no_vendor(occupation: Occupation, own: VendorStreetParameters) -> str | None:
    if pieces(occupation) > own.max_pieces or occupation.share_of_zone > own.max_share_of_zone:
        return REFUSED_A_STALL
    if not occupation.surface:
        return REFUSED_TOO_LITTLE
    return REFUSED_UNATTENDED if occupation.presence.attended_share < own.min_attended_share else None


def _no_obstacle(occupation: Occupation, own: ObstacleParameters) -> str | None:
    return REFUSED_ATTENDED if occupation.presence.attended_share > own.max_attended_share else None


def _no_cart(occupation: Occupation, own: OccupyingParameters) -> str | None:
    del own
    return None if occupation.presence.usually(_CART) >= _CART_SEEN else REFUSED_NO_CART


def _only_umbrellas(occupation: Occupation, own: OccupyingParameters) -> str | None:
    """People who wait on a median to cross carry umbrellas."""
    del own
    return REFUSED_TOO_LITTLE if not occupation.surface and occupation.presence.pieces.keys() <= {_UMBRELLA} else None


def _decision_missing(camera: CameraConfig, own: OccupyingParameters) -> list[RuleProblem]:
    """Vending is an offence only where a decision bans it."""
    return [
        RuleProblem(
            parameter="zones",
            problem=f"zone {zone.id} names no decision that bans vending in this street",
            remedy="write the decision and its date into the zone's `instrument`, its hours into the rule's `hours`",
        )
        for zone in zones_of(camera, ZoneKind.PAVEMENT, own.zones)
        if not zone.instrument
    ]


def _measured(version: str, *, right: int, judged: int) -> RuleFigure:
    """On generated lines."""
    return RuleFigure(version=version, right=right, judged=judged, source="benchmarks/pavement.md")


PAVEMENT_TRADE = occupying_rule(
    "PAVEMENT_TRADE",
    PavementTradeParameters,
    ZoneKind.PAVEMENT,
    objection=_no_trade,
    measured=_measured("1.1", right=30, judged=30),
)
"""Stalls, tables and chairs, goods laid out with somebody by them."""

VENDOR_STREET = occupying_rule(
    "VENDOR_STREET",
    VendorStreetParameters,
    ZoneKind.PAVEMENT,
    objection=_no_vendor,
    version="1.2",
    measured=_measured("1.2", right=8, judged=8),
    more_problems=_decision_missing,
)
"""A little with somebody by it, in a street where vending is banned."""

PUSHCART = occupying_rule("PUSHCART", PushcartParameters, ZoneKind.ROADWAY, ZoneKind.PAVEMENT, objection=_no_cart)
"""A cart that stands, where the network knows carts."""

OBSTACLE = occupying_rule(
    "OBSTACLE",
    ObstacleParameters,
    ZoneKind.ROADWAY,
    objection=_no_obstacle,
    measured=_measured("1.1", right=15, judged=15),
)
"""Things on a roadway, and nobody by them."""

MEDIAN_OCCUPY = occupying_rule(
    "MEDIAN_OCCUPY",
    MedianOccupyParameters,
    ZoneKind.MEDIAN,
    objection=_only_umbrellas,
    version="1.2",
    measured=_measured("1.2", right=30, judged=30),
)
"""Whatever lies on a median."""
