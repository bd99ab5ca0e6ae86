"""What the law makes of a crossing of a stop line: the same words for both rules at the line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import partial

from domain.camera import CameraConfig
from domain.event import DecisiveMoment, Hold, Subject
from domain.instants import seconds_between
from domain.seen.scene import Scene
from domain.seen.timeline import SignalState
from rules.fact_rule import followed_vehicle
from rules.facts.line.continuity import goes_unseen, leaps
from rules.facts.line.course import Course, Did, Reading, shown_without_break
from rules.facts.line.exits import WayOut
from rules.facts.line.passage import Passage, Stop, looks_cut
from rules.facts.line.sighting import Sighting
from rules.facts.line.watch import LineCrossing
from rules.flow_on_red import FLOW_ON_RED
from rules.kit.line.crossing_parameters import CrossingParameters

REFUSED_SIGNAL_UNKNOWN = "signal_unknown"  # the signal was unknown before, at or after the crossing
REFUSED_WITHIN_GRACE = "within_grace"  # red had been shown too short
REFUSED_NOT_BEFORE_UNDER_RED = "not_before_line_under_red"  # not seen wholly before the line while this red was shown
REFUSED_NOT_FAR_ENOUGH = "not_far_enough"  # lost, or green again, before the vehicle was clearly beyond the line
REFUSED_ROLLED_BACK = "rolled_back"  # it went back before the line
REFUSED_BOX_CUT = "box_cut"  # only the lower edge of the box moved over the line, or moved it there at first
REFUSED_UNSEEN_AT_LINE = "unseen_at_line"  # no sighting for too long around the line
REFUSED_MOMENTS_TOO_CLOSE = "moments_too_close"  # no two sightings far enough apart show the act
REFUSED_FRONT_UNKNOWN = "front_unknown"  # seen from the side, or its heading is not known: its front may be anywhere
REFUSED_SEEN_TOO_SHORT = "seen_too_short"  # a single sighting on one side of the line shows nothing for sure
REFUSED_EXIT_UNKNOWN = "exit_unknown"  # lost before it was clear that it took no way that was open to it
REFUSED_JUNCTION_BLOCKED = "junction_blocked"  # others stood just beyond the line as it came there
REFUSED_OTHERS_UNSEEN = "others_unseen"  # the camera was stopped before it was known whether all crossed at this lamp
REFUSED_LEFT_BEHIND = "left_behind"  # a vehicle that nobody knew before stands where it stood: perhaps it is that one
REFUSED_LEFT_BEHIND_UNSEEN = "left_behind_unseen"  # stopped, or pictures missing, before that was known
REFUSED_LEAPT = "leapt"  # it was elsewhere sooner than it can have driven there: perhaps another vehicle is
REFUSED_NOT_A_VEHICLE = "not_a_vehicle"  # a person or thing; the catalogue knows no such driver

BEFORE_LINE, AFTER_LINE = "before_line", "after_line"
OVER_LINE, STILL_OVER_LINE = "over_line", "still_over_line"

_LEAST_SIGHTINGS = 2  # before the line
_WAY_SIGHTINGS = 3
_AT_LINE_SIGHTINGS = 3  # the last ones before it, as an exchange begins to show
_GROWN = 1.4  # a bounding box that grows so much taller from one sighting to the next was covered in part before
_STRAIGHT_BACK_BOX_HEIGHTS = 0.02
_WHY_NOTHING = {
    Did.SIGNAL_UNKNOWN: REFUSED_SIGNAL_UNKNOWN,
    Did.ONLY_EDGE_MOVED: REFUSED_BOX_CUT,
    Did.ROLLED_BACK: REFUSED_ROLLED_BACK,
    Did.NOT_FAR: REFUSED_NOT_FAR_ENOUGH,
}


class Outcome(Enum):
    """What a crossing turned out to be."""

    ENTERED = "entered"  # red shown throughout, and it drove on into the junction
    STOPPED = "stopped"  # red shown throughout, and it stood over the line
    LAWFUL = "lawful"  # no red at the crossing
    FREE = "free"  # it left by a way that is open on red
    REFUSED = "refused"  # red, but something that must be known is not, or it was not enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """An outcome with the sightings that show it."""

    outcome: Outcome
    reason: str = ""  # of a refusal
    signal: str = ""  # that governs it
    way: WayOut | None = None  # by which it surely left
    before: Sighting | None = None
    after: Sighting | None = None
    stop: Stop | None = None


def ruling_of(crossing: LineCrossing, scene: Scene, camera: CameraConfig, own: CrossingParameters) -> Ruling:
    """What a crossing was, whichever of the ways open to it the vehicle took; refused where they differ.

    Args:
        crossing: of which all is clear.
        scene: with the signals.
        camera: how many others that stand in the way block a junction.
        own: the rule's parameters.
    """
    passage = crossing.passage
    by_signal = {
        signal: _ruling(passage, course, signal, partial(scene.confirmed_signal_at, signal), own)
        for signal, course in crossing.courses.items()
    }
    first = next(iter(by_signal.values()))
    if not any(one.outcome in {Outcome.ENTERED, Outcome.STOPPED} for one in by_signal.values()):
        return first
    if passage.user.track.vehicle_kind is None:
        return _refused(REFUSED_NOT_A_VEHICLE)
    known = crossing.ways[0] if len(crossing.ways) == 1 else None
    possible = [_by_way(way, by_signal) for way in crossing.ways]
    if len({one.outcome for one in possible}) > 1:
        return _refused(REFUSED_EXIT_UNKNOWN)
    one = possible[0]
    reason = _let_go(one, crossing, camera)
    if reason is not None:
        return _refused(reason)
    return Ruling(
        outcome=one.outcome,
        reason=one.reason,
        signal=one.signal,
        way=known,
        before=one.before,
        after=one.after,
        stop=one.stop,
    )


def _let_go(one: Ruling, crossing: LineCrossing, camera: CameraConfig) -> str | None:
    """Why an act is held against nobody, for what others did about then; None: nothing speaks against it."""
    if one.outcome in {Outcome.STOPPED, Outcome.ENTERED} and crossing.left_behind:
        return REFUSED_LEFT_BEHIND
    if one.outcome is Outcome.STOPPED and crossing.passage.blocked_by >= camera.jam_vehicles:
        return REFUSED_JUNCTION_BLOCKED
    if one.outcome is Outcome.ENTERED and crossing.in_flow:
        return FLOW_ON_RED
    if one.outcome is Outcome.ENTERED and not crossing.others_shown:
        return REFUSED_OTHERS_UNSEEN
    if one.outcome in {Outcome.STOPPED, Outcome.ENTERED} and crossing.left_behind is None:
        return REFUSED_LEFT_BEHIND_UNSEEN
    return None


def _by_way(way: WayOut, by_signal: dict[str, Ruling]) -> Ruling:
    return Ruling(outcome=Outcome.FREE) if way.signal is None else by_signal[way.signal]


def _refused(reason: str) -> Ruling:
    return Ruling(outcome=Outcome.REFUSED, reason=reason)


def _ruling(passage: Passage, course: Course, signal: str, reading: Reading, own: CrossingParameters) -> Ruling:
    """What a crossing was if this signal governs it."""
    if course.did is Did.NOT_RED:
        return Ruling(outcome=Outcome.LAWFUL, signal=signal)
    reason = _objection(passage, course, reading, own)
    if reason is not None:
        return _refused(reason)
    if course.did is Did.STOOD:
        earlier_at = passage.stood_earlier_at
        if earlier_at is not None and shown_without_break(reading(passage.crossing_at), earlier_at):
            return _refused(REFUSED_ROLLED_BACK)  # and came again: under one red that is one act
        if course.stop is not None and _leapt(passage, course.stop.confirmed):
            return _refused(REFUSED_LEAPT)
        return Ruling(outcome=Outcome.STOPPED, signal=signal, before=passage.before[-1], stop=course.stop)
    return _entered(passage, signal, _moments(passage, course, reading, own), own)


def _entered(
    passage: Passage, signal: str, moments: tuple[Sighting, Sighting] | None, own: CrossingParameters
) -> Ruling:
    """That it drove on into the junction, if both moments surely show the same vehicle."""
    if moments is None:
        return _refused(REFUSED_MOMENTS_TOO_CLOSE)
    before, after = moments
    if goes_unseen([passage.before[-1], *passage.past], after.at, own.max_gap_s):
        return _refused(REFUSED_UNSEEN_AT_LINE)
    if _leapt(passage, after):
        return _refused(REFUSED_LEAPT)
    return Ruling(outcome=Outcome.ENTERED, signal=signal, before=before, after=after)


def _leapt(passage: Passage, shown: Sighting) -> bool:
    """Whether another vehicle may be shown than was seen before the line."""
    since = passage.before[-_AT_LINE_SIGHTINGS:][0].at
    return leaps([*passage.before, *passage.past], since, shown.at)


def _objection(passage: Passage, course: Course, reading: Reading, own: CrossingParameters) -> str | None:
    """Why a crossing is nobody's act under this signal; None where it may be one."""
    return _too_soon(passage, reading, own) or _WHY_NOTHING.get(course.did) or _doubt(passage, course, reading)


