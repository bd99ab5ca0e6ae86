"""``python -m benchmarks.sumo``: simulate, run the product, compare with the truth."""

import json
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.sumo.generate import Options, generate
from benchmarks.sumo.noise import LEVELS
from benchmarks.sumo.scene import Scene
from benchmarks.sumo.scenes import HELD_OUT, HELD_OUT_SEEDS_FROM, TUNING
from benchmarks.sumo.score import Tally, score_run, table
from domain.camera import CameraConfig

RULES = [
    "RED_LIGHT", "STOP_LINE", "WRONG_WAY", "PARK_PAVEMENT", "PROHIBITED_ROAD", "DRIVE_PAVEMENT", "UTURN", "BANNED_TURN",
    "WRONG_LANE", "LANE_CHANGE", "STOP_NO_STOPPING", "PARK_NO_PARKING", "PARK_JUNCTION", "PARK_BRIDGE", "PARK_DOUBLE",
    "PARK_ROADWAY",
]  # fmt: skip
app = typer.Typer(no_args_is_help=True, add_completion=False)


class Level(StrEnum):
    """A level of noise."""

    CLEAN = "clean"
    MILD = "mild"
    DEFAULT = "default"
    HARSH = "harsh"


OutOption = Annotated[Path, typer.Option(help="Folder of the scenes; made where absent.")]
SeedsOption = Annotated[int, typer.Option(help="How many seeds of each scene.")]
FirstSeedOption = Annotated[int | None, typer.Option(help="The first of them; by default 0, held out 1000.")]
HeldOutOption = Annotated[bool, typer.Option("--held-out", help="The other geometries and seeds, to report on.")]
NoiseOption = Annotated[list[Level], typer.Option(help="Levels of noise; may be given again.")]
OnlyOption = Annotated[str, typer.Option(help="Only scenes whose name holds this text.")]
SecondsOption = Annotated[float, typer.Option(help="Simulated seconds of each scene.")]
SeesOption = Annotated[bool, typer.Option("--sees/--no-sees", help="Write the camera's field of what it sees.")]
ExitsOption = Annotated[str, typer.Option(help="RED_LIGHT's parameter for exits that are not lawful on red.")]
DetailsOption = Annotated[bool, typer.Option("--details", help="List every false case and missed act.")]
_ALL_LEVELS = list(Level)
_KNOWS_SEES = "sees" in CameraConfig.model_fields


def _scenes(only: str, *, held_out: bool) -> list[Scene]:
    scenes = [scene for scene in (HELD_OUT if held_out else TUNING) if only in scene.name]
    if not scenes:
        raise typer.BadParameter(f"no scene's name holds {only!r}")
    return scenes


def _folders(out: Path, only: str, noise: list[Level]) -> list[Path]:
    """The written scenes of some levels."""
    folders = [truth.parent for truth in sorted(out.glob("*/*/truth.json")) if only in truth.parent.parent.name]
    return [folder for folder in folders if folder.name in {level.value for level in noise}]


@app.command("generate")
def generate_command(
    *,
    out: OutOption,
    seeds: SeedsOption = 2,
    first_seed: FirstSeedOption = None,
    held_out: HeldOutOption = False,
    noise: NoiseOption = _ALL_LEVELS,
    only: OnlyOption = "",
    seconds: SecondsOption = 600.0,
    sees: SeesOption = _KNOWS_SEES,
    other_exits: ExitsOption = "",
) -> None:
    """Simulate scenes and write them."""
    options = Options(seconds=seconds, sees=sees, other_exits=other_exits)
    first = first_seed if first_seed is not None else HELD_OUT_SEEDS_FROM if held_out else 0
    for scene in _scenes(only, held_out=held_out):
        for seed in range(first, first + seeds):
            began = time.perf_counter()
            generate(scene, seed, [level.value for level in noise], out, options)
            print(f"{scene.name} seed {seed}: {time.perf_counter() - began:.1f} s", file=sys.stderr)


@app.command("run")
def run_command(
    *,
    out: OutOption,
    again: Annotated[bool, typer.Option("--again", help="Also where there are cases already.")] = False,
    only: OnlyOption = "",
    noise: NoiseOption = _ALL_LEVELS,
) -> None:
    """Run the product over the scenes of a folder."""
    matthan = Path(sys.executable).with_name("matthan")
    for folder in _folders(out, only, noise):
        if (folder / "cases.jsonl").exists() and not again:
            continue
        result = subprocess.run(
            [matthan, "replay", "--camera", "camera.yaml", "--detections", "detections.jsonl", "--signals",
             "signals.jsonl", "--out", "cases.part.jsonl"],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if result.returncode != 0:
            raise SystemExit(f"{folder}: matthan replay ended with {result.returncode}\n{result.stderr}")
        (folder / "replay.log").write_text(result.stderr, encoding="utf-8")
        (folder / "cases.part.jsonl").replace(folder / "cases.jsonl")


@app.command("score")
def score_command(
    *, runs: OutOption, details: DetailsOption = False, only: OnlyOption = "", noise: NoiseOption = _ALL_LEVELS
) -> None:
    """Compare the cases of every scene of a folder with the truth."""
    by_level: dict[tuple[str, str], Tally] = defaultdict(Tally)
    by_scene: dict[tuple[str, str, str], Tally] = defaultdict(Tally)
    for folder in _folders(runs, only, noise):
        if not (folder / "cases.jsonl").exists():
            print(f"{folder}: not run yet", file=sys.stderr)
            continue
        scene = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["scene"]
        for rule, tally in score_run(folder).items():
            by_level[rule, folder.name].add(tally)
            by_scene[rule, scene, folder.name].add(tally)
    print(table(by_level, RULES, list(LEVELS)))
    print("\n| rule | scene | noise | right | false | evident found | what was accused falsely | what was missed |")
    print("|---|---|---|---|---|---|---|---|")
    for (rule, scene, level), tally in sorted(by_scene.items(), key=lambda item: (RULES.index(item[0][0]), item[0][1])):
        print(
            f"| {rule} | {scene} | {level} | {tally.tp} | {tally.fp} | {tally.evident_found}/{tally.evident} "
            f"| {_counts(tally.false_kinds)} | {_counts(tally.missed_kinds)} |"
        )
    if details:
        for _, tally in sorted(by_level.items()):
            print("\n".join(tally.details))


def _counts(kinds: dict[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items(), key=lambda item: -item[1])[:4]) or "-"


@app.command("measure")
def measure_command(
    *,
    out: OutOption,
    seeds: SeedsOption = 2,
    first_seed: FirstSeedOption = None,
    held_out: HeldOutOption = False,
    noise: NoiseOption = _ALL_LEVELS,
    only: OnlyOption = "",
    seconds: SecondsOption = 600.0,
    sees: SeesOption = _KNOWS_SEES,
    other_exits: ExitsOption = "",
    details: DetailsOption = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Empty the folder first.")] = False,
) -> None:
    """All of it: generate, run, score."""
    if fresh and out.exists():
        shutil.rmtree(out)
    generate_command(
        out=out, seeds=seeds, first_seed=first_seed, held_out=held_out, noise=noise, only=only, seconds=seconds,
        sees=sees, other_exits=other_exits,
    )  # fmt: skip
    run_command(out=out, only=only, noise=noise)
    score_command(runs=out, details=details, only=only, noise=noise)


if __name__ == "__main__":
    app()
