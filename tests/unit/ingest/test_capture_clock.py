"""Capture times: right under jitter, bursts, steps and wraps; never going back within an epoch."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.live.capture_clock import CaptureClock, CaptureTime

WALL_US = 1_767_596_400_000_000  # 2026-01-05T07:00:00Z
MONO_US = 5_000_000_000


def feed(
    clock: CaptureClock,
    media_us: int,
    delay_us: int = 0,
    *,
    sender_offset_us: int | None = None,
    late_start_us: int = 0,
) -> CaptureTime:
    """One packet taken at WALL + media and arriving ``delay_us`` later."""
    passed = media_us + late_start_us + delay_us
    sender_us = None if sender_offset_us is None else WALL_US + media_us + sender_offset_us
    clock.observe(media_us=media_us, mono_us=MONO_US + passed, wall_us=WALL_US + passed, sender_us=sender_us)
    return clock.stamp(media_us)


def test_a_time_is_not_given_before_anything_was_seen() -> None:
    with pytest.raises(ValueError, match="observe"):
        CaptureClock().stamp(0)


def test_jitter_of_the_network_does_not_shake_capture_times() -> None:
    clock, rng = CaptureClock(), random.Random(1)
    times = [feed(clock, i * 40_000, 20_000 + (0 if i % 10 == 0 else rng.randrange(80_000))) for i in range(500)]
    gaps = [b.captured_us - a.captured_us for a, b in pairwise(times)]
    assert set(gaps) == {40_000}
    assert all(t.captured_us == WALL_US + i * 40_000 + 20_000 for i, t in enumerate(times))


def test_without_sender_reports_the_clock_error_is_not_known() -> None:
    assert feed(CaptureClock(), 0, 20_000).clock_error_ms is None


def test_a_first_burst_that_was_observed_before_stamping_gets_the_time_of_its_timeliest_packet() -> None:
    clock = CaptureClock()
    for media_us in range(0, 400_000, 40_000):
        clock.observe(media_us=media_us, mono_us=MONO_US + 400_000, wall_us=WALL_US + 400_000)
    clock.observe(media_us=400_000, mono_us=MONO_US + 410_000, wall_us=WALL_US + 410_000)
    assert [clock.stamp(m).captured_us for m in (0, 200_000, 400_000)] == [
        WALL_US + 10_000,
        WALL_US + 210_000,
        WALL_US + 410_000,
    ]


def test_sender_reports_give_the_sender_s_time_and_the_distance_of_both_clocks_as_error() -> None:
    clock = CaptureClock()
    time = feed(clock, 0, 120_000, sender_offset_us=-30_000)
    assert time.captured_us == WALL_US - 30_000
    assert time.clock_error_ms == pytest.approx(150.0)


@pytest.mark.parametrize("off_us", [-3_600_000_000, -2_500_000, 2_500_000, 86_400_000_000])
def test_a_sender_whose_clock_is_far_off_is_not_believed_but_told(off_us: int) -> None:
    time = feed(CaptureClock(trust_limit_s=2.0), 0, 100_000, sender_offset_us=off_us)
    assert time.captured_us == WALL_US + 100_000
    assert time.clock_error_ms == pytest.approx(abs(100_000 - off_us) / 1000)


def test_a_first_sender_report_after_some_seconds_is_approached_by_slewing() -> None:
    clock = CaptureClock()
    for i in range(50):
        feed(clock, i * 40_000, 200_000)
    times = [feed(clock, i * 40_000, 200_000, sender_offset_us=0) for i in range(50, 250)]
    gaps = [b.captured_us - a.captured_us for a, b in pairwise(times)]
    assert min(gaps) >= 38_000
    assert abs(times[-1].captured_us - (WALL_US + 249 * 40_000)) < 1_000
    assert times[-1].clock_error_ms == pytest.approx(200.0, abs=2.0)


def test_media_time_that_leaps_back_or_wraps_is_placed_anew() -> None:
    clock = CaptureClock()
    before = feed(clock, 47_721_858_844 - 40_000, 10_000)  # 2**32 ticks of 90 kHz
    clock.observe(media_us=0, mono_us=MONO_US + 47_721_858_844 + 10_000, wall_us=WALL_US + 47_721_858_844 + 10_000)
    after = clock.stamp(0)
    assert (clock.anchors, clock.epoch) == (2, 0)
    assert after.captured_us - before.captured_us == 40_000


def test_media_time_that_leaps_ahead_is_placed_anew_and_stays_near_now() -> None:
    clock = CaptureClock()
    feed(clock, 0, 10_000)
    clock.observe(media_us=10**12, mono_us=MONO_US + 50_000, wall_us=WALL_US + 50_000)
    assert clock.stamp(10**12).captured_us == WALL_US + 50_000


def test_a_sender_that_paused_is_noticed_within_seconds() -> None:
    clock = CaptureClock()
    for i in range(100):
        feed(clock, i * 40_000, 10_000)
    times = [feed(clock, i * 40_000, 10_000, late_start_us=30_000_000) for i in range(100, 300)]
    told = [t for t in times[:120] if t.clock_error_ms is not None and t.clock_error_ms > 2_000]
    assert told, "while it is not clear whether the network or the sender is late, the error says so"
    assert times[-1].captured_us == WALL_US + 299 * 40_000 + 30_010_000


@pytest.mark.parametrize("step_us", [-3_600_000_000, 3_600_000_000, 7 * 3_600_000_000, -700_000])
def test_a_step_of_our_own_clock_begins_an_epoch_in_which_times_are_right_at_once(step_us: int) -> None:
    clock = CaptureClock()
    for i in range(50):
        feed(clock, i * 40_000, 10_000)
    assert clock.epoch == 0
    for i in range(50, 100):
        media_us, at = i * 40_000, i * 40_000 + 10_000
        clock.observe(media_us=media_us, mono_us=MONO_US + at, wall_us=WALL_US + at + step_us)
        assert clock.stamp(media_us) == CaptureTime(captured_us=WALL_US + at + step_us, clock_error_ms=None)
    assert clock.epoch == 1


def test_a_step_while_no_connection_stood_is_noticed_with_the_next_packet() -> None:
    clock = CaptureClock()
    feed(clock, 0)
    clock.restart()
    clock.observe(media_us=0, mono_us=MONO_US + 60_000_000, wall_us=WALL_US - 60_000_000)
    assert (clock.stamp(0).captured_us, clock.epoch) == (WALL_US - 60_000_000, 1)


def test_our_own_clock_being_slewed_is_no_step() -> None:
    clock = CaptureClock()
    for i in range(500):
        media_us = i * 40_000
        clock.observe(media_us=media_us, mono_us=MONO_US + media_us, wall_us=WALL_US + media_us + i * 400)
        clock.stamp(media_us)
    assert (clock.epoch, clock.anchors) == (0, 1)


def test_one_odd_report_of_the_sender_is_an_outlier_and_a_change_that_holds_is_followed() -> None:
    clock = CaptureClock()
    offsets_us = [0] * 100 + [1_900_000] * 50 + [0] * 100 + [1_500_000] * 400
    errors_ms = [
        feed(clock, i * 40_000, 0, sender_offset_us=offset).clock_error_ms for i, offset in enumerate(offsets_us)
    ]
    assert errors_ms[:250] == [0.0] * 250
    assert errors_ms[-1] is not None
    assert errors_ms[-1] >= 1_500
    assert clock.sender_apart_us == 1_500_000


def test_pictures_shown_before_one_sent_earlier_lie_between_their_neighbours() -> None:
    clock = CaptureClock()
    order = [0, 120_000, 40_000, 80_000, 240_000, 160_000, 200_000]
    stamped = {}
    for arrival, media_us in enumerate(order):
        at = 120_000 + arrival * 40_000
        clock.observe(media_us=media_us, mono_us=MONO_US + at, wall_us=WALL_US + at)
        stamped[media_us] = clock.stamp(media_us).captured_us
    shown = [stamped[m] for m in sorted(order)]
    assert shown == sorted(set(shown))


@st.composite
def arrivals(draw: st.DrawFn) -> list[tuple[int, int, int, int | None]]:
    """(media, mono, wall, sender) of a nasty camera: jitter, pauses, leaps, clock steps, reordering by nothing."""
    media_us, mono_us, wall_shift_us = draw(st.integers(-(10**9), 10**12)), MONO_US, 0
    rows = []
    for _ in range(draw(st.integers(2, 60))):
        event = draw(st.sampled_from(["next"] * 12 + ["pause", "leap", "step", "burst"]))
        step_us = draw(st.integers(1, 200_000))
        media_us += step_us
        mono_us += 0 if event == "burst" else step_us + draw(st.integers(-step_us, 300_000))
        if event == "pause":
            mono_us += draw(st.integers(0, 90_000_000))
        if event == "leap":
            media_us += draw(st.integers(-(10**11), 10**11))
        if event == "step":
            wall_shift_us += draw(st.integers(-(10**10), 10**10))
        sender_us = draw(st.none() | st.integers(-(10**7), 10**7))
        wall_us = WALL_US + mono_us - MONO_US + wall_shift_us
        rows.append((media_us, mono_us, wall_us, None if sender_us is None else wall_us + sender_us))
    return rows


@given(rows=arrivals(), restarts=st.sets(st.integers(0, 59), max_size=3))
@settings(max_examples=150, deadline=None)
def test_whatever_comes_captured_at_rises_strictly_within_an_epoch_and_errors_are_never_negative(
    rows: list[tuple[int, int, int, int | None]], restarts: set[int]
) -> None:
    clock = CaptureClock()
    last: int | None = None
    for i, (media_us, mono_us, wall_us, sender_us) in enumerate(rows):
        if i in restarts:
            clock.restart()
        anchors, epoch, furthest = clock.anchors, clock.epoch, clock._knots_media[-1] if clock._knots_media else None
        clock.observe(media_us=media_us, mono_us=mono_us, wall_us=wall_us, sender_us=sender_us)
        time = clock.stamp(media_us)
        assert time.clock_error_ms is None or time.clock_error_ms >= 0
        goes_on = furthest is None or media_us > furthest or clock.anchors > anchors
        last = last if clock.epoch == epoch else None
        if last is not None and goes_on:  # a picture shown before one that came earlier may be older than that one
            assert time.captured_us > last
        last = time.captured_us if last is None else max(last, time.captured_us)


@given(delays=st.lists(st.integers(0, 400_000), min_size=30, max_size=120), drift_ppm=st.integers(-100, 100))
@settings(max_examples=60, deadline=None)
def test_a_steady_camera_is_never_stamped_far_from_the_truth(delays: list[int], drift_ppm: int) -> None:
    clock = CaptureClock()
    for i, delay_us in enumerate(delays):
        true_us = i * 40_000
        media_us = true_us + true_us * drift_ppm // 1_000_000
        arrived = true_us + delay_us
        clock.observe(media_us=media_us, mono_us=MONO_US + arrived, wall_us=WALL_US + arrived)
        captured_us = clock.stamp(media_us).captured_us
        assert -2_000 <= captured_us - (WALL_US + true_us) <= 402_000


@given(media=st.lists(st.integers(0, 10**7), min_size=3, max_size=40, unique=True))
@settings(max_examples=100, deadline=None)
def test_until_media_time_is_placed_anew_time_rises_with_media_time_in_any_order_of_arrival(media: list[int]) -> None:
    media = sorted(media)
    for i in range(0, len(media) - 2, 3):  # P before its two Bs
        media[i], media[i + 1], media[i + 2] = media[i + 2], media[i], media[i + 1]
    clock, stamped = CaptureClock(), {}
    for arrival, media_us in enumerate(media):
        clock.observe(
            media_us=media_us, mono_us=MONO_US + arrival * 1000 + media_us, wall_us=WALL_US + arrival * 1000 + media_us
        )
        if clock.anchors <= 1:
            stamped[media_us] = clock.stamp(media_us).captured_us
    if clock.anchors == 1:
        shown = [stamped[m] for m in sorted(stamped)][2:]
        assert all(a <= b for a, b in pairwise(shown))


def test_packets_that_the_network_held_back_and_then_flushed_keep_their_times() -> None:
    clock = CaptureClock()
    for i in range(100):
        feed(clock, i * 40_000, 10_000)
    held = [feed(clock, i * 40_000, 10_000 + max(0, 7_000_000 - (i - 100) * 39_000)) for i in range(100, 300)]
    assert [t.captured_us for t in held] == [WALL_US + i * 40_000 + 10_000 for i in range(100, 300)]
