"""A composed pavement: somebody sets up a table, chairs and a parasol, stays with them, and clears it all away."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from deploy.demo.composed.cutouts import CUTS, cut_out
from deploy.demo.composed.encoding import kept_clip, write_pieces
from deploy.demo.composed.furniture import furniture
from deploy.demo.composed.laying import Layer
from deploy.demo.composed.painting import ASPHALT, KERB, PAVEMENT, near, rough, street_of
from deploy.demo.composed.parts import Figure, Part, placed
from deploy.demo.composed.view import VIEW_OF_PAVEMENT
from deploy.demo.footage import film_pictures
from domain.geometry import ImageBgr

STALL_CLIP = "stall.mp4"
PICTURES_PER_SECOND = 5
KERB_M = -2.6  # right of it lies the pavement
SET_UP_S, STANDS_S, CLEARED_S, EMPTY_S = 24, 4, 24, 4  # what is composed, one after the other ...
STANDING_TIMES = 30  # where nothing else is shown
STANDS_TIMES, EMPTY_TIMES = 210, 60  # ... and how often the two in which nothing happens are shown

_COMES_S = 8.0
_END_S = SET_UP_S + STANDS_S + CLEARED_S
_SLAB_M, _JOINT_M = 1.0, 0.02
_MARK_PX = (slice(4, 20), slice(4, 20))
_SLAB: tuple[int, int, int] = (134, 142, 148)


def _stands(figure: Figure, right_m: float, ahead_m: float, order: int) -> Part:
    """A thing that is set down in its turn, and taken away in it."""
    return Part(figure=figure, way=((14.0 + order, right_m, ahead_m), (_END_S - 14.0 - order, right_m, ahead_m)))


PARTS = (
    Part(
        figure=Figure.MAN,
        way=((_COMES_S, -6.4, 12.2), (13.0, 1.0, 12.2), (_END_S - 8.0, 1.0, 12.2), (_END_S - 2.0, -6.4, 12.2)),
    ),
    _stands(Figure.TABLE, 2.4, 12.6, 0),
    _stands(Figure.PARASOL, 2.4, 13.0, 1),
    _stands(Figure.CHAIR, 1.9, 11.2, 2),
    _stands(Figure.CHAIR, 2.7, 11.1, 3),
    _stands(Figure.CHAIR, 3.5, 12.2, 4),
    _stands(Figure.CHAIR, 4.2, 11.4, 5),
)


def write_stall(path: Path, *, stands_times: int = STANDS_TIMES, empty_times: int = EMPTY_TIMES) -> None:
    """Compose and encode the pavement's clip.

    Args:
        path: of the clip.
        stands_times: how often the seconds in which the stall stands are shown.
        empty_times: how often those in which the pavement is empty.
    """
    stall = Stall(film_pictures())
    lengths_s = (SET_UP_S, STANDS_S, CLEARED_S, EMPTY_S)
    times = (1, stands_times, 1, empty_times)
    begins_s = np.cumsum((0, *lengths_s))
    pieces = [
        (stall.pictures(begin_s, length_s), shown)
        for begin_s, length_s, shown in zip(begins_s, lengths_s, times, strict=False)
    ]
    write_pieces(path, pieces, pictures_per_second=PICTURES_PER_SECOND)


def write_standing(path: Path) -> None:
    """Compose and encode a clip on which the stall stands all the time.

    Args:
        path: of the clip.
    """
    pictures = Stall(film_pictures()).pictures(SET_UP_S, STANDS_S)
    write_pieces(path, [(pictures, STANDING_TIMES)], pictures_per_second=PICTURES_PER_SECOND)


def empty_pictures(clip: Path) -> list[ImageBgr]:
    """The pictures at a clip's beginning, one a second, on which nobody is yet."""
    with av.open(str(clip)) as opened:
        first = islice(opened.decode(video=0), 0, round(_COMES_S) * PICTURES_PER_SECOND, PICTURES_PER_SECOND)
        return [np.asarray(picture.to_ndarray(format="bgr24"), np.uint8) for picture in first]


def stall_clip(folder: Path) -> Path:
    """The pavement's clip as kept in a folder, or made anew."""
    return kept_clip(folder, "stall", write_stall)


def standing_clip(folder: Path) -> Path:
    """The clip on which the stall stands all the time, as kept in a folder, or made anew."""
    return kept_clip(folder, "standing", write_standing)


class Stall:
    """Composes pictures of the pavement.

    Args:
        film: pictures of the film that the man and the houses are cut out of.
    """

    def __init__(self, film: Sequence[ImageBgr]) -> None:
        self._street = street_of(film, _ground(round(VIEW_OF_PAVEMENT.horizon_px)))
        drawn = {part.figure for part in PARTS} - set(CUTS)
        cutouts = {Figure.MAN: cut_out(film, CUTS[Figure.MAN])} | {figure: furniture(figure) for figure in drawn}
        self._layer = Layer(VIEW_OF_PAVEMENT, cutouts)

    def picture(self, second: float) -> ImageBgr:
        """The pavement at a second, without the repetitions."""
        return self._layer.lay(self._street, placed(PARTS, (second,)))

    def pictures(self, begin_s: float, length_s: float) -> Iterator[ImageBgr]:
        """All pictures of some seconds, with a mark that changes from one to the next, as a camera's clock does."""
        for number in range(round(length_s * PICTURES_PER_SECOND)):
            picture = self.picture(begin_s + number / PICTURES_PER_SECOND)
            picture[_MARK_PX] ^= np.uint8(8 * (number % 4))
            yield picture


def _ground(horizon: int) -> NDArray[np.float32]:
    right, ahead = VIEW_OF_PAVEMENT.ground_m(horizon)
    pavement = right > KERB_M
    ground = np.where(pavement[..., None], PAVEMENT, ASPHALT).astype(np.float32)
    joints = (right % _SLAB_M < _JOINT_M * 2) | (ahead % _SLAB_M < _JOINT_M * 3)
    ground[pavement & joints & (ahead < 30)] = _SLAB  # noqa: PLR2004 - farther away they would flicker
    ground[near(right, (KERB_M,), 0.12)] = KERB
    return rough(ground)
