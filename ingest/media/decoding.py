"""Encoded packets to pictures: one thread, every packet decoded, pictures converted only for who looks at them."""

from collections.abc import Iterable, Iterator
from threading import Lock
from typing import cast

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from domain.geometry import ImageBgr, SizeWh


class VideoDecoder:
    """Decodes the packets of one video stream in the thread that calls it.

    Nothing is handed out before the first keyframe, nor after a damaged packet until the next one: a picture with
    holes would look like an empty street.

    Args:
        stream: an open video stream; its decoder is set to one thread, which costs the least memory and CPU.
    """

    def __init__(self, stream: VideoStream) -> None:
        stream.codec_context.thread_type = "NONE"
        stream.codec_context.thread_count = 1
        self._context = stream.codec_context
        self._awaits_keyframe = True
        self.damaged = 0

    @property
    def is_sound(self) -> bool:
        """Whether the pictures that follow have their references."""
        return not self._awaits_keyframe

    def wants(self, packet: "Packet[VideoStream]") -> bool:
        """Whether a packet would be decoded: after a keyframe, or one itself."""
        return packet.is_keyframe or not self._awaits_keyframe

    def skip(self) -> None:
        """A packet is left out: pictures up to the next keyframe lack their reference."""
        self._awaits_keyframe = True

    def decode_alone(self, packet: "Packet[VideoStream]") -> Iterator[VideoFrame]:
        """The picture of a keyframe after which nothing is decoded up to the next one; it comes out at once."""
        yield from self.decode(packet)
        if self._awaits_keyframe:
            return
        try:
            yield from self._sound(self._context.decode(None))
        except av.error.FFmpegError:
            self.damaged += 1
        self._context.flush_buffers()
        self.skip()

    def decode(self, packet: "Packet[VideoStream]") -> Iterator[VideoFrame]:
        """Sound pictures that this packet completes, in order of presentation; an empty packet flushes."""
        if packet.size and not self.wants(packet):
            return
        try:
            frames = self._context.decode(packet if packet.size else None)
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            self.damaged += 1
            self._awaits_keyframe = True
            self._context.flush_buffers()
            return
        if packet.size and packet.is_keyframe:
            self._awaits_keyframe = False
        yield from self._sound(frames)

    def _sound(self, frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
        for frame in frames:
            if frame.is_corrupt:
                self.damaged += 1
            else:
                yield frame


class BgrConverter:
    """Turns decoded pictures into BGR arrays; one a source, safe from several threads."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._lock = Lock()

    def convert(self, frame: VideoFrame) -> ImageBgr:
        """A read-only (height, width, 3) uint8 picture, upright as players show it (phones record on their side)."""
        with self._lock:
            image = cast("ImageBgr", self._reformatter.reformat(frame, format="bgr24", threads=1).to_ndarray())
        if quarters := _quarter_turns(frame):
            image = np.ascontiguousarray(np.rot90(image, quarters))
        image.flags.writeable = False
        return image


def shown_wh(frame: VideoFrame) -> SizeWh:
    """(width, height) of a picture as players show it, in pixels."""
    lies = _quarter_turns(frame) % 2 == 1
    return (frame.height, frame.width) if lies else (frame.width, frame.height)


def _quarter_turns(frame: VideoFrame) -> int:
    """How often it is to be turned counter-clockwise by a quarter, 0 to 3."""
    return round(frame.rotation / 90) % 4


class DecodedPicture:
    """A decoded picture that is converted when somebody looks at it: a ``domain.frame.Picture``.

    Args:
        frame: as the decoder gave it.
        converter: of the source.
    """

    __slots__ = ("_converter", "_frame", "_image_bgr")

    def __init__(self, frame: VideoFrame, converter: BgrConverter) -> None:
        self._frame = frame
        self._converter = converter
        self._image_bgr: ImageBgr | None = None

    @property
    def resolution_wh(self) -> SizeWh:
        """(width, height) in pixels; nothing is converted for it."""
        return shown_wh(self._frame)

    def to_bgr(self) -> ImageBgr:
        """The picture as BGR, converted the first time."""
        if self._image_bgr is None:
            self._image_bgr = self._converter.convert(self._frame)
        return self._image_bgr

    def unconverted(self) -> "DecodedPicture":
        """The same picture as the decoder gave it, for whoever keeps it: a third of the bytes of a converted one."""
        return DecodedPicture(self._frame, self._converter)
