"""Strangers' photos and videos, taken apart in a process without rights; whatever they do to it is one word here."""

import json
import math
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from api.errors import TooMuch
from domain.instants import HUE_TIME, as_utc

VIDEO: Final = "video/mp4"
_PHOTO_CHILD: Final = Path(__file__).with_name("photo_child.py")
_VIDEO_CHILD: Final = Path(__file__).with_name("video_child.py")
WITHIN_S: Final = 20.0
AT_ONCE: Final = 2
MAX_SHOWN_BYTES: Final = 8 * 1024 * 1024  # of a photo's copy
TOO_LONG: Final = "too_long"
_JPEG: Final = b"\xff\xd8\xff"
_WORDS: Final = frozenset(
    {"too_large", "too_many_pixels", "too_much_memory", TOO_LONG, "no_photo", "no_video", "fragmented"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What came of a file."""

    problem: str  # empty: it was taken apart; else why not: a word of the child, "timed_out" or "killed"
    shown: bytes = b""  # of a photo a smaller JPEG without metadata, of a video the same file with its pictures alone
    taken_at: datetime | None = None  # as the file says
    latitude_deg: float | None = None
    longitude_deg: float | None = None


class UploadDecoder:
    """Takes a few files apart at a time.

    Args:
        within_s: a file may take so long; then its process is killed.
        command: how the process is started; tests start worse ones.
    """

    def __init__(self, *, within_s: float = WITHIN_S, command: Iterable[str] | None = None) -> None:
        self._within_s = within_s
        self._command = None if command is None else tuple(command)
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def decode(self, content: bytes, media_type: str) -> Decoded:
        """Take one file apart; never raises for what the file does.

        Args:
            content: its bytes.
            media_type: image/jpeg, image/png or video/mp4.

        Raises:
            TooMuch: so many are taken apart that this one found no turn.
        """
        is_video = media_type == VIDEO
        child = _VIDEO_CHILD if is_video else _PHOTO_CHILD
        if not self._turns.acquire(timeout=self._within_s):
            raise TooMuch("too many photos are decoded now", retry_after_s=60)
        try:
            done = subprocess.run(
                self._command or (sys.executable, "-I", str(child)),
                input=content,
                capture_output=True,
                timeout=self._within_s,
                check=False,
                env={},
                cwd="/",
            )
        except subprocess.TimeoutExpired:
            return Decoded(problem="timed_out")
        finally:
            self._turns.release()
        if done.returncode < 0:
            return Decoded(problem="killed")
        nothing = Decoded(problem="no_video" if is_video else "no_photo")
        word = done.stderr.decode("ascii", "replace")
        if done.returncode:
            return Decoded(problem=word) if word in _WORDS else nothing
        read = _read(done.stdout)
        if read is None:
            return nothing
        copied = len(read.shown) == len(content) and read.shown[:12] == content[:12]
        is_photo = read.shown.startswith(_JPEG) and len(read.shown) <= MAX_SHOWN_BYTES
        return read if (copied if is_video else is_photo) else nothing


def _read(answer: bytes) -> Decoded | None:
    """Believe nothing of it that is not of the form."""
    line, _, shown = answer.partition(b"\n")
    try:
        told: dict[str, Any] = json.loads(line)
        latitude, longitude = _degrees(told["latitude_deg"], 90), _degrees(told["longitude_deg"], 180)
        taken_at = _instant(told["taken_at"])
    except (ValueError, KeyError, TypeError):
        return None
    return Decoded(problem="", shown=shown, taken_at=taken_at, latitude_deg=latitude, longitude_deg=longitude)


def _degrees(value: Any, most: float) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > most:
        raise ValueError("no degrees")
    return float(value)


def _instant(text: str | None) -> datetime | None:
    """``2026:01:05 12:00:00+07:00``; without an offset Hue's is meant."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text[:10].replace(":", "-") + text[10:])
        return as_utc(read if read.tzinfo else read.replace(tzinfo=HUE_TIME))
    except ValueError:
        return None  # such as a clock that was never set
