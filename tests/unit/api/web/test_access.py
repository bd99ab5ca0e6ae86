"""Every door, tried with every role in every kind of ward and queue; a door without a row here fails."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import httpx
import pytest

from api.persistence.tables import cases
from api.principals import BOUND_BY, ROLES_WITH, SYSTEM, Bound, Permission, Principal
from api.web.sessions import caller, declared_permissions
from docs.access.generate import PAGE, Door, doors, page_text, routes_of
from domain.camera import Mode
from domain.canonical import canonical_bytes
from domain.cases.exporting import Content
from domain.cases.roles import Role
from domain.errors import Invalid, NotFound
from domain.grants import EVERYWHERE, NAMES_QUEUES, NAMES_WARDS, NOWHERE, Scope, scope_of
from tests.builders.asgi_client import AsgiClient
from tests.builders.centre import PASSWORD, QUEUE, CentreBuilder
from tests.builders.reminders import build_reminder, place_picture, with_pictures
from tests.unit.api.web.test_doors import VALID_BODIES

WARD = "thuan-hoa"
NAMES: dict[str, tuple[frozenset[str], ...]] = {
    "ward": (frozenset("*"), frozenset({WARD, "an-cuu"}), frozenset({"an-cuu"}), frozenset()),
    "queue": (frozenset("*"), frozenset({QUEUE, "other"}), frozenset({"other"}), frozenset()),
}
SCOPES = tuple(Scope(wards=wards, queues=queues) for wards, queues in product(NAMES["ward"], NAMES["queue"]))
PEOPLE_AND_MACHINES = tuple(role for role in Role if role != Role.SYSTEM)


@dataclass
class World:
    """A centre with one thing of each kind, all of one ward and queue, and a caller whose grant can be changed."""

    centre: CentreBuilder
    who: Principal = field(default_factory=lambda: Principal(actor="key:trial", name="Trial", role=Role.OPERATOR))
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.centre.app.dependency_overrides[caller] = lambda: self.who
        self.ids["queued"] = str(self.centre.queued_case().case_id)
        shadow = self.centre.queued_case(mode=Mode.SHADOW)
        judge = Principal(actor="user:judge", name="Judge", role=Role.OPERATOR)
        self.centre.judge_right(shadow, judge)
        reminder = with_pictures(build_reminder(ward="Phường Thuận Hóa"), {0: place_picture()})
        box = Principal(actor="key:box-1", name="box-1", role=Role.EDGE, box_id="box-1")
        self.centre.centre.reminder_intake.take(box, canonical_bytes(reminder))
        self.centre.centre.reminder_pictures.take(box, reminder.reminder_id, 0, place_picture())
        self.ids["reminder"] = str(reminder.reminder_id)
        self.ids["leased"] = str(self.centre.ready_case().case_id)
        officer = Principal(actor="key:trial", name="Trial", role=Role.POLICE)
        lease = self.centre.centre.police.pull(officer, QUEUE, n=1, lease_s=80_000, idempotency_key="trial")
        self.ids["lease"] = str(lease.lease_id)
        wanted: dict[str, Any] = {"content": Content.COPIES, "recipient": "Tòa án", "reason_code": "COURT", "note": ""}
        export = self.centre.centre.exports.ask(judge, self.centre.ready_case().case_id, **wanted)
        self.ids["export"] = str(export.export_id)
        plate = VALID_BODIES["POST", "/api/v1/plate-look-ups"]["plate"]
        with self.centre.database.write() as connection:  # confirming a read plate would need its pictures
            connection.execute(cases.update().values(plate_key=plate))

    def send(self, door: Door, **changes: Any) -> httpx.Response:
        """Call a door as the present caller, about the things of this world."""
        method, path = door
        case = "leased" if "/police/" in path else "queued"
        filled = path.format(
            case_id=self.ids[case],
            reminder_id=self.ids["reminder"],
            lease_id=self.ids["lease"],
            export_id=self.ids["export"],
            name="clip.mp4",
            queue=QUEUE,
            username="nobody",
            key_id="nobody",
            box_id="nobody",
            session_id="0" * 64,
            organisation_id="nobody",
            alert_id=uuid.UUID(int=7),
            step=0,
            filter_name="mine",
            form="02",
            camera_id="nobody",
            number=1,
        )
        headers = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": '"999"', "Upload-Offset": "0"}
        if method == "PATCH":
            headers["Content-Type"] = "application/partial-upload"
        options = {"headers": headers, "json": VALID_BODIES.get(door)} | changes
        return AsgiClient(self.centre.app, base_url="http://127.0.0.1").request(method, filled, **options)


Look = Callable[[World, Door], bool]


def reached(world: World, door: Door) -> bool:
    """Whether the answer shows that there is something."""
    return world.send(door).status_code not in {403, 404}


def lists_something(world: World, door: Door) -> bool:
    answer = world.send(door).json()
    return bool(answer["items"] if isinstance(answer, dict) else answer)


def pulls_something(world: World, door: Door) -> bool:
    answer = world.send(door, json={"n": 1, "lease_s": 1})
    world.centre.clock.advance(2)  # the next pull finds it again
    return answer.status_code == 200 and bool(answer.json()["cases"])


def counts_something(world: World, door: Door) -> bool:
    return any(each["cases"] for each in world.send(door).json())


def takes_something(world: World, door: Door) -> bool:
    """A step of many is refused by itself; a case that is seen is where the step does not begin."""
    (answer,) = world.send(door, json={"steps": [{"case_id": world.ids["leased"], "step": "verify"}]}).json()["items"]
    return bool(answer["problem"]["status"] == 409)


def is_handed_something(world: World, door: Door) -> bool:
    answer = world.send(door)
    world.send(("DELETE", "/api/v1/cases/{case_id}/hold"))
    return answer.status_code == 200


def is_asked_about(world: World, door: Door) -> bool:
    """Police ask about a case that they hold, others about one that they see."""
    held = world.ids["leased" if world.who.role is Role.POLICE else "queued"]
    answer = world.send((door[0], door[1].replace("{case_id}", held)), json=VALID_BODIES[door])
    return answer.status_code not in {403, 404}


BOUND_DOORS: dict[Door, Look] = {
    ("GET", "/api/v1/cases"): lists_something,
    ("POST", "/api/v1/plate-look-ups"): lists_something,
    ("GET", "/api/v1/cases/{case_id}"): reached,
    ("GET", "/api/v1/cases/{case_id}/history"): reached,
    ("GET", "/api/v1/cases/{case_id}/files/{name}"): reached,
    ("GET", "/api/v1/cases/{case_id}/reminder"): reached,
    ("POST", "/api/v1/cases/{case_id}/decision"): reached,
    ("GET", "/api/v1/cases/{case_id}/duplicates"): reached,
    ("POST", "/api/v1/cases/{case_id}/duplicates"): reached,
    ("POST", "/api/v1/cases/{case_id}/split"): reached,
    ("POST", "/api/v1/cases/{case_id}/clone"): reached,
    ("PUT", "/api/v1/cases/{case_id}/plate"): reached,
    ("POST", "/api/v1/cases/{case_id}/unblurring"): reached,
    ("POST", "/api/v1/cases/{case_id}/exports"): reached,
    ("POST", "/api/v1/cases/{case_id}/sightings"): is_asked_about,
    ("GET", "/api/v1/exports"): lists_something,
    ("POST", "/api/v1/exports/{export_id}/answer"): reached,
    ("POST", "/api/v1/exports/{export_id}/file"): reached,
    ("PUT", "/api/v1/cases/{case_id}/hold"): reached,
    ("DELETE", "/api/v1/cases/{case_id}/hold"): reached,
    ("POST", "/api/v1/review/next"): is_handed_something,
    ("GET", "/api/v1/shadow-precision"): lists_something,
    ("GET", "/api/v1/reminders"): lists_something,
    ("GET", "/api/v1/reminders/{reminder_id}"): reached,
    ("GET", "/api/v1/reminders/{reminder_id}/pictures/{step}"): reached,
    ("POST", "/api/v1/reminders/{reminder_id}/answers"): reached,
    ("POST", "/api/v1/police/queues/{queue}/pull"): pulls_something,
    ("GET", "/api/v1/police/cases"): lists_something,
    ("GET", "/api/v1/police/cases/{case_id}"): reached,
    ("GET", "/api/v1/police/cases/{case_id}/files/{name}"): reached,
    ("GET", "/api/v1/police/waiting"): counts_something,
    ("POST", "/api/v1/police/cases/{case_id}/progress"): reached,
    ("POST", "/api/v1/police/cases/{case_id}/notice"): reached,
    ("POST", "/api/v1/police/cases/{case_id}/notice.pdf"): reached,
    ("GET", "/api/v1/police/cases/{case_id}/forms/{form}"): reached,
    ("GET", "/api/v1/police/cases/{case_id}/forms/{form}/pdf"): reached,
    ("POST", "/api/v1/police/steps"): takes_something,
    ("POST", "/api/v1/police/leases/{lease_id}/extend"): reached,
    ("GET", "/api/v1/police/cases/{case_id}/package"): reached,
    ("POST", "/api/v1/police/cases/{case_id}/acknowledge"): reached,
    ("POST", "/api/v1/police/cases/{case_id}/return"): reached,
    ("POST", "/api/v1/police/cases/{case_id}/processed"): reached,
}
"""Every door that is bound by ward or queue, and how to see that it let somebody through to what lies there."""
PLACES = frozenset({Bound.CASE, Bound.QUEUE, Bound.WARD})
CHANGES_THE_WORLD = {("POST", "/api/v1/police/cases/{case_id}/return")}


@pytest.fixture
def world(sqlite_centre: CentreBuilder) -> World:
    return World(sqlite_centre)


def bound_permissions(world: World) -> dict[Door, Permission]:
    found = {door: declared_permissions(route) for door, route in routes_of(world.centre.app).items()}
    return {door: of[0] for door, of in found.items() if of[0] is not None and BOUND_BY[of[0]] in PLACES}


def reaches(scope: Scope, bound: Bound) -> bool:
    """What the table says, in the words of the table."""
    ward = "*" in scope.wards or WARD in scope.wards
    queue = "*" in scope.queues or QUEUE in scope.queues
    return ward if bound is Bound.WARD else ward and queue


def test_every_door_that_is_bound_has_a_row(world: World) -> None:
    assert set(bound_permissions(world)) == set(BOUND_DOORS)
    assert set(BOUND_BY) == set(Permission)


def trials(world: World) -> Iterator[tuple[Door, Permission, Role, Scope]]:
    permissions = bound_permissions(world)
    for door in sorted(BOUND_DOORS, key=lambda door: door in CHANGES_THE_WORLD):
        for role, scope in product(PEOPLE_AND_MACHINES, SCOPES):
            if role in ROLES_WITH[permissions[door]] or scope == EVERYWHERE:
                yield door, permissions[door], role, scope


def test_every_bound_door_shows_what_lies_in_the_scope_and_nothing_else(world: World) -> None:
    tried = 0
    for door, permission, role, scope in trials(world):
        may = role in ROLES_WITH[permission]
        expected = may and reaches(scope, BOUND_BY[permission])
        if door in CHANGES_THE_WORLD and expected:
            continue  # last, below
        world.who = replace(world.who, role=role, scope=scope)
        if not may:
            assert world.send(door).status_code == 403, (door, role)
        else:
            assert BOUND_DOORS[door](world, door) == expected, (door, role, scope)
        tried += 1
    assert tried > 500
    world.who = replace(world.who, role=Role.POLICE, scope=Scope(wards=frozenset({WARD}), queues=frozenset({QUEUE})))
    assert all(reached(world, door) for door in CHANGES_THE_WORLD)


def test_a_file_or_case_elsewhere_leaves_no_look_on_record(world: World) -> None:
    before = len(world.centre.centre.cases.history(SYSTEM_AUDITOR, uuid.UUID(world.ids["queued"])))
    world.who = replace(world.who, scope=Scope(wards=frozenset({"an-cuu"})))
    for path in ("", "/history", "/files/clip.mp4", "/reminder"):
        answer = world.send(("GET", "/api/v1/cases/{case_id}" + path))
        assert answer.status_code == 404
        unknown = world.send(("GET", f"/api/v1/cases/{uuid.UUID(int=9)}" + path))
        assert answer.json()["type"] == unknown.json()["type"]
    assert len(world.centre.centre.cases.history(SYSTEM_AUDITOR, uuid.UUID(world.ids["queued"]))) == before


SYSTEM_AUDITOR = Principal(actor="user:test-auditor", name="Auditor", role=Role.AUDITOR)


def test_numbers_of_cases_that_lie_elsewhere_are_not_told(world: World) -> None:
    cases = world.centre.centre.cases
    assert cases.counts(world.who)
    assert cases.counts(replace(world.who, scope=Scope(wards=frozenset({WARD})))) == {}


def test_a_changed_grant_ends_the_sessions_and_is_on_record(centre: CentreBuilder) -> None:
    client = centre.signed_in("lan", Role.OPERATOR)
    case_id = centre.queued_case().case_id
    assert client.get(f"/api/v1/cases/{case_id}").status_code == 200
    centre.centre.accounts.change_grant(SYSTEM, "lan", role=Role.OPERATOR, wards=("an-cuu",))
    assert client.get("/api/v1/me").status_code == 401
    client.post("/api/v1/session", json={"username": "lan", "password": PASSWORD}).raise_for_status()
    assert client.get("/api/v1/me").json()["wards"] == ["an-cuu"]
    assert client.get(f"/api/v1/cases/{case_id}").status_code == 404
    assert client.get("/api/v1/cases").json()["items"] == []
    assert centre.centre.audit.verify(SYSTEM).intact
    with pytest.raises(NotFound):
        centre.centre.accounts.change_grant(SYSTEM, "nobody", role=Role.OPERATOR)


def test_who_gave_himself_a_scope_by_hand_is_found(centre: CentreBuilder) -> None:
    centre.user("lan", Role.OPERATOR, wards=("an-cuu",))
    with centre.database.write() as connection:
        connection.exec_driver_sql("UPDATE users SET wards = '*'")
    verdict = centre.centre.audit.verify(SYSTEM)
    assert verdict.wrong_rows == ("wards of users lan is not what the record says",)


@pytest.mark.parametrize("role", PEOPLE_AND_MACHINES)
def test_a_role_takes_the_names_that_bound_it_and_no_others(role: Role) -> None:
    for kind, rules in (("wards", NAMES_WARDS), ("queues", NAMES_QUEUES)):
        needed: dict[str, list[str]] = {}
        if NAMES_WARDS.get(role):
            needed["wards"] = ["a"]
        if NAMES_QUEUES.get(role):
            needed["queues"] = ["a"]
        if role in rules:
            assert getattr(scope_of(role, **needed | {kind: ["b"]}), kind) == {"b"}
        else:
            with pytest.raises(Invalid, match="not bound"):
                scope_of(role, **needed | {kind: ["b"]})
        if rules.get(role):
            with pytest.raises(Invalid, match="names its"):
                scope_of(role, **{name: value for name, value in needed.items() if name != kind})
        for wrong in ("", " ", "A", "a b", "**", "a" * 64):
            with pytest.raises(Invalid):
                scope_of(role, **needed | {kind: [wrong]})


def test_nowhere_is_nowhere() -> None:
    assert not NOWHERE.covers(ward="", queue=None)
    assert not Scope(wards=frozenset({"a"})).covers(ward="*", queue="q")


def test_the_published_table_is_the_doors_own() -> None:
    written = PAGE.read_text("utf-8")
    assert page_text(written, doors()) == written, "run `python -m docs.access.generate`"
