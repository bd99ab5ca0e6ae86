"""A pavement with rows of motorcycles: stays short and long, neighbours that come and go, and who leaves unseen."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.sumo.actors import Actor, scripted
from benchmarks.sumo.street import StreetScene, street_traffic

Keys = list[tuple[float, float, float, float]]
_RIDE_IN_S = 9.0
_ON_FOOT_S = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PavementScene:
    """Rows stand along the kerb on a pavement right of the carriageway."""

    street: StreetScene = field(default_factory=lambda: StreetScene(flow_per_h=500.0))
    pavement_m: float = 4.0
    rows_y_m: tuple[tuple[float, int], ...] = ((-4.0, 9), (8.0, 12))  # where a row begins, how many places
    spacing_m: float = 0.8
    lean_deg: float = 70.0  # heading of parked two-wheelers: 90 stands straight away from the road
    bay_y_m: tuple[float, float] | None = (19.0, 26.0)  # a permitted bay
    threshold_s: float = 60.0
    walkers_per_min: float = 5.0
    screens_per_10_min: float = 3.0  # a truck that stops before the rows and hides them

    @property
    def kerb_x_m(self) -> float:
        """Where the pavement begins."""
        return self.street.width_m + 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One vehicle's stay on the pavement."""

    actor: str
    begin_s: float
    end_s: float
    in_bay: bool


def run_pavement(scene: PavementScene, seconds: float, seed: int, folder: Path) -> tuple[list[Actor], list[Stay]]:
    """Drive the street and park on its pavement for so many seconds."""
    play = _Play(scene=scene, seconds=seconds, rng=np.random.default_rng([seed, 33]))
    play.actors += street_traffic(scene.street, seconds, seed, folder)
    play.stop_screens()
    for row, (y_first, places) in enumerate(scene.rows_y_m):
        for place in range(places):
            y = y_first + place * scene.spacing_m + float(play.rng.normal(0, 0.05))
            play.fill_place(f"{row}.{place}", y, in_bay=False)
    if scene.bay_y_m is not None:
        for place in range(4):
            play.fill_place(f"bay.{place}", scene.bay_y_m[0] + 2.2 + place * 1.0, in_bay=True)
    play.walk()
    return play.actors, play.stays


def _lasts(rng: np.random.Generator) -> tuple[float, str]:
    draw = rng.random()
    if draw < 0.30:
        return float(rng.uniform(8, 40)), "short_stop"
    if draw < 0.45:
        return float(rng.uniform(40, 57)), "nearly_long_stop"
    return float(rng.uniform(70, 320)), "stays"


