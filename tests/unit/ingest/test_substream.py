"""Two streams of one camera: the small one is analysed, the main one is the evidence."""

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import av
import pytest
from pydantic import ValidationError

from deploy.local.servers import RtspServer
from domain.camera import Stream
from domain.fleet.health import StreamState
from domain.ports import Attention
from domain.seen.frame import Frame
from ingest.live.substream import SubstreamSource
from ingest.open_source import open_source
from tests.builders.box_fakes import camera
from tests.builders.scripted_camera import Script, ScriptedCamera
from tests.builders.synthetic_video import Recipe, coded_pictures, encode, number_of, steady
from tests.builders.watching import HealthLog, WallClock, read_frames, wait_until

PICTURES = 50  # two seconds at 25 a second
MAIN_WH, SUB_WH = (640, 384), (320, 192)


def main_script(**changes: object) -> Script:
    pictures = coded_pictures(steady(PICTURES), Recipe(size_wh=MAIN_WH, keyframe_every=10))
    script = Script(pictures=pictures, report_offset_s=0.0, in_step_s=2.0)
    return _changed(script, changes)


def sub_script(**changes: object) -> Script:
    pictures = coded_pictures(steady(PICTURES), Recipe(size_wh=SUB_WH, keyframe_every=25))
    script = Script(pictures=pictures, report_offset_s=0.0, in_step_s=2.0)
    return _changed(script, changes)


def _changed(script: Script, changes: dict[str, object]) -> Script:
    for name, value in changes.items():
        setattr(script, name, value)
    return script


@contextmanager
def opened(main_url: str, sub_url: str, health: HealthLog | None = None, fps: float = 25) -> Iterator[SubstreamSource]:
    config = camera("cam-1", stream={"url": main_url, "analysed_url": sub_url, "analysed_fps": fps})
    source = open_source(config, clock=WallClock(), secrets={}, on_health=health)
    assert isinstance(source, SubstreamSource)
    try:
        yield source
    finally:
        source.close()


@contextmanager
def two_cameras(main: Script, sub: Script, health: HealthLog | None = None) -> Iterator[SubstreamSource]:
    with ExitStack() as stack:
        urls = [stack.enter_context(ScriptedCamera(script)).url for script in (main, sub)]
        yield stack.enter_context(opened(urls[0], urls[1], health))


def shown(source: SubstreamSource, frames: list[Frame]) -> list[int]:
    """The numbers that the evidence stream shows at the frames' instants."""
    clip = source.cut_clip(frames[0].captured_at, frames[-1].captured_at)
    with av.open(io.BytesIO(clip.content)) as container:
        pictures = list(container.decode(video=0))
        assert (pictures[0].width, pictures[0].height) == MAIN_WH
        numbers = [number_of(picture.to_ndarray(format="bgr24")) for picture in pictures]
    return [numbers[clip.frame_times.index(frame.captured_at)] for frame in frames]


