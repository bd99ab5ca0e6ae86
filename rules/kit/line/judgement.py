"""What a crossing of a stop line was: judged once, by the same words for both rules at the line."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from domain.instants import seconds_between
from domain.seen.timeline import SignalReading, SignalState
from rules.kit.line.crossing_parameters import CrossingParameters
from rules.kit.line.passage import Passage, Stop, looks_cut, moments_for, without_leap
from rules.kit.line.sighting import Sighting

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

_LEAST_SIGHTINGS = 2  # on either side of the line
_WAY_SIGHTINGS = 3
_GROWN = 1.4  # a bounding box that grows so much taller from one sighting to the next was covered in part before
_STRAIGHT_BACK_BOX_HEIGHTS = 0.02

_LEAVES_STOP_BOX_HEIGHTS = 0.5
_LONGEST_WAIT_S = 300.0

Reading = Callable[[datetime], SignalReading]


class Outcome(Enum):
    """What a crossing turned out to be."""

    ENTERED = "entered"  # red shown throughout, and it drove on into the junction
    STOPPED = "stopped"  # red shown throughout, and it stood over the line
    LAWFUL = "lawful"  # no red at the crossing
    REFUSED = "refused"  # red, but something that must be known is not, or it was not enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """An outcome with the sightings that show it."""

    outcome: Outcome
    reason: str = ""  # of a refusal
    before: Sighting | None = None
    after: Sighting | None = None


def refused(reason: str) -> Judgement:
    """A judgement that is no more than its count."""
    return Judgement(outcome=Outcome.REFUSED, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Judges crossings of one line.

    Args:
        parameters: of the rule.
        in_junction: whether a sighting touches the zone that means the junction is entered.
    """

    parameters: CrossingParameters
    in_junction: Callable[[Sighting], bool]

    def judge(self, passage: Passage, reading: Reading, until: datetime, *, gone: bool) -> Judgement | None:
        """The judgement on a crossing, or None while it is open.

        Args:
            passage: not judged yet.
            reading: the governing signal.
            until: nothing later is looked at, since its signal may still be corrected.
            gone: the vehicle will not be seen again.
        """
        if passage.crossing_at > until and not gone:
            return None
        return self._signal_judgement(passage, reading) or self._course_judgement(passage, reading, until, gone=gone)

    def _course_judgement(self, passage: Passage, reading: Reading, until: datetime, *, gone: bool) -> Judgement | None:
        """What the vehicle did after a crossing under red; None while that is open."""
        red_from = passage.before[-1].at
        now = reading(until)
        red_now = shown_without_break(now, red_from)
        shown = [
            item
            for item in passage.past
            if item.at <= until and (red_now or shown_without_break(reading(item.at), red_from))
        ]
        stop = passage.stop if passage.stop and shown and passage.stop.confirmed.at <= shown[-1].at else None
        whole = without_leap([item for item in shown if not looks_cut(passage.before[-1], item)])
        unseen = seconds_between(passage.past[-1].at, until) > self.parameters.lost_after_s
        may_be_far = gone or unseen or not red_now
        drove_in = (
            passage.rolled_back_at is None and whole and self._drove_in(passage, whole, stop, may_be_far=may_be_far)
        )
        if drove_in:
            return _doubt(passage, reading, shown) or self._entered(
                passage, reading, whole, after_stop=stop is not None
            )
        waited = seconds_between(passage.crossing_at, until) > _LONGEST_WAIT_S
        if not (gone or not red_now or waited):
            return None
        if stop is not None:
            stopped = Judgement(outcome=Outcome.STOPPED, before=passage.before[-1], after=stop.first)
            return _doubt(passage, reading, shown) or stopped
        cut = shown and not whole
        return refused(REFUSED_BOX_CUT if cut else _why_nothing(passage, now.state, gone=gone))

    def _signal_judgement(self, passage: Passage, reading: Reading) -> Judgement | None:
        """What the signal at the crossing decides by itself; None where it was red long enough."""
        last_before, at_crossing = reading(passage.before[-1].at), reading(passage.crossing_at)
        if SignalState.UNKNOWN in (last_before.state, at_crossing.state):
            return refused(REFUSED_SIGNAL_UNKNOWN)
        if at_crossing.state != SignalState.RED or at_crossing.since is None:
            return Judgement(outcome=Outcome.LAWFUL)
        grace_ends = at_crossing.since + timedelta(seconds=self.parameters.grace_after_red_s)
        if passage.crossing_at < grace_ends:
            return refused(REFUSED_WITHIN_GRACE)
        if not shown_without_break(at_crossing, passage.before[-1].at):
            return refused(REFUSED_NOT_BEFORE_UNDER_RED)
        return refused(REFUSED_UNSEEN_AT_LINE) if passage.gap_s > self.parameters.max_gap_s else None

    def _drove_in(self, passage: Passage, shown: list[Sighting], stop: Stop | None, *, may_be_far: bool) -> bool:
        """Whether it drove into the junction.

        It did where some sightings are so far on that the junction is entered, or, when nothing more will be seen of it
        under red (``may_be_far``), where it was clearly beyond the line and moving on at the last one.
        """
        newest = shown[-1]
        if stop is not None and passage.advance(newest) < stop.advance + _LEAVES_STOP_BOX_HEIGHTS:
            return False
        if sum(passage.advance(item) > passage.jitter_heights for item in shown) < _LEAST_SIGHTINGS:
            return False
        far_enough = passage.advance(newest) >= max(self.parameters.min_advance_box_heights, passage.jitter_heights)
        if may_be_far and far_enough and passage.moving_at(newest, self.parameters):
            return True
        far = [item for item in (shown if stop is None else [newest]) if self._far_on(passage, item)]
        enough = len(far) >= (_LEAST_SIGHTINGS if stop is None else 1)
        return enough and passage.moving_at(far[0], self.parameters)

    def _far_on(self, passage: Passage, sighting: Sighting) -> bool:
        return passage.advance(sighting) >= self.parameters.enter_advance_box_heights or self.in_junction(sighting)

    def _entered(self, passage: Passage, reading: Reading, shown: list[Sighting], *, after_stop: bool) -> Judgement:
        """The judgement of a crossing that went on into the junction, if two sightings show it."""
        last = shown[-1]
        least = self.parameters.min_advance_box_heights
        beyond = [last] if after_stop else [item for item in shown if passage.advance(item) >= least]
        whole_vehicle = [item for item in beyond if item.edge_past_px > 0]  # a rear beyond the line shows it best
        candidates = whole_vehicle or [item for item in beyond if item.raw_past_px > 0]
        before = [
            item for item in passage.before if item.raw_foremost_px < 0 and reading(item.at).state == SignalState.RED
        ]
        pair = moments_for(before, candidates, self.parameters.moments_apart_s)
        if pair is None or not shown_without_break(reading(pair[1].at), pair[0].at):
            return refused(REFUSED_MOMENTS_TOO_CLOSE)
        return Judgement(outcome=Outcome.ENTERED, before=pair[0], after=pair[1])


def _doubt(passage: Passage, reading: Reading, shown: list[Sighting]) -> Judgement | None:
    """Why what was seen of an act does not show it for sure; None where it does."""
    if not shown[-1].facing_known:
        return refused(REFUSED_FRONT_UNKNOWN)
    before, beyond = passage.before[-1], passage.past[0]
    if beyond.height_px >= _GROWN * before.height_px and looks_cut(before, beyond):
        return refused(REFUSED_BOX_CUT)  # it may have been over the line all along, its lower part covered
    return None if _surely_before(passage, reading) else refused(REFUSED_SEEN_TOO_SHORT)


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


def _why_nothing(passage: Passage, now: SignalState, *, gone: bool) -> str:
    """Why a crossing under red came to nothing."""
    if passage.rolled_back_at is not None:
        return REFUSED_ROLLED_BACK
    if now == SignalState.UNKNOWN and not gone:
        return REFUSED_SIGNAL_UNKNOWN
    return REFUSED_NOT_FAR_ENOUGH


def shown_without_break(reading: SignalReading, since: datetime) -> bool:
    """Whether red is shown and has been shown without a break at least since an instant."""
    return reading.state == SignalState.RED and reading.since is not None and reading.since <= since
