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
from ingest.live.stream_watch import StreamWatch
from ingest.media.clip_muxing import EncodedPacket, StreamForm
from ingest.media.decoding import VideoDecoder
from ingest.media.due import DueFrames
from ingest.media.frame_times import FrameTimes, us_from_utc, utc_from_us
from ingest.media.media_times import Arrival, MediaTimes
from ingest.media.missing_pictures import Loss
from ingest.media.nal import ANNEX_B_CODECS, is_complete, parameter_sets
from ingest.media.packet_ring import PacketRing
from ingest.source_counters import Tally

_WAITED_US: Final = 2_000  # a packet that was waited for so long: we keep up with the camera
_BEHIND_US: Final = 2_000_000  # no packet was waited for in so long: we do not
_READINGS: Final = 5
_AGREE_US: Final = 50_000
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
    loss: Loss | None  # what is missing before it
    damage: Loss | None = None  # it is not whole


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
        self.watch = StreamWatch()
        self._wall_minus_mono_us: int | None = None
        self._in_damage = False  # a loss or damage, and no keyframe since
        self._times = FrameTimes()
        self._unshown: deque[_Unshown] = deque()
        self._current: object = None
        self.attention = Attention.ALL_DUE
        self._lock = Lock()  # a thread that was given up may still come with a packet

    def begin(self, stream: VideoStream) -> "LiveConnection":
        """A new connection; packets of the one before are no longer taken."""
        connection = LiveConnection(self, stream)
        self.watch.connect()
        self.describe(connection.form)
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
        for _ in range(_READINGS):
            mono_us, wall_us = round(self._clock.monotonic_s() * 1e6), us_from_utc(self._clock.now())
            known_us, self._wall_minus_mono_us = self._wall_minus_mono_us, wall_us - mono_us
            if known_us is None or abs(self._wall_minus_mono_us - known_us) < _AGREE_US:
                break  # else the clock was set, or we were held up between the two readings, which is no step
        self.watch.now_s = mono_us / 1e6
        return mono_us, wall_us

    def observe(self, connection: object, arrivals: Iterable[Arrival]) -> bool:
        """Tell the capture clock of arrivals; False if the connection is no longer the current one."""
        with self._lock:
            if self._current is not connection:
                return False
            epoch = self._capture.epoch
            for one in arrivals:
                if one.begins_epoch:
                    self._capture.begin_epoch()
                self._capture.observe(
                    media_us=one.media_us, mono_us=one.mono_us, wall_us=one.wall_us, sender_us=one.sender_us
                )
            if self._capture.epoch != epoch:
                self._begin_epoch()
            self.watch.sender_apart_us = self._capture.sender_apart_us
            return True

    def _begin_epoch(self) -> None:
        """Nothing of the times before may meet those that come."""
        self._tally.epochs += 1
        self._store(all_of_them=True)
        self._ring.begin_epoch()
        self._times.begin_epoch()
        self._due.restart()

    def keep(
        self,
        connection: object,
        arrival: Arrival,
        payload: bytes,
        form: StreamForm,
        *,
        will_be_decoded: bool,
        loss: Loss | None,
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
            if loss is not None:
                self._tally.frames_lost += loss.pictures or 0
                self._tally.rtp_packets_lost += arrival.rtp_missing
                self._note_damage()
            if arrival.packet.is_keyframe:
                self._in_damage = arrival.rtp_missing > 0
                self.watch.keyframe_at_s = self.watch.now_s
            self._unshown.append(
                _Unshown(
                    pts=arrival.pts,
                    payload=payload,
                    is_keyframe=arrival.packet.is_keyframe,
                    form=form,
                    captured_at=utc_from_us(time.captured_us),
                    shown=not will_be_decoded,
                    loss=loss,
                    damage=loss if arrival.rtp_missing else None,
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
            self.watch.decoded_at_s = self.watch.now_s
            time = self._times.take(picture.pts)
            if time is None:
                self._tally.frames_refused += 1
                return
            self.watch.timed_at_s = self.watch.decoded_at_s
            if self._times.stamped_in_decoding_order:
                self._correct(picture.pts, utc_from_us(time.captured_us))
            is_due, epoch = self._due.is_due(time.captured_us), self._capture.epoch
        if is_due:
            self._newest.put(LiveFrame(number, picture, time, epoch))

    def _correct(self, pts: int | None, captured_at: datetime) -> None:
        for packet in self._unshown:
            if packet.pts == pts:
                packet.captured_at, packet.shown = captured_at, True
                break
        self._store()

    def _store(self, *, all_of_them: bool = False) -> None:
        """Hand packets whose time is final to the ring, in order of decoding."""
        while self._unshown and (
            all_of_them
            or not self._times.stamped_in_decoding_order
            or self._unshown[0].shown
            or len(self._unshown) > _AWAITED
        ):
            packet = self._unshown.popleft()
            if packet.loss is not None:
                self._ring.note_loss(packet.loss.pictures)
            self._ring.append(
                EncodedPacket(payload=packet.payload, is_keyframe=packet.is_keyframe, captured_at=packet.captured_at),
                packet.form,
            )
            if packet.damage is not None:
                self._ring.note_damage(packet.damage.pictures)

    def _note_damage(self) -> None:
        self._tally.damaged_stretches += not self._in_damage
        self._in_damage = True
        self.watch.damaged_at_s = self.watch.now_s

    def damaged(self, count: int, loss: Loss | None) -> None:
        """So many pictures could not be decoded soundly.

        Args:
            count: how many.
            loss: what follows up to the next keyframe cannot be trusted, and what never came; None: it can.
        """
        with self._lock:
            self._tally.frames_damaged += count
            if loss is None:
                return
            self._times.forget_pending()
            self._note_damage()
            if self._unshown:
                self._unshown[-1].damage = loss
            else:
                self._ring.note_damage(loss.pictures)

    def stamps(self, media: MediaTimes) -> None:
        """How the connection's stamps do."""
        self.watch.stamp_fault = media.fault
        self._tally.stamp_outliers += media.count_outliers()

    def describe(self, form: StreamForm) -> None:
        """With what the stream can be decoded, as far as it was sent."""
        self.watch.lacks_sets = form.codec in ANNEX_B_CODECS and not is_complete(form.parameter_sets, form.codec)

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
        self.form = StreamForm(codec=codec, parameter_sets=sets)
        self._damaged = 0
        self._done_us: int | None = None
        self._kept_up_us = 0

    @property
    def _no_more_than_damage(self) -> Loss:
        """A picture came in part; whole ones are counted by themselves, where they can be."""
        return Loss(pictures=0 if self._decoder.counts_losses else None)

    def take(self, packet: "Packet[VideoStream]", rtp_missing: int = 0) -> bool:
        """Take in the next packet in order of decoding.

        Args:
            packet: what came.
            rtp_missing: RTP packets missing in it or before it.

        Returns:
            False when this connection was given up and its thread should end.
        """
        mono_us, wall_us = self._intake.now()
        if not packet.size:
            return True
        if self._done_us is None or mono_us - self._done_us >= _WAITED_US:
            self._kept_up_us = mono_us
        behind = mono_us - self._kept_up_us > _BEHIND_US
        arrivals = self._media.take(
            packet, mono_us=mono_us, wall_us=wall_us, sender_us=sender_utc_us(packet), rtp_missing=rtp_missing
        )
        self._intake.stamps(self._media)
        if not self._intake.observe(self, arrivals) or not all(self._pass(one, behind=behind) for one in arrivals):
            return False
        self._done_us = self._intake.now()[0]
        self._media.done(self._done_us)
        return True

    def _pass(self, arrival: Arrival, *, behind: bool) -> bool:
        packet = arrival.packet
        payload = bytes(packet)
        if packet.is_keyframe and self.form.codec in ANNEX_B_CODECS:
            sets = parameter_sets(payload, self.form.codec)
            if sets and sets != self.form.parameter_sets:
                self.form = StreamForm(codec=self.form.codec, parameter_sets=sets)
            self._intake.describe(self.form)
        loss = self._decoder.inspect(payload)
        if arrival.rtp_missing:
            self._decoder.skip()
            loss = loss or self._no_more_than_damage
        keyframes_only = self._intake.attention is Attention.KEYFRAMES
        if not packet.is_keyframe and (behind or keyframes_only):
            self._decoder.skip()
            if not keyframes_only:
                self._intake.shed()
        wanted = self._decoder.wants(packet) and not arrival.rtp_missing
        if not self._intake.keep(self, arrival, payload, self.form, will_be_decoded=wanted, loss=loss):
            return False
        if not wanted:
            return True
        packet.pts = arrival.pts
        decode = self._decoder.decode_alone if keyframes_only else self._decoder.decode
        for picture in decode(packet):
            self._intake.show(self, picture)
        if self._decoder.damaged > self._damaged:
            loss = None if self._decoder.is_sound else self._no_more_than_damage
            self._intake.damaged(self._decoder.damaged - self._damaged, loss)
            self._damaged = self._decoder.damaged
        return True
