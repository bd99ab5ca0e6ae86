"""Webhooks: signed, tried again, and never a way into the centre's own network."""

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from ipaddress import IPv6Address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from api.police.webhook_address import check_url, target_of
from api.police.webhooks import FIRST_WAIT_S, Webhooks
from api.principals import SYSTEM
from domain.errors import Invalid
from tests.builders.centre import ADMIN, QUEUE, CentreBuilder
from tests.builders.certificates import make_certificates
from tests.builders.https_server import https_server

HOST = "csgt.example"
LOOPBACK = (ip_network("127.0.0.1/32"),)


@dataclass
class Receiver:
    """A unit's https server, on the loopback under a name of its own."""

    port: int = 0
    ca_file: str = ""
    status: int = 204
    location: str | None = None
    silent: threading.Event | None = None  # set: it goes on; till then the answer's head never ends
    rung: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/ring?unit=1"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    files = make_certificates(tmp_path / "tls", host=HOST)
    this = Receiver(ca_file=str(files.ca_file))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            this.rung.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            while this.silent is not None and not this.silent.wait(0.05):
                self.wfile.write(b"H")
                self.wfile.flush()
            self.send_response(this.status)
            if this.location:
                self.send_header("Location", this.location)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with https_server(Handler, files) as this.port:
        yield this


KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
Make = Callable[..., Webhooks]


