"""A working copy of a clip: smaller, fewer pictures, encoded again; the original is beside it, untouched."""

import io
from fractions import Fraction
from typing import Final

import av
import cv2
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from domain.errors import EvidenceError
from domain.geometry import ImageBgr

_MAX_WIDTH_PX: Final = 1280
_TICKS_A_SECOND: Final = 1000
# cpu-independent: x264's AVX-512 macroblock tree reads memory that was never written, and each processor has its own.
_OPTIONS: Final = {"preset": "veryfast", "crf": "27", "threads": "1", "x264-params": "cpu-independent=1"}


class BlurredClip:
    """Encodes pictures as they come, as H.264 in MP4."""

    def __init__(self) -> None:
        self._content = io.BytesIO()
        self._container = av.open(self._content, "w", format="mp4")
        self._stream: VideoStream | None = None
        self._last_pts = -1

    def add(self, image_bgr: ImageBgr, offset_s: float) -> None:
        """One more picture; one that is not later than the one before, or of another size than the first, is left out.

        Raises:
            EvidenceError: it cannot be encoded.
        """
        height, width = image_bgr.shape[:2]
        scale = min(1.0, _MAX_WIDTH_PX / width)
        size_wh = (max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2))
        pts = round(offset_s * _TICKS_A_SECOND)
        try:
            stream = self._stream or self._begin(size_wh)
            if pts <= self._last_pts or size_wh != (stream.width, stream.height):
                return
            small = cv2.resize(image_bgr, size_wh, interpolation=cv2.INTER_AREA)
            frame = VideoFrame.from_ndarray(np.asarray(small, np.uint8), format="bgr24")
            frame.pts, frame.time_base = pts, Fraction(1, _TICKS_A_SECOND)
            self._container.mux(stream.encode(frame))
        except (FFmpegError, ValueError) as e:
            raise EvidenceError(f"a blurred copy cannot be encoded ({e})") from e
        self._last_pts = pts

    def finish(self) -> bytes | None:
        """The film; None where no picture came.

        Raises:
            EvidenceError: it cannot be encoded.
        """
        if self._stream is None:
            return None
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
        except (FFmpegError, ValueError) as e:
            raise EvidenceError(f"a blurred copy cannot be encoded ({e})") from e
        return self._content.getvalue()

    def _begin(self, size_wh: tuple[int, int]) -> VideoStream:
        stream = self._container.add_stream("libx264", options=_OPTIONS)
        stream.width, stream.height = size_wh
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, _TICKS_A_SECOND)
        self._stream = stream
        return stream
