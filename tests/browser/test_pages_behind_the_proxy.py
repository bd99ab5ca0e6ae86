"""Two real processes of pages behind the proxy's shipped file: a session stays, its socket works, both serve."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from click.testing import Result
from playwright.sync_api import Browser, expect
from typer.testing import CliRunner

from deploy.local.process import accepts, free_port
from matthan.commands import centre as commands_centre
from tests.builders.proxy import Proxy, proxy_before
from tests.builders.watching import wait_until

pytestmark = pytest.mark.browser
REPOSITORY = Path(__file__).resolve().parents[2]
SESSIONS = 16  # all of one process once in 32,768 runs
COOKIE = "__Host-matthan_session"
PATIENCE_MS = 60_000


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(commands_centre.app, arguments)
    assert done.exit_code == 0, (done.output, done.exception)
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """Processes of their own behind the proxy."""

    proxy: Proxy
    consoles: dict[str, subprocess.Popen[bytes]]  # by the address that the proxy asks
    password: str

    def sign_in(self) -> str:
        """A new session's token."""
        with self.proxy.client() as client:
            who = {"username": "lan", "password": self.password}
            answer = client.post("/api/v1/session", json=who, headers={"Origin": self.proxy.url})
            answer.raise_for_status()
            return str(answer.cookies[COOKIE])

    def page_of(self, token: str) -> str:
        """Which process laid a page out for a session."""
        with self.proxy.client() as client:
            answer = client.get("/console/search?lang=vi", headers={"Cookie": f"{COOKIE}={token}"})
        assert answer.status_code == httpx.codes.OK
        assert "socket.io" in answer.text, "it is a page with a socket, no sign-in"
        return answer.headers["X-Upstream"].split(", ")[-1]


@contextmanager
def serving(folder: Path, port: int, *roles: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the centre with some roles."""
    asked = [argument for role in roles for argument in ("--role", role)]
    command = [sys.executable, "-m", "matthan", "centre", "serve", "--config", str(folder / "centre.yaml")]
    with (folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), *asked],
            stderr=log,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )
        try:
            wait_until(lambda: accepts(port), 120.0, f"{roles} serve: {(folder / f'{port}.log').read_text()[-2000:]}")
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    https = free_port()
    (folder / "centre.yaml").write_text(
        f"listen: {{public_url: 'https://127.0.0.1:{https}'}}\n"
        "database: {url: 'sqlite:///centre.sqlite3'}\nevidence: {directory: evidence}\n"
    )
    settings = ("--config", str(folder / "centre.yaml"))
    run("migrate", *settings)
    user = ("--username", "lan", "--role", "operator", "--person", "nv-lan")
    password = run("create-user", *settings, *user).stdout.strip()
    ports = [free_port() for _ in range(3)]
    with ExitStack() as stack:
        stack.enter_context(serving(folder, ports[0], "web", "intake", "jobs"))
        consoles = {f"127.0.0.1:{port}": stack.enter_context(serving(folder, port, "console")) for port in ports[1:]}
        proxy = stack.enter_context(
            proxy_before(folder / "nginx", web=ports[:1], intake=ports[:1], console=ports[1:], https=https)
        )
        yield City(proxy=proxy, consoles=consoles, password=password)


def test_sessions_stay_and_work_with_both_processes_and_go_on_where_one_ends(city: City, browser: Browser) -> None:
    of: dict[str, list[str]] = {}
    for _ in range(SESSIONS):
        token = city.sign_in()
        of.setdefault(city.page_of(token), []).append(token)
    assert of.keys() == city.consoles.keys(), "both serve"
    for process, tokens in of.items():
        assert {city.page_of(token) for token in tokens for _ in range(3)} == {process}, "a session stays"
        works(city, browser, tokens[0])
    ended, left = city.consoles
    city.consoles[ended].send_signal(signal.SIGTERM)
    city.consoles[ended].wait(60)
    assert {city.page_of(token) for token in of[ended]} == {left}
    works(city, browser, of[ended][0])


def works(city: City, browser: Browser, token: str) -> None:
    """A page of a session is alive: its socket stands, and what is pressed is answered over it."""
    context = browser.new_context(base_url=city.proxy.url, ignore_https_errors=True)
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    context.add_cookies([{"name": COOKIE, "value": token, "url": city.proxy.url}])
    page = context.new_page()
    came: list[str | bytes] = []

    def heard(frame: str | bytes) -> None:
        came.append(frame)

    page.on("websocket", lambda socket: socket.on("framereceived", heard))
    page.goto("/console/?lang=vi")
    expect(page.locator(".mt-desk")).to_be_visible()
    before = len(came)
    page.keyboard.press("?")
    expect(page.locator(".mt-dialog").first).to_be_visible()
    assert len(came) > before > 0, "over the socket"
    context.close()
