"""The scenes: a tuning set to work on, and a held-out set of other geometries to report on."""

from benchmarks.sumo.junction import JunctionScene
from benchmarks.sumo.lanes_places import LANES_HELD_OUT, LANES_TUNING
from benchmarks.sumo.network import JunctionShape
from benchmarks.sumo.pavement import PavementScene
from benchmarks.sumo.pinhole import camera
from benchmarks.sumo.scene import Scene
from benchmarks.sumo.standing.places import STANDING_HELD_OUT, STANDING_TUNING
from benchmarks.sumo.street import StreetScene

HELD_OUT_SEEDS_FROM = 1000


# the junction's centre is the origin, the watched approach comes from the south; the line lies near y = -15
TUNING = (
    Scene(
        name="junction-front",
        what=JunctionScene(),
        camera=camera((9, 22, 7), (3, -18), 40),
        sees="fronts",
        fps=10,
        calibrated=True,
    ),
    Scene(
        name="junction-rear",
        what=JunctionScene(),
        camera=camera((8, -44, 7), (3, -10), 50),
        sees="rears",
        fps=10,
        calibrated=True,
    ),
    Scene(
        name="junction-rear-right",
        what=JunctionScene(right_on_red=True),
        camera=camera((-3, -40, 8), (6, -5), 60),
        sees="rears",
        fps=8,
        calibrated=False,
    ),
    Scene(
        name="junction-front-right",
        what=JunctionScene(right_on_red=True, flow_per_h=1800),
        camera=camera((-4, 14, 8), (5, -16), 62),
        sees="fronts",
        fps=25,
        calibrated=False,
    ),
    Scene(
        name="junction-rear-near",
        what=JunctionScene(right_on_red=True),
        camera=camera((7.5, -38, 6.5), (4.5, -21), 46),
        sees="rears",
        fps=10,
        calibrated=True,
    ),
    Scene(
        name="junction-front-near",
        what=JunctionScene(flow_per_h=1900),
        camera=camera((8, 7, 7), (4, -18), 46),
        sees="fronts",
        fps=12.5,
        calibrated=False,
    ),
    Scene(
        name="street-fronts",
        what=StreetScene(),
        camera=camera((9, 40, 7), (3, 5), 48),
        sees="fronts",
        fps=10,
        calibrated=True,
    ),
    Scene(
        name="street-two-way-rears",
        what=StreetScene(two_way=True),
        camera=camera((8.5, -35, 7), (2, 5), 52),
        sees="rears",
        fps=5,
        calibrated=False,
    ),
    Scene(
        name="pavement-across",
        what=PavementScene(),
        camera=camera((-3, -16, 7), (8.5, 4), 62),
        sees="both",
        fps=5,
        calibrated=True,
    ),
    Scene(
        name="pavement-along",
        what=PavementScene(lean_deg=60),
        camera=camera((4.5, -27, 6), (9, 5), 50),
        sees="both",
        fps=5,
        calibrated=False,
    ),
    Scene(
        name="pavement-facing",
        what=PavementScene(lean_deg=90),
        camera=camera((-9, 5, 7), (9, 6), 72),
        sees="both",
        fps=5,
        calibrated=True,
    ),
    *LANES_TUNING,
    *STANDING_TUNING,
)

HELD_OUT = (
    Scene(
        name="h-pavement-facing",
        what=PavementScene(spacing_m=0.75, lean_deg=80, rows_y_m=((-5.0, 18),), bay_y_m=None),
        camera=camera((-11, 2, 6), (9, 3), 62),
        sees="both",
        fps=6,
        calibrated=True,
    ),
    Scene(
        name="h-junction-front",
        calibrated=False,
        sees="fronts",
        fps=12.5,
        camera=camera((-6, 30, 6.5), (4, -16), 36),
        what=JunctionScene(
            shape=JunctionShape(lanes=3, lane_width_m=3.0, skew_deg=12), flow_per_h=1700, green_s=14, red_s=26
        ),
    ),
    Scene(
        name="h-junction-rear",
        calibrated=True,
        sees="rears",
        fps=6,
        camera=camera((11, -52, 8), (4, -14), 44),
        what=JunctionScene(shape=JunctionShape(lanes=3, lane_width_m=3.4, cross_lanes=3), flow_per_h=1500, red_s=24),
    ),
    Scene(
        name="h-junction-rear-right",
        calibrated=True,
        sees="rears",
        fps=10,
        camera=camera((9, -42, 6), (4, -8), 58),
        what=JunctionScene(shape=JunctionShape(lane_width_m=3.0, skew_deg=-10), right_on_red=True, green_s=18),
    ),
    Scene(
        name="h-junction-front-right",
        calibrated=True,
        sees="fronts",
        fps=8,
        camera=camera((13, 18, 7.5), (5, -17), 52),
        what=JunctionScene(shape=JunctionShape(lanes=3, lane_width_m=3.25), right_on_red=True, flow_per_h=1500),
    ),
    Scene(
        name="h-junction-rear-near",
        what=JunctionScene(shape=JunctionShape(lanes=3, lane_width_m=3.1), flow_per_h=1800),
        camera=camera((-2, -39, 7.5), (5, -20), 50),
        sees="rears",
        fps=15,
        calibrated=False,
    ),
    Scene(
        name="h-street-rears",
        calibrated=False,
        sees="rears",
        fps=12.5,
        camera=camera((-2, -38, 8), (4, 6), 46),
        what=StreetScene(lanes=3, lane_width_m=3.0, flow_per_h=1400),
    ),
    Scene(
        name="h-street-two-way-fronts",
        calibrated=True,
        sees="fronts",
        fps=8,
        camera=camera((10, 46, 6.5), (2, 8), 44),
        what=StreetScene(lanes=2, lane_width_m=3.5, two_way=True, flow_per_h=900),
    ),
    Scene(
        name="h-pavement-across",
        calibrated=False,
        sees="both",
        fps=8,
        camera=camera((-4, 24, 8), (9.5, 4), 58),
        what=PavementScene(
            street=StreetScene(lanes=2, lane_width_m=3.5, flow_per_h=700),
            spacing_m=0.72,
            lean_deg=95,
            rows_y_m=((-6.0, 12), (6.0, 8)),
            bay_y_m=None,
        ),
    ),
    Scene(
        name="h-pavement-along",
        calibrated=True,
        sees="both",
        fps=5,
        camera=camera((6, -24, 6.5), (9.5, 6), 54),
        what=PavementScene(spacing_m=0.85, lean_deg=115, pavement_m=3.2, rows_y_m=((-2.0, 14),), bay_y_m=(12.5, 19.5)),
    ),
    *LANES_HELD_OUT,
    *STANDING_HELD_OUT,
)
