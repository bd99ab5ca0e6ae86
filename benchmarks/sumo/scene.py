"""One camera over one place."""

from dataclasses import dataclass

from benchmarks.sumo.junction import JunctionScene
from benchmarks.sumo.lanes_scene import LanesScene
from benchmarks.sumo.pavement import PavementScene
from benchmarks.sumo.pinhole import Pinhole
from benchmarks.sumo.standing.scene import StandingScene
from benchmarks.sumo.street import StreetScene
from benchmarks.sumo.turns import TurnsScene


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One camera over one place."""

    name: str
    what: JunctionScene | StreetScene | PavementScene | LanesScene | TurnsScene | StandingScene
    camera: Pinhole
    sees: str  # fronts, rears or both
    fps: float
    calibrated: bool
