"""What stands still in a view in one kind of light, learned from many looks: traffic, rain and leaves average out."""

from typing import Final

import numpy as np

from detectors.view.glance import CELL_PX, WIDTH_PX, Glance, cell_centres_px
from domain.geometry import Float32Array, Float64Array, Int64Array

LEARNED_LOOKS: Final = 60
"""So many make a reference."""
MEMORY_LOOKS: Final = 2400
"""The mean goes back about so far (20 minutes of one light), so that shadows and parked cars are followed."""
FIRST_LOOKS: Final = 600
"""After so many (five minutes of one light) the mean is kept beside as what was learned first."""
LEAST_LANDMARKS: Final = 8

_MOST_LANDMARKS: Final = 24
_LEAST_ENERGY: Final = 8.0  # sum of squared mean lengths in a cell: an edge across it that is always there
_MOST_A_REGION: Final = 4  # of 4 x 3 regions, so that no burnt-in text and no tree is all that is compared


class Reference:
    """The mean of looks in one kind of light.

    Args:
        field: (h, WIDTH_PX, 2) mean of the fields so far.
        sharpness: (cells,) usual sharpness of every cell; NaN: not known.
        structure: usual sum of squared lengths of a look's field: how much there is to be seen, moving or not.
        looks: that went into them.
        first: the mean as it was after ``FIRST_LOOKS``; None: not yet.
    """

    def __init__(
        self,
        field: Float32Array,
        sharpness: Float64Array,
        *,
        structure: float,
        looks: int,
        first: Float32Array | None = None,
    ) -> None:
        self.field = field
        self.structure = structure
        self.sharpness = sharpness
        self.looks = looks
        self.first = first
        self._chosen_at = -1
        self._landmarks: Int64Array = np.zeros(0, np.int64)

    @classmethod
    def begun(cls, glance: Glance) -> "Reference":
        """One look's."""
        cells = len(cell_centres_px(glance.field.shape[0]))
        return cls(glance.field.copy(), np.full(cells, np.nan), structure=glance.structure, looks=1)

    @property
    def learned(self) -> bool:
        """Whether enough was looked at, and enough of it stands still."""
        return self.looks >= LEARNED_LOOKS and len(self.landmarks) >= LEAST_LANDMARKS

    @property
    def landmarks(self) -> Int64Array:
        """Indices of the cells that hold what stands still, the clearest of every region of the picture."""
        due = self.looks - self.looks % LEARNED_LOOKS
        if due != self._chosen_at:
            self._chosen_at = due
            self._landmarks = _clearest(self.field)
        return self._landmarks

    def take_in(self, glance: Glance) -> None:
        """One more look at the same view."""
        self.looks += 1
        rate = 1.0 / min(self.looks, MEMORY_LOOKS)
        self.field += (glance.field - self.field) * rate
        self.structure += (glance.structure - self.structure) * rate
        if self.looks == FIRST_LOOKS:
            self.first = self.field.copy()

    def take_in_sharpness(self, cells: Int64Array, sharpness: Float64Array) -> None:
        """How sharp some cells are in this look."""
        known = self.sharpness[cells]
        rate = 1.0 / min(max(self.looks - LEARNED_LOOKS, 1), MEMORY_LOOKS)
        self.sharpness[cells] = np.where(np.isnan(known), sharpness, known + (sharpness - known) * max(rate, 0.02))


def region_of(height_px: int) -> Int64Array:
    """In which of 4 x 3 regions of a small picture of this height each cell lies: (cells,), 0 to 11."""
    centres = cell_centres_px(height_px)
    return centres[:, 0] * 4 // WIDTH_PX + 4 * (centres[:, 1] * 3 // height_px)


def _clearest(field: Float32Array) -> Int64Array:
    height_px = field.shape[0]
    centres = cell_centres_px(height_px)
    squared = np.square(field).sum(axis=2)
    half = CELL_PX // 2
    energy = np.array([squared[y - half : y + half, x - half : x + half].sum() for x, y in centres.tolist()])
    region = region_of(height_px)
    chosen: list[int] = []
    taken = np.zeros(12, np.int64)
    for cell in np.argsort(-energy, kind="stable").tolist():
        if energy[cell] < _LEAST_ENERGY or len(chosen) == _MOST_LANDMARKS:
            break
        if taken[region[cell]] < _MOST_A_REGION:
            taken[region[cell]] += 1
            chosen.append(cell)
    return np.array(sorted(chosen), np.int64)
