"""Whether a camera, or what stands before it, sends one and the same picture again and again."""

from datetime import datetime
from typing import Final

import numpy as np

from domain.geometry import ImageBgr
from domain.instants import seconds_between
from domain.seen.view import FROZEN_AFTER_S

LONGEST_GAP_S: Final = 10.0
"""After so long without a picture nothing is known of the time between."""

_SAMPLED_ROWS: Final = 16  # one in so many is compared first: a sensor's noise is in all of them


class Repetition:
    """Compares every picture with the one before; keeps that one.

    A codec may leave a still scene as it is until its next keyframe, but no sensor gives the same picture twice.
    """

    def __init__(self) -> None:
        self.frozen = False
        self.repeated = False  # the newest picture is the same as the one before
        self._last_bgr: ImageBgr | None = None
        self._last_at: datetime | None = None
        self._since: datetime | None = None  # the first of those that are the same was captured then

    def note(self, at: datetime, image_bgr: ImageBgr) -> bool:
        """Take in a picture.

        Args:
            at: when it was captured, UTC. Where none came for long, or the clock was set, the span begins anew.
            image_bgr: kept and not written to.

        Returns:
            Whether pictures have been the same to the bit for ``FROZEN_AFTER_S``; only another picture ends it.
        """
        self.repeated = self._last_bgr is not None and _is_same(self._last_bgr, image_bgr)
        follows = self._last_at is not None and 0 <= seconds_between(self._last_at, at) <= LONGEST_GAP_S
        if not self.repeated or not follows or self._since is None:
            self._since = at
        self._last_at, self._last_bgr = at, image_bgr
        self.frozen = self.repeated and (self.frozen or seconds_between(self._since, at) >= FROZEN_AFTER_S)
        return self.frozen


def _is_same(one: ImageBgr, other: ImageBgr) -> bool:
    if one is other:
        return True
    return np.array_equal(one[::_SAMPLED_ROWS], other[::_SAMPLED_ROWS]) and np.array_equal(one, other)
