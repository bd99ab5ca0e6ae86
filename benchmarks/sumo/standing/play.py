"""Plays a street on which some stand: traffic, jams or a light, and scripted vehicles that come, stand and go."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import libsumo
import numpy as np

from benchmarks.sumo.actors import SIZES_M, Actor, scripted
from benchmarks.sumo.drive import Control, drive
from benchmarks.sumo.junction import JunctionRun, run_junction
from benchmarks.sumo.network import STREET_FROM_Y_M, build_street
from benchmarks.sumo.standing.scene import Held, StandingRun, StandingScene, Stretch
from benchmarks.sumo.standing.spans import standing_spans
from benchmarks.sumo.traffic import draw_drivers
from benchmarks.sumo.trips import Trip, runs_into

_TRIES = 12
_LEAST_AHEAD_M = 4.0
_STAYS_INSIDE = 0.5  # of those who come
_JAM_AT_Y_M = 34.0
_LABELS = {"car": 0.5, "motorcycle": 0.32, "truck": 0.13, "bus": 0.05}
_KINDS = {"stays": 0.40, "drops_off": 0.24, "nearly": 0.14, "moves_up": 0.07, "in_turn": 0.15}


def run_standing(
    scene: StandingScene, seconds: float, seed: int, folder: Path
) -> tuple[StandingRun, JunctionRun | None]:
    """Drive and stand for so many seconds."""
    rng = np.random.default_rng([seed, 66])
    junction = None
    if scene.junction is not None:
        junction = run_junction(scene.junction, seconds, seed, folder)
        spans = pairwise([*junction.signal, (seconds, "end")])
        held = Held(not_green_s=[(at, until) for (at, state), (until, _) in spans if state != "green"])
        run = StandingRun(actors=junction.actors, held=held, y0_m=junction.line_y_m)
    else:
        jams = _Jams(scene, seconds, rng)
        net = build_street(lanes=scene.lanes, lane_width_m=scene.lane_width_m, two_way=True, folder=folder)
        flows = {"north": scene.flow_per_h, "south": 0.4 * scene.flow_per_h}
        actors = drive(net, draw_drivers(flows, seconds + 40, rng), seconds, seed, jams.begin)
        run = StandingRun(actors=actors, held=Held(jams_s=jams.spans_s), y0_m=0.0)
    for actor in run.actors:
        actor.kind = "traffic"
    _stand(scene, run, seconds, rng)
    return run, junction


class _Jams:
    """Now and then the first in each lane stops for a while, and a queue grows behind them."""

    def __init__(self, scene: StandingScene, seconds: float, rng: np.random.Generator) -> None:
        count = rng.poisson(scene.jams_per_10_min * seconds / 600)
        self._due_s = sorted(rng.uniform(15, max(16.0, seconds - 100), count).tolist())
        self._lanes, self._rng = scene.lanes, rng
        self._lasts_s = 0.0
        self._waiting: set[int] = set()  # lanes in which nobody has stopped yet
        self.spans_s: list[tuple[float, float]] = []

    def begin(self) -> Control:
        """Once SUMO has started."""
        return self.step

    def step(self, now_s: float) -> None:
        """Before each step of SUMO."""
        if self._due_s and now_s >= self._due_s[0]:
            self._due_s.pop(0)
            self._lasts_s = float(self._rng.uniform(45, 110))
            self._waiting = set(range(self._lanes))
            self.spans_s.append((now_s, now_s + self._lasts_s + 25))
        for name in libsumo.edge.getLastStepVehicleIDs("north") if self._waiting else ():
            _, y = libsumo.vehicle.getPosition(name)
            lane = libsumo.vehicle.getLaneIndex(name)
            if lane in self._waiting and -40 < y < 5 and libsumo.vehicle.getVehicleClass(name) != "motorcycle":
                libsumo.vehicle.setStop(name, "north", _JAM_AT_Y_M - STREET_FROM_Y_M, lane, self._lasts_s)
                self._waiting.discard(lane)


def _stand(scene: StandingScene, run: StandingRun, seconds: float, rng: np.random.Generator) -> None:
    if scene.row_of_parked:
        _park_row(scene, run, seconds, rng)
    for number in range(rng.poisson(scene.stands_per_min * seconds / 60)):
        stretch = scene.stretches[int(rng.integers(len(scene.stretches)))]
        label = str(rng.choice(list(_LABELS), p=list(_LABELS.values())))
        kind = str(rng.choice(list(_KINDS), p=list(_KINDS.values())))
        place = _Place.draw(scene, stretch, run.y0_m, label, rng)
        if place is None:
            continue
        for at_s in rng.uniform(-60, seconds - 20, _TRIES).tolist():
            made = _Stander(kind=kind, label=label, place=place, rng=rng).actors(f"stand.{number}", at_s, seconds)
            if made and not any(runs_into(actor, run.actors) for actor in made):
                run.actors += made
                _let_out(made[0], place, scene, run, rng)
                break


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the middle of a front comes to stand, and from where."""

    x_m: float
    y_m: float
    lane_x_m: float
    threshold_s: float
    longest_s: float
    room_m: float  # ahead of it, within its stretch

    @classmethod
    def draw(
        cls, scene: StandingScene, stretch: Stretch, y0_m: float, label: str, rng: np.random.Generator
    ) -> "_Place | None":
        """Wholly within a stretch; None where it is too long."""
        length, _, width, _ = SIZES_M[label]
        low, high = (y0_m + y for y in stretch.y_m)
        if low + length + 1.2 > high - 0.8:
            return None
        left, right = scene.strip_x_m
        threshold_s = stretch.threshold_s if stretch.rule else 60.0
        y = float(rng.uniform(low + length + 1.2, high - 0.8))
        return cls(
            x_m=float(rng.uniform(left + width / 2 + 0.05, max(left + width / 2 + 0.1, right - width / 2))),
            y_m=y,
            lane_x_m=scene.width_m - 1.3,
            threshold_s=threshold_s,
            longest_s=scene.longest_thresholds * threshold_s,
            room_m=high - 0.8 - y,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stander:
    """One vehicle that comes to stand, or two one after the other at the same place."""

    kind: str
    label: str
    place: _Place
    rng: np.random.Generator

    def actors(self, name: str, at_s: float, seconds: float) -> list[Actor]:
        """Whoever takes part, from a second on; nobody where the place has no room for it."""
        trips = list(self._trips(at_s))
        made = [
            trip.actor(f"{name}.{number}", self.label, self.kind, self.rng, seconds=seconds)
            for number, trip in enumerate(trips)
        ]
        return [actor for actor in made if actor is not None]

    def _trips(self, at_s: float) -> Iterator[Trip]:
        place = self.place
        stands_s = self._stands_s()
        if self.kind == "moves_up":
            ahead_m = min(8.0, place.room_m)
            if ahead_m >= _LEAST_AHEAD_M:
                trip = _comes(place, at_s).wait(stands_s).go((place.x_m, place.y_m + ahead_m), mps=1.5)
                yield _goes(trip.wait(self._stands_s()), place, ahead_m)
            return
        yield _goes(_comes(place, at_s).wait(stands_s), place)
        if self.kind == "in_turn":
            next_s = at_s + stands_s + float(self.rng.uniform(8, 20))
            yield _goes(_comes(place, next_s).wait(self._stands_s()), place)

    def _stands_s(self) -> float:
        threshold_s = self.place.threshold_s
        if self.kind == "stays":
            return float(self.rng.uniform(threshold_s + 8, self.place.longest_s))
        if self.kind == "drops_off":
            return float(self.rng.uniform(6, 0.5 * threshold_s))
        return float(self.rng.uniform(0.6, 0.93) * threshold_s)


def _comes(place: _Place, at_s: float) -> Trip:
    """It stands from that second on, or a little later."""
    side = place.x_m - place.lane_x_m
    slant_m = max(7.0, 3.0 * side)
    drive_s = 55.0 / 8.0 + math.hypot(slant_m, side) / 3.0
    start = (place.lane_x_m, place.y_m - slant_m - 55.0)
    trip = Trip(at_s - drive_s, start).go((place.lane_x_m, place.y_m - slant_m), mps=8.0)
    return trip.go((place.x_m, place.y_m - 2.5), (place.x_m, place.y_m), mps=3.0)


def _goes(trip: Trip, place: _Place, ahead_m: float = 0.0) -> Trip:
    y = place.y_m + ahead_m
    slant_m = max(8.0, 3.0 * (place.x_m - place.lane_x_m))
    trip.go((place.x_m, y + 2.0), (place.lane_x_m, y + slant_m), mps=3.0)
    return trip.go((place.lane_x_m, y + slant_m + 55.0), mps=8.0)


def _let_out(actor: Actor, place: _Place, scene: StandingScene, run: StandingRun, rng: np.random.Generator) -> None:
    """Now and then somebody gets out on the kerb's side and walks off."""
    stood = next(iter(standing_spans(actor)), None)
    if stood is None or rng.random() < _STAYS_INSIDE:
        return
    since, kerb_x = stood[0] + 1.5, scene.strip_x_m[1] + 1.2
    door = (place.x_m + actor.width_m / 2 + 0.3, place.y_m - 1.5)
    keys = [(since, *door, 90.0), (since + 3, kerb_x, door[1], 90.0), (since + 12, kerb_x + 1, door[1] + 10, 0.0)]
    walker = scripted(f"{actor.name}.on_foot", "person", "gets_out", keys, rng)
    kept = walker.t_s < actor.t_s[-1]
    if kept.sum() > 1:
        walker.t_s, walker.xy_m = walker.t_s[kept], walker.xy_m[kept]
        walker.heading_rad, walker.height_m = walker.heading_rad[kept], walker.height_m[kept]
        run.actors.append(walker)


def _park_row(scene: StandingScene, run: StandingRun, seconds: float, rng: np.random.Generator) -> None:
    """Cars that stand all the time, right of the strip."""
    x = scene.strip_x_m[1] + 1.1
    for number, y in enumerate(np.arange(-6.0, 36.0, 6.2).tolist()):
        keys = [(0.0, x, run.y0_m + y, 0.0), (seconds - 0.2, x, run.y0_m + y, 0.0)]
        run.actors.append(scripted(f"parked.{number}", "car", "parks_lawfully", keys, rng))
