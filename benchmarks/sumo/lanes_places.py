"""Streets of several lanes and junctions with banned turns: where the cameras hang."""

from benchmarks.sumo.junction import JunctionScene
from benchmarks.sumo.lanes_scene import LanesScene
from benchmarks.sumo.network import JunctionShape
from benchmarks.sumo.pinhole import camera
from benchmarks.sumo.scene import Scene
from benchmarks.sumo.turns import TurnsScene

_MOTORCYCLES = ("motorcycle", "bicycle", "bus")


def _quiet(shape: JunctionShape, flow_per_h: float) -> JunctionScene:
    return JunctionScene(
        shape=shape, flow_per_h=flow_per_h, other_flow_per_h=350.0, runner_share=0.0, over_line_share=0.0
    )


LANES_TUNING = (
    Scene(
        name="lanes-fronts",
        what=LanesScene(),
        camera=camera((13, 46, 8), (6, 8), 58),
        sees="fronts",
        fps=10,
        calibrated=True,
    ),
    Scene(
        name="lanes-rears",
        what=LanesScene(
            kept_for=_MOTORCYCLES, side_road_y_m=None, closed_y_m=(-2.0, 45.0), closed_to=("truck",), flow_per_h=1000.0
        ),
        camera=camera((-3, -34, 8), (5, 8), 56),
        sees="rears",
        fps=5,
        calibrated=False,
    ),
    Scene(
        name="lanes-rears-side",
        what=LanesScene(pavement_m=4.0),
        camera=camera((2, -30, 7), (9, 10), 60),
        sees="rears",
        fps=12.5,
        calibrated=True,
    ),
    Scene(
        name="lanes-turns-front",
        what=TurnsScene(),
        camera=camera((9, 26, 8), (-1, -12), 62),
        sees="fronts",
        fps=10,
        calibrated=True,
    ),
    Scene(
        name="lanes-turns-rear",
        what=TurnsScene(left_banned_for=("car", "truck", "bus")),
        camera=camera((5, -42, 8), (-2, -4), 58),
        sees="rears",
        fps=8,
        calibrated=False,
    ),
    Scene(  # seen aslant, whoever is pushed hides its owner for half of the way
        name="lanes-turns-front-side",
        what=TurnsScene(decoys_per_min=2.0),
        camera=camera((15, 18, 7), (0, -13), 56),
        sees="fronts",
        fps=10,
        calibrated=False,
    ),
)

LANES_HELD_OUT = (
    Scene(
        name="h-lanes-fronts",
        what=LanesScene(
            lanes=4,
            lane_width_m=3.0,
            kept_for=_MOTORCYCLES,
            pavement_m=2.6,
            solid_y_m=(-8.0, 28.0),
            gates_y_m=(0.0, 24.0),
            side_road_y_m=None,
            closed_y_m=(-25.0, 22.0),
            closed_to=("truck",),
            flow_per_h=1000.0,
        ),
        camera=camera((-4, 44, 7.5), (6, 6), 54),
        sees="fronts",
        fps=8,
        calibrated=False,
    ),
    Scene(
        name="h-lanes-rears",
        what=LanesScene(
            lane_width_m=3.5, pavement_m=3.6, solid_y_m=(-2.0, 38.0), gates_y_m=(4.0, 30.0), side_road_y_m=18.0
        ),
        camera=camera((16, -28, 8.5), (6, 14), 58),
        sees="rears",
        fps=6,
        calibrated=True,
    ),
    Scene(
        name="h-lanes-fronts-near",
        what=LanesScene(lane_width_m=3.0, pavement_m=2.8, solid_y_m=(-6.0, 26.0), side_road_y_m=10.0),
        camera=camera((12, 38, 6.5), (6, 8), 62),
        sees="fronts",
        fps=15,
        calibrated=True,
    ),
    Scene(
        name="h-lanes-turns-front",
        what=TurnsScene(junction=_quiet(JunctionShape(lanes=3, lane_width_m=3.0, skew_deg=10), 1000.0)),
        camera=camera((14, 24, 8), (0, -12), 60),
        sees="fronts",
        fps=12.5,
        calibrated=False,
    ),
    Scene(
        name="h-lanes-turns-rear",
        what=TurnsScene(
            junction=_quiet(JunctionShape(lane_width_m=3.4, skew_deg=-8), 1100.0),
            left_banned_for=("motorcycle", "bicycle"),
        ),
        camera=camera((-3, -44, 7.5), (0, -4), 54),
        sees="rears",
        fps=25,
        calibrated=True,
    ),
)
