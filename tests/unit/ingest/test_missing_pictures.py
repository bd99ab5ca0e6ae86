"""Pictures whose references are lost or damaged are never handed out, are counted, and evidence names the stretch."""

import io
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from domain.errors import EndOfSource
from domain.fleet.health import ProblemCode
from domain.seen.frame import Frame
from ingest.live.rtsp import RtspSource
from ingest.live.rtsp_link import RtspPatience
from ingest.media.clip_muxing import EncodedPacket, StreamForm
from ingest.media.missing_pictures import Loss, MissingPictures
from ingest.media.packet_ring import PacketRing
from ingest.recorded.video_file import VideoFileSource
from tests.builders.scripted_camera import Script, ScriptedCamera
from tests.builders.synthetic_video import CodedPicture, Recipe, coded_pictures, encode, number_of, steady
from tests.builders.watching import WallClock, read_frames

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
GROUP = 25


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("keyframe_every", [10, 25, 150])
def test_a_whole_stream_is_never_suspected(b_frames: int, keyframe_every: int) -> None:
    watch = MissingPictures("h264", b"")
    pictures = coded_pictures(steady(150), Recipe(keyframe_every=keyframe_every, b_frames=b_frames))
    assert [watch.before(picture.payload) for picture in pictures * 3] == [None] * 450


@pytest.mark.parametrize(("first", "count"), [(20, 1), (20, 6), (3, 12)])
def test_lost_pictures_are_counted_where_the_next_one_comes(first: int, count: int) -> None:
    watch = MissingPictures("h264", b"")
    pictures = coded_pictures(steady(60), Recipe(keyframe_every=100))
    kept = [picture for i, picture in enumerate(pictures) if not first <= i < first + count]
    assert [loss for picture in kept if (loss := watch.before(picture.payload))] == [Loss(pictures=count)]


def test_a_lost_keyframe_is_noticed_though_not_how_many_came_with_it() -> None:
    watch = MissingPictures("h264", b"")
    pictures = coded_pictures(steady(60), Recipe(keyframe_every=20))
    kept = [picture for i, picture in enumerate(pictures) if i != 20]
    assert [loss for picture in kept if (loss := watch.before(picture.payload))] == [Loss(pictures=None)]


def test_random_bytes_break_nothing() -> None:
    rng = random.Random(3)
    for codec in ("h264", "hevc", "mjpeg"):
        watch = MissingPictures(codec, rng.randbytes(30))
        for _ in range(300):
            watch.before(b"\x00\x00\x01" + rng.randbytes(rng.randrange(60)))
            watch.before(rng.randbytes(rng.randrange(60)))


def at(index: int) -> datetime:
    return BEGIN + timedelta(milliseconds=40 * index)


def test_a_clip_names_the_stretch_from_the_last_sound_picture_to_the_next_keyframe() -> None:
    ring, form = PacketRing(), StreamForm(codec="h264")
    for i, picture in enumerate(coded_pictures(steady(75), Recipe(keyframe_every=GROUP))):
        if 30 <= i < 33:
            continue
        if i == 33:
            ring.note_loss(3)
        ring.append(EncodedPacket(payload=picture.payload, is_keyframe=picture.is_keyframe, captured_at=at(i)), form)
        if i == 40:
            ring.note_damage(None)
    (stretch,) = ring.cut_clip(at(0), at(74)).damage
    assert (stretch.began_at, stretch.ended_at, stretch.lost_pictures) == (at(29), at(50), None)
    assert ring.cut_clip(at(0), at(29)).damage == ()
    assert ring.cut_clip(at(51), at(74)).damage == ()
    (part,) = ring.cut_clip(at(26), at(45)).damage
    assert (part.began_at, part.ended_at) == (at(29), at(45))


def test_a_stream_that_broke_off_is_a_stretch_up_to_its_return() -> None:
    ring, form = PacketRing(), StreamForm(codec="h264")
    for i, picture in enumerate(coded_pictures(steady(50), Recipe(keyframe_every=GROUP))):
        if i == 25:
            ring.interrupt()
        place = i if i < 25 else i + 100
        packet = EncodedPacket(payload=picture.payload, is_keyframe=picture.is_keyframe, captured_at=at(place))
        ring.append(packet, form)
    (stretch,) = ring.cut_clip(at(0), at(150)).damage
    assert (stretch.began_at, stretch.ended_at, stretch.lost_pictures) == (at(24), at(125), None)


def frames_of(source: VideoFileSource) -> Iterator[Frame]:
    try:
        while True:
            frame = source.read(1.0)
            if frame is not None:
                yield frame
    except EndOfSource:
        return


