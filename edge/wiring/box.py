"""A box, built and running; its parts are made by the modules beside this one."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from domain.cases.case import Case
from domain.fleet.health import ProblemCode
from domain.plates.reasons import NOT_LOOKED_FOR
from domain.ports import Detector
from edge.box.box import Box
from edge.box.box_health import BoxHealth
from edge.box.cameras import Cameras
from edge.box.file_watch import FileWatch
from edge.box.pipeline import Pipeline
from edge.box.watchdog import Watchdog
from edge.camera_door.stills import WantedStills
from edge.camera_door.wanted_drawings import WriteDrawing
from edge.configuration.camera_files import find_camera_files, read_camera_files
from edge.configuration.connections import broker_of, centre_of
from edge.configuration.settings import BoxSettings
from edge.delivery.delivery import BoxDelivery
from edge.delivery.sighting_sender import SightingSender
from edge.drift.watch import DriftWatch
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.recovery import Recovery
from edge.health.clock_sync import ClockSync
from edge.health.figures import PlateFigures
from edge.health.health_server import HealthServer
from edge.health.health_watch import HealthWatch
from edge.health.metrics import registry_of
from edge.health.problems import ProblemBoard
from edge.ledger.book import LedgerBook
from edge.ledger.keeper import LedgerKeeper
from edge.networks.plate_networks import open_plate_pipeline
from edge.networks.quantised_network import open_looking_network
from edge.reminders.line import ReminderLine
from edge.signals.pushed_reports import PushedReports
from edge.wiring.cameras import cameras_of
from edge.wiring.delivery import camera_sender, delivery_of, reminder_line, sighting_sender
from edge.wiring.signals import pushed_signals, signal_inbox, signal_reader
from edge.wiring.site import Lines, Site, drift_watch, forget_old_cameras, kept_of_cameras, open_outbox
from plumbing.signing import BoxSigner
from plumbing.system_clock import SystemClock


@contextmanager
def running_box(
    settings: BoxSettings, *, folder: Path, environ: Mapping[str, str], write_drawing: WriteDrawing
) -> Iterator[Box]:
    """A box with everything around it: health page and file watch run while the context lasts.

    Args:
        settings: of the box.
        folder: the box file's folder; relative paths count from here.
        environ: where secrets may stand.
        write_drawing: puts a drawing of the centre into its camera's file.

    Raises:
        ConfigurationError: a file, secret, model or key is missing or wrong.
        ModelError: the weight file cannot be used.
        OutboxError: the data folder cannot be used.
    """
    signer = BoxSigner.load(folder / settings.box_key_file)
    lines = Lines(centre=centre_of(settings.centre, folder, environ), broker=broker_of(settings, folder, environ))
    looking = open_looking_network(settings.model, folder, data_dir=folder / settings.data_dir)
    detector = looking.detector
    plate_pipeline, plates = open_plate_pipeline(settings.plates, folder), PlateFigures()
    clock = SystemClock()
    with ExitStack() as stack:
        site = Site(settings, folder, environ, clock, ProblemBoard(clock), stack)
        if looking.refusal is not None:
            site.problems.report(ProblemCode.QUANTISED_NOT_USED, looking.refusal)
        outbox = open_outbox(site)
        forget_old_cameras(site, outbox.directory)
        drift = drift_watch(site, outbox, detector.model)
        sightings = sighting_sender(site, lines)
        evidence = EvidenceLine.of(
            outbox,
            signer=signer,
            clock=clock,
            problems=site.problems,
            plate_pipeline=plate_pipeline,
            on_sealed=partial(_sealed, plates, drift, sightings),
        )
        kept = kept_of_cameras(site, outbox)
        Recovery(evidence, signer).begin()
        evidence.stages.start()
        stack.callback(evidence.stages.close)
        book = LedgerBook(outbox.directory)
        reminders = reminder_line(site, lines, outbox)
        stills = WantedStills()
        told = camera_sender(
            site,
            lines,
            outbox.directory,
            running=lambda: dict(pipeline.cameras),
            stills=stills,
            write_drawing=write_drawing,
        )
        delivery = delivery_of(
            site, lines, outbox, book, reminders, told, sightings, lambda: signal_inbox(site, pushed)
        )
        cameras = cameras_of(site, evidence, kept, detector.model, delivery, reminders, stills)
        pushed = pushed_signals(site, cameras)
        pipeline = _pipeline(site, detector, cameras, drift, pushed)
        ledger = LedgerKeeper(book, cameras=pipeline.cameras, problems=site.problems, clock=clock)
        stack.callback(ledger.write)
        health = _health(site, pipeline, cameras, delivery, plates, reminders)
        box = _box(site, pipeline, cameras, delivery, health, on_turn=ledger.turn)
        _serve_health(site, health)
        _watch_cameras(site, box)
        yield box


def _pipeline(
    site: Site, detector: Detector, cameras: Cameras, drift: DriftWatch, pushed: PushedReports | None
) -> Pipeline:
    take_in_feed = signal_reader(site, cameras)
    take_in_pushed = (lambda: None) if pushed is None else pushed.hand_over
    return Pipeline(
        detector=detector,
        batch_size=site.settings.model.batch_size,
        problems=site.problems,
        clock=site.clock,
        before_round=partial(_each, take_in_feed, take_in_pushed),
        on_look=drift.note,
    )


def _health(  # noqa: PLR0917 - what a box's figures come from
    site: Site,
    pipeline: Pipeline,
    cameras: Cameras,
    delivery: BoxDelivery,
    plates: PlateFigures,
    reminders: ReminderLine,
) -> BoxHealth:
    clock_sync = ClockSync(site.environ)
    site.stack.callback(clock_sync.close)
    clock_sync.start()
    return BoxHealth(
        box_id=site.settings.box_id,
        pipeline=pipeline,
        cameras=cameras,
        delivery=delivery,
        problems=site.problems,
        plates=plates,
        refused_pictures=lambda: reminders.refused_pictures,
        watch=HealthWatch(
            problems=site.problems,
            clock=site.clock,
            clock_sync=clock_sync,
            judged_within_s=site.settings.health.judged_within_s,
            stuck_after_s=site.settings.health.stuck_after_s,
        ),
        clock_sync=clock_sync,
        clock=site.clock,
    )


def _box(  # noqa: PLR0917 - what a box is made of
    site: Site,
    pipeline: Pipeline,
    cameras: Cameras,
    delivery: BoxDelivery,
    health: BoxHealth,
    on_turn: Callable[[], None],
) -> Box:
    settings, folder = site.settings, site.folder
    return Box(
        box_id=settings.box_id,
        pipeline=pipeline,
        cameras=cameras,
        read_cameras=lambda: read_camera_files(find_camera_files(settings.cameras, folder)),
        delivery=delivery,
        problems=site.problems,
        health=health,
        drain_limit_s=settings.drain_limit_s,
        clock=site.clock,
        on_turn=partial(_each, Watchdog(site.environ).sign, on_turn),
    )


def _serve_health(site: Site, box_health: BoxHealth) -> None:
    server = HealthServer(
        bind_address=site.settings.health.bind_address,
        port=site.settings.health.port,
        registry=registry_of(box_health.view),
        health=box_health.healthz,
        life=box_health.livez,
    )
    site.stack.callback(server.close)
    server.start()


def _watch_cameras(site: Site, box: Box) -> None:
    files = find_camera_files(site.settings.cameras, site.folder)
    watch = FileWatch(
        folders={path.parent for path in files},
        suffixes=tuple({path.suffix for path in files}),
        on_change=box.request_reload,
        problems=site.problems,
    )
    site.stack.callback(watch.close)
    watch.start()


def _sealed(plates: PlateFigures, drift: DriftWatch, sightings: SightingSender | None, case: Case) -> None:
    """Count whether a sealed case's plate was read, and tell of it where that is wanted; the plate goes nowhere."""
    if sightings is not None:
        sightings.note(case)
    camera_id, reading = case.site.camera_id, case.plate
    plates.note(camera_id, status=reading.status, reason=reading.reason)
    if reading.reason not in NOT_LOOKED_FOR:
        drift.note_plate(camera_id, case.ended_at, agreed=reading.status == "agreed")


def _each(*steps: Callable[[], None]) -> None:
    for step in steps:
        step()
