"""Stills are the exact picture in every codec; a clip that cannot show it is a gap, never another picture."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.cases.case import CaseMoment
from domain.cases.evidence import FileName
from domain.errors import ClipUnavailable, EvidenceError
from domain.geometry import ImageBgr
from domain.ports import Clip
from edge.evidence.clip_pictures import opened
from edge.evidence.stills import crop_box, file_stem, to_jpeg
from edge.evidence.video.clips import PRE_ROLL_S, cut_span, match_instant, plan_spans
from ingest.recorded.video_file import VideoFileSource
from tests.builders.box_fakes import NOON, ManualClock
from tests.builders.numbered_video import number_of, write_numbered_video

TIMES_S = [n * 0.04 for n in range(150)]


@pytest.fixture(
    scope="module",
    params=[("libx264", 0), ("libx264", 3), ("libx265", 2)],
    ids=["h264", "h264 with B-frames", "h265 with B-frames"],
)
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VideoFileSource]:
    codec, b_frames = request.param
    path = tmp_path_factory.mktemp("video") / "numbered.mp4"
    write_numbered_video(path, TIMES_S, codec=codec, b_frames=b_frames)
    source = VideoFileSource(camera_id="cam-1", path=path, started_at=NOON, clock=ManualClock())
    yield source
    source.close()


def at(number: int) -> datetime:
    return NOON + timedelta(seconds=TIMES_S[number])


def pictures(clip: Clip, *instants: datetime) -> list[ImageBgr | EvidenceError]:
    with opened(clip) as shown:
        found = {place: one if isinstance(one, EvidenceError) else one.to_bgr() for place, one in shown.at(instants)}
    return [found[place] for place in range(len(instants))]


def picture(clip: Clip, instant: datetime) -> ImageBgr:
    (found,) = pictures(clip, instant)
    assert not isinstance(found, EvidenceError), found
    return found


def every_picture(clip: Clip) -> list[ImageBgr]:
    """The whole clip, decoded from begin to end by the book."""
    with av.open(BytesIO(clip.content), "r") as container:
        return [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(video=0)]


def test_each_picture_of_a_clip_is_found_by_its_instant(source: VideoFileSource) -> None:
    clip = source.cut_clip(at(60), at(100))
    first = round((clip.started_at - NOON).total_seconds() / 0.04)
    for number in range(first, 101, 3):
        assert number_of(picture(clip, at(number))) == number
    with opened(clip) as shown:
        offsets_s = shown.offsets_s
    assert offsets_s[0] == 0.0
    assert np.allclose(np.diff(offsets_s), 0.04, atol=1e-4)


def test_many_moments_in_any_order_are_exactly_the_pictures_of_the_whole_clip(source: VideoFileSource) -> None:
    clip = source.cut_clip(at(20), at(140))
    whole = every_picture(clip)
    first = round((clip.started_at - NOON).total_seconds() / 0.04)
    numbers = [first, 139, 70, 71, 70, first + 1, 99, 100, 101, 42]
    for number, found in zip(numbers, pictures(clip, *map(at, numbers)), strict=True):
        assert not isinstance(found, EvidenceError), found
        assert np.array_equal(found, whole[number - first]), number
    everything = range(first, first + len(whole))
    for found, known in zip(pictures(clip, *map(at, everything)), whole, strict=True):
        assert not isinstance(found, EvidenceError), found
        assert np.array_equal(found, known)


@pytest.mark.parametrize("off_ms", [-15, 0, 5])
def test_an_instant_without_a_picture_is_not_shown_by_a_neighbour(source: VideoFileSource, off_ms: int) -> None:
    clip = source.cut_clip(at(60), at(100))
    times = list(clip.frame_times)
    times[times.index(at(80))] = at(80) + timedelta(milliseconds=19, microseconds=900)
    lacking = replace(clip, frame_times=tuple(times))
    found, other = pictures(lacking, at(80) + timedelta(milliseconds=off_ms), at(90))
    assert isinstance(found, ClipUnavailable)
    assert "no frame of the clip was captured" in str(found)
    assert not isinstance(other, EvidenceError)


def test_a_clip_whose_frames_and_times_do_not_agree_shows_nothing(source: VideoFileSource) -> None:
    clip = source.cut_clip(at(60), at(100))
    with (
        pytest.raises(EvidenceError, match="capture times are known"),
        opened(replace(clip, frame_times=clip.frame_times[:-1])),
    ):
        pytest.fail("it must not open")


def test_a_damaged_clip_is_an_evidence_error_and_never_a_crash(source: VideoFileSource) -> None:
    clip = source.cut_clip(at(60), at(100))
    for length in (0, 10, 100, len(clip.content) // 2):
        broken = Clip(
            content=clip.content[:length],
            started_at=clip.started_at,
            ended_at=clip.ended_at,
            frame_times=clip.frame_times,
        )
        with pytest.raises(EvidenceError):
            pictures(broken, at(99))


def test_a_damaged_picture_takes_no_earlier_one_with_it(source: VideoFileSource) -> None:
    clip = source.cut_clip(at(20), at(140))
    whole = every_picture(clip)
    first = round((clip.started_at - NOON).total_seconds() / 0.04)
    with av.open(BytesIO(clip.content), "r") as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    victim = packets[-12]
    content = bytearray(clip.content)
    assert victim.pos is not None
    content[victim.pos : victim.pos + victim.size] = bytes(victim.size)
    numbers = [first, first + 5, first + len(whole) - 2]
    early, later, last = pictures(replace(clip, content=bytes(content)), *map(at, numbers))
    assert not isinstance(early, EvidenceError)
    assert not isinstance(later, EvidenceError)
    assert np.array_equal(early, whole[0])
    assert np.array_equal(later, whole[5])
    assert isinstance(last, EvidenceError), "a picture whose reference is damaged is no evidence"


NAMES: TypeAdapter[str] = TypeAdapter(FileName)
MILLISECONDS = st.integers(0, 5000)


@given(st.lists(MILLISECONDS, min_size=1, max_size=30, unique=True), MILLISECONDS)
def test_a_match_is_the_nearest_and_within_half_a_frame(times_ms: list[int], at_ms: int) -> None:
    times = [NOON + timedelta(milliseconds=one) for one in sorted(times_ms)]
    wanted = NOON + timedelta(milliseconds=at_ms)
    index = match_instant(times, wanted)
    errors_s = [abs((one - wanted).total_seconds()) for one in times]
    if index is None:
        assert min(errors_s) > 0.001
        return
    assert errors_s[index] == min(errors_s)
    assert errors_s[index] <= 0.02
    neighbours = [j for j in (index - 1, index + 1) if 0 <= j < len(times)]
    assert all(errors_s[index] <= max(0.001, abs((times[j] - times[index]).total_seconds()) / 2) for j in neighbours)


def test_no_frames_match_nothing() -> None:
    assert match_instant((), NOON) is None


def test_a_box_is_cut_with_a_margin_inside_the_picture_and_scaled_with_it() -> None:
    assert crop_box((0, 0, 100, 100), (1920, 1080), (1920, 1080)) == (0, 0, 115, 115)
    assert crop_box((1900, 1000, 1920, 1080), (1920, 1080), (1920, 1080)) == (1897, 988, 1920, 1080)
    assert crop_box((100, 100, 200, 300), (960, 540), (1920, 1080)) == (170, 140, 430, 660)
    with pytest.raises(EvidenceError, match="1440x1080"):
        crop_box((100, 100, 200, 300), (1920, 1080), (1440, 1080))
    with pytest.raises(EvidenceError, match="outside"):
        crop_box((2000, 100, 2100, 300), (1920, 1080), (1920, 1080))


def test_a_picture_that_cannot_be_encoded_is_an_evidence_error() -> None:
    with pytest.raises(EvidenceError):
        to_jpeg(np.zeros((70_000, 1, 3), np.uint8))


@given(st.lists(st.text(max_size=80), max_size=5))
def test_file_stems_are_safe_and_different(words: list[str]) -> None:
    stems: list[str] = []
    for word in words:
        stems.append(file_stem(word, stems))
    assert len(set(stems)) == len(stems)
    for stem in stems:
        NAMES.validate_python(f"still-{stem}.jpg")
        NAMES.validate_python(f"clip-{stem}.mp4")


def moment(name: str, seconds: float) -> CaseMoment:
    return CaseMoment(name=name, at=NOON + timedelta(seconds=seconds), box_xyxy_px=(0, 0, 1, 1))


def test_moments_near_each_other_share_a_clip() -> None:
    spans = plan_spans([moment("c", 30), moment("a", 0), moment("b", 9)])
    assert [[one.name for one in span.moments] for span in spans] == [["a", "b"], ["c"]]
    assert spans[0].start == NOON - timedelta(seconds=PRE_ROLL_S)


def test_a_ring_that_reaches_back_less_gives_a_shorter_lead() -> None:
    span = plan_spans([moment("a", 10)])[0]
    asked: list[tuple[datetime, datetime]] = []

    def cut(start: datetime, end: datetime) -> Clip:
        asked.append((start, end))
        if start < NOON + timedelta(seconds=8):
            raise ClipUnavailable("not so far back")
        return Clip(content=b"", started_at=start, ended_at=end, frame_times=(start, span.moments[0].at, end))

    assert cut_span(cut, span).started_at == NOON + timedelta(seconds=9)
    with pytest.raises(ClipUnavailable, match="not so far back"):
        cut_span(lambda start, end: cut(NOON, end), span)
