"""Tricks with paths, SQL, templates, headers and sizes, tried at the doors; each is refused without a fault of ours."""

import json
import uuid
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import func, select

from api.persistence.tables import cases, events, users
from api.principals import SYSTEM
from domain.cases.roles import Role
from tests.builders.asgi_client import AsgiClient
from tests.builders.centre import ADMIN, ORIGIN, PASSWORD, QUEUE, CentreBuilder

SQL = (
    "' OR '1'='1",
    "'; DROP TABLE users; --",
    "x' UNION SELECT password_hash FROM users --",
    "1); DELETE FROM cases; --",
    "%27%20OR%201%3D1",
    "\\'; SELECT pg_sleep(10); --",
)
TEMPLATES = ("{{7*7}}", "${7*7}", "<%= 7*7 %>", "#{7*7}", "{0.__class__}", "%(password)s", "{{config}}")
PATHS = (
    "../../centre.sqlite3",
    "..%2f..%2fcentre.sqlite3",
    "%2e%2e/%2e%2e/centre.sqlite3",
    "..%5c..%5ccentre.sqlite3",
    "....//centre.sqlite3",
    "%252e%252e%252fcentre.sqlite3",
    "%c0%ae%c0%ae/centre.sqlite3",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "clip.mp4%00.json",
    "clip.mp4/../../x.json",
    "CLIP.MP4",
    "clip.mp4.",
    ".",
    "..",
    "con.json:stream",
)


def rows(centre: CentreBuilder) -> tuple[int, ...]:
    with centre.database.read() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (users, cases)
        )


def test_words_of_sql_and_templates_are_only_words(centre: CentreBuilder) -> None:
    lan, admin = centre.signed_in("lan", Role.OPERATOR), centre.signed_in("admin", Role.ADMIN)
    police = centre.key_client(Role.POLICE, queues=(QUEUE,))
    case_id = centre.queued_case().case_id
    before = rows(centre)
    for payload in SQL + TEMPLATES:
        for name in ("code", "camera", "state", "cursor", "from", "limit"):
            answer = lan.get("/api/v1/cases", params={name: payload})
            assert answer.status_code == 422 or answer.json()["items"] == [], (name, answer.text)
        in_path = quote(payload, safe="")
        for path in (f"users/{in_path}", f"api-keys/{in_path}", f"users/{in_path}/second-factor"):
            assert admin.delete(f"/api/v1/{path}").status_code in {404, 405, 422}, path
        sign_in = {"username": payload, "password": payload}
        assert centre.client(Origin=ORIGIN).post("/api/v1/session", json=sign_in).status_code in {401, 422}
        assert police.get("/api/v1/police/cases", params={"cursor": payload}).status_code == 422
        pulled = police.post(f"/api/v1/police/queues/{in_path}/pull", json={"n": 1}, headers={"Idempotency-Key": "k"})
        assert pulled.status_code in {403, 404, 405, 422}
    typed = " ".join(SQL + TEMPLATES)
    said = {"decision": "reject", "reason_code": "OTHER", "note": typed}
    etag = lan.get(f"/api/v1/cases/{case_id}").headers["ETag"]
    assert lan.post(f"/api/v1/cases/{case_id}/decision", json=said, headers={"If-Match": etag}).status_code == 200
    history = lan.get(f"/api/v1/cases/{case_id}/history").json()["items"]
    noted = [event["body"]["note"] for event in history if event["body"].get("note")]
    assert noted == [typed], "kept as it was typed, and never taken for anything else"
    assert rows(centre) == before
    assert centre.centre.audit.verify(SYSTEM).intact


def test_a_path_leads_nowhere_but_to_the_case_s_own_files(sqlite_centre: CentreBuilder) -> None:
    case_id = sqlite_centre.queued_case().case_id
    lan = sqlite_centre.signed_in("lan", Role.OPERATOR)
    police = sqlite_centre.key_client(Role.POLICE, queues=(QUEUE,))
    box = sqlite_centre.key_client(Role.EDGE, box_id="box-1")
    headers = {"Upload-Offset": "0", "Content-Type": "application/partial-upload"}
    for name in PATHS:
        for client, base in ((lan, "cases"), (police, "police/cases")):
            answer = client.get(f"/api/v1/{base}/{case_id}/files/{name}")
            assert answer.status_code in {404, 405, 422} or is_the_case(answer, case_id), (name, answer.status_code)
            assert b"SQLite" not in answer.content
            assert b"root:" not in answer.content
        put = box.patch(f"/api/v1/edge/cases/{case_id}/files/{name}", content=b"x", headers=headers)
        # a client makes ``files/.`` the door of several files before it asks, which takes bytes of another form
        assert put.status_code in {404, 405, 415, 422}, (name, put.status_code)


