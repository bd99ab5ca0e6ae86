"""The cameras of a box and their runs."""

from collections.abc import Callable
from functools import partial

from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig
from domain.errors import ConfigurationError, SourceError
from domain.fleet.health import HealthEvent
from domain.law.catalogue import built_in_catalogue
from domain.model_ref import ModelRef
from edge.box.cameras import Cameras
from edge.camera_door.stills import WantedStills
from edge.delivery.delivery import BoxDelivery
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.keeper import EvidenceKeeper
from edge.evidence.recovery import HOLDS
from edge.networks.head_network import measured_figures, open_head_network
from edge.networks.lamp_network import SharedLampFit
from edge.networks.surface_network import shared_surface_network
from edge.reminders.line import ReminderLine
from edge.run.recorder import Recorder
from edge.run.run_maker import RunMaker
from edge.run.seen import Seen
from edge.wiring.site import Kept, Site
from ingest.open_source import CameraSource, open_source


def cameras_of(  # noqa: PLR0917 - what a camera is made of
    site: Site,
    evidence: EvidenceLine,
    kept: Kept,
    model: ModelRef,
    delivery: BoxDelivery,
    reminders: ReminderLine,
    stills: WantedStills,
) -> Cameras:
    """The cameras, none of them open yet."""
    return Cameras(
        open_source=partial(_open_camera, site),
        keep_evidence=lambda camera, source, name: EvidenceKeeper(
            camera=camera,
            source=source,
            line=evidence,
            directory=evidence.outbox.directory / HOLDS / name,
            clock=site.clock,
        ),
        runs=_runs(site, kept, model),
        problems=site.problems,
        clock=site.clock,
        on_health=delivery.send_health,
        on_alert=delivery.send_alert,
        on_reminder=reminders.tell,
        on_judged=_recorder(site),
        keep_memory=kept.memories.keep,
        keep_learned=kept.keep_learned,
        offer_still=stills.offer,
    )


def _runs(site: Site, kept: Kept, model: ModelRef) -> RunMaker:
    settings = site.settings
    return RunMaker(
        box_id=settings.box_id,
        catalogue=built_in_catalogue(),
        detector=model,
        make_tracker=lambda ids: SteadyTracker(ids=ids),
        heads=open_head_network(settings.heads, site.folder),
        figures=measured_figures(settings.model, settings.heads, site.folder),
        memory_of=kept.memories.read,
        view_of=kept.views.read,
        surfaces_of=kept.surfaces.read,
        surface_network=shared_surface_network(),
        lamp_fit=SharedLampFit(),
    )


def _open_camera(site: Site, camera: CameraConfig, on_health: Callable[[HealthEvent], None]) -> CameraSource:
    try:
        return open_source(
            camera,
            clock=site.clock,
            secrets=site.environ,
            folder=site.folder,
            on_health=on_health,
            ring_s=site.settings.ring.seconds,
            ring_bytes=site.settings.ring.max_bytes,
        )
    except SourceError as error:  # a recorded source that is not there; a live camera that is away raises nothing
        raise ConfigurationError(f"camera {camera.id}: {error}") from error


def _recorder(site: Site) -> Callable[[Seen], None]:
    file = site.settings.record_detections_file
    if file is None:
        return lambda _seen: None
    recorder = Recorder(site.folder / file, problems=site.problems, clock=site.clock)
    site.stack.callback(recorder.close)
    return recorder.write
