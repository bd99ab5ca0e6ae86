"""Makes the runs of cameras; box and replay make them here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from detectors.view.guard import ViewGuard
from domain.camera import CameraConfig
from domain.fleet.version import software_version
from domain.law.catalogue import Catalogue
from domain.model_ref import ModelRef
from domain.ports import Tracker
from domain.seen.timeline import SignalTimeline
from edge.run.camera_run import CameraRun, timelines_of
from rules.acts.memory import CameraMemory
from rules.engine import RuleEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMaker:
    """What all runs have in common."""

    box_id: str  # part of every case id
    catalogue: Catalogue
    detector: ModelRef | None  # the weights that look; None: not known
    make_tracker: Callable[[Iterator[int]], Tracker]  # for one camera, from its own track ids
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
        )
