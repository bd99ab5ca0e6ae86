"""What a vehicle did after it crossed a stop line, held against one signal: drove in, stood, turned back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from domain.seen.timeline import SignalReading, SignalState
from rules.facts.line.measures import CrossingMeasures
from rules.facts.line.passage import Passage, Stop, without_leap
from rules.facts.line.sighting import Sighting

_LEAST_SIGHTINGS = 2  # beyond the line
_LEAVES_STOP_BOX_HEIGHTS = 0.5
_LONGEST_WAIT_S = 300.0

Reading = Callable[[datetime], SignalReading]


class Did(Enum):
    """What a crossing came to while the signal showed red without a break."""

    NOT_RED = "not_red"  # another state was shown at the crossing
    SIGNAL_UNKNOWN = "signal_unknown"  # before, at or after the crossing
    DROVE_IN = "drove_in"
    STOOD = "stood"  # over the line, until the red ended or it was lost
    ROLLED_BACK = "rolled_back"
    ONLY_EDGE_MOVED = "only_edge_moved"  # its bounding box was cut, or grew
    NOT_FAR = "not_far"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A crossing held against one signal, once that is clear."""

    did: Did
    shown: Sequence[Sighting] = ()  # beyond the line, while red was shown without a break
    whole: Sequence[Sighting] = ()  # of those, with a bounding box that shows the vehicle
    stop: Stop | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseFinder:
    """Finds the courses of crossings of one line.

    Args:
        measures: of the line.
        in_junction: whether a sighting touches the zone that means the junction is entered.
    """

    measures: CrossingMeasures
    in_junction: Callable[[Sighting], bool]

    def course(self, passage: Passage, reading: Reading, until: datetime, *, gone: bool) -> Course | None:
        """The course of a crossing, None while it is open.

        Args:
            passage: the crossing.
            reading: of one signal.
            until: nothing later is looked at, since its signal may still be corrected.
            gone: the vehicle will not be seen again.
        """
        if passage.crossing_at > until and not gone:
            return None
        states = {reading(at).state for at in (passage.before[-1].at, passage.crossing_at)}
        if SignalState.UNKNOWN in states:
            return Course(did=Did.SIGNAL_UNKNOWN)
        if reading(passage.crossing_at).state != SignalState.RED:
            return Course(did=Did.NOT_RED)
        return self._under_red(passage, reading, until, gone=gone)

    def _under_red(self, passage: Passage, reading: Reading, until: datetime, *, gone: bool) -> Course | None:
        red_from = passage.before[-1].at
        now = reading(until)
        red_now = shown_without_break(now, red_from)
        seen = [
            (item, is_cut)
            for item, is_cut in zip(passage.past, passage.cut, strict=True)
            if item.at <= until and (red_now or shown_without_break(reading(item.at), red_from))
        ]
        shown = [item for item, _ in seen]
        stop = passage.stop if passage.stop and shown and passage.stop.confirmed.at <= shown[-1].at else None
        whole = without_leap([item for item, is_cut in seen if not is_cut])
        waited_s = (until - passage.crossing_at).total_seconds()
        may_be_far = gone or not red_now
        turned_back = passage.rolled_back_at is not None
        if not turned_back and whole and self._drove_in(passage, whole, stop, may_be_far=may_be_far):
            return Course(did=Did.DROVE_IN, shown=shown, whole=whole, stop=stop)
        if not (gone or not red_now or waited_s > _LONGEST_WAIT_S):
            return None
        if stop is not None:
            return Course(did=Did.STOOD, shown=shown, whole=whole, stop=stop)
        if shown and not whole:
            return Course(did=Did.ONLY_EDGE_MOVED)
        if turned_back:
            return Course(did=Did.ROLLED_BACK)
        return Course(did=Did.SIGNAL_UNKNOWN if now.state == SignalState.UNKNOWN and not gone else Did.NOT_FAR)

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
        far_enough = passage.advance(newest) >= max(self.measures.min_advance_box_heights, passage.jitter_heights)
        if may_be_far and far_enough and passage.moving_at(newest, self.measures):
            return True
        far = [item for item in (shown if stop is None else [newest]) if self._far_on(passage, item)]
        enough = len(far) >= (_LEAST_SIGHTINGS if stop is None else 1)
        return enough and passage.moving_at(far[0], self.measures)

    def _far_on(self, passage: Passage, sighting: Sighting) -> bool:
        return passage.advance(sighting) >= self.measures.enter_advance_box_heights or self.in_junction(sighting)


def shown_without_break(reading: SignalReading, since: datetime) -> bool:
    """Whether red is shown and has been shown without a break at least since an instant."""
    return reading.state == SignalState.RED and reading.since is not None and reading.since <= since