@dataclass(slots=True, kw_only=True)
class _Play:
    """A pavement scene in the making."""

    scene: PavementScene
    seconds: float
    rng: np.random.Generator
    actors: list[Actor] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    hidden_s: list[tuple[float, float]] = field(default_factory=list)  # when something stands before the rows

    def fill_place(self, place: str, y: float, *, in_bay: bool) -> None:
        """One place over time: occupied, free, occupied by another."""
        rng = self.rng
        now = -float(rng.uniform(0, 200)) if rng.random() < 0.5 else float(rng.exponential(50))
        x = self.scene.kerb_x_m + 0.5 * self.scene.pavement_m + float(rng.normal(0, 0.12))
        while now < self.seconds - 5:
            lasts, kind = _lasts(rng)
            end = now + lasts
            for begin_s, end_s in self.hidden_s:
                if begin_s < end < end_s + 15 and rng.random() < 0.7:
                    end = float(rng.uniform(begin_s + 6, max(begin_s + 7, end_s - 8)))
                    kind = "leaves_hidden"
            if end > max(now + 4, 3.0):
                name = f"place.{place}.{len(self.stays)}"
                bike = self._park(name, kind, (x, y), (now, end))
                begin_s, end_s = max(now, float(bike.t_s[0])), min(end, float(bike.t_s[-1]))
                self.stays.append(Stay(actor=name, begin_s=begin_s, end_s=end_s, in_bay=in_bay))
            now = end + _RIDE_IN_S + float(2 + rng.exponential(25))

    def _park(self, name: str, kind: str, spot_m: tuple[float, float], span_s: tuple[float, float]) -> Actor:
        """A two-wheeler that rides in, stands and rides off, with its rider on foot before and after."""
        (x, y), (begin, end), rng = spot_m, span_s, self.rng
        lean = self.scene.lean_deg + float(rng.normal(0, 4))
        road_x = self.scene.street.width_m - 1.0
        back_x = x - 2.2 * float(np.sin(np.radians(lean)))
        back_y = y - 2.2 * float(np.cos(np.radians(lean)))
        keys: Keys = [
            (begin - _RIDE_IN_S, road_x, y - 30, 0.0), (begin - 4, road_x, y - 2.5, 10.0),
            (begin - 2, back_x, back_y, lean), (begin, x, y, lean), (end, x, y, lean),
            (end + 3, back_x, back_y, lean - 30), (end + 5, road_x, y + 1, 5.0), (end + 10, road_x, y + 45, 0.0),
        ]  # fmt: skip
        label = str(rng.choice(["motorcycle", "bicycle"], p=[0.92, 0.08]))
        bike = self._add(name, label, kind, keys, ridden=[(-1e9, True), (begin + 2, False), (end - 2, True)])
        if bike is None:
            raise ValueError(f"{name} is outside the scene")
        if end - begin > 12:
            door_x, door_y = self.scene.kerb_x_m + self.scene.pavement_m + 1, y + float(rng.normal(0, 2))
            beside = (x - 0.5, y - 0.5)
            goes: Keys = [(begin + 2, *beside, 90.0), (begin + 2 + _ON_FOOT_S, door_x, door_y, 90.0)]
            comes: Keys = [(end - 2 - _ON_FOOT_S, door_x, y, 270.0), (end - 2, *beside, 270.0)]
            self._add(f"{name}.goes", "person", "rider_on_foot", goes)
            self._add(f"{name}.comes", "person", "rider_on_foot", comes)
        return bike

    def _add(
        self, name: str, label: str, kind: str, keys: Keys, *, ridden: list[tuple[float, bool]] | None = None
    ) -> Actor | None:
        """A scripted actor, cut to the scene's time; None where nothing is left."""
        actor = scripted(name, label, kind, keys, self.rng, ridden=ridden)
        keep = (actor.t_s >= 0) & (actor.t_s < self.seconds)
        if keep.sum() < 2:
            return None
        actor.t_s, actor.xy_m = actor.t_s[keep], actor.xy_m[keep]
        actor.heading_rad, actor.height_m = actor.heading_rad[keep], actor.height_m[keep]
        self.actors.append(actor)
        return actor

    def stop_screens(self) -> None:
        """Trucks and buses that stop at the kerb for a while."""
        scene, rng = self.scene, self.rng
        for number in range(rng.poisson(scene.screens_per_10_min * self.seconds / 600)):
            begin, lasts = float(rng.uniform(20, self.seconds - 40)), float(rng.uniform(18, 45))
            x, y = scene.street.width_m - 1.5, float(rng.choice([row[0] for row in scene.rows_y_m])) + 7.0
            keys: Keys = [
                (begin - 12, x, y - 60, 0.0), (begin - 5, x, y - 10, 0.0), (begin, x, y, 0.0),
                (begin + lasts, x, y, 0.0), (begin + lasts + 10, x, y + 60, 0.0),
            ]  # fmt: skip
            self._add(f"screen.{number}", str(rng.choice(["truck", "bus"])), "stands_in_road", keys)
            self.hidden_s.append((begin, begin + lasts))

    def walk(self) -> None:
        """People, and now and then a motorcycle, that pass along the pavement."""
        scene, rng = self.scene, self.rng
        now = float(rng.exponential(60 / scene.walkers_per_min))
        while now < self.seconds - 5:
            rides = rng.random() < 0.15
            pace = float(rng.uniform(2, 4) if rides else rng.uniform(0.9, 1.5))
            aside = rng.uniform(0.2, 0.9) if rng.random() < 0.5 else rng.uniform(2.9, scene.pavement_m)
            x, sway = scene.kerb_x_m + float(aside), float(rng.normal(0, 0.4))
            first, last, heading = (-30.0, 40.0, 0.0) if rng.random() < 0.5 else (40.0, -30.0, 180.0)
            keys: Keys = [(now, x, first, heading), (now + 70 / pace, x + sway, last, heading)]
            label = "motorcycle" if rides else "person"
            self._add(f"walker.{len(self.actors)}", label, "passes_on_pavement", keys)
            now += float(rng.exponential(60 / scene.walkers_per_min))
