"""What a camera signs stays as it sent it: every SEI unit, every NAL unit in its order, byte for byte."""

import io
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest

from domain.ports import Clip
from ingest.live.rtsp import RtspSource
from ingest.media.clip_muxing import EncodedPacket, StreamForm
from ingest.media.nal import carries_signature, parameter_sets, split_annex_b, split_length_prefixed
from ingest.media.packet_ring import PacketRing
from ingest.recorded.video_file import VideoFileSource
from tests.builders.scripted_camera import Script, ScriptedCamera
from tests.builders.synthetic_video import CodedPicture, Recipe, coded_pictures, steady
from tests.builders.watching import WallClock, read_frames

T0 = datetime(2026, 1, 5, 7, tzinfo=UTC)
ONVIF = bytes.fromhex("005bc93f2d715e95ada4796f90877a6f")
AXIS = b"Signed Video...0"
OTHER = bytes(range(1, 17))
ENCODERS = {"h264": "libx264", "hevc": "libx265"}
SETS = {"h264": {7, 8}, "hevc": {32, 33, 34}}


def kind_of(unit: bytes, codec: str) -> int:
    return unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F


def is_slice(unit: bytes, codec: str) -> bool:
    return 1 <= kind_of(unit, codec) <= 5 if codec == "h264" else kind_of(unit, codec) <= 31


def sei(codec: str, uuid: bytes, number: int, *, after_slices: bool = False) -> bytes:
    """A unit of user data (payload type 5) whose text holds what needs escaping: two zero bytes before a small one."""
    data = uuid + f"picture {number}".encode() + bytes.fromhex("00000301 000003 7fff")
    head = b"\x06" if codec == "h264" else bytes([(40 if after_slices else 39) << 1, 1])
    return head + bytes([5, len(data)]) + data + b"\x80"


def signed(pictures: list[CodedPicture], codec: str, uuid: bytes, *, by_the_book: bool = True) -> list[CodedPicture]:
    """Each picture with such units before, between and after its slices.

    By the book H.264 has them before the slices only (after one the next picture begins), H.265 between and after
    them in a form of their own.
    """
    made = []
    for number, picture in enumerate(pictures):
        units = list(split_annex_b(picture.payload))
        first = next(place for place, unit in enumerate(units) if is_slice(unit, codec))
        last = max(place for place, unit in enumerate(units) if is_slice(unit, codec))
        if codec == "hevc":
            units.insert(last + 1, sei(codec, OTHER, number, after_slices=True))
        if last > first and (codec == "hevc" or not by_the_book):
            units.insert(first + 1, sei(codec, OTHER, number, after_slices=by_the_book))
        units.insert(first, sei(codec, uuid, number))
        made.append(replace(picture, payload=b"".join(b"\x00\x00\x00\x01" + unit for unit in units)))
    return made


def units_of_clip(clip: Clip) -> list[list[bytes]]:
    with av.open(io.BytesIO(clip.content)) as container:
        return [list(split_length_prefixed(bytes(packet))) for packet in container.demux(video=0) if packet.size]


def units_of_camera(pictures: list[CodedPicture]) -> list[list[bytes]]:
    return [list(split_annex_b(picture.payload)) for picture in pictures]


def without_sets(pictures: list[list[bytes]], codec: str) -> list[list[bytes]]:
    return [[unit for unit in units if kind_of(unit, codec) not in SETS[codec]] for units in pictures]


@pytest.fixture(scope="module", params=["h264", "hevc"])
def plain(request: pytest.FixtureRequest) -> tuple[str, list[CodedPicture]]:
    codec = request.param
    return codec, coded_pictures(steady(40), Recipe(codec=ENCODERS[codec], slices=3, size_wh=(640, 368)))


@pytest.fixture(scope="module")
def camera(plain: tuple[str, list[CodedPicture]]) -> tuple[str, list[CodedPicture]]:
    return plain[0], signed(plain[1], plain[0], ONVIF)


def clip_of(pictures: list[CodedPicture], codec: str) -> Clip:
    ring = PacketRing()
    form = StreamForm(codec=codec, parameter_sets=parameter_sets(pictures[0].payload, codec))
    for picture in pictures:
        at = T0 + timedelta(milliseconds=picture.pts_ms)
        ring.append(EncodedPacket(payload=picture.payload, is_keyframe=picture.is_keyframe, captured_at=at), form)
    return ring.cut_clip(T0, T0 + timedelta(seconds=5))


def test_a_clip_holds_every_unit_in_its_order_byte_for_byte(camera: tuple[str, list[CodedPicture]]) -> None:
    codec, pictures = camera
    sent = units_of_camera(pictures)
    assert sum(is_slice(unit, codec) for unit in sent[1]) > 1, "the test is about units between slices too"
    clip = clip_of(pictures, codec)
    assert units_of_clip(clip) == sent
    with av.open(io.BytesIO(clip.content)) as container:
        assert len(list(container.decode(video=0))) == len(pictures)


def test_a_unit_that_stands_where_the_book_does_not_want_it_is_kept_there_too(
    plain: tuple[str, list[CodedPicture]],
) -> None:
    codec, pictures = plain
    odd = signed(pictures, codec, ONVIF, by_the_book=False)
    assert units_of_clip(clip_of(odd, codec)) == units_of_camera(odd)


@pytest.mark.parametrize(("uuid", "is_signed"), [(ONVIF, True), (AXIS, True), (OTHER, False)])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_clip_says_whether_the_camera_signed(codec: str, uuid: bytes, is_signed: bool) -> None:
    pictures = coded_pictures(steady(20), Recipe(codec=ENCODERS[codec]))
    once = [*signed(pictures[:1], codec, uuid), *pictures[1:]]
    assert clip_of(once, codec).camera_signed is is_signed


def test_the_uuid_elsewhere_than_in_a_unit_for_it_is_no_signature() -> None:
    in_a_slice = b"\x00\x00\x00\x01\x65" + ONVIF
    assert not carries_signature(in_a_slice, "h264")
    assert not carries_signature(b"\xff\xd8" + ONVIF, "mjpeg")


@pytest.mark.server
def test_what_comes_over_rtsp_is_what_the_camera_sent(camera: tuple[str, list[CodedPicture]]) -> None:
    codec, pictures = camera
    with ScriptedCamera(Script(pictures=pictures, codec=codec)) as sender:
        source = RtspSource(camera_id="cam-1", url=sender.url, clock=WallClock(), rng=random.Random(1))
        try:
            frames = read_frames(source, 15)
            clip = source.cut_clip(frames[0].captured_at, frames[-1].captured_at)
        finally:
            source.close()
    assert clip.camera_signed
    got, sent = without_sets(units_of_clip(clip), codec), without_sets(units_of_camera(pictures), codec)
    first = sent.index(got[0])
    assert len(got) >= 10
    assert got == (sent * 2)[first : first + len(got)]


def test_a_file_in_either_form_keeps_them_too(tmp_path: Path, camera: tuple[str, list[CodedPicture]]) -> None:
    codec, pictures = camera
    whole = tmp_path / "signed.mp4"
    whole.write_bytes(clip_of(pictures, codec).content)
    source = VideoFileSource(camera_id="cam-1", path=whole, started_at=T0, clock=WallClock())
    clip = source.cut_clip(T0, T0 + timedelta(seconds=5))
    source.close()
    assert clip.camera_signed
    assert units_of_clip(clip) == units_of_camera(pictures)
