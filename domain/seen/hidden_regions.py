"""What of a picture is hidden in a working copy: heads of everybody, and where others' vehicles carry plates. Pure."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final, Protocol

from domain.geometry import BoxPx

PLATE: Final = "plate"
"""The label of a plate that was seen by itself, whatever carries it."""
_TWO_WHEELS: Final = frozenset({"motorcycle", "bicycle"})
_FOUR_WHEELS: Final = frozenset({"car", "bus", "truck"})
_HEAD_OF_HEIGHT, _HEAD_OF_WIDTH = 0.34, 0.9  # from the top, the larger: a head is a seventh of who stands, nearly
# all of who is cut off below it; it is never much higher than the box is wide
_ABOVE: Final = 0.08  # of the height: boxes end at the hair line
_RIDER_ABOVE, _RIDER_BELOW = (
    0.45,
    0.30,
)  # of a two-wheeler's height: where its rider's head is, box with rider or without
_GLASS: Final = 0.50  # of a car's height from the top: who sits behind the windscreen
_PLATE_FROM: Final = 0.35  # of a vehicle's height from the top: below are its plates, front and rear
_SADDLE, _UNDER = 0.60, 0.25  # of a person's height, from the top and below the feet: the plate of a missed two-wheeler
_FRAME: Final = 0.15  # of a plate's width and height: its box may cut its edge
_MOSTLY: Final = 0.5
_GROWN_BY: Final = 0.04  # of width and height at each side
_MIN_HEAD_PX: Final = 24  # people of less height have no face that could be known (a head of 4 px)
_MIN_PLATE_WIDTH_PX: Final = 20  # of a vehicle: its plate has less than 6 px


class Seen(Protocol):
    """Something that was seen in a picture."""

    @property
    def track_id(self) -> int:
        """Of its track."""
        ...

    @property
    def label(self) -> str:
        """What it is."""
        ...

    @property
    def box_xyxy_px(self) -> BoxPx:
        """Where it is, in pixels of the picture."""
        ...


def hidden_regions(tracks: Sequence[Seen], subject_ids: Collection[int]) -> tuple[BoxPx, ...]:
    """Where a picture must be blurred.

    Args:
        tracks: everything that was seen in it, in pixels of the picture.
        subject_ids: tracks of the case's subject, whose plate stays to be seen; heads are hidden on it too.

    Examples:
        >>> from types import SimpleNamespace
        >>> car = SimpleNamespace(track_id=1, label="car", box_xyxy_px=(0, 0, 100, 100))
        >>> len(hidden_regions([car], ())), len(hidden_regions([car], {1}))
        (2, 1)
    """
    return tuple(hidden_by_name(tracks, subject_ids).values())


def hidden_by_name(tracks: Sequence[Seen], subject_ids: Collection[int]) -> dict[str, BoxPx]:
    """The same by names that a region keeps from picture to picture: its track, and which of the track's it is."""
    subjects = [track.box_xyxy_px for track in tracks if track.track_id in subject_ids]
    return {
        f"{track.track_id}:{number}": region
        for track in tracks
        for number, region in enumerate(
            _regions(track, is_subject=any(_overlaps(track.box_xyxy_px, box) for box in subjects))
        )
    }


def _overlaps(box: BoxPx, subject: BoxPx) -> bool:
    """Whether most of a box lies over the subject: the subject itself, or who sits on it."""
    across = min(box[2], subject[2]) - max(box[0], subject[0])
    down = min(box[3], subject[3]) - max(box[1], subject[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return across > 0 and down > 0 and across * down > _MOSTLY * area


def _regions(track: Seen, *, is_subject: bool) -> Iterator[BoxPx]:
    left, top, right, bottom = track.box_xyxy_px
    height, width = bottom - top, right - left
    side = _GROWN_BY * width
    if track.label == PLATE and not is_subject:
        yield (left - _FRAME * width, top - _FRAME * height, right + _FRAME * width, bottom + _FRAME * height)
    if track.label == "person" and height >= _MIN_HEAD_PX:
        head = min(height, max(_HEAD_OF_HEIGHT * height, _HEAD_OF_WIDTH * width))
        yield (left - side, top - _ABOVE * height, right + side, top + head)
        if not is_subject:
            yield (left - side, top + _SADDLE * height, right + side, bottom + _UNDER * height)
    if track.label in _TWO_WHEELS and height >= _MIN_HEAD_PX:
        yield (left - side, top - _RIDER_ABOVE * height, right + side, top + _RIDER_BELOW * height)
    if track.label in _FOUR_WHEELS and height >= 2 * _MIN_HEAD_PX:
        yield (left, top, right, top + _GLASS * height)
    if track.label in _TWO_WHEELS | _FOUR_WHEELS and width >= _MIN_PLATE_WIDTH_PX and not is_subject:
        yield (left - side, top + _PLATE_FROM * height, right + side, bottom + _GROWN_BY * height)
