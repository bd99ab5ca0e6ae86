"""A real OpenID provider (pyop) in a process of its own: its people, its keys, and our client.

``python -m tests.builders.open_id_provider PORT CENTRE_URL CLIENT_SECRET CERT_FILE KEY_FILE``
"""

import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx

from deploy.local.process import free_port
from tests.builders.certificates import make_certificates
from tests.builders.watching import wait_until

CLIENT_ID = "matthan"
PEOPLE = ("lan.city", "mai.city", "cuong.city", "minh.city", "stale.city")
WITH_BOTH_FACTORS = "mai.city"
STALE = "stale.city"  # the provider says that it asked for the password an hour ago
PASSWORD = "a password of the city"
REPOSITORY = Path(__file__).resolve().parents[2]


class OpenIdProvider:
    """pyop on ``localhost``, which is another site than a centre on 127.0.0.1.

    Args:
        centre_url: where its client is.
        secret: of the client.
        folder: for its log.
        port: None: a free one.
    """

    def __init__(self, centre_url: str, secret: str, folder: Path, *, port: int | None = None) -> None:
        self.port = port or free_port()
        self.issuer = f"https://localhost:{self.port}"
        made = make_certificates(folder / "city", host="localhost")
        self.ca_file = made.ca_file
        self._trust = ssl.create_default_context(cafile=made.ca_file)
        self._arguments = (str(self.port), centre_url, secret, str(made.cert_file), str(made.key_file))
        self._log = folder / "provider.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.builders.open_id_provider", *self._arguments]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=REPOSITORY, stdout=log, stderr=log)
        wait_until(self._answers, timeout_s=60, what="the provider answers")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        try:
            told = f"{self.issuer}/.well-known/openid-configuration"
            return httpx.get(told, trust_env=False, verify=self._trust).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    @property
    def log(self) -> str:
        """What it wrote."""
        return self._log.read_text()


def serve(port: int, centre_url: str, secret: str, cert_file: str, key_file: str) -> None:  # noqa: C901 - one small server
    """Serve until killed."""
    import uvicorn  # noqa: PLC0415 - only in the provider's own process
    from Cryptodome.PublicKey import RSA  # noqa: PLC0415
    from jwkest.jwk import RSAKey  # noqa: PLC0415
    from pyop.authz_state import AuthorizationState  # noqa: PLC0415
    from pyop.provider import Provider  # noqa: PLC0415
    from pyop.subject_identifier import HashBasedSubjectIdentifierFactory  # noqa: PLC0415
    from pyop.userinfo import Userinfo  # noqa: PLC0415
    from starlette.applications import Starlette  # noqa: PLC0415
    from starlette.requests import Request  # noqa: PLC0415
    from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response  # noqa: PLC0415
    from starlette.routing import Route  # noqa: PLC0415

    issuer = f"https://localhost:{port}"
    told = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/end",
        "response_types_supported": ["code"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "code_challenge_methods_supported": ["S256"],
    }
    client = {
        "client_secret": secret,
        "redirect_uris": [f"{centre_url}/console/provider/answer"],
        "post_logout_redirect_uris": [f"{centre_url}/console/login"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
    }
    provider = Provider(
        RSAKey(key=RSA.generate(2048), kid="city-1", alg="RS256", use="sig"),
        told,
        AuthorizationState(HashBasedSubjectIdentifierFactory("the city's salt")),
        {CLIENT_ID: client},
        Userinfo({name: {"sub": f"{name}@subjects"} for name in PEOPLE}),
    )

    asked_at_s: dict[str, int] = {}

    async def metadata(_: Request) -> Response:
        return JSONResponse(provider.provider_configuration.to_dict() | told)

    async def jwks(_: Request) -> Response:
        return JSONResponse(provider.jwks)

    async def authorize(request: Request) -> Response:
        asked = provider.parse_authentication_request(request.url.query)
        if request.method == "GET":
            page = '<form method="post"><input name="user"><input name="password" type="password"><button>OK</button>'
            return HTMLResponse(f"<!doctype html><title>City</title>{page}<button name='deny'>No</button></form>")
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        if "deny" in form:
            return RedirectResponse(f"{asked['redirect_uri']}?error=access_denied&state={asked['state']}", 303)
        if form["password"] != PASSWORD or form["user"] not in PEOPLE:
            return HTMLResponse("wrong", status_code=403)
        asked_at_s[form["user"]] = int(time.time()) - (3600 if form["user"] == STALE else 0)
        answer = provider.authorize(asked, form["user"])
        return RedirectResponse(answer.request(asked["redirect_uri"]), 303)

    def claims_of(user: str, _: str) -> dict[str, Any]:
        return {"auth_time": asked_at_s[user], "amr": ["pwd", "mfa"] if user == WITH_BOTH_FACTORS else ["pwd"]}

    async def token(request: Request) -> Response:
        body = (await request.body()).decode()
        try:
            return JSONResponse(provider.handle_token_request(body, request.headers, claims_of).to_dict())
        except Exception as error:  # noqa: BLE001 - pyop raises several, all of which are refusals
            print(f"refused: {type(error).__name__}", flush=True)  # noqa: T201 - its log
            return JSONResponse({"error": "invalid_grant"}, status_code=400)

    async def end(request: Request) -> Response:
        back = request.query_params["post_logout_redirect_uri"]
        known = request.query_params["client_id"] == CLIENT_ID and back in client["post_logout_redirect_uris"]
        print(f"ended: {known}", flush=True)  # noqa: T201 - its log
        return RedirectResponse(back, 303) if known else HTMLResponse("unknown", status_code=400)

    routes = [
        Route("/.well-known/openid-configuration", metadata),
        Route("/jwks", jwks),
        Route("/authorize", authorize, methods=["GET", "POST"]),
        Route("/token", token, methods=["POST"]),
        Route("/end", end),
    ]
    tls = {"ssl_certfile": cert_file, "ssl_keyfile": key_file}
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="warning", **tls)


if __name__ == "__main__":
    serve(int(sys.argv[1]), *sys.argv[2:6])
