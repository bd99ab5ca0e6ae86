"""Video files as they are found: bare streams, broken copies, odd names. Each is right or refused, none is guessed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from domain.errors import EndOfSource, SourceUnavailable
from ingest.recorded.video_file import VideoFileSource
from matthan.cli import build_app
from plumbing.system_clock import SystemClock
from tests.builders.synthetic_video import encode, steady

T0 = datetime(2026, 1, 5, 7, tzinfo=UTC)
CAMERA = Path(__file__).resolve().parents[3] / "deploy" / "edge" / "example" / "cameras" / "le-loi-pavement.yaml"


def video(path: Path, form: str, codec: str, fps: int, seconds: float, **options: str) -> Path:
    """A film at a steady rate, as its container or stream states it."""
    muxer = {"movflags": options.pop("movflags")} if "movflags" in options else {}
    with av.open(f"file:{path}", "w", format=form, options=muxer) as container:
        stream = container.add_stream(codec, rate=fps, options={"g": "25", **options})
        stream.width, stream.height = 160, 96
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        noise = np.random.default_rng(7)  # so that bytes are spread evenly over the film
        for number in range(round(fps * seconds)):
            grain = noise.integers(0, 255, (96, 160, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(grain, format="bgr24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def open_file(path: Path) -> VideoFileSource:
    return VideoFileSource(camera_id="cam-1", path=path, started_at=T0, clock=SystemClock())


def times_s(source: VideoFileSource) -> list[float]:
    times = []
    try:
        while True:
            frame = source.read(5.0)
            assert frame is not None
            times.append((frame.captured_at - T0) / timedelta(seconds=1))
    except EndOfSource:
        return times


@pytest.mark.parametrize("fps", [12, 25, 50])
@pytest.mark.parametrize(
    ("form", "codec", "options"),
    [
        ("h264", "libx264", {"bf": "0"}),
        ("h264", "libx264", {"bf": "2"}),
        ("hevc", "libx265", {"x265-params": "log-level=none:pools=1:frame-threads=1:bframes=0"}),
        ("m4v", "mpeg4", {}),
        ("avi", "mjpeg", {}),
        ("avi", "libx264", {"bf": "0"}),
        ("matroska", "libx264", {}),
        ("mpegts", "libx264", {}),
        ("mp4", "libx264", {"movflags": "frag_keyframe+empty_moov"}),
    ],
)
def test_pictures_come_at_the_rate_that_the_file_states(
    tmp_path: Path, form: str, codec: str, options: dict[str, str], fps: int
) -> None:
    source = open_file(video(tmp_path / "film", form, codec, fps, 2.0, **options))
    seen = times_s(source)
    assert len(seen) == fps * 2
    assert seen[0] <= 1 / fps + 1e-6  # an AVI with H.264 has its first picture one place late, by libav's count
    assert [at - seen[0] for at in seen] == pytest.approx([number / fps for number in range(fps * 2)], abs=0.002)
    assert source.cut_short is None


@pytest.mark.parametrize(
    ("form", "codec", "options"),
    [
        ("mjpeg", "mjpeg", {}),
        ("hevc", "libx265", {"x265-params": "log-level=none:pools=1:frame-threads=1:vui-timing-info=0"}),
    ],
)
def test_a_bare_stream_that_states_no_rate_is_refused_with_a_remedy(
    tmp_path: Path, form: str, codec: str, options: dict[str, str]
) -> None:
    path = video(tmp_path / f"film.{form}", form, codec, 50, 1.0, **options)
    with pytest.raises(SourceUnavailable, match=rf"how many pictures a second.*ffmpeg -r RATE -i film\.{form}"):
        open_file(path)


@pytest.mark.parametrize("form", ["mp4", "matroska"])  # an AVI without its end states no length any more
def test_a_copy_that_broke_off_is_reported_with_what_it_holds(tmp_path: Path, form: str) -> None:
    options = {"movflags": "faststart"} if form == "mp4" else {}
    whole = video(tmp_path / "whole", form, "libx264", 25, 8.0, **options)
    content = whole.read_bytes()
    (tmp_path / "cut").write_bytes(content[: len(content) // 2])
    source = open_file(tmp_path / "cut")
    seen = times_s(source)
    assert 1.0 < seen[-1] < 7.0
    assert source.cut_short is not None
    assert "s and ends after" in source.cut_short
    whole_source = open_file(whole)
    times_s(whole_source)
    assert whole_source.cut_short is None


def test_sound_that_goes_on_after_the_pictures_is_no_broken_copy(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        pictures, sound = container.add_stream("libx264", rate=25), container.add_stream("aac", rate=48000)
        pictures.width, pictures.height, pictures.pix_fmt = 160, 96, "yuv420p"
        for number in range(25):
            frame = av.VideoFrame.from_ndarray(np.full((96, 160, 3), number, np.uint8), format="bgr24")
            frame.pts = number
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        for number in range(300):
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            silence.sample_rate, silence.pts = 48000, number * 1024
            container.mux(sound.encode(silence))
        container.mux(sound.encode(None))
    source = open_file(path)
    assert len(times_s(source)) == 25
    assert source.cut_short is None


@pytest.mark.parametrize("name", ["2026-01-05T07:00:00.mp4", "a b #1 %20?.mp4", "concat:x|y.mp4", "-i.mp4"])
def test_a_name_is_only_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    encode(tmp_path / "plain.mp4", steady(50), form="mp4")
    (tmp_path / "plain.mp4").rename(tmp_path / name)
    source = open_file(Path(name))
    assert len(times_s(source)) == 50
    assert source.cut_clip(T0, T0 + timedelta(seconds=1)).frame_times[0] == T0


def test_a_playlist_makes_us_fetch_nothing(tmp_path: Path) -> None:
    path = tmp_path / "list.m3u8"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(SourceUnavailable):
        open_file(path)


def test_replay_says_that_a_film_is_not_whole_writes_its_cases_and_fails(tmp_path: Path) -> None:
    whole = video(tmp_path / "whole.mp4", "mp4", "libx264", 5, 20.0, movflags="faststart")
    content = whole.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(content[: len(content) * 2 // 3])
    out = tmp_path / "cases.jsonl"
    command = ["replay", "--camera", str(CAMERA), "--no-plates", "--out", str(out), "--video"]
    done = CliRunner().invoke(build_app(), [*command, str(cut)])
    assert done.exit_code == 1
    assert "cut.mp4 states 20.0 s and ends after" in done.stderr
    assert out.is_file()
    assert CliRunner().invoke(build_app(), [*command, str(whole)]).exit_code == 0
