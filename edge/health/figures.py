"""What a camera's part of the box has done so far, in numbers that only grow."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from detectors.view.finding import Finding
from domain.fleet.health import SourceFault, StreamState
from domain.seen.view import ViewState
from edge.health.quarters import Quarters


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFigures:
    """What a camera's stream has done and how it is."""

    state: StreamState
    state_reason: str = ""
    decoded_frames: int = 0
    dropped_frames: int = 0  # were due, and replaced by a newer one before anybody took them
    damaged_frames: int = 0  # could not be decoded, or only with holes
    reconnects: int = 0
    ring_bytes: int = 0
    shed_frames: int = 0  # not decoded, because the box could not keep up
    refused_frames: int = 0  # decoded, but without a time that could be used
    lost_frames: int = 0  # never came, though others refer to them; where that can be known
    lost_rtp_packets: int = 0
    damaged_stretches: int = 0
    stamp_outliers: int = 0
    epochs: int = 0  # how often times began anew
    faults: tuple[SourceFault, ...] = ()  # what is wrong with the stream now

    def after(self, earlier: "StreamFigures") -> "StreamFigures":
        """These figures on top of those of a source that is gone."""
        return replace(self, **{name: getattr(earlier, name) + getattr(self, name) for name in _GROWING})


_GROWING = (
    "decoded_frames",
    "dropped_frames",
    "damaged_frames",
    "reconnects",
    "shed_frames",
    "refused_frames",
    "lost_frames",
    "lost_rtp_packets",
    "damaged_stretches",
    "stamp_outliers",
    "epochs",
)


@dataclass(slots=True, kw_only=True)
class CameraFigures:
    """Counts of one camera since the process started; they survive a reload of the camera.

    The analysis thread writes, everyone else only reads.
    """

    analysed_frames: int = 0
    detection_failures: int = 0  # pictures that no one looked at because the inference failed
    frames_out_of_order: int = 0  # pictures no newer than the last one, never judged
    run_failures: int = 0  # times the camera's tracking and rules had to be started anew
    faults: int = 0  # exceptions outside tracking and rules that stayed in this camera
    handover_failures: int = 0  # tries to store a case that failed
    unstored_findings: int = 0  # that wait in memory now
    cases: Counter[str] = field(default_factory=Counter)  # by violation code
    cases_by_rule: Counter[str] = field(default_factory=Counter)  # the same by the rule that found them
    alerts: Counter[str] = field(default_factory=Counter)  # that began, by rule
    reminders: Counter[str] = field(default_factory=Counter)  # that began, by rule
    quarters: Quarters = field(default_factory=Quarters)  # vehicles by place, for the counts
    finished_refusals: Counter[tuple[str, str]] = field(default_factory=Counter)  # of runs that are gone
    finished_recall: Counter[tuple[str, str]] = field(default_factory=Counter)  # the same of what rules had before them
    judged_at_s: float | None = None  # monotonic; when a picture was last judged
    clock_error_ms: float | None = None  # of the newest judged picture
    misfitting_lamps: tuple[str, ...] = ()  # signals whose region does not fit their lamp, by the newest picture
    broken_lamps: tuple[str, ...] = ()  # signals that do not behave as a light, and how; by the newest picture
    unread_lamps: tuple[str, ...] = ()  # signals of whose light nothing was read for minutes; by the newest picture
    unread_surfaces: tuple[str, ...] = ()  # zones whose ground no network looks at though a rule asks for it
    view: Finding = field(default_factory=lambda: Finding(state=ViewState.UNKNOWN))  # what is believed of its view
    view_learned: bool = False  # whether anything of it is, in any light
    lag_s: float = 0.0  # from capture to the end of the rules, of the newest analysed picture


class PlateFigures:
    """How many cases' plates were agreed or not, and why not, by camera; since the process started, from any thread.

    Examples:
        >>> figures = PlateFigures()
        >>> figures.note("cam-1", status="unread", reason="too small")
        >>> figures.of("cam-1")
        {('unread', 'too small'): 1}
        >>> figures.of("cam-2")
        {}
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[tuple[str, str]]] = {}

    def note(self, camera_id: str, *, status: str, reason: str | None) -> None:
        """Count a case whose package is ready; the plate itself goes nowhere."""
        with self._lock:
            self._counts.setdefault(camera_id, Counter())[status, reason or ""] += 1

    def of(self, camera_id: str) -> Mapping[tuple[str, str], int]:
        """Counts by status and reason."""
        with self._lock:
            return dict(self._counts.get(camera_id, {}))