def test_every_picture_is_given_the_evidence_frame_that_shows_the_same_moment() -> None:
    with two_cameras(main_script(), sub_script()) as source:
        frames = read_frames(source, 40, timeout_s=30)
        assert len(frames) == 40
        assert {frame.resolution_wh for frame in frames} == {SUB_WH}
        assert {frame.evidence_wh for frame in frames} == {MAIN_WH}
        for frame in frames:
            near = source.frame_near(frame.captured_at)
            assert near is not None
            assert near.captured_at == frame.captured_at
        apart = [
            (main - number_of(frame.image_bgr) + PICTURES // 2) % PICTURES - PICTURES // 2
            for frame, main in zip(frames, shown(source, frames), strict=True)
        ]
        for frame, pictures in zip(frames, apart, strict=True):
            assert frame.clock_error_ms is not None
            allowed_ms = frame.clock_error_ms + 60
            assert abs(pictures) * 40 <= allowed_ms
        assert sorted(apart)[20] == 0


def test_without_a_clock_of_the_camera_s_own_no_picture_is_handed_out(caplog: pytest.LogCaptureFixture) -> None:
    with two_cameras(main_script(report_offset_s=None), sub_script()) as source:
        wait_until(lambda: source.read(0.0) is not None or source.unpaired >= 5)
        assert source.read(0.0) is None
        assert source.counters.frames_dropped >= 5
    told = [record.reason for record in caplog.records if getattr(record, "action", "") == "unpaired"]  # type: ignore[attr-defined]
    assert "a stream sends no sender reports, so nobody knows how far the two are apart" in told


def test_pictures_without_their_evidence_are_left_out_and_the_lost_stream_is_named() -> None:
    health = HealthLog()
    with (
        ScriptedCamera(main_script()) as main,
        ScriptedCamera(sub_script()) as sub,
        opened(main.url, sub.url, health) as source,
    ):
        read_frames(source, 3, timeout_s=30)
        assert source.state is StreamState.LIVE
        main.kill()
        _, event = health.wait_for(StreamState.LOST, reason="the evidence stream: ")
        assert event.camera_id == "cam-1"
        unpaired = source.unpaired
        wait_until(lambda: source.read(0.0) is None and source.unpaired > unpaired)
        main.start()
        health.wait_for(StreamState.LIVE, after_s=health.events[-1][0])
        assert read_frames(source, 3, timeout_s=30)


def test_a_lost_sub_stream_is_named_too() -> None:
    health = HealthLog()
    with (
        ScriptedCamera(main_script()) as main,
        ScriptedCamera(sub_script()) as sub,
        opened(main.url, sub.url, health) as source,
    ):
        read_frames(source, 1, timeout_s=30)
        sub.kill()
        health.wait_for(StreamState.LOST, reason="the analysed stream: ")


def test_less_attention_rests_the_sub_stream_s_decoder() -> None:
    with two_cameras(main_script(), sub_script()) as source:
        read_frames(source, 1, timeout_s=30)
        source.attend(Attention.KEYFRAMES)
        wait_until(lambda: (frame := source.read(0.5)) is not None and number_of(frame.image_bgr) % 25 == 0)
        assert {number_of(frame.image_bgr) % 25 for frame in read_frames(source, 3, timeout_s=30)} == {0}


@pytest.mark.server
def test_two_streams_of_a_real_server_make_boxes_in_pixels_of_the_main_one(tmp_path: Path) -> None:
    videos = tmp_path / "videos"
    videos.mkdir()
    encode(videos / "main.mp4", steady(100), Recipe(size_wh=MAIN_WH, keyframe_every=25), form="mp4")
    encode(videos / "sub.mp4", steady(50, 12.5), Recipe(size_wh=SUB_WH, keyframe_every=12), form="mp4")
    with (
        RtspServer(videos, ["main.mp4", "sub.mp4"]) as server,
        opened(server.url("main.mp4"), server.url("sub.mp4"), fps=5) as source,
    ):
        frames = read_frames(source, 20, timeout_s=60)
        assert len(frames) == 20
        assert {(frame.resolution_wh, frame.evidence_wh) for frame in frames} == {(SUB_WH, MAIN_WH)}
        clip = source.cut_clip(frames[5].captured_at, frames[15].captured_at)
        assert {frame.captured_at for frame in frames[5:16]} <= set(clip.frame_times)


@pytest.mark.parametrize(
    ("url", "sub", "told"),
    [
        ("file:street.mp4", "rtsp://cam/sub", "both URLs must be rtsp"),
        ("rtsp://cam/main", "file:sub.mp4", "both URLs must be rtsp"),
        ("rtsp://cam/main", "rtsp://cam/main", "is the main stream itself"),
        ("rtsp://cam/main", "rtsp://me:secret@cam/sub", "must not hold a user"),
    ],
)
def test_a_sub_stream_that_is_none_is_refused(url: str, sub: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Stream(url=url, analysed_url=sub)
