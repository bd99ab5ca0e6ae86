"""nginx with the file that ships, before processes of a test."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.local.process import accepts, free_port
from tests.builders.certificates import make_certificates
from tests.builders.watching import wait_until

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "centre" / "nginx.conf"
NO_NGINX = "nginx is not on this machine: apt-get install nginx-light"
_SERVER = "server 127.0.0.1:8080;"
_LAST_HEADER = '    add_header          Strict-Transport-Security "max-age=31536000" always;\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """One that runs; each of its answers says in ``X-Upstream`` who was asked."""

    https: int
    http: int
    ca_file: Path
    log: Path

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"https://127.0.0.1:{self.https}"

    def client(self) -> httpx.Client:
        """Somebody who trusts its certificate."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        return httpx.Client(base_url=self.url, verify=context, timeout=30, trust_env=False)


@contextmanager
def proxy_before(
    folder: Path, *, web: Sequence[int], intake: Sequence[int], console: Sequence[int], https: int | None = None
) -> Iterator[Proxy]:
    """The shipped file with ports and places of a test, nothing else changed.

    Args:
        folder: for its files.
        web: ports of the processes that serve the API and citizens.
        intake: of those that boxes bring to.
        console: of those that serve pages.
        https: its own port; None: a free one.
    """
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        pytest.skip(NO_NGINX)
    certificates = make_certificates(folder / "tls")
    proxy = Proxy(
        https=https or free_port(), http=free_port(), ca_file=certificates.ca_file, log=folder / "matthan.log"
    )
    text = SHIPPED.read_text(encoding="utf-8")
    for ports in (web, intake, console):
        assert _SERVER in text
        text = text.replace(_SERVER, " ".join(f"server 127.0.0.1:{port};" for port in ports), 1)
    for old, new in {
        "listen 443 ssl;": f"listen 127.0.0.1:{proxy.https} ssl;",
        "listen 80;": f"listen 127.0.0.1:{proxy.http};",
        "    listen [::]:443 ssl;\n": "",
        "    listen [::]:80;\n": "",
        "/etc/nginx/matthan/fullchain.pem": str(certificates.cert_file),
        "/etc/nginx/matthan/privkey.pem": str(certificates.key_file),
        "/var/log/nginx/": f"{folder}/",
        _LAST_HEADER: f"{_LAST_HEADER}    add_header X-Upstream $upstream_addr always;\n",
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    whole = folder / "nginx.conf"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    whole.write_text(
        f"{'user root;' if os.geteuid() == 0 else ''}\n"
        f"daemon off;\npid {folder}/pid;\nerror_log {folder}/main.log;\n"
        f"events {{}}\nhttp {{\n{''.join(f'{kind}_temp_path {folder}/{kind};' for kind in kinds)}\n{text}}}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([program, "-c", str(whole), "-p", str(folder)], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: accepts(proxy.https))
        yield proxy
    finally:
        process.terminate()
        process.wait(20)
