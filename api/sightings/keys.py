"""The keys that plates are hashed with: one for each month, sealed in the database, gone with the month."""

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, delete, select

from api.persistence.store import Work
from api.persistence.tables import sighting_keys
from api.persistence.upsert import insert_if_absent
from domain.errors import ConfigurationError
from domain.plates.sightings import KEY_BYTES

_LEAST_LETTERS = 32


class SightingKeys:
    """Makes, opens and forgets them.

    Args:
        secret: seals them; of 32 characters or more.

    Raises:
        ConfigurationError: it is shorter.
    """

    def __init__(self, secret: str) -> None:
        if len(secret) < _LEAST_LETTERS:
            raise ConfigurationError(
                f"sightings.key has at least {_LEAST_LETTERS} characters; make one with `openssl rand -hex 32`"
            )
        self._seal = Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()))

    def of(self, work: Work, month: str) -> bytes:
        """The key of a month, made by whoever asks first."""
        known = self.known(work.connection, month)
        if known is not None:
            return known
        sealed = self._seal.encrypt(secrets.token_bytes(KEY_BYTES)).decode()
        insert_if_absent(work.connection, sighting_keys, {"month": month, "key_sealed": sealed, "made_at": work.now})
        made = self.known(work.connection, month)
        assert made is not None  # noqa: S101 - ours or the other's who was first
        return made

    def known(self, connection: Connection, month: str) -> bytes | None:
        """The key of a month; None where there is none (any more).

        Raises:
            ConfigurationError: it was sealed with another secret.
        """
        asked = select(sighting_keys.c.key_sealed).where(sighting_keys.c.month == month)
        sealed = connection.execute(asked).scalar_one_or_none()
        if sealed is None:
            return None
        try:
            return self._seal.decrypt(sealed.encode())
        except InvalidToken as error:
            raise ConfigurationError("the keys of sightings were sealed with another sightings.key") from error

    @staticmethod
    def forget_before(connection: Connection, month: str) -> None:
        """Forget the keys of the months before one: hashes of those say nothing any more."""
        connection.execute(delete(sighting_keys).where(sighting_keys.c.month < month))
