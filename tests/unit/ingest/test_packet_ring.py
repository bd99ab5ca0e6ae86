"""The ring of encoded packets and the clips cut from it."""

import io
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import ClipUnavailable
from domain.ports import Clip
from ingest.media.clip_muxing import EncodedPacket, StreamForm
from ingest.media.nal import parameter_sets
from ingest.media.packet_ring import PacketRing
from tests.builders.synthetic_video import CodedPicture, Recipe, coded_pictures, nal_hashes, number_of, steady

T0 = datetime(2026, 1, 5, 7, tzinfo=UTC)


def at(ms: float) -> datetime:
    return T0 + timedelta(milliseconds=ms)


def fill(ring: PacketRing, pictures: Sequence[CodedPicture], *, codec: str = "h264", shift_ms: int = 0) -> None:
    form = StreamForm(codec=codec)
    for picture in pictures:
        if picture.is_keyframe:
            form = StreamForm(codec=codec, parameter_sets=parameter_sets(picture.payload, codec))
        ring.append(
            EncodedPacket(
                payload=picture.payload, is_keyframe=picture.is_keyframe, captured_at=at(picture.pts_ms + shift_ms)
            ),
            form,
        )


def pictures_of(clip: Clip) -> list[tuple[int, float]]:
    """(number, milliseconds after the clip's start) of each picture that a player shows."""
    with av.open(io.BytesIO(clip.content)) as container:
        return [
            (number_of(frame.to_ndarray(format="bgr24")), float((frame.pts or 0) * (frame.time_base or 0)) * 1000)
            for frame in container.decode(video=0)
        ]


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_clip_shows_the_right_pictures_at_their_capture_times(codec: str, b_frames: int) -> None:
    ring = PacketRing()
    pictures = coded_pictures(steady(60), Recipe(codec=codec, b_frames=b_frames))
    fill(ring, pictures, codec="h264" if codec == "libx264" else "hevc")
    clip = ring.cut_clip(at(1000), at(1600))
    shown = pictures_of(clip)
    assert clip.started_at <= at(1000) < clip.started_at + timedelta(milliseconds=400)
    assert clip.started_at == at(800)
    assert at(1600) <= clip.ended_at <= at(1600 + 40 * b_frames)
    assert len(shown) == len(clip.frame_times)
    for (number, ms), time in zip(shown, clip.frame_times, strict=True):
        assert time == clip.started_at + timedelta(milliseconds=round(ms))
        assert time == at(number * 40)


def test_the_payload_of_a_clip_is_the_original_nal_unit_for_nal_unit() -> None:
    ring = PacketRing()
    pictures = coded_pictures(steady(40), Recipe(b_frames=2))
    fill(ring, pictures)
    clip = ring.cut_clip(at(400), at(1500))
    original = [nal_hashes(picture.payload, annex_b=True) for picture in pictures]
    with av.open(io.BytesIO(clip.content)) as container:
        copied = [nal_hashes(bytes(packet), annex_b=False) for packet in container.demux(video=0) if packet.size]
    first = original.index(copied[0])
    assert len(copied) >= 28
    assert copied == original[first : first + len(copied)]


def test_a_clip_is_h264_in_the_form_that_browsers_play() -> None:
    ring = PacketRing()
    fill(ring, coded_pictures(steady(30)))
    clip = ring.cut_clip(at(0), at(1000))
    with av.open(io.BytesIO(clip.content)) as container:
        context = container.streams.video[0].codec_context
        assert context.codec_tag == "avc1"
        assert (context.extradata or b"")[0] == 1, "avcC, not Annex B"
    assert clip.content[4:8] == b"ftyp"


def test_irregular_rates_and_gaps_stay_as_they_were() -> None:
    times_ms = [0, 40, 90, 100, 400, 410, 2500, 2540, 2700, 2703, 2900, 4000]
    ring = PacketRing()
    fill(ring, coded_pictures(times_ms, Recipe(keyframe_every=4)))
    clip = ring.cut_clip(at(400), at(2703))
    assert [number * 1.0 for number, _ in pictures_of(clip)] == [4, 5, 6, 7, 8, 9]
    assert [time - T0 for time in clip.frame_times] == [timedelta(milliseconds=ms) for ms in times_ms[4:10]]


