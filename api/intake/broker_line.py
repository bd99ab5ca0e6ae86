"""How the centre's line to the broker is: since when it is away, what was refused, whether somebody takes it over."""

import threading
from dataclasses import dataclass
from datetime import datetime

from domain.fleet.health import HealthProblem
from domain.instants import Clock
from plumbing.short_lines import ShortLines

_AWAY = (
    "broker_away",
    "The line to the broker is down",
    "Check that the broker runs and can be reached; then mqtt in centre.yaml. Cases come by HTTP meanwhile.",
)
_REFUSED = (
    "broker_refuses_login",
    "The broker refuses the centre's login",
    "Check mqtt.username and mqtt.password in centre.yaml against the broker's account centre.",
)
_SUBSCRIPTION = (
    "broker_refuses_subscription",
    "The broker refuses a subscription of the centre: heartbeats, health or alerts do not arrive",
    "Make the broker's configuration anew (docs/run-the-broker.md); the centre needs the account centre.",
)
_TAKEN_OVER = (
    "broker_line_taken_over",
    "The line to the broker keeps breaking just after it stood: another client uses the same client id",
    "Look for a second centre with the same mqtt.client_id, else change the password of the broker's account centre.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFigures:
    """Counts since the process began, and what holds now."""

    connected: bool
    connects: int
    losses: int
    short_lines: int  # lines that broke just after they stood, lately
    refused_subscriptions: int


class BrokerLine:
    """Hears what becomes of the line and says what is wrong with it. Safe to use from every thread.

    Args:
        clock: of problems and durations.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._short = ShortLines()
        self._since: dict[tuple[str, str, str], datetime] = {_AWAY: clock.now()}
        self._connects = self._losses = self._refused_subscriptions = 0
        self._connected = False

    def stood(self) -> None:
        """The broker let the centre in."""
        with self._lock:
            self._connects += 1
            self._connected = True
            self._short.stood(self._clock.monotonic_s())
            for each in (_AWAY, _REFUSED):
                self._since.pop(each, None)

    def granted(self) -> None:
        """The broker granted every subscription."""
        with self._lock:
            self._since.pop(_SUBSCRIPTION, None)

    def broke(self) -> None:
        """The line is down."""
        with self._lock:
            self._losses += self._connected
            self._connected = False
            self._short.broke(self._clock.monotonic_s())
            self._since.setdefault(_AWAY, self._clock.now())

    def refused_login(self) -> None:
        """The broker did not let the centre in."""
        with self._lock:
            self._since.setdefault(_REFUSED, self._clock.now())

    def refused_subscription(self) -> None:
        """The broker let the centre in but does not grant all that it asked for."""
        with self._lock:
            self._refused_subscriptions += 1
            self._since.setdefault(_SUBSCRIPTION, self._clock.now())

    def problems(self) -> tuple[HealthProblem, ...]:
        """What is wrong now, the oldest first."""
        with self._lock:
            if self._short.many_now(self._clock.monotonic_s()):
                self._since.setdefault(_TAKEN_OVER, self._clock.now())
            else:
                self._since.pop(_TAKEN_OVER, None)
            standing = sorted(self._since.items(), key=lambda each: each[1])
        return tuple(
            HealthProblem(code=code, text=text, remedy=remedy, since=since) for (code, text, remedy), since in standing
        )

    def figures(self) -> LineFigures:
        """For the metrics."""
        with self._lock:
            return LineFigures(
                connected=self._connected,
                connects=self._connects,
                losses=self._losses,
                short_lines=self._short.count(self._clock.monotonic_s()),
                refused_subscriptions=self._refused_subscriptions,
            )
