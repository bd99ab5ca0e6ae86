"""The tracker: matches by overlap and motion in steps, the surest first; holds what stands in its place."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count

import numpy as np

from detectors.tracking.association import assign, clear_choices, held_pairs, moving_pairs, only_choices, refound_pairs
from detectors.tracking.memory import Memory
from detectors.tracking.motion import Mask, Rows, cxcywh_to_xyxy, xyxy_to_cxcywh
from detectors.tracking.settings import TrackerSettings
from detectors.tracking.sightings import Sightings, usable_sightings
from detectors.tracking.table import TrackTable
from domain.geometry import Float64Array, iou_matrix
from domain.instants import seconds_between
from domain.seen.detections import Detections
from domain.seen.track import Track

TRACKER_NAME = "steady"
TRACKER_VERSION = "2"


class SteadyTracker:
    """Follows the objects of one camera; one instance a camera, nothing shared between instances.

    Boxes that repeat a moving track's last one are passed over; they are no sightings. Every picture is matched in
    steps, each with what the one before left over: tracks seen lately with sure
    detections, the same with unsure ones, begun tracks with sure ones, then what stands unseen with what appears in
    its very place. A match never crosses from one group of labels to another. The same input gives the same tracks.

    Args:
        settings: times, limits and groups; the defaults suit street cameras.
        ids: where track ids come from; hand the same iterator to a successor, so that no id is used twice.
    """

    def __init__(self, settings: TrackerSettings | None = None, *, ids: Iterator[int] | None = None) -> None:
        self._settings = settings if settings is not None else TrackerSettings()
        self._ids = ids if ids is not None else count(1)
        self._table = TrackTable(self._settings)
        self._group_ids: dict[str, int] = {}
        self._first_at: datetime | None = None
        self._now_s = -1.0

    @property
    def name(self) -> str:
        """Name and version, for provenance."""
        return f"{TRACKER_NAME}/{TRACKER_VERSION}"

    def update(self, at: datetime, detections: Detections) -> tuple[Track, ...]:
        """Take in one picture; returns the living, confirmed tracks, oldest first, observed or coasting.

        Args:
            at: capture time, later than every one before.
            detections: what was seen then; N may be 0.

        Raises:
            ValueError: the instant is not later than the one before.
        """
        previous_s = self._advance(at)
        sightings = usable_sightings(detections, self._settings, self._group_ids)
        table = self._table
        if len(table):
            table.keep(self._alive())
            table.predict(self._now_s - previous_s, previous_s, self._now_s)
        free = self._match(at, sightings)
        self._begin(at, sightings, free)
        self._give_up_covered()
        self._bound()
        told = table.confirmed.tolist()
        return tuple(memory.track(at) for memory, tell in zip(table.memories, told, strict=True) if tell)

    def _advance(self, at: datetime) -> float:
        """Move the clock; returns the previous picture's time in seconds."""
        if self._first_at is None:
            self._first_at = at
        now_s = seconds_between(self._first_at, at)
        if now_s <= self._now_s:
            msg = f"pictures must come in order of time, got {at.isoformat()}, which is not later than the last one"
            raise ValueError(msg)
        previous_s, self._now_s = self._now_s, now_s
        return previous_s

    def _alive(self) -> Mask:
        """(N,) tracks that may still be found, by the time they have been unseen."""
        settings, table = self._settings, self._table
        patience_s = np.where(table.standing, settings.still_gap_s, settings.moving_gap_s)
        patience_s = np.where(table.confirmed, patience_s, settings.confirm_within_s)
        alive: Mask = self._now_s - table.seen_s <= patience_s
        return alive

    def _match(self, at: datetime, sightings: Sightings) -> Mask:
        """Match in steps; returns which sightings (M,) are left over."""
        settings, table = self._settings, self._table
        free = np.ones(len(sightings), np.bool_)
        unmatched = np.ones(len(table), np.bool_)
        repeated, stopped = self._repeated(sightings)
        unmatched[repeated[0]], free[repeated[1]] = False, False
        seen = [stopped]
        unseen_s = self._now_s - table.seen_s
        lately, confirmed = unseen_s <= settings.moving_gap_s, table.confirmed
        sure, any_score = sightings.scores >= settings.high_score, sightings.scores >= settings.low_score
        for tracks, candidates, pairs in (
            (lately & confirmed, sure, self._moving_pairs),
            (lately & confirmed, ~sure, self._unsure_pairs),
            (lately & ~confirmed, sure, self._moving_pairs),
            (confirmed & table.standing, any_score, self._held_pairs),
            (confirmed & lately, sure, self._refound_pairs),
            (confirmed & (unseen_s <= settings.renamed_within_s), sure, self._renamed_pairs),
        ):
            columns = (candidates & free).nonzero()[0]
            rows = (tracks & unmatched).nonzero()[0] if len(columns) else columns
            if not len(rows):
                continue
            same_group = table.groups[rows][:, None] == sightings.groups[columns][None]
            matched_rows, matched_columns = assign(*pairs(rows, sightings.boxes_xyxy_px[columns], same_group))
            rows, columns = rows[matched_rows], columns[matched_columns]
            unmatched[rows] = False
            free[columns] = False
            seen.append((rows, columns))
        self._see(at, np.concatenate([rows for rows, _ in seen]), np.concatenate([one for _, one in seen]), sightings)
        return free

    def _repeated(self, sightings: Sightings) -> tuple[tuple[Rows, Rows], tuple[Rows, Rows]]:
        """Rows and columns of boxes that repeat a moving track's last one to the digit, and those that are sightings.

        A repeated picture, or a detector that holds a box, shows nothing of now: for a while such a box is no sighting.
        One that stays so for longer has come to a stop there.
        """
        table = self._table
        rows, columns = table.repeated(sightings.boxes_xyxy_px, self._now_s)
        has_stopped = self._now_s - table.seen_s[rows] > self._settings.repeat_s
        stopped = rows[has_stopped], columns[has_stopped]
        if has_stopped.any():
            table.motion.hold(stopped[0], xyxy_to_cxcywh(sightings.boxes_xyxy_px[stopped[1]]))
        return (rows, columns), stopped

    def _moving_pairs(self, rows: Rows, boxes_xyxy_px: Float64Array, same_group: Mask) -> tuple[Float64Array, Mask]:
        motion, settings = self._table.motion, self._settings
        cost, allowed = moving_pairs(
            cxcywh_to_xyxy(motion.boxes[rows]),
            motion.deviations_px(rows),
            boxes_xyxy_px,
            match_iou=settings.match_iou,
            max_jump_sizes=settings.max_jump_sizes,
            max_size_ratio=settings.max_size_ratio,
            part_edges=settings.part_edges,
            max_part_ratio=settings.max_part_ratio,
        )
        allowed &= same_group
        long_unseen = self._now_s - self._table.seen_s[rows] > settings.unclear_after_s
        if long_unseen.any():
            allowed &= ~long_unseen[:, None] | clear_choices(cost, allowed, settings.clear_margin)
        return cost, allowed

    def _unsure_pairs(self, rows: Rows, boxes_xyxy_px: Float64Array, same_group: Mask) -> tuple[Float64Array, Mask]:
        overlap = iou_matrix(cxcywh_to_xyxy(self._table.motion.boxes[rows]), boxes_xyxy_px)
        return 1.0 - overlap, (overlap >= self._settings.low_iou) & same_group

    def _held_pairs(self, rows: Rows, boxes_xyxy_px: Float64Array, same_group: Mask) -> tuple[Float64Array, Mask]:
        settings, table = self._settings, self._table
        share = np.clip((self._now_s - table.seen_s[rows]) / settings.still_gap_s, 0.0, 1.0)
        least_iou = settings.held_iou + share * (settings.held_iou_at_end - settings.held_iou)
        places = cxcywh_to_xyxy(table.places[rows])
        cost, allowed = held_pairs(places, least_iou, boxes_xyxy_px, max_size_ratio=settings.held_size_ratio)
        return cost, allowed & same_group

    def _refound_pairs(self, rows: Rows, boxes_xyxy_px: Float64Array, same_group: Mask) -> tuple[Float64Array, Mask]:
        settings, table = self._settings, self._table
        possible = refound_pairs(
            cxcywh_to_xyxy(table.seen_boxes[rows]),
            np.array([table.memories[row].drift_px_s(settings.refound_heading_s) for row in rows.tolist()]),
            self._now_s - table.seen_s[rows],
            boxes_xyxy_px,
            most_angle_deg=settings.refound_angle_deg,
            pace=(settings.refound_least_pace, settings.refound_most_pace),
            least_speed_sizes_per_s=settings.refound_least_speed_sizes_per_s,
            within_sizes=settings.refound_within_sizes,
            max_size_ratio=settings.max_size_ratio,
        )
        allowed = only_choices(possible & same_group)
        return np.zeros(allowed.shape), allowed

    def _renamed_pairs(self, rows: Rows, boxes_xyxy_px: Float64Array, same_group: Mask) -> tuple[Float64Array, Mask]:
        overlap = iou_matrix(cxcywh_to_xyxy(self._table.motion.boxes[rows]), boxes_xyxy_px)
        return 1.0 - overlap, (overlap >= self._settings.renamed_iou) & ~same_group

    def _see(self, at: datetime, rows: Rows, columns: Rows, sightings: Sightings) -> None:
        if len(rows):
            self._table.see(rows, sightings.boxes_xyxy_px[columns], self._now_s)
            _remember([self._table.memories[row] for row in rows.tolist()], at, columns, sightings)

    def _begin(self, at: datetime, sightings: Sightings, free: Mask) -> None:
        """Begin a track for every sure sighting that is left over."""
        columns = np.flatnonzero(free & (sightings.scores >= self._settings.high_score))
        memories = [Memory(track_id=next(self._ids), max_points=self._settings.max_points) for _ in columns]
        if len(columns):
            _remember(memories, at, columns, sightings)
            self._table.add(memories, sightings.boxes_xyxy_px[columns], sightings.groups[columns], self._now_s)

    def _give_up_covered(self) -> None:
        """Give up unseen tracks whose place a seen one of their group has taken for some time."""
        settings, table = self._settings, self._table
        seen = table.seen_s == self._now_s
        if seen.all():
            return
        boxes = table.motion.boxes_xyxy_px
        unseen = ~seen
        overlap = iou_matrix(boxes[unseen], boxes[seen]) >= settings.taken_over_iou
        overlap &= table.groups[unseen][:, None] == table.groups[seen][None]
        covered = unseen.copy()
        covered[unseen] = overlap.any(axis=1)
        table.covered_since_s = np.where(covered, np.minimum(table.covered_since_s, self._now_s), np.inf)
        table.keep(~covered | (self._now_s - table.covered_since_s < settings.taken_over_after_s))

    def _bound(self) -> None:
        """Give up the tracks unseen for longest, unconfirmed ones first, beyond the greatest number."""
        table = self._table
        excess = len(table) - self._settings.max_tracks
        if excess > 0:
            kept = np.ones(len(table), np.bool_)
            kept[np.lexsort((table.seen_s, table.confirmed))[:excess]] = False
            table.keep(kept)


def _remember(memories: Sequence[Memory], at: datetime, columns: Rows, sightings: Sightings) -> None:
    """Add a sighting to each of some memories."""
    boxes, scores = sightings.boxes_xyxy_px[columns].tolist(), sightings.scores[columns].tolist()
    for memory, column, (x1, y1, x2, y2), score in zip(memories, columns.tolist(), boxes, scores, strict=True):
        memory.see(at, (x1, y1, x2, y2), score, sightings.labels[column])
