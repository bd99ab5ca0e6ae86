"""``matthan models``: which networks there are, whether they fit, how good they are, and what they cost."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from detectors.model_specs import ModelSpec, PlateReaderSpec
    from domain.geometry import SizeWh
    from matthan.model_eval.labelled import LabelledPicture
    from matthan.model_eval.reading import PlateResult

_EXIT_DOES_NOT_FIT = 1
_MOST_ROUNDS = 1000
_MOST_SIDE_PX = 4096
_MOST_DIGITS = 4
_GRAMMAR_OF = "2026-01-05"  # a fixed day, so that the same pictures give the same figures in every year

app = typer.Typer(name="models", help="Networks: list, verify, eval, bench, export.", no_args_is_help=True)

Manifests = Annotated[
    list[Path] | None,
    typer.Option(
        "--manifest", metavar="FILE", help="A manifest of networks besides those that came with this version."
    ),
]
Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Names in the manifests; none: all.")]


@app.command("list")
def list_models(manifest: Manifests = None) -> None:
    """Every network: name, task, size, the beginning of its hash, licence, card, and whether the file is right."""
    from detectors.manifest import read_weights  # noqa: PLC0415 - the command line starts fast
    from domain.errors import ModelError  # noqa: PLC0415
    from matthan.model_eval.tables import table  # noqa: PLC0415

    rows = []
    for spec in _specs(manifest):
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

    known = _specs(manifest)
    tried = [fitness(spec, known) for spec in _chosen(names, manifest)]
    for one in tried:
        typer.echo(f"{'fits' if one.fits else 'FAULT':6} {one.spec.name} ({one.spec.task}, {one.spec.family})")
        for fault in one.faults:
            typer.echo(f"       {fault}")
    if not all(one.fits for one in tried):
        raise typer.Exit(_EXIT_DOES_NOT_FIT)


@app.command("eval")
def evaluate(
    directory: Annotated[Path, typer.Argument(metavar="DIRECTORY", help="Labelled pictures.")],
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Networks of one task, side by side.")],
    *,
    form: Annotated[Literal["coco", "yolo", "tsv", "json"], typer.Option("--format", help="Of the labels.")],
    manifest: Manifests = None,
    only: Annotated[Path | None, typer.Option(help="A file of picture names to keep, one a line.")] = None,
    pictures: Annotated[Path | None, typer.Option(help="json: the folder that names of pictures count from.")] = None,
    classes: Annotated[str, typer.Option(help="yolo, json: class names, apart by commas; else classes.txt.")] = "",
    rename: Annotated[
        list[str] | None, typer.Option(metavar="OURS=THEIRS", help="A label of the network as the labels call it.")
    ] = None,
    size: Annotated[
        list[str] | None, typer.Option(metavar="WxH", help="Input size of detectors; several give several columns.")
    ] = None,
    score: Annotated[float | None, typer.Option(min=0, max=1, help="Working score; else the network's own.")] = None,
    undo_stretch: Annotated[str | None, typer.Option(metavar="WxH", help="Bring every picture to this size.")] = None,
    corners: Annotated[
        str | None, typer.Option(metavar="NAME", help="Plate readers: find corners with it, not the labelled box.")
    ] = None,
    groups: Annotated[
        bool, typer.Option("--groups", help="Plate readers: also by lines, kind, province and width of the plates.")
    ] = False,
    chain: Annotated[
        bool, typer.Option("--chain", help="Plate readers: the whole way, agreed over the pictures of each visit.")
    ] = False,
    finder: Annotated[
        str | None, typer.Option(metavar="NAME", help="--chain: find plates with it, not in the labelled boxes.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")] = False,
) -> None:
    """Print one table of how good networks are on a folder of labelled pictures."""
    from detectors.model_specs import DetectorSpec, PlateReaderSpec  # noqa: PLC0415
    from domain.errors import ConfigurationError  # noqa: PLC0415
    from matthan.model_eval.detecting import judge_detector  # noqa: PLC0415
    from matthan.model_eval.documents import detector_document, reading_document  # noqa: PLC0415
    from matthan.model_eval.label_forms import read_labels  # noqa: PLC0415
    from matthan.model_eval.tables import (  # noqa: PLC0415
        detector_table,
        length_table,
        reading_groups_table,
        reading_table,
    )

    specs = _chosen(names, manifest)
    detectors = [spec for spec in specs if isinstance(spec, DetectorSpec)]
    readers = [spec for spec in specs if isinstance(spec, PlateReaderSpec)]
    if len(specs) not in (len(detectors), len(readers)):
        tasks = ", ".join(sorted({spec.task for spec in specs}))
        raise ConfigurationError(
            f"cannot judge the tasks {tasks} in one table here: name detectors only or plate readers only; "
            "models/heads/evaluate.py judges heads, and plate corners are judged by what a reader reads with --corners"
        )
    plates_only = {"--corners": corners, "--groups": groups or None, "--chain": chain or None, "--finder": finder}
    _refuse(plates_only if detectors else {"--size": size, "--score": score, "--rename": rename}, specs)
    known = [name for name in classes.split(",") if name]
    labelled = read_labels(directory, form, only=only, names=known, pictures=pictures)
    stretched_wh = None if undo_stretch is None else _size(undo_stretch)
    if detectors:
        figures = [
            judge_detector(
                spec,
                labelled,
                input_size_wh=input_size_wh,
                working_score=spec.score_threshold if score is None else score,
                renamed=dict(_pair(text) for text in rename or ()),
                undo_stretch_wh=stretched_wh,
            )
            for spec in detectors
            for input_size_wh in ([_size(text) for text in size] if size else [spec.input_wh])
        ]
        typer.echo(detector_document(figures) if as_json else detector_table(figures))
    elif chain:
        typer.echo(_chain(readers, labelled, corners, finder, manifest))
    else:
        results = _reading(readers, labelled, corners, manifest, stretched_wh)
        typer.echo(reading_document(results) if as_json else reading_table(results))
        if groups and not as_json:
            on = datetime.fromisoformat(_GRAMMAR_OF).date()
            typer.echo(f"\n{reading_groups_table(results, on)}\n\n{length_table(results)}")


def _reading(
    specs: Sequence["PlateReaderSpec"],
    labelled: Sequence["LabelledPicture"],
    corners: str | None,
    manifest: list[Path] | None,
    stretched_wh: "SizeWh | None",
) -> "dict[str, list[PlateResult]]":
    from detectors.manifest import find_model  # noqa: PLC0415
    from detectors.model_specs import PlateCornersSpec  # noqa: PLC0415
    from detectors.plates.corners import PlateCorners  # noqa: PLC0415
    from detectors.sessions import open_session  # noqa: PLC0415
    from domain.plates.grammar import plate_grammar  # noqa: PLC0415
    from edge.networks.plate_networks import open_reader  # noqa: PLC0415
    from matthan.model_eval.reading import read_plates  # noqa: PLC0415

    finder = None
    if corners is not None:
        spec = find_model(_specs(manifest), corners, PlateCornersSpec)
        finder = PlateCorners(spec=spec, session=open_session(spec))
    on = datetime.fromisoformat(_GRAMMAR_OF).date()
    return {
        spec.name: read_plates(
            labelled, open_reader(spec), finder, grammar=plate_grammar(), on=on, undo_stretch_wh=stretched_wh
        )
        for spec in specs
    }


def _chain(
    specs: Sequence["PlateReaderSpec"],
    labelled: Sequence["LabelledPicture"],
    corners: str | None,
    finder: str | None,
    manifest: list[Path] | None,
) -> str:
    from detectors.manifest import find_model  # noqa: PLC0415
    from detectors.model_specs import DetectorSpec, PlateCornersSpec  # noqa: PLC0415
    from detectors.onnx_detector import OnnxDetector  # noqa: PLC0415
    from detectors.plates.corners import PlateCorners  # noqa: PLC0415
    from detectors.plates.finder import PlateFinder  # noqa: PLC0415
    from detectors.sessions import open_session  # noqa: PLC0415
    from domain.errors import ConfigurationError  # noqa: PLC0415
    from edge.networks.plate_networks import open_reader  # noqa: PLC0415
    from matthan.model_eval.chain import judge_visits  # noqa: PLC0415
    from matthan.model_eval.tables import chain_table  # noqa: PLC0415

    if corners is None:
        raise ConfigurationError("--chain needs --corners: the network that sets plates straight")
    known, looks = _specs(manifest), None
    spec = find_model(known, corners, PlateCornersSpec)
    if finder is not None:
        found = find_model(known, finder, DetectorSpec)
        looks = PlateFinder(OnnxDetector(spec=found, session=open_session(found)))
    on = datetime.fromisoformat(_GRAMMAR_OF).date()
    straight = PlateCorners(spec=spec, session=open_session(spec))
    return chain_table(
        {
            one.name: judge_visits(labelled, finder=looks, corners=straight, reader=open_reader(one), on=on)
            for one in specs
        },
        on,
    )


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
        with_input_size(spec, _size(size)) if size is not None and isinstance(spec, DetectorSpec) else spec
        for spec in _chosen(names, manifest)
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
    width, height = _size(size)
    arguments = ["--weights", str(weights), "--out", str(out), "--size", f"{width}x{height}"]
    if subprocess.run([sys.executable, str(recipe), *arguments], check=False).returncode:
        raise ModelError(f"{weights} could not be exported; what went wrong stands above")


def _specs(manifests: Sequence[Path] | None) -> list["ModelSpec"]:
    from detectors.manifest import read_manifest  # noqa: PLC0415
    from edge.networks.street_network import built_in_manifest  # noqa: PLC0415

    return [spec for path in (*(manifests or ()), built_in_manifest()) for spec in read_manifest(path)]


def _chosen(names: Sequence[str] | None, manifests: Sequence[Path] | None) -> list["ModelSpec"]:
    """The networks of some names; of two of one name the one of the manifest that was given."""
    from domain.errors import ConfigurationError  # noqa: PLC0415

    by_name: dict[str, ModelSpec] = {}
    for spec in _specs(manifests):
        by_name.setdefault(spec.name, spec)
    unknown = [name for name in names or () if name not in by_name]
    if unknown:
        raise ConfigurationError(f"no network is called {', '.join(unknown)}; there are {', '.join(by_name)}")
    return [by_name[name] for name in names] if names else list(by_name.values())


def _size(text: str) -> "SizeWh":
    from domain.errors import ConfigurationError  # noqa: PLC0415

    width, _, height = text.partition("x")
    sides = [int(side) for side in (width, height) if side.isascii() and side.isdigit() and len(side) <= _MOST_DIGITS]
    if len(sides) != len("wh") or not all(0 < side <= _MOST_SIDE_PX for side in sides):
        raise ConfigurationError(
            f"the size {text!r} is not width x height in pixels, for example 640x384, of at most {_MOST_SIDE_PX} each"
        )
    return (sides[0], sides[1])


def _refuse(options: Mapping[str, object], specs: Sequence["ModelSpec"]) -> None:
    """Say it when an option means nothing for a task, rather than leave it out."""
    from domain.errors import ConfigurationError  # noqa: PLC0415

    given = [option for option, value in options.items() if value not in (None, [])]
    if given:
        raise ConfigurationError(f"{', '.join(given)} means nothing for the task {specs[0].task}: leave it out")


def _pair(text: str) -> tuple[str, str]:
    from domain.errors import ConfigurationError  # noqa: PLC0415

    ours, _, theirs = text.partition("=")
    if not (ours and theirs):
        raise ConfigurationError(f"{text!r} is not OURS=THEIRS, for example motorcycle=bike")
    return ours, theirs
