"""Makes the runs of cameras; box and replay make them here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from detectors.lamps.fit_network import LampFit
from detectors.riders.head_classifier import HeadClassifier
from detectors.surface.network import SurfaceNetwork
from detectors.surface.watch import SurfaceWatch
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
    surfaces_of: Callable[[str], SurfaceWatch] = lambda _camera_id: SurfaceWatch()  # likewise
    surface_network: Callable[[], SurfaceNetwork | None] = lambda: None  # asked where a rule wants surfaces
    lamp_fit: LampFit | None = None  # sees whether lamp regions fit; None: colours and places alone are read

    def check(self, camera: CameraConfig) -> None:
        """Refuse a configuration that no run can be made of; nothing of the camera's memory is touched.

        Raises:
            ConfigurationError: the camera's rules or zones are wrong.
        """
        self._make(camera, timelines_of(camera), _Lasting(count(1), CameraMemory(), ViewGuard(), SurfaceWatch()))

    def make(self, camera: CameraConfig, before: CameraRun | None = None) -> CameraRun:
        """A fresh run.

        Args:
            camera: whose.
            before: the run of this camera until now: its track ids, its memory and what was learned of its view and of
                the ground of its zones go on, its signals too where they are the same ones. It is not touched until the
                new run looks.

        Raises:
            ConfigurationError: the camera's rules or zones are wrong.
        """
        if before is None:
            kept = _Lasting(count(1), self.memory_of(camera.id), self.view_of(camera.id), self.surfaces_of(camera.id))
            return self._make(camera, timelines_of(camera), kept)
        same_signals = before.camera.signals == camera.signals
        signals = before.signals if same_signals else timelines_of(camera)
        return self._make(camera, signals, _Lasting(before.track_ids, before.memory, before.view, before.surfaces))

    def _make(self, camera: CameraConfig, signals: Mapping[str, SignalTimeline], lasting: "_Lasting") -> CameraRun:
        tracker = self.make_tracker(lasting.track_ids)
        engine = RuleEngine(
            camera=camera,
            box_id=self.box_id,
            catalogue=self.catalogue,
            detector=self.detector,
            tracker=tracker.name,
            software_version=software_version(),
            memory=lasting.memory,
            figures=self.figures,
        )
        return CameraRun(
            camera=camera,
            tracker=tracker,
            engine=engine,
            signals=signals,
            track_ids=lasting.track_ids,
            memory=lasting.memory,
            view=lasting.view,
            surfaces=lasting.surfaces,
            surface_network=self.surface_network,
            lamp_fit=self.lamp_fit,
            model=self.detector,
            heads=self._head_looker(camera, engine),
        )

    def _head_looker(self, camera: CameraConfig, engine: RuleEngine) -> HeadLooker | None:
        places = engine.places_to_look_at(Look.HEADS)
        if self.heads is None or not places:
            return None
        return HeadLooker(self.heads, [zone for zone in camera.zones if zone.id in places])


@dataclass(frozen=True, slots=True)
class _Lasting:
    """What goes on from one run of a camera to the next."""

    track_ids: Iterator[int]
    memory: CameraMemory
    view: ViewGuard
    surfaces: SurfaceWatch
