"""Pages of a box's ledger on their way to the centre: a camera's day of its rules, a camera's quarter of its traffic.

A page is always sent whole and takes the place of what the centre had of it, so that sending twice changes nothing
(docs/schemas/ledger-pages.schema.json).
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain.camera import Identifier
from domain.instants import Instant

MOST_PAGES = 100  # of each kind in one request
MOST_COUNTS = 2000  # on one page
MOST_COUNTED = 2**31 - 1

_NameOrNone = Annotated[str, Field(max_length=63, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Name = Annotated[_NameOrNone, Field(min_length=1)]
_Count = Annotated[int, Field(strict=True, ge=0, le=MOST_COUNTED)]


def _quarter(at: datetime) -> datetime:
    if at.minute % 15 or at.second or at.microsecond:
        raise ValueError("a quarter of an hour begins at :00, :15, :30 or :45")
    return at


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RuleCount(_Strict):
    """One number of a camera's day."""

    rule: _NameOrNone  # empty: of the whole camera
    what: _Name  # pictures, judged, seen, case, alert, refused, suspended
    reason: _NameOrNone = ""  # of what was refused or suspended
    count: _Count


class VehicleCount(_Strict):
    """One number of a camera's quarter of an hour."""

    place_id: _NameOrNone  # a gate or a movement
    direction: _Name
    lane_id: _NameOrNone = ""  # empty: none that is drawn
    label: _Name
    count: _Count


class _Page(_Strict):
    book: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]  # a box that lost its ledger begins another one
    revision: Annotated[int, Field(strict=True, ge=1, le=2**53)]  # how often the page was added to
    camera_id: Identifier


class DayPage(_Page):
    """What the rules of one camera found, refused and looked at on one day, in Hue."""

    day: date
    counts: Annotated[tuple[RuleCount, ...], Field(max_length=MOST_COUNTS)]


class QuarterPage(_Page):
    """Who passed one camera in one quarter of an hour."""

    quarter: Annotated[Instant, AfterValidator(_quarter)]
    pictures: _Count  # that the numbers rest on
    counts: Annotated[tuple[VehicleCount, ...], Field(max_length=MOST_COUNTS)]


class LedgerPages(_Strict):
    """What a box sends at once."""

    schema_version: Literal["1.0"] = "1.0"
    days: Annotated[tuple[DayPage, ...], Field(max_length=MOST_PAGES)] = ()
    quarters: Annotated[tuple[QuarterPage, ...], Field(max_length=MOST_PAGES)] = ()


class LedgerAnswer(_Strict):
    """What the centre made of the pages; whatever it says, it has got them."""

    kept: int
    older: int  # it has a newer revision
    out_of_range: int  # of a day too long ago or to come: the box's clock was wrong
