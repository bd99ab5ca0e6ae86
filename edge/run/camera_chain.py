"""What becomes of one camera's detections: tracks, a scene, the rules. Live and replay run this very code."""

import logging
from collections.abc import Mapping
from datetime import datetime

import numpy as np

from domain.camera import CameraConfig, Zone, ZoneKind
from domain.cases.case import Case
from domain.detections import Detections
from domain.event import Hold, Release
from domain.geometry import SizeWh, contains
from domain.ports import Tracker
from domain.scene import Scene
from domain.timeline import SignalState, SignalTimeline
from domain.track import Track
from rules.engine import RuleEngine

logger = logging.getLogger(__name__)


def timelines_of(camera: CameraConfig) -> dict[str, SignalTimeline]:
    """Empty timelines for every signal of a camera."""
    return {signal.id: SignalTimeline(signal_id=signal.id, max_age_s=signal.max_age_s) for signal in camera.signals}


class CameraChain:
    """Tracker, signals and rules of one camera, fed with the detections of one picture at a time.

    Args:
        camera: the camera's configuration; zones of kind ``ignore`` drop what stands in them before tracking.
        tracker: of this camera alone.
        engine: the camera's rules.
        signals: timelines by signal id; whoever reads lamps or feeds records into them (``record_signal``).
    """

    def __init__(
        self, *, camera: CameraConfig, tracker: Tracker, engine: RuleEngine, signals: Mapping[str, SignalTimeline]
    ) -> None:
        self.camera = camera
        self.signals = dict(signals)
        self.tracks: tuple[Track, ...] = ()  # of the newest picture, for overlays
        self.pictures = 0
        self.pictures_out_of_order = 0
        self._tracker = tracker
        self._engine = engine
        self._ignored = tuple(zone for zone in camera.zones if zone.kind == ZoneKind.IGNORE)
        self._newest_at: datetime | None = None

    @property
    def refusals(self) -> Mapping[tuple[str, str], int]:
        """What the rules refused and why: (rule, reason) -> count."""
        return self._engine.refusals

    def record_signal(self, signal_id: str, at: datetime, state: SignalState) -> bool:
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

    def process(
        self, at: datetime, clock_error_ms: float | None, resolution_wh: SizeWh, detections: Detections
    ) -> tuple[Case | Hold | Release, ...]:
        """Take in what the detector saw in one picture.

        Args:
            at: capture time; a picture that is not newer than the last is counted and changes nothing.
            clock_error_ms: how sure we are of it; None: not known.
            resolution_wh: of the picture, in pixels.
            detections: boxes in pixels of the picture.

        Returns:
            Cases that are ripe, and moments to hold or release, in order.
        """
        if self._newest_at is not None and at <= self._newest_at:
            self.pictures_out_of_order += 1
            return ()
        self._newest_at = at
        self.pictures += 1
        self.tracks = self._tracker.update(at, without_ignored(detections, self._ignored, resolution_wh))
        scene = Scene(
            camera_id=self.camera.id,
            at=at,
            clock_error_ms=clock_error_ms,
            resolution_wh=resolution_wh,
            tracks=self.tracks,
            signals=self.signals,
        )
        return self._engine.step(scene)

    def finish(self) -> tuple[Case | Hold | Release, ...]:
        """The stream has ended or the camera is reloaded: what is ripe by what was seen, and nothing else."""
        return self._engine.finish()


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
