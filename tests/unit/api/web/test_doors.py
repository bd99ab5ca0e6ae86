"""Who may call what, and what is answered when something is wrong."""

import re
import uuid
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from api.errors import TooManyAttempts, Unauthenticated
from api.people.throttle import FIRST_WAIT_S, FREE_FAILURES, FREE_FAILURES_ALTOGETHER
from api.principals import ROLES_WITH, SYSTEM, Permission
from api.web.middleware import MAX_BODY_BYTES, MAX_UPLOAD_BYTES
from api.web.sessions import declared_permissions
from docs.access.generate import routes_of
from domain.cases.roles import WITHOUT_ACCOUNT, Role
from tests.builders.asgi_client import AsgiClient
from tests.builders.centre import CLIP, ORIGIN, PASSWORD, QUEUE, CentreBuilder

HEALTH: set[Role] = {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN}
ROLES_OF_PATHS: dict[tuple[str, str], set[Role] | None] = {
    ("POST", "/api/v1/session"): None,
    ("POST", "/api/v1/session/provider"): None,
    ("GET", "/healthz"): None,
    ("GET", "/readyz"): None,
    ("GET", "/metrics"): None,
    ("GET", "/cong-dan"): None,
    ("GET", "/cong-dan/style.css"): None,
    ("GET", "/cong-dan/phan-anh"): None,
    ("POST", "/cong-dan/phan-anh"): None,
    ("POST", "/cong-dan/phan-anh/tinh-trang"): None,
    ("POST", "/api/v1/reports"): None,
    ("POST", "/api/v1/reports/state"): None,
    ("GET", "/api/v1/reports"): {Role.OPERATOR, Role.SUPERVISOR},
    ("GET", "/api/v1/reports/{report_id}"): {Role.OPERATOR, Role.SUPERVISOR},
    ("GET", "/api/v1/reports/{report_id}/files/{name}"): {Role.OPERATOR, Role.SUPERVISOR},
    ("POST", "/api/v1/reports/{report_id}/answer"): {Role.OPERATOR, Role.SUPERVISOR},
    ("POST", "/api/v1/reports/{report_id}/reporter"): {Role.SUPERVISOR},
    ("POST", "/api/v1/reports/{report_id}/unblurring"): {Role.OPERATOR, Role.SUPERVISOR},
    ("GET", "/cong-dan/so-lieu"): None,
    ("GET", "/cong-dan/so-lieu/{month}.csv"): None,
    ("GET", "/cong-dan/bao-cao/{month}.csv"): None,
    ("GET", "/cong-dan/bao-cao/{month}.pdf"): None,
    ("GET", "/cong-dan/vu-viec"): None,
    ("POST", "/cong-dan/vu-viec"): None,
    ("GET", "/cong-dan/vu-viec/tep/{name}"): None,
    ("POST", "/cong-dan/vu-viec/phan-doi"): None,
    ("POST", "/cong-dan/vu-viec/dong"): None,
    ("DELETE", "/api/v1/session"): {*Role} - WITHOUT_ACCOUNT,
    ("PUT", "/api/v1/me/password"): {*Role} - WITHOUT_ACCOUNT,
    ("GET", "/api/v1/me"): {*Role} - WITHOUT_ACCOUNT,
    ("GET", "/api/v1/me/sessions"): {*Role} - WITHOUT_ACCOUNT,
    ("DELETE", "/api/v1/me/sessions"): {*Role} - WITHOUT_ACCOUNT,
    ("DELETE", "/api/v1/me/sessions/{session_id}"): {*Role} - WITHOUT_ACCOUNT,
    ("GET", "/api/v1/me/second-factor"): {*Role} - WITHOUT_ACCOUNT,
    ("POST", "/api/v1/me/second-factor"): {*Role} - WITHOUT_ACCOUNT,
    ("PUT", "/api/v1/me/second-factor"): {*Role} - WITHOUT_ACCOUNT,
    ("POST", "/api/v1/me/second-factor/removal"): {*Role} - WITHOUT_ACCOUNT,
    ("POST", "/api/v1/me/recovery-codes"): {*Role} - WITHOUT_ACCOUNT,
    ("GET", "/api/v1/me/filters"): {*Role} - WITHOUT_ACCOUNT,
    ("PUT", "/api/v1/me/filters"): {*Role} - WITHOUT_ACCOUNT,
    ("DELETE", "/api/v1/me/filters/{filter_name}"): {*Role} - WITHOUT_ACCOUNT,
    ("POST", "/api/v1/plate-look-ups"): {Role.OPERATOR, Role.SUPERVISOR, Role.POLICE},
    ("GET", "/api/v1/audit/plate-look-ups"): {Role.AUDITOR},
    ("GET", "/api/v1/audit/plate-look-up-alarms"): {Role.AUDITOR},
    ("GET", "/api/v1/cases"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR},
    ("GET", "/api/v1/cases/{case_id}"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR},
    ("GET", "/api/v1/cases/{case_id}/history"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR},
    ("GET", "/api/v1/cases/{case_id}/files/{name}"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR},
    ("POST", "/api/v1/cases/{case_id}/decision"): {Role.OPERATOR, Role.SUPERVISOR},
    ("GET", "/api/v1/cases/{case_id}/duplicates"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR},
    ("PUT", "/api/v1/cases/{case_id}/plate"): {Role.OPERATOR, Role.SUPERVISOR},
    ("POST", "/api/v1/cases/{case_id}/duplicates"): {Role.OPERATOR, Role.SUPERVISOR},
    ("POST", "/api/v1/cases/{case_id}/split"): {Role.OPERATOR, Role.SUPERVISOR},
    ("POST", "/api/v1/cases/{case_id}/exports"): {Role.OPERATOR, Role.SUPERVISOR},
    ("GET", "/api/v1/exports"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR},
    ("POST", "/api/v1/exports/{export_id}/answer"): {Role.SUPERVISOR},
    ("POST", "/api/v1/exports/{export_id}/file"): {Role.OPERATOR, Role.SUPERVISOR},
    ("POST", "/api/v1/cases/{case_id}/unblurring"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR},
    ("PUT", "/api/v1/cases/{case_id}/hold"): {Role.OPERATOR, Role.SUPERVISOR},
    ("DELETE", "/api/v1/cases/{case_id}/hold"): {Role.OPERATOR, Role.SUPERVISOR},
    ("POST", "/api/v1/review/next"): {Role.OPERATOR, Role.SUPERVISOR},
    ("GET", "/api/v1/reviewers"): {Role.SUPERVISOR, Role.AUDITOR},
    ("GET", "/api/v1/rule-outcomes"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/backlog"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/clocks"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/dropped-cases"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/figures.csv"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/floods"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN},
    ("POST", "/api/v1/floods/{camera_id}/lift"): {Role.SUPERVISOR},
    ("POST", "/api/v1/floods/{camera_id}/close"): {Role.SUPERVISOR},
    ("POST", "/api/v1/reports/{report_id}/case"): {Role.OPERATOR, Role.SUPERVISOR},
    ("POST", "/api/v1/cases/{case_id}/clone"): {Role.OPERATOR, Role.SUPERVISOR},
    ("DELETE", "/api/v1/floods/{camera_id}/close"): {Role.SUPERVISOR},
    ("GET", "/api/v1/alerts"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR},
    ("POST", "/api/v1/alerts/{alert_id}/acknowledgement"): {Role.OPERATOR, Role.SUPERVISOR},
    ("POST", "/api/v1/reminders"): {Role.EDGE},
    ("GET", "/api/v1/reminders"): {Role.OPERATOR, Role.SUPERVISOR, Role.WARD, Role.AUDITOR},
    ("GET", "/api/v1/reminders/{reminder_id}"): {Role.OPERATOR, Role.SUPERVISOR, Role.WARD, Role.AUDITOR},
    ("POST", "/api/v1/reminders/{reminder_id}/answers"): {Role.OPERATOR, Role.SUPERVISOR, Role.WARD},
    ("PUT", "/api/v1/reminders/{reminder_id}/pictures/{step}"): {Role.EDGE},
    ("GET", "/api/v1/reminders/{reminder_id}/pictures/{step}"): {
        Role.OPERATOR,
        Role.SUPERVISOR,
        Role.WARD,
        Role.AUDITOR,
    },
    ("GET", "/api/v1/cases/{case_id}/reminder"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR},
    ("GET", "/api/v1/recall"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/recall.csv"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/traffic"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/traffic.csv"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/rejection-reasons"): {*Role} - WITHOUT_ACCOUNT - {Role.EDGE, Role.ANALYSER},
    ("GET", "/api/v1/shadow-precision"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR},
    ("GET", "/api/v1/catalogue"): {*Role} - WITHOUT_ACCOUNT - {Role.EDGE, Role.ANALYSER},
    ("GET", "/api/v1/health/cameras"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN},
    ("GET", "/api/v1/cameras"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN},
    ("PUT", "/api/v1/edge/cameras"): {Role.EDGE},
    ("POST", "/api/v1/edge/report-analyses"): {Role.ANALYSER},
    ("GET", "/api/v1/edge/report-analyses/{lease_id}/file"): {Role.ANALYSER},
    ("PUT", "/api/v1/edge/report-analyses/{lease_id}/pictures/{number}"): {Role.ANALYSER},
    ("PUT", "/api/v1/edge/report-analyses/{lease_id}/film/{part}"): {Role.ANALYSER},
    ("PUT", "/api/v1/edge/report-analyses/{lease_id}"): {Role.ANALYSER},
    ("POST", "/api/v1/edge/report-analyses/{lease_id}/failure"): {Role.ANALYSER},
    ("PUT", "/api/v1/edge/cameras/{camera_id}/still"): {Role.EDGE},
    ("GET", "/api/v1/cameras/{box_id}/{camera_id}"): HEALTH,
    ("GET", "/api/v1/cameras/{box_id}/{camera_id}/still"): HEALTH,
    ("GET", "/api/v1/cameras/{box_id}/{camera_id}/drawings"): HEALTH,
    ("GET", "/api/v1/cameras/{box_id}/{camera_id}/drawings/{number}"): HEALTH,
    ("POST", "/api/v1/cameras/{box_id}/{camera_id}/drawings"): {Role.ADMIN},
    ("POST", "/api/v1/cameras/{box_id}/{camera_id}/drawings/{number}/again"): {Role.ADMIN},
    ("GET", "/api/v1/health/boxes"): {Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN},
    ("PUT", "/api/v1/edge/cases/{case_id}"): {Role.EDGE},
    ("PATCH", "/api/v1/edge/cases/{case_id}/files"): {Role.EDGE},
    ("PATCH", "/api/v1/edge/cases/{case_id}/files/{name}"): {Role.EDGE},
    ("PUT", "/api/v1/edge/ledger"): {Role.EDGE},
    ("GET", "/api/v1/edge/sightings/keys"): {Role.EDGE},
    ("PUT", "/api/v1/edge/sightings"): {Role.EDGE},
    ("POST", "/api/v1/cases/{case_id}/sightings"): {Role.OPERATOR, Role.SUPERVISOR, Role.POLICE},
    ("POST", "/api/v1/police/queues/{queue}/pull"): {Role.POLICE},
    ("POST", "/api/v1/police/leases/{lease_id}/extend"): {Role.POLICE},
    ("GET", "/api/v1/police/cases/{case_id}/package"): {Role.POLICE},
    ("POST", "/api/v1/police/cases/{case_id}/acknowledge"): {Role.POLICE},
    ("POST", "/api/v1/police/cases/{case_id}/return"): {Role.POLICE},
    ("POST", "/api/v1/police/cases/{case_id}/processed"): {Role.POLICE},
    ("GET", "/api/v1/police/cases"): {Role.POLICE},
    ("GET", "/api/v1/police/cases/{case_id}"): {Role.POLICE},
    ("GET", "/api/v1/police/cases/{case_id}/files/{name}"): {Role.POLICE},
    ("GET", "/api/v1/police/waiting"): {Role.POLICE},
    ("POST", "/api/v1/police/cases/{case_id}/notice"): {Role.POLICE},
    ("POST", "/api/v1/police/cases/{case_id}/notice.pdf"): {Role.POLICE},
    ("GET", "/api/v1/police/cases/{case_id}/forms/{form}"): {Role.POLICE},
    ("GET", "/api/v1/police/cases/{case_id}/forms/{form}/pdf"): {Role.POLICE},
    ("POST", "/api/v1/police/cases/{case_id}/progress"): {Role.POLICE},
    ("POST", "/api/v1/police/steps"): {Role.POLICE},
    ("GET", "/api/v1/users"): {Role.ADMIN},
    ("POST", "/api/v1/users"): {Role.ADMIN},
    ("PUT", "/api/v1/users/{username}/grant"): {Role.ADMIN},
    ("PUT", "/api/v1/users/{username}/person"): {Role.ADMIN},
    ("PUT", "/api/v1/users/{username}/identity"): {Role.ADMIN},
    ("DELETE", "/api/v1/users/{username}/identity"): {Role.ADMIN},
    ("DELETE", "/api/v1/users/{username}"): {Role.ADMIN},
    ("DELETE", "/api/v1/users/{username}/sessions"): {Role.ADMIN},
    ("DELETE", "/api/v1/users/{username}/second-factor"): {Role.ADMIN},
    ("GET", "/api/v1/api-keys"): {Role.ADMIN},
    ("POST", "/api/v1/api-keys"): {Role.ADMIN},
    ("DELETE", "/api/v1/api-keys/{key_id}"): {Role.ADMIN},
    ("POST", "/api/v1/api-keys/{key_id}/successor"): {Role.ADMIN},
    ("GET", "/api/v1/organisations"): {Role.ADMIN},
    ("POST", "/api/v1/organisations"): {Role.ADMIN},
    ("PUT", "/api/v1/organisations/{organisation_id}/webhook"): {Role.ADMIN},
    ("DELETE", "/api/v1/organisations/{organisation_id}/webhook"): {Role.ADMIN},
    ("GET", "/api/v1/boxes"): {Role.ADMIN},
    ("PUT", "/api/v1/boxes/{box_id}"): {Role.ADMIN},
    ("DELETE", "/api/v1/boxes/{box_id}"): {Role.ADMIN},
    ("GET", "/api/v1/audit"): {Role.AUDITOR},
    ("GET", "/api/v1/audit/verification"): {Role.AUDITOR},
}
"""Every door and the roles that it opens to; None: to anyone. A new door has to be entered here."""

LEASE = str(uuid.UUID(int=1))
DRAWN: dict[str, Any] = {"base_sha256": "0" * 64, "newest": 0, "why": "because"}
VALID_BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/api/v1/cases/{case_id}/decision"): {"decision": "confirm"},
    ("POST", "/api/v1/cases/{case_id}/duplicates"): {"other_id": LEASE, "judgement": "same"},
    ("PUT", "/api/v1/cases/{case_id}/plate"): {"plate": "75F1 12345"},
    ("POST", "/api/v1/cases/{case_id}/split"): {"note": "two vehicles"},
    ("POST", "/api/v1/cases/{case_id}/unblurring"): {"reason_code": "EVIDENCE_CHECK"},
    ("POST", "/api/v1/cases/{case_id}/exports"): {"content": "copies", "recipient": "Toà án", "reason_code": "COURT"},
    ("POST", "/api/v1/exports/{export_id}/answer"): {"answer": "approved"},
    ("POST", "/api/v1/floods/{camera_id}/lift"): {"note": "looked"},
    ("POST", "/api/v1/floods/{camera_id}/close"): {"reason_code": "FALSE_DETECTION"},
    ("POST", "/api/v1/cases/{case_id}/clone"): {
        "offence_code": "PHONE",
        "vehicle_kind": "car",
        "subject": 2,
        "note": "a second one",
    },
    ("POST", "/api/v1/reports/{report_id}/case"): {
        "version": 1,
        "offence_code": "PHONE",
        "vehicle_kind": "car",
        "acted_at": "2026-01-05T05:00:00Z",
        "road": "Lê Lợi",
        "ward": "Thuận Hóa",
        "direction": "",
        "latitude_deg": 16.46,
        "longitude_deg": 107.59,
        "instrument": "",
        "moments": {},
        "note": "seen",
    },
    ("POST", "/api/v1/police/queues/{queue}/pull"): {"n": 1},
    ("POST", "/api/v1/reports/{report_id}/answer"): {"state": "unusable", "version": 1, "note": "blurred"},
    ("POST", "/api/v1/reports/{report_id}/reporter"): {"why": "to ask back"},
    ("POST", "/api/v1/reports/{report_id}/unblurring"): {"reason_code": "COMPLAINT"},
    ("POST", "/api/v1/police/leases/{lease_id}/extend"): {},
    ("PUT", "/api/v1/edge/report-analyses/{lease_id}"): {
        "pictures": [{"offset_s": 0, "resolution_wh": [320, 240], "things": []}],
        "models": [],
    },
    ("POST", "/api/v1/edge/report-analyses/{lease_id}/failure"): {"problem": "timed_out", "again": True},
    ("POST", "/api/v1/police/cases/{case_id}/acknowledge"): {
        "lease_id": str(uuid.UUID(int=1)),
        "package_sha256": "0" * 64,
    },
    ("POST", "/api/v1/police/cases/{case_id}/return"): {"lease_id": LEASE, "reason_code": "DUPLICATE"},
    ("POST", "/api/v1/police/cases/{case_id}/processed"): {"outcome": "warned"},
    ("POST", "/api/v1/police/cases/{case_id}/progress"): {"step": "verify"},
    ("POST", "/api/v1/police/steps"): {"steps": [{"case_id": LEASE, "step": "verify"}]},
    ("POST", "/api/v1/reminders/{reminder_id}/answers"): {"outcome": "reminded"},
    ("POST", "/api/v1/me/second-factor"): {"password": PASSWORD},
    ("PUT", "/api/v1/me/second-factor"): {"code": "123456"},
    ("POST", "/api/v1/me/second-factor/removal"): {"password": PASSWORD},
    ("POST", "/api/v1/me/recovery-codes"): {"password": PASSWORD},
    ("PUT", "/api/v1/me/filters"): {"name": "mine", "filter": {"states": ["queued"]}},
    ("POST", "/api/v1/plate-look-ups"): {"plate": "75F112345", "purpose": "REVIEW"},
    ("POST", "/api/v1/cases/{case_id}/sightings"): {"purpose": "REVIEW"},
    ("POST", "/api/v1/users"): {"username": "new", "display_name": "New", "role": "auditor", "password": PASSWORD},
    ("PUT", "/api/v1/users/{username}/person"): {"person": "nv-17"},
    ("PUT", "/api/v1/users/{username}/grant"): {"role": "auditor"},
    ("PUT", "/api/v1/users/{username}/identity"): {"subject": "somebody"},
    ("POST", "/api/v1/session/provider"): {"code": "000000"},
    ("POST", "/api/v1/api-keys"): {"name": "new", "role": "auditor"},
    ("POST", "/api/v1/organisations"): {"organisation_id": "new", "name": "New"},
    ("PUT", "/api/v1/organisations/{organisation_id}/webhook"): {"url": "https://a.example/", "queues": ["q"]},
    ("POST", "/api/v1/cameras/{box_id}/{camera_id}/drawings"): DRAWN
    | {"drawing": {"reference_still_wh": [1920, 1080]}},
    ("POST", "/api/v1/cameras/{box_id}/{camera_id}/drawings/{number}/again"): DRAWN,
    ("PUT", "/api/v1/boxes/{box_id}"): {"public_key_b64": "A" * 43 + "=", "name": "Box"},
}


