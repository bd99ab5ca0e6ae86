"""The box's figures in Prometheus' form, read at the moment someone asks."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from domain.fleet.health import HealthProblem, StreamState
from domain.seen.view import ViewState
from edge.health.figures import CameraFigures, StreamFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """One camera's figures at one moment."""

    figures: CameraFigures
    stream: StreamFigures
    refusals: Mapping[tuple[str, str], int]  # by (rule, reason)
    plates: Mapping[tuple[str, str], int]  # of cases' vehicles, by (status, reason)
    broken: bool  # its tracking and rules wait for their restart
    config_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxView:
    """The whole box's figures at one moment."""

    cameras: Mapping[str, CameraView]
    outbox_cases: Mapping[str, int]  # by outbox state
    analysis_idle_s: float  # since the analysis last went round
    broker_connected: bool
    problems: tuple[HealthProblem, ...]
    refused_pictures: int  # of reminders, by the centre
    clock_steps: int  # how often the box's own clock was set while it ran
    clock_synchronised: bool | None  # whether something keeps the box's clock right; None: not known
    now_s: float  # monotonic


class BoxCollector(Collector):
    """Turns a view of the box into Prometheus metrics.

    Args:
        view: the box as it is now.
    """

    def __init__(self, view: Callable[[], BoxView]) -> None:
        self._view = view

    def collect(self) -> Iterable[Metric]:
        """All metrics of this moment."""
        view = self._view()
        yield from _per_camera(view.cameras)
        yield _by_rule_and_reason(view.cameras)
        yield _stream_states(view.cameras)
        yield _view_states(view.cameras)
        yield _cases(view.cameras)
        yield _alerts(view.cameras)
        yield _reminders(view.cameras)
        yield CounterMetricFamily(
            "matthan_reminder_pictures_refused",
            "Pictures of reminders that the centre refused.",
            value=view.refused_pictures,
        )
        yield _plates(view.cameras)
        yield _problems(view.problems)
        yield _judged_ago(view)
        yield from _clock(view)
        outbox = GaugeMetricFamily("matthan_outbox_cases", "Cases that the centre has not got yet.", labels=["state"])
        for state, count in view.outbox_cases.items():
            outbox.add_metric([state], count)
        yield outbox
        yield GaugeMetricFamily(
            "matthan_analysis_idle_seconds", "Since the analysis last went round.", value=view.analysis_idle_s
        )
        yield GaugeMetricFamily(
            "matthan_broker_connected", "1 while the broker is connected.", value=float(view.broker_connected)
        )


