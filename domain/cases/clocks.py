"""The clocks of a case: until when what must be done, computed here and nowhere else.

Sources: notice ten days from detection (Circular 73/2024), verification 30 and 60 days (Decree 61/2026), a record
within five working days once the violator is known, a decision within seven working days (Law on Handling
Administrative Violations art. 66), an objection answered in thirty days (Law on Complaints art. 28), a year of
limitation. The centre's own targets: a day for each look, three days
from the act to the police. Which moment starts the ten days when data is supplied is not confirmed: the act's is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from domain.cases.limits import NOTICE_DUE, OBJECTION_ANSWERED, SILENT_AFTER_NOTICE, limitation_ends
from domain.cases.states import DECIDED_STATES, FINAL_STATES, JUDGED_STATES, CaseState
from domain.instants import HUE_TIME


class ClockKind(StrEnum):
    """Which of them."""

    LOOK = "look"  # a day for each look
    TARGET = "target"  # three days from the act to the police
    NOTICE = "notice"
    ACKNOWLEDGE = "acknowledge"
    VERIFICATION = "verification"
    ANSWER = "answer"  # the owner's, to a notice
    OBJECTION = "objection"  # the answer to it
    RECORD = "record"
    DECISION = "decision"
    LIFTING = "lifting"  # of the inspection's warning, at once
    LIMITATION = "limitation"


class Band(StrEnum):
    """How near the end is; a colour on screens."""

    FAR = "far"
    NEAR = "near"  # the last third
    CLOSE = "close"  # the last tenth
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """One clock of one case."""

    kind: ClockKind
    began_at: datetime
    ends_at: datetime

    def band(self, now: datetime) -> Band:
        """How near the end is.

        Examples:
            >>> from datetime import UTC
            >>> at = datetime(2026, 1, 5, tzinfo=UTC)
            >>> clock = Deadline(kind=ClockKind.NOTICE, began_at=at, ends_at=at + timedelta(days=10))
            >>> [clock.band(at + timedelta(days=days)).value for days in (0, 7, 9.5, 10)]
            ['far', 'near', 'close', 'over']
        """
        if now >= self.ends_at:
            return Band.OVER
        left = (self.ends_at - now) / (self.ends_at - self.began_at)
        return next(band for band, share in BANDS if left <= share)


BANDS: tuple[tuple[Band, float], ...] = ((Band.CLOSE, 0.1), (Band.NEAR, 1 / 3), (Band.FAR, float("inf")))
"""By what is left of a clock, the shortest first."""

TARGET_DAYS = 3
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_SINCE_THERE: Mapping[CaseState, tuple[ClockKind, timedelta]] = {
    CaseState.QUEUED: (ClockKind.LOOK, _DAY),
    CaseState.SECOND_REVIEW: (ClockKind.LOOK, _DAY),
    CaseState.ADJUDICATION: (ClockKind.LOOK, _DAY),
    CaseState.NEEDS_EVIDENCE: (ClockKind.LOOK, _DAY),
    CaseState.TRANSFERRED: (ClockKind.ACKNOWLEDGE, _HOUR),
    CaseState.VERIFYING: (ClockKind.VERIFICATION, timedelta(days=30)),
    CaseState.VERIFICATION_EXTENDED: (ClockKind.VERIFICATION, timedelta(days=30)),  # sixty in all
    CaseState.NOTICE_SENT: (ClockKind.ANSWER, SILENT_AFTER_NOTICE),
    CaseState.CONTESTED: (ClockKind.OBJECTION, OBJECTION_ANSWERED),
    CaseState.PAID: (ClockKind.LIFTING, _DAY),
    CaseState.ENFORCED: (ClockKind.LIFTING, _DAY),
}
_WORKING_DAYS: Mapping[CaseState, tuple[ClockKind, int]] = {
    CaseState.OWNER_RESPONDED: (ClockKind.RECORD, 5),
    CaseState.DRIVER_NAMED: (ClockKind.RECORD, 5),
    CaseState.UPHELD: (ClockKind.RECORD, 5),
    CaseState.RECORD_MADE: (ClockKind.DECISION, 7),
}
AT_THE_CENTRE = frozenset(
    {
        CaseState.QUEUED,
        CaseState.NEEDS_EVIDENCE,
        CaseState.CONFIRMED,
        CaseState.SECOND_REVIEW,
        CaseState.ADJUDICATION,
        CaseState.READY,
        CaseState.REMINDED,
        CaseState.RETURNED,
    }
)
_BEFORE_NOTICE = AT_THE_CENTRE | {
    CaseState.TRANSFERRED,
    CaseState.RECEIVED,
    CaseState.VERIFYING,
    CaseState.VERIFICATION_EXTENDED,
    CaseState.REFERRED_COMMUNE,
    CaseState.REFERRED_WARD_PC,
    CaseState.OWNER_IDENTIFIED,
}


class DueSoon(StrEnum):
    """What a search for clocks asks: at least so near the end."""

    TARGET_NEAR = "target_near"
    TARGET_OVER = "target_over"
    NOTICE_NEAR = "notice_near"
    NOTICE_OVER = "notice_over"


def due_window(due: DueSoon, now: datetime) -> tuple[frozenset[CaseState], datetime]:
    """Where such a case stands, and the latest instant at which its act began.

    Examples:
        >>> from datetime import UTC
        >>> due_window(DueSoon.NOTICE_OVER, datetime(2026, 1, 20, tzinfo=UTC))[1].date().isoformat()
        '2026-01-10'
    """
    kind, band = due.value.split("_")
    states, length = (AT_THE_CENTRE, TARGET_DAYS * _DAY) if kind == ClockKind.TARGET else (_BEFORE_NOTICE, NOTICE_DUE)
    left = 0.0 if band == Band.OVER else dict(BANDS)[Band.NEAR]
    return states, now - length * (1.0 - left)


_NO_LIMITATION = FINAL_STATES | DECIDED_STATES | JUDGED_STATES | {CaseState.REJECTED, CaseState.SEEDED}


def clocks(state: CaseState, *, began_at: datetime, entered_at: datetime) -> tuple[Deadline, ...]:
    """The clocks that run for a case, the first to end first.

    Args:
        state: where it stands.
        began_at: when the act began: T0.
        entered_at: since when the case stands there.

    Examples:
        >>> from datetime import UTC
        >>> at = datetime(2026, 1, 5, 5, tzinfo=UTC)
        >>> [clock.kind.value for clock in clocks(CaseState.QUEUED, began_at=at, entered_at=at)]
        ['look', 'target', 'notice', 'limitation']
    """
    found = []
    if state in _SINCE_THERE:
        kind, length = _SINCE_THERE[state]
        found.append(Deadline(kind=kind, began_at=entered_at, ends_at=entered_at + length))
    if state in _WORKING_DAYS:
        kind, days = _WORKING_DAYS[state]
        found.append(Deadline(kind=kind, began_at=entered_at, ends_at=after_working_days(entered_at, days)))
    if state in AT_THE_CENTRE:
        target = began_at + TARGET_DAYS * _DAY
        found.append(Deadline(kind=ClockKind.TARGET, began_at=began_at, ends_at=target))
    if state in _BEFORE_NOTICE:
        found.append(Deadline(kind=ClockKind.NOTICE, began_at=began_at, ends_at=began_at + NOTICE_DUE))
    if state not in _NO_LIMITATION and state != CaseState.DETECTED:
        found.append(Deadline(kind=ClockKind.LIMITATION, began_at=began_at, ends_at=limitation_ends(began_at)))
    return tuple(sorted(found, key=lambda clock: clock.ends_at))


HOLIDAYS: frozenset[date] = frozenset(
    date.fromisoformat(day)
    for day in (
        # 2026: new year; Tết Bính Ngọ 16-20 February; Hùng Kings 26 April, taken on the 27th; 30 April, 1 May;
        # National Day 1 and 2 September (Labour Code art. 112; days as proposed for 2026)
        *("2026-01-01", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20"),
        *("2026-04-27", "2026-04-30", "2026-05-01", "2026-09-01", "2026-09-02"),
        # 2027: Tết Đinh Mùi begins on 6 February; Hùng Kings 16 April. The government names the days each autumn
        *("2027-01-01", "2027-02-05", "2027-02-08", "2027-02-09", "2027-02-10", "2027-02-11"),
        *("2027-04-16", "2027-04-30", "2027-05-03", "2027-09-02", "2027-09-03"),
    )
)
"""Public holidays on weekdays; the table ends with its last year, and later days count as working days."""
_SATURDAY = 5


def is_working_day(day: date) -> bool:
    """Monday to Friday, and no public holiday.

    Examples:
        >>> is_working_day(date(2026, 1, 1)), is_working_day(date(2026, 1, 2)), is_working_day(date(2026, 1, 3))
        (False, True, False)
    """
    return day.weekday() < _SATURDAY and day not in HOLIDAYS


def after_working_days(since: datetime, days: int) -> datetime:
    """The end of the last of so many working days after the day of an instant, in Hue.

    Examples:
        >>> after_working_days(datetime(2026, 2, 13, 9, tzinfo=HUE_TIME), 1).isoformat()
        '2026-02-24T00:00:00+07:00'
    """
    day, left = since.astimezone(HUE_TIME).date(), days
    while left:
        day += _DAY
        left -= is_working_day(day)
    return datetime.combine(day + _DAY, time(), tzinfo=HUE_TIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Whether the backlog keeps its target at today's speed."""

    waiting: int
    reviewed_an_hour: float
    arriving_an_hour: float
    misses_at: datetime | None  # the first instant at which a case passes its target unreviewed; None: none does

    @property
    def grows(self) -> bool:
        """Whether more comes than is reviewed."""
        return self.arriving_an_hour > self.reviewed_an_hour