def members(centre: CentreBuilder) -> dict[Role, AsgiClient]:
    """One caller of each role."""
    people = (Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN)
    clients = {role: centre.signed_in(role.value, role) for role in people}
    clients[Role.WARD] = centre.signed_in("ward", Role.WARD, wards=("phu-xuan",))
    clients[Role.EDGE] = centre.key_client(Role.EDGE, box_id="box-1")
    clients[Role.ANALYSER] = centre.key_client(Role.ANALYSER)
    clients[Role.POLICE] = centre.key_client(Role.POLICE, queues=(QUEUE,))
    return clients


def call(client: AsgiClient, method: str, path: str) -> int:
    filled = re.sub(r"\{(case_id|lease_id|reminder_id|report_id|export_id)\}", str(uuid.UUID(int=7)), path)
    filled = (
        filled.replace("{session_id}", "0" * 64).replace("{step}", "0").replace("{number}", "1").replace("{part}", "1")
    )
    filled = filled.replace("{name}", "clip.mp4").replace("{queue}", QUEUE)
    filled = re.sub(r"\{\w+\}", "nobody", filled)
    headers = {
        "Idempotency-Key": "k",
        "If-Match": '"1"',
        "Upload-Offset": "0",
    }
    if method == "PATCH":
        headers["Content-Type"] = "application/partial-upload"
    return client.request(method, filled, json=VALID_BODIES.get((method, path)), headers=headers).status_code


