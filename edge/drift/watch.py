"""Counts what every camera's networks see, and reports on the next day when it has left its band."""

import logging
import threading
from datetime import date, datetime

from domain.errors import ConfigurationError, FileError
from domain.fleet.health import ProblemCode
from domain.instants import HUE_TIME, Clock
from domain.seen.detections import Detections
from domain.seen.frame import Frame
from edge.drift.band import judge
from edge.drift.profile import DayProfile
from edge.drift.store import CameraDays, ProfileStore
from edge.health.problems import ProblemBoard

logger = logging.getLogger(__name__)

_WRITE_EVERY_S = 300.0  # what a power cut loses of the day


class DriftWatch:
    """The daily profiles of a box's cameras. Safe to use from every thread.

    A day is a day in Hue by capture time. When a camera's first picture of another day comes, the finished day is
    judged against those before it, and a departure stands on the problem board until a day is back in its band.

    Args:
        store: where the profiles are kept.
        detector_sha256: of the weights that look; days of other weights are not compared.
        problems: where departures are reported.
        clock: paces the writing.
    """

    def __init__(self, *, store: ProfileStore, detector_sha256: str, problems: ProblemBoard, clock: Clock) -> None:
        self._store = store
        self._detector_sha256 = detector_sha256
        self._problems = problems
        self._clock = clock
        self._lock = threading.Lock()
        self._cameras: dict[str, CameraDays] = {}
        self._written_at_s = clock.monotonic_s()

    def note(self, frame: Frame, detections: Detections) -> None:
        """Count a picture that was looked at."""
        with self._lock:
            today = self._day(frame.camera_id, frame.captured_at)
            if today is not None:
                today.add(detections, frame.resolution_wh)
            if self._clock.monotonic_s() - self._written_at_s >= _WRITE_EVERY_S:
                self._write()

    def note_plate(self, camera_id: str, at: datetime, *, agreed: bool) -> None:
        """Count a case of a vehicle whose plate was looked for."""
        with self._lock:
            today = self._day(camera_id, at)
            if today is not None:
                today.add_plate(agreed=agreed)

    def close(self) -> None:
        """Write what has been counted."""
        with self._lock:
            self._write()

    def _day(self, camera_id: str, at: datetime) -> DayProfile | None:
        """The profile that an instant counts for; None when its day is over already."""
        day = at.astimezone(HUE_TIME).date()
        camera = self._cameras.get(camera_id)
        if camera is None:
            camera = self._cameras[camera_id] = self._read(camera_id)
            self._judge_last_before(day, camera)
        newest = camera.days[-1] if camera.days else None
        if newest is not None and newest.day > day:
            return None
        if newest is not None and newest.day == day and newest.detector_sha256 == self._detector_sha256:
            return newest
        camera.days.append(DayProfile(day=day, detector_sha256=self._detector_sha256))
        if newest is not None and newest.day < day:
            self._judge_last_before(day, camera)
        return camera.days[-1]

    def _judge_last_before(self, today: date, camera: CameraDays) -> None:
        finished_days = [one for one in camera.days if one.day < today]
        if not finished_days:
            return
        *earlier, finished = finished_days
        day, verdict = finished.day, judge(finished, earlier)
        if verdict.not_judged_because is not None:
            fields = {"action": "drift_not_judged", "camera_id": camera.camera_id, "day": day.isoformat()}
            logger.info("Day not judged", extra=fields | {"reason": verdict.not_judged_because})
        elif verdict.departures:
            what = "; ".join(str(departure) for departure in verdict.departures)
            self._problems.report(
                ProblemCode.DRIFT,
                f"camera {camera.camera_id} saw other things on {day.isoformat()} than it used to: {what}",
                camera_id=camera.camera_id,
            )
        else:
            self._problems.clear(ProblemCode.DRIFT, camera_id=camera.camera_id)

    def _read(self, camera_id: str) -> CameraDays:
        try:
            return self._store.read(camera_id)
        except ConfigurationError as error:
            self._problems.report(
                ProblemCode.DRIFT_PROFILE_UNREADABLE,
                f"{error}; nothing is written for it until then",
                camera_id=camera_id,
            )
            return CameraDays(camera_id=camera_id)

    def _write(self) -> None:
        self._written_at_s = self._clock.monotonic_s()
        for camera_id, days in self._cameras.items():
            if self._problems.stands(ProblemCode.DRIFT_PROFILE_UNREADABLE, camera_id=camera_id):
                continue  # an unreadable file is evidence for whoever mends it
            try:
                self._store.write(days)
            except FileError as error:
                self._problems.report(ProblemCode.DRIFT_STORE_UNWRITABLE, f"profiles cannot be written: {error}")
                return
        self._problems.clear(ProblemCode.DRIFT_STORE_UNWRITABLE)
