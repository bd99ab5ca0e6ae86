"""Writes a scene to a folder: camera, detections and signals for the product, truth for the scorer."""

import json
import tempfile
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from benchmarks.sumo.actors import Actor
from benchmarks.sumo.camera_file import LANE_Y_M, SIGNAL, camera_file
from benchmarks.sumo.detector import SimulatedDetector
from benchmarks.sumo.junction import JunctionRun, JunctionScene, run_junction
from benchmarks.sumo.lanes import run_lanes
from benchmarks.sumo.lanes_scene import LanesScene
from benchmarks.sumo.lanes_truth import lanes_acts, turn_acts
from benchmarks.sumo.noise import LEVELS, Noise
from benchmarks.sumo.pavement import PavementScene, Stay, run_pavement
from benchmarks.sumo.pinhole import RESOLUTION_WH
from benchmarks.sumo.scene import Scene
from benchmarks.sumo.standing.play import run_standing
from benchmarks.sumo.standing.scene import StandingRun, StandingScene
from benchmarks.sumo.standing.truth import standing_acts
from benchmarks.sumo.street import StreetScene, run_street
from benchmarks.sumo.truth import Act, Seen, junction_acts, pavement_acts, wrong_way_acts
from benchmarks.sumo.turns import TurnsScene, gates_m, run_turns
from benchmarks.sumo.view import View, look