def forecast(acts: list[datetime], *, now: datetime, reviewed_an_hour: float, arriving_an_hour: float) -> Forecast:
    """When the backlog will miss the three days, if it is worked off oldest act first at a steady speed.

    Args:
        acts: when the act of each waiting case began.
        now: of the forecast.
        reviewed_an_hour: cases that people decide in an hour, as measured.
        arriving_an_hour: cases that come in, which go behind all that wait.

    Examples:
        >>> from datetime import UTC
        >>> now = datetime(2026, 1, 5, tzinfo=UTC)
        >>> slow = forecast([now] * 100, now=now, reviewed_an_hour=1.0, arriving_an_hour=0.0)
        >>> slow.misses_at == now + TARGET_DAYS * _DAY
        True
        >>> forecast([now] * 100, now=now, reviewed_an_hour=50.0, arriving_an_hour=10.0).misses_at is None
        True
    """
    misses: datetime | None = None
    for place, began_at in enumerate(sorted(acts), start=1):
        target = began_at + TARGET_DAYS * _DAY
        if reviewed_an_hour <= 0 or now + timedelta(hours=min(place / reviewed_an_hour, 1e6)) > target:
            misses = max(now, target)
            break
    if misses is None and arriving_an_hour > reviewed_an_hour > 0:
        hours = TARGET_DAYS * 24.0  # the wait of a new case reaches the target
        growing = arriving_an_hour / reviewed_an_hour - 1.0
        waits = len(acts) / reviewed_an_hour
        misses = now + timedelta(hours=min(max(0.0, hours - waits) / growing + hours, 1e6))
    return Forecast(
        waiting=len(acts), reviewed_an_hour=reviewed_an_hour, arriving_an_hour=arriving_an_hour, misses_at=misses
    )
