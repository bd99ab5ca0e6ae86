"""Secrets: read from the environment or a file, never from a setting, never shown in a message."""

from collections.abc import Mapping
from pathlib import Path

from domain.errors import ConfigurationError
from plumbing.text_files import read_text_file


def read_secret(
    what: str, *, env: str | None, file: str | Path | None, folder: Path, environ: Mapping[str, str]
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
    return None if file is None else read_secret_file(what, folder / file)


def read_secret_file(what: str, path: Path) -> str:
    """The secret that a file holds and nothing else: without a byte order mark, line ends and blanks around it.

    A secret that begins or ends with a blank has to come from the environment.

    Args:
        what: which secret, for the message.
        path: of the file.

    Raises:
        ConfigurationError: the file is missing, unreadable or empty; the message names it, never what is in it.
    """
    try:
        value = read_text_file(path).strip()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(
            f"{what}: {path} cannot be read ({reason}); put the secret into it, mode 0600"
        ) from error
    except UnicodeDecodeError:  # its text holds what was read
        raise ConfigurationError(f"{what}: {path} cannot be read: it is no UTF-8 text") from None
    if not value:
        raise ConfigurationError(f"{what}: {path} is empty; put the secret into it, mode 0600")
    return value
