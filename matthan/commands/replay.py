"""``matthan replay``: run a recording, or a log of what was seen in it, through the code that runs live."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from domain.camera import CameraConfig
    from domain.ports import ClipSource, Detector
    from edge.run.seen import Seen
    from edge.run.signal_log import LoggedSignal
    from ingest.open_source import CameraSource
    from matthan.replay.replay import ReplayResult
    from matthan.replay.replay_evidence import NoPlates, ReplayEvidence


def replay(
    *,
    camera: Annotated[Path, typer.Option(help="Camera file (YAML).")],
    out: Annotated[Path, typer.Option(help="Where the cases go: JSON Lines, one case a line.")],
    video: Annotated[Path | None, typer.Option(help="A recorded video.")] = None,
    frames: Annotated[Path | None, typer.Option(help="A folder of time-stamped pictures.")] = None,
    detections: Annotated[Path | None, typer.Option(help="A detection log (JSON Lines); no model is needed.")] = None,
    signals: Annotated[Path | None, typer.Option(help="A signal log (JSON Lines).")] = None,
    start: Annotated[str | None, typer.Option(help="When the video began, e.g. 2026-01-05T07:00:00Z.")] = None,
    box: Annotated[str, typer.Option(help="Box id; part of every case id.")] = "replay",
    model: Annotated[str, typer.Option(help="Name of the network in the manifest.")] = "street-n",
    record_detections: Annotated[Path | None, typer.Option(help="Write what was seen as a detection log.")] = None,
    alerts: Annotated[Path | None, typer.Option(help="Where the alerts go: JSON Lines, begun and ended ones.")] = None,
    reminders: Annotated[
        Path | None, typer.Option(help="Where the reminders go: JSON Lines, each time their state changed.")
    ] = None,
    read_plates: Annotated[bool, typer.Option("--plates/--no-plates", help="Read number plates in a video.")] = True,
) -> None:
    """Give exactly one of --video, --frames and --detections; the same input gives the same file byte for byte."""
    from domain.errors import ConfigurationError  # noqa: PLC0415 - as above
    from domain.law.catalogue import built_in_catalogue  # noqa: PLC0415 - as above
    from domain.plates import reasons as plate_reasons  # noqa: PLC0415 - heavy imports stay out of the other commands
    from edge.configuration.camera_files import read_camera_file  # noqa: PLC0415 - as above
    from edge.configuration.settings import HeadSettings, ModelSettings  # noqa: PLC0415 - as above
    from edge.networks.head_network import measured_figures, open_head_network  # noqa: PLC0415 - as above
    from edge.run.detection_log import DetectionLog  # noqa: PLC0415 - as above
    from edge.run.signal_log import read_signal_log  # noqa: PLC0415 - as above
    from ingest.recorded.video_file import VideoFileSource  # noqa: PLC0415 - as above
    from matthan.replay.replay import Replay, sparse_signals  # noqa: PLC0415 - as above
    from matthan.replay.replay_evidence import NoPlates  # noqa: PLC0415 - as above
    from plumbing.collecting import look_seldom_for_cycles  # noqa: PLC0415 - as above

    look_seldom_for_cycles()
    given = [option for option in (video, frames, detections) if option is not None]
    if len(given) != 1:
        raise ConfigurationError("give exactly one of --video, --frames and --detections")
    config = read_camera_file(camera)
    reports: tuple[LoggedSignal, ...] = () if signals is None else read_signal_log(signals)
    source = None if detections is not None else _source(config, video, frames, start, reports)
    evidence: NoPlates | ReplayEvidence = NoPlates(plate_reasons.REPLAYED_LOG)
    with ExitStack() as stack:
        if source is not None:
            evidence = _evidence(config, source, stack, is_video=video is not None, wanted=read_plates)
        run = Replay(
            config,
            reports,
            box_id=box,
            catalogue=built_in_catalogue(),
            evidence=evidence,
            heads=None if source is None else open_head_network(HeadSettings(), Path()),
            figures=measured_figures(ModelSettings(name=model), HeadSettings(), Path()),
            on_judged=_recorder(record_detections, stack),
        )
        if source is not None:
            result = run.pictures(source, _detector(model))
        else:
            log = DetectionLog(cast("Path", detections))
            result = run.log(log)
            if log.torn:
                typer.echo(f"torn lines of {detections} that were passed over: {log.torn}", err=True)
    _write(out, b"".join(result.lines()))
    typer.echo(f"{result.pictures} pictures, {len(result.cases)} cases -> {out}", err=True)
    _tell(result, alerts, reminders)
    for signal_id in sparse_signals(config, reports):
        typer.echo(
            f"signal {signal_id}: the log is silent for longer than a report is believed, and the signal then unknown; "
            "if the log holds changes only, set max_age_s: null at this signal",
            err=True,
        )
    for (rule, reason), how_often in result.refusals.items():
        typer.echo(f"refused {rule} {reason}: {how_often}", err=True)
    if isinstance(source, VideoFileSource) and source.cut_short is not None:
        typer.echo(f"{source.cut_short}; the cases of what it holds are written", err=True)
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command to ``matthan``."""
    app.command("replay")(replay)