def is_the_case(answer: httpx.Response, case_id: uuid.UUID) -> bool:
    """A client makes ``files/..`` the case itself before it asks."""
    return answer.status_code == 200 and str(answer.request.url).rstrip("/").endswith(str(case_id))


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    "body",
    [
        deep(20_000),
        '{"username": ' + deep(20_000) + "}",
        '{"username": "a", "password": "' + "a" * 60_000 + '"}',
        json.dumps({"username": "a", "password": "b"} | {f"k{number}": 1 for number in range(3000)}),
        '{"username": "a", "username": "b", "password": "c"}',
        '{"username": 1e999, "password": NaN}',
        '{"username": "\\ud800", "password": "\\udfff"}',
        "\ufeff{}",
        "",
        "null",
    ],
    ids=["deep", "deep field", "long", "wide", "twice", "numbers", "surrogates", "bom", "empty", "null"],
)
def test_a_body_made_to_break_a_reader_is_refused(sqlite_centre: CentreBuilder, body: str) -> None:
    client = sqlite_centre.client(Origin=ORIGIN)
    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/v1/session", content=body.encode("utf-8", "surrogatepass"), headers=headers)
    assert answer.status_code in {400, 401, 413, 422}, answer.status_code
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_packed_body_is_not_unpacked(sqlite_centre: CentreBuilder, encoding: str) -> None:
    """There is no bomb where nothing is unpacked."""
    bomb = b"\x1f\x8b\x08\x00" + b"\0" * 1000
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    answer = sqlite_centre.client(Origin=ORIGIN).post("/api/v1/session", content=bomb, headers=headers)
    assert answer.status_code in {400, 422}


def test_a_box_cannot_send_more_than_it_named(sqlite_centre: CentreBuilder) -> None:
    message = sqlite_centre.message()
    sqlite_centre.offer(message)
    _, secret = sqlite_centre.centre.machines.create_key(SYSTEM, name="box", role=Role.EDGE, box_id=message.case.box_id)
    box = sqlite_centre.client(Authorization=f"Bearer {secret}")
    clip = next(file for file in message.manifest.files if file.name == "clip.mp4")
    url = f"/api/v1/edge/cases/{message.case.case_id}/files/clip.mp4"
    headers = {"Upload-Offset": "0", "Content-Type": "application/partial-upload"}
    assert box.patch(url, content=b"x" * (clip.size_bytes + 1), headers=headers).status_code in {409, 413, 422}
    for offset in ("-1", "1", str(2**63), "1e3", "0x10", ""):
        answer = box.patch(url, content=b"x", headers=headers | {"Upload-Offset": offset})
        assert answer.status_code in {409, 413, 422}, offset


def everything_said(client: AsgiClient, path: str, **options: Any) -> str:
    answer = client.get(path, **options)
    return answer.text + json.dumps(dict(answer.headers))


def test_what_is_sent_comes_back_in_no_header(sqlite_centre: CentreBuilder) -> None:
    lan = sqlite_centre.signed_in("lan", Role.OPERATOR)
    split = "x%0d%0aSet-Cookie:%20matthan_session=stolen"
    for path in (f"/api/v1/cases?code={split}", f"/api/v1/cases/{split}", f"/{split}", f"/api/v1/cases?cursor={split}"):
        answer = lan.get(path)
        assert "stolen" not in answer.headers.get("set-cookie", "")
        assert answer.status_code in {404, 422}


def test_refusals_name_no_secret_and_nothing_of_the_machine(sqlite_centre: CentreBuilder) -> None:
    client = sqlite_centre.client(Origin=ORIGIN)
    secret = "hunter2-" + "x" * 300
    answer = client.post("/api/v1/session", json={"username": "lan", "password": secret})
    assert "hunter2" not in answer.text
    answer = client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert "hunter2" not in answer.text
    for path in ("/api/v1/none", f"/api/v1/cases/{uuid.UUID(int=9)}", "/console/../etc/passwd"):
        said = everything_said(client, path)
        assert "Traceback" not in said
        assert "site-packages" not in said


def test_who_guesses_a_recovery_code_or_the_old_password_is_slowed_down(sqlite_centre: CentreBuilder) -> None:
    lan = sqlite_centre.signed_in("lan", Role.OPERATOR)
    wanted = {"old": "not this one", "new": "another long password"}
    answers = [lan.put("/api/v1/me/password", json=wanted).status_code for _ in range(8)]
    assert answers[:5] == [403] * 5
    assert answers[-1] == 429
    assert lan.put("/api/v1/me/password", json=wanted | {"old": PASSWORD}).status_code == 429


def test_nobody_takes_another_s_right_by_naming_it(sqlite_centre: CentreBuilder) -> None:
    """Fields that no door takes are refused, not passed on."""
    lan = sqlite_centre.signed_in("lan", Role.OPERATOR)
    for body in ({"role": "admin"}, {"wards": ["*"]}, {"is_admin": True}):
        login = {"username": "lan", "password": PASSWORD} | body
        assert lan.post("/api/v1/session", json=login).status_code == 422
    for role in ("edge", "system", "nobody"):
        admin_body = {"username": "x", "display_name": "X", "role": role, "password": PASSWORD}
        with_right = sqlite_centre.client(Origin=ORIGIN)
        assert with_right.post("/api/v1/users", json=admin_body).status_code in {401, 422}
    assert {account.username for account in sqlite_centre.centre.accounts.list_users(ADMIN)} == {"lan"}
    with sqlite_centre.database.read() as connection:
        assert "grant_changed" not in set(connection.execute(select(events.c.action)).scalars())
