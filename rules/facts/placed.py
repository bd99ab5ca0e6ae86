"""A scene's new sightings as columns: what is asked of everybody is worked out for all at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.geometry import Float64Array, Int64Array, Mask
from rules.facts.contact import Contact
from rules.facts.road_user import RoadUser
from rules.kit.rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """N sightings that became ripe with one scene, one of each road user at most."""

    users: Sequence[RoadUser]
    contacts: Sequence[Contact]
    before: Sequence[Contact | None]  # the sighting before each of them in its leg; None: it begins one
    rows: Rows  # (N,) of the users in whatever is kept of them as columns
    room: int  # so many rows are in use, or were
    begins: Mask  # (N,) whether it begins a leg
    at_us: Int64Array  # (N,) when they were seen
    boxes_xyxy_px: Float64Array  # (N, 4) as detected
    steady_xyxy_px: Float64Array  # (N, 4)
    points_px: Float64Array  # (N, 2) the middle of the steady lower edge
    ground: Float64Array  # (N, 2) the same on the ground plane
    widths_px: Float64Array  # (N,) of the steady bounding box, never 0
    heights_px: Float64Array  # (N,)
    jitters: Float64Array  # (N,) how far the user's boxes shake about their medians by now, in heights of the box
