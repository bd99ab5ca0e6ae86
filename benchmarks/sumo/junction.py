"""Signalised junctions: lawful queues, and drivers who stand over the line or run the red in several ways."""

from dataclasses import dataclass, field
from pathlib import Path

import libsumo
import numpy as np

from benchmarks.sumo.actors import Actor
from benchmarks.sumo.drive import Control, drive
from benchmarks.sumo.network import JunctionShape, build_junction
from benchmarks.sumo.traffic import Driver, draw_drivers

LINE_BEFORE_LANE_END_M = 4.5  # SUMO's lane ends beyond the painted line, so there is room to stand over it
_APPROACH = ("s_in n_out", "s_in e_out", "s_in w_out")
_IGNORES_SIGNALS = 39  # keeps its distance and its brakes, but no signal and no right of way
_LAST_SECONDS_S = 4.5
_RUNNERS = {"runs_through": 0.35, "runs_mid_red": 0.25, "stops_then_goes": 0.2, "goes_before_green": 0.2}


@dataclass(frozen=True, slots=True, kw_only=True)
class JunctionScene:
    """How much of what happens at a junction."""

    shape: JunctionShape = field(default_factory=JunctionShape)
    right_on_red: bool = False
    flow_per_h: float = 1700.0  # on the watched approach
    other_flow_per_h: float = 500.0  # on each of the others
    runner_share: float = 0.17
    over_line_share: float = 0.16
    green_s: float = 15.0
    red_s: float = 20.0
    yellow_s: float = 3.0


@dataclass(slots=True, kw_only=True)
class JunctionRun:
    """What was driven, what the watched signal showed, and where the line lies."""

    actors: list[Actor]
    signal: list[tuple[float, str]]  # changes; the first lies before the scene
    line_y_m: float
    lanes_x_m: tuple[float, float]  # of the watched approach, left and right edge
    junction_y_m: float  # where the lane ends
    exit_right_m: list[tuple[float, float]]  # zones of the ways out
    exit_ahead_m: list[tuple[float, float]]
    exit_left_m: list[tuple[float, float]]


def run_junction(scene: JunctionScene, seconds: float, seed: int, folder: Path) -> JunctionRun:
    """Drive a junction for so many seconds."""
    rng = np.random.default_rng([seed, 11])
    net = build_junction(scene.shape, folder)
    drivers = _drivers(scene, seconds, rng)
    signal = _Signal(scene, {driver.name: driver for driver in drivers})
    actors = drive(net, drivers, seconds, seed, signal.begin)
    half = scene.shape.lanes * scene.shape.lane_width_m
    cross = scene.shape.cross_lanes * scene.shape.lane_width_m
    tilt = np.tan(np.radians(scene.shape.skew_deg))
    end = signal.lane_end_y_m

    def east_west(x: float, y: float) -> tuple[float, float]:
        return x, y - x * float(tilt)

    edge = half + 3.0
    return JunctionRun(
        actors=actors,
        signal=signal.changes,
        line_y_m=end - LINE_BEFORE_LANE_END_M,
        lanes_x_m=(0.0, half),
        junction_y_m=end,
        exit_right_m=[east_west(edge, 0.3), east_west(edge, -cross), east_west(edge + 25, -cross),
                      east_west(edge + 25, 0.3)],
        exit_ahead_m=[(0.0, -end - 2), (half, -end - 2), (half, -end + 25), (0.0, -end + 25)],
        exit_left_m=[east_west(-edge, 0.0), east_west(-edge, cross), east_west(-edge - 20, cross),
                     east_west(-edge - 20, 0.0)],
    )  # fmt: skip


def _drivers(scene: JunctionScene, seconds: float, rng: np.random.Generator) -> list[Driver]:
    until = seconds + 40.0
    own = draw_drivers(
        {_APPROACH[0]: 0.68 * scene.flow_per_h, _APPROACH[1]: 0.18 * scene.flow_per_h,
         _APPROACH[2]: 0.14 * scene.flow_per_h}, until, rng,
    )  # fmt: skip
    for driver in own:
        _habits(driver, scene, rng)
    flow = scene.other_flow_per_h
    others = draw_drivers(
        {"n_in s_out": 0.8 * flow, "n_in w_out": 0.2 * flow, "e_in w_out": 0.7 * flow, "e_in n_out": 0.2 * flow,
         "e_in s_out": 0.1 * flow, "w_in e_out": 0.8 * flow, "w_in s_out": 0.2 * flow}, until, rng, "x",
    )  # fmt: skip
    for driver in others:
        driver.habit = "other_traffic"
    return sorted([*own, *others], key=lambda driver: driver.depart_s)


def _habits(driver: Driver, scene: JunctionScene, rng: np.random.Generator) -> None:
    room = LINE_BEFORE_LANE_END_M
    driver.stops_before_lane_end_m = room + float(rng.uniform(0.15, 2.2))
    if rng.random() < 0.5:
        driver.drives_in_yellow_s = float(rng.uniform(1.5, scene.yellow_s))
    if rng.random() < 0.6:
        driver.extra["slows_at_line"] = float(rng.uniform(1.0, 2.5))
    draw = rng.random()
    if draw < scene.runner_share:
        driver.habit = str(rng.choice(list(_RUNNERS), p=list(_RUNNERS.values())))
        driver.extra["patience_s"] = float(rng.uniform(2.0, 9.0))
        driver.extra["early_s"] = float(rng.uniform(1.0, 4.0))
        if driver.habit == "stops_then_goes" and rng.random() < 0.5:
            driver.stops_before_lane_end_m = float(rng.uniform(0.5, room - 0.5))
    elif draw < scene.runner_share + scene.over_line_share:
        driver.habit = "stands_over"
        driver.stops_before_lane_end_m = float(rng.uniform(0.3, room - 0.1))


