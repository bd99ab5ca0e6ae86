"""What happens to the packets of a live camera: capture time, ring, decoder, the newest due frame."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from domain.instants import Clock
from domain.ports import Attention
from ingest.live.capture_clock import CaptureClock
from ingest.live.newest_frame import LiveFrame, NewestFrame
from ingest.live.sender_clock import sender_utc_us
from ingest.media.clip_muxing import EncodedPacket, StreamForm
from ingest.media.decoding import VideoDecoder
from ingest.media.due import DueFrames
from ingest.media.frame_times import FrameTimes, us_from_utc, utc_from_us
from ingest.media.media_times import Arrival, MediaTimes
from ingest.media.nal import ANNEX_B_CODECS, parameter_sets
from ingest.media.packet_ring import PacketRing
from ingest.source_counters import Tally

_WAITED_US: Final = 2_000  # a packet that was waited for so long: we keep up with the camera
_BEHIND_US: Final = 2_000_000  # no packet was waited for in so long: we do not
_AWAITED: Final = 32  # packets whose picture has not come out yet; more than any decoder holds back


@dataclass(slots=True, kw_only=True)
class _Unshown:
    """A packet of a stream stamped in decoding order; its time is known when its picture comes out."""

    pts: int
    payload: bytes
    is_keyframe: bool
    form: StreamForm
    captured_at: datetime
    shown: bool  # or never to be shown


class LiveIntake:
    """Takes in the packets of one camera over all its connections.

    Args:
        clock: read at each packet's arrival.
        capture: turns media times into UTC.
        ring: where encoded packets are kept.
        newest: where due pictures go.
        due: tells which pictures are due.
        tally: what is counted.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        capture: CaptureClock,
        ring: PacketRing,
        newest: NewestFrame,
        due: DueFrames,
        tally: Tally,
    ) -> None:
        self._clock = clock
        self._capture = capture
        self._ring = ring
        self._newest = newest
        self._due = due
        self._tally = tally
        self._times = FrameTimes()
        self._unshown: deque[_Unshown] = deque()
        self._current: object = None
        self.attention = Attention.ALL_DUE
        self._lock = Lock()  # a thread that was given up may still come with a packet

    def begin(self, stream: VideoStream) -> "LiveConnection":
        """A new connection; packets of the one before are no longer taken."""
        connection = LiveConnection(self, stream)
        with self._lock:
            self._current = connection
            self._capture.restart()
            self._times.forget()
            self._unshown.clear()
            self._ring.interrupt()
        return connection

    def end(self) -> None:
        """No connection any more."""
        with self._lock:
            self._current = None

    def now(self) -> tuple[int, int]:
        """Monotonic time and UTC of this machine, both in microseconds."""
        return round(self._clock.monotonic_s() * 1e6), us_from_utc(self._clock.now())

    def observe(self, connection: object, arrivals: Iterable[Arrival]) -> bool:
        """Tell the capture clock of arrivals; False if the connection is no longer the current one."""
        with self._lock:
            if self._current is not connection:
                return False
            for one in arrivals:
                self._capture.observe(
                    media_us=one.media_us, mono_us=one.mono_us, wall_us=one.wall_us, sender_us=one.sender_us
                )
            return True

    def keep(
        self, connection: object, arrival: Arrival, payload: bytes, form: StreamForm, *, will_be_decoded: bool
    ) -> bool:
        """Stamp a packet and put it into the ring; False if the connection is no longer the current one."""
        with self._lock:
            if self._current is not connection:
                return False
            time = self._capture.stamp(arrival.media_us)
            if will_be_decoded:
                self._times.put(arrival.pts, time)
            self._tally.packets_received += 1
            self._tally.bytes_received += len(payload)
            self._unshown.append(
                _Unshown(
                    pts=arrival.pts,
                    payload=payload,
                    is_keyframe=arrival.packet.is_keyframe,
                    form=form,
                    captured_at=utc_from_us(time.captured_us),
                    shown=not will_be_decoded,
                )
            )
            self._store()
            return True

    def show(self, connection: object, picture: VideoFrame) -> None:
        """A picture came out of the decoder."""
        with self._lock:
            if self._current is not connection:
                return
            number = self._tally.frames_decoded
            self._tally.frames_decoded += 1
            time = self._times.take(picture.pts)
            if time is None:
                return
            if self._times.stamped_in_decoding_order:
                self._correct(picture.pts, utc_from_us(time.captured_us))
            is_due = self._due.is_due(time.captured_us)
        if is_due:
            self._newest.put(LiveFrame(number, picture, time))

    def _correct(self, pts: int | None, captured_at: datetime) -> None:
        for packet in self._unshown:
            if packet.pts == pts:
                packet.captured_at, packet.shown = captured_at, True
                break
        self._store()

    def _store(self) -> None:
        """Hand packets whose time is final to the ring, in order of decoding."""
        while self._unshown and (
            not self._times.stamped_in_decoding_order or self._unshown[0].shown or len(self._unshown) > _AWAITED
        ):
            packet = self._unshown.popleft()
            self._ring.append(
                EncodedPacket(payload=packet.payload, is_keyframe=packet.is_keyframe, captured_at=packet.captured_at),
                packet.form,
            )

    def damaged(self, count: int, *, lost_all: bool) -> None:
        """So many pictures could not be decoded soundly.

        Args:
            count: how many.
            lost_all: whether pictures still inside the decoder were given up too.
        """
        with self._lock:
            self._tally.frames_damaged += count
            if lost_all:
                self._times.forget_pending()

    def shed(self) -> None:
        """A picture was not decoded, because we lag behind the camera."""
        self._tally.frames_shed += 1


