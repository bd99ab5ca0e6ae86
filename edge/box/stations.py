"""Builds and retires the cameras' places: stream, evidence, tracking and rules of each."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from domain.camera import CameraConfig
from domain.cases.case import Case
from domain.errors import MatThanError
from domain.event import Hold, Release
from domain.geometry import SizeWh
from domain.health import HealthEvent, StreamState
from domain.instants import Clock
from domain.law.catalogue import Catalogue
from domain.model_ref import ModelRef
from domain.ports import Tracker
from domain.timeline import SignalTimeline
from domain.track import Track
from domain.version import software_version
from edge.box.figures import CameraFigures, StreamFigures
from edge.evidence.collector import PackageBuilder
from edge.evidence.keeper import EvidenceKeeper
from edge.evidence.worker import EvidenceWorker
from edge.run.camera_chain import CameraChain, timelines_of
from edge.run.camera_station import CameraStation, RuleOutput
from edge.run.lamp_watch import LampWatch
from ingest.open_source import CameraSource
from ingest.source_counters import SourceCounters
from rules.engine import RuleEngine
from rules.memory import CameraMemory

logger = logging.getLogger(__name__)


class EvidenceDesk:
    """A camera's findings go to its evidence keeper, cases by way of the outbox."""

    def __init__(self, keeper: EvidenceKeeper) -> None:
        self.keeper = keeper

    def note(
        self, at: datetime, resolution_wh: SizeWh, tracks: tuple[Track, ...], signals: Mapping[str, SignalTimeline]
    ) -> None:
        """What was seen in one judged picture."""
        self.keeper.note(at, resolution_wh, tracks, signals)

    def take(self, finding: RuleOutput) -> None:
        """Store a case, or keep or forget a moment.

        Raises:
            OutboxError: the case could not be stored.
        """
        match finding:
            case Hold():
                self.keeper.hold(finding)
            case Release():
                self.keeper.release(finding)
            case Case():
                self.keeper.collect(finding)

    def forget_holds(self) -> None:
        """No held moment will be asked for any more."""
        self.keeper.forget_holds()


@dataclass(slots=True, kw_only=True)
class _Place:
    """What a camera keeps over reloads."""

    source: CameraSource
    keeper: EvidenceKeeper
    timelines: dict[str, SignalTimeline]
    track_ids: Iterator[int]
    memory: CameraMemory  # acts that became cases, acts in progress; every engine of the camera gets it
    earlier_sources: StreamFigures  # what sources did that are gone
    reason: str = ""  # of the stream's state


