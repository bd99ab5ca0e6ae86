"""What the police get, as documents; an answer is kept word for word for its idempotency key."""

import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.camera import Mode
from domain.cases.states import Action, CaseState
from domain.instants import Instant
from domain.plates.reading import PlateColour

Outcome = Literal["decision_issued", "warned", "referred", "no_action"]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PulledCase(_Document):
    """One case of a lease; all of it is in its package."""

    case_id: uuid.UUID
    code: str
    name_vi: str
    name_en: str
    legal_ref: str
    mode: Mode
    vehicle_kind: str
    plate_text: str | None  # as confirmed; None: unread; why, and every read, stands in case.json
    plate_read: str | None = None  # as the networks read it, where a person entered another or they read none
    plate_by_hand: bool = False  # a person entered it
    plate_kind: str | None = None  # of the plate grammar, e.g. "car_private"
    plate_colour: PlateColour | None = None  # of the plate's ground, as seen
    began_at: Instant
    ended_at: Instant
    camera_id: str
    road: str
    ward: str
    package_path: str  # GET it below the centre's address


class Lease(_Document):
    """Cases that are the caller's alone until the lease ends; no lease is made where no case waits."""

    lease_id: uuid.UUID | None
    expires_at: Instant | None
    cases: tuple[PulledCase, ...]


class Receipt(_Document):
    """The centre's word that a package went over; keep it: it names the centre's record at that moment."""

    receipt_id: uuid.UUID
    case_id: uuid.UUID
    lease_id: uuid.UUID
    package_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    received_at: Instant
    event_seq: int
    event_hash: str


class HeldCase(_Document):
    """A case that is with the caller's organisation, and which steps may be told of it now."""

    case: PulledCase
    state: CaseState
    since: Instant  # when it came to this state
    lease_id: uuid.UUID
    lease_expires_at: Instant | None  # None: it was received, so no lease ends any more
    steps: tuple[Action, ...]  # guards may still refuse one, e.g. before a notice is old enough


class HeldObjection(_Document):
    """What a citizen objected on the page of his case."""

    at: Instant
    words: str | None  # None: their time is over


class OpenedCase(HeldCase):
    """A case that is with the caller's organisation, with what is objected to it, oldest first."""

    objections: tuple[HeldObjection, ...]


class Waiting(_Document):
    """How many cases of a queue wait for the caller, up to a number."""

    queue: str
    cases: int
    more: bool  # than are counted


class HeldCases(_Document):
    """Cases of an organisation, and where the next page begins."""

    items: tuple[HeldCase, ...]
    next_cursor: str | None


class PoliceCaseState(_Document):
    """Where a case stands after a step of the police."""

    case_id: uuid.UUID
    state: CaseState
    at: Instant


class IssuedNotice(_Document):
    """Number and code of a notice; print both on it: the code is kept nowhere and shown this once."""

    case_id: uuid.UUID
    state: CaseState
    number: Annotated[str, Field(pattern=r"^[0-9]{10}$")]
    code: Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{12}$")]
    issued_at: Instant
