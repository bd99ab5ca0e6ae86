"""The scenes of standing vehicles: a tuning set, and a held-out set of other geometries."""

from benchmarks.sumo.junction import JunctionScene
from benchmarks.sumo.network import JunctionShape
from benchmarks.sumo.pinhole import camera
from benchmarks.sumo.scene import Scene
from benchmarks.sumo.standing.scene import STOP_RULE, StandingScene, Stretch, street


def at_junction(shape: JunctionShape | None = None, flow_per_h: float = 1300.0) -> StandingScene:
    """A crosswalk's and a junction's zones, in which a queue waits for the light."""
    return StandingScene(
        stretches=(
            Stretch(y_m=(-12.0, -0.5), rule="PARK_JUNCTION", covers_lanes_m=20.0),
            Stretch(y_m=(-24.0, -12.5), rule=STOP_RULE, covers_lanes_m=20.0),
        ),
        junction=JunctionScene(shape=shape or JunctionShape(), flow_per_h=flow_per_h),
        stands_per_min=3.0,
        longest_thresholds=7.0,
    )


STANDING_TUNING = (
    Scene(
        name="standing-signs",
        what=street("STOP_NO_STOPPING", "PARK_NO_PARKING"),
        camera=camera((12.5, 44, 7), (6, 8), 46),
        sees="fronts",
        fps=5,
        calibrated=False,
    ),
    Scene(
        name="standing-bridge",
        what=street("PARK_BRIDGE", "PARK_ROADWAY"),
        camera=camera((1.0, -30, 7), (7, 6), 52),
        sees="rears",
        fps=8,
        calibrated=True,
    ),
    Scene(
        name="standing-double",
        what=street("PARK_DOUBLE", "PARK_NO_PARKING", row_of_parked=True),
        camera=camera((0.5, 46, 8), (7, 8), 48),
        sees="fronts",
        fps=5,
        calibrated=False,
    ),
    Scene(
        name="standing-junction",
        what=at_junction(),
        camera=camera((-3, -52, 8), (6, -22), 50),
        sees="rears",
        fps=8,
        calibrated=True,
    ),
)

STANDING_HELD_OUT = (
    Scene(
        name="h-standing-signs",
        what=street("PARK_NO_PARKING", "STOP_NO_STOPPING", lanes=3, lane_width_m=3.0),
        camera=camera((-2, -32, 7.5), (8, 8), 50),
        sees="rears",
        fps=6,
        calibrated=True,
    ),
    Scene(
        name="h-standing-bridge",
        what=street("PARK_ROADWAY", "PARK_BRIDGE", lane_width_m=3.5),
        camera=camera((14, 46, 6.5), (7, 9), 44),
        sees="fronts",
        fps=10,
        calibrated=False,
    ),
    Scene(
        name="h-standing-double",
        what=street("PARK_NO_PARKING", "PARK_DOUBLE", lanes=3, lane_width_m=3.1, row_of_parked=True),
        camera=camera((1, -34, 8), (8, 8), 54),
        sees="rears",
        fps=5,
        calibrated=True,
    ),
    Scene(
        name="h-standing-junction",
        what=at_junction(JunctionShape(lanes=3, lane_width_m=3.1), flow_per_h=1600.0),
        camera=camera((13, 10, 7), (8, -26), 50),
        sees="fronts",
        fps=6,
        calibrated=False,
    ),
)
