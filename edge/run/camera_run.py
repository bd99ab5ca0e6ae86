"""One camera's run: picture -> looks -> tracks -> scene -> findings. The box and replay drive this very object."""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

import numpy as np

from detectors.lamps.cycle import BREAK_WORDS
from detectors.lamps.fit_network import LampFit
from detectors.lamps.reader import LampReader
from detectors.surface.network import SurfaceNetwork
from detectors.surface.watch import SurfaceWatch
from detectors.view.guard import ViewGuard
from domain.camera import CameraConfig, Zone, ZoneKind
from domain.errors import DetectionError
from domain.geometry import SizeWh, contains
from domain.model_ref import ModelRef
from domain.ports import Tracker
from domain.seen.detections import Detections
from domain.seen.frame import Frame
from domain.seen.looks import SurfaceReading, WaterReading
from domain.seen.riders import RiderLooks
from domain.seen.scene import Scene
from domain.seen.timeline import SignalState, SignalTimeline
from domain.seen.track import Track
from domain.seen.view import ViewState
from edge.run.looks.ground import GroundLooker
from edge.run.looks.heads import HeadLooker
from edge.run.seen import Seen
from rules.acts.memory import CameraMemory
from rules.engine import RuleEngine
from rules.outcome import RuleOutput

logger = logging.getLogger(__name__)


class CameraRun:
    """Lamps, view, tracker, signals and rules of one camera, one picture at a time.

    ``look`` needs the picture, ``judge`` only what was seen in it: a log of what was seen is judged as it was live.

    Args:
        camera: the camera's configuration; zones of kind ``ignore`` drop what stands in them before tracking.
        tracker: of this camera alone.
        engine: the camera's rules.
        signals: timelines by signal id; lamps and reports are recorded there.
        track_ids: where the tracker's ids come from; a successor goes on with them.
        view: watches the camera's view; a successor goes on with it. None: nothing is learned of it yet.
        memory: acts that became cases and acts in progress, which the engine keeps there; a successor's engine too.
        surfaces: knows the ground of the camera's zones; a successor goes on with it. None: nothing is learned yet.
        surface_network: gives what looks at it, where a rule wants it; None where it cannot be had.
        model: the weights that look; None: not known.
        lamp_fit: sees whether lamp regions fit; None: colours and places alone are read.
        heads: looks at riders where a rule asks for it; None: nobody asks, or there are no pictures.
    """

    def __init__(
        self,
        *,
        camera: CameraConfig,
        tracker: Tracker,
        engine: RuleEngine,
        signals: Mapping[str, SignalTimeline],
        track_ids: Iterator[int],
        memory: CameraMemory,
        view: ViewGuard | None = None,
        surfaces: SurfaceWatch | None = None,
        surface_network: Callable[[], SurfaceNetwork | None] = lambda: None,
        lamp_fit: LampFit | None = None,
        model: ModelRef | None = None,
        heads: HeadLooker | None = None,
    ) -> None:
        self.camera = camera
        self.signals = dict(signals)
        self.track_ids = track_ids
        self.memory = memory
        self.view = view if view is not None else ViewGuard()
        self.surfaces = surfaces if surfaces is not None else SurfaceWatch()
        self._ground = GroundLooker(camera, engine, self.surfaces, surface_network)
        self.model = model
        self.tracks: tuple[Track, ...] = ()  # of the newest picture, for overlays
        self.pictures = 0
        self._tracker = tracker
        self._engine = engine
        self._heads = heads
        self._lamps = {
            signal.id: LampReader(region_norm=signal.lamp_region_norm, fit=lamp_fit)
            for signal in camera.signals
            if signal.lamp_region_norm is not None
        }
        self._ignored = tuple(zone for zone in camera.zones if zone.kind == ZoneKind.IGNORE)
        self._looked_at: datetime | None = None
        self._newest_at: datetime | None = None

    @property
    def misfitting_lamps(self) -> tuple[str, ...]:
        """Signals whose drawn region does not fit the traffic light in the pictures looked at."""
        return tuple(signal_id for signal_id, reader in self._lamps.items() if reader.misfit)

    @property
    def broken_lamps(self) -> tuple[str, ...]:
        """Signals whose light does not behave as one, and how."""
        return tuple(
            f"{signal_id} {BREAK_WORDS[reader.broken]}"
            for signal_id, reader in self._lamps.items()
            if reader.broken is not None
        )

    @property
    def unread_lamps(self) -> tuple[str, ...]:
        """Signals of whose light nothing was read for minutes, for a reason that nothing else names."""
        return tuple(signal_id for signal_id, reader in self._lamps.items() if reader.unread)

    @property
    def unread_surfaces(self) -> tuple[str, ...]:
        """Zones whose ground rules ask for and cannot know, since the network cannot be had or fails."""
        return self._ground.unread

    @property
    def refusals(self) -> Mapping[tuple[str, str], int]:
        """What the rules refused and why: (rule, reason) -> count."""
        return self._engine.refusals

    @property
    def recall(self) -> Mapping[tuple[str, str], int]:
        """What the rules had before them: (rule, what) -> count."""
        return self._engine.recall

    @property
    def rule_faults(self) -> Mapping[str, str]:
        """What each rule raised that is left out for a while, by the rule's name."""
        return self._engine.rule_faults

    def look(self, frame: Frame, detections: Detections) -> Seen:
        """Take everything that rules may need from a picture.

        Args:
            frame: where it is not newer than the last one nothing is looked at, and ``judge`` passes it over.
            detections: what the detector saw in it, in its own pixels.

        Returns:
            What was seen, in pixels of the evidence stream: the one place where analysed pixels become those.
        """
        lamps: dict[str, SignalState] = {}
        riders: RiderLooks | None = None
        surfaces: tuple[SurfaceReading, ...] = ()
        waters: tuple[WaterReading, ...] = ()
        evidence_wh = frame.evidence_wh or frame.resolution_wh
        in_picture, detections = detections, _scaled(detections, frame.resolution_wh, evidence_wh)
        if self._looked_at is None or frame.captured_at > self._looked_at:
            self._looked_at = frame.captured_at
            view = self.view.see(frame, self.camera.version)
            lamps = {
                signal_id: SignalState.UNKNOWN if view is ViewState.FROZEN else reader.read(frame)
                for signal_id, reader in self._lamps.items()
            }
            riders = self._look_at_riders(frame, detections, evidence_wh)
            surfaces = self._ground.look(frame, in_picture, view)
            waters = self._ground.look_for_water(frame, in_picture, view)
        return Seen(
            camera_id=self.camera.id,
            at=frame.captured_at,
            clock_error_ms=frame.clock_error_ms,
            resolution_wh=evidence_wh,
            detections=detections,
            lamps=lamps,
            view=self.view.finding.state,
            riders=riders,
            surfaces=surfaces,
            waters=waters,
            model=self.model,
        )

    def _look_at_riders(self, frame: Frame, detections: Detections, evidence_wh: SizeWh) -> RiderLooks | None:
        if self._heads is None:
            return None
        try:
            return self._heads.look(frame, detections, self.tracks, evidence_wh)
        except DetectionError as error:  # nobody was looked at: unknown, and no reason to stop the other rules
            fields = {"action": "heads_failed", "camera_id": self.camera.id, "reason": str(error)}
            logger.warning("Riders could not be looked at", extra=fields)
            return None

    def judge(self, seen: Seen) -> tuple[RuleOutput, ...] | None:
        """Let tracking and rules take in what was seen in one picture.

        Returns:
            Cases that are ripe, and moments to hold or release, in order; None where the picture is not newer than the
            last one: that changes nothing, and who brought it counts it.
        """
        if self._newest_at is not None and seen.at <= self._newest_at:
            return None
        self._newest_at = seen.at
        self.pictures += 1
        for signal_id, state in seen.lamps.items():
            self.report_signal(signal_id, seen.at, state)
        self.tracks = self._tracker.update(seen.at, without_ignored(seen.detections, self._ignored, seen.resolution_wh))
        return self._engine.step(
            Scene(
                camera_id=self.camera.id,
                at=seen.at,
                clock_error_ms=seen.clock_error_ms,
                resolution_wh=seen.resolution_wh,
                tracks=self.tracks,
                signals=self.signals,
                view=seen.view,
                riders=seen.riders,
                surfaces=self._ground.believed(seen.at, seen.surfaces),
                waters=self._ground.believed_waters(seen.at, seen.waters),
            )
        )

    def report_signal(self, signal_id: str, at: datetime, state: SignalState) -> bool:
        """Take in one report of a signal; False where the camera has no such signal or the report comes too late."""
        timeline = self.signals.get(signal_id)
        if timeline is None:
            return False
        try:
            timeline.record(at, state)
        except ValueError:
            logger.warning(
                "a signal report came out of order",
                extra={"action": "signal_out_of_order", "camera_id": self.camera.id, "signal_id": signal_id},
            )
            return False
        return True

    def end_epoch(self, shift: timedelta) -> tuple[RuleOutput, ...]:
        """The clock was set: acts in progress end here, and this run with them; its successor begins the new epoch.

        Args:
            shift: by which times are later than they would have been.

        Returns:
            What is ripe by what was seen.
        """
        try:
            return self._engine.end_epoch(shift)
        finally:
            self.signals = timelines_of(self.camera)

    def finish(self) -> tuple[RuleOutput, ...]:
        """The stream has ended or the camera is reloaded: what is ripe by what was seen, and nothing else."""
        return self._engine.finish()


