"""``matthan models eval``: how good networks are on a folder of labelled pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from matthan.commands.network_choice import Manifests, chosen_networks, known_networks, size_wh

if TYPE_CHECKING:
    from detectors.model_specs import DetectorSpec, HeadSpec, LampFitSpec, ModelSpec, PlateReaderSpec
    from domain.geometry import SizeWh
    from matthan.model_eval.labelled import LabelledPicture
    from matthan.model_eval.reading import PlateResult

_GRAMMAR_OF = "2026-01-05"  # a fixed day, so that the same pictures give the same figures in every year


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
        bool,
        typer.Option("--groups", help="Also by folder or width; plates by lines, kind, province, width."),
    ] = False,
    chain: Annotated[
        bool, typer.Option("--chain", help="Plate readers: the whole way, agreed over the pictures of each visit.")
    ] = False,
    finder: Annotated[
        str | None, typer.Option(metavar="NAME", help="--chain: find plates with it, not in the labelled boxes.")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Of one network: draw what it gets wrong, worst first.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")] = False,
) -> None:
    """Print one table of how good networks are on a folder of labelled pictures."""
    from detectors.model_specs import DetectorSpec, HeadSpec, LampFitSpec, PlateReaderSpec  # noqa: PLC0415
    from domain.errors import ConfigurationError  # noqa: PLC0415
    from matthan.model_eval.label_forms import read_labels  # noqa: PLC0415

    specs = chosen_networks(names, manifest)
    task = specs[0].task
    judged = DetectorSpec | HeadSpec | LampFitSpec | PlateReaderSpec
    if len({spec.task for spec in specs}) > 1 or not isinstance(specs[0], judged):
        tasks = ", ".join(sorted({spec.task for spec in specs}))
        raise ConfigurationError(
            f"cannot judge the tasks {tasks} in one table: name networks of detect, heads, lamp-fit or plate-read; "
            "plate corners are judged by what a reader reads with --corners"
        )
    if sheet is not None and len(specs) > 1:
        raise ConfigurationError("--sheet draws what one network gets wrong: name one")
    plates_only: dict[str, object] = {"--corners": corners, "--chain": chain or None, "--finder": finder}
    detectors_only: dict[str, object] = {"--size": size, "--score": score}
    meaningless = {
        "detect": plates_only,
        "heads": plates_only | detectors_only | {"--undo-stretch": undo_stretch},
        "lamp-fit": plates_only | detectors_only | {"--undo-stretch": undo_stretch},
        "plate-read": detectors_only | {"--rename": rename},
    }
    _refuse(meaningless[task], specs)
    known = [name for name in classes.split(",") if name]
    labelled = read_labels(directory, form, only=only, names=known, pictures=pictures)
    given = _Given(
        labelled=labelled,
        renamed=_renamed(rename or ()),
        stretched_wh=None if undo_stretch is None else size_wh(undo_stretch),
        groups=groups,
        sheet=sheet,
        as_json=as_json,
    )
    detectors = [spec for spec in specs if isinstance(spec, DetectorSpec)]
    heads = [spec for spec in specs if isinstance(spec, HeadSpec)]
    lamps = [spec for spec in specs if isinstance(spec, LampFitSpec)]
    readers = [spec for spec in specs if isinstance(spec, PlateReaderSpec)]
    if detectors:
        typer.echo(_detectors(detectors, given, [size_wh(text) for text in size or ()], score))
    elif heads:
        typer.echo(_heads(heads, given))
    elif lamps:
        typer.echo(_lamps(lamps, given))
    elif chain:
        _refuse({"--undo-stretch": undo_stretch}, specs, "--chain, which reads pictures as they are")
        typer.echo(_chain(readers, given, corners, finder, manifest))
    else:
        typer.echo(_plates(readers, given, corners, manifest))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What every task is given."""

    labelled: "Sequence[LabelledPicture]"
    renamed: Mapping[str, str]
    stretched_wh: "SizeWh | None"
    groups: bool
    sheet: Path | None
    as_json: bool


def _detectors(
    specs: Sequence["DetectorSpec"], given: _Given, sizes_wh: Sequence["SizeWh"], score: float | None
) -> str:
    from domain.errors import ConfigurationError  # noqa: PLC0415
    from matthan.model_eval.detecting import judge_detector, known_to_all, with_input_size  # noqa: PLC0415
    from matthan.model_eval.documents import detector_document  # noqa: PLC0415
    from matthan.model_eval.error_sheet import detector_tiles, write_sheet  # noqa: PLC0415
    from matthan.model_eval.tables import detector_table, folders_table  # noqa: PLC0415

    counted = known_to_all(specs, given.renamed)
    labelled = {box.label for picture in given.labelled for box in picture.boxes if not box.ignored}
    if labelled and not labelled & counted:
        raise ConfigurationError(
            f"nothing to judge by: labelled is {', '.join(sorted(labelled))}, and known to every network is "
            f"{', '.join(sorted(counted)) or 'nothing'}; say --rename OURS=THEIRS where only the words differ"
        )
    figures = [
        judge_detector(
            spec,
            given.labelled,
            input_size_wh=input_size_wh,
            working_score=spec.score_threshold if score is None else score,
            renamed=given.renamed,
            counted=counted,
            undo_stretch_wh=given.stretched_wh,
        )
        for spec in specs
        for input_size_wh in (sizes_wh or [spec.input_wh])
    ]
    if given.sheet is not None:
        tiles = detector_tiles(
            with_input_size(specs[0], figures[0].input_size_wh),
            given.labelled,
            working_score=figures[0].working_score,
            renamed=given.renamed,
            undo_stretch_wh=given.stretched_wh,
        )
        write_sheet(tiles, given.sheet)
    if given.as_json:
        return detector_document(figures)
    return "\n\n".join([detector_table(figures), *([folders_table(figures)] if given.groups else [])])


