"""A low spot before a camera that runs with FLOODING as on a box, shown one picture after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.surface.watch import SurfaceWatch
from detectors.tracking.tracker import SteadyTracker
from detectors.view.finding import Finding
from detectors.view.guard import ViewGuard
from domain.alert import Alert
from domain.camera import CameraConfig, Line, LineKind, Mode, Position, RuleUse, Stream, Zone, ZoneKind
from domain.geometry import ImageBgr, PointNorm
from domain.law.catalogue import built_in_catalogue
from domain.low_spots import below
from domain.seen.detections import Detections
from domain.seen.frame import BgrPicture, Frame
from domain.seen.view import ViewState
from edge.run.camera_run import CameraRun
from edge.run.run_maker import RunMaker

_BELOW: Final = 0.6  # of the zone's height in the picture
_MIN_TIME_S: Final = 60.0  # of the rule; by default it waits for twice as long
_START: Final = datetime(2026, 1, 5, 2, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Told:
    """What one episode gave."""

    alerts: list[Alert] = field(default_factory=list)
    strengths: list[float] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    looks: int = 0


class Spot:
    """One low spot of a place with the pictures of its camera.

    Args:
        name: of the place and zone.
        polygon: of the zone.
        pictures: of the camera, in order of time.
        detections: in them.
    """

    def __init__(
        self,
        name: str,
        polygon: tuple[PointNorm, ...],
        pictures: Sequence[ImageBgr],
        detections: Sequence[Detections],
    ) -> None:
        self.name = name
        self.pictures = pictures
        self._detections = detections
        self.camera = _camera(polygon)
        self._second = 0.0
        self._index = 0
        self.run: CameraRun
        self.begin_again(ViewGuard(), SurfaceWatch())

    @property
    def halves(self) -> tuple[range, range]:
        """Pictures to learn from, and later ones to be tested on."""
        middle = len(self.pictures) // 2
        return range(middle), range(middle, len(self.pictures))

    @property
    def mask(self) -> NDArray[np.float32]:
        """Where water lies, (h, w), 0 to 1."""
        height, width = self.pictures[0].shape[:2]
        corners = np.array(below(self.camera.zones[0], self.camera.lines[0])) * (width, height)
        mask = np.zeros((height, width), np.float32)
        cv2.fillPoly(mask, [corners.astype(np.int32)], 1.0)
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), 3), np.float32)

    def show(self, image_bgr: ImageBgr, number: int, every_s: float, told: Told) -> None:
        """One picture more."""
        self._second += every_s
        self._index += 1
        frame = Frame(
            camera_id=self.camera.id,
            index=self._index,
            captured_at=_START + timedelta(seconds=self._second),
            clock_error_ms=0.0,
            picture=BgrPicture(image_bgr),
        )
        seen = self.run.look(frame, self._detections[number])
        for reading in seen.waters:
            told.looks += 1
            if reading.unknown is None:
                told.strengths.append(reading.strength)
            else:
                told.unknown[reading.unknown.value] += 1
        outputs = self.run.judge(seen) or ()
        told.alerts += [one for one in outputs if isinstance(one, Alert) and one.end is None]

    def begin_again(self, view: ViewGuard, surfaces: SurfaceWatch) -> None:
        """A fresh run with what was learned."""
        self.run = RunMaker(
            box_id="b",
            catalogue=built_in_catalogue(),
            detector=None,
            make_tracker=lambda ids: SteadyTracker(ids=ids),
            view_of=lambda _: deepcopy(view),
            surfaces_of=lambda _: deepcopy(surfaces),
        ).make(self.camera)


class TakenAsSound(ViewGuard):
    """Pictures minutes apart, shown as seconds apart, look unsteady; who learned what is not asked here."""

    @property
    def finding(self) -> Finding:
        """Always the same."""
        return Finding(state=ViewState.SOUND, seen_share=1.0)

    def see(self, frame: Frame, config_version: int) -> ViewState:
        """Look at nothing."""
        del frame, config_version
        return ViewState.SOUND


def _camera(polygon: tuple[PointNorm, ...]) -> CameraConfig:
    """The lower part of the zone lies below the line."""
    x, y = zip(*polygon, strict=True)
    level = max(y) - _BELOW * (max(y) - min(y))
    return CameraConfig(
        id="cam-1",
        version=1,
        name="cam",
        road="road",
        ward="ward",
        position=Position(latitude_deg=16.46, longitude_deg=107.59),
        heading_deg=0,
        stream=Stream(url="file:none.mp4"),
        reference_still_wh=(1920, 1080),
        zones=(Zone(id="low", kind=ZoneKind.LOW_SPOT, polygon_norm=polygon),),
        lines=(
            Line(
                id="water",
                kind=LineKind.WATERLINE,
                points_norm=((min(x), level), (max(x), level)),
                beyond_norm=((min(x) + max(x)) / 2, max(y)),
            ),
        ),
        rules=(
            RuleUse(
                rule="FLOODING", mode=Mode.WARN, valid_from=date(2026, 1, 1), parameters={"min_time_s": _MIN_TIME_S}
            ),
        ),
    )
