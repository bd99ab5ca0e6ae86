"""The one place that builds a box."""

import logging
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig
from domain.cases.case import Case
from domain.errors import ConfigurationError, SourceError
from domain.fleet.health import HealthEvent
from domain.instants import Clock
from domain.law.catalogue import built_in_catalogue
from domain.plates.reasons import NOT_LOOKED_FOR
from edge.box.box import Box
from edge.box.box_health import BoxHealth
from edge.box.cameras import Cameras
from edge.box.file_watch import FileWatch
from edge.box.pipeline import Pipeline
from edge.box.removed_cameras import forget_removed_cameras
from edge.box.watchdog import Watchdog
from edge.configuration.camera_files import find_camera_files, read_camera_files
from edge.configuration.connections import broker_of, centre_of, signal_certificate_of, signal_key_of
from edge.configuration.settings import BoxSettings
from edge.delivery.delivery import BoxDelivery
from edge.delivery.ledger_sender import LedgerSender
from edge.delivery.mqtt_link import MqttLink, Pace
from edge.delivery.uploader import Uploader
from edge.drift.store import ProfileStore, profiles_dir
from edge.drift.watch import DriftWatch
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.keeper import EvidenceKeeper
from edge.evidence.recovery import HOLDS, Recovery
from edge.health.clock_sync import ClockSync
from edge.health.figures import PlateFigures
from edge.health.health_server import HealthServer
from edge.health.health_watch import HealthWatch
from edge.health.metrics import registry_of
from edge.health.problems import ProblemBoard
from edge.ledger.book import LedgerBook
from edge.ledger.keeper import LedgerKeeper
from edge.networks.head_network import measured_figures, open_head_network
from edge.networks.plate_networks import open_plate_pipeline
from edge.networks.street_network import open_network
from edge.networks.surface_network import SharedSurfaceNetwork
from edge.outbox.outbox import Outbox
from edge.reminders.book import ReminderBook
from edge.reminders.door import ReminderDoor
from edge.reminders.line import ReminderLine
from edge.run.camera_run import CameraRun
from edge.run.file_tail import FileTail
from edge.run.learned.kinds import SURFACES, VIEWS, surface_files, view_files
from edge.run.memory_files import MEMORIES, MemoryFiles
from edge.run.recorder import Recorder
from edge.run.run_maker import RunMaker
from edge.run.seen import Seen
from edge.run.signal_feed import SignalFeed
from edge.signals.http_intake import SignalIntake
from edge.signals.mqtt_inbox import SignalInbox
from edge.signals.pushed_reports import PushedReports
from ingest.open_source import CameraSource, open_source
from plumbing.signing import BoxSigner
from plumbing.system_clock import SystemClock

logger = logging.getLogger(__name__)


