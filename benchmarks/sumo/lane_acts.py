"""Offences on a street of several lanes, each with speeds, angles and classes of its own."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.sumo.actors import Actor
from benchmarks.sumo.lanes_scene import LanesScene
from benchmarks.sumo.trips import Trip, runs_into

FAR_M = 75.0
_TRIES = 25
_SIDEWAYS_MPS2 = (1.0, 3.0)
_WAITS_SHARE = 0.3  # of those who turn round: for a gap
_MOTOR = {"motorcycle": 0.62, "car": 0.26, "truck": 0.08, "bus": 0.04}
_OFFSETS_M = {"motorcycle": (0.8, 2.3), "car": (1.3, 1.9), "truck": (1.55, 1.8), "bus": (1.6, 1.75)}

Maker = Callable[[float, LanesScene, np.random.Generator], tuple[Trip, str] | None]


def pick(rng: np.random.Generator, shares: dict[str, float]) -> str:
    """One of some names by their shares."""
    total = sum(shares.values())
    return str(rng.choice(list(shares), p=[share / total for share in shares.values()]))


@dataclass(slots=True, kw_only=True)
class Stage:
    """A street with everybody who is on it so far."""

    scene: LanesScene
    actors: list[Actor]
    seconds: float
    rng: np.random.Generator

    def how_many(self, per_min: float) -> int:
        """A number drawn for the whole scene."""
        return int(self.rng.poisson(per_min * self.seconds / 60))

    def place(self, kind: str, per_min: float, make: Maker) -> None:
        """Set trips of one kind into the traffic, where they run into nobody."""
        for number in range(self.how_many(per_min)):
            for _ in range(_TRIES):
                made = make(float(self.rng.uniform(-5, self.seconds - 12)), self.scene, self.rng)
                if made is None:
                    return
                trip, label = made
                if self.add(trip.actor(f"{kind}.{number}", label, kind, self.rng, seconds=self.seconds)):
                    break

    def add(self, actor: Actor | None) -> bool:
        """Set somebody into the traffic unless he runs into somebody; whether he was."""
        if actor is None or runs_into(actor, self.actors):
            return False
        self.actors.append(actor)
        return True


def play_acts(stage: Stage) -> None:
    """All kinds of acts."""
    shares: dict[str, tuple[float, Maker]] = {
        "crosses_solid": (1.0, _crosses_solid),
        "in_kept_lane": (0.6, _in_kept_lane),
        "in_kept_lane_stretch": (0.4, _in_kept_lane_stretch),
        "turns_round": (1.0, _turns_round),
        "on_closed_road": (1.0, _on_closed_road),
        "rides_on_pavement": (0.4, _rides_on_pavement),
        "mounts_pavement": (0.6, _mounts_pavement),
    }
    for kind, (share, make) in shares.items():
        stage.place(kind, share * stage.scene.acts_per_min, make)


def _crosses_solid(now: float, scene: LanesScene, rng: np.random.Generator) -> tuple[Trip, str]:
    label = pick(rng, _MOTOR)
    offset = _OFFSETS_M[label]
    side = 1 if rng.random() < 0.5 else -1
    x0 = scene.solid_x_m - side * float(rng.uniform(*offset))
    x1 = scene.solid_x_m + side * float(rng.uniform(*offset))
    over = float(rng.uniform(3, 25) if label == "motorcycle" else rng.uniform(12, 32))  # metres along for the change
    low, high = scene.solid_y_m
    middle = float(rng.uniform(low + 3, high - 3))
    mps = float(rng.uniform(4, 12)) if over > 8 else float(rng.uniform(3, 6))
    trip = Trip(now, (x0, -FAR_M))
    return trip.go(
        (x0, middle - over / 2), (x1, middle + over / 2), (x1, FAR_M), mps=mps
    ), label  # fmt: skip


def _others(scene: LanesScene) -> dict[str, float]:
    """Motor vehicles that the kept lane is not for."""
    return {label: share for label, share in _MOTOR.items() if label not in scene.kept_for}


def _kept_x(scene: LanesScene, label: str, rng: np.random.Generator) -> float:
    left, right = scene.kept_x_m
    room = 0.95 if label == "motorcycle" else 0.25
    return float(np.clip((left + right) / 2 + rng.uniform(-room, room), left + 0.6, right - 0.6))


def _in_kept_lane(now: float, scene: LanesScene, rng: np.random.Generator) -> tuple[Trip, str]:
    label = pick(rng, _others(scene))
    x = _kept_x(scene, label, rng)
    sway = x + float(rng.uniform(-0.2, 0.2))
    return Trip(now, (x, -FAR_M)).go((sway, 0.0), (x, 40.0), (x, FAR_M), mps=float(rng.uniform(4, 11))), label


def _in_kept_lane_stretch(now: float, scene: LanesScene, rng: np.random.Generator) -> tuple[Trip, str]:
    label = pick(rng, _others(scene))
    x, beside = _kept_x(scene, label, rng), scene.kept_x_m[0] - scene.lane_width_m / 2
    start, stretch = float(rng.uniform(-25, 5)), float(rng.uniform(28, 50))
    trip = Trip(now, (beside, -FAR_M))
    return trip.go(
        (beside, start - 12), (x, start), (x, start + stretch), (beside, start + stretch + 12), (beside, FAR_M),
        mps=float(rng.uniform(4, 11)),
    ), label  # fmt: skip


def turn_round(trip: Trip, x: float, back_x: float, turn_y: float, rng: np.random.Generator) -> Trip:
    """From where the trip is to a half circle and back to where it came from, as fast as tyres allow."""
    ahead = 1.0 if turn_y > trip.here[1] else -1.0
    far, radius, middle_x = trip.here[1], abs(x - back_x) / 2, (x + back_x) / 2
    mps, slow = float(rng.uniform(4.5, 9)), math.sqrt(radius * float(rng.uniform(*_SIDEWAYS_MPS2)))
    begin_y = turn_y - ahead * radius
    trip.go((x, begin_y - ahead * 8), mps=mps).go((x, begin_y), mps=slow)
    if rng.random() < _WAITS_SHARE:
        trip.wait(float(rng.uniform(1, 6)))
    angles = np.linspace(0, math.pi, 9)[1:]
    arc = [(middle_x + (x - middle_x) * math.cos(a), begin_y + ahead * radius * math.sin(a)) for a in angles]
    return trip.go(*arc, (back_x, begin_y - ahead * 2), mps=slow).go((back_x, far), mps=mps)


def _turns_round(now: float, scene: LanesScene, rng: np.random.Generator) -> tuple[Trip, str]:
    label = pick(rng, {"motorcycle": 0.65, "car": 0.35})
    x = float(rng.uniform(0.8, 3.5) if label == "motorcycle" else rng.uniform(1.2, 1.9))
    back_x = (
        x - float(rng.uniform(3.8, 6.5)) if label == "motorcycle" else -float(rng.uniform(7.2, scene.width_m - 1.2))
    )
    low, high = scene.gates_y_m
    return turn_round(Trip(now, (x, -FAR_M)), x, back_x, float(rng.uniform(low + 8, high - 2)), rng), label


def _on_closed_road(now: float, scene: LanesScene, rng: np.random.Generator) -> tuple[Trip, str] | None:
    road = scene.side_road_m
    if road is None:
        return None
    label = pick(rng, {label: share for label, share in _MOTOR.items() if label in scene.closed_to})
    return into_side_road(now, scene, road[1] + 10, rng), label


def into_side_road(now: float, scene: LanesScene, to_x: float, rng: np.random.Generator) -> Trip:
    """Along the street, at last through the kept lane, and to the right as far as a place on the side road."""
    road = scene.side_road_m
    if road is None:
        raise ValueError("the scene has no side road")
    middle = (road[2] + road[3]) / 2 - float(rng.uniform(-0.3, 0.8))
    beside, x = scene.kept_x_m[0] - scene.lane_width_m / 2, scene.width_m - 1.7
    slow = float(rng.uniform(2.5, 5))
    trip = Trip(now, (beside, -FAR_M)).go((beside, middle - 16), mps=float(rng.uniform(5, 10)))
    trip.go((x, middle - 9), (x, middle), (min(to_x, road[0]), middle), mps=slow)
    return trip.go((to_x, middle), mps=float(rng.uniform(3, 7))) if to_x > road[0] else trip


def _pavement_x(scene: LanesScene, rng: np.random.Generator) -> float:
    left, right = scene.pavement_x_m
    return float(rng.uniform(left + 0.6, right - 0.5))


def _rides_on_pavement(now: float, scene: LanesScene, rng: np.random.Generator) -> tuple[Trip, str]:
    x, way = _pavement_x(scene, rng), 1 if rng.random() < 0.6 else -1
    trip = Trip(now, (x, -way * FAR_M))
    x1 = _pavement_x(scene, rng)
    return trip.go(
        (x, -10.0 * way), (x1, 25.0 * way), (x1, way * FAR_M), mps=float(rng.uniform(2.6, 6.5))
    ), "motorcycle"


def _mounts_pavement(now: float, scene: LanesScene, rng: np.random.Generator) -> tuple[Trip, str]:
    label = "car" if rng.random() < 0.08 else "motorcycle"
    x, road = _pavement_x(scene, rng), scene.width_m - 0.8
    if label == "car":
        x = sum(scene.pavement_x_m) / 2
    start, stretch = float(rng.uniform(-10, 20)), float(rng.uniform(14, 32))
    trip = Trip(now, (road, -FAR_M)).go((road, start - 8), mps=float(rng.uniform(5, 9)))
    slow = float(rng.uniform(2.6, 6))
    trip.go((road, start - 3), (x, start), (x, start + stretch), (road, start + stretch + 3), mps=slow)
    return trip.go((road, FAR_M), mps=float(rng.uniform(5, 9))), label
