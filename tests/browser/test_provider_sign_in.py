"""Signing in with the city's own accounts, in a browser, at a centre and a real OpenID provider, a process each."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from click.testing import Result
from playwright.sync_api import Browser, Page, expect
from typer.testing import CliRunner

from api.console.words import WORDS
from deploy.local.process import free_port
from matthan.commands.centre import app as commands
from tests.builders.open_id_provider import CLIENT_ID, PASSWORD, OpenIdProvider
from tests.builders.watching import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server]
REPOSITORY = Path(__file__).resolve().parents[2]
SECRET = "a-client-secret-that-the-provider-made-0123456789"
OWN_PASSWORD = "a password of the centre"
HOME = re.compile(r"/console/\?lang=vi$")


class City:
    """A centre process and the provider that its settings name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self.provider = OpenIdProvider(self.url, SECRET, folder)
        for name, text in (("client.secret", SECRET), ("factor.key", "k" * 40), ("password", OWN_PASSWORD)):
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(text)
        self.settings = ("--config", str(folder / "centre.yaml"))
        (folder / "centre.yaml").write_text(
            f"listen: {{port: {urlsplit(self.url).port}, public_url: '{self.url}'}}\n"
            "database: {url: 'sqlite:///centre.sqlite3'}\nevidence: {directory: evidence}\n"
            "sessions: {second_factor_key: {file: factor.key}}\n"
            f"sign_in_provider:\n  name: tài khoản thành phố\n  issuer: '{self.provider.issuer}'\n"
            f"  client_id: {CLIENT_ID}\n  client_secret: {{file: client.secret}}\n"
            f"  ca_file: '{self.provider.ca_file}'\n"
        )
        self.run("migrate")
        for name in ("lan", "mai", "cuong", "minh", "stale"):
            who = ("--username", name, "--role", "operator", "--person", f"nv-{name}")
            self.run("create-user", *who, "--password-file", folder / "password")
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, command: str, *arguments: object) -> Result:
        done = CliRunner().invoke(commands, [command, *self.settings, *map(str, arguments)])
        assert done.exit_code == 0, (done.output, done.exception)
        return done

    def link(self, name: str) -> None:
        self.run("link-user", "--username", name, "--subject", f"{name}.city@subjects")

    def start(self) -> None:
        self.provider.start()
        with (self.folder / "centre.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "matthan", "centre", "serve", *self.settings],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            )
        wait_until(self._answers, timeout_s=60, what="the centre answers")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    @property
    def log(self) -> str:
        return (self.folder / "centre.log").read_text()

    def stop(self) -> None:
        self.provider.stop()
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Origin": self.url}, trust_env=False, timeout=30)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    made = City(tmp_path_factory.mktemp("city"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def away(browser: Browser, city: City) -> Iterator[Page]:
    """A browser that trusts the provider's certificate; nothing in it breaks the pages' policy."""
    context = browser.new_context(base_url=city.url, ignore_https_errors=True)
    page, faults = context.new_page(), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert faults == []


def at_the_provider(page: Page, name: str) -> None:
    """Press the button of the sign-in page, and tell the provider who it is."""
    page.goto("/console/login")
    page.get_by_role("link", name="Đăng nhập bằng tài khoản thành phố").click()
    page.locator("input[name=user]").fill(f"{name}.city")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="OK").click()


def has_session(page: Page) -> bool:
    return any(each["name"] == "matthan_session" for each in page.context.cookies())


def test_a_person_is_let_in_once_an_admin_has_linked_the_account_and_leaves_both(city: City, away: Page) -> None:
    at_the_provider(away, "lan")
    expect(away.get_by_role("alert")).to_have_text(WORDS["provider_not_linked"].vi)
    expect(away.get_by_text("lan.city@subjects")).to_be_visible()
    assert not has_session(away)
    city.link("lan")
    at_the_provider(away, "lan")
    away.wait_for_url(HOME)
    answer = away.request.get("/api/v1/me").json()
    assert (answer["name"], answer["role"]) == ("lan", "operator"), "role and name are the account's own"
    away.goto("/console/account")
    away.get_by_role("button", name="Đăng xuất").click()
    away.wait_for_url("**/console/login")
    assert "ended: True" in city.provider.log, "the provider's own session ended too"
    assert away.request.get("/api/v1/me").status == 401
    for kept_out in (SECRET, "code=", "id_token", "eyJ", "lan.city@subjects"):
        assert kept_out not in city.log, kept_out


def test_who_is_refused_there_or_switched_off_here_stays_outside(city: City, away: Page) -> None:
    away.goto("/console/provider?lang=en")
    away.get_by_role("button", name="No").click()
    expect(away.get_by_role("alert")).to_have_text(WORDS["provider_refused"].en)
    city.link("minh")
    city.run("create-admin", "--username", "chief")
    admin = city.client()
    fresh = city.run("reset-password", "--username", "chief").stdout.strip().splitlines()[-1]
    admin.post("/api/v1/session", json={"username": "chief", "password": fresh}).raise_for_status()
    admin.delete("/api/v1/users/minh").raise_for_status()
    admin.close()
    at_the_provider(away, "minh")
    expect(away.get_by_role("alert")).to_have_text(WORDS["provider_switched_off"].vi)
    city.link("stale")
    at_the_provider(away, "stale")
    expect(away.get_by_role("alert")).to_have_text(WORDS["provider_refused"].vi)
    assert not has_session(away), "a password that the provider asked for an hour ago lets nobody in"


