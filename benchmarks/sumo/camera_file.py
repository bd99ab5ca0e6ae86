"""The camera file of a scene, as an installer would draw it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.sumo.junction import JunctionRun, JunctionScene
from benchmarks.sumo.lanes_camera import lanes_config, turns_config
from benchmarks.sumo.lanes_scene import LanesScene
from benchmarks.sumo.pavement import PavementScene
from benchmarks.sumo.pinhole import RESOLUTION_WH, Pinhole
from benchmarks.sumo.scene import Scene
from benchmarks.sumo.standing.camera import standing_config
from benchmarks.sumo.standing.scene import StandingScene
from benchmarks.sumo.street import StreetScene
from benchmarks.sumo.turns import TurnsScene

SIGNAL = "S1"
LINE = "stop"
LANE_Y_M = (-30.0, 60.0)  # what of a street's lane is drawn, as far as it is in view
_VALID_FROM = "2026-01-01"


def camera_file(
    scene: Scene, run: JunctionRun | None, seed: int, *, y0_m: float, sees: bool, other_exits: str
) -> dict[str, Any]:
    """The configuration as YAML will hold it.

    Args:
        scene: what is watched.
        run: of a junction.
        seed: of the errors of measuring the ground points.
        y0_m: where the stretches of a street with standing vehicles count from.
        sees: write the field that says what the camera sees of vehicles.
        other_exits: name of RED_LIGHT's parameter for the exits that are not lawful on red; empty: left out.
    """
    config: dict[str, Any] = {
        "schema_version": 1, "id": scene.name, "version": 1, "name": scene.name, "road": "SUMO", "ward": "SUMO",
        "position": {"latitude_deg": 16.4637, "longitude_deg": 107.5909}, "heading_deg": 0,
        "stream": {"url": f"file:{scene.name}.mp4", "analysed_fps": scene.fps},
        "reference_still_wh": list(RESOLUTION_WH),
    }  # fmt: skip
    if sees:
        config["sees"] = scene.sees
    if isinstance(scene.what, JunctionScene):
        if run is None:
            raise ValueError("a junction's camera needs its run")
        config |= _junction(scene.what, scene.camera, run, other_exits)
    elif isinstance(scene.what, StreetScene):
        config |= _street(scene.what, scene.camera)
    elif isinstance(scene.what, LanesScene):
        config |= lanes_config(scene.what, scene.camera)
    elif isinstance(scene.what, TurnsScene):
        if run is None:
            raise ValueError("a junction's camera needs its run")
        config |= turns_config(scene.what, scene.camera, run)
    elif isinstance(scene.what, StandingScene):
        config |= standing_config(scene.what, scene.camera, y0_m, SIGNAL)
    else:
        config |= _pavement(scene.what, scene.camera)
    if scene.calibrated:
        config["ground_points"] = _ground_points(scene.camera, np.random.default_rng([seed, 55]), _middle(run))
    return config


def _use(rule: str, **parameters: object) -> dict[str, Any]:
    return {"rule": rule, "mode": "enforce", "valid_from": _VALID_FROM, "parameters": parameters}


def _junction(what: JunctionScene, camera: Pinhole, run: JunctionRun, other_exits: str) -> dict[str, Any]:
    left, right = run.lanes_x_m
    zones: list[dict[str, Any]] = []
    more: dict[str, object] = {}
    if what.right_on_red:
        zones.append(_zone("exit-right", "junction", camera.polygon_norm(run.exit_right_m)))
        more["lawful_exit_zones"] = ["exit-right"]
        if other_exits:
            drawn = []
            for name, corners in (("exit-ahead", run.exit_ahead_m), ("exit-left", run.exit_left_m)):
                try:
                    zones.append(_zone(name, "junction", camera.polygon_norm(corners)))
                except ValueError:
                    continue  # not in view: nobody could draw it
                drawn.append(name)
            if drawn:
                more[other_exits] = drawn
    return {
        "zones": zones,
        "lines": [
            {
                "id": LINE, "kind": "stop_line", "signal": SIGNAL,
                "points_norm": camera.segment_norm((left - 0.2, run.line_y_m), (right + 0.6, run.line_y_m)),
                "beyond_norm": _inside(camera.ground_norm((left + right) / 2, run.line_y_m + 4)),
            }
        ],
        "signals": [{"id": SIGNAL, "source": "feed", "max_age_s": None}],
        "rules": [_use("RED_LIGHT", line=LINE, **more), _use("STOP_LINE", line=LINE, **more)],
    }  # fmt: skip


def _street(what: StreetScene, camera: Pinhole) -> dict[str, Any]:
    low, high = LANE_Y_M
    corners = [(0.0, low), (what.width_m, low), (what.width_m, high), (0.0, high)]
    zone = _zone("lane", "lane", camera.polygon_norm(corners))
    tail, head = (camera.ground_norm(what.width_m / 2, y) for y in (5.0, 15.0))
    zone["direction_norm"] = [_inside(tail), _inside(head)]
    return {"zones": [zone], "rules": [_use("WRONG_WAY", zones=["lane"])]}


def _pavement(what: PavementScene, camera: Pinhole) -> dict[str, Any]:
    left, right = what.kerb_x_m, what.kerb_x_m + what.pavement_m
    corners = [(left, -14.0), (right, -14.0), (right, 32.0), (left, 32.0)]
    zones = [_zone("pavement", "pavement", camera.polygon_norm(corners))]
    if what.bay_y_m is not None:
        low, high = what.bay_y_m
        zones.append(
            _zone("bay", "permitted_bay", camera.polygon_norm([(left, low), (right, low), (right, high), (left, high)]))
        )
    return {"zones": zones, "rules": [_use("PARK_PAVEMENT", threshold_s=what.threshold_s)]}


def _zone(name: str, kind: str, polygon: list[list[float]]) -> dict[str, Any]:
    return {"id": name, "kind": kind, "polygon_norm": polygon}


def _inside(point: Sequence[float]) -> list[float]:
    return [round(min(1.0, max(0.0, value)), 5) for value in point]


def _middle(run: JunctionRun | None) -> tuple[float, float]:
    return (4.0, 5.0) if run is None else (3.0, run.line_y_m)


def _ground_points(camera: Pinhole, rng: np.random.Generator, middle: tuple[float, float]) -> list[dict[str, Any]]:
    """Points of the road that are in view, measured to 3 cm and clicked to 1 px."""
    points = []
    for dx in (-6.0, 0.0, 6.0):
        for dy in (-9.0, 0.0, 12.0):
            x, y = middle[0] + dx, middle[1] + dy
            u, v = camera.ground_norm(x, y)
            u, v = u + rng.normal() / RESOLUTION_WH[0], v + rng.normal() / RESOLUTION_WH[1]
            if 0 < u < 1 and 0 < v < 1:
                road = [round(float(x + rng.normal() * 0.03), 3), round(float(y + rng.normal() * 0.03), 3)]
                points.append({"image_norm": [round(u, 5), round(v, 5)], "road_m": road})
    if len(points) < 4:
        raise ValueError("too few ground points are in view")
    return points