class _Signal:
    """Shows the signal's phases and lets the runners run."""

    def __init__(self, scene: JunctionScene, drivers: dict[str, Driver]) -> None:
        self._scene = scene
        self._drivers = drivers
        self._stopped_since: dict[str, float] = {}
        self._free: set[str] = set()
        self.changes: list[tuple[float, str]] = []
        self.lane_end_y_m = 0.0

    def begin(self) -> Control:
        """Find out which links are whose."""
        self.lane_end_y_m = libsumo.lane.getShape("s_in_0")[-1][1]
        self._links = [link[0][:2] if link else ("", "") for link in libsumo.trafficlight.getControlledLinks("c")]
        return self.step

    def _phase(self, now_s: float) -> tuple[str, float]:
        """The watched approach's state and how long it still lasts."""
        scene = self._scene
        cycle = scene.green_s + scene.yellow_s + scene.red_s
        at = (now_s + 1000 * cycle) % cycle
        for state, lasts in (("green", scene.green_s), ("yellow", scene.yellow_s), ("red", scene.red_s)):
            if at < lasts:
                return state, lasts - at
            at -= lasts
        raise AssertionError

    def step(self, now_s: float) -> None:
        """Before each step of SUMO."""
        state, left_s = self._phase(now_s)
        if not self.changes or self.changes[-1][1] != state:
            self.changes.append((now_s, state))
            libsumo.trafficlight.setRedYellowGreenState("c", self._letters(state, left_s))
        elif state == "red":
            libsumo.trafficlight.setRedYellowGreenState("c", self._letters(state, left_s))
        for name in libsumo.edge.getLastStepVehicleIDs("s_in"):
            self._urge(name, now_s, state, left_s)

    def _letters(self, state: str, left_s: float) -> str:
        passed = self._scene.red_s - left_s
        crossing = "r"
        if state == "red" and passed >= 2.0 and left_s > 5.0:
            crossing = "G"
        elif state == "red" and 2.0 < left_s <= 5.0:
            crossing = "y"
        own = {"green": "G", "yellow": "y", "red": "r"}[state]
        letters = []
        for lane, out in self._links:
            north_south = lane.startswith(("s_in", "n_in"))
            right = lane.startswith("s_in") and out.startswith("e_out")
            if north_south and right and self._scene.right_on_red:
                letters.append("g" if own != "G" else "G")
            elif north_south:
                left_turn = (lane[0], out[0]) in {("s", "w"), ("n", "e")}
                letters.append("g" if own == "G" and left_turn else own)
            else:
                left_turn = (lane[0], out[0]) in {("e", "s"), ("w", "n")}
                letters.append("g" if crossing == "G" and left_turn else crossing)
        return "".join(letters)

    def _urge(self, name: str, now_s: float, state: str, left_s: float) -> None:
        driver = self._drivers[name]
        to_line = self.lane_end_y_m - LINE_BEFORE_LANE_END_M - libsumo.vehicle.getPosition(name)[1]
        speed = libsumo.vehicle.getSpeed(name)
        if speed < 0.1 and to_line < 8:
            self._stopped_since.setdefault(name, now_s)
        else:
            self._stopped_since.pop(name, None)
        self._dawdle(driver, speed, to_line, {"green": left_s + self._scene.yellow_s, "yellow": left_s}.get(state, 0.0))
        if state == "red" and name not in self._free and self._goes(driver, now_s, left_s, to_line):
            self._free.add(name)
            libsumo.vehicle.setSpeedMode(name, _IGNORES_SIGNALS)

    def _dawdle(self, driver: Driver, speed: float, to_line: float, until_red_s: float) -> None:
        """Some pass the line slowly just before the red, so that their rear passes after it."""
        slow = driver.extra.get("slows_at_line")
        if slow is None or driver.habit == "stands_over" or speed < 0.5 or until_red_s >= _LAST_SECONDS_S:
            return
        pace = to_line / max(0.85 * until_red_s, 0.1)
        if to_line > 0 and 0.6 < pace < 4.0 and until_red_s > 0:
            slow = max(pace, 0.8)
        elif not -2.5 < to_line <= 0:
            return
        libsumo.vehicle.setSpeedMode(driver.name, _IGNORES_SIGNALS)
        libsumo.vehicle.slowDown(driver.name, min(speed, slow), 0.2)

    def _goes(self, driver: Driver, now_s: float, left_s: float, to_line: float) -> bool:
        """Whether a runner takes heart now."""
        passed_s = self._scene.red_s - left_s
        waited_s = now_s - self._stopped_since.get(driver.name, now_s)
        if driver.habit == "runs_through":
            return to_line < 45
        if driver.habit == "runs_mid_red":
            return passed_s > 4 and to_line < 30
        if driver.habit == "stops_then_goes":
            return waited_s > driver.extra["patience_s"]
        if driver.habit == "goes_before_green":
            return left_s < driver.extra["early_s"] and to_line < 12
        return False
