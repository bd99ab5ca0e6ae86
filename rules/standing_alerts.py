"""Alerts that have begun and not ended: one for a rule and a place, whoever is seen there under whatever track."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.alert import Alert, AlertEnd, alert_id
from domain.camera import CameraConfig, RuleUse
from domain.event import Event, Measurement
from domain.instants import seconds_between, truncate_to_ms
from domain.seen.scene import Scene

OVER_AFTER_S = 3.0  # not seen for so long while somebody looked: it is over
NOT_WATCHED_AFTER_S = 10.0  # no picture for so long: nobody looked
_NEXT = timedelta(milliseconds=1)  # an id names the millisecond in which its alert began


def is_over(event: Event, now: datetime) -> bool:
    """Whether it was last seen so long ago that its alert would end as it begins.

    A rule may think so of a kept track later, once others are forgotten.
    """
    return seconds_between(event.ended_at, now) > OVER_AFTER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMaker:
    """What stays the same for all alerts of one rule's use at one camera."""

    camera: CameraConfig
    use: RuleUse
    rule_version: str
    box_id: str

    def make(self, event: Event, scene: Scene, since: datetime) -> Alert:
        """The alert that begins with an event; no earlier than somebody looks and the one before it had ended."""
        place_id, began_at = event.zone_ids[0], truncate_to_ms(max(event.began_at, since))
        return Alert(
            alert_id=alert_id(
                box_id=self.box_id,
                camera_id=self.camera.id,
                rule=self.use.rule,
                place_id=place_id,
                began_at=began_at,
            ),
            box_id=self.box_id,
            camera_id=self.camera.id,
            camera_name=self.camera.name,
            road=self.camera.road,
            rule=self.use.rule,
            rule_version=self.rule_version,
            mode=self.use.mode,
            place_id=place_id,
            label=event.subject.label,
            measurements=_numbers(event.measurements),
            began_at=began_at,
            seen_until=max(began_at, event.ended_at),
            clock_error_ms=scene.clock_error_ms,
        )


class StandingAlerts:
    """The alerts of one rule's use at one camera; at most one a place.

    Args:
        maker: makes them.
    """

    def __init__(self, maker: AlertMaker) -> None:
        self._maker = maker
        self._standing: dict[str, Alert] = {}
        self._looked_at: datetime | None = None
        self._since: dict[str, datetime] = {}  # by place: earlier than this it has an alert that ended
        self._watched_since: datetime | None = None

    def look(self, at: datetime) -> Iterator[Alert]:
        """A picture is about to be judged; yields those that end since there was none for too long before it."""
        before, self._looked_at = self._looked_at, at
        if before is not None and seconds_between(before, at) > NOT_WATCHED_AFTER_S:
            yield from self.end()
            self._watched_since = at
        self._watched_since = self._watched_since or at

    def goes_on(self, event: Event) -> bool:
        """Take in an event; whether its place has an alert already."""
        alert = self._standing.get(event.zone_ids[0])
        if alert is None:
            return False
        most = {
            name: max(value, alert.measurements.get(name, value))
            for name, value in _numbers(event.measurements).items()
        }
        seen_until = max(alert.seen_until, event.ended_at)
        self._standing[alert.place_id] = alert.model_copy(
            update={"seen_until": truncate_to_ms(seen_until), "measurements": most}
        )
        return True

    def begin(self, event: Event, scene: Scene) -> Alert:
        """The alert of an event whose place has none."""
        place_id, watched_since = event.zone_ids[0], self._watched_since or scene.at
        since = max(watched_since, self._since.get(place_id, watched_since))
        alert = self._standing[place_id] = self._maker.make(event, scene, since)
        return alert

    def over(self, now: datetime, unread: frozenset[str] = frozenset()) -> Iterator[Alert]:
        """Those that nothing was seen of any more, for the last time.

        Args:
            now: of the scene.
            unread: places where nothing can be seen now: they are not over, but not watched after a while.
        """
        for alert in list(self._standing.values()):
            unseen_s = seconds_between(alert.seen_until, now)
            if alert.place_id in unread:
                if unseen_s > NOT_WATCHED_AFTER_S:
                    yield self._ended(alert, AlertEnd.NOT_WATCHED)
            elif unseen_s > OVER_AFTER_S:
                yield self._ended(alert, AlertEnd.OVER)

    def end(self) -> Iterator[Alert]:
        """Nobody looks any more: whether they are over is unknown."""
        for alert in list(self._standing.values()):
            yield self._ended(alert, AlertEnd.NOT_WATCHED)

    def _ended(self, alert: Alert, end: AlertEnd) -> Alert:
        del self._standing[alert.place_id]
        self._since[alert.place_id] = alert.seen_until + _NEXT
        return alert.model_copy(update={"end": end})


def _numbers(measurements: Mapping[str, Measurement]) -> dict[str, float | int]:
    """What is counted and measured; three decimals are finer than anything measured here."""
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in sorted(measurements.items())
        if isinstance(value, float | int) and not isinstance(value, bool)
    }
