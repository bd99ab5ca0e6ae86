"""The line to an OpenID provider: its own host alone, no redirects, short answers, a few seconds."""

import asyncio
import ssl
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from api.errors import ProviderUnavailable

TIMEOUT_S: Final = 5.0  # for each piece of an answer
WITHIN_S: Final = 8.0  # for the whole of it, however small its pieces
MAX_ANSWER_BYTES: Final = 256 * 1024


def is_issuer(text: str) -> bool:
    """Whether a text may be an issuer: https without user, query or fragment.

    Examples:
        >>> is_issuer("https://sso.hue.gov.vn/realms/city")
        True
        >>> is_issuer("http://sso.hue.gov.vn"), is_issuer("https://u:p@sso.hue.gov.vn"), is_issuer("https://a?b=1")
        (False, False, False)
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    plain = not (parts.username or parts.password or parts.query or parts.fragment or "#" in text or "?" in text)
    return bool(host) and port != 0 and plain and parts.scheme == "https"


class ProviderLine:
    """Asks one provider.

    Args:
        issuer: whose host alone is asked.
        trust: TLS with these authorities; None: the system's.
        within_s: an answer may take so long from the first byte asked to the last one told.
    """

    def __init__(self, issuer: str, *, trust: ssl.SSLContext | None = None, within_s: float = WITHIN_S) -> None:
        self._origin = _origin(issuer)
        self._within_s = within_s
        self._trust: ssl.SSLContext | bool = True if trust is None else trust

    def leads_to(self, url: str) -> bool:
        """Whether an address is of the issuer's own host and port, by https."""
        return _origin(url) == self._origin

    def get(self, url: str) -> dict[str, Any]:
        """A JSON object.

        Raises:
            ProviderUnavailable: no answer, or none that can be used.
        """
        return self._asked("GET", url, None, {"Accept": "application/json"})

    def post(self, url: str, form: str, headers: dict[str, str]) -> dict[str, Any]:
        """Send a form; the JSON object that answers it; raises as ``get``. An answer 4xx of JSON is given too."""
        return self._asked("POST", url, form, headers)

    def _asked(self, method: str, url: str, form: str | None, headers: dict[str, str]) -> dict[str, Any]:
        if not self.leads_to(url):
            raise ProviderUnavailable("the provider names an address of another host")
        try:
            found = httpx.Response(200, content=asyncio.run(self._content(method, url, form, headers))).json()
        except TimeoutError as error:
            raise ProviderUnavailable(f"the provider did not answer in {self._within_s:g} s") from error
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise ProviderUnavailable(f"the provider cannot be reached ({type(error).__name__})") from error
        except ValueError as error:
            raise ProviderUnavailable("the provider's answer is no JSON") from error
        if not isinstance(found, dict):
            raise ProviderUnavailable("the provider's answer is no JSON object")
        return found

    async def _content(self, method: str, url: str, form: str | None, headers: dict[str, str]) -> bytes:
        """The bytes of an answer; in a loop of its own, since only there one clock runs over all of its reads."""
        async with (
            asyncio.timeout(self._within_s),
            httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, verify=self._trust, trust_env=False) as client,
            client.stream(method, url, content=form, headers=headers) as answer,
        ):
            refused = method == "POST" and 400 <= answer.status_code < 500  # noqa: PLR2004 - RFC 6749, 5.2
            if not refused and not answer.is_success:
                raise ProviderUnavailable(f"the provider answers {answer.status_code}")
            content = b""
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > MAX_ANSWER_BYTES:
                    raise ProviderUnavailable("the provider's answer is too long")
            return content


def _origin(url: str) -> tuple[str, int] | None:
    """Host and port of an https address; None: not to be asked."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        return None
    return (host, port) if host and parts.scheme == "https" and not (parts.username or parts.password) else None
