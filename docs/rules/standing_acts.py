"""Acts of the rules about standing: one that stands for too long, one that leaves in time."""

from collections.abc import Mapping

from docs.rules.scene import Act, RoadPoint, Way
from domain.cases.words import Words

_TOO_LONG = Words("Đứng quá thời gian ngưỡng", "Stands for longer than the threshold")
_LEAVES = Words("Dừng một lát rồi đi", "Stands for a moment and leaves")


def _standing(
    offence: str,
    place_m: RoadPoint,
    other_m: RoadPoint = (5.6, 21),
    *,
    label: str = "car",
    stands_s: float = 320.0,
    junction: bool = False,
) -> Act:
    """Comes to a place and stands there; the other one stands elsewhere for a quarter of the time and leaves."""
    (east_m, north_m), (other_east_m, other_north_m), leaves_s = place_m, other_m, stands_s / 4
    return Act(
        offence=offence,
        junction=junction,
        act=Way(
            corners=[(0, 2, 3), (2, east_m, north_m), (2 + stands_s, east_m, north_m)], label=label, words=_TOO_LONG
        ),
        lawful=Way(
            corners=[
                (0, 2, other_north_m - 3),
                (2, other_east_m, other_north_m),
                (2 + leaves_s, other_east_m, other_north_m),
                (5 + leaves_s, 2, 42),
            ],
            label=label,
            words=_LEAVES,
        ),
    )


STANDING: Mapping[str, Act] = {
    "STOP_NO_STOPPING": _standing("STOP_CROSSWALK_SIGN", (5.6, 14), stands_s=40.0),
    "PARK_NO_PARKING": _standing("PARK_NO_PARKING", (5.6, 14)),
    "PARK_JUNCTION": _standing("PARK_JUNCTION", (5.6, 14.5), (5.6, 7), junction=True),
    "PARK_BRIDGE": _standing("PARK_LEFT_BRIDGE_DOUBLE", (5.6, 14)),
    "PARK_DOUBLE": _standing("PARK_LEFT_BRIDGE_DOUBLE", (5.6, 14)),
    "PARK_ROADWAY": _standing("PARK_ROADWAY", (5.2, 14), label="motorcycle"),
    "PARK_PAVEMENT": Act(
        offence="PARK_PAVEMENT",
        act=Way(
            corners=[(0, 5, 5), (2, 8.5, 14), (320, 8.5, 14)],
            label="motorcycle",
            words=Words("Đỗ trên hè quá thời gian ngưỡng", "Stands on the pavement beyond the threshold"),
        ),
        lawful=Way(
            corners=[(0, 5, 10), (2, 9, 22), (62, 9, 22), (64, 5, 38)],
            label="motorcycle",
            words=Words("Dừng một phút rồi đi", "Stands for a minute and leaves"),
        ),
    ),
}
