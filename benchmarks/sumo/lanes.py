"""A street of several lanes: a solid line, a lane kept for some, a pavement, a road that is closed to some."""

from pathlib import Path

import libsumo
import numpy as np

from benchmarks.sumo.actors import Actor
from benchmarks.sumo.drive import Control, drive
from benchmarks.sumo.lane_acts import Stage, play_acts
from benchmarks.sumo.lane_decoys import play_decoys
from benchmarks.sumo.lanes_scene import LanesScene
from benchmarks.sumo.network import STREET_FROM_Y_M, build_lanes
from benchmarks.sumo.traffic import draw_drivers

_EVERYBODY, _NOBODY = "all", "custom1"  # classes that SUMO lets over; no vehicle here is of that one
_STANDS_S = (20.0, 45.0)
_PASSED_OVER = 0.98  # a step: a two-wheeler that stands is hardly in anybody's way


def run_lanes(scene: LanesScene, seconds: float, seed: int, folder: Path) -> list[Actor]:
    """Drive such a street for so many seconds."""
    rng = np.random.default_rng([seed, 44])
    net = build_lanes(lanes=scene.lanes, lane_width_m=scene.lane_width_m, kept_for=scene.kept_for, folder=folder)
    drivers = draw_drivers({"north": scene.flow_per_h, "south": scene.opposing_flow_per_h}, seconds + 40, rng)
    obstacles = _Obstacles(scene, seconds, rng)
    actors = drive(net, drivers, seconds, seed, obstacles.begin)
    for actor in actors:
        actor.kind = "traffic" if actor.route == "north" else "opposing_traffic"
    stage = Stage(scene=scene, actors=actors, seconds=seconds, rng=rng)
    play_acts(stage)
    play_decoys(stage)
    return actors


class _Obstacles:
    """Now and then somebody stops beside the solid line; meanwhile SUMO lets the others drive round over the line."""

    def __init__(self, scene: LanesScene, seconds: float, rng: np.random.Generator) -> None:
        self._scene, self._rng = scene, rng
        self._due_s = sorted(
            rng.uniform(10, max(11.0, seconds - 50), rng.poisson(scene.obstacles_per_min * seconds / 60))
        )
        self._standing_until_s = -1.0
        self._open = False

    def begin(self) -> Control:
        """Once SUMO has started."""
        self._let_over(_NOBODY)
        return self.step

    def step(self, now_s: float) -> None:
        """Before each step of SUMO."""
        if self._open and now_s > self._standing_until_s + 8:
            self._let_over(_NOBODY)
        if self._due_s and now_s >= self._due_s[0] and now_s > self._standing_until_s + 15 and self._stop_one(now_s):
            self._due_s.pop(0)
            self._let_over(_EVERYBODY)

    def _stop_one(self, now_s: float) -> bool:
        lanes = self._scene.lanes
        low, high = self._scene.solid_y_m
        for name in libsumo.edge.getLastStepVehicleIDs("north"):
            _, y = libsumo.vehicle.getPosition(name)
            index = libsumo.vehicle.getLaneIndex(name)
            two_wheels = libsumo.vehicle.getVehicleClass(name) == "motorcycle"
            if -60 < y < -35 and index >= lanes - 2 and not (two_wheels and self._rng.random() < _PASSED_OVER):
                at = float(self._rng.uniform(low + 10, high - 8)) - STREET_FROM_Y_M
                lasts = float(self._rng.uniform(*_STANDS_S))
                libsumo.vehicle.setStop(name, "north", at, index, lasts)
                self._standing_until_s = now_s + 8 + lasts
                return True
        return False

    def _let_over(self, allowed: str) -> None:
        lanes = self._scene.lanes
        libsumo.lane.setChangePermissions(f"north_{lanes - 2}", [allowed], 1)
        libsumo.lane.setChangePermissions(f"north_{lanes - 1}", [allowed], -1)
        self._open = allowed == _EVERYBODY
