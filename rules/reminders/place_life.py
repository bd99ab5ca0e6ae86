"""The life of one occupied place under one rule: candidate, reminded, stays, cleared, came back, case. Pure.

Each look that shows the place while the rule holds is taken in by ``see``, each time it was seen free by ``clear``;
what nobody saw changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.instants import HUE_TIME, seconds_between
from domain.reminder import MOST_STEPS, NameBasedId, ReminderState, ReminderStep
from rules.facts.occupation.occupation import BoxNorm

_MOST_STEPS = MOST_STEPS - 4  # what comes back more often on one day is not told any more


FADES_S: Final = 30.0
"""Changed ground is believed so long after it was cleared: only what is seen so long afterwards was surely there."""

UNSEEN_S: Final = 120.0
"""Who was not seen for longer may have cleared the place, and somebody may have come since: it is confirmed anew."""


class Stage(StrEnum):
    """How far it has come."""

    CANDIDATE = "candidate"  # seen, not yet for long enough
    REMINDED = "reminded"
    STAYS = "stays"  # seen again after the time in which it was to be cleared
    CLEARED = "cleared"
    RETURNING = "returning"  # seen again on the same day, not yet for long enough
    CAME_BACK = "came_back"
    CASE = "case"
    OVER = "over"  # the case's place was cleared


class Wanted(StrEnum):
    """What a look calls for."""

    NOTHING = "nothing"
    REMINDER = "reminder"  # its steps have grown
    CASE = "case"  # if nothing speaks against it


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeLimits:
    """What a rule asks before it reminds or accuses."""

    remind: bool
    confirm_s: float  # so long a place must be occupied before anything is said
    grace_s: float  # so long after the reminder it may be cleared
    apart_s: float  # so far apart the two observations of a case lie
    threshold_s: float  # without a reminder: so long it must be occupied before it is a case
    min_observed_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One picture that shows the place occupied."""

    at: datetime
    box_norm: BoxNorm  # the place's own: what is seen may reach over to its neighbours


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLife:
    """One place under one rule."""

    key: str  # of the occupation
    zone_id: str
    began_at: datetime  # first seen while the rule held; part of the reminder's id
    stage: Stage
    first: Shown  # the earlier observation of a case
    since: Shown  # the first look of this presence while the rule held
    last: Shown
    later: Shown | None = None  # the later observation of a case, once nothing but the time in which belief fades lacks
    steady_since: datetime | None = None  # the first look since which it was never unseen for long; None: ``since``
    clear_by: datetime | None = None
    steps: tuple[ReminderStep, ...] = ()  # of the reminder
    case_id: NameBasedId | None = None
    lapsed: bool = False  # the rule did not hold since the last look: what stands there was allowed meanwhile


def begin(key: str, zone_id: str, shown: Shown) -> PlaceLife:
    """A place that is seen for the first time."""
    return PlaceLife(
        key=key,
        zone_id=zone_id,
        began_at=shown.at,
        stage=Stage.CANDIDATE,
        first=shown,
        since=shown,
        last=shown,
    )


def see(life: PlaceLife, shown: Shown, observed_share: float, limits: LifeLimits) -> tuple[PlaceLife, Wanted]:
    """Take in a look that shows the place occupied while the rule holds."""
    life = replace(_after_gap(_after_lapse(life, shown, limits), shown), last=shown)
    if life.stage is Stage.CLEARED:
        life = replace(life, stage=Stage.RETURNING, since=shown, steady_since=None)
    if _is_seen_for(life, limits.confirm_s) and observed_share >= limits.min_observed_share:
        if life.stage is Stage.CANDIDATE and limits.remind:
            clear_by = shown.at + timedelta(seconds=limits.grace_s)
            return _stepped(life, Stage.REMINDED, ReminderState.OBSERVED, clear_by=clear_by), Wanted.REMINDER
        if life.stage is Stage.RETURNING:
            life = _observed_later(_stepped(life, Stage.CAME_BACK, ReminderState.CAME_BACK), limits)
            return life, Wanted.REMINDER
    elif life.stage is Stage.CANDIDATE:
        return life, Wanted.NOTHING
    life = _observed_later(life, limits)
    if life.later is None or seconds_between(life.later.at, shown.at) < FADES_S:
        return life, Wanted.NOTHING
    wanted = Wanted.CASE if _is_apart(life, life.later, limits) else Wanted.REMINDER
    if life.stage is Stage.REMINDED:
        life = _stepped(life, Stage.STAYS, ReminderState.STILL_THERE)
    return (life if wanted is Wanted.CASE else replace(life, later=None)), wanted


