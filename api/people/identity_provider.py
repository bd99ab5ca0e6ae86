"""Sign-in with the city's own accounts: OpenID Connect, code flow with PKCE, checked by authlib and joserfc.

What a provider answers is believed only as far as its ID token is signed by its keys, of our client, of this very
sign-in (nonce) and of a password that was asked for anew. No e-mail address and no role is read from it.
"""

import hmac
import json
import secrets
import ssl
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.errors import NotProven, ProviderUnavailable
from api.people.linked_identities import MAX_SUBJECT, ProvenIdentity
from api.people.provider_line import ProviderLine
from domain.errors import ConfigurationError
from domain.instants import Clock

MIN_SECRET: Final = 24  # characters: what browsers carry is sealed with a key made of it
BEGUN_FOR_S: Final = 600
CODE_WITHIN_S: Final = 300
_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519", "RS384", "RS512", "PS384", "PS512", "ES384")
_LEEWAY_S: Final = 60
_KEPT_S: Final = 10.0  # what the provider says of itself; short, so that nobody is sent away to one that is down
_DOWN_FOR_S: Final = 5.0  # so that many who try at once do not all wait for it
_WAIT_S: Final = 1.0  # for somebody else's question: strangers' requests must not hold every thread of the centre


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Begun:
    """A sign-in that a browser is sent away for."""

    address: str  # at the provider
    sealed: str  # for a cookie of the same browser


