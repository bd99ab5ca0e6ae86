"""Videos of reports: bounded, taken apart without rights, held against the map; nothing but their pictures goes on."""

import hashlib
import struct
from datetime import UTC, datetime
from typing import Any

import pytest

from api.citizens.decoding import VIDEO, UploadDecoder
from api.citizens.reported import MAX_VIDEO_S, PlaceCheck
from domain.errors import Invalid
from tests.builders.centre import CentreBuilder
from tests.builders.phone_videos import OWNER, PLACE, VOICE, phone_video
from tests.unit.api.citizens.test_reports import LAN, one, report, with_wards

CODECS = ["libx264", "libx265", "mpeg4", "libvpx-vp9"]


def taken_apart(content: bytes) -> Any:
    return UploadDecoder().decode(content, VIDEO)


def box_at(content: bytes, name: bytes) -> int:
    """Where the first box of a name begins."""
    return content.index(name, 32) - 4  # behind the brands, which have names of codecs too


@pytest.mark.parametrize("codec", CODECS)
def test_when_and_where_are_told_and_nothing_but_the_pictures_is_left(codec: str) -> None:
    content = phone_video(codec=codec, form="mov" if codec == "libx264" else "mp4")
    found = taken_apart(content)
    assert found.problem == ""
    assert found.taken_at == datetime(2026, 1, 5, 5, tzinfo=UTC)
    assert (found.latitude_deg, found.longitude_deg) == (16.4637, 107.5909)
    assert len(found.shown) == len(content)
    for secret in (OWNER.encode(), PLACE.encode(), VOICE):
        assert secret in content or secret == VOICE
        assert secret not in found.shown


def test_a_voice_is_silenced_where_it_stands(sqlite_centre: CentreBuilder) -> None:
    content = phone_video()
    assert content.count(VOICE) > 100
    report_id = one(sqlite_centre, content)
    reports = sqlite_centre.centre.reports
    (file,) = reports.open(LAN, report_id).files
    assert file.sha256 == hashlib.sha256(content).hexdigest(), "the original is kept as it came"
    assert VOICE not in reports.picture(LAN, report_id, "video-1.mp4")


def test_a_video_without_a_place_says_so_and_one_elsewhere_is_said(sqlite_centre: CentreBuilder) -> None:
    intake = with_wards(sqlite_centre)
    for place, check in (
        (PLACE, PlaceCheck.IN_WARD),
        ("+16.0544+108.2022/", PlaceCheck.ELSEWHERE),
        (None, PlaceCheck.MISSING),
        ("+99.0000+107.5909/", PlaceCheck.MISSING),
    ):
        before = {each.report_id for each in sqlite_centre.centre.reports.list(LAN)}
        intake.take(report(phone_video(place=place)))
        (new,) = [each for each in sqlite_centre.centre.reports.list(LAN) if each.report_id not in before]
        assert new.place_check is check, place


def test_a_video_that_is_too_long_is_refused_and_the_sender_is_told(sqlite_centre: CentreBuilder) -> None:
    long = phone_video(seconds=MAX_VIDEO_S + 1, fps=1)
    with pytest.raises(Invalid, match="60 seconds"):
        sqlite_centre.centre.report_intake.take(report(long))
    assert sqlite_centre.centre.reports.list(LAN) == ()
    assert taken_apart(phone_video(seconds=MAX_VIDEO_S, fps=1)).problem == ""


def patched(content: bytes, name: bytes, offset: int, value: bytes) -> bytes:
    at = box_at(content, name) + offset
    return content[:at] + value + content[at + len(value) :]


def without_ends(content: bytes, name: bytes) -> bytes:
    """A box that says it is larger than the file."""
    return patched(content, name, 0, struct.pack(">I", 0x7FFFFFFF))


FTYP = b"\0\0\0\x10ftypisom\0\0\0\0"
GOOD = phone_video(form="mp4")
WRONG = {
    "cut in the middle": (GOOD[: len(GOOD) // 2], "no_video"),
    "cut at its end": (GOOD[:-40], "no_video"),
    "tables first and cut": (phone_video(form="mp4", flags="faststart")[:-500], "no_video"),
    "in pieces": (phone_video(form="mp4", flags="frag_keyframe+empty_moov"), "fragmented"),
    "a box without end": (without_ends(GOOD, b"moov"), "no_video"),
    "no tables": (GOOD.replace(b"moov", b"free"), "no_video"),
    "two sets of tables": (GOOD + GOOD[box_at(GOOD, b"moov") :], "no_video"),
    "four thousand million samples": (patched(GOOD, b"stsz", 16, b"\xff\xff\xff\xff"), "too_long"),
    "samples outside": (patched(GOOD, b"stco", 16, b"\x7f\xff\xff\xff"), "no_video"),
    "samples in the tables": (patched(GOOD, b"stco", 16, struct.pack(">I", box_at(GOOD, b"moov"))), "no_video"),
    "a picture of 4,294 million pixels": (patched(GOOD, b"avc1", 32, b"\xff\xff\xff\xff"), "too_many_pixels"),
    "a picture of none": (patched(GOOD, b"avc1", 32, b"\0\0\0\0"), "no_video"),
    "a codec that nobody knows": (GOOD.replace(b"avc1", b"evil"), "no_video"),
    "no clock": (patched(GOOD, b"mdhd", 20, b"\0\0\0\0"), "no_video"),
    "sound alone": (GOOD.replace(b"vide", b"soun"), "no_video"),
    "nothing": (b"\0\0\0\x08ftyp", "no_video"),
    "boxes in boxes": (
        b"\0\0\0\x10ftypisom\0\0\0\0" + b"".join(struct.pack(">I4s", 8 * (20_000 - n), b"moov") for n in range(20_000)),
        "no_video",
    ),
    "twenty thousand boxes": (
        b"\0\0\0\x10ftypisom\0\0\0\0"
        + struct.pack(">I4s", 8 + 8 * 20_000, b"moov")
        + struct.pack(">I4s", 8, b"free") * 20_000,
        "no_video",
    ),
}


@pytest.mark.parametrize("what", sorted(WRONG))
def test_what_is_no_video_is_one_word(what: str) -> None:
    content, problem = WRONG[what]
    assert taken_apart(content).problem == problem


def test_a_broken_video_is_kept_and_named_and_no_worker_gets_it(sqlite_centre: CentreBuilder) -> None:
    report_id = one(sqlite_centre, GOOD[:-40])
    (file,) = sqlite_centre.centre.reports.open(LAN, report_id).files
    assert (file.problem, file.analysis) == ("no_video", None)


def test_every_byte_changed_ends_well(sqlite_centre: CentreBuilder) -> None:
    """Whatever stands in the tables, the answer is a video of the same length or a word."""
    begin = box_at(GOOD, b"moov")
    for at in range(begin, len(GOOD), 37):
        changed = GOOD[:at] + bytes([GOOD[at] ^ 0xFF]) + GOOD[at + 1 :]
        found = taken_apart(changed)
        assert found.problem or len(found.shown) == len(changed)
