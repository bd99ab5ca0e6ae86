"""Pictures of a stranger's file, decoded in a process without rights; whatever the file does to it is one word here."""

import io
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import IO, Final

import numpy as np

from domain.errors import MatThanError
from domain.geometry import ImageBgr
from domain.report_analysis import MOST_PICTURES, AnalysisProblem

_CHILD: Final = Path(__file__).with_name("stills_child.py")
WITHIN_S: Final = 90.0
FILM_WITHIN_S: Final = 150.0  # decoded, looked at and drawn; a lease has five minutes
_LONGEST_SIDE_PX: Final = 2560
_CHANNELS: Final = 3
_LONGEST_LINE: Final = 200
_WORDS: Final = {"not_decoded": AnalysisProblem.NOT_DECODED, "too_large": AnalysisProblem.TOO_LARGE}


class NoStills(MatThanError):
    """No picture of a file can be had.

    Args:
        problem: why.
    """

    def __init__(self, problem: AnalysisProblem) -> None:
        self.problem = problem
        super().__init__(f"no picture of the file can be had: {problem.value}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DecodedStill:
    """One picture, upright."""

    offset_s: float
    image_bgr: ImageBgr


def decode_stills(
    content: bytes, *, within_s: float = WITHIN_S, command: Sequence[str] | None = None
) -> tuple[DecodedStill, ...]:
    """A few pictures of a file, in order of time, at least one.

    Args:
        content: a JPEG or MP4.
        within_s: it may take so long; then its process is killed.
        command: how the process is started; tests start worse ones.

    Raises:
        NoStills: there is none.
    """
    try:
        done = subprocess.run(
            command or (sys.executable, "-I", str(_CHILD)),
            input=content,
            capture_output=True,
            timeout=within_s,
            check=False,
            env={},
            cwd="/",
        )
    except subprocess.TimeoutExpired as error:
        raise NoStills(AnalysisProblem.TIMED_OUT) from error
    if done.returncode < 0:
        raise NoStills(AnalysisProblem.KILLED)
    if done.returncode:
        raise NoStills(_WORDS.get(done.stderr.decode("ascii", "replace"), AnalysisProblem.NOT_DECODED))
    try:
        return _read(done.stdout)
    except (ValueError, TypeError) as error:
        raise NoStills(AnalysisProblem.NOT_DECODED) from error


def decode_film(
    content: bytes, *, within_s: float = FILM_WITHIN_S, command: Sequence[str] | None = None
) -> Generator[DecodedStill, None, None]:
    """Every picture that the copy of a video shows, in order of time, one at a time.

    Args:
        content: an MP4.
        within_s: all of it may take so long, with what is done to the pictures meanwhile; then its process is killed.
        command: how the process is started; tests start worse ones.

    Raises:
        NoStills: it cannot be decoded to its end; what came before is no copy of it.
    """
    command = command or (sys.executable, "-I", str(_CHILD), "film")
    with (
        tempfile.TemporaryFile() as given,
        subprocess.Popen(command, stdin=given, stdout=PIPE, stderr=DEVNULL, env={}, cwd="/") as child,
    ):
        given.write(content)
        given.seek(0)
        killing = threading.Timer(within_s, child.kill)
        killing.start()
        try:
            if child.stdout is None or (yield from _of_film(child.stdout)) is not True:
                raise NoStills(AnalysisProblem.NOT_DECODED)
        except (ValueError, TypeError) as error:
            raise NoStills(AnalysisProblem.NOT_DECODED) from error
        finally:
            killing.cancel()
            child.kill()


def _of_film(answer: IO[bytes]) -> Generator[DecodedStill, None, object]:
    """The pictures, and what is said at the end; raises as ``_read``."""
    while isinstance(told := json.loads(answer.readline(_LONGEST_LINE)), list):
        offset_s, width, height, quarter_turns = told
        size = _size_of(width, height)
        pixels = answer.read(size)
        if len(pixels) != size:
            raise ValueError("a picture breaks off")
        yield _still(offset_s, pixels, width, height, quarter_turns)
    return told


def _read(answer: bytes) -> tuple[DecodedStill, ...]:
    """Believe nothing of it that is not of the form; raises ValueError or TypeError."""
    found: list[DecodedStill] = []
    left = io.BytesIO(answer)
    while line := left.readline(_LONGEST_LINE):
        offset_s, width, height, quarter_turns = json.loads(line)
        size = _size_of(width, height)
        if len(found) == MOST_PICTURES:
            raise ValueError("too many pictures")
        found.append(_still(offset_s, left.read(size), width, height, quarter_turns))
    if not found:
        raise ValueError("no picture")
    return tuple(found)


def _size_of(width: object, height: object) -> int:
    if not (type(width) is type(height) is int and min(width, height) >= 1):
        raise ValueError("no size of a picture")
    if max(width, height) > _LONGEST_SIDE_PX:
        raise ValueError("no size of a picture")
    return width * height * _CHANNELS


def _still(offset_s: float, content: bytes, width: int, height: int, quarter_turns: int) -> DecodedStill:
    pixels = np.frombuffer(content, np.uint8).reshape(height, width, _CHANNELS)
    image = np.ascontiguousarray(np.rot90(pixels, int(quarter_turns) % 4))
    return DecodedStill(offset_s=min(600.0, max(0.0, float(offset_s))), image_bgr=image)
