"""What every block of a zone's ground looks like when nothing lies there: several states a block."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.geometry import Float32Array, Int64Array

STATES: Final = 16
"""So many a block: dry, wet, in the sun, in a shadow, at night."""
CONFIRMED: Final = 3
"""A state counts when it was seen so often: who passes by leaves none."""

_SAME: Final = 0.06  # of the cosine distance: one state
_REACH: Final = 2  # blocks; a shadow's edge that was seen there is known here
_MEMORY: Final = 200  # looks; a state is the mean of about so many
_MOST: Final = 10_000  # looks that are counted of a state


class EmptyStates:
    """The bank of one zone.

    Args:
        vectors: (n, STATES, channels) of length 1, or 0 where a state is free.
        seen: (n, STATES) how often each was seen.
        blocks: (n, 2) rows and columns of the blocks.
    """

    def __init__(self, vectors: Float32Array, seen: Int64Array, blocks: Int64Array) -> None:
        self.vectors = vectors
        self.seen = seen
        self.blocks = blocks
        self._neighbours, self._places = _around(blocks)

    @classmethod
    def none_yet(cls, blocks: Int64Array, channels: int) -> "EmptyStates":
        """An empty bank."""
        count = len(blocks)
        return cls(np.zeros((count, STATES, channels), np.float32), np.zeros((count, STATES), np.int64), blocks)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which blocks have a state that counts, (n,)."""
        return np.asarray((self.seen >= CONFIRMED).any(axis=1), dtype=np.bool_)

    def distances(self, now: Float32Array) -> Float32Array:
        """How far each block is from the nearest empty state of its own or of a near one; 0 is the same, 1 unlike.

        Args:
            now: (n, channels) of length 1.
        """
        counting = np.where((self.seen >= CONFIRMED)[..., None], self.vectors, np.float32(0))
        around = now[self._neighbours]  # (n, places, channels); a missing neighbour is the block itself
        likeness = np.matmul(counting, around.transpose(0, 2, 1)).max(axis=1)  # of my states to each block around me
        nearest = np.zeros(len(now) + 1, np.float32)
        np.maximum.at(nearest, self._places, likeness)
        return np.asarray(1.0 - nearest[:-1], dtype=np.float32)

    def take_in(self, blocks: NDArray[np.bool_], now: Float32Array) -> None:
        """Learn how some blocks look.

        Args:
            blocks: (n,) which.
            now: (n, channels) of all blocks.
        """
        rows = np.flatnonzero(blocks)
        if not len(rows):
            return
        likeness = np.einsum("nsc,nc->ns", self.vectors[rows], now[rows])
        best = likeness.argmax(axis=1)
        same = likeness[np.arange(len(rows)), best] >= 1.0 - _SAME
        old_rows, old = rows[same], best[same]
        seen = np.minimum(self.seen[old_rows, old] + 1, _MOST)
        mean = self.vectors[old_rows, old]
        mean = mean + (now[old_rows] - mean) / np.minimum(seen, _MEMORY)[:, None].astype(np.float32)
        self.vectors[old_rows, old] = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-6)
        self.seen[old_rows, old] = seen
        new_rows = rows[~same]
        least = self.seen[new_rows].argmin(axis=1)  # free, or least often seen
        self.vectors[new_rows, least] = now[new_rows]
        self.seen[new_rows, least] = 1


def _around(blocks: Int64Array) -> tuple[Int64Array, Int64Array]:
    """For every block those around it, (n, places) twice: to read from, and to write to (n: nowhere)."""
    count = len(blocks)
    index = {(row, column): number for number, (row, column) in enumerate(blocks.tolist())}
    steps = range(-_REACH, _REACH + 1)
    places = np.array(
        [
            [index.get((row + dy, column + dx), count) for dy in steps for dx in steps]
            for row, column in blocks.tolist()
        ],
        np.int64,
    ).reshape(count, (2 * _REACH + 1) ** 2)
    own = np.arange(count, dtype=np.int64)[:, None]
    return np.where(places == count, own, places), places
