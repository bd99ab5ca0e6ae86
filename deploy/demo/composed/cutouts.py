"""Vehicles and a man cut out of the film, as pictures with an alpha channel that stand on their lower edge."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.demo.composed.parts import Figure
from domain.geometry import ImageBgr

Outline = tuple[tuple[float, float], ...]
_FEATHER_PX = 1.2
_SHADOW = 0.55
_ENLARGED = 2  # so that outlines and scaled pictures are smooth


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where something is in the film, and how large it really is. Points are pixels of the film's picture."""

    frame: int
    outline: Outline
    size_m: tuple[float, float]  # width, height
    covered_by: Outline = ()  # a railing before it: filled in from what lies above and below
    mirrored: bool = False  # the outline is the left half of something symmetrical; its last point lies on the axis
    roof_bgr: tuple[int, int, int] | None = None  # painted along the upper edge where the railing hides all of it


CUTS: dict[Figure, Cut] = {
    Figure.BLACK_CAR: Cut(
        frame=167,
        outline=(
            (374, 98), (363, 98.5), (358, 103), (350, 112), (341.5, 117), (338.5, 125), (338, 137), (338.5, 148),
            (340, 157), (344, 166), (354, 165), (356, 160), (374, 160),
        ),
        size_m=(1.85, 1.45),
        covered_by=((336, 102.5), (376, 104), (376, 118.5), (336, 116.5)),
        mirrored=True,
    ),
    Figure.GREEN_CAR: Cut(
        frame=181,
        outline=(
            (559, 99.5), (546, 100), (541, 102.5), (535, 111.5), (531.5, 117.5), (528.5, 124), (526.5, 138), (526, 148),
            (526.5, 156.5), (533, 158), (536, 154), (559, 153),
        ),
        size_m=(1.75, 1.5),
        covered_by=((520, 115), (562, 117.5), (562, 128), (520, 125)),
        mirrored=True,
    ),
    Figure.WHITE_CAR: Cut(
        frame=166,
        outline=(
            (110, 94), (98, 94.5), (92, 100), (86, 112), (78, 121), (76, 130), (77, 141), (82, 149), (83, 157),
            (85.5, 165), (91, 168.5), (98, 166.5), (101, 158.5), (110, 157),
        ),
        size_m=(1.7, 1.45),
        covered_by=((70, 80), (115, 80), (115, 105.5), (70, 102)),
        mirrored=True,
        roof_bgr=(196, 203, 203),
    ),
    Figure.MAN: Cut(
        frame=132,
        outline=(
            (413, 0), (437, 0), (441, 10), (440, 22), (436, 27), (435, 38), (432, 44), (451, 50), (460, 56), (470, 67),
            (477, 85), (481, 105), (480, 128), (478, 143), (485, 150), (488, 160), (485, 170), (482, 180), (475, 196),
            (468, 206), (464, 222), (452, 226), (450, 216), (458, 205), (464, 188), (466, 170), (448, 160), (441, 152),
            (443, 170), (439, 178), (437, 200), (431, 230), (427, 250), (434, 262), (434, 270), (414, 270), (414, 255),
            (416, 240), (412, 215), (411, 200), (413, 185), (409, 180), (404, 162), (402, 140), (400, 122), (397, 108),
            (393, 96), (375, 105), (352, 105), (352, 95), (376, 92), (387, 78), (385, 68), (391, 54), (402, 44),
            (410, 40), (413, 30), (408, 18), (409, 6),
        ),
        size_m=(1.05, 1.75),
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Cutout:
    """Something to be laid over a picture: colours multiplied by their alpha, in [0, 255] and [0, 1]."""

    colour: NDArray[np.float32]  # (h, w, 3)
    alpha: NDArray[np.float32]  # (h, w)
    size_m: tuple[float, float]  # of the whole picture, shadow and margin included
    foot_m: float  # how far above its lower edge it touches the ground


def cut_out(film: Sequence[ImageBgr], cut: Cut) -> Cutout:
    """Cut something out of the film.

    Args:
        film: its pictures; not written to.
        cut: what to take.
    """
    outline = np.array(cut.outline)
    left, top = np.floor(outline.min(axis=0)).astype(int) - 2
    right, bottom = np.ceil(outline.max(axis=0)).astype(int) + 2
    top = max(top, 0)
    piece = film[cut.frame][top:bottom, left:right].astype(np.float32)
    inside = _mask(outline - (left, top), piece.shape[:2])
    if cut.covered_by:
        piece = _filled(piece, inside > 0, _mask(np.array(cut.covered_by) - (left, top), piece.shape[:2]) > 0)
    if cut.roof_bgr is not None:
        points = np.array([point for point in cut.outline if point[1] < outline[:, 1].min() + 8]) - (left, top)
        cv2.polylines(
            piece, [np.round(points * 8).astype(np.int32)], isClosed=False, color=cut.roof_bgr, thickness=3, shift=3
        )
    large_wh = (piece.shape[1] * _ENLARGED, piece.shape[0] * _ENLARGED)
    piece = np.asarray(cv2.resize(piece, large_wh, interpolation=cv2.INTER_CUBIC), np.float32)
    alpha = _mask((outline - (left, top)) * _ENLARGED, piece.shape[:2])
    if cut.mirrored:
        axis = round((cut.outline[-1][0] - left) * _ENLARGED)
        piece, alpha = (np.concatenate([part[:, :axis], part[:, axis - 1 :: -1]], axis=1) for part in (piece, alpha))
    return standing(piece.clip(0, 255), alpha, cut.size_m)


def standing(piece: NDArray[np.float32], alpha: NDArray[np.float32], size_m: tuple[float, float]) -> Cutout:
    """A piece with its shadow on the ground, and what its picture measures in metres.

    Args:
        piece: (h, w, 3).
        alpha: (h, w), 1 where it covers what is behind.
        size_m: width and height of what is covered.
    """
    rows, columns = np.nonzero(alpha > 0.5)  # noqa: PLR2004 - half covered
    height_px, width_px = rows.max() + 1 - rows.min(), columns.max() + 1 - columns.min()
    piece = piece[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    alpha = alpha[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    side_px, below_px = width_px // 8, height_px // 16
    piece, alpha = (
        np.pad(part, [(2, below_px), (side_px, side_px), (0, 0)][: part.ndim], mode="constant")
        for part in (piece, alpha)
    )
    shadow = np.zeros_like(alpha)
    middle = (alpha.shape[1] // 2, alpha.shape[0] - below_px - height_px // 40)
    cv2.ellipse(shadow, middle, (width_px // 2, height_px // 14), 0, 0, 360, _SHADOW, -1, cv2.LINE_AA)
    shadow = np.asarray(cv2.GaussianBlur(shadow, (0, 0), height_px / 40), np.float32)
    return Cutout(
        colour=piece * alpha[..., None],
        alpha=alpha + shadow * (1 - alpha),
        size_m=(size_m[0] * alpha.shape[1] / width_px, size_m[1] * alpha.shape[0] / height_px),
        foot_m=size_m[1] * below_px / height_px,
    )


def _mask(outline: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """1 inside an outline, 0 outside, soft in between."""
    mask = np.zeros(shape, np.float32)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(mask, (0, 0), _FEATHER_PX / 2).astype(np.float32)


def _filled(piece: NDArray[np.float32], inside: NDArray[np.bool_], hidden: NDArray[np.bool_]) -> NDArray[np.float32]:
    """A piece whose hidden stretch goes over, column by column, from what lies above it to what lies below."""
    piece = piece.copy()
    for column in range(piece.shape[1]):
        rows = np.flatnonzero(hidden[:, column])
        if not len(rows):
            continue
        first, last = rows[0], rows[-1]
        below = piece[min(last + 1, len(piece) - 1), column]
        above = piece[first - 1, column] if first > 0 and inside[first - 1, column] else below
        share = np.linspace(0, 1, last - first + 1)[:, None]
        piece[first : last + 1, column] = above * (1 - share) + below * share
    return np.where(hidden[..., None], cv2.blur(piece, (9, 1)), piece)
