"""Traffic that flows over a stop line while its lamp reads red: most likely the lamp is misread."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError

from domain.camera import CameraConfig, Line, RuleUse
from domain.event import Event
from domain.geometry import bottom_centre
from domain.instants import seconds_between
from domain.seen.scene import Scene
from domain.seen.timeline import SignalState
from rules.facts.facts import Facts
from rules.facts.line.directed_line import DirectedLine

FLOW_ON_RED: Final = "flow_on_red"

_WINDOW_S: Final = 15.0
_VEHICLES: Final = 4  # different ones that crossed within the window
_SHARE: Final = 0.6  # of those at the line that crossed, at least
_TIMES_USUAL: Final = 2.0  # and so many times the camera's usual share
_MOST_SHARE: Final = 0.9  # no share is asked for above it, however usual crossing is
_LEARNS: Final = 0.05  # how much of one red phase is taken into the usual share
_BEYOND_BOX_HEIGHTS: Final = 1.0  # so far past the line a vehicle has crossed, and does not stand over it
_CROSSES_WITHIN_S: Final = 4.0  # from before the line to there
_LOOK_BACK_S: Final = (0.7, 2.0)  # a vehicle's way is measured over a span of this
_AT_SPEED_BOX_HEIGHTS: Final = 0.5  # more within that span, and it did not stop at the line
_STANDS_BOX_HEIGHTS: Final = 0.1  # less, and it stands
_NEAR_BOX_HEIGHTS: Final = 6.0  # before the line: whoever stands there waits at it
_SPANS: Final = 64


@dataclass(slots=True)
class _RedPhase:
    """Who crossed one line, and who waited at it, while one red is shown."""

    before: dict[int, datetime] = field(default_factory=dict)  # track -> when it was last seen before the line
    crossed: dict[int, tuple[datetime, datetime]] = field(default_factory=dict)  # track -> last before, first beyond
    waited: dict[int, datetime] = field(default_factory=dict)  # track -> when it last stood
    earlier: list[tuple[datetime, datetime]] = field(default_factory=list)  # who crossed before this run
    flows_from: datetime | None = None

    @property
    def crossings(self) -> list[tuple[datetime, datetime]]:
        """Of all who crossed, whoever saw it."""
        return [*self.earlier, *self.crossed.values()]

    def take(self, track_id: int, at: datetime, went: float, past: float, *, red_since: datetime) -> None:
        """One vehicle at the line: how far it went of late and how far it is past the line, in box heights."""
        before_at = self.before.get(track_id)
        if past <= 0.0:
            self.before[track_id] = at
        elif (
            before_at is not None
            and before_at >= red_since
            and seconds_between(before_at, at) <= _CROSSES_WITHIN_S
            and past >= _BEYOND_BOX_HEIGHTS
            and went >= _AT_SPEED_BOX_HEIGHTS
        ):
            self.crossed.setdefault(track_id, (before_at, at))
        if abs(went) <= _STANDS_BOX_HEIGHTS and -_NEAR_BOX_HEIGHTS <= past <= _BEYOND_BOX_HEIGHTS:
            self.waited[track_id] = at

    def share(self, now: datetime) -> tuple[int, float]:
        """How many crossed within the window, and their share of all who came to the line in it."""
        crossed = sum(seconds_between(past_at, now) <= _WINDOW_S for _, past_at in self.crossings)
        waited = sum(
            seconds_between(at, now) <= _WINDOW_S and track_id not in self.crossed
            for track_id, at in self.waited.items()
        )
        return crossed, crossed / max(crossed + waited, 1)


class KeptFlow(BaseModel):
    """One line's flow as it is kept; tracks have no names there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usual: float
    crossed: list[tuple[datetime, datetime]]
    flows_from: datetime | None
    spans: list[tuple[datetime, datetime]]


