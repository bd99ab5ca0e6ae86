"""Follows every road user around one stop line, from before it to beyond it."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from domain.camera import CameraConfig
from domain.geometry import SizeWh
from domain.instants import seconds_between
from rules.facts.line.front import FrontFinder
from rules.facts.line.headings import Headings
from rules.facts.line.measures import CrossingMeasures
from rules.facts.line.passage import Passage
from rules.facts.line.shaking import Shaking
from rules.facts.line.sighting import Sighting
from rules.facts.placed import Placed
from rules.facts.road_user import RoadUser
from rules.facts.succession import Succession
from rules.kit.rows import room_for, with_rows

MAX_BEFORE = 64
_KEEP_BEFORE_S = 20.0


@dataclass(slots=True, kw_only=True)
class _Approach:
    """One vehicle that was seen wholly before the line; of one leg."""

    user: RoadUser
    leg: int
    track_ids: tuple[int, ...]
    label_share: float = 1.0  # of earlier tracks of the same vehicle, the least
    last: Sighting | None = None
    before: deque[Sighting] = field(default_factory=lambda: deque(maxlen=MAX_BEFORE))
    passage: Passage | None = None
    stood_at: datetime | None = None  # over the line, before it went back

    @property
    def is_open(self) -> bool:
        """Whether its next sighting may begin a crossing, or belongs to one."""
        return self.passage is not None or bool(self.before)

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
        self._headings = Headings() if self._front.asks_headings else None
        self._shaking = Shaking()
        self._open = np.zeros(0, np.bool_)  # by row: whether its approach is open
        self._approaches: dict[int, _Approach] = {}

    def __len__(self) -> int:
        return len(self._approaches)

    def step(
        self, placed: Iterable[Placed], gone: Iterable[RoadUser], successions: Iterable[Succession]
    ) -> Iterator[Passage]:
        """Take in what became known, and who is gone; yields the crossings that begin now."""
        close = (item for item in successions if item.is_close)
        handed = {item.after.row for item in close if self._hand_over(item.before, item.after)}
        for sightings in placed:
            self._begin(sightings, handed)
            yield from self._look(sightings)
            handed = set()
        for user in gone:
            approach = self._approaches.pop(user.track.track_id, None)
            if approach is not None:
                approach.close(lost=True)

    def _hand_over(self, before: RoadUser, after: RoadUser) -> bool:
        """A vehicle goes on under another track, if it goes on as it went."""
        begun_anew = any(item.number == 0 for item in before.new)
        if begun_anew or not before.goes_on_at(after.way[0]):
            return False
        approach = self._approaches.pop(before.track.track_id, None) or _Approach(
            user=before, leg=before.leg, track_ids=(before.track.track_id,)
        )
        approach.label_share = min(approach.label_share, before.track.label_share)
        approach.user, approach.leg = after, after.leg
        approach.track_ids = (*approach.track_ids, after.track.track_id)
        if approach.passage is not None:
            approach.passage.user, approach.passage.track_ids = after, approach.track_ids
        self._approaches[after.track.track_id] = approach
        rows = np.array([before.row, after.row])
        self._open = with_rows(self._open, room_for(rows))
        self._open[rows] = (False, approach.is_open)
        self._shaking.hand_over(before.row, after.row)
        if self._headings is not None:
            self._headings.hand_over(before, after)
        return True

    def _begin(self, sightings: Placed, handed: set[int]) -> None:
        """Another object has taken a track over, or it skipped a stretch: it starts afresh."""
        self._open = with_rows(self._open, sightings.room)
        begun = [
            index for index in np.flatnonzero(sightings.begins).tolist() if sightings.users[index].row not in handed
        ]
        if not begun:
            return
        for index in begun:
            approach = self._approaches.pop(sightings.users[index].track.track_id, None)
            if approach is not None:
                approach.close()
        rows = sightings.rows[begun]
        self._open[rows] = False
        self._shaking.begin(rows)
        if self._headings is not None:
            self._headings.begin(rows)

    def _look(self, sightings: Placed) -> Iterator[Passage]:
        """Only who is wholly before the line, or was, is looked at one by one."""
        rows, heights_px = sightings.rows, sightings.heights_px
        fronts = self._front.measure(sightings, None if self._headings is None else self._headings.step(sightings))
        margins = np.full(len(rows), self._measures.before_margin_box_heights)
        near_px = margins * heights_px
        may_be = np.flatnonzero(fronts.wholly_before(near_px))
        margins[may_be] = np.maximum(margins[may_be], self._shaking.of(rows[may_be]))
        before = fronts.wholly_before(margins * heights_px)
        asked = np.flatnonzero(before | self._open[rows])
        for index, sighting in zip(asked.tolist(), fronts.sightings(asked), strict=True):
            user = sightings.users[index]
            track_id = user.track.track_id
            approach = self._approaches.get(track_id)
            if approach is None:
                approach = self._approaches[track_id] = _Approach(
                    user=user, leg=sighting.contact.leg, track_ids=(track_id,)
                )
            passage = self._take(approach, sighting, is_before=bool(before[index]))
            approach.last = sighting
            self._open[user.row] = approach.is_open
            if passage is not None:
                yield passage
        self._shaking.step(rows, fronts.raw_past_px, heights_px, sightings.at_us)

    def _take(self, approach: _Approach, sighting: Sighting, *, is_before: bool) -> Passage | None:
        """Add a sighting; returns the crossing that it begins."""
        passage = approach.passage
        if is_before:
            if passage is not None:
                passage.rolled_back_at = sighting.at
                passage.turned_round = not 0.0 <= sighting.along <= 1.0
                approach.before.extend(passage.before)
                if passage.stop is not None:
                    approach.stood_at = passage.stop.confirmed.at
            approach.close()
            approach.remember_before(sighting)
        elif passage is not None:
            passage.add(sighting, self._measures)
        elif approach.last is not None and sighting.most_past_px >= 0:
            approach.passage = self._cross(approach, approach.last, sighting)
            return approach.passage
        return None

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
            jitter_heights=float(self._shaking.of(np.array([approach.user.row]))[0]),
            before=before,
            stood_earlier_at=approach.stood_at,
        )
        passage.add(sighting, self._measures)
        return passage