@pytest.fixture
def webhooks(sqlite_centre: CentreBuilder, receiver: Receiver) -> Iterator[Make]:
    made: list[Webhooks] = []

    def make(url: str | None = None, **options: Any) -> Webhooks:
        services = sqlite_centre.centre
        services.organisations.set_webhook(
            SYSTEM, sqlite_centre.police(), url=url or receiver.url, queues=(QUEUE, "other")
        )
        trust = ssl.create_default_context(cafile=receiver.ca_file)
        plain = {"allowed": LOOPBACK, "resolve": lambda *_: ["127.0.0.1"], "trust": trust, "key": KEY}
        made.append(Webhooks(services.store, services.notifier, **plain | options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def problem(centre: CentreBuilder) -> str:
    (found,) = centre.centre.organisations.list(ADMIN)
    assert found.webhook is not None
    return found.webhook.problem


def test_a_ring_is_signed_and_holds_no_case(sqlite_centre: CentreBuilder, receiver: Receiver, webhooks: Make) -> None:
    hook = webhooks()
    hook.round()
    assert receiver.rung == [], "nothing waits"
    case = sqlite_centre.ready_case()
    hook.round()
    hook.round()
    ((path, headers, body),) = receiver.rung
    assert path == "/ring?unit=1"
    assert headers["host"] == f"{HOST}:{receiver.port}"
    assert json.loads(body) == {"type": "queue.ready", "queue": QUEUE, "at": "2026-01-05T07:00:00.000Z"}
    assert str(case.case_id) not in body.decode()
    version, _, signature = headers["webhook-signature"].partition(",")
    assert version == "v1a"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    KEY.public_key().verify(base64.b64decode(signature), signed)
    assert problem(sqlite_centre) == ""


def test_what_waited_before_the_process_began_is_rung_for_once(
    sqlite_centre: CentreBuilder, receiver: Receiver, webhooks: Make
) -> None:
    sqlite_centre.ready_case()
    hook = webhooks()
    hook.round()
    hook.round()
    assert len(receiver.rung) == 1


def test_what_is_not_taken_is_tried_again_ever_later(
    sqlite_centre: CentreBuilder, receiver: Receiver, webhooks: Make
) -> None:
    receiver.status = 503
    hook = webhooks()
    sqlite_centre.ready_case()
    hook.round()
    assert problem(sqlite_centre) == "answered 503"
    hook.round()
    assert len(receiver.rung) == 1, "not at once"
    sqlite_centre.clock.advance(FIRST_WAIT_S)
    hook.round()
    sqlite_centre.clock.advance(FIRST_WAIT_S)
    hook.round()
    assert len(receiver.rung) == 2, "the second wait is longer"
    receiver.status = 200
    sqlite_centre.clock.advance(FIRST_WAIT_S)
    hook.round()
    assert (len(receiver.rung), problem(sqlite_centre)) == (3, "")
    assert hook.round() > FIRST_WAIT_S


def test_a_unit_whose_answer_never_ends_keeps_back_no_other(
    sqlite_centre: CentreBuilder, receiver: Receiver, webhooks: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.police.webhooks.TIMEOUT_S", 1.0)
    hook = webhooks()
    other = sqlite_centre.police("aaa-first")
    sqlite_centre.centre.organisations.set_webhook(SYSTEM, other, url=f"{receiver.url}&slow", queues=(QUEUE,))
    sqlite_centre.ready_case()
    receiver.silent = threading.Event()
    hook.round()
    receiver.silent.set()
    assert {each.webhook.problem for each in sqlite_centre.centre.organisations.list(ADMIN) if each.webhook} == {
        "did not answer within 1 s"
    }
    assert len(receiver.rung) == 2


def test_a_redirect_is_not_followed(sqlite_centre: CentreBuilder, receiver: Receiver, webhooks: Make) -> None:
    receiver.status, receiver.location = 307, f"https://{HOST}:{receiver.port}/elsewhere"
    hook = webhooks()
    sqlite_centre.ready_case()
    hook.round()
    assert [path for path, _, _ in receiver.rung] == ["/ring?unit=1"]
    assert problem(sqlite_centre) == "answered 307"


def test_a_certificate_of_another_name_is_no_certificate(
    sqlite_centre: CentreBuilder, receiver: Receiver, webhooks: Make
) -> None:
    hook = webhooks(url=f"https://other.example:{receiver.port}/")
    sqlite_centre.ready_case()
    hook.round()
    assert receiver.rung == []
    assert problem(sqlite_centre) == "cannot be reached (ConnectError)"


def test_a_name_that_changes_leads_to_the_address_that_was_judged(
    sqlite_centre: CentreBuilder, receiver: Receiver, webhooks: Make
) -> None:
    """DNS rebinding: the name is looked up once a call; what it says a moment later is not asked."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    hook = webhooks(resolve=resolve)
    sqlite_centre.ready_case()
    hook.round()
    assert (asked, len(receiver.rung)) == ([HOST], 1)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "255.255.255.255",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fec0::1",
        "3fff::1",
        "192.0.0.192",
        "192.88.99.1",
        "2606:4700::5efe:7f00:1",
        "2606:4700::200:5efe:a00:1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo of 127.0.0.1
    ],
)
def test_nothing_of_one_s_own_network_is_called(address: str) -> None:
    for found in ([address], ["93.184.216.34", address], [address, "93.184.216.34"]):
        with pytest.raises(Invalid, match="not public"):
            target_of("https://csgt.example/", allowed=(), resolve=lambda *_, found=found: found)


def test_a_network_that_the_settings_name_may_be_called() -> None:
    allowed = (ip_network("10.20.0.0/16"), ip_network("fd00:20::/32"))
    for address in ("10.20.3.4", "::ffff:10.20.3.4", "fd00:20::4"):
        assert target_of("https://a.example/", allowed=allowed, resolve=lambda *_, to=address: [to]).address == address
    with pytest.raises(Invalid):
        target_of("https://a.example/", allowed=allowed, resolve=lambda *_: ["10.21.3.4"])


_WRAPPED = {
    "compatible": lambda number: number,
    "mapped": lambda number: 0xFFFF << 32 | number,
    "nat64": lambda number: 0x64FF9B << 96 | number,
    "local nat64": lambda number: 0x64FF9B0001 << 80 | number,
    "6to4": lambda number: 0x2002 << 112 | number << 80,
    "teredo": lambda number: 0x20010000 << 96 | 0x4136E378 << 64 | number ^ 0xFFFFFFFF,
    "isatap": lambda number: 0x26064700 << 96 | 0x2005EFE << 32 | number,
}


@pytest.mark.parametrize("kind", _WRAPPED)
@pytest.mark.parametrize("python_says", [True, False])
@given(number=st.one_of(st.just(0x5DB8D822), st.integers(min_value=0, max_value=2**32 - 1)))
def test_an_ipv6_address_that_carries_an_ipv4_one_is_not_public_whatever_python_says(
    kind: str, python_says: bool, number: int
) -> None:
    """Versions of Python differ in what they call global; a public address inside (93.184.216.34) changes nothing."""
    address = IPv6Address(_WRAPPED[kind](number))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(IPv6Address, "is_global", property(lambda _: python_says))
        with pytest.raises(Invalid, match="not public"):
            target_of("https://a.example/", allowed=(), resolve=lambda *_: [str(address)])


@pytest.mark.parametrize(
    "url",
    [
        "http://csgt.example/",
        "ftp://csgt.example/",
        "file:///etc/passwd",
        "https://user:secret@csgt.example/",
        "https://csgt.example@127.0.0.1/",
        "https:///path",
        "https://csgt.example/#fragment",
        "https://csgt.example:99999/",
        "https://csgt.example\\@127.0.0.1/",
        "https://csgt.example/\r\nX-Injected: 1",
        "https://csgt.example/ path",
        "https://csgt.exámple/",
        "https://csgt.example/" + "a" * 500,
        "gopher://csgt.example:70/_",
        "//csgt.example/",
        "",
    ],
)
def test_an_address_that_is_no_plain_https_address_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="looks like"):
        check_url(url)


def test_a_name_that_is_not_known_is_told(sqlite_centre: CentreBuilder, webhooks: Make) -> None:
    def unknown(*_: Any) -> list[str]:
        raise OSError("no such host")

    hook = webhooks(resolve=unknown)
    sqlite_centre.ready_case()
    hook.round()
    assert problem(sqlite_centre) == f"the host {HOST} of the webhook is not known"


def test_of_two_processes_one_rings_and_the_thread_ends(
    sqlite_centre: CentreBuilder, receiver: Receiver, webhooks: Make
) -> None:
    first, second = webhooks(), webhooks()
    sqlite_centre.ready_case()
    first.round()
    second.round()
    assert len(receiver.rung) == 1
    first.close()
    second.start()
    second.close()
