"""Whether the light has changed: what surrounds a zone looks otherwise too, which no thing in the zone brings about."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.geometry import Float32Array

_UNLIKE: Final = 0.22  # of the cosine distance from the mean of late
_MOST: Final = 0.4  # of the blocks that can be seen
_LEAST_BLOCKS: Final = 8  # that can be seen
_LEAST_LOOKS: Final = 30
_MEMORY: Final = 150  # looks; the mean goes back about five minutes


class Surround:
    """The mean of late of the blocks around one zone; begun anew with every process."""

    def __init__(self) -> None:
        self._mean: Float32Array | None = None
        self._seen: NDArray[np.int64] = np.zeros(0, np.int64)

    def is_lit_anew(self, now: Float32Array, visible: NDArray[np.bool_]) -> bool | None:
        """Take in one look.

        Args:
            now: (m, channels) of length 1.
            visible: (m,) which blocks no people or vehicles cover.

        Returns:
            Whether most of it looks otherwise than lately; None where that cannot be told.
        """
        mean = self._mean
        if mean is None:
            mean, self._seen = np.zeros_like(now), np.zeros(len(now), np.int64)
        known = visible & (self._seen >= _LEAST_LOOKS)
        length = np.maximum(np.linalg.norm(mean, axis=1), 1e-6)
        unlike = 1.0 - (mean * now).sum(axis=1) / length > _UNLIKE
        self._seen = self._seen + visible
        rate = (1.0 / np.clip(self._seen, 1, _MEMORY)).astype(np.float32)[:, None]
        self._mean = np.where(visible[:, None], mean + (now - mean) * rate, mean)
        return bool(unlike[known].mean() > _MOST) if known.sum() >= _LEAST_BLOCKS else None
