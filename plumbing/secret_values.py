"""Secrets: read from the environment or a file, never from a setting, never told in a message."""

from collections.abc import Mapping
from pathlib import Path

from domain.errors import ConfigurationError


def read_secret(
    what: str, *, env: str | None, file: str | None, folder: Path, environ: Mapping[str, str]
) -> str | None:
    """The secret that a setting points at; None where it points nowhere.

    Args:
        what: which secret, for the message, e.g. ``mqtt password``.
        env: name of an environment variable.
        file: path of a file that holds only the secret; relative to ``folder``.
        folder: the folder of the configuration file that names the secret.
        environ: the process's environment.

    Raises:
        ConfigurationError: the variable or file is missing or empty.

    Examples:
        >>> read_secret("door key", env="DOOR_KEY", file=None, folder=Path("."), environ={"DOOR_KEY": "s3cret"})
        's3cret'
    """
    if env is not None:
        value = environ.get(env, "")
        if not value:
            raise ConfigurationError(f"{what}: the environment variable {env} is not set; set it to the secret")
        return value
    if file is None:
        return None
    path = folder / file
    try:
        value = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{what}: {path} cannot be read; put the secret into it, mode 0600") from error
    if not value:
        raise ConfigurationError(f"{what}: {path} is empty; put the secret into it, mode 0600")
    return value
