"""Standing where it is forbidden: one rule for each kind of place that the law names.

The law tells stopping (dừng: briefly, to let somebody in or out) from parking (đỗ). A rule about parking therefore
wants a threshold that nobody needs who only stops; STOP_NO_STOPPING one that jitter does not reach. Waiting at a red
light or in a jam is neither: that time does not count.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from domain.camera import ZoneKind
from rules.fact_rule import FactRule
from rules.kit.parking import ParkingParameters, ParkingPlace, RoadParkingParameters, parking_rule
from rules.proof import RuleFigure

_SOURCE = "benchmarks/sumo_standing.md"
_THRESHOLD = "a stay of at least so long, time in a jam aside, is an offence here"


class ParkOnPavementParameters(ParkingParameters):
    """Parameters of PARK_PAVEMENT. On a pavement one rides off and the next rides in behind one bus that stops."""

    max_unseen_s: Annotated[
        float,
        Field(
            ge=0, le=7200, description="any other stay is over when unseen for longer: it may be another, 0 to 7200 s"
        ),
    ] = 20.0


class ParkOnRoadParameters(RoadParkingParameters):
    """Parameters of the rules about parking on a road."""

    threshold_s: Annotated[
        float, Field(ge=60, le=86_400, description=f"{_THRESHOLD}; shorter is a stop, 60 to 86400 s")
    ] = 300.0


class StopOnRoadParameters(RoadParkingParameters):
    """Parameters of STOP_NO_STOPPING."""

    threshold_s: Annotated[float, Field(ge=10, le=86_400, description=f"{_THRESHOLD}, 10 to 86400 s")] = 30.0


PARK_PAVEMENT = parking_rule(
    "PARK_PAVEMENT",
    "1.5",
    ParkingPlace(
        kind=ZoneKind.PAVEMENT,
        offences={"car": "PARK_PAVEMENT", "motorbike": "PARK_PAVEMENT", "bicycle": "PARK_PAVEMENT"},
    ),
    ParkOnPavementParameters,
    RuleFigure(version="1.5", right=1425, judged=1447, source=_SOURCE),
)
"""On a pavement."""

STOP_NO_STOPPING = parking_rule(
    "STOP_NO_STOPPING",
    "1.3",
    ParkingPlace(kind=ZoneKind.NO_STOPPING, offences={"car": "STOP_CROSSWALK_SIGN", "motorbike": "PARK_SIGN_JUNCTION"}),
    StopOnRoadParameters,
    RuleFigure(version="1.2", right=49, judged=50, source=_SOURCE),
)
"""Where a sign forbids to stop, and on crosswalks."""


def _parking_on_road(
    code: str, kind: ZoneKind, offences: Mapping[str, str], *, right: int, judged: int
) -> FactRule[ParkingParameters]:
    measured = RuleFigure(version="1.2", right=right, judged=judged, source=_SOURCE)
    return parking_rule(code, "1.3", ParkingPlace(kind=kind, offences=offences), ParkOnRoadParameters, measured)


PARK_NO_PARKING = _parking_on_road(
    "PARK_NO_PARKING",
    ZoneKind.NO_PARKING,
    {"car": "PARK_NO_PARKING", "motorbike": "PARK_SIGN_JUNCTION"},
    right=42,
    judged=42,
)
"""Where a sign forbids to park."""

PARK_JUNCTION = _parking_on_road(
    "PARK_JUNCTION",
    ZoneKind.NEAR_JUNCTION,
    {"car": "PARK_JUNCTION", "motorbike": "PARK_SIGN_JUNCTION"},
    right=8,
    judged=8,
)
"""In a junction or within 5 m of it, at a bus stop, before a gate."""

PARK_BRIDGE = _parking_on_road(
    "PARK_BRIDGE", ZoneKind.BRIDGE, {"car": "PARK_LEFT_BRIDGE_DOUBLE", "motorbike": "PARK_BRIDGE"}, right=26, judged=27
)
"""On a bridge."""

PARK_DOUBLE = _parking_on_road(
    "PARK_DOUBLE", ZoneKind.BESIDE_PARKED, {"car": "PARK_LEFT_BRIDGE_DOUBLE"}, right=6, judged=6
)
"""Beside those who park lawfully: double parking, an offence of cars."""

PARK_ROADWAY = _parking_on_road("PARK_ROADWAY", ZoneKind.ROADWAY, {"motorbike": "PARK_ROADWAY"}, right=15, judged=15)
"""On the roadway, in the way of traffic: an offence of motorcycles."""
