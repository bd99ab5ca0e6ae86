"""Pictures of a stranger's file: right whatever the codec and however the telephone lay; a bomb is one word."""

import io
import struct
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from domain.report_analysis import AnalysisProblem
from edge.reports.stills import NoStills, decode_film, decode_stills
from tests.builders.phone_videos import phone_video
from tests.builders.synthetic_video import number_of, numbered_picture

CHILD = Path(sys.modules[decode_stills.__module__].__file__ or "").with_name("stills_child.py")
CODECS = ["libx264", "libx265", "mpeg4", "libvpx-vp9"]


def jpeg(size_wh: tuple[int, int] = (320, 192)) -> bytes:
    written = io.BytesIO()
    Image.fromarray(numbered_picture(5, size_wh)).save(written, "JPEG", quality=95)
    return written.getvalue()


def problem_of(content: bytes, **how: object) -> AnalysisProblem:
    with pytest.raises(NoStills) as raised:
        decode_stills(content, **how)  # type: ignore[arg-type]
    return raised.value.problem


@pytest.mark.parametrize("codec", CODECS)
def test_a_video_is_one_picture_a_second(codec: str) -> None:
    stills = decode_stills(phone_video(codec=codec, form="mp4", seconds=3.0))
    assert [(round(still.offset_s, 3), number_of(still.image_bgr)) for still in stills] == [(0, 0), (1, 10), (2, 20)]


def test_a_long_video_is_spread_over_eight_pictures() -> None:
    stills = decode_stills(phone_video(form="mp4", seconds=40.0, fps=5))
    assert [number_of(still.image_bgr) for still in stills] == [0, 25, 50, 75, 100, 125, 150, 175]


@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_a_video_stands_upright_as_players_show_it(quarter_turns: int) -> None:
    (still, *_) = decode_stills(phone_video(form="mp4", quarter_turns=quarter_turns))
    upright = np.rot90(numbered_picture(0), -quarter_turns)
    assert still.image_bgr.shape == upright.shape
    apart = np.abs(still.image_bgr.astype(int) - upright.astype(int)).mean()
    wrong = np.abs(still.image_bgr.astype(int) - np.rot90(upright, 2).astype(int)).mean()
    assert apart < 8 < wrong


def test_a_photo_is_one_picture_and_a_large_one_is_made_smaller() -> None:
    (still,) = decode_stills(jpeg())
    assert (number_of(still.image_bgr), still.offset_s) == (5, 0)
    (large,) = decode_stills(jpeg((3600, 1800)))
    assert large.image_bgr.shape == (1280, 2560, 3)


