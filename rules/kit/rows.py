"""What is kept of every road user as columns: a row each, used again when its user is gone."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from domain.geometry import Float64Array

Rows = NDArray[np.intp]
_Scalar = TypeVar("_Scalar", bound=np.generic)


def with_rows(columns: NDArray[_Scalar], room: int) -> NDArray[_Scalar]:
    """Columns (R, ...) with room for so many rows; what is added is zero.

    Examples:
        >>> with_rows(np.ones((2, 1)), 3).tolist()[:4]
        [[1.0], [1.0], [0.0], [0.0]]
    """
    missing = room - len(columns)
    if missing <= 0:
        return columns
    return np.concatenate((columns, np.zeros((max(missing, len(columns)), *columns.shape[1:]), columns.dtype)))


def room_for(rows: Rows) -> int:
    """How many rows there must be for these, of which there may be none."""
    return int(rows.max(initial=-1)) + 1


class NewestMedians:
    """The median of the newest values of every row.

    Args:
        kept: so many of each.
    """

    def __init__(self, kept: int) -> None:
        self._values = np.zeros((0, kept))  # infinite where there is none
        self._count = np.zeros(0, np.intp)  # of all that ever were

    def begin(self, rows: Rows) -> None:
        """Nothing is known of these."""
        room = room_for(rows)
        self._values, self._count = with_rows(self._values, room), with_rows(self._count, room)
        self._values[rows] = np.inf
        self._count[rows] = 0

    def hand_over(self, before: int, after: int) -> None:
        """What is known of a row is of another from now on, which was begun."""
        self._values[after], self._count[after] = self._values[before], self._count[before]

    def add(self, rows: Rows, values: Float64Array) -> None:
        """One more value of each of N rows."""
        self._values[rows, self._count[rows] % self._values.shape[1]] = values
        self._count[rows] += 1

    def of(self, rows: Rows) -> Float64Array:
        """(N,) the medians; 0 where nothing is known.

        Examples:
            >>> medians, rows = NewestMedians(3), np.array([0, 2])
            >>> medians.begin(rows)
            >>> for value in (1.0, 9.0, 4.0, 5.0):
            ...     medians.add(rows[:1], np.array([value]))
            >>> medians.of(rows).tolist()
            [5.0, 0.0]
        """
        kept = np.minimum(self._count[rows], self._values.shape[1])
        ordered = np.sort(self._values[rows], axis=1)
        each = np.arange(len(rows))
        middle = (ordered[each, (kept - 1) // 2] + ordered[each, kept // 2]) / 2
        medians: Float64Array = np.where(kept > 0, middle, 0.0)
        return medians