def test_a_change_of_size_in_flight_never_mixes_two_sizes_in_one_clip() -> None:
    ring = PacketRing()
    fill(ring, coded_pictures(steady(50), Recipe(size_wh=(320, 192))))
    fill(ring, coded_pictures(steady(50), Recipe(size_wh=(640, 368), first_number=50)), shift_ms=2000)
    for start, end, wanted in ((1000, 2400, (320, 192)), (1600, 3000, (640, 368))):
        clip = ring.cut_clip(at(start), at(end))
        with av.open(io.BytesIO(clip.content)) as container:
            sizes = {(frame.width, frame.height) for frame in container.decode(video=0)}
        assert sizes == {wanted}
        assert len(clip.frame_times) == len(pictures_of(clip))


def test_a_change_of_codec_begins_a_new_segment() -> None:
    ring = PacketRing()
    fill(ring, coded_pictures(steady(25)))
    fill(ring, coded_pictures(steady(50), Recipe(codec="libx265", first_number=25)), codec="hevc", shift_ms=1000)
    with av.open(io.BytesIO(ring.cut_clip(at(500), at(2500)).content)) as container:
        assert container.streams.video[0].codec_context.name == "hevc"


def test_the_ring_drops_whole_groups_from_the_old_side_and_spans_what_was_asked() -> None:
    ring = PacketRing(span_s=2.0)
    fill(ring, coded_pictures(steady(250)))
    assert 2.0 <= ring.span_s <= 2.4
    clip = ring.cut_clip(at(0), at(10_000))
    assert clip.frame_times[0] > at(7000)
    assert len(pictures_of(clip)) == len(clip.frame_times), "its first picture is a keyframe"


def test_what_the_ring_no_longer_holds_is_unavailable_and_it_says_what_it_holds() -> None:
    ring = PacketRing(span_s=1.0)
    fill(ring, coded_pictures(steady(100)))
    with pytest.raises(ClipUnavailable, match=r"it holds 2026-01-05T07:00:0\d"):
        ring.cut_clip(at(0), at(100))
    with pytest.raises(ClipUnavailable, match="no picture between"):
        ring.cut_clip(at(9_000), at(9_100))
    with pytest.raises(ClipUnavailable, match="it holds nothing"):
        PacketRing().cut_clip(at(0), at(1))
    with pytest.raises(ValueError, match="start <= end"):
        ring.cut_clip(at(10), at(0))


def test_packets_before_the_first_keyframe_and_after_a_break_are_not_kept() -> None:
    pictures = coded_pictures(steady(20))
    ring = PacketRing()
    fill(ring, pictures[5:])
    assert ring.cut_clip(at(0), at(1000)).started_at == at(400)
    ring.interrupt()
    fill(ring, pictures[11:], shift_ms=1000)
    assert ring.cut_clip(at(0), at(2000)).ended_at == at(760)


def test_a_clip_goes_on_over_a_reconnection_with_the_same_parameters() -> None:
    ring = PacketRing()
    fill(ring, coded_pictures(steady(25)))
    ring.interrupt()
    fill(ring, coded_pictures(steady(25), Recipe(first_number=25)), shift_ms=3000)
    clip = ring.cut_clip(at(0), at(4000))
    assert [number for number, _ in pictures_of(clip)] == list(range(50))
    assert clip.frame_times[25] == at(3000)


def test_a_codec_without_clips_says_so() -> None:
    ring = PacketRing()
    ring.append(EncodedPacket(payload=b"x", is_keyframe=True, captured_at=T0), StreamForm(codec="vp8"))
    with pytest.raises(ClipUnavailable, match=r"vp8 .* not supported"):
        ring.cut_clip(T0, T0)