class BoxStations:
    """The cameras' places of one box.

    Args:
        box_id: part of every case id.
        open_source: opens a camera's stream and tells its changes.
        make_tracker: makes a tracker for one camera, from its own track ids.
        detector: the weights that look.
        catalogue: of violations.
        builder: makes evidence packages.
        worker: the box's evidence thread.
        holds_dir: folder for held clips, one below it a camera.
        clock: the box's.
        on_health: told of every change of a stream.
    """

    def __init__(
        self,
        *,
        box_id: str,
        open_source: Callable[[CameraConfig, Callable[[HealthEvent], None]], CameraSource],
        make_tracker: Callable[[Iterator[int]], Tracker],
        detector: ModelRef,
        catalogue: Catalogue,
        builder: PackageBuilder,
        worker: EvidenceWorker,
        holds_dir: Path,
        clock: Clock,
        on_health: Callable[[HealthEvent], None],
    ) -> None:
        self._box_id = box_id
        self._open_source = open_source
        self._make_tracker = make_tracker
        self._detector = detector
        self._catalogue = catalogue
        self._builder = builder
        self._worker = worker
        self._holds_dir = holds_dir
        self._clock = clock
        self._on_health = on_health
        self._places: dict[str, _Place] = {}
        self._leaving: list[threading.Thread] = []
        self._generations = count(1)

    def timeline(self, camera_id: str, signal_id: str) -> SignalTimeline | None:
        """The timeline of a signal, None where no camera asks for it."""
        place = self._places.get(camera_id)
        return None if place is None else place.timelines.get(signal_id)

    def build(self, camera: CameraConfig, previous: CameraStation | None) -> CameraStation:
        """A running place; takes over stream, evidence, figures and signals of the previous one where they still fit.

        Raises:
            ConfigurationError: the camera's rules, zones or secrets are wrong; the previous place is untouched.
        """
        old = None if previous is None else self._places.get(camera.id)
        timelines = timelines_of(camera)
        if old is not None and previous is not None and previous.camera.signals == camera.signals:
            timelines = old.timelines
        track_ids = count(1) if old is None else old.track_ids
        memory = CameraMemory() if old is None else old.memory

        def build_chain() -> CameraChain:
            tracker = self._make_tracker(track_ids)
            engine = RuleEngine(
                camera=camera,
                box_id=self._box_id,
                catalogue=self._catalogue,
                detector=self._detector,
                tracker=tracker.name,
                software_version=software_version(),
                memory=memory,
            )
            return CameraChain(camera=camera, tracker=tracker, engine=engine, signals=timelines)

        build_chain()  # refuses bad rules before anything of the previous place is touched
        if old is not None and previous is not None and not previous.ended and previous.camera.stream == camera.stream:
            place = replace(old, timelines=timelines)
            place.keeper.reconfigure(camera)
        else:
            place = self._new_place(camera, timelines, track_ids, memory, old)
        self._places[camera.id] = place
        return CameraStation(
            camera=camera,
            source=place.source,
            build_chain=build_chain,
            desk=EvidenceDesk(place.keeper),
            figures=previous.figures if previous is not None else CameraFigures(),
            clock=self._clock,
            look_at_lamps=LampWatch(camera=camera, timelines=timelines).look,
        )

    def retire(self, station: CameraStation, successor: CameraStation | None) -> None:
        """Let go of what a finished place had and its successor does not use; does not wait."""
        if successor is not None and successor.source is station.source:
            return
        if successor is None:
            self._places.pop(station.camera.id, None)
        desk, source = station.desk, station.source

        def leave() -> None:
            if isinstance(desk, EvidenceDesk):
                desk.keeper.drain()
            source.close()

        thread = threading.Thread(target=leave, name=f"leave-{station.camera.id}", daemon=True)
        self._leaving = [one for one in self._leaving if one.is_alive()]
        self._leaving.append(thread)
        thread.start()

    def stream_figures(self, station: CameraStation) -> StreamFigures:
        """What the station's stream has done since the process started, and how it is."""
        place = self._places.get(station.camera.id)
        if place is None:
            return StreamFigures(state=StreamState.LOST, state_reason="the camera was removed")
        return _figures_of(place.source.counters, place.reason).after(place.earlier_sources)

    def tick(self) -> None:
        """Start evidence that is due though no pictures come."""
        for place in list(self._places.values()):
            place.keeper.tick()

    def drain(self, limit_s: float) -> None:
        """Finish pending evidence with what the rings hold, then let go of every source."""
        until_s = self._clock.monotonic_s() + limit_s

        def left_s() -> float:
            return max(0.0, until_s - self._clock.monotonic_s())

        for place in self._places.values():
            place.keeper.drain(left_s())
        for thread in self._leaving:
            thread.join(left_s())
        for camera_id, place in self._places.items():
            try:
                place.source.close()
            except MatThanError as error:
                fields = {"action": "close_failed", "camera_id": camera_id, "reason": str(error)}
                logger.warning("Camera could not be closed", extra=fields)
        self._worker.close(left_s())

    def _new_place(
        self,
        camera: CameraConfig,
        timelines: dict[str, SignalTimeline],
        track_ids: Iterator[int],
        memory: CameraMemory,
        old: _Place | None,
    ) -> _Place:
        def on_health(event: HealthEvent) -> None:
            place = self._places.get(camera.id)
            if place is not None:
                place.reason = event.reason
            self._on_health(event)

        source = self._open_source(camera, on_health)
        # the old keeper may still write and clear its own folder
        name = camera.id if old is None else f"{camera.id}.{next(self._generations)}"
        keeper = EvidenceKeeper(
            camera=camera,
            source=source,
            builder=self._builder,
            worker=self._worker,
            directory=self._holds_dir / name,
            clock=self._clock,
        )
        earlier = StreamFigures(state=StreamState.CONNECTING)
        if old is not None:
            earlier = _figures_of(old.source.counters, "").after(old.earlier_sources)
        return _Place(
            source=source,
            keeper=keeper,
            timelines=timelines,
            track_ids=track_ids,
            memory=memory,
            earlier_sources=earlier,
        )


def _figures_of(counters: SourceCounters, reason: str) -> StreamFigures:
    return StreamFigures(
        state=counters.state,
        state_reason=reason,
        decoded_frames=counters.frames_decoded,
        dropped_frames=counters.frames_dropped,
        damaged_frames=counters.frames_damaged,
        reconnects=counters.reconnects,
        ring_bytes=counters.ring_bytes,
    )