@pytest.mark.parametrize("form", ["mp4", "mpegts"])
def test_a_file_with_lost_pictures_hands_out_none_of_those_that_refer_to_them(tmp_path: Path, form: str) -> None:
    whole, lost = tmp_path / f"whole.{form}", tmp_path / f"lost.{form}"
    encode(whole, steady(150), Recipe(keyframe_every=75), form=form)
    with av.open(str(whole)) as source, av.open(str(lost), "w", format=form) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for i, packet in enumerate(source.demux(video=0)):
            if packet.size and not 20 <= i < 28:
                packet.stream = stream
                target.mux_one(packet)
    file = VideoFileSource(camera_id="c", path=lost, started_at=BEGIN, clock=WallClock())
    shown = [
        (round((f.captured_at - BEGIN) / timedelta(milliseconds=40)), number_of(f.image_bgr)) for f in frames_of(file)
    ]
    assert [number for _, number in shown] == [*range(20), *range(75, 150)]
    assert (file.counters.frames_lost, file.counters.damaged_stretches) == (8, 1)
    (stretch,) = file.cut_clip(at(0), at(149)).damage
    assert stretch.lost_pictures == 8
    assert abs(stretch.began_at - at(19)) < timedelta(milliseconds=2)
    assert abs(stretch.ended_at - at(75)) < timedelta(milliseconds=2)
    file.close()


@pytest.fixture
def watch() -> Iterator[Callable[[ScriptedCamera], RtspSource]]:
    sources: list[RtspSource] = []

    def open_one(camera: ScriptedCamera) -> RtspSource:
        patience = RtspPatience(stalled_after_s=3.0, given_up_after_s=5.0)
        sources.append(RtspSource(camera_id="cam-1", url=camera.url, clock=WallClock(), patience=patience))
        return sources[-1]

    yield open_one
    for source in sources:
        source.close()


@pytest.mark.server
@pytest.mark.parametrize(("encoder", "codec"), [("libx264", "h264"), ("libx265", "hevc")])
@pytest.mark.parametrize("lost", [range(32, 33), range(32, 40)])
def test_a_camera_whose_pictures_get_lost(
    watch: Callable[[ScriptedCamera], RtspSource], encoder: str, codec: str, lost: range
) -> None:
    pictures = coded_pictures(steady(100), Recipe(codec=encoder, keyframe_every=GROUP))
    script = Script(pictures=pictures, codec=codec, drops=lambda picture, _: picture in lost)
    with ScriptedCamera(script) as camera:
        source = watch(camera)
        frames = read_frames(source, 60)
        shown: dict[int, datetime] = {}
        for frame in frames:
            if (number := number_of(frame.image_bgr)) < max(shown, default=0):
                break  # a reader that is late sees the pictures' second turn, of which none is lost
            shown[number] = frame.captured_at
        assert not set(shown) & set(range(32, 50)), "up to the next keyframe nothing"
        counters = source.counters
        late = counters.frames_dropped + counters.frames_shed  # a newer one came before this test had read them
        left_out = {*range(10, 31), *range(50, 65)} - set(shown)
        assert len(left_out) <= late, "at most the one before the gap is left out, too"
        assert counters.damaged_stretches == 1
        assert counters.frames_lost == (len(lost) if codec == "h264" else 0)
        clip = source.cut_clip(frames[0].captured_at, frames[-1].captured_at)
        (stretch,) = clip.damage
        assert stretch.began_at in {shown[number] for number in (30, 31) if number in shown} or {30, 31} & left_out
        assert stretch.ended_at == shown.get(50, stretch.ended_at)
        assert stretch.lost_pictures == (len(lost) if codec == "h264" else None)
        assert [fault.code for fault in source.faults] == [ProblemCode.DAMAGED_STRETCH]


@pytest.mark.server
def test_a_camera_whose_rtp_packets_get_lost(watch: Callable[[ScriptedCamera], RtspSource]) -> None:
    """Only parts of some pictures come; what was shown is compared with the whole stream's pictures."""
    pictures = coded_pictures(steady(100), Recipe(keyframe_every=GROUP, size_wh=(1280, 720)))
    sound = {number_of(image): image for image in decoded(pictures)}
    rng = random.Random(5)
    script = Script(pictures=pictures, drops=lambda picture, packet: picture > 10 and rng.random() < 0.005)
    with ScriptedCamera(script) as camera:
        source = watch(camera)
        frames = read_frames(source, 80, timeout_s=60.0)
        for frame in frames:
            wrong = np.abs(frame.image_bgr.astype(int) - sound[number_of(frame.image_bgr)]).max(axis=2) > 20
            assert wrong.mean() == 0.0
        assert source.counters.rtp_packets_lost > 2
        clip = source.cut_clip(frames[0].captured_at, frames[-1].captured_at)
        shown = {frame.captured_at for frame in frames}
        assert clip.damage
        assert not [t for t in shown for one in clip.damage if one.began_at < t < one.ended_at], (
            "what is shown is sound"
        )


def decoded(pictures: list[CodedPicture]) -> Iterator[np.ndarray]:
    file = io.BytesIO(b"".join(picture.payload for picture in pictures))
    with av.open(file, format="h264") as container:
        for picture in container.decode(video=0):
            yield picture.to_ndarray(format="bgr24")
