"""Alerts at the centre: taken in once whatever comes twice, bounded, acknowledged on the record."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from api import alerts as alerts_module
from api.alerts import KEPT_FOR, MAX_ALERT_BYTES, STANDS_AT_MOST_S
from api.persistence.tables import alerts, events
from api.principals import Principal
from domain.alert import Alert, AlertEnd
from domain.camera import Mode
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.errors import Invalid, NotAllowed, NotFound
from tests.builders.alerts import build_alert
from tests.builders.centre import CentreBuilder

OPERATOR = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
AUDITOR = Principal(actor="user:kiem", name="Kiểm", role=Role.AUDITOR)


def take(centre: CentreBuilder, *wanted: Alert) -> None:
    for alert in wanted:
        centre.centre.alerts.take(alert.box_id, canonical_bytes(alert))


def count(centre: CentreBuilder, table: Any) -> int:
    with centre.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.fixture
def boxes(centre: CentreBuilder) -> CentreBuilder:
    centre.box_key("box-1")
    centre.box_key("box-2")
    return centre


@pytest.mark.parametrize(
    "order",
    [
        pytest.param((0, 1), id="in order"),
        pytest.param((0, 0, 1, 1), id="each twice"),
        pytest.param((1, 0), id="the end first"),
        pytest.param((1,), id="the beginning was lost"),
        pytest.param((0, 1, 0), id="the beginning again"),
    ],
)
def test_an_alert_that_has_ended_is_one_row_that_says_so(boxes: CentreBuilder, order: tuple[int, ...]) -> None:
    both = build_alert(), build_alert(end=AlertEnd.OVER)
    take(boxes, *(both[number] for number in order))
    (alert,) = boxes.centre.alerts.list(OPERATOR).items
    assert (alert.end, alert.seen_until) == (AlertEnd.OVER, both[1].seen_until)
    assert alert.measurements == {"lasted_s": 9.5}


def test_one_that_stands_is_shown_until_somebody_takes_it(boxes: CentreBuilder) -> None:
    begun = build_alert()
    take(boxes, begun, build_alert(rule="CROWD", mode=Mode.SHADOW))
    assert [alert.alert_id for alert in boxes.centre.alerts.standing()] == [begun.alert_id], "a trial calls nobody"
    take(boxes, build_alert(end=AlertEnd.OVER))
    assert len(boxes.centre.alerts.standing()) == 1, "nobody has seen it yet"
    boxes.clock.advance(40)
    taken = boxes.centre.alerts.acknowledge(OPERATOR, begun.alert_id)
    assert (taken.acknowledged_by, taken.acknowledged_at) == ("user:lan", boxes.clock.now())
    assert boxes.centre.alerts.standing() == ()
    other = Principal(actor="user:minh", name="Minh", role=Role.SUPERVISOR)
    assert boxes.centre.alerts.acknowledge(other, begun.alert_id) == taken, "the first one stays"
    with boxes.database.read() as connection:
        rows = connection.execute(select(events).where(events.c.action == "alert_acknowledged")).all()
    assert [row.actor for row in rows] == ["user:lan"]
    assert json.loads(rows[0].body)["after_s"] == 40.0
    assert boxes.centre.audit.verify(AUDITOR).intact


def test_one_whose_end_was_lost_does_not_stand_for_ever(boxes: CentreBuilder) -> None:
    take(boxes, build_alert())
    boxes.clock.advance(STANDS_AT_MOST_S + 1)
    assert boxes.centre.alerts.standing() == ()
    assert len(boxes.centre.alerts.list(OPERATOR).items) == 1


def test_a_box_that_floods_pushes_out_its_own_only_and_puts_nothing_on_record(
    boxes: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts_module, "MAX_A_BOX", 5)
    other = build_alert(box_id="box-2")
    take(boxes, other)
    before = count(boxes, events)
    many = [build_alert(place_id=f"lane-{number}") for number in range(30)]
    take(boxes, *many)
    assert count(boxes, alerts) == 6
    kept = {alert.alert_id for alert in boxes.centre.alerts.list(OPERATOR).items}
    assert kept == {other.alert_id, *(alert.alert_id for alert in many[-5:])}
    assert count(boxes, events) == before


def test_old_ones_are_forgotten(boxes: CentreBuilder) -> None:
    old, new = build_alert(), build_alert(place_id="lane-2")
    take(boxes, old)
    boxes.clock.advance((KEPT_FOR + timedelta(hours=1)).total_seconds())
    take(boxes, new)
    assert [alert.alert_id for alert in boxes.centre.alerts.list(OPERATOR).items] == [new.alert_id]
    with pytest.raises(NotFound):
        boxes.centre.alerts.acknowledge(OPERATOR, old.alert_id)


def test_pages_go_on_where_the_last_one_ended(boxes: CentreBuilder) -> None:
    take(boxes, *(build_alert(place_id=f"lane-{number}") for number in range(5)))
    first = boxes.centre.alerts.list(OPERATOR, limit=3)
    rest = boxes.centre.alerts.list(OPERATOR, limit=3, cursor=first.next_cursor)
    assert [alert.place_id for alert in (*first.items, *rest.items)] == [f"lane-{number}" for number in (4, 3, 2, 1, 0)]
    assert rest.next_cursor is None
    for cursor in ("x", "-1", "9" * 12, ""):
        with pytest.raises(Invalid):
            boxes.centre.alerts.list(OPERATOR, cursor=cursor)


def test_only_registered_boxes_speak_and_only_for_themselves(boxes: CentreBuilder) -> None:
    alert = build_alert()
    strange = build_alert(box_id="box-9")
    forged = alert.model_copy(update={"place_id": "lane-2"})
    long = canonical_bytes(alert) + b" " * MAX_ALERT_BYTES
    for box_id, payload in (
        ("box-2", canonical_bytes(alert)),
        ("box-9", canonical_bytes(strange)),
        ("box-1", canonical_bytes(forged)),
        ("box-1", long),
        ("box-1", b"{}"),
        ("box-1", b""),
    ):
        with pytest.raises(Invalid):
            boxes.centre.alerts.take(box_id, payload)
    assert count(boxes, alerts) == 0


def test_an_admin_sees_none_and_an_auditor_takes_none(boxes: CentreBuilder) -> None:
    alert = build_alert()
    take(boxes, alert)
    with pytest.raises(NotAllowed):
        boxes.centre.alerts.list(Principal(actor="user:sep", name="Sếp", role=Role.ADMIN))
    with pytest.raises(NotAllowed):
        boxes.centre.alerts.acknowledge(AUDITOR, alert.alert_id)
