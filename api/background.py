"""What runs beside HTTP: the MQTT door and the sweeper."""

import logging
import threading

from api.centre import Centre
from api.intake.broker_line import BrokerLine
from api.intake.mqtt_door import MqttDoor
from api.services.idempotency import forget_old_answers
from api.settings import CentreSettings
from domain.errors import MatThanError
from domain.instants import Clock

logger = logging.getLogger(__name__)
_TIDY_EVERY_SWEEPS = 240
_CLOSE_WITHIN_S = 10.0


class Background:
    """Threads of the centre.

    Args:
        settings: of the centre.
        centre: its services.
        clock: of the broker line's problems.
    """

    def __init__(self, settings: CentreSettings, centre: Centre, clock: Clock) -> None:
        self._centre = centre
        self._every_s = settings.police.sweep_every_s
        self.line = BrokerLine(clock) if settings.mqtt is not None else None
        self._door = MqttDoor(settings.mqtt, centre, self.line) if settings.mqtt and self.line else None
        self._stop = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep, name="sweeper", daemon=True)

    def start(self) -> None:
        """Start the threads; the broker may be away."""
        self._sweeper.start()
        if self._door is not None:
            self._door.start()

    def close(self) -> None:
        """Stop the threads; what was not acknowledged will come again."""
        self._stop.set()
        if self._door is not None:
            self._door.close()
        self._sweeper.join(_CLOSE_WITHIN_S)

    def _sweep(self) -> None:
        sweeps = 0
        while not self._stop.wait(self._every_s):
            try:
                self._centre.police.expire_leases()
                if sweeps % _TIDY_EVERY_SWEEPS == 0:
                    self._centre.sign_in.forget_ended()
                    forget_old_answers(self._centre.store)
            except MatThanError:
                logger.warning("A sweep failed, the next may not", exc_info=True, extra={"action": "sweep_failed"})
            sweeps += 1
