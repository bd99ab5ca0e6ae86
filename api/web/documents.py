"""What the API answers, as documents."""

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from api.alerts import StoredAlert
from api.cases.case_reader import HistoryEvent, RulePrecision
from api.cases.case_rows import ListedCase, PlateEntry, StoredFile
from api.people.accounts import Account
from api.people.machines import KeyInfo
from api.people.organisations import Organisation
from api.places.camera_registry import RegisteredCamera
from api.places.routing import PlaceProblem
from api.principals import Principal
from domain.alert import AlertEnd
from domain.camera import Mode, Position
from domain.cases.case import Case
from domain.cases.checklist import Checked
from domain.cases.clocks import Band, ClockKind, Deadline
from domain.cases.evidence import EvidenceFile, Manifest, Signature
from domain.cases.roles import Role
from domain.cases.states import Blocker, CaseState
from domain.fleet.health import HealthProblem, StreamState
from domain.instants import Instant


class Document(BaseModel):
    """A document with exactly its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CaseSummary(Document):
    """One case in a list; the plate stands only in the case itself, where looking at it is on record."""

    case_id: uuid.UUID
    state: CaseState
    version: int
    code: str
    name_vi: str
    name_en: str
    mode: Mode
    vehicle_kind: str
    plate_status: str
    camera_id: str
    camera_name: str
    road: str
    ward: str
    began_at: Instant
    ended_at: Instant
    received_at: Instant
    integrity: str
    files_total: int
    files_missing: int
    gaps: int
    blocked_by: tuple[Blocker, ...]
    confirmable: bool

    @classmethod
    def of(cls, listed: ListedCase) -> "CaseSummary":
        """The summary of a case."""
        return cls(**{name: getattr(listed, name) for name in cls.model_fields})


class CaseList(Document):
    """One page of cases, newest arrival first."""

    items: tuple[CaseSummary, ...]
    next_cursor: str | None


class RulePrecisionDocument(Document):
    """How often one version of a rule in shadow mode was right at one camera."""

    code: str
    name_vi: str
    name_en: str
    camera_id: str
    camera_name: str
    rule_version: str
    right: int
    judged: int
    precision: float
    interval95_low: float  # Wilson's interval at 95 %
    interval95_high: float

    @classmethod
    def of(cls, rule: RulePrecision) -> "RulePrecisionDocument":
        """The document of a rule and camera."""
        low, high = rule.precision.interval95
        return cls(
            code=rule.code,
            name_vi=rule.name_vi,
            name_en=rule.name_en,
            camera_id=rule.camera_id,
            camera_name=rule.camera_name,
            rule_version=rule.rule_version,
            right=rule.precision.right,
            judged=rule.precision.judged,
            precision=rule.precision.right / rule.precision.judged,
            interval95_low=low,
            interval95_high=high,
        )


class AlertDocument(Document):
    """One alert; times are by the box's clock, but for when it came in and was acknowledged."""

    alert_id: uuid.UUID
    box_id: str
    camera_id: str
    camera_name: str
    road: str
    rule: str
    mode: Mode
    place_id: str
    label: str
    measurements: dict[str, float | int]
    began_at: Instant
    seen_until: Instant
    end: AlertEnd | None
    received_at: Instant
    acknowledged_by: str | None
    acknowledged_at: Instant | None

    @classmethod
    def of(cls, alert: StoredAlert) -> "AlertDocument":
        """The document of an alert."""
        return cls(**{name: getattr(alert, name) for name in cls.model_fields})


class AlertList(Document):
    """One page of alerts, newest arrival first."""

    items: tuple[AlertDocument, ...]
    next_cursor: str | None


class FileState(Document):
    """One file of a case; it can be fetched when complete."""

    file: EvidenceFile
    complete: bool
    path: str

    @classmethod
    def of(cls, case_id: uuid.UUID, stored: StoredFile) -> "FileState":
        """The state of a file."""
        return cls(
            file=stored.file,
            complete=stored.complete,
            path=f"/api/v1/cases/{case_id}/files/{stored.name}",
        )


class CheckedItem(Document):
    """One thing that the case must contain, and what proves it."""

    item: str
    name_vi: str
    name_en: str
    blocks: bool  # it cannot be confirmed without
    proof: str | None  # a frame or value; None: missing

    @classmethod
    def of(cls, checked: Checked) -> "CheckedItem":
        """The document of an item."""
        item = checked.item
        return cls(item=item.key, name_vi=item.words.vi, name_en=item.words.en, blocks=item.blocks, proof=checked.proof)


class ClockDocument(Document):
    """Until when what must be done."""

    kind: ClockKind
    ends_at: Instant
    band: Band  # how near the end is

    @classmethod
    def of(cls, deadline: Deadline, now: datetime) -> "ClockDocument":
        """The document of a clock."""
        return cls(kind=deadline.kind, ends_at=deadline.ends_at, band=deadline.band(now))


class PlateEntryDocument(Document):
    """The plate as one reviewer read it himself."""

    actor: str
    text: str
    entered_at: Instant

    @classmethod
    def of(cls, entry: PlateEntry) -> Self:
        """The document of an entry."""
        return cls(actor=entry.actor, text=entry.text, entered_at=entry.entered_at)


class CaseDetail(Document):
    """One case with everything that belongs to it."""

    summary: CaseSummary
    case: Case
    manifest: Manifest
    signature: Signature
    message_sha256: str
    files: tuple[FileState, ...]
    checklist: tuple[CheckedItem, ...]
    plate_by_hand: str | None  # that whoever confirmed had entered; before, the caller's own entry
    plates_entered: tuple[PlateEntryDocument, ...]  # by reviewers, as far as the caller may know
    clocks: tuple[ClockDocument, ...]


