"""Pictures into a network's input and boxes back: ratio kept, centred, padded."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from domain.geometry import Float32Array, ImageBgr, SizeWh


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a picture lies in the input: ``input = picture * scale + offset``, for each axis."""

    picture_wh: SizeWh  # pixels of the source
    inner_wh: SizeWh  # pixels of the scaled picture inside the input
    offset_xy: tuple[int, int]  # columns of padding at the left, rows at the top

    @property
    def scale_xy(self) -> tuple[float, float]:
        """Input pixels per picture pixel; both axes agree but for rounding to whole pixels."""
        return (self.inner_wh[0] / self.picture_wh[0], self.inner_wh[1] / self.picture_wh[1])

    def to_picture(self, boxes_xyxy_input_px: NDArray[np.floating]) -> Float32Array:
        """Bring boxes (N, 4) from the input to the source picture, clipped to it."""
        scale = np.array(self.scale_xy * 2)
        offset = np.array(self.offset_xy * 2, np.float64)
        limit = np.array(self.picture_wh * 2, np.float64)
        boxes = (np.asarray(boxes_xyxy_input_px, np.float64) - offset) / scale
        clipped: Float32Array = np.clip(boxes, 0.0, limit).astype(np.float32)
        return clipped


def place(picture_wh: SizeWh, input_wh: SizeWh) -> Placement:
    """Fit a picture into an input.

    Examples:
        >>> place((1920, 1080), (640, 384))
        Placement(picture_wh=(1920, 1080), inner_wh=(640, 360), offset_xy=(0, 12))
    """
    ratio = min(input_wh[0] / picture_wh[0], input_wh[1] / picture_wh[1])
    inner = (max(round(picture_wh[0] * ratio), 1), max(round(picture_wh[1] * ratio), 1))
    offset = ((input_wh[0] - inner[0]) // 2, (input_wh[1] - inner[1]) // 2)
    return Placement(picture_wh=picture_wh, inner_wh=inner, offset_xy=offset)


def letterbox(image_bgr: ImageBgr, input_wh: SizeWh, pad_value: int) -> tuple[ImageBgr, Placement]:
    """Scale a picture into a new canvas.

    Args:
        image_bgr: (h, w, 3), not written to.
        input_wh: size of the canvas in pixels.
        pad_value: what the padding is filled with, 0 to 255.

    Returns:
        The canvas (input height, input width, 3) and the way back.
    """
    placement = place((image_bgr.shape[1], image_bgr.shape[0]), input_wh)
    canvas = np.full((input_wh[1], input_wh[0], 3), pad_value, np.uint8)
    (left, top), (width, height) = placement.offset_xy, placement.inner_wh
    canvas[top : top + height, left : left + width] = _resized(image_bgr, placement.inner_wh)
    return canvas, placement


def write_input(image_bgr: ImageBgr, tensor: Float32Array, *, rgb: bool, scale: float, pad_value: int) -> Placement:
    """Letterbox a picture straight into one slot of a network's input.

    Args:
        image_bgr: (h, w, 3), not written to.
        tensor: (3, input height, input width) float32, overwritten as a whole.
        rgb: whether the network wants red first.
        scale: factor from 0..255 to what the network wants.
        pad_value: what the padding is filled with before ``scale``, 0 to 255.

    Returns:
        Where the picture lies.
    """
    placement = place((image_bgr.shape[1], image_bgr.shape[0]), (tensor.shape[2], tensor.shape[1]))
    (left, top), (width, height) = placement.offset_xy, placement.inner_wh
    bottom, right = top + height, left + width
    padding = np.float32(pad_value * scale)
    tensor[:, :top], tensor[:, bottom:] = padding, padding
    tensor[:, top:bottom, :left], tensor[:, top:bottom, right:] = padding, padding
    planes = cv2.split(_resized(image_bgr, placement.inner_wh))
    for channel, plane in enumerate(reversed(planes) if rgb else planes):
        slot = tensor[channel, top:bottom, left:right]
        np.copyto(slot, plane)  # convert first, then scale: four times as fast as both at once
        np.multiply(slot, np.float32(scale), out=slot)
    return placement


def _resized(image_bgr: ImageBgr, size_wh: SizeWh) -> ImageBgr:
    if (image_bgr.shape[1], image_bgr.shape[0]) == size_wh:
        return image_bgr
    return np.asarray(cv2.resize(image_bgr, size_wh, interpolation=cv2.INTER_LINEAR), np.uint8)
