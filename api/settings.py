"""The centre's settings: one YAML file, read once, faults with their lines, secrets by file or environment."""

import os
import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.intake.limits import IntakeLimits
from api.people.provider_line import is_issuer
from api.retention_limits import RetentionLimits
from domain.camera import Identifier
from domain.cases.roles import Role
from domain.errors import ConfigurationError
from domain.law.catalogue import built_in_catalogue
from domain.law.receivers import Receiver, may_fine
from domain.reminder_outcome import ward_key
from plumbing.secret_values import read_secret
from plumbing.yaml_documents import read_yaml, validated

Port = Annotated[int, Field(ge=0, le=65535)]
_PASSWORD_IN_URL = re.compile(r"://[^/@]*:[^/@]*@")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Secret(_Part):
    """Where a secret stands; it never stands in the settings file itself."""

    env: str | None = None  # name of an environment variable
    file: Path | None = None  # a file that holds nothing else

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("give env (a variable's name) or file, and only one of them")
        return self

    def read(self) -> str:
        """The secret.

        Raises:
            ConfigurationError: the variable or file is missing or empty.
        """
        value = read_secret("a secret of the centre", env=self.env, file=self.file, folder=Path(), environ=os.environ)
        return value or ""


class Listen(_Part):
    """Where the centre answers HTTP."""

    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: str | None = None  # what browsers call it, when something stands before it; https makes cookies secure

    @model_validator(mode="after")
    def _is_an_origin(self) -> Self:
        if self.public_url is not None:
            parts = urlsplit(self.public_url)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/"):
                raise ValueError("public_url looks like https://matthan.hue.gov.vn, without a path")
        return self

    @property
    def secure(self) -> bool:
        """Whether browsers come over https."""
        return self.public_url is not None and self.public_url.startswith("https://")


class DatabaseSettings(_Part):
    """Where the centre remembers."""

    url: str  # sqlite:///centre.sqlite3 (beside this file), sqlite:////absolute/path, postgresql+psycopg://user@host/db
    password: Secret | None = None

    @model_validator(mode="after")
    def _no_secret_in_url(self) -> Self:
        if _PASSWORD_IN_URL.search(self.url):
            raise ValueError("a database URL must not hold a password; use password.env or password.file")
        if not self.url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("expected sqlite:///... or postgresql+psycopg://...")
        return self


class S3Settings(_Part):
    """A bucket for evidence."""

    bucket: str
    prefix: str = ""
    endpoint_url: str | None = None
    region: str = "us-east-1"
    access_key: Secret
    secret_key: Secret


class EvidenceSettings(_Part):
    """Where evidence files lie."""

    directory: Path | None = None
    s3: S3Settings | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.directory is None) == (self.s3 is None):
            raise ValueError("give directory or s3, and only one of them")
        return self


