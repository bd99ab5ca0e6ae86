"""Privacy masks: what lies in one is grey in every picture made of an original, and the original stays sealed."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from av.video.frame import VideoFrame

from domain.camera import CameraConfig, ZoneKind
from domain.geometry import ImageBgr, PointNorm, to_px
from ingest.media.decoding import BgrConverter

MaskNorm = Sequence[PointNorm]  # a polygon in shares of the picture
GREY: Final = (128, 128, 128)


def masks_of(camera: CameraConfig | None) -> tuple[MaskNorm, ...]:
    """The masks that a camera's file draws; none where its configuration is not at hand (then no clip is, either)."""
    zones = () if camera is None else camera.zones
    return tuple(zone.polygon_norm for zone in zones if zone.kind is ZoneKind.PRIVACY_MASK)


def masked(image_bgr: ImageBgr, masks: Sequence[MaskNorm]) -> ImageBgr:
    """The picture with every mask filled; itself where there is none.

    Args:
        image_bgr: (height, width, 3), not written to.
        masks: in shares of the picture.
    """
    if not masks:
        return image_bgr
    size_wh = (image_bgr.shape[1], image_bgr.shape[0])
    image = image_bgr.copy()
    for mask in masks:
        corners = np.array([to_px(point, size_wh) for point in mask]).round().astype(np.int32)
        cv2.fillPoly(image, [corners], GREY)
    image.flags.writeable = False
    return image


class MaskingConverter(BgrConverter):
    """Turns decoded pictures of an original into BGR with the masks filled, so that none leaves it unmasked.

    Args:
        masks: in shares of the picture.
    """

    def __init__(self, masks: Sequence[MaskNorm]) -> None:
        super().__init__()
        self._masks = masks

    def convert(self, frame: VideoFrame) -> ImageBgr:
        """A read-only (height, width, 3) uint8 picture, upright, with the masks filled."""
        return masked(super().convert(frame), self._masks)
