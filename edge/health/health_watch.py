"""Puts what is wrong with cameras, analysis and the box's own clock on the problem board, about once a second."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from domain.camera import CameraConfig
from domain.fleet.health import ProblemCode
from domain.instants import Clock
from edge.health.camera_health import CameraHealth, Limits
from edge.health.clock_sync import ClockSync
from edge.health.metrics import BoxView
from edge.health.problems import ProblemBoard

_STEP_S: Final = 0.5  # clocks are slewed by less; beyond it somebody has set ours
_READINGS: Final = 5
_AGREE_S: Final = 0.05
_STEP_STANDS_S: Final = 600.0
_WATCHED: Final = frozenset(
    {
        ProblemCode.CAMERA_LOST,
        ProblemCode.CAMERA_STALLED,
        ProblemCode.NOT_JUDGED,
        ProblemCode.UNDECODABLE,
        ProblemCode.DAMAGED_STRETCH,
        ProblemCode.STAMPS_UNUSABLE,
        ProblemCode.STREAMS_UNPAIRED,
        ProblemCode.CAMERA_CLOCK_WRONG,
        ProblemCode.RULES_SUSPENDED,
        ProblemCode.VIEW_UNSTEADY,
        ProblemCode.VIEW_NOT_LEARNED,
        ProblemCode.VIEW_MOVED,
        ProblemCode.VIEW_COVERED,
        ProblemCode.VIEW_BLURRED,
        ProblemCode.VIEW_BLINDED,
        ProblemCode.PICTURE_FROZEN,
        ProblemCode.DETECTION_FAILING,
        ProblemCode.ANALYSIS_BEHIND,
        ProblemCode.LAMP_REGION_MISFIT,
        ProblemCode.LAMP_CYCLE_BROKEN,
        ProblemCode.LAMP_UNREAD,
        ProblemCode.SURFACE_UNREAD,
    }
)
"""What this watch reports of cameras, and clears."""


class HealthWatch:
    """Looks at a box's figures and names what is wrong. Safe to call from several threads.

    Args:
        problems: where it is named.
        clock: wall and monotonic time.
        clock_sync: what the system says of the box's clock.
        judged_within_s: every camera has to have a picture judged so often.
        stuck_after_s: analysis that has not gone round for so long is stuck.
    """

    def __init__(
        self,
        *,
        problems: ProblemBoard,
        clock: Clock,
        clock_sync: ClockSync,
        judged_within_s: float,
        stuck_after_s: float,
    ) -> None:
        self._problems = problems
        self._clock = clock
        self._clock_sync = clock_sync
        self._judged_within_s = judged_within_s
        self.stuck_after_s = stuck_after_s
        self._lock = threading.Lock()
        self._cameras: dict[str, CameraHealth] = {}
        self._wall_minus_mono_s: float | None = None
        self._stepped_at_s: float | None = None
        self.clock_steps = 0

    def look(self, view: BoxView, configs: Mapping[str, CameraConfig], *, alive: bool) -> None:
        """Report what is wrong now, and clear what is over.

        Args:
            view: the box's figures of this moment.
            configs: of the cameras in it that have not ended.
            alive: whether the analysis runs at all.
        """
        with self._lock:
            now_s = self._clock.monotonic_s()
            for camera_id in self._cameras.keys() - configs.keys():
                del self._cameras[camera_id]
                self._clear_camera(camera_id)
            for camera_id, config in configs.items():
                self._look_at_camera(camera_id, config, view, now_s)
            if view.analysis_idle_s > self.stuck_after_s or not alive:
                self._problems.report(ProblemCode.ANALYSIS_STUCK, "the analysis of all cameras has stopped")
            else:
                self._problems.clear(ProblemCode.ANALYSIS_STUCK)
            self._look_at_clock(now_s)

    def _look_at_camera(self, camera_id: str, config: CameraConfig, view: BoxView, now_s: float) -> None:
        health = self._cameras.setdefault(camera_id, CameraHealth(now_s))
        limits = Limits(
            judged_within_s=self._judged_within_s,
            analysed_fps=config.stream.analysed_fps,
            clock_error_ms=config.stream.clock_offset_limit_ms,
        )
        found: set[ProblemCode] = set()
        for fault in health.faults(view.cameras[camera_id], limits, now_s):
            if fault.code in found:
                continue
            found.add(fault.code)
            self._problems.report(fault.code, fault.text, camera_id=camera_id, remedy=fault.remedy)
        for code in _WATCHED - found:
            self._problems.clear(code, camera_id=camera_id)

    def _clear_camera(self, camera_id: str) -> None:
        for code in _WATCHED:
            self._problems.clear(code, camera_id=camera_id)

    def _look_at_clock(self, now_s: float) -> None:
        known_s, read_s = self._wall_minus_mono_s, self._read_clocks()
        self._wall_minus_mono_s = read_s
        if known_s is not None and abs(read_s - known_s) > _STEP_S:
            self.clock_steps += 1
            self._stepped_at_s = now_s
            way = "ahead" if read_s > known_s else "back"
            by = timedelta(seconds=round(abs(read_s - known_s)))
            self._problems.report(
                ProblemCode.BOX_CLOCK_STEPPED, f"the box's clock was set {way} by {by}; acts in progress were ended"
            )
        elif self._stepped_at_s is not None and now_s - self._stepped_at_s > _STEP_STANDS_S:
            self._stepped_at_s = None
            self._problems.clear(ProblemCode.BOX_CLOCK_STEPPED)
        if self._clock_sync.synchronised is False:
            self._problems.report(ProblemCode.BOX_CLOCK_UNSYNCHRONISED, self._clock_sync.text)
        else:
            self._problems.clear(ProblemCode.BOX_CLOCK_UNSYNCHRONISED)

    def _read_clocks(self) -> float:
        """Wall time less monotonic time in seconds, both of one moment."""
        read_s = self._wall_minus_mono_s
        for _ in range(_READINGS):
            before_s, read_s = read_s, self._clock.now().timestamp() - self._clock.monotonic_s()
            if before_s is not None and abs(read_s - before_s) < _AGREE_S:
                break  # else the clock was set, or this thread was held up between the two readings
        return read_s or 0.0
