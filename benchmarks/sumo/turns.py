"""A junction where a sign bans a left turn and a U-turn, and the layout provides the other ways."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from benchmarks.sumo.actors import Actor, draw_size
from benchmarks.sumo.junction import JunctionRun, JunctionScene, run_junction
from benchmarks.sumo.lane_acts import FAR_M, pick, turn_round
from benchmarks.sumo.trips import Trip, runs_into

Segment = tuple[tuple[float, float], tuple[float, float]]
_MARGIN_M = 1.2  # gates are drawn wider than the road: a box's lower edge lies nearer than the wheels' middle
_TRIES = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnsScene:
    """How much of what happens at such a junction."""

    junction: JunctionScene = field(
        default_factory=lambda: JunctionScene(
            flow_per_h=1100.0, other_flow_per_h=350.0, runner_share=0, over_line_share=0
        )
    )
    left_banned_for: tuple[str, ...] = ()  # none: everybody
    u_turns_per_min: float = 1.5
    decoys_per_min: float = 0.6  # of each kind


def gates_m(scene: TurnsScene, run: JunctionRun) -> dict[str, Segment]:
    """The gates as an installer draws them, in the order (one end, other end)."""
    half = run.lanes_x_m[1]
    cross = scene.junction.shape.cross_lanes * scene.junction.shape.lane_width_m
    tilt = float(np.tan(np.radians(scene.junction.shape.skew_deg)))
    out, line = half + 3.0, run.line_y_m

    def arm(x: float, y: float) -> tuple[float, float]:
        return (x, y - x * tilt)

    return {
        "south-in": ((-0.2, line), (half + _MARGIN_M, line)),
        "south-out": ((-half - _MARGIN_M, line), (-0.2, line)),
        "west-out": (arm(-out, -_MARGIN_M), arm(-out, cross + _MARGIN_M)),
        "east-out": (arm(out, -cross - _MARGIN_M), arm(out, _MARGIN_M)),
        "north-out": ((-0.2, -run.junction_y_m), (half + _MARGIN_M, -run.junction_y_m)),
    }


def run_turns(scene: TurnsScene, seconds: float, seed: int, folder: Path) -> JunctionRun:
    """Drive such a junction for so many seconds."""
    run = run_junction(scene.junction, seconds, seed, folder)
    for actor in run.actors:
        actor.kind = "traffic"
    run.signal = []  # no rule here looks at it
    rng = np.random.default_rng([seed, 66])
    play = _Play(scene, run, seconds, rng)
    how_often = {
        "turns_round": scene.u_turns_per_min,
        "bicycle_turns_round": scene.decoys_per_min,
        "backs_out": scene.decoys_per_min,
        "pushed_round": 0.5 * scene.decoys_per_min,
    }
    for kind, per_min in how_often.items():
        for number in range(rng.poisson(per_min * seconds / 60)):
            play.place(kind, number)
    return run


class _Play:
    """Scripted trips on the watched arm."""

    def __init__(self, scene: TurnsScene, run: JunctionRun, seconds: float, rng: np.random.Generator) -> None:
        self._scene, self._run, self._seconds, self._rng = scene, run, seconds, rng

    def place(self, kind: str, number: int) -> None:
        """Where it runs into nobody."""
        for _ in range(_TRIES):
            trip, label = self._trip(kind, float(self._rng.uniform(-5, self._seconds - 15)))
            actor = trip.actor(
                f"{kind}.{number}", label, kind, self._rng, seconds=self._seconds, pushed=kind == "pushed_round"
            )
            if actor is not None and not runs_into(actor, self._run.actors):
                self._run.actors.append(actor)
                if kind == "pushed_round":
                    self._run.actors.append(self._owner(actor))
                return

    def _trip(self, kind: str, now: float) -> tuple[Trip, str]:
        rng, line, half = self._rng, self._run.line_y_m, self._run.lanes_x_m[1]
        if kind == "backs_out":
            return self._backs_out(now)
        label = "bicycle" if kind == "bicycle_turns_round" else pick(rng, {"motorcycle": 0.6, "car": 0.35})
        if kind == "pushed_round":
            x, y = float(rng.uniform(1, 2.5)), line + float(rng.uniform(3, 5))
            trip = (
                Trip(now, (x, line - 6)).wait(2).go((x, y), (-x, y), (-x, line - 6), mps=float(rng.uniform(0.9, 1.3)))
            )
            return trip.wait(3), "motorcycle"
        x = float(rng.uniform(half - 2, half - 1.5) if label == "car" else rng.uniform(0.8, 3.0))
        back_x = -float(rng.uniform(half - 2, half - 1.5)) if label == "car" else x - float(rng.uniform(3.6, 5.8))
        return turn_round(Trip(now, (x, -FAR_M)), x, back_x, line + float(rng.uniform(8, 12)), rng), label

    def _backs_out(self, now: float) -> tuple[Trip, str]:
        """Over the gate, and back over it in reverse."""
        rng, line = self._rng, self._run.line_y_m
        x = float(rng.uniform(1.2, 2.2))
        trip = Trip(now, (x, -FAR_M)).go((x, line - 8), mps=6.0).go((x, line + float(rng.uniform(2.5, 5))), mps=3.0)
        trip.wait(float(rng.uniform(1, 4)))
        trip.go((x - float(rng.uniform(0, 2.6)), line - float(rng.uniform(3, 6))), mps=1.2, reverse=True)
        return trip.wait(2.0).go((x, line), (x, FAR_M), mps=6.0), pick(rng, {"motorcycle": 0.4, "car": 0.6})

    def _owner(self, bike: Actor) -> Actor:
        """Who pushes it, on its right."""
        length, width, height = draw_size("person", self._rng)
        side = np.column_stack([np.cos(bike.heading_rad), -np.sin(bike.heading_rad)])
        return replace(
            bike, name=f"{bike.name}.owner", label="person", kind="walks", length_m=length, width_m=width,
            xy_m=bike.xy_m + 0.6 * side, height_m=np.full(len(bike.t_s), height),
        )  # fmt: skip
