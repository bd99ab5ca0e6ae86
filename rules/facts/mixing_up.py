"""Whether two of one kind lay so on each other in the picture that nobody can say which of them drove on."""

from collections.abc import Collection, Iterable, Sequence

from domain.geometry import box_iou
from rules.facts.contact import Contact
from rules.facts.road_user import RoadUser
from rules.facts.succession import is_of_its_kind

_COVERS_IOU = 0.5
_AREA_RATIO = 1.15  # who is bigger by more is told apart by his size


def may_be_mixed_up(
    way: Sequence[Contact], user: RoadUser, own_ids: Collection[int], users: Iterable[RoadUser]
) -> bool:
    """Whether this way may be one vehicle's at first and another's at last: side by side their tracks may swap.

    Args:
        way: of the vehicle, oldest first.
        user: under its newest track.
        own_ids: of all the tracks that it had.
        users: everybody who is known in the scene.
    """
    by_instant = {contact.at: contact for contact in way}
    return any(
        own is not None and _is_like_it(own, other)
        for another in users
        if another.track.track_id not in own_ids and is_of_its_kind(another, user)
        for other in another.way
        for own in (by_instant.get(other.at),)
    )


def _is_like_it(own: Contact, other: Contact) -> bool:
    ratio = own.width_px * own.height_px / (other.width_px * other.height_px)
    alike = 1 / _AREA_RATIO <= ratio <= _AREA_RATIO
    return alike and box_iou(own.steady_xyxy_px, other.steady_xyxy_px) >= _COVERS_IOU
