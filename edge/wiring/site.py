"""What every part of a box is made with, and what of it lies on the disk."""

import random
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from detectors.surface.watch import SurfaceWatch
from detectors.view.guard import ViewGuard
from domain.camera import CameraConfig
from domain.instants import Clock
from domain.model_ref import ModelRef
from edge.box.removed_cameras import forget_removed_cameras
from edge.configuration.camera_files import find_camera_files, read_camera_files
from edge.configuration.settings import BoxSettings
from edge.delivery.broker import Broker
from edge.delivery.centre import Centre
from edge.drift.store import ProfileStore, profiles_dir
from edge.drift.watch import DriftWatch
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from edge.run.camera_run import CameraRun
from edge.run.learned.files import LearnedFiles
from edge.run.learned.kinds import SURFACES, VIEWS, surface_files, view_files
from edge.run.memory_files import MEMORIES, MemoryFiles


@dataclass(frozen=True, slots=True)
class Site:
    """What every part of a box is made with."""

    settings: BoxSettings
    folder: Path
    environ: Mapping[str, str]
    clock: Clock
    problems: ProblemBoard
    stack: ExitStack  # what is to be closed, last first


@dataclass(frozen=True, slots=True)
class Lines:
    """Whom the box talks to."""

    centre: Centre
    broker: Broker


@dataclass(frozen=True, slots=True)
class Kept:
    """What of the cameras outlives the process."""

    memories: MemoryFiles
    views: LearnedFiles[ViewGuard]
    surfaces: LearnedFiles[SurfaceWatch]

    def keep_learned(self, run: CameraRun) -> None:
        """Keep a copy of what a run learned of its pictures."""
        self.views.keep(run.camera.id, run.view)
        self.surfaces.keep(run.camera.id, run.surfaces)


def open_outbox(site: Site) -> Outbox:
    """The outbox, open until the box ends."""
    limits = site.settings.outbox
    outbox = Outbox.open(
        site.folder / site.settings.data_dir,
        clock=site.clock,
        problems=site.problems,
        max_evidence_bytes=limits.max_evidence_bytes,
        min_free_bytes=limits.min_free_bytes,
        reserve_bytes=limits.reserve_bytes,
    )
    site.stack.callback(outbox.close)
    return outbox


def kept_of_cameras(site: Site, outbox: Outbox) -> Kept:
    """What is on the disk of the cameras; copies are written until the box ends."""
    memories = MemoryFiles(outbox.directory / MEMORIES, problems=site.problems, unfinished=outbox.collecting())
    site.stack.callback(memories.close)
    views = view_files(outbox.directory / VIEWS, problems=site.problems)
    site.stack.callback(views.close)
    surfaces = surface_files(outbox.directory / SURFACES, problems=site.problems)
    site.stack.callback(surfaces.close)
    return Kept(memories, views, surfaces)


def drift_watch(site: Site, outbox: Outbox, model: ModelRef) -> DriftWatch:
    """What notices that the pictures are not what they were."""
    store = ProfileStore(profiles_dir(outbox.directory))
    drift = DriftWatch(store=store, detector_sha256=model.sha256, problems=site.problems, clock=site.clock)
    site.stack.callback(drift.close)
    return drift


def forget_old_cameras(site: Site, data_dir: Path) -> None:
    """Once, at the start; not while a file has faults, which may be that of a camera."""
    answers = read_camera_files(find_camera_files(site.settings.cameras, site.folder)).values()
    configured = {answer.id for answer in answers if isinstance(answer, CameraConfig)}
    if len(configured) == len(answers):
        folders = (data_dir / MEMORIES, data_dir / VIEWS, data_dir / SURFACES, profiles_dir(data_dir))
        forget_removed_cameras(folders, configured=configured, now=site.clock.now())


def randomness() -> random.Random:
    """Jitters pauses."""
    return random.Random()  # noqa: S311 - jitters pauses
