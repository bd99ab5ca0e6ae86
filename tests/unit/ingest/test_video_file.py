"""Recorded videos as sources: times, structure, clips, pace."""

import io
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from domain.errors import ClipUnavailable, EndOfSource, SourceUnavailable
from domain.fleet.health import HealthEvent, StreamState
from domain.seen.frame import Frame
from ingest.recorded.video_file import VideoFileSource
from tests.builders.synthetic_video import Recipe, encode, encode_pictures, number_of, steady

T0 = datetime(2026, 1, 5, 7, tzinfo=UTC)


class WallClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()


def open_file(path: Path, **options: object) -> VideoFileSource:
    return VideoFileSource(camera_id="cam-1", path=path, started_at=T0, clock=WallClock(), **options)  # type: ignore[arg-type]


def all_of(source: VideoFileSource) -> list[Frame]:
    frames = []
    try:
        while True:
            frame = source.read(5.0)
            assert frame is not None
            frames.append(frame)
    except EndOfSource:
        return frames


def ms_of(frame: Frame) -> float:
    return (frame.captured_at - T0) / timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("recipe", "form"),
    [
        (Recipe(), "mp4"),
        (Recipe(b_frames=2), "mp4"),
        (Recipe(b_frames=3), "mpegts"),
        (Recipe(codec="libx265", b_frames=2), "mp4"),
        (Recipe(codec="libx265"), "mpegts"),
        (Recipe(b_frames=2), "matroska"),
    ],
)
def test_every_picture_comes_once_in_order_at_its_time(tmp_path: Path, recipe: Recipe, form: str) -> None:
    times_ms = [0, 40, 80, 200, 210, 300, 1300, 1340, 1400, 1700, 1740, 1780, 1820, 2900, 2940]
    encode(tmp_path / "clip", times_ms, recipe, form=form)
    source = open_file(tmp_path / "clip")
    frames = all_of(source)
    assert [number_of(frame.image_bgr) for frame in frames] == list(range(len(times_ms)))
    assert [ms_of(frame) for frame in frames] == pytest.approx(times_ms, abs=0.02)
    assert [frame.index for frame in frames] == list(range(len(times_ms)))
    assert all(frame.clock_error_ms is None and not frame.image_bgr.flags.writeable for frame in frames)
    for frame in frames:
        number = number_of(frame.image_bgr)
        clip = source.cut_clip(frame.captured_at, frame.captured_at)
        with av.open(io.BytesIO(clip.content)) as container:
            shown = [number_of(picture.to_ndarray(format="bgr24")) for picture in container.decode(video=0)]
        assert shown[clip.frame_times.index(frame.captured_at)] == number
    source.close()


def test_analysed_fps_chooses_by_capture_time_not_by_count(tmp_path: Path) -> None:
    encode(tmp_path / "clip.mp4", [*range(0, 1000, 40), *range(1000, 3000, 200), *range(3000, 4000, 20)], form="mp4")
    frames = all_of(open_file(tmp_path / "clip.mp4", analysed_fps=5.0))
    assert [ms_of(frame) for frame in frames] == pytest.approx(list(range(0, 4000, 200)), abs=0.02)


def test_a_size_that_changes_inside_the_file_is_followed_and_clips_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "both.h264"
    parts = []
    for recipe in (Recipe(size_wh=(320, 192)), Recipe(size_wh=(640, 368), first_number=30)):
        part = io.BytesIO()
        encode(part, steady(30), recipe, form="h264")
        parts.append(part.getvalue())
    path.write_bytes(b"".join(parts))
    source = open_file(path)
    frames = all_of(source)
    assert [number_of(frame.image_bgr) for frame in frames] == list(range(60))
    assert {frame.resolution_wh for frame in frames[:30]} == {(320, 192)}
    assert {frame.resolution_wh for frame in frames[30:]} == {(640, 368)}
    clip = source.cut_clip(frames[25].captured_at, frames[50].captured_at)
    with av.open(io.BytesIO(clip.content)) as container:
        assert {(picture.width, picture.height) for picture in container.decode(video=0)} == {(640, 368)}


def test_a_clip_of_an_mp4_holds_the_very_same_packets(tmp_path: Path) -> None:
    encode(tmp_path / "clip.mp4", steady(75), Recipe(b_frames=2), form="mp4")
    source = open_file(tmp_path / "clip.mp4")
    clip = source.cut_clip(T0 + timedelta(seconds=1), T0 + timedelta(seconds=2))
    with av.open(str(tmp_path / "clip.mp4")) as original, av.open(io.BytesIO(clip.content)) as copy:
        packets = [bytes(packet) for packet in original.demux(video=0) if packet.size]
        copied = [bytes(packet) for packet in copy.demux(video=0) if packet.size]
    first = packets.index(copied[0])
    assert copied == packets[first : first + len(copied)]
    assert clip.started_at == T0 + timedelta(milliseconds=800)


