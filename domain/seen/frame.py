"""A picture with its place in time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.geometry import ImageBgr, SizeWh


class Picture(Protocol):
    """A decoded picture; it becomes BGR when somebody looks at it, and only then."""

    @property
    def resolution_wh(self) -> SizeWh:
        """(width, height) in pixels."""
        ...

    def to_bgr(self) -> ImageBgr:
        """The picture as (height, width, 3) bytes that nobody writes to; the same array each time."""
        ...


class BgrPicture:
    """A picture that is BGR already.

    Args:
        image_bgr: (height, width, 3), never written to.

    Raises:
        ValueError: it has another shape.
    """

    __slots__ = ("_image_bgr",)

    def __init__(self, image_bgr: ImageBgr) -> None:
        if image_bgr.ndim != 3 or image_bgr.shape[2] != 3:  # noqa: PLR2004 - (h, w, 3)
            msg = f"image_bgr must have shape (height, width, 3), got {image_bgr.shape}"
            raise ValueError(msg)
        self._image_bgr = image_bgr

    @property
    def resolution_wh(self) -> SizeWh:
        """(width, height) in pixels."""
        return (self._image_bgr.shape[1], self._image_bgr.shape[0])

    def to_bgr(self) -> ImageBgr:
        """The picture itself."""
        return self._image_bgr


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One decoded picture of one camera."""

    camera_id: str
    index: int  # counts decoded frames of this source since it was opened, gaps included
    captured_at: datetime  # UTC; a frame of the evidence stream was captured then
    clock_error_ms: float | None  # half-width of the interval that holds the true instant; None: not known
    picture: Picture
    epoch: int = 0  # times of different epochs of a source cannot be compared: its clock was set in between
    evidence_wh: SizeWh | None = None  # (width, height) of the evidence stream in pixels; None: that of this picture

    def __post_init__(self) -> None:
        if self.captured_at.tzinfo is None:
            msg = f"captured_at needs a time zone, got {self.captured_at.isoformat()}"
            raise ValueError(msg)

    @property
    def image_bgr(self) -> ImageBgr:
        """(height, width, 3) bytes; converted when first asked for."""
        return self.picture.to_bgr()

    @property
    def resolution_wh(self) -> SizeWh:
        """(width, height) of the picture in pixels."""
        return self.picture.resolution_wh
