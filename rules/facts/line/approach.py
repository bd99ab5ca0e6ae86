"""Follows every road user around one stop line, from before it to beyond it."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

from domain.camera import CameraConfig
from domain.geometry import PointPx, SizeWh
from domain.instants import seconds_between
from rules.facts.contact import Contact
from rules.facts.follower import RoadUser
from rules.facts.line.front import FrontFinder, heading_of
from rules.facts.line.measures import CrossingMeasures
from rules.facts.line.passage import Passage
from rules.facts.line.sighting import Sighting
from rules.facts.succession import Succession

MAX_BEFORE = 64
_KEEP_BEFORE_S = 20.0
_SIGMA_OF_BENDS = 1.21  # for white noise: of the median of how far each place lies off the straight of its neighbours
_BEND_S = 0.5  # neighbours farther apart tell nothing of shaking


@dataclass(slots=True, kw_only=True)
class _Approach:
    """One road user at the line; of one leg."""

    user: RoadUser
    leg: int
    track_ids: tuple[int, ...]
    label_share: float = 1.0  # of earlier tracks of the same vehicle, the least
    way: deque[tuple[PointPx, float]] = field(default_factory=lambda: deque(maxlen=MAX_BEFORE))
    bends: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_BEFORE))
    heading_px: PointPx | None = None  # the last one known
    recent: deque[Sighting] = field(default_factory=lambda: deque(maxlen=2))  # the newest last
    before: deque[Sighting] = field(default_factory=lambda: deque(maxlen=MAX_BEFORE))
    passage: Passage | None = None

    def jitter_heights(self) -> float:
        """How far its own bounding boxes shake, in their heights."""
        return _SIGMA_OF_BENDS * median(self.bends) if self.bends else 0.0

    def remember_before(self, sighting: Sighting) -> None:
        """Take in a sighting wholly before the line."""
        self.before.append(sighting)
        while seconds_between(self.before[0].at, sighting.at) > _KEEP_BEFORE_S:
            self.before.popleft()

    def close(self, *, lost: bool = False) -> None:
        """Nothing more will be added to its crossing."""
        if self.passage is not None:
            self.passage.closed, self.passage.lost = True, lost
        self.passage = None


class Approaches:
    """Finds crossings of one line in the direction of ``beyond_norm``.

    A road user must be seen wholly before the line first: one that begins on or beyond it has no crossing. A crossing
    begins when the front may have reached the line. It goes on under another track that clearly shows the same vehicle.

    Args:
        camera: with the line; what it sees of vehicles, and its ground.
        measures: by which crossings are measured.
        resolution_wh: of the picture.

    Raises:
        ValueError: the line is missing.
    """

    def __init__(self, *, camera: CameraConfig, measures: CrossingMeasures, resolution_wh: SizeWh) -> None:
        line = camera.line(measures.line)
        if line is None:
            raise ValueError(f"there is no line {measures.line}; check the rule's problems first")
        self._measures = measures
        self._front = FrontFinder.of(camera, line, measures.contact, resolution_wh)
        self._approaches: dict[int, _Approach] = {}

    def __len__(self) -> int:
        return len(self._approaches)

    def step(self, users: Iterable[RoadUser], successions: Iterable[Succession]) -> Iterator[Passage]:
        """Take in what became known of everybody; yields the crossings that begin now."""
        for succession in successions:
            self._hand_over(succession.before, succession.after)
        for user in users:
            for contact in user.new:
                passage = self._take(user, contact)
                if passage is not None:
                    yield passage
            if user.gone:
                approach = self._approaches.pop(user.track.track_id, None)
                if approach is not None:
                    approach.close(lost=True)

    def _hand_over(self, before: RoadUser, after: RoadUser) -> None:
        """A vehicle goes on under another track, if it goes on as it went."""
        approach = self._approaches.get(before.track.track_id)
        if approach is None or approach.leg != before.leg or not before.goes_on_at(after.way[0]):
            return
        del self._approaches[before.track.track_id]
        approach.label_share = min(approach.label_share, before.track.label_share)
        approach.user, approach.leg = after, after.leg
        approach.track_ids = (*approach.track_ids, after.track.track_id)
        if approach.passage is not None:
            approach.passage.user, approach.passage.track_ids = after, approach.track_ids
        self._approaches[after.track.track_id] = approach

    def _take(self, user: RoadUser, contact: Contact) -> Passage | None:
        approach = self._approaches.get(user.track.track_id)
        if approach is None or approach.leg != contact.leg:
            if approach is not None:
                approach.close()  # another object has taken the track over, or it skipped a stretch: start afresh
            approach = _Approach(user=user, leg=contact.leg, track_ids=(user.track.track_id,))
            self._approaches[user.track.track_id] = approach
        approach.way.append((contact.point_px, contact.height_px))
        approach.heading_px = heading_of(approach.way) or approach.heading_px
        return self._measured(approach, self._front.measure(user.track, contact, approach.heading_px))

    def _measured(self, approach: _Approach, sighting: Sighting) -> Passage | None:
        begun, last = None, approach.recent[-1] if approach.recent else None
        passage = approach.passage
        margin = max(self._measures.before_margin_box_heights, approach.jitter_heights())
        if sighting.wholly_before(margin):
            if passage is not None:
                passage.rolled_back_at = sighting.at
                passage.turned_round = not 0.0 <= sighting.along <= 1.0
                approach.before.extend(passage.before)
            approach.close()
            approach.remember_before(sighting)
        elif passage is not None:
            passage.add(sighting, self._measures)
        elif approach.before and last is not None and sighting.most_past_px >= 0:
            begun = approach.passage = self._cross(approach, last, sighting)
        if last is not None and len(approach.recent) > 1:
            approach.bends.extend(_bend(approach.recent[-2], last, sighting))
        approach.recent.append(sighting)
        return begun

    def _cross(self, approach: _Approach, last: Sighting, sighting: Sighting) -> Passage | None:
        """A new crossing, if the path goes through the drawn line and not round its ends."""
        to_line_px, step_px = -last.most_past_px, sighting.most_past_px - last.most_past_px
        share = to_line_px / step_px if to_line_px > 0 else 0.0
        along = last.along + share * (sighting.along - last.along)
        before = tuple(approach.before)
        approach.before.clear()
        if not 0.0 <= along <= 1.0:
            return None
        gap_s = seconds_between(last.at, sighting.at)
        passage = Passage(
            user=approach.user,
            track_ids=approach.track_ids,
            label_share=approach.label_share,
            crossing_at=last.at + timedelta(seconds=share * gap_s),
            gap_s=gap_s,
            height_px=last.height_px + share * (sighting.height_px - last.height_px),
            jitter_heights=approach.jitter_heights(),
            before=before,
        )
        passage.add(sighting, self._measures)
        return passage


def _bend(one: Sighting, middle: Sighting, other: Sighting) -> tuple[float, ...]:
    """How far a sighting as detected lies off the straight between its neighbours, in box heights; () after a gap."""
    span_s = seconds_between(one.at, other.at)
    if span_s > _BEND_S:
        return ()
    share = seconds_between(one.at, middle.at) / span_s
    straight_px = one.raw_past_px + share * (other.raw_past_px - one.raw_past_px)
    return (abs(middle.raw_past_px - straight_px) / middle.height_px,)
