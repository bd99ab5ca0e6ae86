"""Strangers' photos, decoded in a process of their own without rights; whatever they do to it is one word here."""

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

_CHILD: Final = Path(__file__).with_name("photo_child.py")
WITHIN_S: Final = 20.0
AT_ONCE: Final = 2
MAX_SHOWN_BYTES: Final = 8 * 1024 * 1024
_JPEG: Final = b"\xff\xd8\xff"
_WORDS: Final = frozenset({"too_large", "too_many_pixels", "too_much_memory", "no_photo"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedPhoto:
    """What came of a photo."""

    problem: str  # empty: it was decoded; else why not: a word of the child, "timed_out" or "killed"
    shown: bytes = b""  # a smaller JPEG without metadata
    taken_at: datetime | None = None  # as the photo says
    latitude_deg: float | None = None
    longitude_deg: float | None = None


class PhotoDecoder:
    """Decodes a few photos at a time.

    Args:
        within_s: a photo may take so long; then its process is killed.
        command: how the process is started; tests start worse ones.
    """

    def __init__(self, *, within_s: float = WITHIN_S, command: Iterable[str] | None = None) -> None:
        self._within_s = within_s
        self._command = tuple(command or (sys.executable, "-I", str(_CHILD)))
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def decode(self, content: bytes) -> DecodedPhoto:
        """Decode one photo; never raises for what the photo does.

        Raises:
            TooMuch: so many are decoded that this one found no turn.
        """
        if not self._turns.acquire(timeout=self._within_s):
            raise TooMuch("too many photos are decoded now", retry_after_s=60)
        try:
            done = subprocess.run(
                self._command, input=content, capture_output=True, timeout=self._within_s, check=False, env={}, cwd="/"
            )
        except subprocess.TimeoutExpired:
            return DecodedPhoto(problem="timed_out")
        finally:
            self._turns.release()
        if done.returncode < 0:
            return DecodedPhoto(problem="killed")
        word = done.stderr.decode("ascii", "replace")
        if done.returncode:
            return DecodedPhoto(problem=word if word in _WORDS else "no_photo")
        return _read(done.stdout)


def _read(answer: bytes) -> DecodedPhoto:
    """Believe nothing of it that is not of the form."""
    line, _, shown = answer.partition(b"\n")
    try:
        told: dict[str, Any] = json.loads(line)
        latitude, longitude = _degrees(told["latitude_deg"], 90), _degrees(told["longitude_deg"], 180)
        taken_at = _instant(told["taken_at"])
    except (ValueError, KeyError, TypeError):
        return DecodedPhoto(problem="no_photo")
    if not shown.startswith(_JPEG) or len(shown) > MAX_SHOWN_BYTES:
        return DecodedPhoto(problem="no_photo")
    return DecodedPhoto(problem="", shown=shown, taken_at=taken_at, latitude_deg=latitude, longitude_deg=longitude)


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
