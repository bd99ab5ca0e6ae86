"""What runs beside HTTP in a process of the centre, by its roles."""

from collections.abc import Collection

from api.audit.checkpoints import centre_key
from api.cases.change_feed import ChangeFeed
from api.centre import Centre
from api.intake.broker_line import BrokerLine
from api.intake.mqtt_door import MqttDoor
from api.jobs import Jobs
from api.police.webhooks import Webhooks
from api.roles import CentreRole
from api.settings import CentreSettings


class Background:
    """Threads of a process.

    Args:
        settings: of the centre.
        centre: its services.
        roles: of the process.
    """

    def __init__(self, settings: CentreSettings, centre: Centre, roles: Collection[CentreRole]) -> None:
        mqtt = settings.mqtt if CentreRole.INTAKE in roles else None
        self.line = BrokerLine(centre.store.clock) if mqtt is not None else None
        self._door = MqttDoor(mqtt, centre, self.line) if mqtt is not None and self.line is not None else None
        self._jobs = Jobs(settings, centre) if CentreRole.JOBS in roles else None
        self._webhooks: Webhooks | None = None
        if CentreRole.JOBS in roles and settings.record is not None:
            self._webhooks = Webhooks(
                centre.store,
                centre.notifier,
                key=centre_key(settings.record),
                allowed=settings.police.webhook_networks,
            )
        self._changes = ChangeFeed(centre.store, centre.notifier)

    def start(self) -> None:
        """Start the threads; the broker may be away."""
        self._changes.start()
        if self._jobs is not None:
            self._jobs.start()
        if self._webhooks is not None:
            self._webhooks.start()
        if self._door is not None:
            self._door.start()

    def close(self) -> None:
        """Stop the threads; what was not acknowledged will come again."""
        if self._door is not None:
            self._door.close()
        if self._webhooks is not None:
            self._webhooks.close()
        if self._jobs is not None:
            self._jobs.close()
        self._changes.close()
