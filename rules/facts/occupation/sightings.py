"""What one scene shows of a zone's things, ground and people, in shares of the picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.geometry import BoxPx, SizeWh
from domain.seen.looks import SurfaceChange
from domain.seen.scene import Scene
from domain.seen.track import Track
from rules.facts.occupation.occupation import BoxNorm, Occupation, are_near, union
from rules.kit.stays.standing import hidden_share, standing_points

_UNSEEN_SHARE = 0.7  # of a changed ground behind people and vehicles: it is as it was last seen, not as it is
_OF_VEHICLE_SHARE = 0.4  # of a changed ground under a vehicle: the vehicle is what changed it
_STILL_SIZES = 0.25
_STANDS_S = 3.0
_STANDS_GAP_S = 2.0
_NEAR_SIZES = 0.6  # of the place: whoever stands so near stands by it


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing, or one changed part of the ground, in one scene."""

    box_norm: BoxNorm
    label: str
    share_of_zone: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Who else is there, in shares of the picture."""

    people: Sequence[BoxNorm]  # who stand
    hiding: Sequence[BoxNorm]  # all people and vehicles
    vehicles: Sequence[BoxNorm]
    standing_vehicles: Sequence[BoxNorm]


def around_of(scene: Scene) -> Around:
    """Who is there."""
    seen = [track for track in scene.tracks if track.observed]
    people = [track for track in seen if track.label == "person"]
    vehicles = [track for track in seen if track.vehicle_kind is not None]

    def boxes(tracks: Iterable[Track]) -> list[BoxNorm]:
        return sorted(norm_of(track.newest.box_xyxy_px, scene.resolution_wh) for track in tracks)

    return Around(
        people=boxes(track for track in people if stands(track)),
        hiding=boxes([*people, *vehicles]),
        vehicles=boxes(vehicles),
        standing_vehicles=boxes(track for track in vehicles if stands(track)),
    )


def stands(track: Track) -> bool:
    """Whether it keeps its place now."""
    return bool(standing_points(track, after=None, radius_sizes=_STILL_SIZES, least_s=_STANDS_S, gap_s=_STANDS_GAP_S))


def norm_of(box: BoxPx, resolution_wh: SizeWh) -> BoxNorm:
    """Pixels to shares of the picture's sides."""
    width_px, height_px = resolution_wh
    return (box[0] / width_px, box[1] / height_px, box[2] / width_px, box[3] / height_px)


def is_doubtful(change: SurfaceChange, box: BoxNorm, around: Around) -> bool:
    """Whether a vehicle may be all that changed the ground, or too little of it was seen just now."""
    if hidden_share(box, around.vehicles) >= _OF_VEHICLE_SHARE:
        return True
    return change.covered and hidden_share(box, around.hiding) >= _UNSEEN_SHARE


def groups_of(items: Sequence[Item]) -> list[list[Item]]:
    """Items that lie near one another, directly or through others."""
    groups: list[list[Item]] = []
    for item in items:
        touching = [group for group in groups if any(are_near(item.box_norm, other.box_norm) for other in group)]
        groups = [group for group in groups if group not in touching]
        groups.append([*(other for group in touching for other in group), item])
    return groups


def around_all(items: Sequence[Item]) -> BoxNorm:
    """The box around all of them."""
    box = items[0].box_norm
    for item in items[1:]:
        box = union(box, item.box_norm)
    return box


def is_attended(occupation: Occupation, around: Around) -> bool:
    """Whether somebody stands by the place."""
    x1, y1, x2, y2 = occupation.place_norm
    wide, tall = _NEAR_SIZES * (x2 - x1), _NEAR_SIZES * (y2 - y1)
    return any(
        x1 - wide <= (left + right) / 2 <= x2 + wide and y1 - tall <= bottom <= y2 + tall
        for left, _, right, bottom in around.people
    )
