"""Packets on their way into the ring, until the time of each is final."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ingest.media.clip_muxing import EncodedPacket, StreamForm
from ingest.media.missing_pictures import Loss
from ingest.media.packet_ring import PacketRing

_MOST: Final = 32  # packets whose picture has not come out yet; more than any decoder holds back


@dataclass(slots=True, kw_only=True)
class AwaitedPacket:
    """A packet of a stream stamped in decoding order; its time is known when its picture comes out."""

    pts: int
    payload: bytes
    is_keyframe: bool
    form: StreamForm
    captured_at: datetime
    shown: bool  # or never to be shown
    loss: Loss | None  # what is missing before it
    damage: Loss | None = None  # it is not whole


class AwaitedPackets:
    """Hands packets to the ring in order of decoding, each with its final time. Not safe for several threads.

    Args:
        ring: where they go.
    """

    def __init__(self, ring: PacketRing) -> None:
        self._ring = ring
        self._packets: deque[AwaitedPacket] = deque()

    def append(self, packet: AwaitedPacket) -> None:
        """The next one in order of decoding."""
        self._packets.append(packet)

    def clear(self) -> None:
        """Forget those that wait."""
        self._packets.clear()

    def correct(self, pts: int | None, captured_at: datetime) -> None:
        """The picture of a packet came out, of a stream stamped in decoding order: its time is final."""
        for packet in self._packets:
            if packet.pts == pts:
                packet.captured_at, packet.shown = captured_at, True
                break
        self.store(in_decoding_order=True)

    def note_damage(self, loss: Loss) -> None:
        """The newest packet, wherever it is by now, could not be decoded soundly."""
        if self._packets:
            self._packets[-1].damage = loss
        else:
            self._ring.note_damage(loss.pictures)

    def store(self, *, in_decoding_order: bool) -> None:
        """Hand over those whose time is final.

        Args:
            in_decoding_order: the stream is stamped so, hence a time is final when its picture has come out; else each
                is final at once.
        """
        while self._packets and (not in_decoding_order or self._packets[0].shown or len(self._packets) > _MOST):
            self._store_oldest()

    def store_all(self) -> None:
        """Hand over all, final or not."""
        while self._packets:
            self._store_oldest()

    def _store_oldest(self) -> None:
        packet = self._packets.popleft()
        if packet.loss is not None:
            self._ring.note_loss(packet.loss.pictures)
        self._ring.append(
            EncodedPacket(payload=packet.payload, is_keyframe=packet.is_keyframe, captured_at=packet.captured_at),
            packet.form,
        )
        if packet.damage is not None:
            self._ring.note_damage(packet.damage.pictures)