def test_a_clip_can_be_cut_anywhere_also_before_and_after_what_was_read(tmp_path: Path) -> None:
    encode(tmp_path / "clip.mp4", steady(100), form="mp4")
    source = open_file(tmp_path / "clip.mp4")
    source.read(1.0)
    assert source.cut_clip(T0 + timedelta(seconds=3), T0 + timedelta(seconds=9)).ended_at == T0 + timedelta(
        seconds=3.96
    )
    with pytest.raises(ClipUnavailable):
        source.cut_clip(T0 + timedelta(hours=1), T0 + timedelta(hours=2))
    with pytest.raises(ClipUnavailable):
        source.cut_clip(T0 - timedelta(hours=1), T0 - timedelta(minutes=30))


def test_paced_frames_come_no_sooner_than_live_and_a_short_timeout_gives_none(tmp_path: Path) -> None:
    encode(tmp_path / "clip.mp4", steady(10), form="mp4")
    source = open_file(tmp_path / "clip.mp4", paced=True)
    assert source.read(1.0) is not None
    began = time.monotonic()
    assert source.read(0.001) is None
    frames = all_of(source)
    assert len(frames) == 9
    assert time.monotonic() - began >= 0.34


def test_missing_empty_and_broken_files_are_unavailable_not_empty(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    for name in ("absent.mp4", "text.mp4"):
        with pytest.raises(SourceUnavailable, match=name):
            open_file(tmp_path / name)


def test_a_file_that_breaks_off_gives_what_it_holds_and_counts_the_damage(tmp_path: Path) -> None:
    encode(tmp_path / "clip.ts", steady(50), form="mpegts")
    whole = (tmp_path / "clip.ts").read_bytes()
    (tmp_path / "half.ts").write_bytes(whole[: len(whole) // 2])
    frames = all_of(open_file(tmp_path / "half.ts"))
    assert 10 < len(frames) < 50


def test_the_end_is_told_once_and_reading_on_keeps_saying_so(tmp_path: Path) -> None:
    encode(tmp_path / "clip.mp4", steady(3), form="mp4")
    events: list[HealthEvent] = []
    source = open_file(tmp_path / "clip.mp4", on_health=events.append)
    assert len(all_of(source)) == 3
    for _ in range(2):
        with pytest.raises(EndOfSource):
            source.read(0.0)
    assert [event.state for event in events] == [StreamState.LIVE, StreamState.LOST]
    assert source.counters.frames_delivered == 3
    source.close()
    source.close()
    with pytest.raises(SourceUnavailable, match="closed"):
        source.read(0.0)


def turned_file(tmp_path: Path, degrees: int) -> Path:
    """A white corner at the top left as it is stored, and a display matrix as a phone writes that was held so."""
    lying, made = tmp_path / "lying.mp4", tmp_path / f"turned{degrees}.mp4"
    picture = np.zeros((192, 320, 3), np.uint8)
    picture[:64, :64] = 255
    encode_pictures(lying, [picture] * 20, steady(20), Recipe(), form="mp4")
    with av.open(str(lying)) as source, av.open(str(made), "w") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        stream.set_display_rotation(degrees)
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = stream
                container.mux_one(packet)
    return made


def white_corner(picture_bgr: np.ndarray) -> tuple[str, str]:
    upper, left = picture_bgr[: picture_bgr.shape[0] // 2], picture_bgr[:, : picture_bgr.shape[1] // 2]
    return (
        "top" if upper.sum() > picture_bgr.sum() / 2 else "bottom",
        "left" if left.sum() > picture_bgr.sum() / 2 else "right",
    )


@pytest.mark.parametrize(
    ("degrees", "size_wh", "corner"),
    [
        (0, (320, 192), ("top", "left")),
        (-90, (192, 320), ("top", "right")),  # clockwise: what was the left edge is up
        (90, (192, 320), ("bottom", "left")),
        (180, (320, 192), ("bottom", "right")),
    ],
)
def test_pictures_stand_as_every_player_shows_them_and_a_clip_keeps_how(
    tmp_path: Path, degrees: int, size_wh: tuple[int, int], corner: tuple[str, str]
) -> None:
    source = open_file(turned_file(tmp_path, degrees))
    frame = source.read(1.0)
    assert frame is not None
    assert frame.resolution_wh == size_wh
    assert white_corner(frame.image_bgr) == corner
    near = source.frame_near(T0)
    assert near is not None
    assert near.resolution_wh == size_wh
    clip = source.cut_clip(T0, T0 + timedelta(seconds=1))
    with av.open(io.BytesIO(clip.content)) as container:
        shown = next(container.decode(video=0))
        assert (shown.width, shown.height) == (320, 192), "as it is stored"
        assert round(shown.rotation) % 360 == degrees % 360
    source.close()
