"""Runs SUMO step by step and keeps every trajectory near the camera."""

import math
from collections.abc import Callable
from pathlib import Path

import libsumo
import numpy as np

from benchmarks.sumo.actors import Actor
from benchmarks.sumo.traffic import Driver, write_routes

STEP_S = 0.1
_REACH_M = 110.0  # what is farther from the origin is not recorded
_RUN_UP_S = 40.0  # the roads fill before the scene begins at 0 s

Control = Callable[[float], None]


def drive(
    net: Path, drivers: list[Driver], seconds: float, seed: int, begin: Callable[[], Control] | None = None
) -> list[Actor]:
    """Drive all vehicles; scene time begins after the run-up.

    Args:
        net: network file.
        drivers: departures count from the beginning of the run-up.
        seconds: length of the scene.
        seed: of SUMO.
        begin: called once SUMO has started; returns what is called before every step with the scene's time.
    """
    routes = net.with_name("routes.rou.xml")
    write_routes(drivers, routes)
    libsumo.start(
        ["sumo", "-n", str(net), "-r", str(routes), "--step-length", str(STEP_S), "--seed", str(seed + 1),
         "--lateral-resolution", "0.6", "--collision.action", "none", "--no-step-log", "--no-warnings",
         "--time-to-teleport", "-1", "--duration-log.disable", "--default.speeddev", "0"]
    )  # fmt: skip
    try:
        control = begin() if begin else None
        tracks: dict[str, list[tuple[float, float, float, float]]] = {}
        for step in range(round((seconds + _RUN_UP_S) / STEP_S)):
            now_s = step * STEP_S - _RUN_UP_S
            if control is not None:
                control(now_s)
            libsumo.simulationStep()
            if now_s < 0:
                continue
            for name in libsumo.vehicle.getIDList():
                x, y = libsumo.vehicle.getPosition(name)
                if abs(x) < _REACH_M and abs(y) < _REACH_M:
                    tracks.setdefault(name, []).append((now_s, x, y, libsumo.vehicle.getAngle(name)))
    finally:
        libsumo.close()
    by_name = {driver.name: driver for driver in drivers}
    return [_actor(by_name[name], np.array(rows)) for name, rows in sorted(tracks.items()) if len(rows) > 1]


def _actor(driver: Driver, rows: np.ndarray) -> Actor:
    length, width, height = driver.size_m
    return Actor(
        name=driver.name,
        label=driver.label,
        kind=driver.habit,
        length_m=length,
        width_m=width,
        t_s=rows[:, 0],
        xy_m=rows[:, 1:3],
        heading_rad=np.unwrap(rows[:, 3] * math.pi / 180),
        height_m=np.full(len(rows), height),
        route=driver.edges,
    )
