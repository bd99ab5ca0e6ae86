"""Scripted vehicles before a camera: their tracks as scenes, or their boxes as detections."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from domain.alert import Alert
from domain.camera import (
    CalendarEntry,
    CameraConfig,
    GroundPoint,
    Line,
    LineKind,
    Mode,
    Movement,
    Position,
    RuleUse,
    Signal,
    Stream,
    Turn,
    VehicleSide,
    Zone,
    ZoneKind,
)
from domain.cases.case import Case
from domain.cases.precision import Precision
from domain.event import Hold, Passage, Release
from domain.geometry import BoxPx, PointNorm, SizeWh
from domain.law.catalogue import built_in_catalogue
from domain.model_ref import ModelRef
from domain.reminder import Reminder
from domain.seen.detections import Detections
from domain.seen.looks import SurfaceReading, WaterReading
from domain.seen.riders import HeadWear, RiderLooks, RiderSeen, RidersLook
from domain.seen.scene import Scene
from domain.seen.timeline import SignalState, SignalTimeline
from domain.seen.track import Track, TrackPoint
from domain.seen.view import ViewState
from edge.run.seen import Seen
from rules.acts.memory import CameraMemory
from rules.engine import RuleEngine
from rules.outcome import RuleOutput
from rules.proof import MeasuredFigures

START = datetime(2026, 1, 5, 1, tzinfo=UTC)  # eight in the morning in Hue
SIZE_WH = (1920, 1080)
MAX_POINTS = 64
LABELS = ("bicycle", "bus", "car", "motorcycle", "person", "truck")

HEADS = ModelRef(name="heads", sha256="4" * 64)
"""The weights that look at riders here."""

PROVEN: MeasuredFigures = {
    HEADS.sha256: dict.fromkeys(("bare", *(f"riders_{n}" for n in range(1, 5))), Precision(right=198, judged=200))
}
"""Of them everything is proven; {}: nothing is."""

RED = ((-60.0, "green"), (-30.0, "red"))
"""Red is shown all the time, and its beginning was reported."""


def at(second: float) -> datetime:
    """The instant so many seconds after the start."""
    return START + timedelta(seconds=second)


def box_at(x_px: float, bottom_px: float, *, width_px: float = 100, height_px: float = 120) -> BoxPx:
    """A box by the middle of its lower edge."""
    return (x_px - width_px / 2, bottom_px - height_px, x_px + width_px / 2, bottom_px)


@dataclass(frozen=True, kw_only=True)
class Drive:
    """One track's sightings: (second, box), in order."""

    track_id: int
    sightings: Sequence[tuple[float, BoxPx]]
    label: str = "car"
    label_share: float = 1.0
    riders: Sequence[HeadWear] = ()  # a motorcycle's: what each wears, whenever somebody looks
    looks_every_s: float = 1.0

    def look(self, now_s: float) -> RidersLook | None:
        """The look at its riders at an instant; None: nobody looks then."""
        index = bisect_left(self._seconds, now_s)
        if not self.riders or index == len(self._seconds) or self._seconds[index] != now_s:
            return None
        is_time = index == 0 or now_s // self.looks_every_s > self._seconds[index - 1] // self.looks_every_s
        return ridden(self.sightings[index][1], self.riders) if is_time else None

    def track(self, now_s: float, *, keep_s: float) -> Track | None:
        """The track as a tracker would give it at an instant; None before its first sighting and after its end."""
        count = bisect_right(self._seconds, now_s)
        if not count or now_s - self._seconds[count - 1] > keep_s:
            return None
        return Track(
            track_id=self.track_id,
            label=self.label,
            label_share=self.label_share,
            first_seen_at=self._points[0].at,
            points=self._points[max(0, count - MAX_POINTS) : count],
            observed=self._seconds[count - 1] == now_s,
        )

    @cached_property
    def _seconds(self) -> list[float]:
        seconds = [second for second, _ in self.sightings]
        assert seconds == sorted(seconds)
        return seconds

    @cached_property
    def _points(self) -> tuple[TrackPoint, ...]:
        return tuple(TrackPoint(at=at(second), box_xyxy_px=box, score=0.9) for second, box in self.sightings)


def ridden(box: BoxPx, wears: Sequence[HeadWear]) -> RidersLook:
    """A look at the riders of a motorcycle, who sit side by side."""
    x1, y1, x2, y2 = box
    wide, tall = (x2 - x1) / len(wears), y2 - y1
    riders = tuple(
        RiderSeen(
            person_xyxy_px=(x1 + number * wide, y1 - 0.4 * tall, x1 + (number + 1) * wide, y1 + 0.6 * tall),
            head_xyxy_px=(x1 + number * wide, y1 - 0.4 * tall, x1 + (number + 1) * wide, y1),
            wear=wear,
            confidence=0.9,
            sharpness=200.0,
        )
        for number, wear in enumerate(wears)
    )
    return RidersLook(motorcycle_xyxy_px=box, count=len(riders), riders=riders)