def test_the_account_s_second_factor_is_asked_unless_the_provider_asked_for_two(city: City, away: Page) -> None:
    secrets = {}
    for name in ("cuong", "mai"):
        city.link(name)
        with city.client() as client:
            client.post("/api/v1/session", json={"username": name, "password": OWN_PASSWORD}).raise_for_status()
            secrets[name] = client.post("/api/v1/me/second-factor", json={"password": OWN_PASSWORD}).json()["secret"]
            told = client.put("/api/v1/me/second-factor", json={"code": pyotp.TOTP(secrets[name]).now()})
            codes = told.json()["codes"]
    at_the_provider(away, "mai")
    away.wait_for_url(HOME)
    away.context.clear_cookies()
    with city.client() as client:
        client.post(
            "/api/v1/session", json={"username": "mai", "password": OWN_PASSWORD, "code": codes[0]}
        ).raise_for_status()
    at_the_provider(away, "cuong")
    expect(away.locator("input[name=password]")).to_have_count(0)
    assert not has_session(away)
    away.locator("input[name=code]").fill("000000")
    away.get_by_role("button", name="Đăng nhập").click()
    expect(away.get_by_role("alert")).to_have_text(WORDS["wrong_code"].vi)
    with city.client() as client:
        seconds = pyotp.TOTP(secrets["cuong"])
        answer = client.post("/api/v1/session/provider", json={"code": seconds.now()})
        assert answer.status_code == 401, "the code alone, without what the provider proved, opens nothing"
    soon = pyotp.TOTP(secrets["cuong"]).at(int(time.time()) + 30)  # the present one was used to set it up
    away.locator("input[name=code]").fill(soon)
    away.get_by_role("button", name="Đăng nhập").click()
    away.wait_for_url(HOME)


def begun(city: City) -> tuple[httpx.Client, dict[str, list[str]]]:
    """A browser that was sent away, and what the provider was told."""
    client = city.client()
    answer = client.get("/console/provider", params={"lang": "//evil.example", "next": "https://evil.example"})
    assert answer.status_code == 303
    where = urlsplit(answer.headers["location"])
    assert f"{where.scheme}://{where.netloc}" == city.provider.issuer
    asked = parse_qs(where.query)
    assert (asked["code_challenge_method"], asked["prompt"], asked["scope"]) == (["S256"], ["login"], ["openid"])
    assert asked["redirect_uri"] == [f"{city.url}/console/provider/answer"], "nothing of the address leads elsewhere"
    cookie = answer.headers["set-cookie"]
    for wanted in ("HttpOnly", "SameSite=lax"):
        assert wanted in cookie
    for secret in (SECRET, asked["state"][0], asked["nonce"][0]):
        assert secret not in cookie
    return client, asked


def code_for(city: City, asked: dict[str, list[str]], name: str = "lan") -> str:
    """What the provider would send the browser back with."""
    query = {key: values[0] for key, values in asked.items()}
    with httpx.Client(verify=False, trust_env=False) as there:  # noqa: S501 - the provider's own certificate
        form = {"user": f"{name}.city", "password": PASSWORD}
        answer = there.post(f"{city.provider.issuer}/authorize", params=query, data=form)
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def test_an_answer_counts_once_and_only_in_the_browser_that_began(city: City) -> None:
    city.link("lan")
    mine, asked = begun(city)
    theirs, others = begun(city)
    code, state = code_for(city, asked), asked["state"][0]
    refused = WORDS["provider_refused"].vi
    path = "/console/provider/answer"
    tried = [
        (city.client(), {"code": code, "state": state}),  # a browser that began nothing
        (theirs, {"code": code, "state": state}),  # another's
        (theirs, {"code": code, "state": others["state"][0]}),  # another's code: neither PKCE nor nonce fit
        (mine, {"code": code}),
        (mine, {"code": code, "state": state + "x"}),
        (mine, {"code": code, "state": state, "iss": "https://evil.example"}),
        (mine, {"state": state, "error": "<script>alert(1)</script>"}),
        (mine, {"state": state}),
    ]
    for client, query in tried:
        kept = dict(client.cookies)  # the answer takes the cookie back
        answer = client.get(path, params=query)
        assert refused in answer.text, query
        assert "matthan_session" not in answer.headers.get("set-cookie", ""), query
        assert "alert(1)" not in answer.text
        client.cookies.update(kept)
    mine, asked = begun(city)
    query = {"code": code_for(city, asked), "state": asked["state"][0]}
    kept = dict(mine.cookies)
    entered = mine.get(path, params=query)
    assert "matthan_session" in entered.headers["set-cookie"]
    again = city.client()
    again.cookies.update(kept)
    assert refused in again.get(path, params=query).text, "a code that was used"
    for client in (mine, theirs, again, *(client for client, _ in tried)):
        client.close()


def test_while_the_provider_is_down_the_words_say_so_and_passwords_open_the_centre(city: City, away: Page) -> None:
    city.provider.stop()
    with city.client() as client:
        wait_until(
            lambda: WORDS["provider_down"].vi in client.get("/console/provider").text,
            timeout_s=60,
            what="it is noticed",
        )
    away.goto("/console/login")
    away.get_by_role("link", name="Đăng nhập bằng tài khoản thành phố").click()
    expect(away.get_by_role("alert")).to_have_text(WORDS["provider_down"].vi)
    away.locator("input[name=username]").fill("lan")
    away.locator("input[name=password]").fill(OWN_PASSWORD)
    away.get_by_role("button", name="Đăng nhập", exact=True).click()
    away.wait_for_url(HOME)
