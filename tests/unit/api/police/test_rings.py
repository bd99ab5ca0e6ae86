"""A ring is believed if the centre signed it, just now, once: by the centre's own sender and the docs' own receiver."""

import re
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.police.webhooks import Webhooks
from api.police_client.rings import MAX_BODY_BYTES, TOLERANCE_S, Ring, check_ring
from api.principals import SYSTEM
from domain.errors import Conflict, Invalid
from plumbing.signing import key_id_of, public_key_text
from tests.builders.centre import ADMIN, QUEUE, CentreBuilder
from tests.builders.certificates import make_certificates
from tests.builders.documented_commands import ROOT
from tests.builders.https_server import https_server

HOST = "csgt.example"
OLD, NEW = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
KEYS = {key_id_of(each.public_key()): each.public_key() for each in (OLD, NEW)}
BODY = b'{"type": "queue.ready", "queue": "traffic_police", "at": "2026-01-05T07:00:00.000Z"}'
RING = Ring(kind="queue.ready", queue="traffic_police", at="2026-01-05T07:00:00.000Z")
Signed = Callable[..., dict[str, str]]


@pytest.fixture
def signed(sqlite_centre: CentreBuilder) -> Signed:
    """The headers that the centre's own sender makes."""
    services = sqlite_centre.centre

    def sign(body: bytes = BODY, key: Ed25519PrivateKey = OLD) -> dict[str, str]:
        hook = Webhooks(services.store, services.notifier, key=key)
        headers = hook.signed(body)
        hook.close()
        return headers

    return sign


def check(centre: CentreBuilder, headers: dict[str, str], body: bytes = BODY, **changes: Any) -> Ring:
    given: dict[str, Any] = {"keys": KEYS, "seen": {}, "now_s": centre.clock.now().timestamp()}
    return check_ring(body, headers, **given | changes)


def test_a_ring_of_any_known_key_is_believed_once(sqlite_centre: CentreBuilder, signed: Signed) -> None:
    seen: dict[str, int] = {}
    first, again, by_the_next = signed(), signed(), signed(key=NEW)
    for headers in (first, again, by_the_next):  # a try after a lost answer has an id of its own
        assert check(sqlite_centre, headers, seen=seen) == RING
        with pytest.raises(Conflict, match="already"):
            check(sqlite_centre, {name.upper(): value for name, value in headers.items()}, seen=seen)
    assert len(seen) == 3
    only_new = {key_id_of(NEW.public_key()): NEW.public_key()}
    assert check(sqlite_centre, signed(key=NEW), keys=only_new) == RING
    for keys in ({}, only_new):
        with pytest.raises(Invalid, match="no key"):
            check(sqlite_centre, first, keys=keys)
    both = first | {"webhook-signature": f"v1,AAAA v1a,!!! v2a,x {first['webhook-signature']}"}
    assert check(sqlite_centre, both) == RING, "one of several signatures is enough, as the standard has it"


def test_what_was_changed_in_any_part_is_refused_and_leaves_no_trace(
    sqlite_centre: CentreBuilder, signed: Signed
) -> None:
    headers, seen = signed(), dict[str, int]()
    signature, at = headers["webhook-signature"], headers["webhook-timestamp"]
    changes = [
        {"webhook-id": "msg_other"},
        {"webhook-id": ""},
        {"webhook-id": headers["webhook-id"] + "."},
        {"webhook-timestamp": str(int(at) + 1)},
        {"webhook-timestamp": f"0{at}"},
        {"webhook-timestamp": f"{at}.0"},
        {"webhook-timestamp": f" {at}"},
        {"webhook-timestamp": "٣"},
        {"webhook-timestamp": "9" * 5000},
        {"webhook-signature": signature.replace("v1a", "v1")},
        {"webhook-signature": signature[:-4]},
        {"webhook-signature": ""},
        {"webhook-signature": "v1a,"},
        {"webhook-signature": " ".join(["v1a,AAAA"] * 8 + [signature])},
    ]
    for change in changes:
        with pytest.raises(Invalid):
            check(sqlite_centre, headers | change, seen=seen)
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        with pytest.raises(Invalid):
            check(sqlite_centre, {key: value for key, value in headers.items() if key != name}, seen=seen)
    for position in range(len(BODY)):
        with pytest.raises(Invalid, match="no key"):
            check(sqlite_centre, headers, BODY[:position] + b"~" + BODY[position + 1 :], seen=seen)
    for wrong in (b"[]", b"{}", b"\xff", b'{"type": 1, "queue": "q", "at": "t"}', b"[" * MAX_BODY_BYTES):
        with pytest.raises(Invalid, match="says nothing"):
            check(sqlite_centre, signed(wrong), wrong, seen=seen)
    long = b" " * MAX_BODY_BYTES + BODY
    with pytest.raises(Invalid, match="short"):
        check(sqlite_centre, signed(long), long, seen=seen)
    assert seen == {}, "what is not believed fills no memory and keeps back no true ring"
    assert check(sqlite_centre, headers, seen=seen) == RING


