"""What every source keeps, whatever brings its pictures: pictures to analyse and clips as evidence."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import av
import cv2
import pytest
from av.video.frame import VideoFrame

from domain.camera import CameraConfig
from domain.errors import ClipUnavailable, ConfigurationError, EndOfSource, SourceUnavailable
from domain.fleet.health import HealthEvent, StreamState
from domain.geometry import ImageBgr
from domain.ports import Attention, PictureSource
from domain.seen.frame import Frame
from ingest.media.decoding import BgrConverter
from ingest.open_source import CameraSource, open_source
from tests.builders.metronome import Metronome
from tests.builders.scripted_camera import Script, ScriptedCamera
from tests.builders.synthetic_video import Recipe, coded_pictures, encode, number_of, numbered_picture, steady
from tests.builders.watching import WallClock

T0 = datetime(2026, 1, 5, 7, tzinfo=UTC)
FRAMES = 50
Opener = Callable[[float], CameraSource]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One implementation under test."""

    open: Opener  # with analysed_fps
    is_live: bool
    has_video: bool
    events: list[HealthEvent]


def camera(url: str, analysed_fps: float) -> CameraConfig:
    """The least configuration of a camera."""
    return CameraConfig.model_validate(
        {
            "id": "cam-1",
            "version": 1,
            "name": "Test",
            "road": "Test",
            "ward": "Test",
            "position": {"latitude_deg": 16.46, "longitude_deg": 107.59},
            "heading_deg": 0,
            "reference_still_wh": (320, 192),
            "stream": {"url": url, "analysed_fps": analysed_fps},
        }
    )


@pytest.fixture(params=["rtsp", "file", "paced-file", "folder", "paced-folder"])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    kind: str = request.param
    events: list[HealthEvent] = []
    with ExitStack() as stack:
        if kind == "rtsp":
            pictures = coded_pictures(steady(FRAMES), Recipe(keyframe_every=10))
            url = stack.enter_context(ScriptedCamera(Script(pictures=pictures))).url
        elif kind.endswith("file"):
            encode(tmp_path / "clip.mp4", steady(FRAMES), Recipe(b_frames=2), form="mp4")
            url = f"file:{tmp_path}/clip.mp4"
        else:
            for number, ms in enumerate(steady(FRAMES)):
                at = T0 + timedelta(milliseconds=ms)
                name = f"{at:%Y%m%dT%H%M%S}.{at.microsecond // 1000:03d}Z.png"
                assert cv2.imwrite(str(tmp_path / name), numbered_picture(number))
            url = f"frames:{tmp_path}"

        def open_it(analysed_fps: float) -> CameraSource:
            source = open_source(
                camera(url, analysed_fps),
                clock=WallClock(),
                secrets={},
                on_health=events.append,
                paced=kind.startswith("paced"),
                started_at=T0,
            )
            stack.callback(source.close)
            return source

        yield Subject(open=open_it, is_live=kind == "rtsp", has_video="folder" not in kind, events=events)


def frames_of(source: PictureSource, most: int) -> list[Frame]:
    frames: list[Frame] = []
    deadline_s = time.monotonic() + 60
    while len(frames) < most and time.monotonic() < deadline_s:
        try:
            frame = source.read(0.5)
        except EndOfSource:
            break
        if frame is not None:
            frames.append(frame)
    return frames


def test_frames_carry_the_camera_a_rising_index_and_rising_utc_times(subject: Subject) -> None:
    source = subject.open(60.0)
    frames = frames_of(source, 30)
    assert len(frames) == 30
    assert {frame.camera_id for frame in frames} == {"cam-1"} == {source.camera_id}
    for before, after in pairwise(frames):
        assert after.index > before.index
        assert after.captured_at > before.captured_at
    assert all(frame.captured_at.utcoffset() == timedelta(0) for frame in frames)


def test_pictures_are_bgr_bytes_that_nobody_can_write_to(subject: Subject) -> None:
    frame = frames_of(subject.open(60.0), 1)[0]
    assert frame.resolution_wh == (320, 192)
    assert frame.image_bgr.dtype.name == "uint8"
    assert frame.image_bgr.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        frame.image_bgr[0, 0] = 0


def test_the_time_between_two_frames_is_that_between_their_pictures(subject: Subject) -> None:
    frames = frames_of(subject.open(60.0), 20)
    for before, after in pairwise(frames):
        steps = (number_of(after.image_bgr) - number_of(before.image_bgr)) % FRAMES
        assert (after.captured_at - before.captured_at) / timedelta(milliseconds=40) == pytest.approx(steps, abs=0.35)


def test_a_frame_that_is_kept_stays_as_it_was(subject: Subject) -> None:
    source = subject.open(60.0)
    first = frames_of(source, 1)[0]
    before = first.image_bgr.copy()
    frames_of(source, 10)
    assert (first.image_bgr == before).all()