def test_of_a_video_that_breaks_off_the_pictures_before_are_shown() -> None:
    content = phone_video(form="mp4", seconds=4.0, flags="faststart")
    media = content.index(b"mdat")
    broken = content[: media + (len(content) - media) // 2]
    stills = decode_stills(broken)
    assert 1 <= len(stills) < 4
    assert number_of(stills[0].image_bgr) == 0


def large_video() -> bytes:
    """One picture of 16 million pixels in some hundred bytes a row."""
    written = io.BytesIO()
    with av.open(written, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=1, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 4096, 4096, "yuv420p"
        frame = av.VideoFrame(4096, 4096, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return written.getvalue()


def lying(content: bytes, width: int, height: int) -> bytes:
    """The same with another size in its tables than in its pictures."""
    at = content.index(b"avc1", 32) + 28
    return content[:at] + struct.pack(">HH", width, height) + content[at + 4 :]


def test_a_bomb_is_too_large_also_where_its_tables_lie() -> None:
    bomb = large_video()
    assert len(bomb) < 200_000
    assert problem_of(bomb) is AnalysisProblem.TOO_LARGE
    assert problem_of(lying(bomb, 320, 192)) is AnalysisProblem.TOO_LARGE
    assert problem_of(jpeg((8000, 1500))) is AnalysisProblem.TOO_LARGE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff not a photo" * 20,
        b"\0\0\0 ftypisom" + b"x" * 2000,
        phone_video(form="mp4")[:300],
        b"\0\0\0 ftypisom" + b"#EXTM3U\nhttp://127.0.0.1/secret\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
    ],
)
def test_what_is_no_picture_is_not_decoded(content: bytes) -> None:
    assert problem_of(content) is AnalysisProblem.NOT_DECODED


WORSE = f"""
import runpy, sys, os, socket, threading
child = runpy.run_path({str(CHILD)!r})
child["_warm_up"]()
child["give_up_rights"](memory_bytes=1536 << 20, cpu_s=40)
"""


def worse(tmp_path: Path, code: str) -> list[str]:
    """A decoder that a file has taken over, after it gave up its rights."""
    script = tmp_path / "worse.py"
    script.write_text(WORSE + code)
    return [sys.executable, "-I", str(script)]


HEAD = "sys.stdout.buffer.write(b'%s\\n' + bytes(%d))"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("while True: pass", AnalysisProblem.TIMED_OUT),
        ("os.kill(os.getpid(), 9)", AnalysisProblem.KILLED),
        ("sys.exit(3)", AnalysisProblem.NOT_DECODED),
        ("open('/etc/passwd')", AnalysisProblem.NOT_DECODED),
        ("socket.socket()", AnalysisProblem.NOT_DECODED),
        ("os.fork()", AnalysisProblem.NOT_DECODED),
        ("threading.Thread(target=print).start()", AnalysisProblem.NOT_DECODED),
        ("bytearray(4 * 1024 ** 3)", AnalysisProblem.NOT_DECODED),
        ("sys.stderr.write('<script>'); sys.exit(2)", AnalysisProblem.NOT_DECODED),
        (HEAD % ("[]", 0), AnalysisProblem.NOT_DECODED),
        (HEAD % ("[0, 2, 2, 0]", 11), AnalysisProblem.NOT_DECODED),
        (HEAD % ("[0, 2, 2, 0]", 13), AnalysisProblem.NOT_DECODED),
        (HEAD % ("[0, -2, -2, 0]", 12), AnalysisProblem.NOT_DECODED),
        (HEAD % ("[0, 100000, 1, 0]", 300_000), AnalysisProblem.NOT_DECODED),
        (HEAD % ("[0, 2, 2]", 12), AnalysisProblem.NOT_DECODED),
        (HEAD % ("{}", 12), AnalysisProblem.NOT_DECODED),
        ("; ".join([HEAD % ("[0, 1, 1, 0]", 3)] * 9), AnalysisProblem.NOT_DECODED),
    ],
)
def test_what_a_decoder_that_was_taken_over_does_is_one_word(
    tmp_path: Path, code: str, problem: AnalysisProblem
) -> None:
    within_s = 5.0 if problem is AnalysisProblem.TIMED_OUT else 60.0
    assert problem_of(b"", within_s=within_s, command=worse(tmp_path, code)) is problem


def test_the_form_itself_is_believed(tmp_path: Path) -> None:
    (still,) = decode_stills(b"", command=worse(tmp_path, HEAD % ("[1.5, 2, 3, 1]", 18)))
    assert (still.offset_s, still.image_bgr.shape) == (1.5, (2, 3, 3))


def test_the_copy_of_a_video_shows_five_pictures_a_second_of_all_of_it() -> None:
    film = list(decode_film(phone_video(form="mp4", seconds=3.0)))
    assert [number_of(still.image_bgr) for still in film] == list(range(0, 30, 2))
    assert [round(still.offset_s, 3) for still in film] == [round(0.2 * n, 3) for n in range(15)]
    (first, *_) = decode_film(phone_video(form="mp4", quarter_turns=1))
    assert first.image_bgr.shape == (320, 192, 3), "upright"


def test_of_a_video_that_breaks_off_there_is_no_copy() -> None:
    content = phone_video(form="mp4", seconds=4.0, flags="faststart")
    media = content.index(b"mdat")
    for broken in (content[: media + (len(content) - media) // 2], b"", content[:200]):
        with pytest.raises(NoStills):
            list(decode_film(broken))


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "os.kill(os.getpid(), 9)",
        HEAD % ("[0, 2, 2, 0]", 12),
        "; ".join([HEAD % ("[0, 2, 2, 0]", 12), HEAD % ("false", 0)]),
        "; ".join([HEAD % ("[0, 2, 2, 0]", 5), HEAD % ("true", 0)]),
        HEAD % ("[0, 100000, 100000, 0]", 12),
        HEAD % ("0" * 300, 0),
    ],
)
def test_a_decoder_that_was_taken_over_makes_no_copy(tmp_path: Path, code: str) -> None:
    with pytest.raises(NoStills):
        list(decode_film(b"", within_s=5.0, command=worse(tmp_path, code)))
