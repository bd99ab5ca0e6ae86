"""A zone's ground in pictures of one size: what is cut out, and which blocks of it are ground."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.surface.network import STRIDE_PX
from domain.geometry import BoxPx, Float32Array, Float64Array, ImageBgr, Int64Array, PointNorm, SizeWh

MOST_CROP_PX: Final = 640 * 384
"""Area of what the network looks at, at most; a larger zone is looked at smaller."""
LEAST_BLOCKS: Final = 12
"""A zone of fewer blocks is too small for anything to be told of it."""

_MARGIN_PX: Final = 48  # around the zone, of what is cut out: it tells light that changes from things
_LEAST_SHARE: Final = 0.5  # of a block that lies in the zone


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """Made by ``ground_of``."""

    crop_xyxy_px: tuple[int, int, int, int]  # of the picture that is looked at
    input_wh: SizeWh  # what the crop is scaled to, in pixels
    grid_hw: tuple[int, int]  # blocks
    shares: Float64Array  # grid_hw: share of each block that lies in the zone
    blocks: Int64Array  # (n, 2) rows and columns of the blocks that count, in reading order
    around: Int64Array  # (m, 2) of those that lie outside and do not touch the zone

    @property
    def small(self) -> bool:
        """Whether there is too little of it."""
        return len(self.blocks) < LEAST_BLOCKS

    def cut(self, image_bgr: ImageBgr) -> ImageBgr:
        """What the network looks at, (h, w, 3)."""
        x1, y1, x2, y2 = self.crop_xyxy_px
        return np.asarray(
            cv2.resize(image_bgr[y1:y2, x1:x2], self.input_wh, interpolation=cv2.INTER_AREA), dtype=np.uint8
        )

    def box_of(self, blocks: NDArray[np.bool_]) -> BoxPx:
        """Around some blocks, in pixels of the picture.

        Args:
            blocks: (n,), at least one is true.
        """
        rows, columns = self.blocks[blocks].T
        x1, y1, x2, y2 = self.crop_xyxy_px
        high, wide = (y2 - y1) / self.grid_hw[0], (x2 - x1) / self.grid_hw[1]
        return (
            float(x1 + columns.min() * wide),
            float(y1 + rows.min() * high),
            float(x1 + (columns.max() + 1) * wide),
            float(y1 + (rows.max() + 1) * high),
        )

    def share_of(self, blocks: NDArray[np.bool_]) -> float:
        """Share of the zone's area that some blocks make up."""
        rows, columns = self.blocks.T
        areas = self.shares[rows, columns]
        return float(areas[blocks].sum() / areas.sum())

    def covered(self, boxes_xyxy_px: Float32Array, margin: float) -> NDArray[np.bool_]:
        """Which blocks of the whole grid a bounding box touches, of shape ``grid_hw``.

        Args:
            boxes_xyxy_px: (m, 4) in pixels of the picture.
            margin: by which each box is widened on every side, as a share of its longer side.
        """
        x1, y1, x2, y2 = self.crop_xyxy_px
        high, wide = (y2 - y1) / self.grid_hw[0], (x2 - x1) / self.grid_hw[1]
        hidden = np.zeros(self.grid_hw, np.bool_)
        for left, top, right, bottom in boxes_xyxy_px.astype(np.float64).tolist():
            more = margin * max(right - left, bottom - top)
            first_column, last_column = (left - more - x1) / wide, (right + more - x1) / wide
            first_row, last_row = (top - more - y1) / high, (bottom + more - y1) / high
            hidden[
                max(0, math.floor(first_row)) : max(0, math.ceil(last_row)),
                max(0, math.floor(first_column)) : max(0, math.ceil(last_column)),
            ] = True
        return hidden


def ground_of(polygon_norm: Sequence[PointNorm], picture_wh: SizeWh, block_px: int) -> Ground:
    """A zone's ground.

    Args:
        polygon_norm: the zone.
        picture_wh: of the pictures that are looked at, in pixels.
        block_px: side of a block in what the network looks at.

    Examples:
        >>> ground = ground_of([(0.25, 0.5), (0.75, 0.5), (0.75, 1.0), (0.25, 1.0)], (1280, 720), 16)
        >>> ground.crop_xyxy_px, ground.input_wh, ground.grid_hw, len(ground.blocks)
        ((272, 312, 1008, 720), (672, 384), (24, 42), 756)
    """
    corners = np.array(polygon_norm, np.float64) * picture_wh
    low = np.maximum(np.floor(corners.min(axis=0)).astype(np.int64) - _MARGIN_PX, 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(np.int64) + _MARGIN_PX, picture_wh)
    crop_w, crop_h = (max(int(side), 1) for side in high - low)
    scale = min(1.0, math.sqrt(MOST_CROP_PX / (crop_w * crop_h)))
    input_w, input_h = (max(STRIDE_PX, round(side * scale / STRIDE_PX) * STRIDE_PX) for side in (crop_w, crop_h))
    mask = np.zeros((crop_h, crop_w), np.uint8)
    cv2.fillPoly(mask, [np.rint(corners - low).astype(np.int32)], 255)
    grid_hw = (input_h // block_px, input_w // block_px)
    shares = cv2.resize(mask, (grid_hw[1], grid_hw[0]), interpolation=cv2.INTER_AREA).astype(np.float64) / 255
    touched = cv2.dilate((shares > 0).astype(np.uint8), np.ones((3, 3), np.uint8))
    return Ground(
        crop_xyxy_px=(int(low[0]), int(low[1]), int(low[0]) + crop_w, int(low[1]) + crop_h),
        input_wh=(input_w, input_h),
        grid_hw=grid_hw,
        shares=shares,
        blocks=np.argwhere(shares >= _LEAST_SHARE).astype(np.int64),
        around=np.argwhere(touched == 0).astype(np.int64),
    )
