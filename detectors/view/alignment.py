"""Where what stands still is in a picture now: one shift and one turn that fit most landmarks."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.view.glance import CELL_PX, cell_centres_px, halved
from detectors.view.reference import Reference
from domain.geometry import Float32Array, Float64Array, Int64Array

SEEN: Final = 0.4
"""A landmark that fits so well, 1 being as usual, is seen."""
TOLERATED_SHIFT_PX: Final = 1.5
"""Of the small picture (0.5 % of its width): a mast sways."""
TOLERATED_TURN_DEG: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Range:
    """The poses that are tried."""

    reach_px: int  # of shifts in each direction, in the pictures compared
    turns_deg: tuple[float, ...]
    scale: float  # pixels of the small picture in one of the pictures compared


_NEAR: Final = _Range(4, tuple(step * 0.25 for step in range(-6, 7)), 1.0)
_FAR: Final = _Range(14, tuple(step * 0.5 for step in range(-16, 17)), 2.0)


class HasField(Protocol):
    """What can be aligned: a glance, or a reference with an earlier one."""

    @property
    def field(self) -> Float32Array:
        """(h, WIDTH_PX, 2)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pose:
    """A shift and turn of the picture, and how well it fits."""

    shift_px: tuple[float, float]  # of the small picture
    turn_deg: float  # clockwise on the screen
    fit: float  # mean over the landmarks, 1 being as usual
    seen: NDArray[np.bool_]  # (landmarks,): which are there

    @property
    def seen_share(self) -> float:
        """Share of the landmarks that are seen."""
        return float(self.seen.mean()) if len(self.seen) else 0.0

    @property
    def tolerated(self) -> bool:
        """Whether drawn lines bear it."""
        return bool(np.hypot(*self.shift_px) <= TOLERATED_SHIFT_PX and abs(self.turn_deg) <= TOLERATED_TURN_DEG)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alignment:
    """The best pose of all, and the best of those that drawn lines bear."""

    best: Pose
    in_place: Pose
    at_limit: bool  # whether the best lies where the poses tried end


def align_near(reference: Reference, now: HasField) -> Alignment:
    """Poses of up to 1.2 % of the width and 1.5 degrees; cheap."""
    centres = cell_centres_px(reference.field.shape[0])[reference.landmarks]
    return _align((reference.field, now.field), centres, CELL_PX, _NEAR)


def align_far(reference: Reference, now: HasField) -> Alignment:
    """Poses of up to 9 % of the width and 8 degrees; six times as dear."""
    centres = cell_centres_px(reference.field.shape[0])[reference.landmarks] // 2
    return _align((halved(reference.field), halved(now.field)), centres, CELL_PX // 2, _FAR)


def _align(
    usual_and_now: tuple[Float32Array, Float32Array], centres_px: Int64Array, side_px: int, tried: _Range
) -> Alignment:
    usual, now = usual_and_now
    reach_px, turns_deg, scale = tried.reach_px, tried.turns_deg, tried.scale
    fits = _fits(usual, now, centres_px, side_px, reach_px)
    middle = (now.shape[1] / 2, now.shape[0] / 2)
    rows, columns = _places(_key(centres_px), middle, reach_px, turns_deg)
    which = np.arange(len(centres_px))[None, :, None, None]
    at_poses = fits[which, rows, columns]  # (turns, landmarks, 2 reach + 1, 2 reach + 1)
    scores = at_poses.mean(axis=1)
    shifts = np.arange(-reach_px, reach_px + 1) * scale
    bears = (
        (np.hypot(shifts[:, None], shifts[None, :]) <= max(TOLERATED_SHIFT_PX, scale))[None]
        & (np.abs(np.array(turns_deg)) <= TOLERATED_TURN_DEG)[:, None, None]
    )  # fmt: skip

    def pose(flat: int) -> Pose:
        turn, row, column = np.unravel_index(flat, scores.shape)
        return Pose(
            shift_px=(float(shifts[column]), float(shifts[row])),
            turn_deg=float(turns_deg[turn]),
            fit=float(scores[turn, row, column]),
            seen=at_poses[turn, :, row, column] >= SEEN,
        )

    best, in_place = pose(int(scores.argmax())), pose(int(np.where(bears, scores, -1.0).argmax()))
    at_limit = max(map(abs, best.shift_px)) >= reach_px * scale or abs(best.turn_deg) >= max(turns_deg)
    return Alignment(best=best, in_place=in_place, at_limit=at_limit)


def _fits(usual: Float32Array, now: Float32Array, centres_px: Int64Array, side_px: int, reach_px: int) -> Float64Array:
    """How well every landmark fits at every shift: (n, 2 reach + 3, 2 reach + 3), its outermost ring 0."""
    half, around = side_px // 2, 2 * reach_px + 1
    wide = cv2.copyMakeBorder(now, reach_px, reach_px, reach_px, reach_px, cv2.BORDER_CONSTANT, value=(0, 0))
    fits = np.zeros((len(centres_px), around + 2, around + 2))
    for number, (x, y) in enumerate(centres_px.tolist()):
        mark = usual[y - half : y + half, x - half : x + half]
        window = wide[y - half : y + half + 2 * reach_px, x - half : x + half + 2 * reach_px]
        fits[number, 1:-1, 1:-1] = cv2.matchTemplate(window, mark, cv2.TM_CCORR) / float(np.square(mark).sum())
    return np.minimum(fits, 1.0)


def _key(centres_px: Int64Array) -> tuple[tuple[int, int], ...]:
    return tuple((x, y) for x, y in centres_px.tolist())


@lru_cache(maxsize=64)
def _places(
    centres_px: tuple[tuple[int, int], ...],
    middle_px: tuple[float, float],
    reach_px: int,
    turns_deg: tuple[float, ...],
) -> tuple[Int64Array, Int64Array]:
    """Where in ``_fits`` each landmark lies at each pose: rows and columns, (turns, n, shifts, shifts)."""
    turns = np.deg2rad(np.array(turns_deg))[:, None]
    offset = np.array(centres_px, np.float64).reshape(-1, 2) - middle_px
    across = np.cos(turns) * offset[:, 0] - np.sin(turns) * offset[:, 1] - offset[:, 0]
    down = np.sin(turns) * offset[:, 0] + np.cos(turns) * offset[:, 1] - offset[:, 1]
    steps = np.arange(-reach_px, reach_px + 1)
    ring = 2 * reach_px + 2
    rows = np.clip(np.rint(down)[:, :, None, None] + steps[:, None] + reach_px + 1, 0, ring).astype(np.int64)
    columns = np.clip(np.rint(across)[:, :, None, None] + steps[None, :] + reach_px + 1, 0, ring).astype(np.int64)
    shape = np.broadcast_shapes(rows.shape, columns.shape)
    return np.broadcast_to(rows, shape), np.broadcast_to(columns, shape)
