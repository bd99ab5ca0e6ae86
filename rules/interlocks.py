"""What stops rules, whatever they have found: one small object for each, in one list, each counted by name."""

from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from domain.camera import CameraConfig, RuleUse
from domain.event import Event
from domain.seen.scene import Scene
from domain.seen.view import FROZEN_AFTER_S, ViewState
from rules.facts.facts import Facts
from rules.flow_on_red import FLOW_ON_RED, FlowOnRedInterlock

CLOCK, PICTURE_SIZE, VIEW, CALENDAR, JAM = "clock", "picture_size", "view", "calendar", "jam"

ALL = frozenset({CLOCK, PICTURE_SIZE, VIEW, CALENDAR, JAM, FLOW_ON_RED})
"""What a rule that says nothing else is subject to."""

NOT_KNOWN_YET = "view_unknown"
"""Why an act is refused that a moment later could be a case."""

_REMEMBERED_SPANS = 64


class Interlock(Protocol):
    """One reason for which no rule may judge, or no act may become a case."""

    NAME: ClassVar[str]
    REASON: ClassVar[str]  # of a refused act; of a suspension with ``suspended_`` before it

    def see(self, scene: Scene) -> bool:
        """Take in a scene; whether it must not be judged at all."""
        ...

    def doubtful_until(self) -> datetime | None:
        """Sightings before this instant cannot be trusted any more; None: all can."""
        ...

    def refuses(self, event: Event, use: RuleUse, facts: Facts) -> bool:
        """Whether an act that was found must not become a case."""
        ...


class Interlocks:
    """All interlocks of one camera.

    Args:
        camera: whose limits and calendar they keep.
    """

    def __init__(self, camera: CameraConfig) -> None:
        self.flow_on_red = FlowOnRedInterlock(camera)  # the one whose knowledge must outlast this run
        self.frozen = FrozenPictureInterlock()  # the one that takes back what was seen before it knew
        self.list: tuple[Interlock, ...] = (
            ClockInterlock(camera.stream.clock_offset_limit_ms),
            ViewInterlock(),
            NewViewInterlock(),
            self.frozen,
            PictureSizeInterlock(),
            CalendarInterlock(camera),
            JamInterlock(camera.jam_vehicles),
            self.flow_on_red,
        )
        self._stopping: frozenset[str] = frozenset()  # reasons
        self.suspensions: Counter[str] = Counter()  # by reason; spans, not pictures

    def stop(self, scene: Scene) -> bool:
        """Take in a scene; whether any of them stops the rules for it."""
        before, self._stopping = self._stopping, frozenset(one.REASON for one in self.list if one.see(scene))
        self.suspensions.update(f"suspended_{reason}" for reason in self._stopping - before)
        return bool(self._stopping)

    def doubtful_until(self) -> datetime | None:
        """The latest instant before which some interlock trusts no sighting."""
        return max((at for one in self.list if (at := one.doubtful_until()) is not None), default=None)

    def refusal(self, event: Event, use: RuleUse, facts: Facts, applying: Iterable[str]) -> str | None:
        """The reason for which an act must not become a case; None: there is none.

        Args:
            event: that a rule has found.
            use: of the rule at this camera.
            facts: of the scene that made the event ripe.
            applying: names of the interlocks that the rule is subject to.
        """
        names = frozenset(applying)
        return next((one.REASON for one in self.list if one.NAME in names and one.refuses(event, use, facts)), None)


class _Spans:
    """When something stopped the rules; bounded."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._spans: deque[tuple[datetime, datetime]] = deque(maxlen=_REMEMBERED_SPANS)

    def note(self, at: datetime, *, stopped: bool) -> None:
        if stopped and self._since is None:
            self._since = at
        elif not stopped and self._since is not None:
            self._spans.append((self._since, at))
            self._since = None

    @property
    def lasts(self) -> bool:
        return self._since is not None

    @property
    def last_end(self) -> datetime | None:
        return self._spans[-1][1] if self._spans else None

    def hold(self, event: Event) -> bool:
        """Whether the act began, or is shown, while it stopped."""
        instants = (event.began_at, *(moment.at for moment in event.moments))
        return any(start <= instant < end for start, end in self._spans for instant in instants)


class ClockInterlock:
    """The camera's clock is off by more than its limit; an unknown error is accepted."""

    NAME: ClassVar[str] = CLOCK
    REASON: ClassVar[str] = "clock_off"

    def __init__(self, limit_ms: float) -> None:
        self._limit_ms = limit_ms
        self._spans = _Spans()

    def see(self, scene: Scene) -> bool:
        """Whether it is off now."""
        off = scene.clock_error_ms is not None and scene.clock_error_ms > self._limit_ms
        self._spans.note(scene.at, stopped=off)
        return off

    def doubtful_until(self) -> datetime | None:
        """When it was right again."""
        return self._spans.last_end

    def refuses(self, event: Event, use: RuleUse, facts: Facts) -> bool:
        """Whether it was off when the act was shown."""
        del use, facts
        return self._spans.hold(event)


