"""Packets of a recorded file with their capture times."""

import re
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
from ingest.media.frame_times import us_from_utc, us_of_ticks
from ingest.media.local_file import open_local
from ingest.media.nal import ANNEX_B_CODECS, is_annex_b, parameter_sets
from ingest.recorded.file_timeline import FileTimeline

_FALLBACK_TIME_BASE: Final = Fraction(1, 90_000)
_NO_TIMESTAMPS: Final = 0x80  # AVFMT_NOTIMESTAMPS: a bare stream, whose stamps libav makes up at 25 a second
_ENDS_EARLY_S: Final = 1.0  # what a muxer may round away of a stated duration, and a last picture's own time


_DURATION: Final = re.compile(r"(\d+):(\d{2}):(\d{2}(?:\.\d+)?)")


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
        SourceUnavailable: the file is missing, damaged, holds no video, or nothing states how fast its pictures came.
    """

    def __init__(self, path: Path, *, started_at: datetime) -> None:
        self.path = path
        try:
            self._container: InputContainer = open_local(path)
        except (av.error.FFmpegError, OSError, ValueError) as e:
            msg = f"the video file {path} cannot be opened: {_reason(e)}"
            raise SourceUnavailable(msg) from e
        if not self._container.streams.video:
            self._container.close()
            msg = f"the file {path} holds no video"
            raise SourceUnavailable(msg)
        self.stream: VideoStream = self._container.streams.video[0]
        self._time_base = self.stream.time_base or _FALLBACK_TIME_BASE
        self._started_us = us_from_utc(started_at)
        self._has_no_stamps = bool(int(self._container.format.flags) & _NO_TIMESTAMPS)
        self._picture_us = self._stated_picture_us()
        if self._has_no_stamps and self._picture_us is None:
            self._container.close()
            raise SourceUnavailable(self._rateless())
        origin = None if self._has_no_stamps else self.stream.start_time
        self.timeline = FileTimeline(
            started_us=self._started_us, origin_us=None if origin is None else self._us(origin)
        )
        self._ends_us = self._started_us
        self.form = StreamForm(codec=self.stream.codec_context.name, file=path)

    def packets(self) -> Iterator[TimedPacket]:
        """All packets in order of decoding, then an empty one.

        Raises:
            SourceUnavailable: the file cannot be read any further.
        """
        next_us = 0
        packets = self._container.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.error.FFmpegError, OSError) as e:
                msg = f"the video file {self.path} cannot be read any further: {_reason(e)}"
                raise SourceUnavailable(msg) from e
            if packet is None:
                return
            if not packet.size:
                yield TimedPacket(packet, None, 0)
                continue
            stamp = packet.pts if packet.pts is not None else packet.dts
            dts_us = None if packet.dts is None else self._us(packet.dts)
            lasts_us = self._us(packet.duration) if packet.duration else self._picture_us
            if stamp is None and lasts_us is None:
                raise SourceUnavailable(self._rateless())
            pts_us = next_us if stamp is None else self._us(stamp)
            captured_us = self.timeline.captured_us(pts_us=pts_us, dts_us=dts_us)
            self._ends_us = max(self._ends_us, captured_us + (lasts_us or 0))
            yield TimedPacket(packet, stamp, captured_us)
            next_us = pts_us + (lasts_us or 0)

    def cut_short(self) -> str | None:
        """After the last packet: what the file states of its length and does not hold; None where it is whole."""
        stated_s = self._stated_duration_s()
        held_s = (self._ends_us - self._started_us) / 1e6
        if stated_s is None or self.timeline.joins or held_s >= stated_s - max(_ENDS_EARLY_S, 0.01 * stated_s):
            return None
        return (
            f"{self.path.name} states {stated_s:.1f} s and ends after {held_s:.1f} s: the copy is not whole; "
            "copy it again, or export it anew"
        )

    def seek_before(self, instant: datetime) -> None:
        """Go to the last keyframe at or before an instant, or the file's begin; only where stamps never go back."""
        if self.stream.start_time is None:
            return
        into_us = max(0, us_from_utc(instant) - self._started_us)
        target = self.stream.start_time + int(Fraction(into_us, 1_000_000) / self._time_base)
        try:
            self._container.seek(target, stream=self.stream, backward=True)
        except av.error.FFmpegError as e:
            msg = f"the video file {self.path} cannot be searched: {_reason(e)}"
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

    def _stated_picture_us(self) -> int | None:
        """How long one picture lasts by the stream's own word, microseconds; None where nothing says it."""
        stated: Fraction | None = self.stream.codec_context.framerate
        if not stated and not self._has_no_stamps:
            stated = self.stream.average_rate
        return round(1_000_000 / stated) if stated else None

    def _stated_duration_s(self) -> float | None:
        """How long the video lasts by the container's own word, seconds."""
        if self._has_no_stamps:
            return None
        if self.stream.duration is not None:
            return float(self.stream.duration * self._time_base)
        tag = self.stream.metadata.get("DURATION")  # Matroska: 00:00:08.000000000
        if tag is not None and (parts := _DURATION.fullmatch(tag)):
            hours, minutes, seconds = parts.groups()
            return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        if self._container.duration is not None and len(self._container.streams) == 1:
            return self._container.duration / 1e6
        return None

    def _rateless(self) -> str:
        return (
            f"nothing in the video file {self.path} states how many pictures a second it holds, so no time could be "
            f"trusted; state it in a container: ffmpeg -r RATE -i {self.path.name} -c copy {self.path.stem}.mp4"
        )

    def _us(self, stamp: int) -> int:
        return us_of_ticks(stamp, self._time_base)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
