"""The live path without a network: keeping up, falling behind, catching up."""

import io
from datetime import UTC, datetime, timedelta

import av

from ingest.live.capture_clock import CaptureClock
from ingest.live.live_connection import LiveConnection
from ingest.live.live_intake import LiveIntake
from ingest.live.newest_frame import NewestFrame
from ingest.media.decoding import BgrConverter
from ingest.media.due import DueFrames
from ingest.media.frame_times import utc_from_us
from ingest.media.packet_ring import PacketRing
from ingest.source_counters import Tally
from tests.builders.synthetic_video import Recipe, encode, number_of, steady


class WorkClock:
    """Time passes while a packet is dealt with (work_s) and while the next one is waited for (wait_s)."""

    def __init__(self) -> None:
        self.at_s = 1000.0
        self.work_s = 0.0
        self.wait_s = 0.04
        self._dealing = False

    def now(self) -> datetime:
        return datetime(2026, 1, 5, 7, tzinfo=UTC) + timedelta(seconds=self.at_s - 1000.0)

    def monotonic_s(self) -> float:
        self.at_s += self.work_s if self._dealing else self.wait_s
        self._dealing = not self._dealing
        return self.at_s


def test_a_machine_that_falls_behind_decodes_keyframes_only_until_it_has_caught_up_and_keeps_every_packet() -> None:
    file, tally, clock, ring = io.BytesIO(), Tally(), WorkClock(), PacketRing(span_s=100)
    encode(file, steady(300), Recipe(keyframe_every=25), form="mpegts")
    file.seek(0)
    newest = NewestFrame(tally)
    intake = LiveIntake(clock=clock, capture=CaptureClock(), ring=ring, newest=newest, due=DueFrames(None), tally=tally)
    shown: list[tuple[int, int, datetime]] = []
    with av.open(file) as container:
        stream = container.streams.video[0]
        connection = LiveConnection(intake, stream)
        for count, packet in enumerate(packet for packet in container.demux(stream) if packet.size):
            slow = 50 <= count < 150
            clock.work_s, clock.wait_s = (0.05, 0.0) if slow else (0.005, 0.035)
            assert connection.take(packet)
            live = newest.take(0.0)
            if live is not None:
                image = BgrConverter().convert(live.picture)
                shown.append((count, number_of(image), utc_from_us(live.time.captured_us)))
    assert tally.packets_received == 300
    clip = ring.cut_clip(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert len(clip.frame_times) == 300, "evidence is whole although pictures were left out"
    assert 50 < tally.frames_shed < 120
    behind = [number for count, number, _ in shown if 95 < count < 145]
    assert behind
    assert all(number % 25 == 0 for number in behind), "only keyframes"
    assert {number for _, number, _ in shown} >= set(range(176, 299)), "all again once it keeps up"
    for _, number, at in shown:
        assert at == clip.frame_times[number]


def test_packets_of_a_connection_that_was_given_up_are_refused() -> None:
    file, tally = io.BytesIO(), Tally()
    encode(file, steady(5), form="mpegts")
    file.seek(0)
    intake = LiveIntake(
        clock=WorkClock(),
        capture=CaptureClock(),
        ring=PacketRing(),
        newest=NewestFrame(tally),
        due=DueFrames(None),
        tally=tally,
    )
    with av.open(file) as container:
        connection = LiveConnection(intake, container.streams.video[0])
        intake.end()
        packet = next(container.demux(video=0))
        connection.take(packet)
        assert not connection.take(next(container.demux(video=0)))
    assert tally.packets_received == 0
