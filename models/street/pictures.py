"""Reading pictures of the data folder, and the letterbox that the product uses."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from fixed_cams import unstretched
from numpy.typing import NDArray

DATA_VARIABLE = "MATTHAN_DATA"
DEFAULT_DATA = "../shared/data"
PAD_VALUE = 114

#: The lamp of the red-light camera has a thin frame burnt in, in the colour of its state; a network must not learn it.
_LAMP_FRAME_XYXY_PX = (1772, 96, 1835, 252)
_LAMP_FRAME_HALF_WIDTH_PX = 4
_LAMP_WORD_XYXY_PX = (1768, 84, 1806, 98)
_STOP_LINE_ROWS_PX = (518, 542)


def add_data_argument(parser: argparse.ArgumentParser) -> None:
    """Give a recipe its ``--data`` argument (default: environment variable MATTHAN_DATA, then ``../shared/data``)."""
    parser.add_argument("--data", type=Path, default=Path(os.environ.get(DATA_VARIABLE, DEFAULT_DATA)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """How a picture was put into the network's input: ``input = picture * ratio + offset``.

    Attributes:
        ratio: Scale from picture to input pixels.
        left_px: Columns of padding at the left.
        top_px: Rows of padding at the top.
    """

    ratio: float
    left_px: int
    top_px: int

    def to_picture(self, boxes_xyxy_px: NDArray[np.float32]) -> NDArray[np.float32]:
        """Bring boxes of shape (n, 4) from input to picture pixels."""
        offset = np.array([self.left_px, self.top_px, self.left_px, self.top_px], np.float32)
        return (boxes_xyxy_px - offset) / np.float32(self.ratio)


def letterbox(picture_bgr: NDArray[np.uint8], size_wh: tuple[int, int]) -> tuple[NDArray[np.uint8], Letterbox]:
    """Scale a picture into a canvas keeping its ratio, centred, padded with 114.

    Args:
        picture_bgr: (h, w, 3).
        size_wh: Canvas width and height in pixels.

    Returns:
        The canvas and the way back.
    """
    height, width = picture_bgr.shape[:2]
    ratio = min(size_wh[0] / width, size_wh[1] / height)
    new_wh = (round(width * ratio), round(height * ratio))
    left, top = (size_wh[0] - new_wh[0]) // 2, (size_wh[1] - new_wh[1]) // 2
    canvas = np.full((size_wh[1], size_wh[0], 3), PAD_VALUE, np.uint8)
    scaled = cv2.resize(picture_bgr, new_wh, interpolation=cv2.INTER_LINEAR)
    canvas[top : top + new_wh[1], left : left + new_wh[0]] = scaled
    return canvas, Letterbox(ratio=ratio, left_px=left, top_px=top)


def to_tensor(canvas_bgr: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn a canvas into the (1, 3, h, w) RGB float32 input in 0..1."""
    return np.ascontiguousarray(canvas_bgr[:, :, ::-1].transpose(2, 0, 1)[None], np.float32) / np.float32(255.0)


def read_picture(data: Path, name: str) -> NDArray[np.uint8]:
    """Read a picture by its name in the split lists.

    Args:
        data: The data folder.
        name: ``street/.../x.jpg`` or ``street/.../clip.mp4#FRAME``.

    Returns:
        (h, w, 3) BGR; stretched pictures have their ratio back.

    Raises:
        FileNotFoundError: The file is absent, unreadable or has no such frame.
    """
    file, _, frame = name.partition("#")
    if not frame:
        return unstretched(name, read_bgr(data / file))
    capture = cv2.VideoCapture(str(data / file))
    picture = None
    for _ in range(int(frame) + 1):
        _, picture = capture.read()
    capture.release()
    if picture is None:
        raise FileNotFoundError(f"cannot read {name} under {data}: check --data and the file")
    return unstretched(name, np.asarray(picture, np.uint8))


def read_bgr(file: Path) -> NDArray[np.uint8]:
    """Read a file's picture, (h, w, 3), as it lies there.

    Raises:
        FileNotFoundError: The file is absent or unreadable.
    """
    picture = cv2.imread(str(file))
    if picture is None:
        raise FileNotFoundError(f"cannot read {file}: check --data and the file")
    return np.asarray(picture, np.uint8)


def without_overlay(name: str, picture_bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Paint over what the source burnt into the red-light camera's pictures, for training only.

    Args:
        name: The picture's name in the split lists.
        picture_bgr: The picture.

    Returns:
        A cleaned copy, or the picture itself when nothing is known to be burnt in.
    """
    if "vn_redlight" not in name:
        return picture_bgr
    height, width = picture_bgr.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    frame = _LAMP_FRAME_XYXY_PX
    cv2.rectangle(mask, frame[:2], frame[2:], 1, thickness=2 * _LAMP_FRAME_HALF_WIDTH_PX)
    cv2.rectangle(mask, _LAMP_WORD_XYXY_PX[:2], _LAMP_WORD_XYXY_PX[2:], 1, thickness=-1)
    blue, green, red = (picture_bgr[..., k].astype(np.int16) for k in range(3))
    line = slice(*_STOP_LINE_ROWS_PX)
    mask[line] |= ((red - np.maximum(green, blue)) > 60)[line]
    grown = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.inpaint(picture_bgr, grown, 3, cv2.INPAINT_TELEA), np.uint8)