class MqttSettings(_Part):
    """The broker that boxes send to."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    username: str | None = None
    password: Secret | None = None
    client_id: Identifier = "matthan-centre"  # names the session that the broker keeps; one centre process each
    ca_file: Path | None = None  # TLS with this certificate authority
    tls: bool = False  # TLS with the system's authorities

    @model_validator(mode="after")
    def _password_has_user(self) -> Self:
        if self.password is not None and self.username is None:
            raise ValueError("a password needs a username")
        return self


class SessionSettings(_Part):
    """How long people stay signed in."""

    idle_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 30.0
    absolute_hours: Annotated[float, Field(gt=0, le=72)] = 10.0
    second_factor_key: Secret | None = None  # seals what codes are checked with; None: there are no second factors
    second_factor_roles: frozenset[Role] = frozenset()  # that may do nothing without one


class ProviderSettings(_Part):
    """An OpenID provider, with which people sign in beside their passwords here."""

    name: Annotated[str, Field(min_length=1, max_length=60)]  # on the sign-in page, such as "tài khoản thành phố"
    issuer: Annotated[str, Field(max_length=500)]  # as its ID tokens name it; nothing beside its own host is asked
    client_id: Annotated[str, Field(min_length=1, max_length=200)]
    client_secret: Secret
    ca_file: Path | None = None  # TLS with this certificate authority; None: the system's

    @model_validator(mode="after")
    def _is_an_issuer(self) -> Self:
        if not is_issuer(self.issuer):
            raise ValueError("issuer looks like https://sso.hue.gov.vn/realms/city: https, without user or query")
        return self


class ReceiverSettings(_Part):
    """Who receives some acts at some places, of those whom the catalogue lets fine them."""

    receiver: Receiver
    codes: frozenset[str] = frozenset()  # of the catalogue; empty: every one, as with the next two
    vehicles: frozenset[str] = frozenset()  # as the catalogue writes them
    wards: frozenset[str] = frozenset()  # as accounts name them

    @model_validator(mode="after")
    def _fits_the_catalogue(self) -> Self:
        rows = built_in_catalogue().rows
        for word, given, known in (
            ("code", self.codes, {row.code for row in rows}),
            ("vehicle", self.vehicles, {row.vehicle for row in rows}),
        ):
            if unknown := sorted(given - known):
                raise ValueError(f"the catalogue has no {word} {', '.join(unknown)}; it has {', '.join(sorted(known))}")
        if wrong := sorted(ward for ward in self.wards if ward_key(ward) != ward):
            raise ValueError(f"wards are written as accounts name them, e.g. {ward_key(wrong[0]) or 'phu-xuan'}")
        meant = [row for row in rows if not self.codes or row.code in self.codes]
        meant = [row for row in meant if not self.vehicles or row.vehicle in self.vehicles]
        if not any(self.receiver in may_fine(row.sanction_route) for row in meant):
            raise ValueError(f"{self.receiver} may fine none of these acts by the catalogue")
        return self


class PlaceSettings(_Part):
    """Where wards are."""

    wards_file: Path | None = None  # GeoJSON with a polygon a ward; None: what camera files say is believed
    tiles_path: str | None = None  # of the city's own map tiles, on the same host, e.g. /tiles/{z}/{x}/{y}.png
    fallback_queue: Identifier = Receiver.TRAFFIC_POLICE.value  # of cases that are a ward's, and nobody knows which

    @model_validator(mode="after")
    def _asks_nobody_outside(self) -> Self:
        path = self.tiles_path
        if path is not None and (
            not re.match(r"/[A-Za-z0-9]", path) or any(name not in path for name in ("{z}", "{x}", "{y}"))
        ):
            raise ValueError("tiles_path looks like /tiles/{z}/{x}/{y}.png: a path of the same host, never another's")
        return self


class PoliceSettings(_Part):
    """The police queue."""

    queues: dict[str, Identifier] = Field(default_factory=dict)  # by sanction route, or by receiver if not its name
    receivers: tuple[ReceiverSettings, ...] = ()  # the first that fits, before the order of docs/operate-the-centre.md
    default_lease_s: Annotated[float, Field(ge=1)] = 900.0
    max_lease_s: Annotated[float, Field(ge=1)] = 86_400.0
    max_cases: Annotated[int, Field(ge=1, le=500)] = 50
    sweep_every_s: Annotated[float, Field(gt=0)] = 15.0
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = ()  # that webhooks may reach though they are not public


class TimeStampSettings(_Part):
    """A time stamp authority (RFC 3161 over HTTP) whose word goes into every sealed package."""

    url: str  # e.g. http://tsa.example.vn/tsr
    ca_file: Path | None = None  # PEM, the authority's root; without it an answer's signer is not checked here

    @model_validator(mode="after")
    def _is_http(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.username:
            raise ValueError("url looks like https://tsa.example.vn/tsr, without user and password")
        return self


class ReviewSettings(_Part):
    """How people review."""

    second_look_share: Annotated[float, Field(ge=0, le=1)] = 0.10  # beside high fines and points, which always get one
    seed_share: Annotated[float, Field(ge=0, le=0.2)] = 0.03  # known negatives, of first answers
    draw_key: Secret | None = None  # decides who is drawn; None: a new one whenever the centre starts
    hold_minutes: Annotated[float, Field(gt=0, le=120)] = 10.0
    cases_a_shift: Annotated[int, Field(ge=1)] = 200
    queue_limit: Annotated[int, Field(ge=1)] = 5000  # above it the written rule drops (domain/cases/queue_rules.py)


class RecordSettings(_Part):
    """Checkpoints of the record and seals of packages: signed by the centre, kept elsewhere by whoever runs it."""

    key_file: Path  # the centre's private key, made by `matthan centre keygen`
    checkpoints: Path  # the directory that the jobs process writes them to
    checkpoint_every_minutes: Annotated[float, Field(gt=0)] = 60.0
    time_stamps: TimeStampSettings | None = None  # None: packages bear no time stamp, and say so


class RetentionSettings(_Part):
    """How long media stay after a case came where it stands; proposals of the privacy rules, for the city to set."""

    discarded_hours: Annotated[float, Field(gt=0, le=24 * 366)] = 24.0
    rejected_days: Annotated[float, Field(gt=0, le=3660)] = 30.0
    shadow_days: Annotated[float, Field(gt=0, le=3660)] = 30.0
    handed_over_days: Annotated[float, Field(gt=0, le=3660)] = 30.0  # since the receipt, or the police's newest step
    every_hours: Annotated[float, Field(gt=0, le=24 * 31)] = 1.0

    def limits(self) -> RetentionLimits:
        """As the job takes them."""
        return RetentionLimits(
            discarded=timedelta(hours=self.discarded_hours),
            rejected=timedelta(days=self.rejected_days),
            shadow=timedelta(days=self.shadow_days),
            handed_over=timedelta(days=self.handed_over_days),
        )


class SightingSettings(_Part):
    """Sightings of vehicles, as keyed hashes; only where the city has a written basis and signs that say so."""

    basis: Annotated[str, Field(min_length=5, max_length=200)]  # number and date of the decision
    key: Secret  # seals the keys of the months
    kept_days: Annotated[float, Field(gt=0, le=31)] = 7.0  # as the video that they were read from


class IntakeSettings(_Part):
    """What one box may have at the centre, and how much work is done at once."""

    max_arriving_cases: Annotated[int, Field(ge=1)] = 100  # a box sends one after the other
    max_arriving_gigabytes: Annotated[float, Field(gt=0)] = 8.0
    max_cases_a_day: Annotated[int, Field(ge=1)] = 20_000
    keep_arriving_days: Annotated[float, Field(ge=1)] = 30.0  # since the box last offered the package
    workers: Annotated[int, Field(ge=1, le=32)] = 4

    def limits(self) -> IntakeLimits:
        """As the intake takes them."""
        return IntakeLimits(
            arriving_cases=self.max_arriving_cases,
            arriving_bytes=int(self.max_arriving_gigabytes * 1024**3),
            cases_a_day=self.max_cases_a_day,
            keep_arriving=timedelta(days=self.keep_arriving_days),
        )


class FleetSettings(_Part):
    """When a box is missed."""

    silent_after_s: Annotated[float, Field(ge=5)] = 45.0  # three heartbeats, where a box has no other interval


class CentreSettings(_Part):
    """Everything that the centre must be given."""

    listen: Listen = Listen()
    database: DatabaseSettings
    evidence: EvidenceSettings
    mqtt: MqttSettings | None = None  # None: nothing comes in by MQTT
    sessions: SessionSettings = SessionSettings()
    sign_in_provider: ProviderSettings | None = None  # None: people have passwords here alone
    police: PoliceSettings = PoliceSettings()
    places: PlaceSettings = PlaceSettings()
    review: ReviewSettings = ReviewSettings()
    record: RecordSettings | None = None  # None: no checkpoints are made
    retention: RetentionSettings | None = None  # None: no media are removed by themselves
    sightings: SightingSettings | None = None  # None: none are taken, and there are none to look up
    intake: IntakeSettings = IntakeSettings()
    fleet: FleetSettings = FleetSettings()

    @model_validator(mode="after")
    def _provider_leads_back(self) -> Self:
        if self.sign_in_provider is not None and self.listen.public_url is None:
            raise ValueError("sign_in_provider needs listen.public_url: the provider sends browsers back there")
        return self

    def database_url(self) -> str:
        """The URL with its password, for the database driver only.

        Raises:
            ConfigurationError: the password cannot be read.
        """
        if self.database.password is None:
            return self.database.url
        scheme, rest = self.database.url.split("://", 1)
        user, at, place = rest.partition("@")
        if not at:
            raise ConfigurationError("database.url names no user for the password")
        return f"{scheme}://{user}:{quote(self.database.password.read(), safe='')}@{place}"


def load_settings(path: Path) -> CentreSettings:
    """Read ``centre.yaml``; relative paths in it are meant from its own folder.

    Raises:
        ConfigurationFaults: every fault with its line.
    """
    return _anchored(validated(read_yaml(path), CentreSettings), path.resolve().parent)


def _anchored(settings: CentreSettings, folder: Path) -> CentreSettings:
    """Make every relative path absolute, from the settings file's folder."""

    def anchored(value: Any) -> Any:
        if isinstance(value, Path):
            return folder / value
        if isinstance(value, BaseModel):
            changed = {name: anchored(getattr(value, name)) for name in type(value).model_fields}
            return value.model_copy(update=changed)
        return value

    result: CentreSettings = anchored(settings)
    url = result.database.url
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        absolute = f"sqlite:///{folder / url.removeprefix('sqlite:///')}"
        result = result.model_copy(update={"database": result.database.model_copy(update={"url": absolute})})
    return result