class _LineFlow:
    """One stop line: what is usual under red, and when traffic flowed over it all the same.

    Args:
        line: with its signal.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._signal_id = line.signal or ""
        self._usual = 0.0  # share of those at the line that cross it under red
        self._phase: _RedPhase | None = None
        self._spans: deque[tuple[datetime, datetime]] = deque(maxlen=_SPANS)

    def see(self, scene: Scene) -> None:
        reading = scene.signal_at(self._signal_id, scene.at)
        if reading.state != SignalState.RED or reading.since is None:
            if reading.state != SignalState.UNKNOWN:  # a picture or two that show nothing do not end a red
                self._end(scene.at)
            return
        phase = self._phase = self._phase or _RedPhase()
        line = DirectedLine.of(self._line, scene.resolution_wh)
        for track_id, went, past in _movements(scene, line):
            phase.take(track_id, scene.at, went, past, red_since=reading.since)
        crossed, share = phase.share(scene.at)
        least = min(max(_SHARE, _TIMES_USUAL * self._usual), _MOST_SHARE)
        if phase.flows_from is None and crossed >= _VEHICLES and share >= least:
            newest = (one for one in phase.crossings if seconds_between(one[1], scene.at) <= _WINDOW_S)
            phase.flows_from = min(before_at for before_at, _ in newest)

    def flowed(self, event: Event) -> bool:
        """Whether an act is shown while traffic flowed over the line."""
        instants = (event.began_at, *(moment.at for moment in event.moments))
        phase = self._phase
        if phase is not None and phase.flows_from is not None and max(instants) >= phase.flows_from:
            return True
        return any(start <= instant <= end for start, end in self._spans for instant in instants)

    def keep(self, shift: timedelta) -> KeptFlow:
        """What a successor must know, to doubt the lamp as this one would; in times that are so much later."""
        phase = self._phase or _RedPhase()
        return KeptFlow(
            usual=self._usual,
            crossed=[(before_at + shift, past_at + shift) for before_at, past_at in phase.crossings],
            flows_from=None if phase.flows_from is None else phase.flows_from + shift,
            spans=[(start + shift, end + shift) for start, end in self._spans],
        )

    def resume(self, kept: KeptFlow, now: datetime) -> None:
        """Go on with what a predecessor saw.

        Who waited is left out, since he is seen again under another track: rather too much flow than too little.
        """
        self._usual = kept.usual
        self._spans.extend(kept.spans)
        lately = [crossing for crossing in kept.crossed if seconds_between(crossing[1], now) <= _WINDOW_S]
        if lately:  # the same red, as far as is known: the next reading that shows another state ends it
            phase = self._phase = self._phase or _RedPhase()
            phase.earlier, phase.flows_from = lately, kept.flows_from

    def _end(self, at: datetime) -> None:
        """Red is over: what flowed is kept, and what was usual is learned."""
        phase, self._phase = self._phase, None
        if phase is None:
            return
        if phase.flows_from is not None:
            self._spans.append((phase.flows_from, at))
        if phase.crossed or phase.waited:
            share = len(phase.crossed) / len(phase.crossed.keys() | phase.waited.keys())
            self._usual += _LEARNS * (share - self._usual)


class FlowOnRedInterlock:
    """Nobody is fined at a lamp that a whole queue does not take for red.

    Only lamps read in the picture are doubted: what the controller itself reports is not misread.

    Args:
        camera: with its stop lines and their signals.
    """

    NAME: ClassVar[str] = FLOW_ON_RED
    REASON: ClassVar[str] = "flow_on_red"

    def __init__(self, camera: CameraConfig) -> None:
        self._lines = {line.id: _LineFlow(line) for line in camera.lines if is_read_from_lamp(camera, line)}

    def see(self, scene: Scene) -> bool:
        """Take in who crosses and who waits; no scene is stopped, since it is a matter of one light."""
        for line in self._lines.values():
            line.see(scene)
        return False

    def keep(self, shift: timedelta = timedelta()) -> JsonValue:
        """What crossed at each line of late, as plain values.

        Args:
            shift: by which the successor's times are later.
        """
        flows = {name: line.keep(shift) for name, line in self._lines.items()}
        kept: JsonValue = _KEPT.dump_python(flows, mode="json")
        return kept

    def resume(self, kept: JsonValue, now: datetime) -> None:
        """Go on with what a predecessor saw at the same lines.

        Args:
            kept: by ``keep``.
            now: of the first scene, which was taken in already.

        Raises:
            ValueError: it cannot be read.
        """
        try:
            flows = _KEPT.validate_python(kept)
        except ValidationError as error:
            raise ValueError(f"the flow at lamps cannot be read: {error.error_count()} faults") from error
        for name, flow in flows.items():
            if name in self._lines:
                self._lines[name].resume(flow, now)

    def doubtful_until(self) -> datetime | None:
        """No sighting is doubtful for it."""
        return None

    def refuses(self, event: Event, use: RuleUse, facts: Facts) -> bool:
        """Whether traffic flowed over the act's stop line under the same red."""
        del use, facts
        return any(self._lines[place].flowed(event) for place in event.zone_ids if place in self._lines)


def is_read_from_lamp(camera: CameraConfig, line: Line) -> bool:
    """Whether what governs a line is a lamp in the picture, which may be misread."""
    return any(signal.id == line.signal and signal.source == "lamp" for signal in camera.signals)


def _movements(scene: Scene, line: DirectedLine) -> Iterator[tuple[int, float, float]]:
    """Vehicles at a line by track id: how far they went of late and how far they are past it, in box heights."""
    for track in scene.tracks:
        if not track.observed or track.vehicle_kind is None:
            continue
        newest = track.newest
        contact = bottom_centre(newest.box_xyxy_px)
        if not 0.0 <= line.along(contact) <= 1.0:
            continue
        shortest_s, longest_s = _LOOK_BACK_S
        earlier = next(
            (one for one in reversed(track.points) if seconds_between(one.at, newest.at) >= shortest_s), None
        )
        if earlier is None or seconds_between(earlier.at, newest.at) > longest_s:
            continue
        height_px = max(newest.box_xyxy_px[3] - newest.box_xyxy_px[1], 1.0)
        past = line.past_px(contact) / height_px
        went = past - line.past_px(bottom_centre(earlier.box_xyxy_px)) / height_px
        yield track.track_id, went, past


_KEPT: Final = TypeAdapter(dict[str, KeptFlow])