def timelines_of(camera: CameraConfig) -> dict[str, SignalTimeline]:
    """Empty timelines for every signal of a camera."""
    return {signal.id: SignalTimeline(signal_id=signal.id, max_age_s=signal.max_age_s) for signal in camera.signals}


def without_ignored(detections: Detections, ignored: tuple[Zone, ...], resolution_wh: SizeWh) -> Detections:
    """Drop what stands (middle of the lower edge) in an ignored zone.

    Args:
        detections: N rows.
        ignored: zones of the camera, normalised.
        resolution_wh: of the picture, in pixels.

    Returns:
        At most N rows in the same order; the input is not written to.
    """
    if not ignored or not len(detections):
        return detections
    width_px, height_px = resolution_wh
    keep = np.array(
        [
            not any(contains(zone.polygon_norm, ((x1 + x2) / 2 / width_px, y2 / height_px)) for zone in ignored)
            for x1, _, x2, y2 in detections.boxes_xyxy_px.astype(np.float64).tolist()
        ],
        dtype=np.bool_,
    )
    return Detections(
        boxes_xyxy_px=detections.boxes_xyxy_px[keep],
        scores=detections.scores[keep],
        class_ids=detections.class_ids[keep],
        labels=detections.labels,
    )


def _scaled(detections: Detections, from_wh: SizeWh, to_wh: SizeWh) -> Detections:
    """The same detections in pixels of another size of the same view; the input is not written to."""
    if from_wh == to_wh:
        return detections
    sides = np.array([to_wh[0] / from_wh[0], to_wh[1] / from_wh[1]] * 2, np.float64)
    return Detections(
        boxes_xyxy_px=(detections.boxes_xyxy_px.astype(np.float64) * sides).astype(np.float32),
        scores=detections.scores,
        class_ids=detections.class_ids,
        labels=detections.labels,
    )
