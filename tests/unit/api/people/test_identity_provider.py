"""A provider that lies, dawdles or leads elsewhere gets nobody in, and nothing but its own host is asked."""

import json
import ssl
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from api.errors import NotProven, ProviderUnavailable
from api.people.identity_provider import IdentityProvider
from api.people.linked_identities import ProvenIdentity
from api.people.provider_line import MAX_ANSWER_BYTES, ProviderLine
from domain.errors import ConfigurationError
from tests.builders.centre import SteppedClock
from tests.builders.certificates import make_certificates
from tests.builders.watching import wait_until

pytestmark = pytest.mark.server
SECRET = "s" * 40
KEY = RSAKey.generate_key(2048, parameters={"kid": "one"})
OTHER_KEY = RSAKey.generate_key(2048, parameters={"kid": "one"})


class Liar:
    """An https server that answers what a test wants, and notes what it was asked."""

    def __init__(self, folder: Path) -> None:
        made = make_certificates(folder, host="localhost")
        self.asked: list[tuple[str, str]] = []
        self.answers_after: threading.Event | None = None
        self.between_drops = threading.Event()  # never set: what is waited for is the time between them
        self.drops = 0  # of so many an answer consists, which come one by one
        self.answers: dict[str, Any] = {}  # by path: bytes, or what becomes JSON; a tuple: status and location
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                liar.asked.append((self.path, f"{self.headers.get('authorization')} {body}"))
                if liar.answers_after is not None:
                    liar.answers_after.wait()
                found = liar.answers.get(self.path, {})
                status, location = found if isinstance(found, tuple) else (200, None)
                content = found if isinstance(found, bytes) else json.dumps(found).encode()
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                for drop in range(liar.drops):
                    self.wfile.write(content[drop : drop + 1])
                    liar.between_drops.wait(0.02)
                self.wfile.write(content[liar.drops :])

            do_GET = do_POST = _answer  # noqa: N815 - the server's own names

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made.cert_file, made.key_file)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.issuer = f"https://localhost:{self._server.server_address[1]}"
        self.trust = ssl.create_default_context(cafile=made.ca_file)
        self.tell()

    def tell(self, **changes: Any) -> None:
        told = {name: f"{self.issuer}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        self.answers["/.well-known/openid-configuration"] = {"issuer": self.issuer} | told | changes
        self.answers["/jwks_uri"] = {"keys": [KEY.as_dict(private=False)]}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Liar]:
    made = Liar(tmp_path_factory.mktemp("liar"))
    yield made
    made.close()


@pytest.fixture
def liar(serving: Liar) -> Liar:
    serving.asked.clear()
    serving.tell()
    return serving


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def told_down() -> list[bool]:
    """What the provider's line said of it each time that it was asked."""
    return []


@pytest.fixture
def provider(liar: Liar, clock: SteppedClock, told_down: list[bool]) -> IdentityProvider:
    return IdentityProvider(
        issuer=liar.issuer,
        client_id="matthan",
        secret=SECRET,
        public_url="https://matthan.example",
        clock=clock,
        trust=liar.trust,
        tell_down=told_down.append,
    )


def prove(
    provider: IdentityProvider, liar: Liar, clock: SteppedClock, *, key: Any = KEY, alg: str = "RS256", **changes: Any
) -> ProvenIdentity:
    """One sign-in, with a token whose claims are right but for the changes; None takes a claim away."""
    begun = provider.begin("vi")
    asked = parse_qs(urlsplit(begun.address).query)
    now_s = int(clock.now().timestamp())
    claims = {
        "iss": liar.issuer,
        "sub": "lan",
        "aud": "matthan",
        "exp": now_s + 300,
        "iat": now_s,
        "auth_time": now_s,
        "nonce": asked["nonce"][0],
    } | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    if alg == "none":
        head, body = (
            urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": alg}, claims)
        )
        token = f"{head}.{body}."
    else:
        token = jwt.encode({"alg": alg, "kid": "one"}, claims, key, algorithms=[alg])
    liar.answers["/token_endpoint"] = {"id_token": token, "access_token": "a"}
    return provider.prove(begun.sealed, {"state": asked["state"][0], "code": "c"})


def test_a_right_answer_proves_who_it_is(provider: IdentityProvider, liar: Liar, clock: SteppedClock) -> None:
    assert prove(provider, liar, clock) == ProvenIdentity(issuer=liar.issuer, subject="lan", both_factors=False)
    assert prove(provider, liar, clock, amr=["pwd", "mfa"]).both_factors
    path, sent = liar.asked[-2]
    assert path == "/token_endpoint"
    assert "code_verifier=" in sent
    assert SECRET not in "".join(path for path, _ in liar.asked), "no secret in an address"


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": OTHER_KEY},
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": ["matthan", "another"]},  # and no azp that is ours
        {"azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"auth_time": None},
        {"auth_time": 1},
        {"auth_time": "now"},
        {"sub": ""},
        {"sub": None},
        {"sub": "x" * 256},
        {"sub": ["lan"]},
        {"amr": "mfa"},
        {"key": OctKey.import_key(SECRET), "alg": "HS256"},  # signed with what both sides know
        {"alg": "none"},
    ],
    ids=lambda claims: " ".join(f"{name}={str(each)[:24]}" for name, each in claims.items() if name != "key") or "key",
)
def test_a_token_that_is_not_of_this_sign_in_proves_nobody(
    provider: IdentityProvider, liar: Liar, clock: SteppedClock, wrong: dict[str, Any]
) -> None:
    with pytest.raises(NotProven):
        prove(provider, liar, clock, **wrong)