def path(
    places: Callable[[float], tuple[float, float]], seconds: Iterable[float], **box: float
) -> list[tuple[float, BoxPx]]:
    """Sightings along a way: ``places`` gives the middle of the lower edge at a second."""
    return [(second, box_at(*places(second), **box)) for second in seconds]


def every(step_s: float, start_s: float, end_s: float) -> list[float]:
    """Evenly spaced seconds, both ends included."""
    return [round(start_s + index * step_s, 3) for index in range(round((end_s - start_s) / step_s) + 1)]


def scenes(
    drives: Sequence[Drive],
    seconds: Iterable[float] | None = None,
    *,
    signal: Sequence[tuple[float, str]] = RED,
    max_age_s: float | None = None,
    keep_s: float = 2.0,
    clock_error_ms: Callable[[float], float | None] = lambda _: None,
    view: Callable[[float], ViewState] = lambda _: ViewState.UNKNOWN,
    surfaces: Callable[[float], Mapping[str, SurfaceReading]] = lambda _: {},
    waters: Callable[[float], Mapping[str, WaterReading]] = lambda _: {},
    size_wh: SizeWh = SIZE_WH,
    others: Mapping[str, Sequence[tuple[float, str]]] = MappingProxyType({}),
    goes_on_s: float = 0.0,
) -> Iterator[Scene]:
    """Scenes at the given seconds (all sightings' seconds by default); the signals are reported as time goes by.

    With ``goes_on_s`` the pictures go on for so long after the last of them.
    """
    wanted = sorted({second for drive in drives for second, _ in drive.sightings}) if seconds is None else list(seconds)
    wanted += [wanted[-1] + later_s for later_s in every(0.2, 0.2, goes_on_s)]
    told = {"S1": signal, **others}
    timelines = {name: SignalTimeline(signal_id=name, max_age_s=max_age_s) for name in told}
    reports = sorted((reported_s, name, state) for name, states in told.items() for reported_s, state in states)
    for second in wanted:
        while reports and reports[0][0] <= second:
            reported_s, name, state = reports.pop(0)
            timelines[name].record(at(reported_s), SignalState(state))
        tracks = tuple(track for drive in drives if (track := drive.track(second, keep_s=keep_s)) is not None)
        looks = tuple(look for drive in drives if (look := drive.look(second)) is not None)
        yield Scene(
            camera_id="cam-1",
            at=at(second),
            clock_error_ms=clock_error_ms(second),
            resolution_wh=size_wh,
            tracks=tracks,
            signals=timelines,
            view=view(second),
            surfaces=surfaces(second),
            waters=waters(second),
            riders=RiderLooks(model=HEADS, looks=looks) if looks else None,
        )


