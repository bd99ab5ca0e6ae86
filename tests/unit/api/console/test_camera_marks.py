"""How a camera is, by all that was heard of it: the worst counts, and what is not known is not called well."""

from datetime import timedelta

import pytest

from api.console.camera_marks import seen_cameras
from api.fleet_health import BoxHealth, CameraHealth
from api.places.schematic import MarkKind
from domain.fleet.health import HealthProblem, StreamState
from tests.builders.cases import NOON


def status(state: StreamState = StreamState.LIVE) -> CameraHealth:
    return CameraHealth(box_id="box-1", camera_id="cam-1", state=state, at=NOON, reason="", received_at=NOON)


def box(*problems: HealthProblem, silent: bool = False, status: str = "online") -> BoxHealth:
    return BoxHealth(
        box_id="box-1",
        status=status,
        heartbeat_at=NOON,
        received_at=NOON,
        software_version="1",
        unsent_cases=0,
        problems=problems,
        arriving_cases=0,
        silent_since=NOON - timedelta(hours=1) if silent else None,
    )


def problem(camera_id: str | None) -> HealthProblem:
    return HealthProblem(code="view_moved", camera_id=camera_id, text="moved", remedy="look", since=NOON)


@pytest.mark.parametrize(
    ("state", "of_box", "kind"),
    [
        (StreamState.LIVE, box(), MarkKind.WELL),
        (StreamState.LIVE, box(problem("cam-1")), MarkKind.UNWELL),
        (StreamState.LIVE, box(problem("cam-2")), MarkKind.WELL),
        (StreamState.LIVE, box(problem(None)), MarkKind.WELL),
        (StreamState.LIVE, box(silent=True), MarkKind.LOST),
        (StreamState.LIVE, box(status="offline"), MarkKind.LOST),
        (StreamState.STALLED, box(), MarkKind.LOST),
        (StreamState.LOST, box(problem("cam-1")), MarkKind.LOST),
        (StreamState.CONNECTING, box(), MarkKind.UNWELL),
    ],
)
def test_the_worst_of_stream_box_and_problems_counts(state: StreamState, of_box: BoxHealth, kind: MarkKind) -> None:
    (camera,) = seen_cameras((), (status(state),), (of_box,), ())
    assert camera.kind is kind
    assert camera.mark("vi") is None, "nobody knows where it is"
    assert camera.words("vi") != camera.words("en")