def test_a_ring_can_never_be_repeated_though_its_id_is_forgotten(sqlite_centre: CentreBuilder, signed: Signed) -> None:
    headers, at = signed(), sqlite_centre.clock.now().timestamp()
    for early in (-TOLERANCE_S, TOLERANCE_S):
        assert check(sqlite_centre, headers, now_s=at + early) == RING
    seen: dict[str, int] = {}
    assert check(sqlite_centre, headers, seen=seen, now_s=at - TOLERANCE_S) == RING, "by a clock that is slow"
    for now_s in (at, at + TOLERANCE_S):
        with pytest.raises(Conflict):
            check(sqlite_centre, headers, seen=seen, now_s=now_s)
    for now_s in (at - TOLERANCE_S - 1, at + TOLERANCE_S + 1):
        with pytest.raises(Invalid, match="five minutes"):
            check(sqlite_centre, headers, seen=seen, now_s=now_s)
    sqlite_centre.clock.advance(TOLERANCE_S + 1)
    later = signed()
    assert check(sqlite_centre, later, seen=seen) == RING
    assert list(seen) == [later["webhook-id"]], "what cannot be repeated any more is forgotten"


def test_of_many_at_once_one_is_believed(sqlite_centre: CentreBuilder, signed: Signed) -> None:
    headers, seen = signed(), dict[str, int]()

    def believed(_: int) -> bool:
        try:
            return check(sqlite_centre, headers, seen=seen) == RING
        except Conflict:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(believed, range(64))) == 1


def test_the_receiver_of_the_docs_hears_the_centre_and_nobody_else(
    sqlite_centre: CentreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "centre-keys").mkdir()
    (tmp_path / "centre-keys" / "centre.pub").write_text(public_key_text(OLD.public_key()))
    (tmp_path / "centre-keys" / "next.pub").write_text(public_key_text(NEW.public_key()))
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/pull-cases.md").read_text("utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    receiver: dict[str, Any] = {"__name__": "receiver"}
    exec(compile(example, "pull-cases.md", "exec"), receiver)  # noqa: S102 - what the docs tell others to run
    services, files = sqlite_centre.centre, make_certificates(tmp_path / "tls", host=HOST)
    options = {"allowed": (ip_network("127.0.0.1/32"),), "resolve": lambda *_: ["127.0.0.1"]}
    with https_server(receiver["RingHandler"], files) as port:
        organisation = sqlite_centre.police()
        services.organisations.set_webhook(SYSTEM, organisation, url=f"https://{HOST}:{port}/", queues=(QUEUE,))
        sqlite_centre.ready_case()
        sqlite_centre.clock.advance((datetime.now(UTC) - sqlite_centre.clock.now()).total_seconds())
        stranger = Ed25519PrivateKey.generate()
        for key, problem, heard in ((stranger, "answered 400", 0), (NEW, "", 1), (OLD, "", 2)):
            trust = ssl.create_default_context(cafile=str(files.ca_file))
            hook = Webhooks(services.store, services.notifier, key=key, trust=trust, **options)  # type: ignore[arg-type]
            hook.round()
            hook.close()
            (found,) = services.organisations.list(ADMIN)
            assert found.webhook is not None
            assert (found.webhook.problem, receiver["waiting"].qsize()) == (problem, heard)
    assert receiver["waiting"].get_nowait() == QUEUE
    assert "refused: no key of the centre" in capsys.readouterr().err
