"""What all pages of a process show alike: alerts that stand, reminders that wait, boxes that are not well."""

import threading
from typing import TYPE_CHECKING

from api.alerts import StoredAlert
from api.console.shared_reading import SharedReading
from api.fleet_health import BoxHealth, CameraHealth
from api.places.camera_registry import RegisteredCamera
from api.reminders.rows import ListedReminder
from domain.fleet.health import StreamState
from domain.grants import Scope

if TYPE_CHECKING:
    from api.centre import Centre


class Readings:
    """One of a process. Safe to use from every thread.

    Args:
        centre: the services.
    """

    def __init__(self, centre: "Centre") -> None:
        self._centre = centre
        clock = centre.store.clock
        self.alerts: SharedReading[tuple[StoredAlert, ...]] = SharedReading(centre.alerts.standing, clock)
        self.boxes: SharedReading[tuple[BoxHealth, ...]] = SharedReading(centre.health.all_boxes, clock)
        self.cameras: SharedReading[tuple[CameraHealth, ...]] = SharedReading(centre.health.all_cameras, clock)
        self.places: SharedReading[tuple[RegisteredCamera, ...]] = SharedReading(centre.cameras.all_cameras, clock)
        self.misplaced: SharedReading[tuple[RegisteredCamera, ...]] = SharedReading(centre.cameras.misplaced, clock)
        self._lock = threading.Lock()
        self._reminders: dict[Scope, SharedReading[tuple[ListedReminder, ...]]] = {}

    def reminders(self, scope: Scope, *, afresh: bool = False) -> tuple[ListedReminder, ...]:
        """Reminders of a scope that wait for a person."""
        with self._lock:
            reading = self._reminders.get(scope)
            if reading is None:
                reading = SharedReading(lambda: self._centre.reminders.waiting(scope), self._centre.store.clock)
                self._reminders[scope] = reading
        return reading.read(afresh=afresh)

    def boxes_not_well(self) -> int:
        """How many boxes are silent, name a problem, or have a camera that is not live."""
        ill = {camera.box_id for camera in self.cameras.read() if camera.state is not StreamState.LIVE}
        return sum(1 for box in self.boxes.read() if not is_well(box) or (box.box_id in ill and box.status == "online"))


def is_well(box: BoxHealth) -> bool:
    """Whether it is heard, or was switched off in order, and names no problem."""
    return box.silent_since is None and (not box.problems or box.status == "offline")