class EventDocument(Document):
    """One event of the record."""

    seq: int
    at: Instant
    actor: str
    action: str
    case_id: uuid.UUID | None
    body: dict[str, Any]
    hash: str
    objection: str | None  # of a citizen's objection its words, which the record has the hash of, while they are kept

    @classmethod
    def of(cls, event: HistoryEvent, case_id: uuid.UUID | None) -> Self:
        """An event, with the case that it is of."""
        return cls(
            seq=event.seq,
            at=event.at,
            actor=event.actor,
            action=event.action,
            case_id=case_id,
            body=event.body,
            hash=event.hash,
            objection=event.objection,
        )


class EventList(Document):
    """Events in order; ask again with ``after`` the last one."""

    items: tuple[EventDocument, ...]


class Verification(Document):
    """What a check of the record found."""

    intact: bool
    events: int
    head_seq: int | None
    head_hash: str | None
    fault: str | None
    wrong_cases: tuple[str, ...]
    wrong_rows: tuple[str, ...]
    not_named: int


class Me(Document):
    """Who the caller is to the centre."""

    actor: str
    name: str
    role: Role
    box_id: str | None
    wards: tuple[str, ...]
    queues: tuple[str, ...]
    organisation: str | None
    enrolling: bool  # nothing is open but setting up a second factor

    @classmethod
    def of(cls, principal: Principal) -> "Me":
        """The document of a caller."""
        return cls(
            actor=principal.actor,
            name=principal.name,
            role=principal.role,
            box_id=principal.box_id,
            wards=tuple(sorted(principal.scope.wards)),
            queues=tuple(sorted(principal.scope.queues)),
            organisation=principal.organisation,
            enrolling=principal.enrolling,
        )


class CameraHealthDocument(Document):
    """One camera as its box last reported it."""

    box_id: str
    camera_id: str
    state: StreamState
    at: Instant
    reason: str
    received_at: Instant


class CameraDocument(Document):
    """One camera: where it looks, and whose that is."""

    box_id: str
    camera_id: str
    name: str
    road: str
    position: Position
    ward_said: str  # by the camera's file
    ward: str  # by the borders of the wards, where the centre has them
    ward_key: str  # as accounts name it; empty: not known, so only those who see every ward get what it tells
    problem: PlaceProblem | None  # of its place
    neighbour: str  # the ward that it may lie in instead
    told_at: Instant

    @classmethod
    def of(cls, camera: RegisteredCamera) -> "CameraDocument":
        """The document of a camera."""
        place = camera.place
        return cls(
            box_id=camera.box_id,
            camera_id=camera.camera_id,
            name=camera.name,
            road=camera.road,
            position=camera.position,
            ward_said=camera.ward_said,
            ward=place.ward,
            ward_key=place.ward_key,
            problem=place.problem,
            neighbour=place.neighbour,
            told_at=camera.told_at,
        )


class BoxHealthDocument(Document):
    """One box as it last reported."""

    box_id: str
    status: str
    heartbeat_at: Instant | None
    received_at: Instant
    software_version: str
    unsent_cases: int
    problems: tuple[HealthProblem, ...]
    arriving_cases: int  # packages that are not whole yet
    silent_since: Instant | None  # by the centre's clock; None: it is heard, or was switched off


class AccountDocument(Document):
    """A person's account."""

    username: str
    display_name: str
    person: str | None  # a personnel number; null: nobody has stated whose it is
    role: Role
    wards: tuple[str, ...]
    queues: tuple[str, ...]
    organisation: str | None
    disabled: bool

    @classmethod
    def of(cls, account: Account) -> "AccountDocument":
        """The document of an account."""
        return cls(
            username=account.username,
            display_name=account.display_name,
            person=account.person,
            role=account.role,
            wards=tuple(sorted(account.scope.wards)),
            queues=tuple(sorted(account.scope.queues)),
            organisation=account.organisation,
            disabled=account.disabled,
        )


class KeyDocument(Document):
    """An API key without its secret."""

    key_id: str
    name: str
    role: Role
    box_id: str | None
    wards: tuple[str, ...]
    queues: tuple[str, ...]
    organisation: str | None
    revoked: bool

    @classmethod
    def of(cls, key: KeyInfo) -> "KeyDocument":
        """The document of a key."""
        return cls(
            key_id=key.key_id,
            name=key.name,
            role=key.role,
            box_id=key.box_id,
            wards=tuple(sorted(key.scope.wards)),
            queues=tuple(sorted(key.scope.queues)),
            organisation=key.organisation,
            revoked=key.revoked,
        )


class NewKeyDocument(Document):
    """An API key that was just made: ``secret`` is shown this once."""

    key: KeyDocument
    secret: str


class WebhookDocument(Document):
    """Where an organisation is rung."""

    url: str
    queues: tuple[str, ...]
    answered_at: Instant | None
    problem: str


class OrganisationDocument(Document):
    """An organisation of the police."""

    organisation_id: str
    name: str
    created_at: Instant
    webhook: WebhookDocument | None

    @classmethod
    def of(cls, organisation: Organisation) -> "OrganisationDocument":
        """The document of an organisation."""
        hook = organisation.webhook
        return cls(
            organisation_id=organisation.organisation_id,
            name=organisation.name,
            created_at=organisation.created_at,
            webhook=None if hook is None else WebhookDocument(**asdict(hook)),
        )


class BoxDocument(Document):
    """A registered box."""

    box_id: str
    name: str
    public_key_b64: str
    key_id: str
