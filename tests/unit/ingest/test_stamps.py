"""Stamps that cannot be used are noticed within seconds, and sound ones are never suspected."""

import random
from collections.abc import Iterator

import av
import pytest

from ingest.media.media_times import Arrival, MediaTimes
from ingest.media.stamp_check import StampCheck, StampFault

TICKS_PER_S = 90_000


def judged(stamps_us: Iterator[tuple[int | None, int]]) -> list[tuple[float, StampFault | None]]:
    """(seconds since the first packet, verdict) of each change."""
    check, changes, first_us = StampCheck(), [], None
    for stamp_us, mono_us in stamps_us:
        first_us = mono_us if first_us is None else first_us
        if check.see(stamp_us, mono_us):
            changes.append(((mono_us - first_us) / 1e6, check.fault))
    return changes


def camera(seconds: float, fps: float = 25.0, rate: float = 1.0, grain_us: int = 1) -> Iterator[tuple[int, int]]:
    for i in range(round(seconds * fps)):
        at_us = round(i * 1e6 / fps)
        yield round(at_us * rate) // grain_us * grain_us, at_us


@pytest.mark.parametrize(
    ("stamps", "fault", "within_s"),
    [
        (((7, at) for _, at in camera(20)), StampFault.CONSTANT, 2.1),
        (camera(20, grain_us=1_000_000), StampFault.CONSTANT, 2.1),
        (((None, at) for _, at in camera(20)), StampFault.MISSING, 2.1),
        (camera(20, rate=10.5), StampFault.RUNNING_AWAY, 0.6),
        (camera(20, rate=0.1), StampFault.RUNNING_AWAY, 4.2),
        (camera(40, rate=2.0), StampFault.RUNNING_AWAY, 5.2),
        (camera(40, rate=1.3), StampFault.RUNNING_AWAY, 17.0),
        (camera(40, rate=0.5), StampFault.RUNNING_AWAY, 16.2),
        (((3, at) for _, at in camera(60, fps=1.0)), StampFault.CONSTANT, 10.1),
    ],
)
def test_what_is_wrong_is_noticed(stamps: Iterator[tuple[int | None, int]], fault: StampFault, within_s: float) -> None:
    changes = judged(stamps)
    assert [each for _, each in changes] == [fault]
    assert changes[0][0] <= within_s


def shaken(seconds: float) -> Iterator[tuple[int, int]]:
    """A network that delays by up to half a second, sometimes holds everything for three seconds and lets it go."""
    rng, arrived_us, held_until_us = random.Random(4), 0, 0
    for stamp_us, at_us in camera(seconds):
        if rng.random() < 0.01:
            held_until_us = at_us + rng.randrange(500_000, 3_000_000)
        arrived_us = max(arrived_us, at_us + rng.randrange(500_000), held_until_us)
        yield stamp_us, arrived_us


def with_b_frames(seconds: float) -> Iterator[tuple[int, int]]:
    for i, (_, at_us) in enumerate(camera(seconds)):
        yield (i + (2, -1, -1)[i % 3]) * 40_000, at_us


def two_fields(seconds: float) -> Iterator[tuple[int, int]]:
    for stamp_us, at_us in camera(seconds):
        yield stamp_us, at_us
        yield stamp_us, at_us + 20_000


def with_pauses(seconds: float) -> Iterator[tuple[int, int]]:
    """The camera itself pauses for seven seconds now and then, and its stamps do, too."""
    pause_us = 0
    for i, (stamp_us, at_us) in enumerate(camera(seconds)):
        pause_us += 7_000_000 if i % 800 == 799 else 0
        yield stamp_us, at_us + pause_us


@pytest.mark.parametrize(
    "stamps",
    [
        camera(200),
        camera(200, rate=1.0001),
        camera(200, fps=1),
        shaken(200),
        with_b_frames(100),
        two_fields(60),
        with_pauses(200),
    ],
)
def test_sound_stamps_are_never_suspected(stamps: Iterator[tuple[int | None, int]]) -> None:
    assert judged(stamps) == []


def test_stamps_that_become_sound_are_used_again_after_a_while() -> None:
    def mended() -> Iterator[tuple[int, int]]:
        for stamp_us, at_us in camera(100):
            yield (0 if at_us < 10_000_000 else stamp_us), at_us

    changes = judged(mended())
    assert [each for _, each in changes] == [StampFault.CONSTANT, None]
    assert 40 < changes[1][0] < 60


def passed(stamps: list[tuple[int | None, int]]) -> tuple[MediaTimes, list[Arrival]]:
    """What a connection makes of packets with these stamps."""
    times, out = MediaTimes(None), []
    times.done(-1_000_000)
    for stamp_us, mono_us in stamps:
        packet = av.Packet(b"x")
        packet.pts = None if stamp_us is None else stamp_us * TICKS_PER_S // 1_000_000
        out += times.take(packet, mono_us=mono_us, wall_us=mono_us, sender_us=None)  # type: ignore[arg-type]
        times.done(mono_us)
    return times, out


@pytest.mark.parametrize("far_us", [-9_800_000_000, 37_600_000_000, 6_000_000])
def test_a_single_odd_stamp_moves_nothing(far_us: int) -> None:
    stamps = [(stamp_us + (far_us if i % 50 == 49 else 0), at_us) for i, (stamp_us, at_us) in enumerate(camera(20))]
    times, out = passed([*stamps])
    assert times.fault is None
    assert times.count_outliers() == 10
    assert all(abs(one.media_us - one.mono_us) < 100 for one in out)


@pytest.mark.parametrize("far_us", [-3_600_000_000, 3_600_000_000])
def test_a_sender_that_begins_anew_is_followed_from_its_second_stamp_on(far_us: int) -> None:
    stamps = [(stamp_us + (far_us if at_us >= 10_000_000 else 0), at_us) for stamp_us, at_us in camera(20)]
    times, out = passed([*stamps])
    assert (times.fault, times.count_outliers()) == (None, 1)
    assert all(abs(one.media_us - one.mono_us - far_us) < 100 for one in out[251:])


def test_arrival_stands_for_stamps_that_cannot_be_used_and_an_epoch_begins() -> None:
    times, out = passed([(7, at_us) for _, at_us in camera(10)])
    assert times.fault is StampFault.CONSTANT
    (turn,) = [i for i, one in enumerate(out) if one.begins_epoch]
    assert all(one.media_us == one.mono_us for one in out[turn:])
    assert out[turn].mono_us <= 2_100_000
    assert len({one.pts for one in out[turn:]}) == len(out) - turn
