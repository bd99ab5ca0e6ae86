"""Settings of one box: a YAML file, read once at start; secrets come from the environment or from files."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.camera import Identifier

Port = Annotated[int, Field(ge=0, le=65535)]
Positive = Annotated[float, Field(gt=0)]
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelSettings(_Strict):
    """Which network looks at the pictures, and with what."""

    manifest_file: str | None = None  # None: the networks that came with this version
    name: str
    provider: Literal["cpu", "openvino", "cuda"] = "cpu"
    threads: Annotated[int, Field(ge=1, le=64)] = 1
    score_threshold: Annotated[float, Field(ge=0, le=1)] | None = None  # None: the manifest's
    batch_size: Annotated[int, Field(ge=1, le=64)] = 1  # pictures in one inference; more than 1 only helps on a GPU


class PlateSettings(_Strict):
    """Which networks read number plates in the clips of cases."""

    enabled: bool = True
    manifest_file: str | None = None  # None: the networks that came with this version
    finder: str = "plate-finder"  # finds plates on a vehicle
    corners: str = "plate-corners"  # finds a plate's four corners, and whether it has one line or two
    reader: str = "plate-reader"  # reads a plate set straight


class HeadSettings(_Strict):
    """Which network looks at the heads of riders, where a camera's rule asks for it."""

    manifest_file: str | None = None  # None: the networks that came with this version
    name: str = "heads"


class CentreSettings(_Strict):
    """Where evidence goes by HTTP."""

    url: str
    api_key_env: str | None = None
    api_key_file: str | None = None
    ca_file: str | None = None  # certificate authority of the centre, None: the system's
    timeout_s: Positive = 30.0

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError("url: expected http:// or https://")
        if "@" in self.url.split("://", 1)[1].split("/", 1)[0]:
            raise ValueError("url: must not hold a user or password; use api_key_env or api_key_file")
        if bool(self.api_key_env) == bool(self.api_key_file):
            raise ValueError("give exactly one of api_key_env and api_key_file")
        return self


class MqttSettings(_Strict):
    """The broker that carries health and alerts, and signals where a controller publishes them."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 8883
    tls: bool = True
    ca_file: str | None = None  # certificate authority of the broker, None: the system's
    username: str | None = None
    password_env: str | None = None
    password_file: str | None = None
    keepalive_s: Annotated[int, Field(ge=5, le=3600)] = 30
    hears_signals: bool = False  # on the box's topic of signals

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.password_env and self.password_file:
            raise ValueError("give password_env or password_file, not both")
        if (self.password_env or self.password_file) and not self.username:
            raise ValueError("a password needs a username")
        return self

    @model_validator(mode="after")
    def _signals_are_safe(self) -> Self:
        if self.hears_signals and not self.tls and self.host not in _LOOPBACK:
            raise ValueError("hears_signals needs tls beyond the loopback: who hears a password can make red lights")
        return self


class SignalIntakeSettings(_Strict):
    """Where a signal controller pushes what its signals show."""

    bind_address: str = "127.0.0.1"
    port: Port = 9465  # 0: any free one, named in the log
    key_env: str | None = None
    key_file: str | None = None
    certificate_file: str | None = None  # with its chain, PEM; needed where it listens beyond the loopback
    private_key_file: str | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if bool(self.key_env) == bool(self.key_file):
            raise ValueError("give exactly one of key_env and key_file")
        if bool(self.certificate_file) != bool(self.private_key_file):
            raise ValueError("give certificate_file and private_key_file, or neither")
        if self.certificate_file is None and self.bind_address not in _LOOPBACK:
            raise ValueError("beyond the loopback a certificate is needed: who hears the key can make red lights")
        return self


class HealthSettings(_Strict):
    """Where /metrics, /healthz and /livez answer, and how often the box gives a sign of life."""

    bind_address: str = "127.0.0.1"
    port: Port = 9464  # 0: any free one, named in the log
    heartbeat_interval_s: Positive = 15.0
    judged_within_s: Positive = 15.0  # a camera of which no picture was judged for so long is not well
    stuck_after_s: Positive = 15.0  # analysis that has not gone round for so long is stuck


class RingSettings(_Strict):
    """How much original video each camera keeps in memory."""

    seconds: Annotated[float, Field(ge=12, le=600)] = 30.0
    max_bytes: Annotated[int, Field(ge=1_000_000)] = 64_000_000


class OutboxSettings(_Strict):
    """How much the box keeps while the centre cannot be reached."""

    max_evidence_bytes: Annotated[int, Field(ge=10_000_000)] = 20_000_000_000
    min_free_bytes: Annotated[int, Field(ge=4_000_000)] = 200_000_000  # of the disk; below it no media are kept
    reserve_bytes: Annotated[int, Field(ge=1_000_000)] = 32_000_000  # of the disk; for cases alone


class ReportWorkerSettings(_Strict):
    """A worker that looks at citizens' pictures; it has a key of its own and no camera. Relative paths as below."""

    schema_version: Literal[1] = 1
    centre: CentreSettings  # with a key of the role analyser
    model: ModelSettings
    plates: PlateSettings = PlateSettings()


class BoxSettings(_Strict):
    """Everything one box must be given; relative paths count from the file's own folder."""

    schema_version: Literal[1] = 1
    box_id: Identifier
    cameras: Annotated[tuple[str, ...], Field(min_length=1)]  # camera files or patterns such as cameras/*.yaml
    data_dir: str  # outbox and evidence
    box_key_file: str  # made by `matthan edge keygen`
    model: ModelSettings
    plates: PlateSettings = PlateSettings()
    heads: HeadSettings = HeadSettings()
    centre: CentreSettings
    mqtt: MqttSettings
    health: HealthSettings = HealthSettings()
    ring: RingSettings = RingSettings()
    outbox: OutboxSettings = OutboxSettings()
    signal_intake: SignalIntakeSettings | None = None  # None: no controller pushes to this box
    signal_feed_file: str | None = None  # JSON Lines that a signal controller's gateway appends to
    sightings: bool = False  # tell the centre, hashed, where vehicles of cases were seen; it must have a basis too
    record_detections_file: str | None = None  # JSON Lines of everything the detector sees, for replay
    drain_limit_s: Positive = 20.0  # how long a stop may take to finish evidence and last sends
