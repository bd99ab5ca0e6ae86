"""The files that a production machine is set up with: units, proxy and settings hold what they promise."""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.roles import CentreRole
from api.settings import load_settings
from api.web.middleware import MAX_REPORT_BYTES, REPORT_DOORS
from tests.builders.centre import CentreBuilder
from tests.builders.proxy import Proxy, proxy_before
from tests.builders.watching import wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
UNITS = sorted((REPOSITORY / "deploy").rglob("*.service"))
NO_SYSTEMD = "systemd-analyze is not on this machine"


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_is_one_that_systemd_takes(unit: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip(NO_SYSTEMD)
    text = re.sub(r"^(ExecStart(?:Pre)?=)\S+", r"\1/bin/true", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE)
    (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [program, "verify", "--man=no", str(tmp_path / unit.name)],
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    told = [line for line in done.stderr.splitlines() if unit.name in line]
    assert told == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_keeps_its_files_to_itself(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    wanted = (
        r"UMask=0077",
        r"NoNewPrivileges=(yes|true)",
        r"ProtectSystem=strict",
        r"CapabilityBoundingSet=$",
        r"User=",
    )
    for line in wanted:
        assert re.search(rf"^{line}", text, flags=re.MULTILINE), line


def test_the_centres_example_is_one_that_the_centre_takes() -> None:
    settings = load_settings(REPOSITORY / "deploy" / "centre" / "example" / "centre.yaml")
    assert settings.listen.host == "127.0.0.1"
    assert settings.listen.secure


@dataclass(frozen=True, slots=True)
class Proxied:
    """nginx with the shipped file before servers that write down what reaches them."""

    proxy: Proxy
    seen: list[tuple[str, str, dict[str, str]]]  # who was asked, the path, the headers

    def client(self) -> httpx.Client:
        return self.proxy.client()


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    with _running(tmp_path_factory.mktemp("nginx"), consoles=1) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    with _running(tmp_path_factory.mktemp("city"), consoles=2) as proxy:
        yield proxy


@contextmanager
def _running(folder: Path, *, consoles: int) -> Iterator[Proxied]:
    seen: list[tuple[str, str, dict[str, str]]] = []
    with ExitStack() as stack:
        names = ["web", "intake", *(f"console-{number}" for number in range(consoles))]
        web, intake, *console = (stack.enter_context(_recording(name, seen)) for name in names)
        yield Proxied(stack.enter_context(proxy_before(folder, web=[web], intake=[intake], console=console)), seen)


@contextmanager
def _recording(name: str, seen: list[tuple[str, str, dict[str, str]]]) -> Iterator[int]:
    """A process that the proxy asks, by its name; its port."""
    behind = ThreadingHTTPServer(("127.0.0.1", 0), _recorder(name, seen))
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    try:
        yield behind.server_address[1]
    finally:
        behind.shutdown()
        behind.server_close()


def _recorder(name: str, seen: list[tuple[str, str, dict[str, str]]]) -> type[BaseHTTPRequestHandler]:
    class Recorder(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.append((name, self.path, dict(self.headers.items())))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Recorder


def test_the_proxy_hands_on_who_really_asks(proxied: Proxied) -> None:
    with proxied.client() as client:
        forged = {"X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "http", "Host": "matthan.hue.gov.vn"}
        assert client.get("/healthz", headers=forged).text == "ok"
    _, path, headers = proxied.seen[-1]
    assert path == "/healthz"
    assert headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "https"
    assert headers["Host"] == "matthan.hue.gov.vn"


def test_the_proxy_asks_for_sockets_and_for_no_other_protocol(proxied: Proxied) -> None:
    with proxied.client() as client:
        for asked, handed_on in {"h2c": None, "websocket, h2c": None, "WebSocket": "websocket"}.items():
            assert client.get("/", headers={"Connection": "upgrade", "Upgrade": asked}).text == "ok"
            headers = proxied.seen[-1][2]
            assert headers.get("Upgrade") == handed_on
            assert headers.get("Connection", "") == ("upgrade" if handed_on else "")


def test_figures_and_too_large_bodies_stop_at_the_proxy(proxied: Proxied) -> None:
    before = len(proxied.seen)
    with proxied.client() as client:
        assert client.get("/metrics").status_code == 404
        assert client.get("/readyz").status_code == 404
        assert client.put("/api/v1/edge/cases/x", content=b"x" * 9_000_000).status_code == 413
        assert client.get("/", headers={"X-Long": "x" * 40_000}).status_code == 400
    assert len(proxied.seen) == before


def test_what_the_centre_takes_of_a_citizen_passes_the_proxy(city: Proxied) -> None:
    video = b"x" * (MAX_REPORT_BYTES - 1)
    with city.client() as client:
        for door in sorted(REPORT_DOORS):
            assert client.post(door, content=video).status_code == 200, door
            assert (city.seen[-1][0], city.seen[-1][1]) == ("web", door)
            assert city.seen[-1][2]["X-Forwarded-For"] == "127.0.0.1"
        assert client.post(f"{door}/other", content=b"x" * 9_000_000).status_code == 413


def test_plain_http_leads_to_https_and_old_tls_nowhere(proxied: Proxied) -> None:
    answer = httpx.get(f"http://127.0.0.1:{proxied.proxy.http}/x?y=1", headers={"Host": "matthan.hue.gov.vn"})
    assert (answer.status_code, answer.headers["location"]) == (301, "https://matthan.hue.gov.vn/x?y=1")
    with proxied.client() as client:
        assert "max-age" in client.get("/").headers["strict-transport-security"]


def test_ids_of_sockets_stay_out_of_the_proxys_log(proxied: Proxied) -> None:
    with proxied.client() as client:
        client.get("/_nicegui_ws/socket.io/?client_id=secret-of-a-tab")
    log = proxied.proxy.log
    wait_until(lambda: log.is_file() and "/_nicegui_ws/" in log.read_text())
    assert "secret-of-a-tab" not in log.read_text()


def _labels(builder: CentreBuilder, role: CentreRole) -> Iterator[str]:
    app = create_app(builder.settings, clock=builder.clock, roles={role}, background=False)
    app.state.centre.close()
    for path, methods in app.openapi()["paths"].items():
        yield from (f"{method.upper()} {path}" for method in methods)


def test_in_a_city_each_request_goes_to_a_process_that_serves_it(city: Proxied, tmp_path: Path) -> None:
    """Every route of every role, as the application itself names them."""
    builder = CentreBuilder(tmp_path)
    builder.close()
    routes = {role: set(_labels(builder, role)) for role in (CentreRole.WEB, CentreRole.INTAKE)}
    with city.client() as client:
        for label in sorted(set().union(*routes.values())):
            method, path = label.split(" ", 1)
            client.request(method, re.sub(r"\{[^}]+\}", "x", path))
            asked = city.seen[-1][0]
            assert label in routes[CentreRole(asked)], f"{label} was handed to {asked}"
        for page, process in {"/console/search": "console-", "/": "console-", "/cong-dan/": "web"}.items():
            client.get(page)
            assert city.seen[-1][0].startswith(process), page


def test_a_session_stays_with_one_process_and_sessions_with_both(city: Proxied) -> None:
    asked: dict[int, set[str]] = {}
    with city.client() as client:
        for _ in range(3):
            for number in range(12):
                cookie = f"matthan_browser=b; __Host-matthan_session=token-{number}; other=1"
                client.get("/console/", headers={"Cookie": cookie})
                asked.setdefault(number, set()).add(city.seen[-1][0])
    assert all(len(processes) == 1 for processes in asked.values())
    assert set().union(*asked.values()) == {"console-0", "console-1"}
