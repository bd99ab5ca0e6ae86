"""Encoded packets to pictures: one thread, every packet decoded, only wanted pictures converted."""

from collections.abc import Iterator
from typing import cast

import av
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from domain.geometry import ImageBgr


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
        for frame in frames:
            if frame.is_corrupt:
                self.damaged += 1
            else:
                yield frame


class BgrConverter:
    """Turns decoded pictures into BGR arrays; one per reading thread."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def convert(self, frame: VideoFrame) -> ImageBgr:
        """A read-only (height, width, 3) uint8 picture, at the size of the stream."""
        image = cast("ImageBgr", self._reformatter.reformat(frame, format="bgr24", threads=1).to_ndarray())
        image.flags.writeable = False
        return image