@contextmanager
def running_box(settings: BoxSettings, *, folder: Path, environ: Mapping[str, str]) -> Iterator[Box]:
    """A box with everything around it: health page and file watch run while the context lasts.

    Args:
        settings: of the box.
        folder: the box file's folder; relative paths count from here.
        environ: where secrets may stand.

    Raises:
        ConfigurationError: a file, secret, model or key is missing or wrong.
        ModelError: the weight file cannot be used.
        OutboxError: the data folder cannot be used.
    """
    clock = SystemClock()
    problems = ProblemBoard(clock)
    signer = BoxSigner.load(folder / settings.box_key_file)
    centre, broker = centre_of(settings, folder, environ), broker_of(settings, folder, environ)
    detector = open_network(settings.model, folder)
    plate_pipeline, plates = open_plate_pipeline(settings.plates, folder), PlateFigures()
    with ExitStack() as stack:
        outbox = Outbox.open(
            folder / settings.data_dir,
            clock=clock,
            problems=problems,
            max_evidence_bytes=settings.outbox.max_evidence_bytes,
            min_free_bytes=settings.outbox.min_free_bytes,
            reserve_bytes=settings.outbox.reserve_bytes,
        )
        stack.callback(outbox.close)
        _forget_removed_cameras(settings, folder, outbox.directory, clock)
        drift = DriftWatch(
            store=ProfileStore(profiles_dir(outbox.directory)),
            detector_sha256=detector.model.sha256,
            problems=problems,
            clock=clock,
        )
        stack.callback(drift.close)
        evidence = EvidenceLine.of(
            outbox,
            signer=signer,
            clock=clock,
            problems=problems,
            plate_pipeline=plate_pipeline,
            on_sealed=partial(_count_plate, plates, drift),
        )
        memories = MemoryFiles(outbox.directory / MEMORIES, problems=problems, unfinished=outbox.collecting())
        stack.callback(memories.close)
        views = view_files(outbox.directory / VIEWS, problems=problems)
        stack.callback(views.close)
        surfaces = surface_files(outbox.directory / SURFACES, problems=problems)
        stack.callback(surfaces.close)

        def keep_learned(run: CameraRun) -> None:
            views.keep(run.camera.id, run.view)
            surfaces.keep(run.camera.id, run.surfaces)

        Recovery(evidence, signer).begin()
        evidence.stages.start()
        stack.callback(evidence.stages.close)
        book = LedgerBook(outbox.directory)
        reminders = ReminderLine(
            book=ReminderBook(outbox.directory),
            door=ReminderDoor(centre),
            clock=clock,
            randomness=_randomness(),
            problems=problems,
        )
        delivery = BoxDelivery(
            outbox=outbox,
            make_link=lambda heartbeat: MqttLink(
                box_id=settings.box_id,
                broker=broker,
                heartbeat=heartbeat,
                clock=clock,
                randomness=_randomness(),
                problems=problems,
                take_signals=_signal_inbox(settings, pushed, problems),
                pace=Pace(heartbeat_s=settings.health.heartbeat_interval_s),
            ),
            uploader=Uploader.to(centre, outbox=outbox, clock=clock, randomness=_randomness(), problems=problems),
            senders=(
                LedgerSender.to(centre, book=book, problems=problems, clock=clock, randomness=_randomness()),
                reminders,
            ),
            problems=problems,
            clock=clock,
        )
        cameras = Cameras(
            open_source=partial(_open_camera, settings=settings, folder=folder, environ=environ, clock=clock),
            keep_evidence=lambda camera, source, name: EvidenceKeeper(
                camera=camera,
                source=source,
                line=evidence,
                directory=outbox.directory / HOLDS / name,
                clock=clock,
            ),
            runs=RunMaker(
                box_id=settings.box_id,
                catalogue=built_in_catalogue(),
                detector=detector.model,
                make_tracker=lambda ids: SteadyTracker(ids=ids),
                heads=open_head_network(settings.heads, folder),
                figures=measured_figures(settings.model, settings.heads, folder),
                memory_of=memories.read,
                view_of=views.read,
                surfaces_of=surfaces.read,
                surface_network=SharedSurfaceNetwork(),
            ),
            problems=problems,
            clock=clock,
            on_health=delivery.send_health,
            on_alert=delivery.send_alert,
            on_reminder=reminders.tell,
            on_judged=_recorder(settings, folder, problems, clock, stack),
            keep_memory=memories.keep,
            keep_learned=keep_learned,
        )
        pushed = _pushed_signals(settings, folder, environ, cameras, problems, clock, stack)
        pipeline = Pipeline(
            detector=detector,
            batch_size=settings.model.batch_size,
            problems=problems,
            clock=clock,
            before_round=partial(
                _each,
                _signal_reader(settings, folder, cameras, clock, stack),
                (lambda: None) if pushed is None else pushed.hand_over,
            ),
            on_look=drift.note,
        )
        ledger = LedgerKeeper(book, cameras=pipeline.cameras, problems=problems, clock=clock)
        stack.callback(ledger.write)
        clock_sync = ClockSync(environ)
        stack.callback(clock_sync.close)
        clock_sync.start()
        health = BoxHealth(
            box_id=settings.box_id,
            pipeline=pipeline,
            cameras=cameras,
            delivery=delivery,
            problems=problems,
            plates=plates,
            watch=HealthWatch(
                problems=problems,
                clock=clock,
                clock_sync=clock_sync,
                judged_within_s=settings.health.judged_within_s,
                stuck_after_s=settings.health.stuck_after_s,
            ),
            clock_sync=clock_sync,
            clock=clock,
        )
        box = Box(
            box_id=settings.box_id,
            pipeline=pipeline,
            cameras=cameras,
            read_cameras=lambda: read_camera_files(find_camera_files(settings.cameras, folder)),
            delivery=delivery,
            problems=problems,
            health=health,
            drain_limit_s=settings.drain_limit_s,
            clock=clock,
            on_turn=partial(_each, Watchdog(environ).sign, ledger.turn),
        )
        _serve_health(settings, health, stack)
        _watch_cameras(settings, folder, box, problems, stack)
        yield box


def _each(*steps: Callable[[], None]) -> None:
    for step in steps:
        step()


