"""The living tracks of one tracker as columns, one row a track, oldest first."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.tracking.memory import Memory
from detectors.tracking.motion import Mask, MotionBank, Rows, cxcywh_to_xyxy, sizes_px, xyxy_to_cxcywh
from detectors.tracking.settings import TrackerSettings
from domain.geometry import Float64Array


class TrackTable:
    """Motion, times and place of every living track; instants are seconds since the tracker's first picture.

    Args:
        settings: times and limits.
    """

    def __init__(self, settings: TrackerSettings) -> None:
        self._settings = settings
        self.motion = MotionBank(
            measurement_sizes=settings.measurement_sizes,
            start_speed_sizes_per_s=settings.start_speed_sizes_per_s,
            acceleration_density=settings.acceleration_density,
            damping_s=settings.damping_s,
        )
        self.memories: list[Memory] = []
        self.groups = np.zeros(0, np.int64)  # (N,) which labels it may be matched with
        self.sightings = np.zeros(0, np.int64)  # (N,)
        self.seen_s = np.zeros(0)  # (N,) last sighting
        self.seen_boxes = np.zeros((0, 4))  # (N, 4) filtered box at the last sighting, as centre and sides
        self.measured_xyxy_px = np.zeros((0, 4))  # (N, 4) last sighting as it was measured
        self.places = np.zeros((0, 4))  # (N, 4) slow mean of its boxes as centre and sides
        self.place_since_s = np.zeros(0)  # (N,) since when it keeps that place
        self.covered_since_s = np.zeros(0)  # (N,) since when another track lies on it; infinite: not now

    def __len__(self) -> int:
        return len(self.memories)

    @property
    def confirmed(self) -> Mask:
        """(N,) tracks that were seen often enough to be told of."""
        return self.sightings >= self._settings.confirm_sightings

    @property
    def standing(self) -> Mask:
        """(N,) tracks that kept their place long enough up to their last sighting."""
        return self.seen_s - self.place_since_s >= self._settings.still_after_s

    @property
    def places_xyxy_px(self) -> Float64Array:
        """(N, 4) the places as corners."""
        return cxcywh_to_xyxy(self.places)

    def add(
        self, memories: Sequence[Memory], boxes_xyxy_px: Float64Array, groups: NDArray[np.int64], now: float
    ) -> None:
        """Begin tracks with their first sighting."""
        count = len(memories)
        self.motion.add(boxes_xyxy_px)
        self.memories.extend(memories)
        self.groups = np.concatenate((self.groups, groups))
        self.sightings = np.concatenate((self.sightings, np.ones(count, np.int64)))
        self.seen_s = np.concatenate((self.seen_s, np.full(count, now)))
        self.seen_boxes = np.concatenate((self.seen_boxes, xyxy_to_cxcywh(boxes_xyxy_px)))
        self.measured_xyxy_px = np.concatenate((self.measured_xyxy_px, boxes_xyxy_px))
        self.places = np.concatenate((self.places, xyxy_to_cxcywh(boxes_xyxy_px)))
        self.place_since_s = np.concatenate((self.place_since_s, np.full(count, now)))
        self.covered_since_s = np.concatenate((self.covered_since_s, np.full(count, np.inf)))

    def keep(self, rows: Mask) -> None:
        """Forget the rows that are False in (N,)."""
        if rows.all():
            return
        self.motion.keep(rows)
        self.memories = [memory for memory, kept in zip(self.memories, rows.tolist(), strict=True) if kept]
        self.groups, self.sightings = self.groups[rows], self.sightings[rows]
        self.seen_s, self.places = self.seen_s[rows], self.places[rows]
        self.seen_boxes, self.measured_xyxy_px = self.seen_boxes[rows], self.measured_xyxy_px[rows]
        self.place_since_s, self.covered_since_s = self.place_since_s[rows], self.covered_since_s[rows]

    def predict(self, seconds: float, previous: float, now: float) -> None:
        """Move all tracks on from the previous picture to now; what stands and was missed waits in its place."""
        self.motion.predict(seconds, self.seen_s < previous)
        waiting = np.flatnonzero(self.standing & (now - self.seen_s > self._settings.still_wait_s))
        if len(waiting):
            self.motion.hold(waiting, self.places[waiting])

    def repeated(self, boxes_xyxy_px: Float64Array, now: float) -> tuple[Rows, Rows]:
        """Boxes (M, 4) that repeat to the digit the last one of a track that should have left it: rows and columns."""
        lately = np.flatnonzero(now - self.seen_s <= self._settings.moving_gap_s)
        found, columns = np.nonzero(self.measured_xyxy_px[lately, None, 0] == boxes_xyxy_px[None, :, 0])
        same = (self.measured_xyxy_px[lately[found]] == boxes_xyxy_px[columns]).all(axis=1)
        rows, columns = lately[found][same], columns[same]
        boxes = xyxy_to_cxcywh(boxes_xyxy_px[columns])
        left_px = np.hypot(*(self.motion.boxes[rows, :2] - boxes[:, :2]).T)
        left = left_px > self._settings.repeat_sizes * sizes_px(boxes)
        return rows[left], columns[left]

    def see(self, rows: Rows, boxes_xyxy_px: Float64Array, now: float) -> None:
        """Correct rows (M,) by what was measured (M, 4)."""
        boxes = xyxy_to_cxcywh(boxes_xyxy_px)
        self.motion.update(rows, boxes)
        passed_s = now - self.seen_s[rows]
        self.seen_s[rows] = now
        self.seen_boxes[rows] = self.motion.boxes[rows]
        self.measured_xyxy_px[rows] = boxes_xyxy_px
        self.sightings[rows] += 1
        self.covered_since_s[rows] = np.inf
        self._follow_places(rows, boxes, passed_s, now)

    def _follow_places(self, rows: Rows, boxes: Float64Array, passed_s: Float64Array, now: float) -> None:
        places = self.places[rows]
        kept = aligned_iou(places, boxes) >= self._settings.still_iou
        pull = (1.0 - np.exp(-passed_s / self._settings.place_memory_s))[:, None]
        self.places[rows] = np.where(kept[:, None], places + pull * (boxes - places), boxes)
        self.place_since_s[rows] = np.where(kept, self.place_since_s[rows], now)


def aligned_iou(a: Float64Array, b: Float64Array) -> Float64Array:
    """Overlap of a's rows with the same rows of b, both (N, 4) as centre and sides; (N,).

    Examples:
        >>> aligned_iou(np.array([[1.0, 1.0, 2.0, 2.0]]), np.array([[2.0, 1.0, 2.0, 2.0]])).round(3)
        array([0.333])
    """
    half_a, half_b = a[:, 2:] / 2, b[:, 2:] / 2
    shared = np.minimum(a[:, :2] + half_a, b[:, :2] + half_b) - np.maximum(a[:, :2] - half_a, b[:, :2] - half_b)
    np.maximum(shared, 0.0, out=shared)
    both = shared[:, 0] * shared[:, 1]
    either = a[:, 2] * a[:, 3] + b[:, 2] * b[:, 3] - both
    overlap: Float64Array = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    return overlap