@dataclass
class CameraBuilder:
    """A camera over a junction: a level stop line at half height, traffic going up the picture."""

    rules: list[RuleUse] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    ground: list[GroundPoint] = field(default_factory=list)
    calendar: list[CalendarEntry] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    stop_from: float = 0.1  # share of the picture's width at which the stop line begins
    gate: str | None = None  # of the stop line
    max_age_s: float | None = None
    sees: VehicleSide | None = VehicleSide.FRONTS  # bounding boxes' lower edges are the fronts, whatever their way

    def rule(self, code: str, /, *, valid_from: date = date(2026, 1, 1), **parameters: Any) -> "CameraBuilder":
        """Add a rule; the two at the line get the line."""
        given = {"line": "stop", **parameters} if code in {"RED_LIGHT", "STOP_LINE"} else parameters
        self.rules.append(RuleUse(rule=code, mode=Mode.ENFORCE, valid_from=valid_from, parameters=given))
        return self

    def use(self, use: RuleUse) -> "CameraBuilder":
        """Add a rule's use as it is."""
        self.rules.append(use)
        return self

    def zone(self, zone_id: str, kind: ZoneKind, *corners: tuple[float, float], **more: Any) -> "CameraBuilder":
        """Add a zone."""
        self.zones.append(Zone(id=zone_id, kind=kind, polygon_norm=corners, **more))
        return self

    def line(
        self, line_id: str, kind: LineKind, start: PointNorm, end: PointNorm, *, beyond: PointNorm
    ) -> "CameraBuilder":
        """Add a line beside the stop line."""
        self.lines.append(Line(id=line_id, kind=kind, points_norm=(start, end), beyond_norm=beyond))
        return self

    def signal(self, signal_id: str) -> "CameraBuilder":
        """Add a signal beside the stop line's."""
        self.signals.append(Signal(id=signal_id, source="feed", max_age_s=self.max_age_s))
        return self

    def movement(self, movement_id: str, from_gate: str, to_gate: str, turn: Turn, **more: Any) -> "CameraBuilder":
        """Add a way through the junction."""
        self.movements.append(
            Movement(id=movement_id, from_gate=from_gate, to_gate=to_gate, turn=turn, **{"banned": True, **more})
        )
        return self

    def ground_points(self, *points: tuple[tuple[float, float], tuple[float, float]]) -> "CameraBuilder":
        """Add measured points."""
        self.ground += [GroundPoint(image_norm=image, road_m=road) for image, road in points]
        return self

    def build(self) -> CameraConfig:
        """The configuration."""
        return CameraConfig(
            id="cam-1",
            version=3,
            name="Ngã tư Hùng Vương",
            road="Hùng Vương",
            ward="Thuận Hóa",
            direction="northbound",
            position=Position(latitude_deg=16.46, longitude_deg=107.59),
            heading_deg=10,
            stream=Stream(url="file:clip.mp4"),
            sees=self.sees,
            reference_still_wh=SIZE_WH,
            zones=tuple(self.zones),
            lines=(
                Line(
                    id="stop",
                    kind="stop_line",
                    points_norm=((self.stop_from, 0.5), (0.9, 0.5)),
                    beyond_norm=(0.5, 0.1),
                    signal="S1",
                    gate=self.gate,
                    instrument="line photographed 2026-01-02",
                ),
                *self.lines,
            ),
            movements=tuple(self.movements),
            signals=(Signal(id="S1", source="feed", max_age_s=self.max_age_s), *self.signals),
            ground_points=tuple(self.ground),
            calendar=tuple(self.calendar),
            rules=tuple(self.rules),
        )


def engine_for(
    camera: CameraConfig, *, memory: CameraMemory | None = None, figures: MeasuredFigures = PROVEN
) -> RuleEngine:
    """An engine with the built-in catalogue."""
    return RuleEngine(
        camera=camera,
        box_id="box-1",
        catalogue=built_in_catalogue(),
        detector=None,
        tracker="scripted/1",
        software_version="0.0",
        memory=memory,
        figures=figures,
    )


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What an engine said over a run."""

    outputs: tuple[RuleOutput, ...]
    cases: tuple[Case, ...]
    alerts: tuple[Alert, ...]  # each when it began and when it ended
    passages: tuple[Passage, ...]  # what was counted
    reminders: tuple[Reminder, ...]  # each time its state changed
    held: Mapping[str, datetime]
    released: tuple[str, ...]
    refusals: Mapping[tuple[str, str], int]

    @property
    def codes(self) -> list[str]:
        """The cases' offences, in order."""
        return [case.violation.code for case in self.cases]

    def refused(self, code: str) -> dict[str, int]:
        """Reasons of one rule."""
        return {reason: count for (rule, reason), count in self.refusals.items() if rule == code}


def run(camera: CameraConfig, pictures: Iterable[Scene], *, figures: MeasuredFigures = PROVEN) -> Findings:
    """Run scenes through an engine, to the end of the stream."""
    engine = engine_for(camera, figures=figures)
    outputs: list[RuleOutput] = []
    for scene in pictures:
        outputs += engine.step(scene)
    outputs += engine.finish()
    return Findings(
        outputs=tuple(outputs),
        cases=tuple(item for item in outputs if isinstance(item, Case)),
        alerts=tuple(item for item in outputs if isinstance(item, Alert)),
        passages=tuple(item for item in outputs if isinstance(item, Passage)),
        reminders=tuple(item for item in outputs if isinstance(item, Reminder)),
        held={item.key: item.at for item in outputs if isinstance(item, Hold)},
        released=tuple(item.key for item in outputs if isinstance(item, Release)),
        refusals=engine.refusals,
    )


def detections(boxes: Sequence[tuple[BoxPx, str]]) -> Detections:
    """Boxes with their labels as a detector would give them."""
    return Detections(
        boxes_xyxy_px=np.array([box for box, _ in boxes], np.float32).reshape(-1, 4),
        scores=np.full(len(boxes), 0.9, np.float32),
        class_ids=np.array([LABELS.index(label) for _, label in boxes], np.int64),
        labels=LABELS,
    )


def seen_at(second: float, seen: Detections) -> Seen:
    """What a camera of the usual size saw at a second."""
    return Seen(camera_id="cam-1", at=at(second), clock_error_ms=None, resolution_wh=SIZE_WH, detections=seen)
