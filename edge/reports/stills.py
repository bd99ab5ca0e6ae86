"""Pictures of a stranger's file, decoded in a process without rights; whatever the file does to it is one word here."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from domain.errors import MatThanError
from domain.geometry import ImageBgr
from domain.report_analysis import MOST_PICTURES, AnalysisProblem

_CHILD: Final = Path(__file__).with_name("stills_child.py")
WITHIN_S: Final = 90.0
_LONGEST_SIDE_PX: Final = 2560
_CHANNELS: Final = 3
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


def _read(answer: bytes) -> tuple[DecodedStill, ...]:
    """Believe nothing of it that is not of the form; raises ValueError or TypeError."""
    line, _, rest = answer.partition(b"\n")
    told, found, at = json.loads(line), [], 0
    if not isinstance(told, list) or not 1 <= len(told) <= MOST_PICTURES:
        raise ValueError("no list of pictures")
    for offset_s, width, height, quarter_turns in told:
        is_size = type(width) is type(height) is int and min(width, height) >= 1
        if not is_size or max(width, height) > _LONGEST_SIDE_PX:
            raise ValueError("no size of a picture")
        size = width * height * _CHANNELS
        pixels = np.frombuffer(rest[at : at + size], np.uint8).reshape(height, width, _CHANNELS)
        image = np.ascontiguousarray(np.rot90(pixels, int(quarter_turns) % 4))
        found.append(DecodedStill(offset_s=min(600.0, max(0.0, float(offset_s))), image_bgr=image))
        at += size
    if at != len(rest):
        raise ValueError("more than the pictures")
    return tuple(found)