def _too_soon(passage: Passage, reading: Reading, own: CrossingParameters) -> str | None:
    """Why the red was not shown long enough at the crossing, or the crossing not seen."""
    at_crossing = reading(passage.crossing_at)
    if at_crossing.state != SignalState.RED or at_crossing.since is None:
        return None
    if passage.crossing_at < at_crossing.since + timedelta(seconds=own.grace_after_red_s):
        return REFUSED_WITHIN_GRACE
    if not shown_without_break(at_crossing, passage.before[-1].at):
        return REFUSED_NOT_BEFORE_UNDER_RED
    return REFUSED_UNSEEN_AT_LINE if passage.gap_s > own.max_gap_s else None


def _doubt(passage: Passage, course: Course, reading: Reading) -> str | None:
    """Why what was seen of an act does not show it for sure; None where it does."""
    if not course.shown[-1].facing_known:
        return REFUSED_FRONT_UNKNOWN
    before, beyond = passage.before[-1], passage.past[0]
    if shown_without_break(reading(passage.crossing_at), passage.whole_before.at):
        before = passage.whole_before
    if beyond.height_px >= _GROWN * before.height_px and looks_cut(before, beyond):
        return REFUSED_BOX_CUT  # it may have been over the line all along, its lower part covered
    return None if _surely_before(passage, reading) else REFUSED_SEEN_TOO_SHORT


