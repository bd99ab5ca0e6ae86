"""A picture with its place in time."""

from dataclasses import dataclass
from datetime import datetime

from domain.geometry import ImageBgr, SizeWh


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One decoded picture of one camera."""

    camera_id: str
    index: int  # counts decoded frames of this source since it was opened, gaps included
    captured_at: datetime  # UTC
    clock_error_ms: float | None  # half-width of the interval that holds the true instant; None: not known
    image_bgr: ImageBgr  # (height, width, 3), never written to

    def __post_init__(self) -> None:
        if self.captured_at.tzinfo is None:
            msg = f"captured_at needs a time zone, got {self.captured_at.isoformat()}"
            raise ValueError(msg)
        if self.image_bgr.ndim != 3 or self.image_bgr.shape[2] != 3:  # noqa: PLR2004 - (h, w, 3)
            msg = f"image_bgr must have shape (height, width, 3), got {self.image_bgr.shape}"
            raise ValueError(msg)

    @property
    def resolution_wh(self) -> SizeWh:
        """(width, height) of the picture in pixels."""
        return (self.image_bgr.shape[1], self.image_bgr.shape[0])