class LiveConnection:
    """One connection's packets on their way in; used by the connection's thread alone.

    When this machine cannot decode as fast as the camera sends, packets would queue up in the network's buffers and
    pictures grow old. Then only keyframes are decoded until packets have to be waited for again; the ring keeps all.

    Args:
        intake: what lasts over all connections.
        stream: the open video stream.
    """

    def __init__(self, intake: LiveIntake, stream: VideoStream) -> None:
        self._intake = intake
        self._media = MediaTimes(stream.time_base)
        self._decoder = VideoDecoder(stream)
        codec = stream.codec_context.name
        sets = parameter_sets(stream.codec_context.extradata or b"", codec) if codec in ANNEX_B_CODECS else b""
        self._form = StreamForm(codec=codec, parameter_sets=sets)
        self._damaged = 0
        self._done_us: int | None = None
        self._kept_up_us = 0

    def take(self, packet: "Packet[VideoStream]") -> bool:
        """Take in the next packet in order of decoding.

        Returns:
            False when this connection was given up and its thread should end.
        """
        mono_us, wall_us = self._intake.now()
        if not packet.size:
            return True
        if self._done_us is None or mono_us - self._done_us >= _WAITED_US:
            self._kept_up_us = mono_us
        behind = mono_us - self._kept_up_us > _BEHIND_US
        arrivals = self._media.take(packet, mono_us=mono_us, wall_us=wall_us, sender_us=sender_utc_us(packet))
        if not self._intake.observe(self, arrivals) or not all(self._pass(one, behind=behind) for one in arrivals):
            return False
        self._done_us = self._intake.now()[0]
        self._media.done(self._done_us)
        return True

    def _pass(self, arrival: Arrival, *, behind: bool) -> bool:
        packet = arrival.packet
        payload = bytes(packet)
        if packet.is_keyframe and self._form.codec in ANNEX_B_CODECS:
            sets = parameter_sets(payload, self._form.codec)
            if sets and sets != self._form.parameter_sets:
                self._form = StreamForm(codec=self._form.codec, parameter_sets=sets)
        keyframes_only = self._intake.attention is Attention.KEYFRAMES
        if not packet.is_keyframe and (behind or keyframes_only):
            self._decoder.skip()
            if not keyframes_only:
                self._intake.shed()
        wanted = self._decoder.wants(packet)
        if not self._intake.keep(self, arrival, payload, self._form, will_be_decoded=wanted):
            return False
        packet.pts = arrival.pts
        decode = self._decoder.decode_alone if keyframes_only else self._decoder.decode
        for picture in decode(packet):
            self._intake.show(self, picture)
        if self._decoder.damaged > self._damaged:
            self._intake.damaged(self._decoder.damaged - self._damaged, lost_all=not self._decoder.is_sound)
            self._damaged = self._decoder.damaged
        return True