class IdentityProvider:
    """One OpenID provider.

    Args:
        issuer: its address, as its ID tokens name it.
        client_id: ours there.
        secret: likewise.
        public_url: of the centre; the provider sends browsers back below it.
        clock: where the time comes from.
        trust: TLS with these authorities; None: the system's.
        tell_down: hears whenever the provider was asked for itself whether it did not answer.

    Raises:
        ConfigurationError: the secret is too short to seal with.
    """

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        secret: str,
        public_url: str,
        clock: Clock,
        trust: ssl.SSLContext | None = None,
        tell_down: Callable[[bool], None],
    ) -> None:
        if len(secret) < MIN_SECRET:
            raise ConfigurationError(f"the provider's client secret has at least {MIN_SECRET} characters")
        self.issuer = issuer
        self._client_id = client_id
        self._secret = secret
        self._answer_url = f"{public_url.rstrip('/')}/console/provider/answer"
        self._after_url = f"{public_url.rstrip('/')}/console/login"
        self._clock = clock
        self._line = ProviderLine(issuer, trust=trust)
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"matthan sign-in with a provider")
        self._seal = Fernet(urlsafe_b64encode(key.derive(secret.encode())))
        self._told: tuple[float, dict[str, Any] | None] | None = None  # when it was asked, and what it said
        self._asking = threading.Lock()
        self._tell_down = tell_down

    def begin(self, language: str) -> Begun:
        """Where the browser goes, and what it brings back.

        Args:
            language: of the pages; kept for the way back.

        Raises:
            ProviderUnavailable: it cannot be reached, or what it says of itself is wrong.
        """
        at = self._metadata()["authorization_endpoint"]
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        address = prepare_grant_uri(
            at,
            client_id=self._client_id,
            response_type="code",
            redirect_uri=self._answer_url,
            scope="openid",
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
            prompt="login",  # a desk is shared: whoever sat here before must not come in again
            max_age=BEGUN_FOR_S,  # which makes the provider say when it asked for the password
            ui_locales=language,
        )
        kept = {"state": state, "nonce": nonce, "verifier": verifier, "language": language}
        return Begun(address=address, sealed=self._sealed(kept))

    def language_of(self, sealed: str | None) -> str:
        """The language in which a sign-in began; empty: nobody knows."""
        try:
            return str(self._unsealed(sealed, BEGUN_FOR_S)[0].get("language", ""))
        except NotProven:
            return ""

    def prove(self, sealed: str | None, answer: Mapping[str, str]) -> ProvenIdentity:
        """Who came back.

        Args:
            sealed: what the browser was given when it was sent away.
            answer: the query of the address that it came back to.

        Raises:
            NotProven: it is no answer to what this browser began, the provider refused, or its token does not hold.
            ProviderUnavailable: the provider cannot be reached.
        """
        begun, began_at = self._unsealed(sealed, BEGUN_FOR_S)
        if "nonce" not in begun or not hmac.compare_digest(answer.get("state", "").encode(), begun["state"].encode()):
            raise NotProven("the answer is to no sign-in that this browser began")
        metadata = self._metadata()
        named = answer.get("iss")
        if named != self.issuer and (
            named is not None or metadata.get("authorization_response_iss_parameter_supported") is True
        ):
            raise NotProven("the answer names another provider")
        if "error" in answer or not answer.get("code"):
            raise NotProven("the provider did not let the person in")
        return self._identity(self._id_token(metadata, answer["code"], begun), begun, began_at)

    def seal_identity(self, identity: ProvenIdentity) -> str:
        """An identity for a cookie, until the code of the second factor is told."""
        kept = {"issuer": identity.issuer, "subject": identity.subject, "both_factors": identity.both_factors}
        return self._sealed(kept)

    def sealed_identity(self, sealed: str | None) -> ProvenIdentity:
        """The identity of a cookie.

        Raises:
            NotProven: there is none, or it is too old.
        """
        kept, _ = self._unsealed(sealed, CODE_WITHIN_S)
        if kept.keys() != {"issuer", "subject", "both_factors"}:
            raise NotProven("the cookie is of no proven identity")
        return ProvenIdentity(**kept)

    def end_address(self) -> str | None:
        """Where a browser ends its session at the provider; None: it offers none, or cannot be asked now."""
        try:
            at = self._metadata().get("end_session_endpoint")
        except ProviderUnavailable:
            return None
        if not isinstance(at, str) or not self._line.leads_to(at):
            return None
        back = [("client_id", self._client_id), ("post_logout_redirect_uri", self._after_url)]
        return str(add_params_to_uri(at, back))

    def _id_token(self, metadata: Mapping[str, Any], code: str, begun: Mapping[str, str]) -> jwt.Token:
        """The token that the provider gives for a code, its signature checked."""
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        form = prepare_token_request(
            "authorization_code", redirect_uri=self._answer_url, code=code, code_verifier=begun["verifier"]
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        url, headers, form = ClientAuth(self._client_id, self._secret, method).prepare(
            "POST", metadata["token_endpoint"], headers, form
        )
        given = self._line.post(url, form, headers)
        token = given.get("id_token")
        if not isinstance(token, str):
            raise NotProven("the provider gave no ID token for the code")
        try:
            keys = KeySet.import_key_set(cast("Any", self._line.get(metadata["jwks_uri"])))
            return jwt.decode(token, keys, algorithms=list(_ALGORITHMS))
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotProven(f"the provider's ID token does not hold ({type(error).__name__})") from error

    def _identity(self, token: jwt.Token, begun: Mapping[str, str], began_at: datetime) -> ProvenIdentity:
        wanted: dict[str, Any] = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._client_id},
        }
        checks = {"nonce": begun["nonce"], "client_id": self._client_id}
        claims = CodeIDToken(token.claims, token.header, wanted, checks)
        try:
            claims.validate(now=int(self._clock.now().timestamp()), leeway=_LEEWAY_S)
        except JoseError as error:
            raise NotProven(f"the provider's ID token does not hold ({error})") from error
        asked_s, subject, methods = claims.get("auth_time"), claims["sub"], claims.get("amr") or []
        if not isinstance(asked_s, int | float) or asked_s < began_at.timestamp() - _LEEWAY_S:
            raise NotProven("the provider did not ask for the password anew")
        if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
            raise NotProven("the provider's ID token names nobody")
        return ProvenIdentity(issuer=self.issuer, subject=subject, both_factors="mfa" in methods)

    def _metadata(self) -> dict[str, Any]:
        """What the provider says of itself, asked anew after a while; one asks for all who wait."""
        if not self._asking.acquire(timeout=_WAIT_S):
            raise ProviderUnavailable("the provider was asked and has not answered yet")
        try:
            now_s = self._clock.monotonic_s()
            if self._told is not None:
                at_s, told = self._told
                if now_s - at_s < (_DOWN_FOR_S if told is None else _KEPT_S):
                    if told is None:
                        raise ProviderUnavailable("the provider was not reached a moment ago")
                    return told
            self._told = (now_s, None)
            down = True
            try:
                told = self._ask_itself()
                down = False
            finally:
                self._tell_down(down)
            self._told = (now_s, told)
            return told
        finally:
            self._asking.release()

    def _ask_itself(self) -> dict[str, Any]:
        told = self._line.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if told.get("issuer") != self.issuer:
            raise ProviderUnavailable("the provider names another issuer than the settings")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(told.get(name), str) or not self._line.leads_to(told[name]):
                raise ProviderUnavailable(f"the provider's {name} is missing or leads to another host")
        return told

    def _sealed(self, kept: Mapping[str, Any]) -> str:
        now_s = int(self._clock.now().timestamp())
        return self._seal.encrypt_at_time(json.dumps(kept).encode(), now_s).decode()

    def _unsealed(self, sealed: str | None, within_s: int) -> tuple[dict[str, Any], datetime]:
        """What was sealed, and when."""
        now = self._clock.now()
        token = (sealed or "").encode()
        try:
            content = self._seal.decrypt_at_time(token, within_s, int(now.timestamp()))
            at_s = self._seal.extract_timestamp(token)
        except InvalidToken as error:
            raise NotProven("nothing was begun in this browser, or too long ago") from error
        kept: dict[str, Any] = json.loads(content)
        return kept, datetime.fromtimestamp(at_s, tz=now.tzinfo)


def provider_trust(ca_file: Path | None) -> ssl.SSLContext | None:
    """TLS with an authority of a file.

    Raises:
        ConfigurationError: it cannot be read.
    """
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"sign_in_provider.ca_file {ca_file} holds no certificate authority") from error