START = datetime(2026, 1, 5, 1, tzinfo=UTC)
_LEVEL_SEED = {name: number for number, name in enumerate(LEVELS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What of the camera file depends on the product's version."""

    seconds: float = 600.0
    sees: bool = False
    other_exits: str = ""


@dataclass(slots=True, kw_only=True)
class _Played:
    actors: list[Actor]
    run: JunctionRun | None = None
    stays: list[Stay] | None = None
    standing: StandingRun | None = None


def generate(scene: Scene, seed: int, levels: list[str], out: Path, options: Options) -> list[Path]:
    """Play a scene once and write it at each level of noise; returns the folders."""
    with tempfile.TemporaryDirectory() as folder:
        # scenes of one seed do not share their traffic
        played = _play(scene, options.seconds, seed * 1000 + zlib.crc32(scene.name.encode()) % 1000, Path(folder))
    times = np.arange(0, options.seconds, 1 / scene.fps)
    view = look(played.actors, scene.camera, times)
    base = out / f"{scene.name}-s{seed}"
    base.mkdir(parents=True, exist_ok=True)
    np.savez(
        base / "view.npz", times_s=times, picture=view.picture.astype(np.int32), actor=view.actor.astype(np.int32),
        box=view.box.astype(np.float32), visible=view.visible.astype(np.float32),
    )  # fmt: skip
    return [
        _write_level(scene, played, view, seed=seed, level=level, folder=base / level, options=options)
        for level in levels
    ]


def _play(scene: Scene, seconds: float, seed: int, folder: Path) -> _Played:
    if isinstance(scene.what, JunctionScene):
        run = run_junction(scene.what, seconds, seed, folder)
        return _Played(actors=run.actors, run=run)
    if isinstance(scene.what, StreetScene):
        return _Played(actors=run_street(scene.what, seconds, seed, folder))
    if isinstance(scene.what, LanesScene):
        return _Played(actors=run_lanes(scene.what, seconds, seed, folder))
    if isinstance(scene.what, TurnsScene):
        turns = run_turns(scene.what, seconds, seed, folder)
        return _Played(actors=turns.actors, run=turns)
    if isinstance(scene.what, StandingScene):
        standing, junction = run_standing(scene.what, seconds, seed, folder)
        return _Played(actors=standing.actors, run=junction, standing=standing)
    actors, stays = run_pavement(scene.what, seconds, seed, folder)
    return _Played(actors=actors, stays=stays)


def _write_level(
    scene: Scene, played: _Played, view: View, *, seed: int, level: str, folder: Path, options: Options
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cases.jsonl").unlink(missing_ok=True)
    noise = LEVELS[level]
    rng = np.random.default_rng([seed, 77, _LEVEL_SEED[level]])
    delivered = _delivered(noise, view.times_s, rng)
    stamps = _stamps(view.times_s, delivered, noise, rng)
    np.savez(folder / "stamps.npz", picture=np.flatnonzero(delivered), stamp_s=stamps)
    detector = SimulatedDetector(noise=noise, actors=played.actors, rng=rng)
    with (folder / "detections.jsonl").open("w", encoding="utf-8") as log:
        for picture, stamp in zip(np.flatnonzero(delivered), stamps, strict=True):
            line = {
                "camera": scene.name, "t": instant(float(stamp)), "size": RESOLUTION_WH,
                "detections": detector.report(view, int(picture)),
            }  # fmt: skip
            log.write(json.dumps(line, separators=(",", ":")) + "\n")
    with (folder / "signals.jsonl").open("w", encoding="utf-8") as log:
        for at, state in [] if played.run is None else played.run.signal:
            log.write(json.dumps({"camera": scene.name, "signal": SIGNAL, "t": instant(at), "state": state}) + "\n")
    y0_m = 0.0 if played.standing is None else played.standing.y0_m
    config = camera_file(scene, played.run, seed, y0_m=y0_m, sees=options.sees, other_exits=options.other_exits)
    YAML().dump(config, folder / "camera.yaml")
    acts, kinds = _truth(scene, played, options.seconds, Seen(view=view, delivered=delivered), view)
    truth: dict[str, Any] = {
        "scene": scene.name, "sees": scene.sees, "fps": scene.fps, "seed": seed, "level": level,
        "start": instant(0.0), "seconds": options.seconds,
        "actors": [
            _described(actor, kinds.get(index, actor.kind), detector.traits.get(index, (False, None))[1])
            for index, actor in enumerate(played.actors)
        ],
        "acts": [act.as_json() for act in acts],
    }  # fmt: skip
    (folder / "truth.json").write_text(json.dumps(truth, indent=1), encoding="utf-8")
    return folder


def _described(actor: Actor, kind: str, wavers_with: str | None) -> dict[str, str | None]:
    """``wavers_with``: the class that half of its boxes bear."""
    return {"name": actor.name, "label": actor.label, "kind": kind, "wavers_with": wavers_with}


def _truth(scene: Scene, played: _Played, seconds: float, seen: Seen, view: View) -> tuple[list[Act], dict[int, str]]:
    if isinstance(scene.what, JunctionScene) and played.run is not None:
        rears = scene.sees == "rears"
        return junction_acts(played.run, seconds, seen, rears=rears, right_is_lawful=scene.what.right_on_red)
    if isinstance(scene.what, StreetScene):
        zone = (0.0, scene.what.width_m, *LANE_Y_M)
        return wrong_way_acts(played.actors, zone, seen, view, RESOLUTION_WH[1])
    if isinstance(scene.what, PavementScene) and played.stays is not None:
        return pavement_acts(played.actors, played.stays, scene.what.threshold_s, seen)
    if isinstance(scene.what, LanesScene):
        return lanes_acts(scene.what, played.actors, seen)
    if isinstance(scene.what, TurnsScene) and played.run is not None:
        gates = gates_m(scene.what, played.run)
        return turn_acts(gates, scene.what.left_banned_for, played.actors, seen)
    if isinstance(scene.what, StandingScene) and played.standing is not None:
        return standing_acts(scene.what, played.standing, seen)
    raise TypeError(f"no truth for {scene.name}")


def _delivered(noise: Noise, times_s: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Which pictures arrive."""
    arrives = np.asarray(rng.random(len(times_s)) >= noise.drop)
    for _ in range(rng.poisson(noise.gaps_per_min * times_s[-1] / 60)):
        begin = rng.uniform(0, times_s[-1])
        arrives &= ~((times_s >= begin) & (times_s < begin + rng.uniform(*noise.gap_s)))
    return arrives


def _stamps(times_s: np.ndarray, delivered: np.ndarray, noise: Noise, rng: np.random.Generator) -> np.ndarray:
    """Capture times of the pictures that arrive, in whole milliseconds and rising."""
    stamps = times_s[delivered] + rng.normal(size=int(delivered.sum())) * noise.stamp_ms / 1000
    least = np.arange(len(stamps)) * 0.001
    return np.asarray(np.round(np.maximum.accumulate(stamps - least) + least, 3) + 0.0)


def instant(at_s: float) -> str:
    """Scene time as the logs write it."""
    return (
        (START + timedelta(milliseconds=round(at_s * 1000))).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
