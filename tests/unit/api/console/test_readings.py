"""What all pages of a process show alike is read once a while, and nobody sees more of it than his wards."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from api.console.readings import Readings
from api.principals import Principal
from domain.cases.roles import Role
from domain.grants import Scope
from tests.builders.centre import CentreBuilder

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)


@pytest.fixture
def asked(centre: CentreBuilder) -> Iterator[list[str]]:
    """The questions for the cameras that brought cases, as they come to the database."""
    statements: list[str] = []

    def note(*said: object) -> None:
        if "RECURSIVE known" in str(said[2]):
            statements.append(str(said[2]))

    engine = centre.centre.store.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def names(readings: Readings, who: Principal, *wanted: str) -> list[str]:
    return [each.camera_id for each in readings.brought_cases(who, wanted)]


def test_cameras_of_the_search_are_read_once_a_while_for_everybody(centre: CentreBuilder, asked: list[str]) -> None:
    centre.queued_case(camera_id="cam-1")
    readings = Readings(centre.centre)
    assert names(readings, LAN) == ["cam-1"]
    once = len(asked)
    for _ in range(3):
        assert names(readings, LAN, "cam-1") == ["cam-1"]
    assert len(asked) == once > 0
    centre.queued_case(camera_id="cam-2")
    assert names(readings, LAN) == ["cam-1"]
    centre.clock.advance(1.0)
    assert names(readings, LAN, "cam-2") == ["cam-1", "cam-2"]  # who follows a link to a new camera finds it
    twice = len(asked)
    for number in range(20):
        assert names(readings, LAN, f"no-such-{number}") == ["cam-1", "cam-2"]
    assert len(asked) == twice, "who asks for cameras that do not exist has them read once a second at most"
    centre.queued_case(camera_id="cam-3")
    centre.clock.advance(60.0)
    assert names(readings, LAN) == ["cam-1", "cam-2", "cam-3"]


def test_nobody_sees_cameras_of_other_wards(centre: CentreBuilder) -> None:
    centre.queued_case()
    readings = Readings(centre.centre)
    elsewhere = Scope(wards=frozenset({"an-cuu"}), queues=frozenset("*"))
    an = Principal(actor="user:an", name="An", role=Role.OPERATOR, scope=elsewhere)
    assert len(names(readings, LAN)) == 1
    assert names(readings, an) == []