def clear(life: PlaceLife, at: datetime) -> PlaceLife | None:
    """Take in that the place was seen free; None: nothing is left to be remembered."""
    life = replace(life, later=None)
    match life.stage:
        case Stage.CANDIDATE:
            return None
        case Stage.REMINDED | Stage.STAYS | Stage.CAME_BACK:
            rest = Stage.CLEARED if len(life.steps) < _MOST_STEPS else Stage.OVER
            return _stepped(life, rest, ReminderState.CLEARED, at=at, clear_by=at)
        case Stage.RETURNING:
            return replace(life, stage=Stage.CLEARED)
        case Stage.CASE if life.steps:
            return _stepped(life, Stage.OVER, ReminderState.CLEARED, at=at)
        case Stage.CASE:
            return replace(life, stage=Stage.OVER)
        case Stage.CLEARED | Stage.OVER:
            return life


def become_case(life: PlaceLife, case_id: NameBasedId) -> PlaceLife:
    """There is a case of it."""
    life = replace(life, stage=Stage.CASE, case_id=case_id, later=None)
    return _stepped(life, Stage.CASE, ReminderState.BECAME_CASE) if life.steps else life


def lapse(life: PlaceLife) -> PlaceLife:
    """The rule does not hold now: a look that shows the place says nothing against anybody."""
    return life if life.lapsed else replace(life, lapsed=True, later=None)


def observe_anew(life: PlaceLife) -> PlaceLife:
    """Its first observation cannot serve a case: the newest takes its place."""
    return replace(life, first=life.last, since=life.last, later=None, steady_since=None)


def is_past(life: PlaceLife, at: datetime) -> bool:
    """Whether its day is over: what stands there on another day is looked at afresh."""
    over = life.stage in {Stage.CLEARED, Stage.RETURNING, Stage.OVER}
    return over and life.last.at.astimezone(HUE_TIME).date() != at.astimezone(HUE_TIME).date()


def _after_lapse(life: PlaceLife, shown: Shown, limits: LifeLimits) -> PlaceLife:
    """After hours in which it was allowed everything is counted afresh, and the time to clear it begins again."""
    if not life.lapsed:
        return life
    life = replace(life, lapsed=False, first=shown, since=shown, steady_since=None)
    if life.clear_by is None:
        return replace(life, began_at=shown.at) if life.stage is Stage.CANDIDATE else life
    return replace(life, clear_by=max(life.clear_by, shown.at + timedelta(seconds=limits.grace_s)))


def _after_gap(life: PlaceLife, shown: Shown) -> PlaceLife:
    """What was not seen for long is confirmed anew, before anything more is said of it."""
    if seconds_between(life.last.at, shown.at) <= UNSEEN_S:
        return life
    return replace(life, later=None, steady_since=shown.at)


def _observed_later(life: PlaceLife, limits: LifeLimits) -> PlaceLife:
    """Take its newest look for a case's later observation, if it is one and there is none yet."""
    if life.later is not None or not _is_seen_for(life, limits.confirm_s):
        return life
    is_apart = _is_apart(life, life.last, limits)
    match life.stage:
        case Stage.CANDIDATE:
            lasted_s = seconds_between(life.since.at, life.last.at)
            is_later = not limits.remind and is_apart and lasted_s >= limits.threshold_s
        case Stage.REMINDED:
            is_later = _is_due(life)
        case Stage.STAYS | Stage.CAME_BACK:
            is_later = is_apart and _is_due(life)
        case _:
            is_later = False
    return replace(life, later=life.last) if is_later else life


def _is_seen_for(life: PlaceLife, least_s: float) -> bool:
    """Whether it is seen for so long, and was never unseen for long meanwhile."""
    return seconds_between(max(life.since.at, life.steady_since or life.since.at), life.last.at) >= least_s


def _is_apart(life: PlaceLife, later: Shown, limits: LifeLimits) -> bool:
    """Whether the two observations of a case lie far enough apart."""
    return seconds_between(life.first.at, later.at) >= limits.apart_s


def _is_due(life: PlaceLife) -> bool:
    """Whether the time to clear it is over."""
    return life.clear_by is None or life.last.at >= life.clear_by


def _stepped(
    life: PlaceLife,
    stage: Stage,
    state: ReminderState,
    *,
    at: datetime | None = None,
    clear_by: datetime | None = None,
) -> PlaceLife:
    when = max(at or life.last.at, life.steps[-1].at) if life.steps else life.last.at
    steps = (*life.steps, ReminderStep(state=state, at=when))
    return replace(life, stage=stage, steps=steps, clear_by=clear_by or life.clear_by)
