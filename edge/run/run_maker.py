"""Makes the runs of cameras; box and replay make them here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from detectors.riders.head_classifier import HeadClassifier
from detectors.view.guard import ViewGuard
from domain.camera import CameraConfig
from domain.fleet.version import software_version
from domain.law.catalogue import Catalogue
from domain.model_ref import ModelRef
from domain.ports import Tracker
from domain.seen.looks import Look
from domain.seen.timeline import SignalTimeline
from edge.run.camera_run import CameraRun, timelines_of
from edge.run.looks.heads import HeadLooker
from rules.acts.memory import CameraMemory
from rules.engine import RuleEngine
from rules.proof import MeasuredFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMaker:
    """What all runs have in common."""

    box_id: str  # part of every case id
    catalogue: Catalogue
    detector: ModelRef | None  # the weights that look; None: not known
    make_tracker: Callable[[Iterator[int]], Tracker]  # for one camera, from its own track ids
    heads: HeadClassifier | None = None  # looks at riders, for all cameras; None: what was seen comes from a log
    figures: MeasuredFigures = field(default_factory=dict)  # of the weights: rules that need more stay in shadow
    memory_of: Callable[[str], CameraMemory] = lambda _camera_id: CameraMemory()  # of an earlier process, by camera id
    view_of: Callable[[str], ViewGuard] = lambda _camera_id: ViewGuard()  # likewise

    def check(self, camera: CameraConfig) -> None:
        """Refuse a configuration that no run can be made of; nothing of the camera's memory is touched.

        Raises:
            ConfigurationError: the camera's rules or zones are wrong.
        """
        self._make(camera, count(1), CameraMemory(), timelines_of(camera), ViewGuard())

    def make(self, camera: CameraConfig, before: CameraRun | None = None) -> CameraRun:
        """A fresh run.

        Args:
            camera: whose.
            before: the run of this camera until now: its track ids, its memory and what was learned of its view go on,
                its signals too where they are the same ones. It is not touched until the new run looks.

        Raises:
            ConfigurationError: the camera's rules or zones are wrong.
        """
        if before is None:
            return self._make(
                camera, count(1), self.memory_of(camera.id), timelines_of(camera), self.view_of(camera.id)
            )
        same_signals = before.camera.signals == camera.signals
        signals = before.signals if same_signals else timelines_of(camera)
        return self._make(camera, before.track_ids, before.memory, signals, before.view)

    def _make(
        self,
        camera: CameraConfig,
        track_ids: Iterator[int],
        memory: CameraMemory,
        signals: Mapping[str, SignalTimeline],
        view: ViewGuard,
    ) -> CameraRun:
        tracker = self.make_tracker(track_ids)
        engine = RuleEngine(
            camera=camera,
            box_id=self.box_id,
            catalogue=self.catalogue,
            detector=self.detector,
            tracker=tracker.name,
            software_version=software_version(),
            memory=memory,
            figures=self.figures,
        )
        return CameraRun(
            camera=camera,
            tracker=tracker,
            engine=engine,
            signals=signals,
            track_ids=track_ids,
            memory=memory,
            view=view,
            model=self.detector,
            heads=self._head_looker(camera, engine),
        )

    def _head_looker(self, camera: CameraConfig, engine: RuleEngine) -> HeadLooker | None:
        places = engine.places_to_look_at(Look.HEADS)
        if self.heads is None or not places:
            return None
        return HeadLooker(self.heads, [zone for zone in camera.zones if zone.id in places])