def test_every_door_is_in_the_table_and_declares_exactly_one_permission(sqlite_centre: CentreBuilder) -> None:
    declared = {key: declared_permissions(route) for key, route in routes_of(sqlite_centre.app).items()}
    assert set(declared) == set(ROLES_OF_PATHS)
    published = {
        (method.upper(), path) for path, methods in sqlite_centre.app.openapi()["paths"].items() for method in methods
    }
    assert published == {door for door in ROLES_OF_PATHS if door[1].startswith("/api/")}
    for key, permissions in declared.items():
        assert len(permissions) == 1, f"{key} declares {permissions}"
        expected = ROLES_OF_PATHS[key]
        assert (permissions[0] is None) == (expected is None), key
        if permissions[0] is not None:
            assert ROLES_WITH[permissions[0]] == expected, key


def test_every_door_opens_to_its_roles_and_to_nobody_else(sqlite_centre: CentreBuilder) -> None:
    clients = members(sqlite_centre)
    assert set(clients) == {*Role} - WITHOUT_ACCOUNT
    nobody = sqlite_centre.client()
    wrong = sqlite_centre.client(Authorization="Bearer matthan_00_nothing")
    for (method, path), expected in ROLES_OF_PATHS.items():
        if expected is None or (method, path) in {("DELETE", "/api/v1/session"), ("PUT", "/api/v1/me/password")}:
            continue
        assert call(nobody, method, path) == 401, (method, path)
        assert call(wrong, method, path) == 401, (method, path)
        for role, client in clients.items():
            status = call(client, method, path)
            assert status < 500, (method, path, role)
            assert (status not in {401, 403}) == (role in expected), (method, path, role, status)


