"""The console's socket and pages, tried as an attacker would."""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from nicegui import Client
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from api.console.access.page_table import PAGES
from api.console.words import WORDS
from api.principals import ROLES_WITH
from domain.cases.roles import WITHOUT_ACCOUNT, Role
from tests.builders.centre import PASSWORD
from tests.builders.served_console import RunningCentre

pytestmark = pytest.mark.browser
COOKIE = "matthan_session"


def sign_in(centre: RunningCentre, name: str) -> str:
    """A new session's token."""
    if name not in {"lan", "sep"} and not name.startswith("page-"):
        centre.builder.user(name, Role.OPERATOR)
    answer = httpx.post(
        f"{centre.url}/api/v1/session", json={"username": name, "password": PASSWORD}, headers={"Origin": centre.url}
    )
    answer.raise_for_status()
    return str(answer.cookies[COOKIE])


def open_page(centre: RunningCentre, token: str) -> str:
    """The client id of a page that a session has opened."""
    page = httpx.get(f"{centre.url}/console/?lang=vi", cookies={COOKIE: token})
    found = re.search(r"'client_id': '([0-9a-f-]{36})'", page.text)
    assert found is not None
    return found[1]


@contextmanager
def knock(
    centre: RunningCentre, *, token: str | None, client_id: str, origin: str | None = "", implicit: bool = False
) -> Iterator[ClientConnection]:
    """Connect to the socket as a browser does; ``origin`` "" is our own."""
    query = f"EIO=4&transport=websocket&client_id={client_id}&tab_id=t&document_id=d&next_message_id=0"
    query += f"&implicit_handshake={str(implicit).lower()}"
    headers = {"Cookie": f"{COOKIE}={token}"} if token else {}
    with connect(
        f"{centre.url.replace('http', 'ws')}/console/_nicegui_ws/socket.io/?{query}",
        additional_headers=headers,
        origin=centre.url if origin == "" else origin,  # type: ignore[arg-type]
    ) as socket:
        yield socket


def shake_hands(socket: ClientConnection, client_id: str) -> object:
    """Join socket.io and ask for a page; the server's answer."""
    assert str(socket.recv(10)).startswith("0{")
    socket.send("40")
    assert str(socket.recv(10)).startswith("40")
    asked = {"client_id": client_id, "tab_id": "t", "document_id": "d", "next_message_id": 0}
    socket.send("420" + json.dumps(["handshake", asked]))
    while True:
        message = str(socket.recv(10))
        if message.startswith("430"):
            return json.loads(message[3:])[0]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None, "http://127.0.0.1:1"])
def test_a_foreign_origin_gets_no_socket(centre: RunningCentre, origin: str | None) -> None:
    token = sign_in(centre, "lan")
    with (
        pytest.raises(InvalidStatus, match="403"),
        knock(centre, token=token, client_id=open_page(centre, token), origin=origin),
    ):
        pass


@pytest.mark.parametrize("token", [None, "", "0" * 43])
def test_without_a_session_there_is_no_socket(centre: RunningCentre, token: str | None) -> None:
    client_id = open_page(centre, sign_in(centre, "lan"))
    with pytest.raises(InvalidStatus, match="403"), knock(centre, token=token, client_id=client_id):
        pass
    polling = f"{centre.url}/console/_nicegui_ws/socket.io/?EIO=4&transport=polling&client_id={client_id}"
    assert httpx.get(polling, headers={"Origin": centre.url}).status_code == 403


def test_an_ended_or_idle_session_gets_no_socket(centre: RunningCentre) -> None:
    ended, idle = sign_in(centre, "lan"), sign_in(centre, "lan")
    pages = {token: open_page(centre, token) for token in (ended, idle)}
    answer = httpx.delete(f"{centre.url}/api/v1/session", cookies={COOKIE: ended}, headers={"Origin": centre.url})
    assert answer.status_code == 204
    centre.builder.clock.advance(31 * 60.0)
    for token, client_id in pages.items():
        with pytest.raises(InvalidStatus, match="403"), knock(centre, token=token, client_id=client_id):
            pass


