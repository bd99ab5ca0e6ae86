"""Encoded packets to pictures: one thread, every packet decoded, pictures converted only for who looks at them."""

from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Final, cast

import av
import numpy as np
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from domain.geometry import ImageBgr, SizeWh
from ingest.media.missing_pictures import Loss, MissingPictures
from ingest.media.nal import ANNEX_B_CODECS

_PATIENCE_KEYFRAMES: Final = 3  # that fail in a row before the decoder is made tolerant


class VideoDecoder:
    """Decodes the packets of one video stream in the thread that calls it.

    Nothing is handed out before the first keyframe, nor after a damaged or missing one until the next: a picture with
    holes would look like an empty street, one whose references never came shows what was not there.

    Args:
        stream: an open video stream; its decoder is set to one thread, which costs the least memory and CPU.
    """

    def __init__(self, stream: VideoStream) -> None:
        self._context = stream.codec_context
        self._missing = MissingPictures(self._context.name, bytes(self._context.extradata or b""))
        self._prepare(strict=True)
        self._awaits_keyframe = True
        self._holds_back = False  # pictures from before a loss are still inside the decoder
        self._recovered = False  # a sound picture came since the last keyframe
        self._failed_keyframes = 0  # in a row
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

    @property
    def counts_losses(self) -> bool:
        """Whether it is known how many pictures never came."""
        return self._missing.counts

    def inspect(self, payload: bytes) -> Loss | None:
        """Look at the next packet, whether it will be decoded or not; what was lost before it, if anything.

        After a loss nothing is handed out up to the next keyframe.
        """
        loss = self._missing.before(payload)
        if loss is not None:
            self._awaits_keyframe = self._holds_back = True
        return loss

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
        if packet.size and self._holds_back:
            yield from self._drain()
        try:
            frames = self._context.decode(packet if packet.size else None)
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            self._fail(is_keyframe=packet.is_keyframe)
            return
        if packet.size and packet.is_keyframe:
            self._awaits_keyframe, self._failed_keyframes = False, 0
        yield from self._sound(frames)

    def _drain(self) -> Iterator[VideoFrame]:
        """What was decoded soundly before a loss; then the decoder is as at its beginning."""
        self._holds_back = False
        try:
            frames = self._context.decode(None)
        except av.error.FFmpegError:
            frames = []
        self._context.flush_buffers()
        yield from (frame for frame in frames if not frame.is_corrupt)
        self._recovered = False

    def _fail(self, *, is_keyframe: bool) -> None:
        self.damaged += 1
        self._awaits_keyframe = True
        self._holds_back = self._recovered = False
        self._context.flush_buffers()
        self._failed_keyframes += is_keyframe
        if self._failed_keyframes == _PATIENCE_KEYFRAMES:
            self._context = self._like(self._context)
            self._prepare(strict=False)

    def _sound(self, frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
        for frame in frames:
            if not frame.is_corrupt:
                self._recovered = True
                yield frame
                continue
            self.damaged += 1
            if self._recovered:  # else the decoder is still collecting a picture that is refreshed in pieces
                self._awaits_keyframe, self._recovered = True, False
                self._context.flush_buffers()
                return

    def _prepare(self, *, strict: bool) -> None:
        self._context.thread_type = "NONE"
        self._context.thread_count = 1
        if strict and self._context.name in ANNEX_B_CODECS:
            self._context.options = {
                "err_detect": "explode"
            }  # holes are an error of their own packet, not of a later one

    @staticmethod
    def _like(context: VideoCodecContext) -> VideoCodecContext:
        """A decoder for the same stream, as tolerant as libav is by itself.

        Some cameras write odd messages beside sound pictures, and a strict decoder shows none of them.
        """
        another = cast("VideoCodecContext", VideoCodecContext.create(context.codec.name, "r"))
        another.extradata = context.extradata
        return another


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
    """A decoded picture that is converted when somebody looks at it: a ``domain.seen.frame.Picture``.

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