class ViewInterlock:
    """The camera shows something else than what the zones were drawn on, or nothing."""

    NAME: ClassVar[str] = VIEW
    REASON: ClassVar[str] = "view_changed"

    def __init__(self) -> None:
        self._spans = _Spans()

    def see(self, scene: Scene) -> bool:
        """Whether it does so now."""
        changed = scene.view.stops_rules and scene.view not in {ViewState.UNSTEADY, ViewState.FROZEN}
        self._spans.note(scene.at, stopped=changed)
        return changed

    def doubtful_until(self) -> datetime | None:
        """When the view was as drawn again."""
        return self._spans.last_end

    def refuses(self, event: Event, use: RuleUse, facts: Facts) -> bool:
        """Whether it did so when the act was shown."""
        del use, facts
        return self._spans.hold(event)


class NewViewInterlock:
    """Nothing is known of the view yet: no act becomes a case before it is seen to stand still, nor while it does not.

    What was seen from the first picture on is judged once it is seen to stand still: it stood still then, too.
    """

    NAME: ClassVar[str] = VIEW
    REASON: ClassVar[str] = NOT_KNOWN_YET

    def __init__(self) -> None:
        self._spans = _Spans()

    def see(self, scene: Scene) -> bool:
        """Whether it does not stand still now."""
        unsteady = scene.view is ViewState.UNSTEADY
        self._spans.note(scene.at, stopped=unsteady)
        return unsteady

    def doubtful_until(self) -> datetime | None:
        """Since when it stands still."""
        return self._spans.last_end

    def refuses(self, event: Event, use: RuleUse, facts: Facts) -> bool:
        """Whether it is not known yet, or did not stand still when the act was shown."""
        del use
        return facts.scene.view is ViewState.NEW or self._spans.hold(event)


class FrozenPictureInterlock:
    """One picture comes again and again: what stands in it stands nowhere, also in the time before this was known."""

    NAME: ClassVar[str] = VIEW
    REASON: ClassVar[str] = "picture_frozen"

    def __init__(self) -> None:
        self._spans = _Spans()
        self.begins = False  # with the newest scene

    def see(self, scene: Scene) -> bool:
        """Whether it does so now."""
        frozen = scene.view is ViewState.FROZEN
        self.begins = frozen and not self._spans.lasts
        self._spans.note(scene.at - timedelta(seconds=FROZEN_AFTER_S) if self.begins else scene.at, stopped=frozen)
        return frozen

    def doubtful_until(self) -> datetime | None:
        """When another picture came."""
        return self._spans.last_end

    def refuses(self, event: Event, use: RuleUse, facts: Facts) -> bool:
        """Whether it did so when the act was shown."""
        del use, facts
        return self._spans.hold(event)


class PictureSizeInterlock:
    """The picture's size changed between an act's moments."""

    NAME: ClassVar[str] = PICTURE_SIZE
    REASON: ClassVar[str] = "picture_changed"

    def __init__(self) -> None:
        self._size_wh: tuple[int, int] | None = None
        self._since: datetime | None = None

    def see(self, scene: Scene) -> bool:
        """A new size begins with this scene; none is ever stopped."""
        if self._size_wh is not None and scene.resolution_wh != self._size_wh:
            self._since = scene.at
        self._size_wh = scene.resolution_wh
        return False

    def doubtful_until(self) -> datetime | None:
        """Since when the picture has its size."""
        return self._since

    def refuses(self, event: Event, use: RuleUse, facts: Facts) -> bool:
        """Whether the act began at another size."""
        del use, facts
        return self._since is not None and event.moments[0].at < self._since


class CalendarInterlock:
    """The rule is not in force: by its own dates and hours, or for roadworks, an event, a holiday."""

    NAME: ClassVar[str] = CALENDAR
    REASON: ClassVar[str] = "rule_not_in_force"

    def __init__(self, camera: CameraConfig) -> None:
        self._exceptions = camera.calendar

    def see(self, scene: Scene) -> bool:
        """No scene is stopped: an act is judged by the calendar of its own moments."""
        del scene
        return False

    def doubtful_until(self) -> datetime | None:
        """No sighting is doubtful for it."""
        return None

    def refuses(self, event: Event, use: RuleUse, facts: Facts) -> bool:
        """Whether the rule was not in force when the act began, or was lifted in the meantime."""
        del facts
        instants = (event.began_at, *(moment.at for moment in event.moments))
        excepted = any(entry.lifts(use.rule, instant) for entry in self._exceptions for instant in instants)
        return excepted or not use.active_at(event.began_at)


class JamInterlock:
    """Others stood where the act was: who is stuck, or gets out of a jam, is not fined.

    Args:
        vehicles: so many others that stand in the act's zone are a jam.
    """

    NAME: ClassVar[str] = JAM
    REASON: ClassVar[str] = "jam"

    def __init__(self, vehicles: int) -> None:
        self._vehicles = vehicles

    def see(self, scene: Scene) -> bool:
        """No scene is stopped: a jam in one lane is none in the next."""
        del scene
        return False

    def doubtful_until(self) -> datetime | None:
        """No sighting is doubtful for it."""
        return None

    def refuses(self, event: Event, use: RuleUse, facts: Facts) -> bool:
        """Whether enough others stood in one of the act's zones while its vehicle was there."""
        del use
        tracks, places = set(event.subject.track_ids), set(event.zone_ids)
        return any(
            visit.others_standing >= self._vehicles
            for visit in facts.visits
            if visit.zone_id in places and visit.user.track.track_id in tracks
        )
