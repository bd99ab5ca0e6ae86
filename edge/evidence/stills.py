"""Stills: a moment's picture as a file, and where in it the subject is."""

from collections.abc import Sequence

import cv2

from domain.errors import EvidenceError
from domain.geometry import BoxPx, ImageBgr, SizeWh

JPEG_QUALITY = 92
CROP_MARGIN = 0.15  # of the subject's width and height, on each side
_MIN_CROP_PX = 4
_SAME_SHAPE = 0.01  # aspect ratios that differ by less belong to the same view, scaled


def to_jpeg(image_bgr: ImageBgr) -> bytes:
    """Encode at ``JPEG_QUALITY``.

    Raises:
        EvidenceError: the picture cannot be encoded.
    """
    done, content = cv2.imencode(".jpg", image_bgr, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    if not done:
        raise EvidenceError(f"a picture of shape {image_bgr.shape} cannot be encoded")
    return bytes(content)


def crop_box(box_xyxy_px: BoxPx, box_resolution_wh: SizeWh, still_wh: SizeWh) -> tuple[int, int, int, int]:
    """Where to cut the subject: its box with a margin, whole pixels inside the still.

    Args:
        box_xyxy_px: the subject, in pixels of ``box_resolution_wh``.
        box_resolution_wh: size of the picture that was analysed.
        still_wh: size of the still; another size of the same shape scales the box.

    Raises:
        EvidenceError: the still has another shape than the analysed picture, or the box lies outside.

    Examples:
        >>> crop_box((100, 100, 200, 300), (1920, 1080), (1920, 1080))
        (85, 70, 215, 330)
    """
    scale_x, scale_y = scale_xy(box_resolution_wh, still_wh)
    x1, y1, x2, y2 = box_xyxy_px
    margin_x, margin_y = (x2 - x1) * CROP_MARGIN, (y2 - y1) * CROP_MARGIN
    left, top = round(max((x1 - margin_x) * scale_x, 0)), round(max((y1 - margin_y) * scale_y, 0))
    right = round(min((x2 + margin_x) * scale_x, still_wh[0]))
    bottom = round(min((y2 + margin_y) * scale_y, still_wh[1]))
    if right - left < _MIN_CROP_PX or bottom - top < _MIN_CROP_PX:
        raise EvidenceError(f"the subject's box {list(box_xyxy_px)} lies outside of the picture or is too small")
    return left, top, right, bottom


def scale_xy(box_resolution_wh: SizeWh, still_wh: SizeWh) -> tuple[float, float]:
    """Factors from pixels of the picture that was analysed to pixels of the original.

    Raises:
        EvidenceError: the original has another shape than the analysed picture.

    Examples:
        >>> scale_xy((960, 540), (1920, 1080))
        (2.0, 2.0)
    """
    scale_x, scale_y = still_wh[0] / box_resolution_wh[0], still_wh[1] / box_resolution_wh[1]
    if abs(scale_x / scale_y - 1) > _SAME_SHAPE:
        raise EvidenceError(
            f"the original picture is {still_wh[0]}x{still_wh[1]}, "
            f"the box was found in one of {box_resolution_wh[0]}x{box_resolution_wh[1]}"
        )
    return scale_x, scale_y


def file_stem(word: str, taken: Sequence[str]) -> str:
    """A moment's name as part of a file name, different from those taken.

    Examples:
        >>> file_stem("before_line", ())
        'before-line'
        >>> file_stem("before_line", ("before-line",))
        'before-line-2'
    """
    stem = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in word.lower())
    stem = stem.strip("-")[:40] or "moment"
    number = 1
    candidate = stem
    while candidate in taken:
        number += 1
        candidate = f"{stem}-{number}"
    return candidate