def registry_of(view: Callable[[], BoxView]) -> CollectorRegistry:
    """A registry of its own for one box, so that two boxes fit into one process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(BoxCollector(view))
    return registry


_COUNTERS: Mapping[str, tuple[str, Callable[[CameraView], float]]] = {
    "matthan_frames_decoded": ("Pictures decoded.", lambda v: v.stream.decoded_frames),
    "matthan_frames_dropped": ("Pictures replaced by a newer one unread.", lambda v: v.stream.dropped_frames),
    "matthan_frames_damaged": ("Pictures with holes, never looked at.", lambda v: v.stream.damaged_frames),
    "matthan_frames_analysed": ("Pictures looked at and judged.", lambda v: v.figures.analysed_frames),
    "matthan_frames_out_of_order": (
        "Pictures no newer than the last one, never judged.",
        lambda v: v.figures.frames_out_of_order,
    ),
    "matthan_detection_failures": ("Pictures nobody looked at.", lambda v: v.figures.detection_failures),
    "matthan_run_failures": ("Restarts of tracking and rules.", lambda v: v.figures.run_failures),
    "matthan_handover_failures": ("Tries to store a case that failed.", lambda v: v.figures.handover_failures),
    "matthan_camera_faults": ("Exceptions that stayed in the camera.", lambda v: v.figures.faults),
    "matthan_frames_shed": ("Pictures not decoded, the box being behind.", lambda v: v.stream.shed_frames),
    "matthan_frames_refused": ("Pictures decoded without a usable time.", lambda v: v.stream.refused_frames),
    "matthan_frames_lost": ("Pictures that never came, where known.", lambda v: v.stream.lost_frames),
    "matthan_rtp_packets_lost": ("RTP packets that never came.", lambda v: v.stream.lost_rtp_packets),
    "matthan_damaged_stretches": ("Losses, each up to the next keyframe.", lambda v: v.stream.damaged_stretches),
    "matthan_stamp_outliers": ("Single time stamps far from their neighbours.", lambda v: v.stream.stamp_outliers),
    "matthan_clock_epochs": ("Times a camera's time began anew.", lambda v: v.stream.epochs),
    "matthan_stream_reconnects": ("Times the stream came back.", lambda v: v.stream.reconnects),
}
_GAUGES: Mapping[str, tuple[str, Callable[[CameraView], float]]] = {
    "matthan_camera_config_version": ("Version of the camera's file that runs.", lambda v: v.config_version),
    "matthan_ring_bytes": ("Original video kept in memory.", lambda v: v.stream.ring_bytes),
    "matthan_analysis_lag_seconds": ("Capture to judgement, newest picture.", lambda v: v.figures.lag_s),
    "matthan_findings_unstored": ("Findings that wait in memory.", lambda v: v.figures.unstored_findings),
    "matthan_run_broken": ("1 while tracking and rules wait for their restart.", lambda v: float(v.broken)),
}


def _per_camera(cameras: Mapping[str, CameraView]) -> Iterable[Metric]:
    for name, (text, value) in _COUNTERS.items():
        counter = CounterMetricFamily(name, text, labels=["camera"])
        for camera_id, view in cameras.items():
            counter.add_metric([camera_id], value(view))
        yield counter
    for name, (text, value) in _GAUGES.items():
        gauge = GaugeMetricFamily(name, text, labels=["camera"])
        for camera_id, view in cameras.items():
            gauge.add_metric([camera_id], value(view))
        yield gauge


def _by_rule_and_reason(cameras: Mapping[str, CameraView]) -> Metric:
    family = CounterMetricFamily(
        "matthan_rule_refusals", "Acts a rule did not call a case, and why.", labels=["camera", "rule", "reason"]
    )
    for camera_id, view in cameras.items():
        for (rule, reason), count in view.refusals.items():
            family.add_metric([camera_id, rule, reason], count)
    return family


def _stream_states(cameras: Mapping[str, CameraView]) -> Metric:
    family = GaugeMetricFamily("matthan_stream_state", "1 for the state a stream is in.", labels=["camera", "state"])
    for camera_id, view in cameras.items():
        for state in StreamState:
            family.add_metric([camera_id, state.value], float(view.stream.state is state))
    return family


def _view_states(cameras: Mapping[str, CameraView]) -> Metric:
    family = GaugeMetricFamily("matthan_view_state", "1 for what is believed of a view.", labels=["camera", "state"])
    for camera_id, view in cameras.items():
        for state in ViewState:
            family.add_metric([camera_id, state.value], float(view.figures.view.state is state))
    return family


def _cases(cameras: Mapping[str, CameraView]) -> Metric:
    family = CounterMetricFamily("matthan_cases", "Cases found.", labels=["camera", "code"])
    for camera_id, view in cameras.items():
        for code, count in dict(view.figures.cases).items():
            family.add_metric([camera_id, code], count)
    return family


def _alerts(cameras: Mapping[str, CameraView]) -> Metric:
    family = CounterMetricFamily("matthan_alerts", "Alerts that began.", labels=["camera", "rule"])
    for camera_id, view in cameras.items():
        for rule, count in dict(view.figures.alerts).items():
            family.add_metric([camera_id, rule], count)
    return family


def _reminders(cameras: Mapping[str, CameraView]) -> Metric:
    family = CounterMetricFamily("matthan_reminders", "Reminders that began.", labels=["camera", "rule"])
    for camera_id, view in cameras.items():
        for rule, count in dict(view.figures.reminders).items():
            family.add_metric([camera_id, rule], count)
    return family


def _problems(problems: Iterable[HealthProblem]) -> Metric:
    family = GaugeMetricFamily(
        "matthan_problems", "Problems that stand now; camera is empty for the box's own.", labels=["code", "camera"]
    )
    for (code, camera_id), count in Counter((one.code, one.camera_id or "") for one in problems).items():
        family.add_metric([code, camera_id], count)
    return family


def _judged_ago(view: BoxView) -> Metric:
    family = GaugeMetricFamily("matthan_judged_ago_seconds", "Since a picture was last judged.", labels=["camera"])
    for camera_id, camera in view.cameras.items():
        if camera.figures.judged_at_s is not None:
            family.add_metric([camera_id], max(0.0, view.now_s - camera.figures.judged_at_s))
    return family


def _clock(view: BoxView) -> Iterable[Metric]:
    errors = GaugeMetricFamily(
        "matthan_clock_error_seconds", "How sure the newest judged picture's time is, where known.", labels=["camera"]
    )
    for camera_id, camera in view.cameras.items():
        if camera.figures.clock_error_ms is not None:
            errors.add_metric([camera_id], camera.figures.clock_error_ms / 1000)
    yield errors
    yield CounterMetricFamily("matthan_box_clock_steps", "Times the box's clock was set.", value=view.clock_steps)
    if view.clock_synchronised is not None:
        yield GaugeMetricFamily(
            "matthan_box_clock_synchronised", "1 while the box's clock is kept right.", value=view.clock_synchronised
        )


def _plates(cameras: Mapping[str, CameraView]) -> Metric:
    family = CounterMetricFamily(
        "matthan_plates", "Cases by whether their plate was read, and why not.", labels=["camera", "status", "reason"]
    )
    for camera_id, view in cameras.items():
        for (status, reason), count in view.plates.items():
            family.add_metric([camera_id, status, reason], count)
    return family
