"""Folders of labelled pictures: what is known of each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

import cv2
import numpy as np

from domain.errors import ConfigurationError
from domain.geometry import BoxPx, ImageBgr, SizeWh

_JPEG_BEGINS, _JPEG_SCAN, _JPEG_ENDS = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"
LabelFormat = Literal["coco", "yolo", "tsv", "json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledBox:
    """One object of a picture.

    Raises:
        ValueError: the box has no area.

    Examples:
        >>> LabelledBox(box_xyxy_px=(9.0, 0.0, 4.0, 8.0), label="car")
        Traceback (most recent call last):
        ValueError: the box (9.0, 0.0, 4.0, 8.0) has no area
    """

    box_xyxy_px: BoxPx
    label: str
    ignored: bool = False  # a region in which finds of this label count neither way

    def __post_init__(self) -> None:
        """See that there is something in it."""
        x1, y1, x2, y2 = self.box_xyxy_px
        if not (x1 < x2 and y1 < y2 and all(math.isfinite(side) for side in self.box_xyxy_px)):
            raise ValueError(f"the box {self.box_xyxy_px} has no area")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPicture:
    """A picture with what is known of it."""

    path: Path
    name: str  # relative to the folder, with forward slashes
    boxes: tuple[LabelledBox, ...] = ()
    text: str | None = None  # of the plate that the picture, or its one box, shows
    lines: int | None = None  # of that plate
    visit: str | None = None  # whose vehicle it shows: pictures of one visit are read together
    at_s: float | None = None  # since the visit's first picture
    vehicle: str | None = None  # "car" or "motorbike"
    vehicle_box_xyxy_px: BoxPx | None = None  # None: the whole picture
    stated_wh: SizeWh | None = None  # as the labels have it

    @property
    def folder(self) -> str:
        """The folder part of its name, "." without one: pictures of one camera usually share it."""
        return str(PurePosixPath(self.name).parent)

    def read(self) -> ImageBgr:
        """The picture.

        Raises:
            ConfigurationError: it cannot be read, ends early, or its labels are those of another picture or size.
        """
        try:
            image = cv2.imread(str(self.path), cv2.IMREAD_COLOR)
        except cv2.error as e:  # OpenCV refuses more than 2 ** 30 pixels
            raise ConfigurationError(f"{self.path} cannot be read as a picture: {e.err or e}") from e
        if image is None:
            raise ConfigurationError(f"{self.path} cannot be read as a picture")
        if is_cut_off(self.path.read_bytes()):
            raise ConfigurationError(f"{self.path} ends early: its lower part is not there")
        self._check_size((image.shape[1], image.shape[0]))
        return image.astype(np.uint8, copy=False)

    def _check_size(self, size_wh: SizeWh) -> None:
        """See that the labels can be this picture's."""
        width, height = size_wh
        if self.stated_wh is not None and self.stated_wh != size_wh:
            stated = "x".join(map(str, self.stated_wh))
            raise ConfigurationError(f"{self.path} has {width}x{height} pixels, its labels say {stated}")
        around = [] if self.vehicle_box_xyxy_px is None else [self.vehicle_box_xyxy_px]
        for x1, y1, x2, y2 in (*(box.box_xyxy_px for box in self.boxes), *around):
            if x1 >= width or y1 >= height or x2 <= 0 or y2 <= 0:
                raise ConfigurationError(
                    f"{self.path} has {width}x{height} pixels, and the box {(x1, y1, x2, y2)} lies outside: "
                    "are the labels of this picture, and in pixels of it?"
                )


def is_cut_off(content: bytes) -> bool:
    """Whether a JPEG's end is not there: OpenCV fills what is missing with grey and says nothing.

    Examples:
        >>> whole = cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
        >>> is_cut_off(whole), is_cut_off(whole[:-8]), is_cut_off(b"no JPEG")
        (False, True, False)
    """
    return content.startswith(_JPEG_BEGINS) and _JPEG_ENDS not in content[content.rfind(_JPEG_SCAN) :]


def only_named(pictures: Sequence[LabelledPicture], names: Sequence[str]) -> list[LabelledPicture]:
    """Those of a list of names; a name in the list may have folders in front.

    Examples:
        >>> pictures = [LabelledPicture(path=Path(name), name=name) for name in ("a.jpg", "ba.jpg")]
        >>> [one.name for one in only_named(pictures, ["plates/a.jpg"])]
        ['a.jpg']
    """
    ends = {"/".join(parts[start:]) for parts in (name.split("/") for name in names) for start in range(len(parts))}
    return [one for one in pictures if one.name in ends]


def resized(picture: LabelledPicture, image_bgr: ImageBgr, size_wh: SizeWh) -> tuple[LabelledPicture, ImageBgr]:
    """A picture brought to a size, with its boxes: for sets whose pictures were stretched."""
    scale_x, scale_y = size_wh[0] / image_bgr.shape[1], size_wh[1] / image_bgr.shape[0]
    boxes = tuple(
        replace(box, box_xyxy_px=(x1 * scale_x, y1 * scale_y, x2 * scale_x, y2 * scale_y))
        for box in picture.boxes
        for x1, y1, x2, y2 in [box.box_xyxy_px]
    )
    image = cv2.resize(image_bgr, size_wh, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
    return replace(picture, boxes=boxes), image
