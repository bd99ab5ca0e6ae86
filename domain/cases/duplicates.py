"""Which two cases may be one act seen twice, and why: pure. A person decides; the machine only proposes."""

import math
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.camera import Position
from domain.cases.case import Case
from domain.cases.grounds import Ground
from domain.cases.states import UNDECIDED, CaseState
from domain.coordinates import BoxPx
from domain.instants import seconds_between

SAME_PLATE_WITHIN_S = 120.0  # between the end of one span and the beginning of the other
SAME_PLATE_WITHIN_M = 300.0  # between two cameras, as the vehicle drives on from one into the other
STAYS_ON_S = 30 * 60.0  # what stands is one continuing act, though nobody looked for so long
UNREAD_WITHIN_S = 5.0
UNREAD_WITHIN_M = 60.0  # the cameras of one junction
SAME_INSTANT_S = 0.5
OVERLAP = 0.5  # of two bounding boxes, intersection over union
LONGEST_ACT = timedelta(minutes=10)
LONGEST_STAY = timedelta(hours=12)
MOST_PROPOSED = 3  # of one case: the surest
CELL_DEG = 0.003  # more than SAME_PLATE_WITHIN_M both ways at Hue's latitude
_M_PER_DEG = 111_320.0
_STAYING = ("PARK_", "VENDOR_STREET", "PAVEMENT_")


class Judgement(StrEnum):
    """What a person said of two cases."""

    SAME = "same"
    DIFFERENT = "different"
    SPLIT = "split"  # they were one, and somebody took that back


ENDED_WITHOUT_SANCTION = frozenset(
    {
        CaseState.DETECTED,
        CaseState.AUTO_DISCARDED,
        CaseState.REJECTED,
        CaseState.SEEDED,
        CaseState.WITHDRAWN,
        CaseState.POLICE_REJECTED,
        CaseState.CLOSED,
        CaseState.CANCELLED,
        CaseState.EXPIRED,
        CaseState.JUDGED_RIGHT,
        CaseState.JUDGED_WRONG,
    }
)
"""Nobody is fined for a case that stands there, so none can be fined twice."""
LEAD_ENDED = "LEAD_ENDED"
"""The reason of a case that waits for its first look because the one that led it ended so."""
LEADING = frozenset(CaseState) - ENDED_WITHOUT_SANCTION - {CaseState.DUPLICATE}
"""Where a case can stand into which another is merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAct:
    """What of a case tells its act from another."""

    case_id: str
    box_id: str
    camera_id: str
    code: str
    position: Position
    began_at: datetime
    ended_at: datetime
    vehicle_kind: str
    label: str
    plate_text: str | None  # None: unread
    plate_colour: str | None
    moments: tuple[tuple[datetime, BoxPx], ...] = ()

    @property
    def stays(self) -> bool:
        """Whether the offence is that something stands, so that the act lasts."""
        return self.code.startswith(_STAYING)


def seen_act(case: Case, *, plate_text: str | None = None, case_id: str | None = None) -> SeenAct:
    """The act of a case.

    Args:
        case: its document.
        plate_text: that a person entered; None: as the networks read it.
        case_id: of its row; None: that of the document.
    """
    read = case.plate.text if case.plate.status == "agreed" else None
    return SeenAct(
        case_id=case_id or str(case.case_id),
        box_id=case.box_id,
        camera_id=case.site.camera_id,
        code=case.violation.code,
        position=case.site.position,
        began_at=case.began_at,
        ended_at=case.ended_at,
        vehicle_kind=case.subject.vehicle_kind,
        label=case.subject.label,
        plate_text=plate_text or read,
        plate_colour=case.plate.colour,
        moments=tuple((moment.at, moment.box_xyxy_px) for moment in case.moments),
    )


def grounds(one: SeenAct, other: SeenAct) -> tuple[Ground, ...]:
    """Why two cases may be one act; empty: nothing says so, or something speaks against it.

    What one box sees with one camera it tells apart itself, so only equal plates speak there.

    Examples:
        >>> from datetime import UTC
        >>> at = datetime(2026, 1, 5, 7, tzinfo=UTC)
        >>> here = Position(latitude_deg=16.4637, longitude_deg=107.5909)
        >>> common = {"code": "RED_LIGHT", "position": here, "began_at": at, "ended_at": at, "vehicle_kind": "car"}
        >>> common |= {"label": "car", "plate_text": "75A12345", "plate_colour": None, "box_id": "b"}
        >>> one = SeenAct(case_id="1", camera_id="a", **common)
        >>> [ground.value for ground in grounds(one, SeenAct(case_id="2", camera_id="b", **common))]
        ['same_plate', 'same_time', 'same_place', 'same_look']
    """
    alike = (one.code, one.vehicle_kind) == (other.code, other.vehicle_kind) and _looks_alike(one, other)
    if one.case_id == other.case_id or not alike:
        return ()
    plate = _plate_ground(one, other)
    if plate is None:
        return ()
    gap_s, apart_m = _gap_s(one, other), apart(one.position, other.position)
    same_camera = one.camera_id == other.camera_id
    if plate == Ground.SAME_PLATE:
        within_s = STAYS_ON_S if one.stays and same_camera else SAME_PLATE_WITHIN_S
        fits = gap_s <= within_s and apart_m <= SAME_PLATE_WITHIN_M
    else:
        one_view = same_camera and (one.box_id == other.box_id or not _in_one_place(one, other))
        fits = not one_view and gap_s <= UNREAD_WITHIN_S and apart_m <= UNREAD_WITHIN_M
    if not fits:
        return ()
    time = Ground.SAME_TIME if gap_s <= UNREAD_WITHIN_S else Ground.SOON_AFTER
    near = Ground.SAME_PLACE if apart_m <= UNREAD_WITHIN_M else Ground.NEAR
    return (plate, time, Ground.SAME_CAMERA if same_camera else near, Ground.SAME_LOOK)


def proposed(one: SeenAct, others: Iterable[SeenAct]) -> list[tuple[SeenAct, tuple[Ground, ...]]]:
    """The surest of the cases that may show the same act, the same for the same input in whatever order."""
    found = [(other, why) for other in others if (why := grounds(one, other))]
    found.sort(key=lambda each: (_PLATES.index(each[1][0]), _gap_s(one, each[0]), each[0].case_id))
    return found[:MOST_PROPOSED]


def searched(act: SeenAct, *, by_plate: bool) -> tuple[datetime, datetime]:
    """Between which instants a case may have begun that shows the same act."""
    before = LONGEST_STAY if act.stays else LONGEST_ACT
    if not by_plate:
        slack = timedelta(seconds=UNREAD_WITHIN_S)
        return act.began_at - before, act.ended_at + slack
    slack = timedelta(seconds=STAYS_ON_S if act.stays else SAME_PLATE_WITHIN_S)
    return act.began_at - before - slack, act.ended_at + slack


def place_cell(latitude_deg: float, longitude_deg: float) -> str:
    """The cell of a coarse grid in which a camera stands; what is near lies in it or in one of the eight around it.

    Examples:
        >>> place_cell(16.4637, 107.5909)
        '5487:35863'
    """
    return f"{math.floor(latitude_deg / CELL_DEG)}:{math.floor(longitude_deg / CELL_DEG)}"


def cells_around(position: Position) -> tuple[str, ...]:
    """The cell of a place and the eight around it."""
    steps = (-CELL_DEG, 0.0, CELL_DEG)
    return tuple(
        place_cell(position.latitude_deg + north, position.longitude_deg + east) for north in steps for east in steps
    )


def apart(one: Position, other: Position) -> float:
    """Metres between two places of one city."""
    north = (one.latitude_deg - other.latitude_deg) * _M_PER_DEG
    east = (one.longitude_deg - other.longitude_deg) * _M_PER_DEG * math.cos(math.radians(one.latitude_deg))
    return math.hypot(north, east)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What decides which of two cases leads."""

    case_id: uuid.UUID
    state: CaseState
    leads: bool  # another case was merged into it already
    plate_known: bool
    blockers: int  # what stands against confirming it
    began_at: datetime


