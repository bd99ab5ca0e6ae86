"""What the API answers about searches: saved filters, plates that were looked up."""

from dataclasses import asdict
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from api.cases.plate_look_ups import FoundCases, LookUp, LookUpAlarm
from api.cases.saved_filters import SavedFilter
from api.persistence.case_search import CaseFilter
from api.sightings.look_up import FoundSighting
from api.web.documents import CaseSummary, Document
from api.web.fields import Actor, Line, Note, ReasonCode, Word
from domain.cases.clocks import DueSoon
from domain.cases.plate_search import LONGEST
from domain.cases.states import CaseState
from domain.instants import Instant

_Words = Annotated[tuple[Word, ...], Field(max_length=50)]
FilterName = Annotated[Line, Field(max_length=80)]


class FilterDocument(Document):
    """What a search asks for; an empty field asks for nothing."""

    states: Annotated[tuple[CaseState, ...], Field(max_length=40)] = ()
    codes: _Words = ()
    cameras: _Words = ()
    wards: _Words = ()
    began_from: Instant | None = None
    began_to: Instant | None = None
    due: DueSoon | None = None
    answered_by: Actor | None = None
    shadow: bool = False
    oldest_act_first: bool = False

    def wanted(self) -> CaseFilter:
        """The filter."""
        return CaseFilter(**{name: getattr(self, name) for name in type(self).model_fields})

    @classmethod
    def of(cls, wanted: CaseFilter) -> Self:
        """The document of a filter."""
        return cls(**{name: getattr(wanted, name) for name in cls.model_fields})


class SavedFilterDocument(Document):
    """One of one's filters."""

    name: str
    filter: FilterDocument
    saved_at: Instant

    @classmethod
    def of(cls, saved: SavedFilter) -> Self:
        """The document of a saved filter."""
        return cls(name=saved.name, filter=FilterDocument.of(saved.wanted), saved_at=saved.saved_at)


class FilterRequest(BaseModel):
    """A filter to be kept."""

    model_config = ConfigDict(extra="forbid")

    name: FilterName
    filter: FilterDocument


class LookUpRequest(BaseModel):
    """A plate, and why it is looked up."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    plate: Annotated[str, Field(min_length=1, max_length=2 * LONGEST)]
    near: bool = False
    purpose: ReasonCode
    note: Note = ""
    cursor: Annotated[str | None, Field(max_length=200)] = None


class FoundCaseDocument(Document):
    """A case whose plate fits."""

    case: CaseSummary
    plate_text: str


class FoundCasesDocument(Document):
    """One page of them, newest arrival first."""

    items: tuple[FoundCaseDocument, ...]
    next_cursor: str | None

    @classmethod
    def of(cls, found: FoundCases) -> Self:
        """The document of a page."""
        items = (FoundCaseDocument(case=CaseSummary.of(each.case), plate_text=each.plate_text) for each in found.items)
        return cls(items=tuple(items), next_cursor=found.next_cursor)


class SightingRequest(BaseModel):
    """Why a case's vehicle is looked for."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    near: bool = False
    purpose: ReasonCode
    note: Note = ""


class SightingDocument(Document):
    """A vehicle with that plate, or one like it, passed a camera."""

    seen_at: Instant
    camera_id: str
    box_id: str

    @classmethod
    def of(cls, found: FoundSighting) -> Self:
        """The document of a sighting."""
        return cls(**asdict(found))


class LookUpDocument(Document):
    """One look-up as auditors see it."""

    number: int
    at: Instant
    actor: str
    pattern: str
    near: bool
    purpose: str
    note: str
    cases: int  # shown; sightings, where a case is named
    case_id: str | None  # whose vehicle's sightings were asked for

    @classmethod
    def of(cls, look_up: LookUp) -> Self:
        """The document of a look-up."""
        return cls(**asdict(look_up))


class LookUpAlarmDocument(Document):
    """Somebody looked up far more plates in a shift than is usual."""

    actor: str
    shift: str
    raised_at: Instant
    look_ups: int
    own_usual: float
    others_usual: float

    @classmethod
    def of(cls, alarm: LookUpAlarm) -> Self:
        """The document of an alarm."""
        return cls(**asdict(alarm))
