"""A scene's new sightings as columns: what is asked of everybody is worked out for all at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from domain.geometry import Float64Array, Mask
from rules.facts.contact import Contact
from rules.facts.road_user import RoadUser

Rows = NDArray[np.intp]
_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """N sightings that became ripe with one scene, one of each road user at most."""

    users: Sequence[RoadUser]
    contacts: Sequence[Contact]
    before: Sequence[Contact | None]  # the sighting before each of them in its leg; None: it begins one
    rows: Rows  # (N,) of the users in whatever is kept of them as columns; a row is used again when its user is gone
    begins: Mask  # (N,) whether it begins a leg
    boxes_xyxy_px: Float64Array  # (N, 4) as detected
    steady_xyxy_px: Float64Array  # (N, 4)
    points_px: Float64Array  # (N, 2) the middle of the steady lower edge
    widths_px: Float64Array  # (N,) of the steady bounding box, never 0
    heights_px: Float64Array  # (N,)


def with_rows(columns: NDArray[_Scalar], rows: Rows) -> NDArray[_Scalar]:
    """Columns (R, ...) that are long enough for some rows; what is added is zero.

    Examples:
        >>> with_rows(np.ones((2, 1)), np.array([0, 2])).tolist()[:4]
        [[1.0], [1.0], [0.0], [0.0]]
    """
    missing = int(rows.max(initial=-1)) + 1 - len(columns)
    if missing <= 0:
        return columns
    return np.concatenate((columns, np.zeros((max(missing, len(columns)), *columns.shape[1:]), columns.dtype)))