def which_leads(one: Standing, other: Standing) -> tuple[Standing, Standing]:
    """(who leads, who closes): who went farther, then who leads already, then whose proof is better, then the earlier.

    Examples:
        >>> from datetime import UTC
        >>> common = {"leads": False, "plate_known": True, "blockers": 0, "began_at": datetime(2026, 1, 5, tzinfo=UTC)}
        >>> a = Standing(case_id=uuid.UUID(int=1), state=CaseState.QUEUED, **common)
        >>> b = Standing(case_id=uuid.UUID(int=2), state=CaseState.RECEIVED, **common)
        >>> which_leads(a, b)[0].case_id.int
        2
    """
    first, second = sorted((one, other), key=_order)
    return first, second


def _order(standing: Standing) -> tuple[bool, bool, bool, bool, int, datetime, str]:
    return (
        standing.state not in LEADING,
        standing.state in UNDECIDED,
        not standing.leads,
        not standing.plate_known,
        standing.blockers,
        standing.began_at,
        str(standing.case_id),
    )


_PLATES = (Ground.SAME_PLATE, Ground.NEARLY_SAME_PLATE, Ground.PLATE_UNREAD)


def _plate_ground(one: SeenAct, other: SeenAct) -> Ground | None:
    """What the plates say; None: they are of two vehicles."""
    if one.plate_text is None or other.plate_text is None:
        return Ground.PLATE_UNREAD
    if one.plate_text == other.plate_text:
        return Ground.SAME_PLATE
    if len(one.plate_text) != len(other.plate_text):
        return None
    differ = sum(a != b for a, b in zip(one.plate_text, other.plate_text, strict=True))
    return Ground.NEARLY_SAME_PLATE if differ == 1 else None


def _looks_alike(one: SeenAct, other: SeenAct) -> bool:
    colours = {one.plate_colour, other.plate_colour} - {None}
    return one.label == other.label and len(colours) < 2  # noqa: PLR2004 - two that differ


def _gap_s(one: SeenAct, other: SeenAct) -> float:
    """Seconds between the spans of two acts, 0 where they overlap."""
    return max(0.0, seconds_between(one.ended_at, other.began_at), seconds_between(other.ended_at, one.began_at))


def _in_one_place(one: SeenAct, other: SeenAct) -> bool:
    """Whether both saw something at one place of the picture at one instant."""
    return any(
        abs(seconds_between(at, other_at)) <= SAME_INSTANT_S and _overlap(box, other_box) >= OVERLAP
        for at, box in one.moments
        for other_at, other_box in other.moments
    )


def _overlap(one: BoxPx, other: BoxPx) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - both)
