"""What happens to the packets of a live camera: capture time, ring, decoder, the newest due frame."""

from fractions import Fraction
from threading import Lock
from typing import Final, NamedTuple

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from domain.instants import Clock
from ingest.capture_clock import CaptureClock
from ingest.clip_muxing import EncodedPacket, StreamForm
from ingest.decoding import VideoDecoder
from ingest.due import DueFrames
from ingest.frame_times import FrameTimes, us_from_utc, utc_from_us
from ingest.nal import ANNEX_B_CODECS, parameter_sets
from ingest.newest_frame import LiveFrame, NewestFrame
from ingest.packet_ring import PacketRing
from ingest.sender_clock import sender_utc_us
from ingest.source_counters import Tally

_WAITED_S: Final = 0.005  # a packet that was waited for so long came live, not out of a buffer
_SETTLE_S: Final = 1.0
_SETTLE_PACKETS: Final = 150


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
        self._current: object = None
        self._lock = Lock()  # a thread that was given up may still come with a packet

    def begin(self, stream: VideoStream) -> "LiveConnection":
        """A new connection; packets of the one before are no longer taken."""
        connection = LiveConnection(self, stream)
        with self._lock:
            self._current = connection
            self._capture.restart()
            self._times.forget()
            self._ring.interrupt()
        return connection

    def end(self) -> None:
        """No connection any more."""
        with self._lock:
            self._current = None

    def now(self) -> tuple[int, int]:
        """Monotonic time and UTC of this machine, both in microseconds."""
        return round(self._clock.monotonic_s() * 1e6), us_from_utc(self._clock.now())

    def observe(self, connection: object, media_us: int, at: tuple[int, int], sender_us: int | None) -> bool:
        """Tell the capture clock of an arrival; False if the connection is no longer the current one."""
        mono_us, wall_us = at
        with self._lock:
            if self._current is not connection:
                return False
            self._capture.observe(media_us=media_us, mono_us=mono_us, wall_us=wall_us, sender_us=sender_us)
            return True

    def keep(self, connection: object, pts: int, media_us: int, packet: "_Encoded", form: StreamForm) -> bool:
        """Stamp a packet and put it into the ring; False if the connection is no longer the current one."""
        with self._lock:
            if self._current is not connection:
                return False
            time = self._capture.stamp(media_us)
            self._times.put(pts, time)
            captured_at = utc_from_us(time.captured_us)
            self._tally.packets_received += 1
            self._tally.bytes_received += len(packet.payload)
        encoded = EncodedPacket(payload=packet.payload, is_keyframe=packet.is_keyframe, captured_at=captured_at)
        self._ring.append(encoded, form)
        return True

    def show(self, connection: object, picture: VideoFrame) -> None:
        """A picture came out of the decoder."""
        with self._lock:
            if self._current is not connection:
                return
            number = self._tally.frames_decoded
            self._tally.frames_decoded += 1
            time = self._times.take(picture.pts)
            is_due = time is not None and self._due.is_due(time.captured_us)
        if time is not None and is_due:
            self._newest.put(LiveFrame(number, picture, time))

    def damaged(self, count: int) -> None:
        """So many pictures could not be decoded soundly."""
        self._tally.frames_damaged += count


class _Encoded(NamedTuple):
    payload: bytes
    is_keyframe: bool


class _Held(NamedTuple):
    packet: "Packet[VideoStream]"
    media_us: int


class LiveConnection:
    """One connection's packets on their way in; used by the connection's thread alone.

    The first packets come in a burst out of buffers and would all seem late; they are held until one had to be waited
    for (one picture's gap as a rule), so that the clock has seen a timely one before the first time is given out.

    Args:
        intake: what lasts over all connections.
        stream: the open video stream.
    """

    def __init__(self, intake: LiveIntake, stream: VideoStream) -> None:
        self._intake = intake
        self._time_base = stream.time_base or Fraction(1, 90_000)
        self._decoder = VideoDecoder(stream)
        codec = stream.codec_context.name
        sets = parameter_sets(stream.codec_context.extradata or b"", codec) if codec in ANNEX_B_CODECS else b""
        self._form = StreamForm(codec=codec, parameter_sets=sets)
        self._held: list[_Held] | None = []
        self._first_us: int | None = None
        self._done_us: int | None = None
        self._damaged = 0

    def take(self, packet: "Packet[VideoStream]") -> bool:
        """Take in the next packet in order of decoding.

        Returns:
            False when this connection was given up and its thread should end.
        """
        at = self._intake.now()
        if not packet.size:
            return True
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None:
            return True  # RTP always stamps; a packet without belongs to no picture that could be placed in time
        media_us = round(stamp * self._time_base * 1_000_000)
        if not self._intake.observe(self, media_us, at, sender_utc_us(packet)):
            return False
        alive = self._flow(_Held(packet, media_us), at[0])
        self._done_us = self._intake.now()[0]
        return alive

    def _flow(self, held: _Held, mono_us: int) -> bool:
        if self._held is None:
            return self._pass(held)
        self._held.append(held)
        self._first_us = mono_us if self._first_us is None else self._first_us
        waited_s = 0.0 if self._done_us is None else (mono_us - self._done_us) / 1e6
        settled = waited_s >= _WAITED_S or (mono_us - self._first_us) / 1e6 >= _SETTLE_S
        if not settled and len(self._held) < _SETTLE_PACKETS:
            return True
        burst, self._held = self._held, None
        return all(self._pass(one) for one in burst)

    def _pass(self, held: _Held) -> bool:
        packet, media_us = held
        stamp = packet.pts if packet.pts is not None else packet.dts
        payload = bytes(packet)
        if packet.is_keyframe and self._form.codec in ANNEX_B_CODECS:
            sets = parameter_sets(payload, self._form.codec)
            if sets and sets != self._form.parameter_sets:
                self._form = StreamForm(codec=self._form.codec, parameter_sets=sets)
        encoded = _Encoded(payload, packet.is_keyframe)
        if not self._intake.keep(self, stamp or 0, media_us, encoded, self._form):
            return False
        for picture in self._decoder.decode(packet):
            self._intake.show(self, picture)
        if self._decoder.damaged > self._damaged:
            self._intake.damaged(self._decoder.damaged - self._damaged)
            self._damaged = self._decoder.damaged
        return True