def test_every_permission_has_an_entry_and_the_system_can_never_come_in() -> None:
    assert set(ROLES_WITH) == set(Permission)
    assert all(Role.SYSTEM not in roles for roles in ROLES_WITH.values())


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/api/v1/none", 404, "not-found"),
        ("GET", "/nothing", 404, "not-found"),
        ("PUT", "/api/v1/me", 405, "method-not-allowed"),
        ("GET", "/api/v1/cases/not-a-uuid", 422, "invalid"),
        ("GET", "/api/v1/cases?limit=0", 422, "invalid"),
        ("GET", "/api/v1/cases?cursor=nonsense", 422, "invalid"),
        ("GET", "/api/v1/cases?from=yesterday", 422, "invalid"),
        ("GET", "/api/v1/cases?code=a%00b", 422, "invalid"),
        ("GET", f"/api/v1/cases/{uuid.UUID(int=7)}", 404, "not-found"),
        ("POST", f"/api/v1/cases/{uuid.UUID(int=7)}/decision", 422, "invalid"),
    ],
)
def test_every_error_is_a_problem_document(
    sqlite_centre: CentreBuilder, method: str, path: str, status: int, kind: str
) -> None:
    answer = sqlite_centre.signed_in("lan", Role.OPERATOR).request(method, path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.json()["type"].endswith(f"/{kind}")


def test_a_fault_of_ours_tells_nothing_of_the_inside(
    sqlite_centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = sqlite_centre.signed_in("lan", Role.OPERATOR)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(type(sqlite_centre.centre.cases), "list", broken)
    answer = client.get("/api/v1/cases")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "secret detail" in caplog.text


def test_a_database_that_is_away_is_a_503_with_retry_after(
    sqlite_centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sqlite_centre.signed_in("lan", Role.OPERATOR)

    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT secret", {}, Exception("password=secret"))

    monkeypatch.setattr(type(sqlite_centre.centre.store.database.engine), "connect", away)
    answer = client.get("/api/v1/cases")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "secret" not in answer.text


def test_bodies_are_limited_declared_or_not(sqlite_centre: CentreBuilder) -> None:
    client = sqlite_centre.client()

    def endless() -> Any:
        async def pieces() -> Any:
            for _ in range(3):
                yield b"x" * (MAX_BODY_BYTES // 2)

        return pieces()

    assert client.post("/api/v1/session", content=b"x" * (MAX_BODY_BYTES + 1)).status_code == 413
    assert client.post("/api/v1/session", content=endless()).status_code == 413
    box = sqlite_centre.key_client(Role.EDGE, box_id="box-1")
    url = f"/api/v1/edge/cases/{uuid.UUID(int=7)}/files/clip.mp4"
    headers = {"Upload-Offset": "0", "Content-Type": "application/partial-upload"}
    assert box.patch(url, content=b"x" * (MAX_UPLOAD_BYTES + 1), headers=headers).status_code == 413
    assert box.patch(url, content=b"x" * MAX_UPLOAD_BYTES, headers=headers).status_code == 404


def test_security_headers_are_on_every_answer(sqlite_centre: CentreBuilder) -> None:
    for path in ("/api/v1/me", "/nothing", "/healthz"):
        headers = sqlite_centre.client().get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in sqlite_centre.client().get("/api/v1/me").headers["content-security-policy"]


def test_the_cookie_is_for_our_own_pages_only(sqlite_centre: CentreBuilder) -> None:
    client = sqlite_centre.signed_in("lan", Role.OPERATOR)
    assert client.get("/api/v1/me").json()["actor"] == "user:lan"
    path = f"/api/v1/cases/{uuid.UUID(int=7)}/decision"
    said: dict[str, Any] = {"json": {"decision": "confirm"}}
    refused = [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {},
    ]
    client.headers.clear()
    for headers in refused:
        assert client.post(path, headers={"If-Match": '"1"'} | headers, **said).status_code == 403, headers
    for headers in ({"Origin": ORIGIN}, {"Sec-Fetch-Site": "same-origin"}):
        assert client.post(path, headers={"If-Match": '"1"'} | headers, **said).status_code == 404, headers
    login = {"json": {"username": "lan", "password": PASSWORD}}
    other = sqlite_centre.client()
    assert other.post("/api/v1/session", headers={"Sec-Fetch-Site": "cross-site"}, **login).status_code == 403


def test_the_cookie_is_http_only_strict_and_secure_behind_https(make_centre: Any) -> None:
    plain = make_centre()
    plain.user("lan", Role.OPERATOR)
    login = {"username": "lan", "password": PASSWORD}
    cookie = plain.client().post("/api/v1/session", json=login).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie
    secure = make_centre(listen={"public_url": "https://matthan.hue.gov.vn"})
    cookie = secure.client().post("/api/v1/session", json=login).headers["set-cookie"]
    assert cookie.startswith("__Host-matthan_session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_sessions_end_by_idleness_by_age_by_sign_out_and_with_the_account(sqlite_centre: CentreBuilder) -> None:
    def status(client: AsgiClient) -> int:
        return client.get("/api/v1/me").status_code

    idle = sqlite_centre.signed_in("idle", Role.OPERATOR)
    sqlite_centre.clock.advance(29 * 60)
    assert status(idle) == 200
    sqlite_centre.clock.advance(29 * 60)
    assert status(idle) == 200
    sqlite_centre.clock.advance(31 * 60)
    assert status(idle) == 401
    left = sqlite_centre.signed_in("left", Role.OPERATOR)
    for _ in range(3):
        sqlite_centre.clock.advance(9 * 60)
        sqlite_centre.centre.sign_in.by_session(left.cookies["matthan_session"], in_use=False)
    sqlite_centre.clock.advance(4 * 60)
    assert status(left) == 401
    old = sqlite_centre.signed_in("old", Role.OPERATOR)
    for _ in range(30):
        sqlite_centre.clock.advance(20 * 60)
        assert status(old) == 200
    sqlite_centre.clock.advance(60)
    assert status(old) == 401
    out = sqlite_centre.signed_in("out", Role.OPERATOR)
    kept = dict(out.cookies)
    assert out.delete("/api/v1/session").status_code == 204
    out.cookies.update(kept)
    assert status(out) == 401
    gone = sqlite_centre.signed_in("gone", Role.OPERATOR)
    admin = sqlite_centre.signed_in("admin", Role.ADMIN)
    assert admin.delete("/api/v1/users/gone").status_code == 204
    assert status(gone) == 401
    login = {"username": "gone", "password": PASSWORD}
    assert sqlite_centre.client().post("/api/v1/session", json=login).status_code == 401
    sqlite_centre.centre.sign_in.forget_ended()


def test_a_person_changes_the_password_and_every_session_ends(sqlite_centre: CentreBuilder) -> None:
    client, other = sqlite_centre.signed_in("lan", Role.OPERATOR), sqlite_centre.client(Origin=ORIGIN)
    new = "another long password"
    login = {"username": "lan", "password": PASSWORD}
    assert other.post("/api/v1/session", json=login).status_code == 200
    assert client.put("/api/v1/me/password", json={"old": "wrong", "new": new}).status_code == 403
    assert client.put("/api/v1/me/password", json={"old": PASSWORD, "new": "short"}).status_code == 422
    assert client.put("/api/v1/me/password", json={"old": PASSWORD, "new": new}).status_code == 204
    assert other.get("/api/v1/me").status_code == 401
    assert other.post("/api/v1/session", json=login).status_code == 401
    assert other.post("/api/v1/session", json=login | {"password": new}).status_code == 200
    machine = sqlite_centre.key_client(Role.AUDITOR)
    assert machine.put("/api/v1/me/password", json={"old": PASSWORD, "new": new}).status_code == 403
    for _ in range(FREE_FAILURES):
        other.put("/api/v1/me/password", json={"old": "wrong", "new": new})
    assert other.put("/api/v1/me/password", json={"old": new, "new": new}).status_code == 429
    sqlite_centre.centre.accounts.reset_password(SYSTEM, username="lan", new=PASSWORD)
    assert sqlite_centre.client().post("/api/v1/session", json=login).status_code == 200


def test_guessing_is_slowed_down_by_name_and_forgotten_in_time(sqlite_centre: CentreBuilder) -> None:
    sqlite_centre.user("lan", Role.OPERATOR)
    client = sqlite_centre.client()

    def sign_in(password: str, name: str = "lan") -> Any:
        return client.post("/api/v1/session", json={"username": name, "password": password})

    for _ in range(FREE_FAILURES):
        assert sign_in("wrong").status_code == 401
    throttled = sign_in(PASSWORD)
    assert throttled.status_code == 429
    assert int(throttled.headers["Retry-After"]) >= FIRST_WAIT_S
    sqlite_centre.clock.advance(int(throttled.headers["Retry-After"]))
    assert sign_in(PASSWORD).status_code == 200
    unknown = sign_in("wrong", "nobody")
    assert unknown.json()["detail"] == "the name or the password is wrong"


def test_secrets_are_kept_only_as_hashes_and_keys_can_be_revoked(sqlite_centre: CentreBuilder) -> None:
    admin = sqlite_centre.signed_in("admin", Role.ADMIN)
    owner = {"role": "police", "queues": [QUEUE], "organisation": sqlite_centre.police()}
    made = admin.post("/api/v1/api-keys", json={"name": "m"} | owner)
    assert made.status_code == 201
    secret = made.json()["secret"]
    machine = sqlite_centre.client(Authorization=f"Bearer {secret}")
    assert machine.get("/api/v1/me").json()["queues"] == [QUEUE]
    with sqlite_centre.database.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert secret[len(secret) // 2 :] not in dump, "the secret half; its name stands before it"
    assert PASSWORD not in dump
    assert not any(value in dump for value in admin.cookies.values())
    assert "$argon2id$" in dump
    assert admin.delete(f"/api/v1/api-keys/{made.json()['key']['key_id']}").status_code == 204
    assert machine.get("/api/v1/me").status_code == 401
    assert machine.request("GET", "/api/v1/me", headers={"Authorization": "Basic eDp5"}).status_code == 401


def test_a_video_player_gets_its_ranges(sqlite_centre: CentreBuilder) -> None:
    case_id = sqlite_centre.queued_case().case_id
    client = sqlite_centre.signed_in("lan", Role.OPERATOR)
    url = f"/api/v1/cases/{case_id}/files/clip.mp4"
    whole = client.get(url)
    assert (whole.status_code, whole.content) == (200, CLIP)
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-type"] == "video/mp4"
    part = client.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, CLIP[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(CLIP)}"
    assert client.get(url, headers={"Range": "bytes=-5"}).content == CLIP[-5:]
    beyond = client.get(url, headers={"Range": f"bytes={len(CLIP)}-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(CLIP)}"


def test_a_decision_needs_the_version_that_was_seen(sqlite_centre: CentreBuilder) -> None:
    case_id = sqlite_centre.queued_case().case_id
    client = sqlite_centre.signed_in("lan", Role.OPERATOR)
    url = f"/api/v1/cases/{case_id}"
    etag = client.get(url).headers["ETag"]
    reject = {"decision": "reject", "reason_code": "ROADWORKS"}
    assert client.post(f"{url}/decision", json=reject).status_code == 428
    assert client.post(f"{url}/decision", json=reject, headers={"If-Match": '"7"'}).status_code == 412
    assert client.post(f"{url}/decision", json=reject, headers={"If-Match": "*"}).status_code == 412
    wrong = reject | {"reason_code": "INTEGRITY_FAIL"}
    assert client.post(f"{url}/decision", json=wrong, headers={"If-Match": etag}).status_code == 422
    done = client.post(f"{url}/decision", json=reject, headers={"If-Match": etag})
    assert done.json()["state"] == "rejected"
    assert client.post(f"{url}/decision", json=reject, headers={"If-Match": etag}).status_code == 412
    assert client.post(f"{url}/decision", json=reject, headers={"If-Match": done.headers["ETag"]}).status_code == 409
    history = client.get(f"{url}/history").json()["items"]
    assert history[-1]["body"]["reason_code"] == "ROADWORKS"
    assert history[-1]["actor"] == "user:lan"


def test_the_list_is_filtered_and_paged_without_gaps_or_doubles(centre: CentreBuilder) -> None:
    ids = []
    for number in range(7):
        ids.append(str(centre.queued_case(camera_id=f"cam-{number % 2}").case_id))
        if number % 3 == 0:
            centre.clock.advance(1)
    client = centre.signed_in("lan", Role.OPERATOR)
    seen, cursor = [], None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/cases", params=query).json()
        seen += [each["case_id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(ids)

    def count(**query: str) -> int:
        return len(client.get("/api/v1/cases", params=query).json()["items"])

    assert count(camera="cam-1") == 3
    assert count(state="detected") == count(shadow="true") == count(code="RED_LIGHT") == 0
    assert count(**{"from": "2026-01-05T12:00:00+07:00"}) == 7
    assert count(to="2026-01-05T12:00:00+07:00") == 0


def test_one_person_s_mistyping_does_not_lock_out_the_colleagues_or_the_person_elsewhere(
    sqlite_centre: CentreBuilder,
) -> None:
    sign_in = sqlite_centre.centre.sign_in.sign_in
    sqlite_centre.user("lan", Role.OPERATOR)
    sqlite_centre.user("minh", Role.OPERATOR)
    for _ in range(FREE_FAILURES + 1):
        with pytest.raises((Unauthenticated, TooManyAttempts)):
            sign_in("lan", "wrong", address="office")
    with pytest.raises(TooManyAttempts):
        sign_in("lan", PASSWORD, address="office")
    assert sign_in("minh", PASSWORD, address="office").principal.actor == "user:minh"
    assert sign_in("lan", PASSWORD, address="elsewhere").principal.actor == "user:lan"


def test_guessing_many_names_from_one_address_and_one_name_from_many_is_slowed_down(
    sqlite_centre: CentreBuilder,
) -> None:
    sign_in = sqlite_centre.centre.sign_in.sign_in
    sqlite_centre.user("lan", Role.OPERATOR)
    for number in range(FREE_FAILURES_ALTOGETHER):
        with pytest.raises(Unauthenticated):
            sign_in(f"name{number}", "wrong", address="attacker")
        with pytest.raises(Unauthenticated):
            sign_in("lan", "wrong", address=f"10.0.0.{number}")
    for name, address in (("lan", "attacker"), ("lan", "home"), ("name1", "attacker")):
        with pytest.raises(TooManyAttempts):
            sign_in(name, PASSWORD, address=address)
