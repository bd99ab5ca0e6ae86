"""What all pages of a process show alike: alerts that stand, reminders that wait, boxes that are not well."""

import threading
from collections.abc import Collection
from typing import TYPE_CHECKING

from api.alerts import StoredAlert
from api.cases.case_reader import KnownCamera
from api.console.shared_reading import RENEW_EVERY_S, SharedReading
from api.fleet_health import BoxHealth, CameraHealth
from api.places.camera_registry import RegisteredCamera
from api.principals import Principal
from api.reminders.rows import ListedReminder
from domain.fleet.health import StreamState
from domain.grants import Scope

if TYPE_CHECKING:
    from api.centre import Centre

_CAMERAS_EVERY_S = 60.0  # a new camera may be asked for by name at once: see brought_cases


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
        self._brought_cases: SharedReading[tuple[KnownCamera, ...]] = SharedReading(
            centre.cases.all_cameras, clock, every_s=_CAMERAS_EVERY_S
        )
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

    def brought_cases(self, who: Principal, asked: Collection[str]) -> tuple[KnownCamera, ...]:
        """Cameras of a person's wards that brought a case.

        Args:
            who: has been asked whether he may read cases.
            asked: ids that must not be missing because the reading is old.
        """
        known = self._brought_cases.read()
        if not {each.camera_id for each in known}.issuperset(asked):
            known = self._brought_cases.read(
                every_s=RENEW_EVERY_S
            )  # an id of nothing is asked for again at each request
        return tuple(each for each in known if who.sees_ward(each.ward_key))

    def boxes_not_well(self) -> int:
        """How many boxes are silent, name a problem, or have a camera that is not live."""
        ill = {camera.box_id for camera in self.cameras.read() if camera.state is not StreamState.LIVE}
        return sum(1 for box in self.boxes.read() if not is_well(box) or (box.box_id in ill and box.status == "online"))


def is_well(box: BoxHealth) -> bool:
    """Whether it is heard, or was switched off in order, and names no problem."""
    return box.silent_since is None and (not box.problems or box.status == "offline")
