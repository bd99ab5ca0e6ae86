"""Pavements before a camera: changed ground as the surface look tells it, furniture and people as tracks."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.camera import CameraConfig, Mode, RuleUse, ZoneKind
from domain.cases.case import Case
from domain.event import Hold, Release
from domain.geometry import BoxPx
from domain.reminder import Reminder
from domain.seen.looks import SurfaceChange, SurfaceReading, SurfaceUnknown
from domain.seen.scene import Scene
from domain.seen.track import Track, TrackPoint
from rules.acts.memory import CameraMemory
from rules.outcome import RuleOutput
from tests.builders.drives import SIZE_WH, CameraBuilder, at, engine_for

ZONE = "pavement-1"
STALL: BoxPx = (700, 500, 900, 640)
BESIDE: BoxPx = (1200, 500, 1400, 640)
SELLER: BoxPx = (740, 400, 800, 620)
MINUTE = 60.0


def pavement_camera(
    code: str = "PAVEMENT_TRADE",
    *,
    kind: ZoneKind = ZoneKind.PAVEMENT,
    use: RuleUse | None = None,
    **parameters: object,
) -> CameraConfig:
    """A camera over one zone with one rule about what occupies it."""
    builder = CameraBuilder().zone(
        ZONE, kind, (0.1, 0.3), (0.9, 0.3), (0.9, 0.8), (0.1, 0.8), instrument="QĐ 12/2026, 02.01.2026"
    )
    return (builder.use(use) if use is not None else builder.rule(code, **parameters)).build()


def rule_use(code: str, **more: object) -> RuleUse:
    """A use of a rule from the first of January on."""
    return RuleUse.model_validate({"rule": code, "mode": Mode.ENFORCE, "valid_from": "2026-01-01", **more})


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something that a detector finds in one place, in spans of seconds; every second."""

    box: BoxPx
    label: str
    spans: Sequence[tuple[float, float]]
    track_id: int

    def track(self, second: float) -> Track | None:
        """As a tracker gives it: the last ten sightings; a span is a track of its own."""
        for number, (start, end) in enumerate(self.spans):
            if start <= second <= end:
                first = max(start, second - 9)
                points = tuple(
                    TrackPoint(at=at(first + index), box_xyxy_px=self.box, score=0.8)
                    for index in range(int(second - first) + 1)
                )
                return Track(
                    track_id=self.track_id * 100 + number,
                    label=self.label,
                    label_share=1.0,
                    first_seen_at=at(start),
                    points=points,
                    observed=True,
                )
        return None


@dataclass(frozen=True, kw_only=True)
class Pavement:
    """What happens on it, by second: changed ground, when nothing is known of it, and things that detectors find."""

    changed: Sequence[tuple[BoxPx, float, float]] = ()  # box, from, to
    unknown: Sequence[tuple[float, float]] = ()  # the ground cannot be read
    things: Sequence[Thing] = ()
    share: float = 0.06  # of the zone, each changed part
    zone_id: str = ZONE

    def scenes(self, until_s: float, *, from_s: float = 0.0, step_s: float = 5.0) -> Iterator[Scene]:
        """One a step, each with a new reading."""
        second = from_s
        while second <= until_s:
            yield self.scene(second)
            second = round(second + step_s, 3)

    def scene(self, second: float) -> Scene:
        """What is seen at a second."""
        tracks = tuple(track for thing in self.things if (track := thing.track(second)) is not None)
        return Scene(
            camera_id="cam-1",
            at=at(second),
            clock_error_ms=20.0,
            resolution_wh=SIZE_WH,
            tracks=tracks,
            signals={},
            surfaces={self.zone_id: self.reading(second)},
        )

    def reading(self, second: float) -> SurfaceReading:
        """The look at the ground at a second."""
        if any(start <= second < end for start, end in self.unknown):
            return SurfaceReading(zone_id=self.zone_id, at=at(second), unknown=SurfaceUnknown.DARK)
        changes = tuple(
            SurfaceChange(box_xyxy_px=box, share_of_zone=self.share, strength=2.0, since=at(start), covered=False)
            for box, start, end in self.changed
            if start <= second < end
        )
        return SurfaceReading(zone_id=self.zone_id, at=at(second), changes=changes)


@dataclass
class Told:
    """What an engine said about places."""

    outputs: list[RuleOutput] = field(default_factory=list)
    refusals: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def reminders(self) -> list[Reminder]:
        """Every message, in order."""
        return [one for one in self.outputs if isinstance(one, Reminder)]

    @property
    def newest(self) -> dict[str, Reminder]:
        """The newest message of each reminder."""
        return {str(one.reminder_id): one for one in self.reminders}

    @property
    def states(self) -> list[list[str]]:
        """The life of each reminder."""
        return [[step.state.value for step in one.steps] for one in self.newest.values()]

    @property
    def cases(self) -> list[str]:
        """Offences of the cases."""
        return [one.violation.code for one in self.outputs if isinstance(one, Case)]

    @property
    def still_held(self) -> set[str]:
        """Keys of moments that were held and not let go."""
        held: set[str] = set()
        for one in self.outputs:
            if isinstance(one, Hold):
                held.add(one.key)
            elif isinstance(one, Release):
                held.discard(one.key)
        return held


def tell(camera: CameraConfig, scenes: Iterable[Scene], restart_at: Callable[[Scene], bool] = lambda _: False) -> Told:
    """Run scenes through an engine; before those that ``restart_at`` names the process begins anew from its memory."""
    memory = CameraMemory()
    engine, told = engine_for(camera, memory=memory), Told()
    for scene in scenes:
        if restart_at(scene):
            told.outputs += engine.finish()
            memory = CameraMemory.from_document(memory.document("cam-1"), "cam-1")
            engine = engine_for(camera, memory=memory)
        told.outputs += engine.step(scene)
    told.outputs += engine.finish()
    told.refusals = engine.refusals
    return told
