"""A recorded video as a source of frames."""

from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from pathlib import Path
from sys import maxsize
from threading import Lock
from typing import Final, NamedTuple

from av.video.frame import VideoFrame

from domain.errors import ClipUnavailable, EndOfSource, SourceUnavailable
from domain.fleet.health import HealthEvent, StreamState
from domain.instants import Clock, as_utc
from domain.ports import Attention, Clip, EvidenceFrame
from domain.seen.frame import Frame
from ingest.live.capture_clock import CaptureTime
from ingest.media.clip_muxing import EncodedPacket
from ingest.media.decoding import BgrConverter, DecodedPicture, VideoDecoder
from ingest.media.frame_times import FrameTimes, utc_from_us
from ingest.media.missing_pictures import MissingPictures
from ingest.media.packet_ring import PacketRing
from ingest.recorded.file_packets import VideoFile
from ingest.recorded.recorded_source import RecordedSource

_REORDER: Final = timedelta(seconds=2)  # no codec shows a picture further from where it is decoded
_UNSTAMPED: Final = -(2**62)


class _Picture(NamedTuple):
    number: int
    picture: VideoFrame
    time: CaptureTime


class VideoFileSource(RecordedSource):
    """Frames of a video file; ``read`` gives the next one that is due, none is ever dropped.

    ``captured_at`` is ``started_at`` plus the picture's presentation stamp (counted from the file's first picture), so
    irregular rates and gaps stay as recorded. ``cut_clip`` reads the file again and so reaches every part of it.

    Args:
        camera_id: whose pictures these are.
        path: any container and codec that libav reads.
        started_at: capture time of the first picture.
        clock: for pacing and for the times of health events.
        analysed_fps: pictures a second of capture time to hand out; None for all.
        paced: hand frames out no sooner than they would come live; False: as fast as asked.
        clock_error_ms: how sure ``started_at`` is; None: not known.
        on_health: hears that the file is open, and that it has ended.

    Raises:
        SourceUnavailable: the file is missing or holds no video.
    """

    def __init__(
        self,
        *,
        camera_id: str,
        path: Path,
        started_at: datetime,
        clock: Clock,
        analysed_fps: float | None = None,
        paced: bool = False,
        clock_error_ms: float | None = None,
        on_health: Callable[[HealthEvent], None] | None = None,
    ) -> None:
        super().__init__(
            camera_id=camera_id,
            name=path.name,
            clock=clock,
            analysed_fps=analysed_fps,
            paced=paced,
            clock_error_ms=clock_error_ms,
            on_health=on_health,
        )
        self._path = path
        self._started_at = as_utc(started_at)
        self._converter = BgrConverter()
        self._attention = Attention.ALL_DUE
        self._reading = Lock()
        self._file = VideoFile(path, started_at=self._started_at)
        self._pictures = self._decode()
        self._next: _Picture | None = None
        self.cut_short: str | None = None  # once the file has ended: what it states of its length and does not hold
        self._life.enter(StreamState.LIVE, "the file is open")

    def read(self, timeout_s: float) -> Frame | None:
        """The next due frame; paced, None if its time does not come within ``timeout_s``.

        Raises:
            EndOfSource: the file has no more frames.
            SourceUnavailable: the file cannot be read any further, or the source was closed.
        """
        with self._reading:
            return self._read(timeout_s)

    def _read(self, timeout_s: float) -> Frame | None:
        self._refuse_if_closed()
        if self._next is None:
            self._next = next(self._pictures, None)
        if self._next is None:
            if self.state is not StreamState.LOST:
                self.cut_short = self._file.cut_short()
            self._end(self.cut_short or "the file has ended")
            msg = f"{self._name} has no more frames"
            raise EndOfSource(msg)
        number, picture, time = self._next
        if not self._has_come(time.captured_us, timeout_s):
            return None
        self._next = None
        self._tally.frames_delivered += 1
        return Frame(
            camera_id=self.camera_id,
            index=number,
            captured_at=utc_from_us(time.captured_us),
            clock_error_ms=time.clock_error_ms,
            picture=DecodedPicture(picture, self._converter),
        )

    def attend(self, attention: Attention) -> None:
        """Decode every picture, or keyframes only."""
        self._attention = attention

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        """Original packets of the file; which, see ``PacketRing.cut_clip``.

        Raises:
            ClipUnavailable: the file has no picture there.
        """
        return self._around(start, end).cut_clip(start, end)

    def frame_near(self, at: datetime) -> EvidenceFrame | None:
        """The frame of the file nearest an instant, if one lies within seconds of it.

        Raises:
            ClipUnavailable: the file cannot be read any more.
        """
        return self._around(at, at).frame_near(at)

    def _around(self, start: datetime, end: datetime) -> PacketRing:
        """What the file holds from the keyframe before the start to a little after the end."""
        try:
            ring = self._collect(start, end, seek=self._file.timeline.joins == 0)
            if ring.started_at is None or ring.started_at > start:  # not every container can be searched exactly
                ring = self._collect(start, end, seek=False)
        except SourceUnavailable as e:
            raise ClipUnavailable(str(e)) from e
        return ring

    def _collect(self, start: datetime, end: datetime, *, seek: bool) -> PacketRing:
        ring = PacketRing(span_s=float(10**9), limit_bytes=maxsize)
        file = VideoFile(self._path, started_at=self._started_at)
        try:
            if seek:
                file.seek_before(start - _REORDER)
            form = file.form
            missing = MissingPictures(form.codec, bytes(file.stream.codec_context.extradata or b""))
            for packet, _, captured_us in file.packets():
                captured_at = utc_from_us(captured_us)
                if captured_at > end + _REORDER or not packet.size:
                    break
                payload = bytes(packet)
                form = file.form_of(packet, payload, form)
                if (loss := missing.before(payload)) is not None:
                    ring.note_loss(loss.pictures)
                encoded = EncodedPacket(payload=payload, is_keyframe=packet.is_keyframe, captured_at=captured_at)
                ring.append(encoded, form)
        finally:
            file.close()
        return ring

    def close(self) -> None:
        """Let go of the file."""
        self._closed.set()
        with self._reading:
            self._next = None
            self._pictures.close()
            self._file.close()

    def _decode(self) -> Generator[_Picture, None, None]:
        decoder, times, keyframes_only = VideoDecoder(self._file.stream), FrameTimes(), False
        for packet, stamp, captured_us in self._file.packets():
            if packet.size:
                self._tally.packets_received += 1
                self._tally.bytes_received += packet.size
                if (loss := decoder.inspect(bytes(packet))) is not None:
                    self._tally.frames_lost += loss.pictures or 0
                    self._tally.damaged_stretches += 1
                keyframes_only = self._attention is Attention.KEYFRAMES
                if keyframes_only and not packet.is_keyframe:
                    decoder.skip()
                    continue
                time = CaptureTime(captured_us=captured_us, clock_error_ms=self._clock_error_ms)
                times.put(_UNSTAMPED + self._tally.packets_received if stamp is None else stamp, time)
            decode = decoder.decode_alone if keyframes_only and packet.size else decoder.decode
            for picture in decode(packet):
                number = self._tally.frames_decoded
                self._tally.frames_decoded += 1
                taken = times.take(picture.pts)
                if taken is not None and self._due.is_due(taken.captured_us):
                    yield _Picture(number, picture, taken)
            self._tally.frames_damaged = decoder.damaged
