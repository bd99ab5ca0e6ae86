"""A process that takes one stranger's video apart (ISO/IEC 14496-12) and can do nothing else; it decodes no picture.

In: the MP4's bytes. Out: one line of JSON (``taken_at``, ``latitude_deg``, ``longitude_deg``), then the
same file with nothing left in it but the pictures: sound, names, places and whatever else stands in it are zeros, at
the same offsets. It ends with 2 and one word on standard error where it cannot.
"""

import io
import json
import re
import struct
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from plumbing.without_rights import give_up_rights

MAX_INPUT_BYTES = 40 * 1024 * 1024
MAX_S = 60
MAX_PIXELS = 10_000_000  # of a picture: 4096 x 2304 and a little
_MOST_SAMPLES = 20_000  # pictures: 60 s with 240 a second are 14,400
_MOST_BOXES = 5_000
_DEEPEST = 8
_MEMORY_BYTES = 512 * 1024 * 1024
_CPU_S = 10
_EPOCH = datetime(1904, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - as the format counts
_ISO_6709 = re.compile(rb"([+-]\d{1,2}\.\d{1,8})([+-]\d{1,3}\.\d{1,8})")
CODECS = frozenset({b"avc1", b"avc3", b"hvc1", b"hev1", b"mp4v", b"vp09", b"av01"})
_HOLDS = frozenset({b"moov", b"trak", b"edts", b"mdia", b"minf", b"dinf", b"stbl"})
_KEPT = frozenset(
    b"mvhd tkhd elst mdhd hdlr vmhd dref stsd stts ctts cslg stss stsc stsz stco co64 sdtp sbgp sgpd".split()
)


class Wrong(Exception):
    """No video of ours; the word says why."""


class Box(NamedTuple):
    """A box of the container: its name, where it begins, where its content begins, where it ends."""

    name: bytes
    start: int
    body: int
    end: int


def boxes(content: bytes, start: int, end: int) -> Iterator[Box]:
    """The boxes side by side in a stretch.

    Raises:
        Wrong: they do not fill it exactly.
    """
    while start < end:
        if end - start < 8:  # noqa: PLR2004 - a header
            raise Wrong("no_video")
        size, name = struct.unpack_from(">I4s", content, start)
        body = start + 8
        if size == 1:
            if end - start < 16:  # noqa: PLR2004 - a long header
                raise Wrong("no_video")
            (size,) = struct.unpack_from(">Q", content, body)
            body += 8
        stop = end if size == 0 else start + size
        if stop < body or stop > end:
            raise Wrong("no_video")
        yield Box(name, start, body, stop)
        start = stop


class Video:
    """One file.

    Args:
        content: its bytes.

    Raises:
        Wrong: it is none, or not of the bounds.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._left = _MOST_BOXES
        top = list(boxes(content, 0, len(content)))
        moov = [box for box in top if box.name == b"moov"]
        if any(box.name == b"moof" for box in top):
            raise Wrong("fragmented")
        if len(moov) != 1:
            raise Wrong("no_video")
        self._top, self._moov = top, moov[0]
        self._track = self._picture_track()
        self._table = self._only(self._only(self._only(self._track, b"mdia"), b"minf"), b"stbl")
        self._require_bounds()

    def told(self) -> dict[str, Any]:
        """What the file says of when and where; it can say anything."""
        version, body = self._versioned(self._only(self._moov, b"mvhd"))
        (since_s,) = struct.unpack_from(">Q" if version else ">I", self._content, body)
        taken_at = None
        if 0 < since_s < 2**33:
            taken_at = (_EPOCH + timedelta(seconds=since_s)).isoformat()
        latitude, longitude = self._place()
        return {"taken_at": taken_at, "latitude_deg": latitude, "longitude_deg": longitude}

    def pictures_only(self) -> bytes:
        """The file with everything but its pictures zeroed."""
        out = bytearray(len(self._content))
        for box in self._top:
            if box.name == b"ftyp":
                out[box.start : box.end] = self._content[box.start : box.end]
            elif box.name == b"moov":
                self._copy(out, box, 0)
            else:
                self._head(out, box, box.name if box.name == b"mdat" else b"free")
        held = [(box.body, box.end) for box in self._top if box.name == b"mdat"]
        for first, last in self._samples():
            if not any(start <= first and last <= end for start, end in held):
                raise Wrong("no_video")
            out[first:last] = self._content[first:last]
        return bytes(out)

    def _copy(self, out: bytearray, box: Box, depth: int) -> None:
        if depth > _DEEPEST:
            raise Wrong("no_video")
        self._head(out, box, box.name)
        for inner in self._inside(box):
            if inner.name in _HOLDS and (inner.name != b"trak" or inner == self._track):
                self._copy(out, inner, depth + 1)
            elif inner.name in _KEPT:
                out[inner.start : inner.end] = self._content[inner.start : inner.end]
            else:
                self._head(out, inner, b"free")

    def _head(self, out: bytearray, box: Box, name: bytes) -> None:
        out[box.start : box.body] = self._content[box.start : box.body]
        out[box.start + 4 : box.start + 8] = name

    def _inside(self, box: Box) -> Iterator[Box]:
        for inner in boxes(self._content, box.body, box.end):
            self._left -= 1
            if self._left < 0:
                raise Wrong("no_video")
            yield inner

    def _only(self, box: Box, name: bytes) -> Box:
        found = [inner for inner in self._inside(box) if inner.name == name]
        if len(found) != 1:
            raise Wrong("no_video")
        return found[0]

    def _picture_track(self) -> Box:
        for track in self._inside(self._moov):
            if track.name == b"trak":
                handler = self._only(self._only(track, b"mdia"), b"hdlr")
                if self._content[handler.body + 8 : handler.body + 12] == b"vide":
                    return track
        raise Wrong("no_video")

    def _versioned(self, box: Box) -> tuple[int, int]:
        """A full box's version, and where its fields begin."""
        if box.end - box.body < 20:  # noqa: PLR2004 - all that are read so are longer
            raise Wrong("no_video")
        return self._content[box.body], box.body + 4

    def _scaled_s(self, box: Box) -> float:
        """What a header of movie or media says of its length."""
        version, body = self._versioned(box)
        scale, length = struct.unpack_from(">IQ" if version else ">II", self._content, body + (16 if version else 8))
        if scale == 0:
            raise Wrong("no_video")
        is_unknown = length in {2**32 - 1, 2**64 - 1}
        return 0.0 if is_unknown else float(length / scale)

    def _length_s(self) -> float:
        media = self._only(self._only(self._track, b"mdia"), b"mdhd")
        version, body = self._versioned(media)
        (scale,) = struct.unpack_from(">I", self._content, body + (16 if version else 8))
        steps = self._entries(self._only(self._table, b"stts"), 2)
        if not scale:
            raise Wrong("no_video")
        if sum(count for count, _ in steps) > _MOST_SAMPLES:
            raise Wrong("too_long")
        shown_s = float(sum(count * step for count, step in steps) / scale)
        return max(shown_s, self._scaled_s(media), self._scaled_s(self._only(self._moov, b"mvhd")))

    def _require_bounds(self) -> None:
        if self._length_s() > MAX_S:
            raise Wrong("too_long")
        described = self._only(self._table, b"stsd")
        entry = described.body + 8
        if described.end - entry < 86:  # noqa: PLR2004 - a visual sample entry
            raise Wrong("no_video")
        width, height = struct.unpack_from(">HH", self._content, entry + 32)
        if self._content[entry + 4 : entry + 8] not in CODECS or not width * height:
            raise Wrong("no_video")
        if width * height > MAX_PIXELS:
            raise Wrong("too_many_pixels")

    def _entries(self, box: Box, columns: int, *, wide: bool = False) -> list[tuple[int, ...]]:
        """The rows of a table of numbers."""
        if box.end - box.body < 8:  # noqa: PLR2004 - version, flags and count
            raise Wrong("no_video")
        (count,) = struct.unpack_from(">I", self._content, box.body + 4)
        size = columns * (8 if wide else 4)
        if count > _MOST_SAMPLES or box.end - box.body - 8 < count * size:
            raise Wrong("no_video")
        row = struct.Struct(">" + ("Q" if wide else "I") * columns)
        return [row.unpack_from(self._content, box.body + 8 + place * size) for place in range(count)]

    def _sizes(self) -> list[int]:
        box = self._only(self._table, b"stsz")
        if box.end - box.body < 12:  # noqa: PLR2004 - its head
            raise Wrong("no_video")
        each, count = struct.unpack_from(">II", self._content, box.body + 4)
        if count > _MOST_SAMPLES or not count:
            raise Wrong("too_long" if count else "no_video")
        if each:
            return [each] * count
        if box.end - box.body - 12 < count * 4:
            raise Wrong("no_video")
        return list(struct.unpack_from(f">{count}I", self._content, box.body + 12))

    def _samples(self) -> Iterator[tuple[int, int]]:
        """Where each chunk of pictures stands in the file."""
        wide = any(box.name == b"co64" for box in self._inside(self._table))
        offsets = [row[0] for row in self._entries(self._only(self._table, b"co64" if wide else b"stco"), 1, wide=wide)]
        runs, sizes = self._entries(self._only(self._table, b"stsc"), 3), self._sizes()
        if not runs or runs[0][0] != 1:
            raise Wrong("no_video")
        place, run = 0, 0
        for chunk, offset in enumerate(offsets, start=1):
            if run + 1 < len(runs) and runs[run + 1][0] == chunk:
                run += 1
            held = sizes[place : place + runs[run][1]]
            place += len(held)
            yield offset, offset + sum(held)
        if place != len(sizes):
            raise Wrong("no_video")

    def _place(self) -> tuple[float | None, float | None]:
        """The place that the telephone wrote beside the pictures (ISO 6709, in QuickTime's ``©xyz`` or keys)."""
        for box in self._inside(self._moov):
            if box.name in {b"udta", b"meta"}:
                found = _ISO_6709.search(self._content, box.body, box.end)
                if found and abs(float(found[1])) <= 90 and abs(float(found[2])) <= 180:  # noqa: PLR2004 - poles
                    return float(found[1]), float(found[2])
        return None, None


def main() -> int:
    """Take apart what stands on standard input."""
    give_up_rights(memory_bytes=_MEMORY_BYTES, cpu_s=_CPU_S)
    content = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
    if len(content) > MAX_INPUT_BYTES:
        return _refuse("too_large")
    try:
        video = Video(content)
        answer = io.BytesIO(json.dumps(video.told()).encode() + b"\n")
        answer.seek(0, io.SEEK_END)
        answer.write(video.pictures_only())
    except Wrong as error:
        return _refuse(str(error))
    except MemoryError:
        return _refuse("too_much_memory")
    except Exception:  # noqa: BLE001 - whatever a stranger's bytes break in here is this one answer
        return _refuse("no_video")
    sys.stdout.buffer.write(answer.getvalue())
    sys.stdout.buffer.flush()
    return 0


def _refuse(word: str) -> int:
    sys.stderr.write(word)
    return 2


if __name__ == "__main__":
    sys.exit(main())
