import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from api import fleet_health
from api.fleet_health import MAX_CAMERAS_A_BOX, MAX_HEALTH_BYTES
from api.persistence.tables import health_events
from api.principals import Principal
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.errors import Invalid, NotAllowed, NotFound
from domain.fleet.health import HealthEvent, HealthProblem, Heartbeat, StreamState
from tests.builders.centre import CentreBuilder

READER = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)


def event(centre: CentreBuilder, *, camera: str = "cam-1", after_s: float = 0, state: str = "live") -> bytes:
    at = centre.clock.now() + timedelta(seconds=after_s)
    return canonical_bytes(HealthEvent(camera_id=camera, state=StreamState(state), at=at, reason="told"))


def states(centre: CentreBuilder) -> dict[str, str]:
    return {each.camera_id: each.state.value for each in centre.centre.health.cameras(READER)}


def test_the_newest_word_counts_whatever_the_order_of_arrival(centre: CentreBuilder) -> None:
    centre.box_key("box-1")
    take = centre.centre.health.health_event
    take("box-1", event(centre, after_s=10, state="lost"))
    take("box-1", event(centre, after_s=5, state="live"))
    assert states(centre) == {"cam-1": "lost"}
    take("box-1", event(centre, after_s=11, state="live"))
    assert states(centre) == {"cam-1": "live"}


def test_a_word_from_the_far_future_does_not_stand_for_ever(centre: CentreBuilder) -> None:
    centre.box_key("box-1")
    take = centre.centre.health.health_event
    take("box-1", event(centre, after_s=10 * 365 * 86_400, state="lost"))
    take("box-1", event(centre, after_s=1, state="live"))
    assert states(centre) == {"cam-1": "live"}


def test_what_is_kept_is_bounded(centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_health, "MAX_EVENTS", 5)
    centre.box_key("box-1")
    for number in range(12):
        centre.centre.health.health_event("box-1", event(centre, after_s=number))
    with centre.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(health_events)).scalar_one() == 5
    for number in range(MAX_CAMERAS_A_BOX - 1):
        centre.centre.health.health_event("box-1", event(centre, camera=f"more-{number}"))
    with pytest.raises(Invalid, match="too many"):
        centre.centre.health.health_event("box-1", event(centre, camera="one-more"))


def test_only_registered_boxes_speak_and_only_for_themselves(centre: CentreBuilder) -> None:
    beat = Heartbeat(box_id="box-1", status="online", at=centre.clock.now())
    with pytest.raises(Invalid, match="not registered"):
        centre.centre.health.heartbeat("box-1", canonical_bytes(beat))
    centre.box_key("box-1")
    centre.box_key("box-2")
    for payload in (canonical_bytes(beat), b"", b"{}", b"x" * (MAX_HEALTH_BYTES + 1)):
        with pytest.raises(Invalid):
            centre.centre.health.heartbeat("box-2", payload)
    with pytest.raises(Invalid):
        centre.centre.health.health_event("box-1", event(centre, camera="x" * 64))


def test_a_last_will_says_offline_without_an_instant(centre: CentreBuilder) -> None:
    centre.box_key("box-1")
    online = Heartbeat(box_id="box-1", status="online", at=centre.clock.now(), software_version="1.2")
    centre.centre.health.heartbeat("box-1", canonical_bytes(online))
    centre.clock.advance(60)
    centre.centre.health.heartbeat("box-1", canonical_bytes(Heartbeat(box_id="box-1", status="offline")))
    (box,) = centre.centre.health.boxes(READER)
    assert (box.status, box.heartbeat_at, box.received_at) == ("offline", None, centre.clock.now())
    with pytest.raises(NotAllowed):
        centre.centre.health.boxes(Principal(actor="key:x", name="x", role=Role.POLICE))


def test_a_boxes_problems_are_kept_with_since_when_and_what_to_do(centre: CentreBuilder) -> None:
    centre.box_key("box-1")
    worst = tuple(
        HealthProblem(code="not_judged", camera_id="c" * 63, text="ở" * 300, remedy="ệ" * 300, since=centre.clock.now())
        for _ in range(20)
    )
    beat = Heartbeat(box_id="box-1", status="online", at=centre.clock.now(), problems=worst, problems_left_out=7)
    assert len(canonical_bytes(beat)) < MAX_HEALTH_BYTES, "the fullest heartbeat is accepted"
    centre.centre.health.heartbeat("box-1", canonical_bytes(beat))
    (box,) = centre.centre.health.boxes(READER)
    assert box.problems == worst


def test_a_box_of_an_earlier_version_says_its_problems_in_words_only(centre: CentreBuilder) -> None:
    centre.box_key("box-1")
    at = centre.clock.now()
    beat = Heartbeat(box_id="box-1", status="online", at=at).model_dump(mode="json")
    centre.centre.health.heartbeat("box-1", json.dumps(beat | {"problems": ["the disk is full"]}).encode())
    (box,) = centre.centre.health.boxes(READER)
    assert [(each.code, each.text, each.since) for each in box.problems] == [("unnamed", "the disk is full", at)]