def test_anothers_page_is_neither_opened_nor_driven(centre: RunningCentre) -> None:
    mine, theirs = sign_in(centre, "mai"), sign_in(centre, "lan")
    my_page, their_page = open_page(centre, mine), open_page(centre, theirs)
    for implicit in (False, True):
        with (
            pytest.raises(InvalidStatus, match="403"),
            knock(centre, token=mine, client_id=their_page, implicit=implicit),
        ):
            pass
    with knock(centre, token=mine, client_id=my_page) as socket:
        assert shake_hands(socket, their_page) is False
    with knock(centre, token=mine, client_id=my_page) as socket:
        assert shake_hands(socket, my_page) is True
        for name in ("event", "javascript_response", "ack", "log"):
            forged = {"client_id": their_page, "id": 1, "listener_id": "x", "args": [], "next_message_id": 0}
            socket.send("421" + json.dumps([name, forged]))
            while not (message := str(socket.recv(10))).startswith("431"):
                pass
            assert json.loads(message[3:]) == [False]


def test_a_stranger_gets_neither_a_page_nor_a_client_id(centre: RunningCentre) -> None:
    for path in ("/console/", "/console/?case=x", "/console/precision"):
        answer = httpx.get(f"{centre.url}{path}")
        assert (answer.status_code, "client_id" in answer.text) == (307, False)
        assert answer.headers["location"].startswith("/console/login")
    for path in ("/console/nothing", "/console/_nicegui/none", "/console/assets/../pages.py"):
        answer = httpx.get(f"{centre.url}{path}")
        assert (answer.status_code, "client_id" in answer.text) == (404, False)


def test_every_answer_under_the_console_has_a_policy_and_every_page_a_nonce_of_its_own(centre: RunningCentre) -> None:
    token = sign_in(centre, "lan")
    paths = ("/console/", "/console/precision", "/console/login", "/console/nothing", "/console/assets/console.css")
    policies = {path: httpx.get(f"{centre.url}{path}", cookies={COOKIE: token}) for path in paths}
    for path, answer in policies.items():
        policy = answer.headers["content-security-policy"]
        directives = dict(each.strip().split(" ", 1) for each in policy.split(";"))
        assert directives["default-src"] == "'none'", path
        assert directives["frame-ancestors"] == "'none'", path
        assert "'unsafe-inline'" not in directives["script-src"] + directives["style-src"], path
        assert "http" not in policy
    first, again = (httpx.get(f"{centre.url}/console/", cookies={COOKIE: token}) for _ in range(2))
    nonces = [re.findall(r"'nonce-([\w-]+)'", each.headers["content-security-policy"]) for each in (first, again)]
    assert len({*nonces[0], *nonces[1]}) == 2
    assert len(re.findall(r"<(?:script|style)\b", first.text)) == first.text.count(f'nonce="{nonces[0][0]}"')


def test_no_id_of_a_page_stands_in_a_log(centre: RunningCentre, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "uvicorn.error")
    caplog.set_level(logging.DEBUG, "uvicorn.access")
    token = sign_in(centre, "lan")
    client_id = open_page(centre, token)
    with knock(centre, token=token, client_id=client_id) as socket:
        assert shake_hands(socket, client_id) is True
    with pytest.raises(InvalidStatus), knock(centre, token=None, client_id=client_id):
        pass
    written = [record.getMessage() for record in caplog.records if record.name.startswith("uvicorn")]
    assert any("WebSocket" in line for line in written)
    assert not [line for line in written if client_id in line]


def test_every_page_opens_to_its_roles_and_to_nobody_else(centre: RunningCentre) -> None:
    """The table of pages is every page there is, and each is tried with each role and without a session."""
    assert set(Client.page_routes.values()) == set(PAGES)
    bounds: dict[Role, dict[str, tuple[str, ...]]] = {
        Role.POLICE: {"queues": ("traffic_police",)},
        Role.WARD: {"wards": ("an-cuu",)},
    }
    roles = [role for role in Role if role not in WITHOUT_ACCOUNT | {Role.EDGE, Role.ANALYSER}]
    for role in roles:
        centre.builder.user(f"page-{role}", role, **bounds.get(role, {}))
    for path, permission in PAGES.items():
        url = f"{centre.url}/console{path}?lang=en"
        stranger = httpx.get(url)
        assert stranger.is_redirect, path
        assert "/console/login" in stranger.headers["location"], path
        for role in roles:
            answer = httpx.get(url, cookies={COOKIE: sign_in(centre, f"page-{role}")})
            opened = answer.status_code == 200 and WORDS["no_right"].en not in answer.text
            assert opened == (role in ROLES_WITH[permission]), (path, role)
