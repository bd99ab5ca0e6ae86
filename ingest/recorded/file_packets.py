"""Packets of a recorded file with their capture times."""

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from domain.errors import SourceUnavailable
from ingest.media.clip_muxing import StreamForm
from ingest.media.frame_times import us_from_utc
from ingest.media.nal import ANNEX_B_CODECS, is_annex_b, parameter_sets
from ingest.recorded.file_timeline import FileTimeline

_FALLBACK_TIME_BASE: Final = Fraction(1, 90_000)
_FALLBACK_GAP_US: Final = 40_000


class TimedPacket(NamedTuple):
    """A packet and when its picture was taken; an empty packet at the end flushes the decoder."""

    packet: "Packet[VideoStream]"
    stamp: int | None  # what the decoded picture will carry as its pts; None for the flushing packet
    captured_us: int


class VideoFile:
    """An open file's video stream.

    Args:
        path: any container that libav reads.
        started_at: capture time of the first picture.

    Raises:
        SourceUnavailable: the file is missing, damaged or holds no video.
    """

    def __init__(self, path: Path, *, started_at: datetime) -> None:
        self.path = path
        try:
            self._container: InputContainer = av.open(str(path), "r")
        except (av.error.FFmpegError, OSError, ValueError) as e:
            msg = f"the video file {path} cannot be opened: {_told(e)}"
            raise SourceUnavailable(msg) from e
        if not self._container.streams.video:
            self._container.close()
            msg = f"the file {path} holds no video"
            raise SourceUnavailable(msg)
        self.stream: VideoStream = self._container.streams.video[0]
        self._time_base = self.stream.time_base or _FALLBACK_TIME_BASE
        self._started_us = us_from_utc(started_at)
        origin = self.stream.start_time
        self.timeline = FileTimeline(
            started_us=self._started_us, origin_us=None if origin is None else self._us(origin)
        )
        self.form = StreamForm(codec=self.stream.codec_context.name, file=path)

    def packets(self) -> Iterator[TimedPacket]:
        """All packets in order of decoding, then an empty one.

        Raises:
            SourceUnavailable: the file cannot be read any further.
        """
        guess_us = 0
        packets = self._container.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.error.FFmpegError, OSError) as e:
                msg = f"the video file {self.path} cannot be read any further: {_told(e)}"
                raise SourceUnavailable(msg) from e
            if packet is None:
                return
            if not packet.size:
                yield TimedPacket(packet, None, 0)
                continue
            stamp = packet.pts if packet.pts is not None else packet.dts
            pts_us = guess_us if stamp is None else self._us(stamp)
            dts_us = None if packet.dts is None else self._us(packet.dts)
            yield TimedPacket(packet, stamp, self.timeline.captured_us(pts_us=pts_us, dts_us=dts_us))
            guess_us = pts_us + _FALLBACK_GAP_US

    def seek_before(self, instant: datetime) -> None:
        """Go to the last keyframe at or before an instant, or the file's begin; only where stamps never go back."""
        if self.stream.start_time is None:
            return
        into_us = max(0, us_from_utc(instant) - self._started_us)
        target = self.stream.start_time + int(Fraction(into_us, 1_000_000) / self._time_base)
        try:
            self._container.seek(target, stream=self.stream, backward=True)
        except av.error.FFmpegError as e:
            msg = f"the video file {self.path} cannot be searched: {_told(e)}"
            raise SourceUnavailable(msg) from e

    def form_of(self, packet: "Packet[VideoStream]", payload: bytes, before: StreamForm) -> StreamForm:
        """What describes a packet: the file itself, or the parameter sets that keyframes carry with them."""
        codec = self.form.codec
        if not packet.is_keyframe or codec not in ANNEX_B_CODECS or not is_annex_b(payload):
            return before
        sets = parameter_sets(payload, codec)
        return StreamForm(codec=codec, parameter_sets=sets) if sets else before

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    def _us(self, stamp: int) -> int:
        return round(stamp * self._time_base * 1_000_000)


def _told(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