def test_a_picture_is_converted_only_for_who_looks_at_it_and_once(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    converted: list[object] = []
    convert = BgrConverter.convert

    def counted(self: BgrConverter, frame: VideoFrame) -> ImageBgr:
        converted.append(frame)
        return convert(self, frame)

    monkeypatch.setattr(BgrConverter, "convert", counted)
    frames = frames_of(subject.open(60.0), 10)
    assert {frame.resolution_wh for frame in frames} == {(320, 192)}
    assert converted == []
    assert frames[3].image_bgr is frames[3].image_bgr
    assert len(converted) == int(subject.has_video)


def test_analysed_fps_thins_by_capture_time(subject: Subject) -> None:
    frames = frames_of(subject.open(5.0), 5)
    assert len(frames) == 5
    for before, after in pairwise(frames):
        assert after.captured_at - before.captured_at >= timedelta(milliseconds=190)


def test_reading_waits_no_longer_than_asked(subject: Subject, metronome: Metronome) -> None:
    source = subject.open(60.0)
    frames_of(source, 2)
    began_s = time.monotonic()
    source.read(0.0)
    assert metronome.since(began_s) < 0.3


def test_a_finite_source_ends_and_goes_on_saying_so_a_live_one_never_does(subject: Subject) -> None:
    source = subject.open(60.0)
    frames = frames_of(source, FRAMES + 10)
    if subject.is_live:
        assert len(frames) == FRAMES + 10
        return
    assert [number_of(frame.image_bgr) for frame in frames] == list(range(FRAMES))
    assert [frame.captured_at for frame in frames] == [T0 + timedelta(milliseconds=ms) for ms in steady(FRAMES)]
    for _ in range(2):
        with pytest.raises(EndOfSource):
            source.read(0.1)
    assert subject.events[-1].state is StreamState.LOST is source.state


def test_a_clip_shows_the_very_frames_at_their_very_times_or_is_said_to_be_unavailable(subject: Subject) -> None:
    source = subject.open(60.0)
    frames = frames_of(source, 25)
    start, end = frames[8].captured_at, frames[20].captured_at
    if not subject.has_video:
        with pytest.raises(ClipUnavailable):
            source.cut_clip(start, end)
        return
    clip = source.cut_clip(start, end)
    assert clip.started_at <= start
    assert clip.started_at == clip.frame_times[0]
    assert clip.ended_at == clip.frame_times[-1] >= end
    assert list(clip.frame_times) == sorted(set(clip.frame_times))
    with av.open(io.BytesIO(clip.content)) as container:
        shown = [number_of(picture.to_ndarray(format="bgr24")) for picture in container.decode(video=0)]
    assert len(shown) == len(clip.frame_times)
    for frame in frames[8:21]:
        assert shown[clip.frame_times.index(frame.captured_at)] == number_of(frame.image_bgr)
    with pytest.raises(ClipUnavailable):
        source.cut_clip(start - timedelta(days=1), start - timedelta(hours=23))


def test_the_evidence_frame_nearest_an_instant_is_named_with_its_size(subject: Subject) -> None:
    source = subject.open(60.0)
    frames = frames_of(source, 25)
    if not subject.has_video:
        assert source.frame_near(frames[10].captured_at) is None
        return
    for frame in frames[5:20]:
        for aside_ms in (-9, 0, 9):
            near = source.frame_near(frame.captured_at + timedelta(milliseconds=aside_ms))
            assert near is not None
            assert near.captured_at == frame.captured_at
            assert near.resolution_wh == (320, 192) == frame.resolution_wh


def test_with_less_attention_only_keyframes_are_decoded_and_the_clip_still_holds_every_picture(
    subject: Subject,
) -> None:
    source = subject.open(60.0)
    frames_of(source, 2)
    source.attend(Attention.KEYFRAMES)
    if not subject.has_video:
        assert frames_of(source, 1)
        return
    while number_of(frames_of(source, 1)[0].image_bgr) % 10:  # what was decoded before
        pass
    few = frames_of(source, 2)
    assert all(number_of(frame.image_bgr) % 10 == 0 for frame in few)
    if subject.is_live:
        before = source.counters
        frames_of(source, 1)
        assert source.counters.frames_shed == before.frames_shed
    clip = source.cut_clip(few[0].captured_at, few[-1].captured_at)
    gaps = [after - before for before, after in pairwise(clip.frame_times)]
    assert max(gaps) < timedelta(milliseconds=80)
    source.attend(Attention.ALL_DUE)
    many = [number_of(frame.image_bgr) for frame in frames_of(source, 12)]
    assert any(number % 10 for number in many)


def test_it_is_live_once_frames_come_and_counts_what_it_hands_out(subject: Subject) -> None:
    source = subject.open(60.0)
    frames_of(source, 5)
    assert subject.events[-1].state is StreamState.LIVE is source.state
    assert all(event.camera_id == "cam-1" and event.reason for event in subject.events)
    counters = source.counters
    assert counters.state is StreamState.LIVE
    assert counters.frames_delivered == 5 <= counters.frames_decoded


def test_closing_is_prompt_may_be_repeated_and_ends_reading(subject: Subject, metronome: Metronome) -> None:
    source = subject.open(60.0)
    frames_of(source, 2)
    began_s = time.monotonic()
    source.close()
    source.close()
    assert metronome.since(began_s) < 1.0
    with pytest.raises(SourceUnavailable, match="closed"):
        source.read(0.1)


def test_what_cannot_be_opened_is_told_when_it_is_opened(tmp_path: Path) -> None:
    for url in (f"file:{tmp_path}/absent.mp4", f"frames:{tmp_path}/absent"):
        with pytest.raises(SourceUnavailable, match="absent"):
            open_source(camera(url, 5.0), clock=WallClock(), secrets={})
    config = camera("rtsp://127.0.0.1:1/x", 5.0)
    stream = config.stream.model_copy(update={"username": "u", "password_env": "ABSENT"})
    with pytest.raises(ConfigurationError, match="ABSENT"):
        open_source(config.model_copy(update={"stream": stream}), clock=WallClock(), secrets={})