def test_packages_that_arrive_are_counted_for_their_box(sqlite_centre: CentreBuilder) -> None:
    sqlite_centre.offer(sqlite_centre.message())
    sqlite_centre.offer(sqlite_centre.message(box_id="box-2"))
    sqlite_centre.take_in(sqlite_centre.message())
    beat = Heartbeat(box_id="box-1", status="online", at=sqlite_centre.clock.now())
    sqlite_centre.centre.health.heartbeat("box-1", canonical_bytes(beat))
    reader = Principal(actor="user:minh", name="Minh", role=Role.AUDITOR)
    assert [(each.box_id, each.arriving_cases) for each in sqlite_centre.centre.health.boxes(reader)] == [("box-1", 1)]


def silent(centre: CentreBuilder) -> list[tuple[str, datetime]]:
    return [(each.box_id, each.since) for each in centre.centre.health.silent_boxes()]


def test_a_box_is_silent_after_three_heartbeats_by_the_centres_clock(centre: CentreBuilder) -> None:
    for box in ("box-1", "box-2"):
        centre.box_key(box)
    began = centre.clock.now()
    wrong = began - timedelta(days=400)  # the box's own clock says nothing here
    centre.centre.health.heartbeat("box-1", canonical_bytes(Heartbeat(box_id="box-1", status="online", at=wrong)))
    centre.clock.advance(10)
    centre.centre.health.heartbeat("box-2", canonical_bytes(Heartbeat(box_id="box-2", status="draining", at=wrong)))
    centre.clock.advance(35)
    assert silent(centre) == []
    centre.clock.advance(1)
    assert silent(centre) == [("box-1", began)]
    centre.clock.advance(10)
    assert silent(centre) == [("box-1", began), ("box-2", began + timedelta(seconds=10))]
    assert [each.silent_since for each in centre.centre.health.boxes(READER)] == [at for _, at in silent(centre)]
    centre.centre.health.heartbeat(
        "box-1", canonical_bytes(Heartbeat(box_id="box-1", status="online", at=wrong + timedelta(seconds=1)))
    )
    assert [box for box, _ in silent(centre)] == ["box-2"]


def test_a_heartbeat_that_the_broker_sends_again_is_no_sign_of_life(centre: CentreBuilder) -> None:
    """A centre that connects anew gets every retained one once more."""
    centre.box_key("box-1")
    began = centre.clock.now()
    retained = canonical_bytes(Heartbeat(box_id="box-1", status="online", at=began, unsent_cases=2))
    centre.centre.health.heartbeat("box-1", retained)
    centre.clock.advance(60)
    centre.centre.health.heartbeat("box-1", retained)
    assert silent(centre) == [("box-1", began)]


def test_a_box_that_died_is_silent_at_once_and_one_that_said_goodbye_never(centre: CentreBuilder) -> None:
    for box in ("box-1", "box-2"):
        centre.box_key(box)
    at = centre.clock.now()
    centre.centre.health.heartbeat("box-1", canonical_bytes(Heartbeat(box_id="box-1", status="offline")))
    centre.centre.health.heartbeat("box-2", canonical_bytes(Heartbeat(box_id="box-2", status="offline", at=at)))
    assert silent(centre) == [("box-1", at)]
    centre.clock.advance(3600)
    assert silent(centre) == [("box-1", at)]


def test_a_box_that_was_taken_away_is_missed_no_more_and_comes_in_no_more(centre: CentreBuilder) -> None:
    centre.box_key("box-1")
    centre.box_key("box-2")
    client = centre.key_client(Role.EDGE, box_id="box-1")
    stored = centre.queued_case()
    services = centre.centre
    for box_id in ("box-1", "box-2"):
        services.health.heartbeat(box_id, canonical_bytes(Heartbeat(box_id=box_id, status="online")))
        services.health.health_event(box_id, event(centre))
    centre.clock.advance(600)
    admin = centre.user("sep", Role.ADMIN)
    assert [each.box_id for each in services.health.silent_boxes()] == ["box-1", "box-2"]
    with pytest.raises(NotAllowed):
        services.machines.retire_box(READER, "box-1")
    with pytest.raises(NotFound):
        services.machines.retire_box(admin, "box-9")
    assert len(services.machines.retire_box(admin, "box-1")) == 1
    assert [each.box_id for each in services.health.silent_boxes()] == ["box-2"]
    assert [each.box_id for each in services.health.cameras(READER)] == ["box-2"]
    assert client.put("/api/v1/edge/ledger", content=b"{}").status_code == 401
    assert centre.stored(stored.case_id).integrity == "valid", "its cases stay, and who signed them is known"
    auditor = Principal(actor="user:kiem", name="Kiểm", role=Role.AUDITOR)
    assert services.audit.verify(auditor).intact
    assert services.machines.retire_box(admin, "box-1") == (), "again, and nothing is left to end"
    services.health.heartbeat("box-1", canonical_bytes(Heartbeat(box_id="box-1", status="online")))
    assert len(services.health.boxes(READER)) == 2, "who is heard was not taken away"
