"""The files that a production machine is set up with: units, proxy and settings hold what they promise."""

import os
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from api.settings import load_settings
from deploy.local.process import accepts, free_port
from tests.builders.certificates import make_certificates
from tests.builders.watching import wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
PROXY = REPOSITORY / "deploy" / "centre" / "nginx.conf"
UNITS = sorted((REPOSITORY / "deploy").rglob("*.service"))
NO_SYSTEMD = "systemd-analyze is not on this machine"
NO_NGINX = "nginx is not on this machine: apt-get install nginx-light"


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


@dataclass(slots=True)
class Proxied:
    """nginx with the shipped file before a server that writes down what reaches it."""

    https: int
    http: int
    ca_file: Path
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def client(self) -> httpx.Client:
        context = ssl.create_default_context(cafile=str(self.ca_file))
        return httpx.Client(base_url=f"https://127.0.0.1:{self.https}", verify=context, timeout=20)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        pytest.skip(NO_NGINX)
    folder = tmp_path_factory.mktemp("nginx")
    certificates = make_certificates(folder / "tls")
    proxy = Proxied(https=free_port(), http=free_port(), ca_file=certificates.ca_file)
    behind = ThreadingHTTPServer(("127.0.0.1", 0), _recorder(proxy.seen))
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    text = PROXY.read_text(encoding="utf-8")
    for old, new in {
        "127.0.0.1:8080": f"127.0.0.1:{behind.server_address[1]}",
        "listen 443 ssl;": f"listen 127.0.0.1:{proxy.https} ssl;",
        "listen 80;": f"listen 127.0.0.1:{proxy.http};",
        "    listen [::]:443 ssl;\n": "",
        "    listen [::]:80;\n": "",
        "/etc/nginx/matthan/fullchain.pem": str(certificates.cert_file),
        "/etc/nginx/matthan/privkey.pem": str(certificates.key_file),
        "/var/log/nginx/": f"{folder}/",
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    whole = folder / "nginx.conf"
    whole.write_text(
        f"{'user root;' if os.geteuid() == 0 else ''}\ndaemon off;\npid {folder}/pid;\nerror_log {folder}/main.log;\n"
        "events {}\nhttp {\n"
        + "".join(
            f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        + text
        + "}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([program, "-c", str(whole), "-p", str(folder)], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: accepts(proxy.https))
        yield proxy
    finally:
        process.terminate()
        process.wait(20)
        behind.shutdown()
        behind.server_close()


def _recorder(seen: list[tuple[str, dict[str, str]]]) -> type[BaseHTTPRequestHandler]:
    class Recorder(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path, dict(self.headers.items())))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Recorder


def test_the_proxy_hands_on_who_really_asks(proxied: Proxied) -> None:
    with proxied.client() as client:
        forged = {"X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "http", "Host": "matthan.hue.gov.vn"}
        assert client.get("/healthz", headers=forged).text == "ok"
    path, headers = proxied.seen[-1]
    assert path == "/healthz"
    assert headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "https"
    assert headers["Host"] == "matthan.hue.gov.vn"


def test_figures_and_too_large_bodies_stop_at_the_proxy(proxied: Proxied) -> None:
    before = len(proxied.seen)
    with proxied.client() as client:
        assert client.get("/metrics").status_code == 404
        assert client.get("/readyz").status_code == 404
        assert client.put("/api/v1/edge/cases/x", content=b"x" * 9_000_000).status_code == 413
        assert client.get("/", headers={"X-Long": "x" * 40_000}).status_code == 400
    assert len(proxied.seen) == before


def test_plain_http_leads_to_https_and_old_tls_nowhere(proxied: Proxied) -> None:
    answer = httpx.get(f"http://127.0.0.1:{proxied.http}/x?y=1", headers={"Host": "matthan.hue.gov.vn"})
    assert (answer.status_code, answer.headers["location"]) == (301, "https://matthan.hue.gov.vn/x?y=1")
    with proxied.client() as client:
        assert "max-age" in client.get("/").headers["strict-transport-security"]


def test_ids_of_sockets_stay_out_of_the_proxys_log(proxied: Proxied) -> None:
    with proxied.client() as client:
        client.get("/_nicegui_ws/socket.io/?client_id=secret-of-a-tab")
    log = proxied.ca_file.parents[1] / "matthan.log"
    wait_until(lambda: log.is_file() and "/_nicegui_ws/" in log.read_text())
    assert "secret-of-a-tab" not in log.read_text()
