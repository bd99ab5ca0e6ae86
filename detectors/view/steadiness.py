"""Whether a view of which nothing is known yet stands still, by its own last seconds."""

from collections import deque
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.view.alignment import SEEN, align_far
from detectors.view.finding import SURE_SHARE
from detectors.view.glance import WIDTH_PX, Glance
from detectors.view.reference import LEARNED_LOOKS, LEAST_LANDMARKS, Reference, region_of
from domain.instants import seconds_between
from domain.seen.view import ViewState

FEWEST_LOOKS: Final = 3
SHORTEST_S: Final = 1.5
"""Looks over so long show a view standing still."""
AGAIN_LOOKS: Final = LEARNED_LOOKS
"""What was seen to move must stand still so long that it can be learned: a camera on a tour stands still, too, between
its turns."""

_MOST_LOOKS: Final = 5
_LONGEST_GAP_S: Final = 10.0  # after it, looks of before say nothing
_AGREEMENT: Final = 0.22  # of any two looks, 1 being the same: what moves has less
_LEAST_STRUCTURE: Final = 16.0  # of a part of the picture in which something is to be seen
_MOST_DISAGREE: Final = 8  # of 12 parts: traffic has up to 4, 20 headlamps 6, a sway of 0.3 % 7, a walking camera 11
_FAR_PX: Final = 5.0  # of the small picture: 1.6 % of its width, three times what drawn lines bear
_FAR_DEG: Final = 1.5
_FEWEST_PARTS: Final = 5  # that went there together: what moves in fewer is a vehicle
_BETTER: Final = 0.1  # a pose so far off must fit so much better than every one that drawn lines bear


class Steadiness:
    """Holds looks at one view against each other, and against the first ones that agreed.

    Attributes:
        state: new, until something can be said; then unknown where it stands still, unsteady where it does not.
    """

    def __init__(self) -> None:
        self.state = ViewState.NEW
        self._looks: deque[tuple[datetime, Glance]] = deque(maxlen=_MOST_LOOKS)
        self._first: Reference | None = None  # as it was when it was first seen to stand still
        self._looks_to_go = 0  # since it moved

    def note(self, at: datetime, glance: Glance) -> bool:
        """Take in one look.

        Args:
            at: when the picture was captured, UTC; what does not follow the last look soon begins anew.
            glance: at it, always of one height.

        Returns:
            Whether it shows that the view moved; False also where nothing can be said yet.
        """
        if self._looks and not 0 < seconds_between(self._looks[-1][0], at) <= _LONGEST_GAP_S:
            self._looks.clear()
            self.state, self._first, self._looks_to_go = ViewState.NEW, None, 0
        self._looks.append((at, glance))
        looks = [look for _, look in self._looks]
        if len(looks) < FEWEST_LOOKS or seconds_between(self._looks[0][0], at) < SHORTEST_S:
            return False
        if disagreeing_parts(looks) > _MOST_DISAGREE or (
            self._first is not None and _is_elsewhere(self._first, glance)
        ):
            self.state, self._first, self._looks_to_go = ViewState.UNSTEADY, None, AGAIN_LOOKS
            return True
        if self._first is None:
            self._first = _mean(looks)
        self._looks_to_go = max(self._looks_to_go - 1, 0)
        if self._looks_to_go == 0:
            self.state = ViewState.UNKNOWN
        return False


def disagreeing_parts(looks: list[Glance]) -> int:
    """In how many of the 4 x 3 parts of the picture any two looks have little in common; empty ones do not disagree.

    Args:
        looks: two or more, of one height.
    """
    fields = np.stack([look.field for look in looks])
    together, each = (_by_part(np.square(one).sum(axis=-1)) for one in (fields.sum(axis=0), fields))
    each = each.sum(axis=0)
    alike = (together - each) / ((len(looks) - 1) * np.maximum(each, 1e-9))
    return int(((each > len(looks) * _LEAST_STRUCTURE) & (alike < _AGREEMENT)).sum())


def _by_part(lengths: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sum of (..., h, WIDTH_PX) in every part: (..., 3, 4)."""
    rows, columns = (np.arange(count) * size // count for count, size in ((3, lengths.shape[-2]), (4, WIDTH_PX)))
    return np.add.reduceat(np.add.reduceat(lengths, rows, axis=-2), columns, axis=-1)


def _mean(looks: list[Glance]) -> Reference:
    mean = Reference.begun(looks[0])
    for look in looks[1:]:
        mean.take_in(look)
    return mean


def _is_elsewhere(first: Reference, glance: Glance) -> bool:
    """Whether it went on from where it was first, farther than a mast sways."""
    if len(first.landmarks) < LEAST_LANDMARKS:
        return False
    found = align_far(first, glance)
    best = found.best
    far = np.hypot(*best.shift_px) >= _FAR_PX or abs(best.turn_deg) >= _FAR_DEG
    parts = set(region_of(first.field.shape[0])[first.landmarks[best.seen]].tolist())
    together = len(parts) >= _FEWEST_PARTS and best.seen_share >= SURE_SHARE
    return bool(far) and together and best.fit > max(SEEN, found.in_place.fit + _BETTER)
