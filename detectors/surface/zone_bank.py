"""What is kept of one zone: how its ground looks when it is empty, and what is believed to lie there now."""

from datetime import datetime, timedelta
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.surface.empty_states import EmptyStates
from detectors.surface.ground import Ground
from domain.geometry import BoxPx, Float32Array, Float64Array, PointNorm, SizeWh
from domain.instants import seconds_between
from domain.seen.looks import SurfaceChange, SurfaceUnknown

CHANGED: Final = 0.5
"""Belief from which a block is changed; it stays so until ``_GONE``."""
YOUNG_S: Final = 600.0
YOUNG_LOOKS: Final = 60
"""So long and so often a zone is looked at before anything is told of it."""
LASTING_S: Final = 48 * 3600.0
HELD_S: Final = 14 * 86400.0
"""What lies there without a break for so long is learned as empty; the second while a rule tells of it."""
RESTLESS_LOOKS: Final = 60
"""So many looks in which all is otherwise are a new light, which is learned."""

_LEAST: Final = 0.14  # distance from the empty states at which a block begins to speak for a thing
_MOST: Final = 0.30  # and from which it says no more
_ALIKE: Final = 0.12  # up to here a block is learned: light and weather that wander
_UNLIKE: Final = 0.22
_RATE: Final = 0.12  # of belief, a look: a thing is believed after 6 to 10 looks, who passes by is not
_GONE: Final = 0.25
_DOUBT: Final = 0.15  # belief from which a block and those around it are not learned
_RESTLESS_SHARE: Final = 0.5  # of the blocks that can be judged
_JUDGED_SHARE: Final = 0.4  # of all blocks
_LEAST_BLOCKS: Final = 2  # of a change


