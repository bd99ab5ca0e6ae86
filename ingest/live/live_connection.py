"""One connection to a live camera: its packets on their way to decoder and ring."""

from typing import Final

from av.packet import Packet
from av.video.stream import VideoStream

from domain.ports import Attention
from ingest.live.live_intake import LiveIntake
from ingest.live.sender_clock import sender_utc_us
from ingest.media.clip_muxing import StreamForm
from ingest.media.decoding import VideoDecoder
from ingest.media.media_times import Arrival, MediaTimes
from ingest.media.missing_pictures import Loss
from ingest.media.nal import ANNEX_B_CODECS, parameter_sets

_WAITED_US: Final = 2_000  # a packet that was waited for so long: we keep up with the camera
_BEHIND_US: Final = 2_000_000  # no packet was waited for in so long: we do not


class LiveConnection:
    """One connection's packets on their way in; used by the connection's thread alone.

    When this machine cannot decode as fast as the camera sends, packets would queue up in the network's buffers and
    pictures grow old. Then only keyframes are decoded until packets have to be waited for again; the ring keeps all.

    Args:
        intake: what lasts over all connections; takes the packets of this one from now on.
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
        intake.begin(self, self.form)

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
