"""A one-way lane: riders against it, and everything that only looks like that."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.sumo.actors import Actor, scripted
from benchmarks.sumo.drive import drive
from benchmarks.sumo.network import build_street
from benchmarks.sumo.traffic import draw_drivers

Keys = list[tuple[float, float, float, float]]
_FAR_M = 75.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetScene:
    """A street along y: lawful traffic heads north at x > 0; opposing traffic, if any, keeps to x < 0."""

    lanes: int = 2
    lane_width_m: float = 3.25
    two_way: bool = False
    flow_per_h: float = 1100.0
    acts_per_min: float = 1.5
    decoys_per_min: float = 3.0
    walkers_per_min: float = 4.0

    @property
    def width_m(self) -> float:
        """Of the watched carriageway; without opposing traffic SUMO centres it on x = 0."""
        return self.lanes * self.lane_width_m


def street_edges_m(scene: StreetScene) -> tuple[float, float]:
    """Left and right edge of the watched carriageway."""
    return (0.0, scene.width_m)


def run_street(scene: StreetScene, seconds: float, seed: int, folder: Path) -> list[Actor]:
    """Drive a street for so many seconds."""
    rng = np.random.default_rng([seed, 22])
    actors = street_traffic(scene, seconds, seed, folder)
    makers = {
        "wrong_way": (scene.acts_per_min, _wrong_way),
        "pushed_back": (0.30 * scene.decoys_per_min, _pushed_back),
        "turns_round": (0.20 * scene.decoys_per_min, _turns_round),
        "crosses": (0.20 * scene.decoys_per_min, _crosses),
        "rides_on_pavement_against": (0.15 * scene.decoys_per_min, _rides_beside),
        "rolls_back": (0.15 * scene.decoys_per_min, _rolls_back),
        "walks": (scene.walkers_per_min, _walks),
    }
    for kind, (per_min, make) in makers.items():
        now = float(rng.exponential(60 / per_min))
        while now < seconds - 5:
            label = "person" if kind == "walks" else str(rng.choice(["motorcycle", "bicycle"], p=[0.88, 0.12]))
            if kind == "wrong_way" and rng.random() < 0.08:
                label = "car"
            keys, end_kind = make(now, scene, rng)
            kept = [key for key in keys if key[0] < seconds]
            if len(kept) > 1:
                actors.append(scripted(f"{kind}.{len(actors)}", label, end_kind, kept, rng))
            now += float(rng.exponential(60 / per_min))
    return actors


def street_traffic(scene: StreetScene, seconds: float, seed: int, folder: Path) -> list[Actor]:
    """The lawful traffic only."""
    rng = np.random.default_rng([seed, 23])
    net = build_street(lanes=scene.lanes, lane_width_m=scene.lane_width_m, two_way=True, folder=folder)
    flows = {"north": scene.flow_per_h}
    if scene.two_way:
        flows["south"] = 0.8 * scene.flow_per_h
    actors = drive(net, draw_drivers(flows, seconds + 40, rng), seconds, seed)
    for actor in actors:
        actor.kind = "opposing_traffic" if actor.route == "south" else "lawful_traffic"
    return actors


def _wobbling(begin_s: float, x: float, ways_m: tuple[float, float], speed: float, rng: np.random.Generator) -> Keys:
    """A way along the street with some wandering, key frames about a second apart."""
    y_from, y_to = ways_m
    lasts = abs(y_to - y_from) / speed
    count = max(2, int(lasts) + 1)
    times = np.linspace(0, lasts, count)
    drift = np.cumsum(rng.normal(0, 0.12, count)) * 0.7
    heading = 0.0 if y_to > y_from else 180.0
    ways = y_from + (y_to - y_from) * times / lasts
    return [
        (begin_s + float(t), x + float(np.clip(dx, -0.6, 0.6)), float(y), heading + float(rng.normal(0, 2)))
        for t, dx, y in zip(times, drift, ways, strict=True)
    ]


def _wrong_way(now: float, scene: StreetScene, rng: np.random.Generator) -> tuple[Keys, str]:
    speed = float(rng.uniform(2.5, 9.0))
    x = scene.width_m - rng.uniform(0.5, 1.6) if rng.random() < 0.7 else rng.uniform(1.2, scene.width_m - 0.6)
    if rng.random() < 0.7:
        return _wobbling(now, float(x), (_FAR_M, -_FAR_M), speed, rng), "wrong_way"
    # out of a side way, against the lane for a stretch, and off again
    start = float(rng.uniform(0, 35))
    way = _wobbling(now + 3, float(x), (start, start - float(rng.uniform(16, 35))), min(speed, 5), rng)
    side = scene.width_m + 4
    last = way[-1]
    return [(now, side, start + 2, 270.0), *way, (last[0] + 3, side, last[2] - 2, 90.0)], "wrong_way_stretch"


def _pushed_back(now: float, scene: StreetScene, rng: np.random.Generator) -> tuple[Keys, str]:
    x = scene.width_m - float(rng.uniform(0.4, 1.5))
    y, back = float(rng.uniform(-5, 35)), float(rng.uniform(2, 6.5))
    pace = float(rng.uniform(0.5, 1.0))
    waits, away = float(rng.uniform(2, 15)), float(rng.uniform(5, 9))
    return [
        (now, x, y - 40, 0.0), (now + 8, x, y, 0.0), (now + 8 + waits, x, y, 0.0),
        (now + 8 + waits + back / pace, x - 0.3, y - back, float(rng.normal(0, 15))),
        (now + 12 + waits + back / pace, x - 0.8, y - back, 0.0),
        (now + 12 + waits + back / pace + 60 / away, x - 0.8, y - back + 60, 0.0),
    ], "pushed_back"  # fmt: skip


def _turns_round(now: float, scene: StreetScene, rng: np.random.Generator) -> tuple[Keys, str]:
    """With two ways a U-turn into the opposite half; else a turn on the spot and back with the lane."""
    y, x = float(rng.uniform(0, 30)), float(rng.uniform(1.5, scene.width_m - 1))
    come: Keys = [(now, x, y - 40, 0.0), (now + 6, x, y - 3, 0.0), (now + 8, x, y, 0.0)]
    if scene.two_way:
        turn: Keys = [
            (now + 9, x - 1.2, y + 1.0, -60.0),
            (now + 10.5, -0.2, y + 1.0, -110.0),
            (now + 12, -1.8, y - 1.0, -175.0),
            (now + 20, -1.8, y - 50, -180.0),
        ]
        return [*come, *turn], "turns_round"
    back = float(rng.uniform(2, 5))
    turn = [(now + 10, x - 1.2, y + 0.6, -90.0), (now + 12, x - 1.8, y - 1, -180.0),
            (now + 14, x - 1.8, y - back, -180.0), (now + 16, x - 0.8, y - back - 0.8, -270.0),
            (now + 18, x, y - back + 1, -360.0), (now + 26, x, y + 50, -360.0)]  # fmt: skip
    return [*come, *turn], "turns_round"


def _crosses(now: float, scene: StreetScene, rng: np.random.Generator) -> tuple[Keys, str]:
    y, slope = float(rng.uniform(-5, 40)), float(rng.uniform(-0.9, 0.3))
    width = scene.width_m + 8
    pace = float(rng.uniform(1.5, 4))
    return [
        (now, scene.width_m + 4, y, 270.0 + 40 * slope),
        (now + width / pace, -4.0, y + slope * 6, 270.0 + 40 * slope),
    ], "crosses"


def _rides_beside(now: float, scene: StreetScene, rng: np.random.Generator) -> tuple[Keys, str]:
    x = scene.width_m + float(rng.uniform(1.3, 2.5))
    return _wobbling(now, x, (60, -50), float(rng.uniform(2, 5)), rng), "rides_on_pavement_against"


def _rolls_back(now: float, scene: StreetScene, rng: np.random.Generator) -> tuple[Keys, str]:
    x, y, back = float(rng.uniform(1, scene.width_m - 1)), float(rng.uniform(-5, 35)), float(rng.uniform(0.5, 2))
    return [
        (now, x, y - 40, 0.0), (now + 6, x, y, 0.0), (now + 9, x, y, 0.0), (now + 11, x, y - back, 0.0),
        (now + 13, x, y - back, 0.0), (now + 22, x, y + 60, 0.0),
    ], "rolls_back"  # fmt: skip


def _walks(now: float, scene: StreetScene, rng: np.random.Generator) -> tuple[Keys, str]:
    pace = float(rng.uniform(1.0, 1.6))
    x = scene.width_m + float(rng.uniform(-0.6, 2.5))
    ends = (60.0, -40.0) if rng.random() < 0.5 else (-40.0, 60.0)
    return _wobbling(now, x, ends, pace, rng), "walks"