def _surely_before(passage: Passage, reading: Reading) -> bool:
    """Whether more than one bounding box shows that the vehicle was before the line under this red.

    It is another sighting before the line, or the way beyond it, which leads straight back to where it was seen.
    """
    if len(passage.before) >= _LEAST_SIGHTINGS and shown_without_break(
        reading(passage.crossing_at), passage.before[-_LEAST_SIGHTINGS].at
    ):
        return True
    way = list(passage.past)[:_WAY_SIGHTINGS]
    if len(way) < _WAY_SIGHTINGS:
        return False
    (t0, y0), (t1, y1) = (
        (seconds_between(passage.before[-1].at, item.at), item.most_past_px) for item in way[:: _WAY_SIGHTINGS - 1]
    )
    return y0 - t0 * (y1 - y0) / (t1 - t0) <= _STRAIGHT_BACK_BOX_HEIGHTS * passage.height_px


def _moments(
    passage: Passage, course: Course, reading: Reading, own: CrossingParameters
) -> tuple[Sighting, Sighting] | None:
    """The two sightings that show a crossing that went on into the junction; None where no two do."""
    least = own.min_advance_box_heights
    beyond = (
        [course.whole[-1]]
        if course.stop is not None
        else [item for item in course.whole if passage.advance(item) >= least]
    )
    whole_vehicle = [item for item in beyond if item.edge_past_px > 0]  # a rear beyond the line shows it best
    candidates = whole_vehicle or [item for item in beyond if item.raw_past_px > 0]
    before = [item for item in passage.before if item.raw_foremost_px < 0 and reading(item.at).state == SignalState.RED]
    pair = moments_for(before, candidates, own.moments_apart_s)
    return pair if pair is not None and shown_without_break(reading(pair[1].at), pair[0].at) else None


def moments_for(
    before: Sequence[Sighting], candidates: Sequence[Sighting], apart_s: float
) -> tuple[Sighting, Sighting] | None:
    """The two sightings that show the act: the latest before and the earliest beyond that lie far enough apart.

    Args:
        before: sightings wholly before the line with red shown, oldest first.
        candidates: sightings far enough beyond it with red still shown, oldest first.
        apart_s: least time between the two.

    Returns:
        (before, after), None where no two lie so far apart.
    """
    if not before or not candidates:
        return None
    for after in candidates:
        if seconds_between(before[-1].at, after.at) >= apart_s:
            return before[-1], after
    last = candidates[-1]
    earlier = [item for item in before if seconds_between(item.at, last.at) >= apart_s]
    return (earlier[-1], last) if earlier else None


def moment(name: str, sighting: Sighting, scene: Scene, signal_id: str) -> DecisiveMoment:
    """A sighting as a decisive moment, with what the signal showed."""
    return DecisiveMoment(
        name=name,
        at=sighting.at,
        box_xyxy_px=sighting.box_xyxy_px,
        signal=scene.confirmed_signal_at(signal_id, sighting.at).state,
    )


def subject_at_line(passage: Passage) -> Subject:
    """The vehicle, under all its tracks.

    Raises:
        ValueError: it is no vehicle.
    """
    subject = followed_vehicle(passage.user, passage.track_ids, passage.label_share)
    if subject is None:
        raise ValueError(f"track {passage.track_ids[-1]} is a {passage.user.track.label}, no vehicle")
    return subject


def holds_of(passages: Iterable[Passage], named: Iterable[str]) -> Iterator[Hold]:
    """The pictures of those who stand over the line: the red may last longer than the ring of video.

    Args:
        passages: that go on.
        named: the moments that a rule may need, of ``before_line``, ``over_line`` and ``still_over_line``.
    """
    for passage in passages:
        if passage.stop is None or passage.user.track.vehicle_kind is None:
            continue
        at = {
            BEFORE_LINE: passage.before[-1].at,
            OVER_LINE: passage.stop.first.at,
            STILL_OVER_LINE: passage.stop.confirmed.at,
        }
        for name in named:
            yield Hold(key=f"{name}:{passage.key}", at=at[name])
