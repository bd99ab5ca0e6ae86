"""Hours in which cameras were down: each camera by itself, whatever others are called."""

from datetime import timedelta
from typing import NamedTuple

from api.downtime import downtime_s
from tests.builders.cases import NOON


class Change(NamedTuple):
    """A change of a camera's stream."""

    box_id: str
    camera_id: str
    state: str
    at: object


def test_a_camera_of_the_same_name_at_another_box_hides_no_outage() -> None:
    changes = [Change("box-1", "cam-1", "lost", NOON), Change("box-2", "cam-1", "live", NOON + timedelta(minutes=1))]
    found = downtime_s(changes, begins_at=NOON, ends_at=NOON + timedelta(hours=1))
    assert found == {("box-1", "cam-1"): 3600.0, ("box-2", "cam-1"): 0.0}