def _started_at(
    camera: "CameraConfig", start: str | None, video: Path | None, reports: "tuple[LoggedSignal, ...]"
) -> "datetime":
    from domain.errors import ConfigurationError  # noqa: PLC0415 - heavy imports stay out of the other commands
    from domain.instants import from_text  # noqa: PLC0415 - as above
    from matthan.replay.replay import default_start  # noqa: PLC0415 - as above

    if start is not None:
        try:
            return from_text(start)
        except ValueError as error:
            raise ConfigurationError(f"--start: {error}") from error
    if video is not None and reports:
        raise ConfigurationError("a video with a signal log needs --start, or nobody knows what was shown when")
    return default_start(camera)


def _source(
    camera: "CameraConfig",
    video: Path | None,
    frames: Path | None,
    start: str | None,
    reports: "tuple[LoggedSignal, ...]",
) -> "CameraSource":
    from domain.errors import ConfigurationError, SourceError  # noqa: PLC0415 - heavy imports stay out
    from ingest.recorded.picture_folder import PictureFolderSource  # noqa: PLC0415 - as above
    from ingest.recorded.video_file import VideoFileSource  # noqa: PLC0415 - as above
    from plumbing.system_clock import SystemClock  # noqa: PLC0415 - as above

    fps = camera.stream.analysed_fps
    try:
        if video is not None:
            return VideoFileSource(
                camera_id=camera.id,
                path=video,
                started_at=_started_at(camera, start, video, reports),
                clock=SystemClock(),
                analysed_fps=fps,
            )
        if frames is not None:
            return PictureFolderSource(camera_id=camera.id, directory=frames, clock=SystemClock(), analysed_fps=fps)
    except SourceError as error:
        raise ConfigurationError(str(error)) from error
    raise ConfigurationError("give --video or --frames")


def _detector(model: str) -> "Detector":
    from edge.configuration.settings import ModelSettings  # noqa: PLC0415 - as above
    from edge.networks.street_network import open_network  # noqa: PLC0415 - heavy imports stay out of the other commands

    return open_network(ModelSettings(name=model), Path())


def _evidence(
    camera: "CameraConfig", source: "ClipSource", stack: ExitStack, *, is_video: bool, wanted: bool
) -> "NoPlates | ReplayEvidence":
    from domain.plates import reasons as plate_reasons  # noqa: PLC0415 - heavy imports stay out of the other commands
    from edge.configuration.settings import PlateSettings  # noqa: PLC0415 - as above
    from edge.evidence.plates.case_plates import CasePlates  # noqa: PLC0415 - as above
    from edge.health.problems import ProblemBoard  # noqa: PLC0415 - as above
    from edge.networks.plate_networks import open_plate_pipeline  # noqa: PLC0415 - as above
    from matthan.replay.replay_evidence import NoPlates, ReplayEvidence  # noqa: PLC0415 - as above

    if not is_video:
        return NoPlates(plate_reasons.REPLAYED_PICTURES)
    pipeline = open_plate_pipeline(PlateSettings(), Path()) if wanted else None
    plates = CasePlates(pipeline=pipeline, problems=ProblemBoard())
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="matthan-replay-")))
    return ReplayEvidence(camera, source=source, plates=plates, folder=folder)


def _recorder(path: Path | None, stack: ExitStack) -> "Callable[[Seen], None]":
    """Writes everything that is judged to a new detection log."""
    from domain.errors import ConfigurationError  # noqa: PLC0415 - heavy imports stay out of the other commands
    from edge.run.detection_log import DetectionLogWriter  # noqa: PLC0415 - as above

    if path is None:
        return lambda _seen: None
    try:
        stream = stack.enter_context(path.open("w", encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"--record-detections: {path} cannot be written ({error.strerror})") from error
    return DetectionLogWriter(stream).write


def _tell(result: "ReplayResult", alerts_to: Path | None, reminders_to: Path | None) -> None:
    """Alerts and reminders, into their files and onto the screen."""
    from domain.instants import to_text  # noqa: PLC0415 - heavy imports stay out of the other commands

    if alerts_to is not None:
        _write(alerts_to, b"".join(result.alert_lines()))
    if reminders_to is not None:
        _write(reminders_to, b"".join(result.reminder_lines()))
    for alert in result.alerts:
        typer.echo(
            f"alert {alert.rule} {alert.place_id}: {alert.end or 'begins'} {to_text(alert.seen_until)}", err=True
        )
    for reminder in result.reminders:
        step = reminder.steps[-1]
        typer.echo(f"reminder {reminder.rule} {reminder.zone_id}: {step.state.value} {to_text(step.at)}", err=True)


def _write(path: Path, content: bytes) -> None:
    from domain.errors import ConfigurationError  # noqa: PLC0415 - heavy imports stay out of the other commands

    try:
        path.write_bytes(content)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror})") from error