def _count_plate(plates: PlateFigures, drift: DriftWatch, case: Case) -> None:
    """Count whether a sealed case's plate was read; the plate itself goes nowhere."""
    camera_id, reading = case.site.camera_id, case.plate
    plates.note(camera_id, status=reading.status, reason=reading.reason)
    if reading.reason not in NOT_LOOKED_FOR:
        drift.note_plate(camera_id, case.ended_at, agreed=reading.status == "agreed")


def _open_camera(
    camera: CameraConfig,
    on_health: Callable[[HealthEvent], None],
    *,
    settings: BoxSettings,
    folder: Path,
    environ: Mapping[str, str],
    clock: Clock,
) -> CameraSource:
    try:
        return open_source(
            camera,
            clock=clock,
            secrets=environ,
            folder=folder,
            on_health=on_health,
            ring_s=settings.ring.seconds,
            ring_bytes=settings.ring.max_bytes,
        )
    except SourceError as error:  # a recorded source that is not there; a live camera that is away raises nothing
        raise ConfigurationError(f"camera {camera.id}: {error}") from error


def _signal_reader(
    settings: BoxSettings, folder: Path, cameras: Cameras, clock: Clock, stack: ExitStack
) -> Callable[[], None]:
    if settings.signal_feed_file is None:
        return lambda: None
    feed = SignalFeed(tail=FileTail(folder / settings.signal_feed_file), timeline=cameras.timeline, clock=clock)
    stack.callback(feed.close)

    def take_in() -> None:
        feed.take_in()

    return take_in


def _pushed_signals(  # noqa: PLR0917 - what the box is made of
    settings: BoxSettings,
    folder: Path,
    environ: Mapping[str, str],
    cameras: Cameras,
    problems: ProblemBoard,
    clock: Clock,
    stack: ExitStack,
) -> PushedReports | None:
    """What a controller pushes, by HTTP or to the broker; None: none does."""
    intake = settings.signal_intake
    if intake is None and not settings.mqtt.hears_signals:
        return None
    reports = PushedReports(timeline=cameras.timeline, problems=problems, clock=clock)
    if intake is None:
        return reports
    server = SignalIntake(
        bind_address=intake.bind_address,
        port=intake.port,
        key=signal_key_of(intake, folder, environ),
        reports=reports,
        certificate=signal_certificate_of(intake, folder),
    )
    stack.callback(server.close)
    server.start()
    return reports


def _signal_inbox(
    settings: BoxSettings, pushed: PushedReports | None, problems: ProblemBoard
) -> Callable[[bytes, bool], None] | None:
    if pushed is None or not settings.mqtt.hears_signals:
        return None
    return SignalInbox(reports=pushed, problems=problems).take


def _recorder(
    settings: BoxSettings, folder: Path, problems: ProblemBoard, clock: Clock, stack: ExitStack
) -> Callable[[Seen], None]:
    if settings.record_detections_file is None:
        return lambda _seen: None
    recorder = Recorder(folder / settings.record_detections_file, problems=problems, clock=clock)
    stack.callback(recorder.close)
    return recorder.write


def _serve_health(settings: BoxSettings, box_health: BoxHealth, stack: ExitStack) -> None:
    server = HealthServer(
        bind_address=settings.health.bind_address,
        port=settings.health.port,
        registry=registry_of(box_health.view),
        health=box_health.healthz,
        life=box_health.livez,
    )
    stack.callback(server.close)
    server.start()


def _watch_cameras(settings: BoxSettings, folder: Path, box: Box, problems: ProblemBoard, stack: ExitStack) -> None:
    files = find_camera_files(settings.cameras, folder)
    watch = FileWatch(
        folders={path.parent for path in files},
        suffixes=tuple({path.suffix for path in files}),
        on_change=box.request_reload,
        problems=problems,
    )
    stack.callback(watch.close)
    watch.start()


def _forget_removed_cameras(settings: BoxSettings, folder: Path, data_dir: Path, clock: Clock) -> None:
    """Once, at the start; not while a file has faults, which may be that of a camera."""
    answers = read_camera_files(find_camera_files(settings.cameras, folder)).values()
    configured = {answer.id for answer in answers if isinstance(answer, CameraConfig)}
    if len(configured) == len(answers):
        folders = (data_dir / MEMORIES, data_dir / VIEWS, data_dir / SURFACES, profiles_dir(data_dir))
        forget_removed_cameras(folders, configured=configured, now=clock.now())


def _randomness() -> random.Random:
    return random.Random()  # noqa: S311 - jitters pauses
