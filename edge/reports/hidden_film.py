"""A copy of a whole video on which every head and every plate is hidden, made from what was seen in its pictures."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from domain.errors import EvidenceError
from domain.geometry import BoxPx, ImageBgr
from domain.seen.hidden_regions import hidden_regions
from edge.evidence.redaction.blurred_clip import BlurredClip
from edge.evidence.redaction.blurring import blurred
from edge.evidence.seen_rows import OverlayTrack
from edge.reports.stills import DecodedStill

Thing = tuple[str, BoxPx]
"""What something is, and where."""
LOOKED_BACK: Final = 25  # pictures: five seconds; what stands in a place before and after a gap stood there in it
_SAME_PLACE: Final = 0.5  # of what both boxes cover together


@dataclass(slots=True, eq=False)
class _Waiting:
    """A picture that is not yet drawn."""

    still: DecodedStill
    seen: Sequence[Thing]
    also: list[Thing] = field(default_factory=list)  # seen before or after


def hidden_film(pictures: Iterable[DecodedStill], things: Callable[[ImageBgr], Sequence[Thing]]) -> bytes | None:
    """Hide in each picture what was seen in it, in the one before and the one after, and what stood there in between.

    Args:
        pictures: in order of time.
        things: what is seen in one.

    Returns:
        MP4; None: there was no picture.

    Raises:
        EvidenceError: it cannot be encoded, or its pictures are not all of one size: a copy of some is none of it.
    """
    film, waiting = BlurredClip(), deque[_Waiting]()
    for still in pictures:
        if waiting and still.image_bgr.shape != waiting[-1].still.image_bgr.shape:
            raise EvidenceError("the pictures of the film are not all of one size")
        now = _Waiting(still, things(still.image_bgr))
        _fill(waiting, now)
        waiting.append(now)
        if len(waiting) > LOOKED_BACK:
            _draw(film, waiting.popleft())
    for each in waiting:
        _draw(film, each)
    return film.finish()


def tracks_of(seen: Iterable[Thing]) -> list[OverlayTrack]:
    """Things by themselves, none the subject of anything."""
    return [
        OverlayTrack(track_id=place, label=label, box_xyxy_px=box, observed=True)
        for place, (label, box) in enumerate(seen)
    ]


def _fill(waiting: Sequence[_Waiting], now: _Waiting) -> None:
    """What is seen now is hidden in the picture before too, and back to where it was last seen in the same place."""
    if not waiting:
        return
    waiting[-1].also += now.seen
    now.also += waiting[-1].seen
    for thing in now.seen:
        for back in range(len(waiting) - 1, -1, -1):
            if any(_is_same(thing, other) for other in waiting[back].seen):
                for between in range(back + 1, len(waiting)):
                    waiting[between].also.append(thing)
                break


def _is_same(one: Thing, other: Thing) -> bool:
    (label, a), (other_label, b) = one, other
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if label != other_label or across <= 0 or down <= 0:
        return False
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - across * down
    return across * down >= _SAME_PLACE * both


def _draw(film: BlurredClip, each: _Waiting) -> None:
    regions = hidden_regions(tracks_of((*each.seen, *each.also)), ())
    film.add(blurred(each.still.image_bgr, regions), each.still.offset_s)
