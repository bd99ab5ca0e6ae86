"""The state of a stream: what it is now, why, and who hears of every change."""

import logging
from collections.abc import Callable

from domain.fleet.health import HealthEvent, StreamState
from domain.instants import Clock

logger = logging.getLogger(__name__)


class StreamLife:
    """One stream's state.

    Args:
        camera_id: whose.
        clock: stamps the changes.
        on_health: called with every change, in the thread that makes it; what it raises is logged and goes no further.
    """

    def __init__(self, *, camera_id: str, clock: Clock, on_health: Callable[[HealthEvent], None] | None) -> None:
        self.state = StreamState.CONNECTING
        self.reason = ""
        self._camera_id = camera_id
        self._clock = clock
        self._on_health = on_health

    def enter(self, state: StreamState, reason: str) -> None:
        """Change the state, and report it.

        Args:
            state: from now on.
            reason: never holds a credential.
        """
        self.state, self.reason = state, reason
        if self._on_health is None:
            return
        event = HealthEvent(camera_id=self._camera_id, state=state, at=self._clock.now(), reason=reason)
        try:
            self._on_health(event)
        except Exception:
            logger.exception("a health listener failed", extra={"action": "health_listener_failed"})