def test_what_was_begun_too_long_ago_or_elsewhere_counts_no_more(
    provider: IdentityProvider, liar: Liar, clock: SteppedClock
) -> None:
    begun = provider.begin("en")
    state = parse_qs(urlsplit(begun.address).query)["state"][0]
    clock.advance(601)
    for sealed in (begun.sealed, None, "", "nonsense", begun.sealed[:-2]):
        with pytest.raises(NotProven):
            provider.prove(sealed, {"state": state, "code": "c"})
    identity = ProvenIdentity(issuer=liar.issuer, subject="lan", both_factors=False)
    kept = provider.seal_identity(identity)
    assert provider.sealed_identity(kept) == identity
    for wrong in (None, provider.begin("vi").sealed, kept[:-4]):
        with pytest.raises(NotProven):
            provider.sealed_identity(wrong)
    with pytest.raises(NotProven):
        provider.prove(kept, {"state": "", "code": "c"})  # a proven identity is no sign-in that was begun
    clock.advance(301)
    with pytest.raises(NotProven):
        provider.sealed_identity(kept)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/token",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/token",
        "https://localhost.evil.example/",
        "https://user:pass@localhost/",
        "file:///etc/passwd",
        "//evil.example",
        "",
        None,
        7,
    ],
)
def test_a_provider_leads_to_no_other_host(
    provider: IdentityProvider, liar: Liar, clock: SteppedClock, url: object
) -> None:
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        liar.tell(**{name: url})
        with pytest.raises(ProviderUnavailable, match=name):
            provider.begin("vi")
        clock.advance(6)


@pytest.mark.parametrize(
    "answer",
    [
        b"no json",
        b"[]",
        b"1",
        b"{" + b" " * MAX_ANSWER_BYTES + b"}",
        (500, None),
        (302, "http://169.254.169.254/"),
        (307, "https://localhost:1/"),
        {},
        {"issuer": "https://evil.example"},
    ],
    ids=lambda each: str(each)[:30],
)
def test_what_is_no_answer_of_a_provider_is_taken_for_none(
    provider: IdentityProvider, liar: Liar, clock: SteppedClock, answer: Any
) -> None:
    liar.answers["/.well-known/openid-configuration"] = answer
    with pytest.raises(ProviderUnavailable):
        provider.begin("vi")
    asked = len(liar.asked)
    with pytest.raises(ProviderUnavailable):
        provider.begin("vi")
    assert len(liar.asked) == asked, "many who try at once do not all wait for it"
    assert provider.end_address() is None
    liar.tell()
    clock.advance(6)
    assert provider.begin("vi").address.startswith(liar.issuer)


def test_an_answer_in_drops_is_given_up_as_a_whole(liar: Liar) -> None:
    liar.drops, line = 400, ProviderLine(liar.issuer, trust=liar.trust, within_s=0.5)
    try:
        with pytest.raises(ProviderUnavailable, match=r"in 0\.5 s"):
            line.get(f"{liar.issuer}/.well-known/openid-configuration")
    finally:
        liar.drops = 0
    assert line.get(f"{liar.issuer}/.well-known/openid-configuration")["issuer"] == liar.issuer


def test_whether_it_is_down_is_told_whenever_it_was_asked(
    provider: IdentityProvider, liar: Liar, clock: SteppedClock, told_down: list[bool]
) -> None:
    liar.answers["/.well-known/openid-configuration"] = (500, None)
    for _ in range(2):
        assert provider.end_address() is None
        clock.advance(6)
    liar.tell()
    provider.begin("vi")
    assert told_down == [True, True, False]


def test_who_finds_the_provider_being_asked_waits_a_second_and_not_for_its_answer(
    provider: IdentityProvider, liar: Liar
) -> None:
    liar.answers_after = threading.Event()
    first = threading.Thread(target=provider.end_address)
    first.start()
    try:
        wait_until(lambda: bool(liar.asked), timeout_s=10, what="the provider is asked")
        with pytest.raises(ProviderUnavailable, match="not answered yet"):
            provider.begin("vi")
        assert first.is_alive()
    finally:
        liar.answers_after.set()
        first.join()
        liar.answers_after = None
    assert provider.begin("vi").address.startswith(liar.issuer)


def test_where_signing_out_leads_is_the_provider_s_own_host_or_nowhere(
    provider: IdentityProvider, liar: Liar, clock: SteppedClock
) -> None:
    for wrong in ("https://evil.example/end", None, 7):
        liar.tell(end_session_endpoint=wrong)
        assert provider.end_address() is None
        clock.advance(11)
    liar.tell(end_session_endpoint=f"{liar.issuer}/end")
    address = provider.end_address()
    assert address is not None
    query = parse_qs(urlsplit(address).query)
    assert query == {"client_id": ["matthan"], "post_logout_redirect_uri": ["https://matthan.example/console/login"]}


def test_a_line_asks_its_own_host_alone(liar: Liar) -> None:
    line = ProviderLine(liar.issuer, trust=liar.trust)
    before = list(liar.asked)
    for url in ("https://localhost:1/", liar.issuer.replace("https", "http"), "https://127.0.0.1/"):
        with pytest.raises(ProviderUnavailable, match="another host"):
            line.get(url)
    assert liar.asked == before
    with pytest.raises(ProviderUnavailable, match="ConnectError"):
        ProviderLine(liar.issuer).get(f"{liar.issuer}/x")  # its certificate is of nobody whom the system trusts


def test_a_short_secret_is_refused(clock: SteppedClock) -> None:
    with pytest.raises(ConfigurationError, match="24 characters"):
        IdentityProvider(
            issuer="https://sso.example",
            client_id="m",
            secret="short",
            public_url="https://m.example",
            clock=clock,
            tell_down=print,
        )
