"""What boxes tell of their cameras: written when it is new, bounded, shown to who may see it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from api.cameras import problem_spans as spans_module
from api.cameras.problem_spans import KEPT_FOR
from api.cameras.reports import STILL_EVERY
from api.persistence.tables import camera_reports, health_events, problem_spans
from api.places.camera_registry import MOST_A_BOX
from api.principals import Principal
from domain.camera import Position
from domain.camera_drawing import Drawing
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.errors import Invalid, NotAllowed, NotFound
from domain.fleet.camera_reports import (
    MAX_STILL_BYTES,
    CameraAnswers,
    CameraReport,
    CameraReports,
    DrawingAnswer,
    RunningCamera,
)
from domain.fleet.health import HealthEvent, HealthProblem, Heartbeat, StreamState
from domain.seen.view import ViewState
from tests.builders.cases import NOON
from tests.builders.centre import CentreBuilder
from tests.builders.reminders import lying_picture, place_picture

READER = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
POLICE = Principal(actor="key:x", name="x", role=Role.POLICE)
BOX = Principal(actor="key:box-1", name="box-1", role=Role.EDGE, box_id="box-1")
DRAWING = Drawing(reference_still_wh=(1920, 1080))
RUNNING = RunningCamera(
    id="cam-1",
    version=3,
    name="Lê Lợi 1",
    road="Lê Lợi",
    ward="Thuận Hóa",
    direction="cả hai hướng",
    position=Position(latitude_deg=16.4637, longitude_deg=107.5909),
    heading_deg=90.0,
    drawing=DRAWING,
    rules=(),
)


@pytest.fixture
def box(centre: CentreBuilder) -> CentreBuilder:
    centre.box_key("box-1")
    return centre


def report(camera_id: str = "cam-1", **changes: Any) -> CameraReport:
    said = {"camera_id": camera_id, "config_sha256": "a" * 64, "view": ViewState.SOUND, "view_words": ""}
    return CameraReport(**said | changes)


def tell(centre: CentreBuilder, *reports: CameraReport, box: Principal = BOX) -> CameraAnswers:
    told = CameraReports(at=centre.clock.now(), cameras=reports)
    return centre.centre.camera_intake.take(box, told.model_dump_json().encode())


def beat(centre: CentreBuilder, *problems: HealthProblem, **more: Any) -> None:
    told = Heartbeat(box_id="box-1", status="online", at=centre.clock.now(), problems=problems, **more)
    centre.centre.health.heartbeat("box-1", canonical_bytes(told))


def problem(centre: CentreBuilder, code: str = "view_moved", text: str = "moved", **more: Any) -> HealthProblem:
    return HealthProblem(code=code, camera_id="cam-1", text=text, remedy="look", since=centre.clock.now(), **more)


def count(centre: CentreBuilder, table: Any) -> int:
    with centre.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def page(centre: CentreBuilder, camera_id: str = "cam-1") -> Any:
    return centre.centre.camera_pages.page(READER, "box-1", camera_id)


def test_a_camera_is_asked_for_what_is_not_known_and_not_again(box: CentreBuilder) -> None:
    first = tell(box, report())
    assert (first.running_wanted, first.stills_wanted) == (("cam-1",), ("cam-1",))
    assert page(box).running is None
    assert tell(box, report(running=RUNNING)).running_wanted == ()
    found = page(box)
    assert found.running == RUNNING
    assert found.registered.place.ward_key == "thuan-hoa"
    changed = tell(box, report(config_sha256="b" * 64, view=ViewState.MOVED, view_words="lệch 14 px"))
    assert changed.running_wanted == ("cam-1",)
    found = page(box)
    assert (found.running, found.view, found.view_words) == (None, ViewState.MOVED, "lệch 14 px")


def test_a_text_with_a_backslash_is_kept_and_a_nul_is_not(box: CentreBuilder) -> None:
    tell(box, report(running=RUNNING.model_copy(update={"name": '\\u0000"', "road": "Lê\0 Lợi"})))
    running = page(box).running
    assert (running.name, running.road) == ('\\u0000"', "Lê Lợi")
    with pytest.raises(Invalid, match="canonical"):
        tell(box, report(running=RUNNING.model_copy(update={"version": 2**60})))


def test_what_a_box_told_while_its_clock_was_ahead_does_not_stand_for_ever(box: CentreBuilder) -> None:
    ahead = CameraReports(at=box.clock.now() + timedelta(days=9000), cameras=(report(running=RUNNING),))
    box.centre.camera_intake.take(BOX, ahead.model_dump_json().encode())
    assert page(box).registered.told_at == box.clock.now()
    box.clock.advance(60)
    tell(box, report(config_sha256="b" * 64, running=RUNNING.model_copy(update={"ward": "Phú Xuân"})))
    assert page(box).registered.ward_said == "Phú Xuân"


def test_a_still_takes_the_place_of_the_one_before_and_is_wanted_again_in_time(box: CentreBuilder) -> None:
    intake = box.centre.camera_intake
    with pytest.raises(NotFound):
        intake.take_still(BOX, "cam-1", place_picture())
    tell(box, report(running=RUNNING))
    with pytest.raises(NotFound):
        box.centre.camera_pages.still(READER, "box-1", "cam-1")
    for number in (1, 2):
        intake.take_still(BOX, "cam-1", place_picture(number))
        assert box.centre.camera_pages.still(READER, "box-1", "cam-1") == place_picture(number)
    assert tell(box, report()).stills_wanted == ()
    box.clock.advance(STILL_EVERY.total_seconds() + 1)
    assert tell(box, report()).stills_wanted == ("cam-1",)
    intake.take_still(BOX, "cam-1", place_picture())
    assert tell(box, report(config_sha256="b" * 64)).stills_wanted == ("cam-1",), "it looks elsewhere, perhaps"
    for wrong in (b"", b"GIF89a", b"\xff\xd8\xff" + b"x" * MAX_STILL_BYTES, lying_picture()):
        with pytest.raises(Invalid):
            intake.take_still(BOX, "cam-1", wrong)
    with pytest.raises(NotAllowed):
        box.centre.camera_pages.still(POLICE, "box-1", "cam-1")
    with pytest.raises(NotAllowed):
        intake.take_still(READER, "cam-1", place_picture())


def test_what_says_nothing_new_is_not_written(box: CentreBuilder) -> None:
    tell(box, report(running=RUNNING))
    began = box.clock.now()
    box.clock.advance(30)
    tell(box, report())
    with box.database.read() as connection:
        assert connection.execute(select(camera_reports.c.changed_at)).scalar_one() == began


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        CameraReports(at=NOON, cameras=(report(),)).model_dump_json().replace("sound", "odd").encode(),
        b"x" * 5_000_000,
    ],
    ids=["empty", "list", "state", "large"],
)
def test_what_is_no_report_is_refused(box: CentreBuilder, payload: bytes) -> None:
    with pytest.raises(Invalid):
        box.centre.camera_intake.take(BOX, payload)


def test_reports_are_a_boxs_own_and_bounded(box: CentreBuilder) -> None:
    with pytest.raises(NotAllowed):
        tell(box, report(), box=READER)
    stranger = Principal(actor="key:box-9", name="box-9", role=Role.EDGE, box_id="box-9")
    with pytest.raises(Invalid, match="not registered"):
        tell(box, report(), box=stranger)
    with pytest.raises(Invalid, match="is of cam-1"):
        tell(box, report("cam-2", running=RUNNING))
    with pytest.raises(ValueError, match="once"):
        CameraReports(at=box.clock.now(), cameras=(report(), report()))
    tell(box, *(report(f"old-{number}") for number in range(MOST_A_BOX)))
    box.clock.advance(60)
    tell(box, *(report(f"new-{number}") for number in range(10)))
    with box.database.read() as connection:
        names = set(connection.execute(select(camera_reports.c.camera_id)).scalars())
    assert len(names) == MOST_A_BOX
    assert {f"new-{number}" for number in range(10)} <= names


def test_an_answer_to_a_drawing_that_nobody_wants_changes_nothing(box: CentreBuilder) -> None:
    answer = DrawingAnswer(number=4, outcome="running", config_sha256="a" * 64)
    assert tell(box, report(running=RUNNING, answer=answer)).drawings == ()
    assert box.centre.drawings.versions(READER, "box-1", "cam-1") == ()


def test_a_problem_has_a_beginning_and_an_end_and_is_kept_for_a_time(box: CentreBuilder) -> None:
    tell(box, report(running=RUNNING))
    began = box.clock.now()
    standing = problem(box)
    beat(box, standing)
    box.clock.advance(10)
    beat(box, standing.model_copy(update={"text": "moved by 30 px"}))
    ((code, text, since, end),) = ((each.code, each.text, each.began_at, each.ended_at) for each in page(box).problems)
    assert (code, text, since, end) == ("view_moved", "moved by 30 px", began, None)
    box.clock.advance(10)
    beat(box, problems_left_out=3)
    assert page(box).problems[0].ended_at is None, "it may be among those that were left out"
    box.centre.health.heartbeat("box-1", canonical_bytes(Heartbeat(box_id="box-1", status="offline")))
    assert page(box).problems[0].ended_at is None, "nobody looked"
    box.clock.advance(10)
    beat(box)
    assert page(box).problems[0].ended_at == box.clock.now()
    box.clock.advance(10)
    beat(box, problem(box))
    assert [each.ended_at is None for each in page(box).problems] == [True, False]
    box.clock.advance(KEPT_FOR.total_seconds())
    beat(box)
    box.clock.advance(60)
    assert box.centre.camera_pages.forget_old() == 1
    assert len(page(box).problems) == 1


def test_of_problems_and_changes_the_newest_are_kept(box: CentreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans_module, "MOST_A_BOX", 3)
    for number in range(5):
        box.clock.advance(10)
        beat(box, problem(box, code=f"code_{number}"))
    assert count(box, problem_spans) == 3
    monkeypatch.setattr("api.fleet_health.MAX_EVENTS", 2)
    for number, camera in enumerate(("cam-1", "cam-1", "cam-2", "cam-1")):
        at = box.clock.now() + timedelta(seconds=number)
        event = HealthEvent(camera_id=camera, state=StreamState.LIVE, at=at, reason="")
        box.centre.health.health_event("box-1", canonical_bytes(event))
    assert [each.at for each in page(box).streams] == [box.clock.now() + timedelta(seconds=s) for s in (3, 1)]
    assert count(box, health_events) == 3, "one camera pushes out no other"
    box.clock.advance(100 * 86_400)
    assert box.centre.health.forget_old() == 3


def test_by_http_a_box_tells_and_people_read(box: CentreBuilder) -> None:
    client = box.key_client(Role.EDGE, box_id="box-1")
    told = CameraReports(at=box.clock.now(), cameras=(report(running=RUNNING),)).model_dump_json()
    answer = client.put("/api/v1/edge/cameras", content=told)
    assert (answer.status_code, answer.json()["stills_wanted"]) == (200, ["cam-1"])
    still = {"content": place_picture(), "headers": {"Content-Type": "image/jpeg"}}
    assert client.put("/api/v1/edge/cameras/cam-1/still", **still).status_code == 204
    lan = box.signed_in("lan", Role.OPERATOR)
    detail = lan.get("/api/v1/cameras/box-1/cam-1").json()
    assert (detail["running"]["version"], detail["place"]["ward_key"]) == (3, "thuan-hoa")
    picture = lan.get("/api/v1/cameras/box-1/cam-1/still")
    assert (picture.content, picture.headers["Cache-Control"]) == (place_picture(), "no-store")
    assert lan.get("/api/v1/cameras/box-1/cam-9").status_code == 404
    wanted = {"drawing": DRAWING.model_dump(mode="json"), "base_sha256": "a" * 64, "newest": 0, "why": "kẻ lại"}
    place = "/api/v1/cameras/box-1/cam-1/drawings"
    assert lan.post(place, json=wanted).status_code == 403
    admin = box.signed_in("sep", Role.ADMIN)
    made = admin.post(place, json=wanted)
    assert (made.status_code, made.json()["number"], made.json()["why"]) == (201, 1, "kẻ lại")
    assert admin.post(place, json=wanted).status_code == 409, "a second editor is told"
    answered = client.put("/api/v1/edge/cameras", content=told)
    assert [each["number"] for each in answered.json()["drawings"]] == [1]
    again = {"base_sha256": "a" * 64, "newest": 1, "why": "thử lại"}
    assert admin.post(f"{place}/1/again", json=again).json()["number"] == 2
    assert lan.get(f"{place}/2").json()["changes"] == []
    assert [each["number"] for each in lan.get(place).json()] == [2, 1]
