"""Everything of a box that talks to the centre, as one thing to start and to drain."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from domain.alert import Alert
from domain.errors import OutboxError
from domain.fleet.health import HealthEvent, Heartbeat, ProblemCode
from domain.instants import Clock
from edge.delivery.mqtt_link import MqttLink
from edge.delivery.uploader import Uploader
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox

_LOOK_S = 0.1
_MOST_EARLY = 1000


class Sender(Protocol):
    """Sends by itself, in a thread of its own, whatever is kept on the disk for the centre."""

    def start(self) -> None:
        """Begin."""
        ...

    def close(self) -> None:
        """Stop after the request under way."""
        ...


class BoxDelivery:
    """The line to the broker, the uploader and the outbox behind both, and what else goes to the centre.

    Args:
        outbox: what is to be sent.
        make_link: makes the line to the broker, given what makes the heartbeat.
        uploader: brings cases to the centre.
        senders: of what is neither case nor message.
        problems: where both report that the other side does not answer.
        clock: for limits.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        make_link: Callable[[Callable[[], Heartbeat]], MqttLink],
        uploader: Uploader,
        senders: Sequence[Sender] = (),
        problems: ProblemBoard,
        clock: Clock,
    ) -> None:
        self._outbox = outbox
        self._make_link = make_link
        self._uploader = uploader
        self._senders = tuple(senders)
        self._problems = problems
        self._clock = clock
        self._pause = threading.Event()  # never set
        self._link: MqttLink | None = None
        self._early: deque[HealthEvent] = deque(maxlen=_MOST_EARLY)  # reported before the start

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self._link is not None and self._link.connected

    def unsent(self) -> Mapping[str, int]:
        """Cases that the centre does not hold complete, by outbox state; empty when the outbox cannot be read."""
        try:
            status = self._outbox.status()
        except OutboxError:
            return {}
        return {"collecting": status.collecting, "ready": status.ready}

    def start(self, heartbeat: Callable[[], Heartbeat]) -> None:
        """Begin to send."""
        self._link = self._make_link(heartbeat)
        while self._early:
            self._link.send_health(self._early.popleft())
        self._link.start()
        self._uploader.start()
        for sender in self._senders:
            sender.start()

    def send_health(self, event: HealthEvent) -> None:
        """Hand over a stream's change; does not wait."""
        if self._link is None:
            self._early.append(event)
        else:
            self._link.send_health(event)

    def send_alert(self, alert: Alert) -> None:
        """Hand over an alert; does not wait. One from before the start, when nothing is judged yet, cannot be."""
        if self._link is not None:
            self._link.send_alert(alert)

    def drain(self, limit_s: float) -> None:
        """Wait while the centre takes what is there, then say goodbye and disconnect; the rest stays on disk."""
        until_s = self._clock.monotonic_s() + limit_s
        while self._getting_on() and self._clock.monotonic_s() < until_s:
            self._pause.wait(_LOOK_S)
        if self._link is not None:
            self._link.close()
        self._uploader.close()
        for sender in self._senders:
            sender.close()

    def _getting_on(self) -> bool:
        return self.unsent().get("ready", 0) > 0 and not self._problems.stands(ProblemCode.CENTRE_AWAY)
