"""Standing where it is forbidden: one rule for each kind of place that the law names.

The law tells stopping (dừng: briefly, to let somebody in or out) from parking (đỗ). A rule about parking therefore
wants a threshold that nobody needs who only stops; STOP_NO_STOPPING one that jitter does not reach. Waiting at a red
light or in a jam is neither: that time does not count.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from domain.camera import ZoneKind
from rules.kit.stays.parking import Parking, RoadParkingParameters
from rules.rule import RuleParameters

_THRESHOLD = "a stay of at least so long, time in a jam aside, is an offence here"


class ParkOnRoadParameters(RoadParkingParameters):
    """Parameters of the rules about parking on a road."""

    threshold_s: Annotated[
        float, Field(ge=60, le=86_400, description=f"{_THRESHOLD}; shorter is a stop, 60 to 86400 s")
    ] = 300.0


class StopOnRoadParameters(RoadParkingParameters):
    """Parameters of STOP_NO_STOPPING."""

    threshold_s: Annotated[float, Field(ge=10, le=86_400, description=f"{_THRESHOLD}, 10 to 86400 s")] = 30.0


class ParkPavement(Parking):
    """On a pavement."""

    CODE: ClassVar[str] = "PARK_PAVEMENT"
    OFFENCES: ClassVar[Mapping[str, str]] = {
        "car": "PARK_PAVEMENT",
        "motorbike": "PARK_PAVEMENT",
        "bicycle": "PARK_PAVEMENT",
    }
    VERSION: ClassVar[str] = "1.3"
    ZONE_KIND: ClassVar[ZoneKind] = ZoneKind.PAVEMENT


class StopNoStopping(Parking):
    """Where a sign forbids to stop, and on crosswalks."""

    CODE: ClassVar[str] = "STOP_NO_STOPPING"
    OFFENCES: ClassVar[Mapping[str, str]] = {"car": "STOP_CROSSWALK_SIGN", "motorbike": "PARK_SIGN_JUNCTION"}
    VERSION: ClassVar[str] = "1.1"
    ZONE_KIND: ClassVar[ZoneKind] = ZoneKind.NO_STOPPING
    PARAMETERS: ClassVar[type[RuleParameters]] = StopOnRoadParameters


class ParkNoParking(Parking):
    """Where a sign forbids to park."""

    CODE: ClassVar[str] = "PARK_NO_PARKING"
    OFFENCES: ClassVar[Mapping[str, str]] = {"car": "PARK_NO_PARKING", "motorbike": "PARK_SIGN_JUNCTION"}
    VERSION: ClassVar[str] = "1.1"
    ZONE_KIND: ClassVar[ZoneKind] = ZoneKind.NO_PARKING
    PARAMETERS: ClassVar[type[RuleParameters]] = ParkOnRoadParameters


class ParkJunction(Parking):
    """In a junction or within 5 m of it, at a bus stop, before a gate."""

    CODE: ClassVar[str] = "PARK_JUNCTION"
    OFFENCES: ClassVar[Mapping[str, str]] = {"car": "PARK_JUNCTION", "motorbike": "PARK_SIGN_JUNCTION"}
    VERSION: ClassVar[str] = "1.1"
    ZONE_KIND: ClassVar[ZoneKind] = ZoneKind.NEAR_JUNCTION
    PARAMETERS: ClassVar[type[RuleParameters]] = ParkOnRoadParameters


class ParkBridge(Parking):
    """On a bridge."""

    CODE: ClassVar[str] = "PARK_BRIDGE"
    OFFENCES: ClassVar[Mapping[str, str]] = {"car": "PARK_LEFT_BRIDGE_DOUBLE", "motorbike": "PARK_BRIDGE"}
    VERSION: ClassVar[str] = "1.1"
    ZONE_KIND: ClassVar[ZoneKind] = ZoneKind.BRIDGE
    PARAMETERS: ClassVar[type[RuleParameters]] = ParkOnRoadParameters


class ParkDouble(Parking):
    """Beside those who park lawfully: double parking, an offence of cars."""

    CODE: ClassVar[str] = "PARK_DOUBLE"
    OFFENCES: ClassVar[Mapping[str, str]] = {"car": "PARK_LEFT_BRIDGE_DOUBLE"}
    VERSION: ClassVar[str] = "1.1"
    ZONE_KIND: ClassVar[ZoneKind] = ZoneKind.BESIDE_PARKED
    PARAMETERS: ClassVar[type[RuleParameters]] = ParkOnRoadParameters


class ParkRoadway(Parking):
    """On the roadway, in the way of traffic: an offence of motorcycles."""

    CODE: ClassVar[str] = "PARK_ROADWAY"
    OFFENCES: ClassVar[Mapping[str, str]] = {"motorbike": "PARK_ROADWAY"}
    VERSION: ClassVar[str] = "1.1"
    ZONE_KIND: ClassVar[ZoneKind] = ZoneKind.ROADWAY
    PARAMETERS: ClassVar[type[RuleParameters]] = ParkOnRoadParameters