class ZoneBank:
    """One zone's memory, of n blocks.

    Args:
        polygon_norm: of the zone; another one is another bank.
        picture_wh: of the pictures looked at, likewise.
        states: of the blocks.
        begun_at: when it was first looked at.
    """

    def __init__(
        self, *, polygon_norm: tuple[PointNorm, ...], picture_wh: SizeWh, states: EmptyStates, begun_at: datetime
    ) -> None:
        count = len(states.vectors)
        self.polygon_norm = polygon_norm
        self.picture_wh = picture_wh
        self.states = states
        self.begun_at = begun_at
        self.looked_at = begun_at
        self.looks = 0
        self.restless = 0  # looks one after the other
        self.belief: Float64Array = np.zeros(count)  # that a thing lies there
        self.since_s: Float64Array = np.full(count, np.nan)  # after begun_at; NaN: nothing speaks for a thing
        self.changed: NDArray[np.bool_] = np.zeros(count, np.bool_)

    @property
    def young(self) -> bool:
        """Whether its empty state is not known yet."""
        return self.looks < YOUNG_LOOKS or seconds_between(self.begun_at, self.looked_at) < YOUNG_S

    def see(
        self,
        at: datetime,
        now: Float32Array,
        visible: NDArray[np.bool_],
        ground: Ground,
        *,
        held: bool = False,
        lit_anew: bool | None = None,
    ) -> SurfaceUnknown | None:
        """Take in one look.

        Args:
            at: when the picture was captured, UTC.
            now: (n, channels) how the blocks look.
            visible: (n,) which blocks no people or vehicles cover.
            ground: the zone's.
            held: whether a rule tells of something in this zone.
            lit_anew: whether what surrounds the zone has changed too; None: that cannot be told.

        Returns:
            Why nothing is known; None: what is believed is known.
        """
        if at < self.looked_at:  # a clock was set
            self.begun_at += at - self.looked_at
        self.looked_at = at
        self.looks += 1
        if self.young:
            self.states.take_in(visible, now)
            return SurfaceUnknown.YOUNG
        known = self.states.known
        judged = visible & known
        if judged.mean() < _JUDGED_SHARE:
            self.states.take_in(visible & ~known, now)
            return SurfaceUnknown.CROWDED if visible.mean() < _JUDGED_SHARE else SurfaceUnknown.YOUNG
        distances = self.states.distances(now).astype(np.float64)
        if lit_anew is not False and self._is_restless(distances, judged):
            self.restless += 1
            if self.restless >= RESTLESS_LOOKS:
                self.states.take_in(visible & ~self.changed, now)
            return SurfaceUnknown.RESTLESS
        self.restless = 0
        self._believe(distances, judged)
        lasts = self.changed & (self._now_s - self.since_s > (HELD_S if held else LASTING_S))
        doubted = _with_around(self.belief >= _DOUBT, ground)
        empty = visible & ~doubted & (~known | (distances < _ALIKE))
        self.states.take_in(empty | (visible & lasts), now)
        return None

    def changes(
        self, visible: NDArray[np.bool_], ground: Ground, scale: tuple[float, float] = (1.0, 1.0)
    ) -> tuple[SurfaceChange, ...]:
        """What is believed to lie there, largest first.

        Args:
            visible: (n,) which blocks no people or vehicles cover.
            ground: the zone's.
            scale: across and down, from the pictures looked at to those in whose pixels the boxes are told.
        """
        found = [
            SurfaceChange(
                box_xyxy_px=_scaled(ground.box_of(part), scale),
                share_of_zone=round(ground.share_of(part), 4),
                strength=round(float(self.belief[part].mean()) / CHANGED, 2),
                since=self.begun_at + timedelta(seconds=round(float(self.since_s[part].min()), 3)),
                covered=not bool(visible[part].all()),
            )
            for part in _parts(self.changed, ground)
            if part.sum() >= _LEAST_BLOCKS
        ]
        return tuple(sorted(found, key=lambda change: (-change.share_of_zone, change.box_xyxy_px)))

    @property
    def _now_s(self) -> float:
        return seconds_between(self.begun_at, self.looked_at)

    def _is_restless(self, distances: Float64Array, judged: NDArray[np.bool_]) -> bool:
        others = judged & ~self.changed
        return bool(others.any()) and float((distances[others] > _UNLIKE).mean()) > _RESTLESS_SHARE

    def _believe(self, distances: Float64Array, judged: NDArray[np.bool_]) -> None:
        speaks = np.clip((distances - _LEAST) / (_MOST - _LEAST), 0.0, 1.0)
        self.belief = np.where(judged, self.belief + (speaks - self.belief) * _RATE, self.belief)
        begins = judged & np.isnan(self.since_s) & (speaks > CHANGED)
        self.changed = np.where(self.changed, self.belief >= _GONE, self.belief >= CHANGED)
        ends = ~self.changed & (self.belief < _RATE / 2)
        self.since_s = np.where(begins, self._now_s, np.where(ends, np.nan, self.since_s))
        late = self.changed & np.isnan(self.since_s)
        self.since_s = np.where(late, self._now_s, self.since_s)


def _scaled(box: BoxPx, scale: tuple[float, float]) -> BoxPx:
    x1, y1, x2, y2 = box
    across, down = scale
    return (round(x1 * across, 1), round(y1 * down, 1), round(x2 * across, 1), round(y2 * down, 1))


def _grid(blocks: NDArray[np.bool_], ground: Ground) -> NDArray[np.uint8]:
    grid = np.zeros(ground.grid_hw, np.uint8)
    rows, columns = ground.blocks[blocks].T
    grid[rows, columns] = 1
    return grid


def _with_around(blocks: NDArray[np.bool_], ground: Ground) -> NDArray[np.bool_]:
    """Some blocks with the eight around each."""
    wide = cv2.dilate(_grid(blocks, ground), np.ones((3, 3), np.uint8))
    rows, columns = ground.blocks.T
    return np.asarray(wide[rows, columns] > 0, dtype=np.bool_)


def _parts(blocks: NDArray[np.bool_], ground: Ground) -> list[NDArray[np.bool_]]:
    """The parts of some blocks, each (n,); what lies two blocks apart or less is one."""
    wide = cv2.dilate(_grid(blocks, ground), np.ones((3, 3), np.uint8))
    count, labels = cv2.connectedComponents(wide, connectivity=8)
    rows, columns = ground.blocks.T
    own = np.where(blocks, labels[rows, columns], 0)
    return [np.asarray(own == number, dtype=np.bool_) for number in range(1, count)]
