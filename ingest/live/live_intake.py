"""What happens to the packets of a live camera: capture time, ring, decoder, the newest due frame."""

from collections.abc import Iterable
from threading import Lock
from typing import Final

from av.video.frame import VideoFrame

from domain.instants import Clock
from domain.ports import Attention
from ingest.live.awaited_packets import AwaitedPacket, AwaitedPackets
from ingest.live.capture_clock import CaptureClock
from ingest.live.newest_frame import LiveFrame, NewestFrame
from ingest.live.stream_watch import StreamWatch
from ingest.media.clip_muxing import StreamForm
from ingest.media.due import DueFrames
from ingest.media.frame_times import FrameTimes, us_from_utc, utc_from_us
from ingest.media.media_times import Arrival, MediaTimes
from ingest.media.missing_pictures import Loss
from ingest.media.nal import ANNEX_B_CODECS, is_complete
from ingest.media.packet_ring import PacketRing
from ingest.source_counters import Tally

_READINGS: Final = 5
_AGREE_US: Final = 50_000


class LiveIntake:
    """Takes in the packets of one camera over all its connections.

    Args:
        clock: read at each packet's arrival.
        capture: turns media times into UTC.
        ring: where encoded packets are kept.
        newest: where due pictures go.
        due: decides which pictures are due.
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
        self._awaited = AwaitedPackets(ring)
        self._current: object = None
        self.attention = Attention.ALL_DUE
        self._lock = Lock()  # a thread that was given up may still come with a packet

    def begin(self, connection: object, form: StreamForm) -> None:
        """A new connection; packets of the one before are no longer taken."""
        self.watch.connect()
        self.describe(form)
        with self._lock:
            self._current = connection
            self._capture.restart()
            self._times.forget()
            self._awaited.clear()
            self._ring.interrupt()

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
        self._awaited.store_all()
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
            self._awaited.append(
                AwaitedPacket(
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
            self._awaited.store(in_decoding_order=self._times.stamped_in_decoding_order)
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
                self._awaited.correct(picture.pts, utc_from_us(time.captured_us))
            is_due, epoch = self._due.is_due(time.captured_us), self._capture.epoch
        if is_due:
            self._newest.put(LiveFrame(number, picture, time, epoch))

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
            self._awaited.note_damage(loss)

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