def _heads(specs: Sequence["HeadSpec"], given: _Given) -> str:
    from matthan.model_eval.documents import told_document  # noqa: PLC0415
    from matthan.model_eval.error_sheet import head_tiles, write_sheet  # noqa: PLC0415
    from matthan.model_eval.heads import judge_heads  # noqa: PLC0415
    from matthan.model_eval.tables import told_table  # noqa: PLC0415
    from matthan.model_eval.telling import CANNOT_TELL  # noqa: PLC0415

    results = {spec.name: judge_heads(spec, given.labelled, given.renamed) for spec in specs}
    if given.sheet is not None:
        write_sheet(head_tiles(results[specs[0].name], given.labelled), given.sheet)
    labels = list(dict.fromkeys(label for spec in specs for label in spec.labels if label != CANNOT_TELL))
    if given.as_json:
        return told_document(results)
    return told_table(results, labels, groups=given.groups, things="heads")


def _lamps(specs: Sequence["LampFitSpec"], given: _Given) -> str:
    from matthan.model_eval.documents import told_document  # noqa: PLC0415
    from matthan.model_eval.error_sheet import light_tiles, write_sheet  # noqa: PLC0415
    from matthan.model_eval.lamps import STATES, judge_lamps  # noqa: PLC0415
    from matthan.model_eval.tables import told_table  # noqa: PLC0415

    results = {spec.name: judge_lamps(spec, given.labelled, given.renamed) for spec in specs}
    if given.sheet is not None:
        write_sheet(light_tiles(results[specs[0].name], given.labelled), given.sheet)
    if given.as_json:
        return told_document(results)
    return told_table(results, STATES, groups=given.groups, things="lights")


def _plates(specs: Sequence["PlateReaderSpec"], given: _Given, corners: str | None, manifest: list[Path] | None) -> str:
    from matthan.model_eval.documents import reading_document  # noqa: PLC0415
    from matthan.model_eval.error_sheet import reader_tiles, write_sheet  # noqa: PLC0415
    from matthan.model_eval.tables import length_table, reading_groups_table, reading_table  # noqa: PLC0415

    results = _reading(specs, given.labelled, corners, manifest, given.stretched_wh)
    if given.sheet is not None:
        write_sheet(reader_tiles(results[specs[0].name], given.labelled), given.sheet)
    if given.as_json:
        return reading_document(results)
    on = datetime.fromisoformat(_GRAMMAR_OF).date()
    more = [reading_groups_table(results, on), length_table(results)] if given.groups else []
    return "\n\n".join([reading_table(results), *more])


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
        spec = find_model(known_networks(manifest), corners, PlateCornersSpec)
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
    given: _Given,
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
    from matthan.model_eval.documents import chain_document  # noqa: PLC0415
    from matthan.model_eval.error_sheet import visit_tiles, write_sheet  # noqa: PLC0415
    from matthan.model_eval.tables import chain_table  # noqa: PLC0415

    if corners is None:
        raise ConfigurationError("--chain needs --corners: the network that sets plates straight")
    known, looks = known_networks(manifest), None
    spec = find_model(known, corners, PlateCornersSpec)
    if finder is not None:
        found = find_model(known, finder, DetectorSpec)
        looks = PlateFinder(OnnxDetector(spec=found, session=open_session(found)))
    on = datetime.fromisoformat(_GRAMMAR_OF).date()
    straight = PlateCorners(spec=spec, session=open_session(spec))
    results = {
        one.name: judge_visits(given.labelled, finder=looks, corners=straight, reader=open_reader(one), on=on)
        for one in specs
    }
    if given.sheet is not None:
        write_sheet(visit_tiles(results[specs[0].name], given.labelled), given.sheet)
    return chain_document(results) if given.as_json else chain_table(results, on)


def _refuse(options: Mapping[str, object], specs: Sequence["ModelSpec"], to: str = "") -> None:
    """Say it when an option means nothing for a task, rather than leave it out."""
    from domain.errors import ConfigurationError  # noqa: PLC0415

    given = [option for option, value in options.items() if value not in (None, [])]
    if given:
        raise ConfigurationError(
            f"{', '.join(given)} means nothing for {to or f'the task {specs[0].task}'}: leave it out"
        )


def _renamed(texts: Sequence[str]) -> dict[str, str]:
    from domain.errors import ConfigurationError  # noqa: PLC0415

    pairs = [_pair(text) for text in texts]
    if len(dict(pairs)) < len(set(pairs)):
        raise ConfigurationError(f"--rename gives one label two names: {', '.join(texts)}")
    return dict(pairs)


def _pair(text: str) -> tuple[str, str]:
    from domain.errors import ConfigurationError  # noqa: PLC0415

    ours, _, theirs = text.partition("=")
    if not (ours and theirs):
        raise ConfigurationError(f"{text!r} is not OURS=THEIRS, for example motorcycle=bike")
    return ours, theirs
