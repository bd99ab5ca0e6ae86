"""``matthan models``: which networks there are, whether they fit, how good they are, and what they cost."""

from pathlib import Path
from typing import Annotated

import typer

from matthan.commands.network_choice import Manifests, chosen_networks, known_networks, size_wh
from matthan.commands.network_eval import evaluate

_EXIT_DOES_NOT_FIT = 1
_MOST_ROUNDS = 1000

app = typer.Typer(name="models", help="Networks: list, verify, eval, bench, export.", no_args_is_help=True)
app.command("eval")(evaluate)

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Names in the manifests; none: all.")]


@app.command("list")
def list_models(manifest: Manifests = None) -> None:
    """Every network: name, task, size, the beginning of its hash, licence, card, and whether the file is right."""
    from detectors.manifest import read_weights  # noqa: PLC0415 - the command line starts fast
    from domain.errors import ModelError  # noqa: PLC0415
    from matthan.model_eval.tables import table  # noqa: PLC0415

    rows = []
    for spec in known_networks(manifest):
        try:
            size, state = f"{len(read_weights(spec)) / 1e6:.1f} MB", "right"
        except ModelError as error:
            size, state = "-", str(error)
        rows.append((spec.name, spec.task, size, spec.sha256[:12], spec.licence, spec.card, state))
    typer.echo(table(("network", "task", "size", "sha256", "licence", "card", "file"), rows))


@app.command()
def verify(names: Names = None, manifest: Manifests = None) -> None:
    """Open every network and let it look at noise: what fits and what does not, all at once; 1 if anything does not.

    An int8 form is also held against the network that it was made of, on this processor, as a box does at its start.
    """
    from matthan.model_eval.fitness import fitness  # noqa: PLC0415

    known = known_networks(manifest)
    tried = [fitness(spec, known) for spec in chosen_networks(names, manifest)]
    for one in tried:
        typer.echo(f"{'fits' if one.fits else 'FAULT':6} {one.spec.name} ({one.spec.task}, {one.spec.family})")
        for fault in one.faults:
            typer.echo(f"       {fault}")
    if not all(one.fits for one in tried):
        raise typer.Exit(_EXIT_DOES_NOT_FIT)


@app.command()
def bench(
    names: Names = None,
    manifest: Manifests = None,
    size: Annotated[str | None, typer.Option(metavar="WxH", help="Input size of detectors.")] = None,
    rounds: Annotated[int, typer.Option(min=1, max=_MOST_ROUNDS)] = 50,
) -> None:
    """CPU time of one look, one thread, networks taking turns; and the memory that all of them together took."""
    from detectors.model_specs import DetectorSpec  # noqa: PLC0415
    from matthan.model_eval.detecting import with_input_size  # noqa: PLC0415
    from matthan.model_eval.speed import cpu_ms, peak_memory_mb  # noqa: PLC0415
    from matthan.model_eval.tables import table  # noqa: PLC0415

    specs = [
        with_input_size(spec, size_wh(size)) if size is not None and isinstance(spec, DetectorSpec) else spec
        for spec in chosen_networks(names, manifest)
    ]
    medians = cpu_ms(specs, rounds)
    first = next(iter(medians.values()))
    rows = [(name, f"{value:.1f}", f"{value / first:.2f}") for name, value in medians.items()]
    typer.echo(table(("network", "CPU ms a look, median", "times the first"), rows))
    typer.echo(f"\n{rounds} rounds in turns. Peak memory of the process: {peak_memory_mb():.0f} MB.")


@app.command()
def export(
    weights: Annotated[
        Path,
        typer.Argument(
            metavar="WEIGHTS.pt",
            exists=True,
            dir_okay=False,
            help="A YOLO checkpoint of ultralytics; opening one runs code that is in it, so only from whom you trust.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE.onnx")],
    size: Annotated[str, typer.Option(metavar="WxH", help="Usual input size.")] = "640x384",
) -> None:
    """Make an ONNX file of a YOLO checkpoint and print its manifest entry; needs a checkout and the extra `train`."""
    import importlib.util  # noqa: PLC0415
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    from domain.errors import ConfigurationError, ModelError  # noqa: PLC0415

    recipe = Path(__file__).resolve().parents[2] / "models" / "export_yolo.py"
    if not recipe.is_file():
        raise ConfigurationError("export needs a checkout of the project: its recipes do not come with an installation")
    if importlib.util.find_spec("ultralytics") is None:
        raise ConfigurationError("export needs ultralytics: install the extra with pip install -e .[train]")
    width, height = size_wh(size)
    arguments = ["--weights", str(weights), "--out", str(out), "--size", f"{width}x{height}"]
    if subprocess.run([sys.executable, str(recipe), *arguments], check=False).returncode:
        raise ModelError(f"{weights} could not be exported; what went wrong stands above")
