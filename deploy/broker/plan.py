"""What a broker's configuration is made from: where it listens, and the accounts with their passwords' hashes."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

import bcrypt
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from domain.camera import Identifier
from domain.errors import ConfigurationError

_BCRYPT = re.compile(r"\$2b\$\d\d\$[./A-Za-z0-9]{53}")
_BCRYPT_COST = 8  # passwords are 256 random bits; a dearer hash would only slow 300 boxes that come back at once
_RESERVED_PREFIXES = ("police-", "ward-", "signals-")
Port = Annotated[int, Field(ge=1, le=65535)]


class BrokerPlan(BaseModel):
    """One broker. Passwords stand here as bcrypt only.

    Box ids, queue and ward names are those of the centre (``register-box --box``, ``create-key --queue``,
    ``create-user --role ward --ward``).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    server_name: Identifier = "matthan-broker"
    host: str = "0.0.0.0"  # noqa: S104 - boxes come from outside; TLS and a login stand before everything
    port: Port = 8883
    nats_port: Port = 4222  # on the loopback; closed to every user
    cert_file: Path
    key_file: Path
    store_dir: Path
    centre: str
    boxes: dict[Identifier, str] = {}
    queues: dict[Identifier, str] = {}
    wards: dict[Identifier, str] = {}
    controllers: dict[Identifier, str] = {}  # by the box that they tell their signals

    @field_validator("cert_file", "key_file", "store_dir")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        if not path.is_absolute():
            raise ValueError("give the full path")
        return path

    @model_validator(mode="after")
    def _sound(self) -> Self:
        users = (self.boxes, self.queues, self.wards, self.controllers)
        for password in (self.centre, *(password for kind in users for password in kind.values())):
            if not _BCRYPT.fullmatch(password):
                raise ValueError("a password is not a bcrypt hash")
        taken = [box_id for box_id in self.boxes if box_id == "centre" or box_id.startswith(_RESERVED_PREFIXES)]
        if taken:
            raise ValueError(f"no box may be called {taken[0]}: the broker needs that name")
        strange = [box_id for box_id in self.controllers if box_id not in self.boxes]
        if strange:
            raise ValueError(f"there is no box {strange[0]} for a controller; add-box first")
        return self

    def with_changes(self, **accounts: Mapping[str, str]) -> Self:
        """The same broker with other accounts: of ``boxes``, ``queues``, ``wards`` or ``controllers``.

        Raises:
            ConfigurationError: a name cannot be an account.
        """
        document = self.model_dump()
        return type(self).of({**document, **{kind: dict(users) for kind, users in accounts.items()}})

    @classmethod
    def of(cls, document: object) -> Self:
        """Check a document.

        Raises:
            ConfigurationError: it is no plan.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ConfigurationError(f"the broker's plan: {where or 'as a whole'}: {first['msg']}") from error


def hashed(password: str) -> str:
    """The bcrypt hash that nats-server checks a password against."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(_BCRYPT_COST)).decode()