def test_damaged_packets_give_unavailable_not_a_broken_file() -> None:
    ring = PacketRing()
    ring.append(
        EncodedPacket(payload=b"\x00\x00\x00\x01\x65junk", is_keyframe=True, captured_at=T0), StreamForm(codec="h264")
    )
    with pytest.raises(ClipUnavailable, match="cannot be written"):
        ring.cut_clip(T0, T0)


@given(
    sizes=st.lists(st.tuples(st.integers(1, 400), st.booleans()), min_size=1, max_size=120),
    limit=st.integers(200, 3000),
    span_ms=st.integers(50, 3000),
)
@settings(max_examples=120, deadline=None)
def test_the_ring_never_holds_more_than_its_limits_and_always_begins_with_a_keyframe(
    sizes: list[tuple[int, bool]], limit: int, span_ms: int
) -> None:
    ring = PacketRing(span_s=span_ms / 1000, limit_bytes=limit)
    for i, (size, is_keyframe) in enumerate(sizes):
        packet = EncodedPacket(payload=b"x" * size, is_keyframe=is_keyframe, captured_at=at(i * 40))
        ring.append(packet, StreamForm(codec="h264"))
        held = list(itertools.chain.from_iterable(group.packets for group in ring._groups))
        assert ring.size_bytes == sum(len(one.payload) for one in held) <= limit
        assert not held or held[0].is_keyframe
        assert all(group.packets[0].is_keyframe for group in ring._groups)
        if len(ring._groups) > 1:
            assert ring._groups[1].started_at > packet.captured_at - timedelta(milliseconds=span_ms)


def epochs(step_ms: int, *, after_s: float = 4.0, span_s: float = 30.0) -> PacketRing:
    """Four seconds, then the clock was set by so much, then so many seconds more."""
    ring = PacketRing(span_s=span_s)
    fill(ring, coded_pictures(steady(100), Recipe(keyframe_every=25)))
    ring.begin_epoch()
    later = coded_pictures(steady(round(after_s * 25)), Recipe(keyframe_every=25, first_number=1000))
    fill(ring, later, shift_ms=4000 + step_ms)
    return ring


@pytest.mark.parametrize("step_ms", [-3_600_000, 3_600_000, 90_000])
def test_clips_of_both_sides_of_a_clock_that_was_set_can_be_cut_and_never_mix(step_ms: int) -> None:
    ring = epochs(step_ms)
    assert {number for number, _ in pictures_of(ring.cut_clip(at(2000), at(9000)))} == set(range(50, 100))
    new = ring.cut_clip(at(5000 + step_ms), at(6000 + step_ms))
    assert {number for number, _ in pictures_of(new)} == set(range(1025, 1051))
    assert ring.span_s < 4.1
    near = ring.frame_near(at(1000))
    assert near is not None
    assert near.captured_at == at(1000)


@pytest.mark.parametrize("step_ms", [-1000, -3000, -10_000])
def test_what_could_be_taken_for_another_moment_is_let_go(step_ms: int) -> None:
    ring = epochs(step_ms)
    clip = ring.cut_clip(at(4000 + step_ms), at(8000 + step_ms))
    assert all(number >= 1000 for number, _ in pictures_of(clip))
    if step_ms == -10_000:
        with pytest.raises(ClipUnavailable):
            ring.cut_clip(at(3000), at(3900))


@pytest.mark.parametrize("step_ms", [-3_600_000, 3_600_000])
def test_an_earlier_epoch_is_kept_as_long_as_the_ring_lasts_and_no_longer(step_ms: int) -> None:
    assert epochs(step_ms, after_s=4.0, span_s=5.0).cut_clip(at(2000), at(3000)).frame_times
    ring = epochs(step_ms, after_s=7.0, span_s=5.0)
    with pytest.raises(ClipUnavailable):
        ring.cut_clip(at(2000), at(3000))
    assert ring.size_bytes > 0
