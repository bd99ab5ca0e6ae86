"""Everything of a box that talks to the centre, as one thing to start and to drain."""

import time
from collections import deque
from collections.abc import Callable, Mapping

from domain.errors import OutboxError
from domain.health import HealthEvent, Heartbeat
from edge.delivery.mqtt_link import MqttLink
from edge.delivery.uploader import Uploader
from edge.outbox import Outbox

_LOOK_S = 0.1
_MOST_EARLY = 1000


class DeliveryDesk:
    """The line to the broker, the uploader and the outbox behind both.

    Args:
        outbox: what is to be sent.
        make_link: makes the line to the broker, given who tells the heartbeat.
        uploader: brings evidence to the centre.
    """

    def __init__(
        self, *, outbox: Outbox, make_link: Callable[[Callable[[], Heartbeat]], MqttLink], uploader: Uploader
    ) -> None:
        self._outbox = outbox
        self._make_link = make_link
        self._uploader = uploader
        self._link: MqttLink | None = None
        self._early: deque[HealthEvent] = deque(maxlen=_MOST_EARLY)  # told before the start

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
        return {"collecting": status.collecting, "ready": status.ready, "acknowledged": status.acknowledged}

    def start(self, heartbeat: Callable[[], Heartbeat]) -> None:
        """Begin to send."""
        self._link = self._make_link(heartbeat)
        while self._early:
            self._link.send_health(self._early.popleft())
        self._link.start()
        self._uploader.start()

    def send_health(self, event: HealthEvent) -> None:
        """Hand over a stream's change; does not wait."""
        if self._link is None:
            self._early.append(event)
        else:
            self._link.send_health(event)

    def drain(self, limit_s: float) -> None:
        """Wait for the centre to take what is there while it answers, then say goodbye and disconnect."""
        until_s = time.monotonic() + limit_s
        while self.connected and any(self.unsent().values()) and time.monotonic() < until_s:
            time.sleep(_LOOK_S)
        if self._link is not None:
            self._link.close()
        self._uploader.close()
