"""User and password of a camera, kept apart from its URL and out of every text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from domain.camera import Stream
from domain.errors import ConfigurationError
from plumbing.secret_values import read_secret_file

_LIBAV_AUTH_LIMIT: Final = 127  # bytes that libav keeps of user:password, percent-encoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A user and a password; neither shows in ``repr``."""

    username: str = field(repr=False)
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        if ":" in self.username:
            raise ConfigurationError("a camera's user name cannot hold a colon (RFC 7616)")
        if len(self._userinfo()) > _LIBAV_AUTH_LIMIT:
            msg = f"a camera's user and password may be {_LIBAV_AUTH_LIMIT} bytes together, percent-encoded"
            raise ConfigurationError(msg)

    def within(self, url: str) -> str:
        """The URL as the RTSP client wants it, with the secret in it; never to be shown, kept or logged."""
        parts = urlsplit(url)
        return urlunsplit(parts._replace(netloc=f"{self._userinfo()}@{parts.netloc}"))

    def _userinfo(self) -> str:
        return f"{quote(self.username, safe='')}:{quote(self.password, safe='')}"


def credentials_of(stream: Stream, secrets: Mapping[str, str], *, folder: Path | None = None) -> Credentials | None:
    """The credentials that a camera's configuration points to; None where it names no user.

    Args:
        stream: names the user and where the password stands.
        secrets: the environment (or a stand-in) for ``password_env``.
        folder: where a relative ``password_file`` counts from; None: where the process runs.

    Raises:
        ConfigurationError: the variable or the file with the password is missing; the text names it, not its content.
    """
    if stream.username is None:
        return None
    password = ""
    if stream.password_env is not None:
        if stream.password_env not in secrets:
            msg = f"the environment variable {stream.password_env} with the camera's password is not set"
            raise ConfigurationError(msg)
        password = secrets[stream.password_env]
    elif stream.password_file is not None:
        password = read_secret_file("the camera's password", (folder or Path()) / stream.password_file)
    return Credentials(username=stream.username, password=password)
