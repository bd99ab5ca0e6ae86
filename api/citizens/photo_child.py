"""A process that decodes one stranger's photo and can do nothing else; of ours it imports how it gives up its rights.

In: the photo's bytes. Out: one line of JSON (``taken_at``, ``latitude_deg``, ``longitude_deg``; null where the photo
does not say), then a smaller JPEG without its metadata. It ends with 2 and one word on standard error where it cannot.
"""

import contextlib
import io
import json
import math
import sys
import warnings
from typing import Any

from PIL import Image, ImageOps

from plumbing.without_rights import give_up_rights

MAX_INPUT_BYTES = 16 * 1024 * 1024
MAX_PIXELS = 60_000_000
_MAX_SIDE_PX = 2560  # a plate that takes a fortieth of the width can be read still
_MEMORY_BYTES = 1024 * 1024 * 1024
_CPU_S = 10
_POLE = 90
_EXIF, _GPS, _TAKEN_AT, _OFFSET = 0x8769, 0x8825, 0x9003, 0x9011


def degrees(parts: Any, reference: Any) -> float | None:
    """Degrees, minutes and seconds with their letter, None where they are no place."""
    with contextlib.suppress(TypeError, ValueError, ZeroDivisionError, IndexError):
        degree, minute, second = (float(part) for part in parts)
        value = degree + minute / 60 + second / 3600
        if math.isfinite(value) and str(reference).upper()[:1] in {"N", "S", "E", "W"}:
            return -value if str(reference).upper()[:1] in {"S", "W"} else value
    return None


def told_by(picture: Image.Image) -> dict[str, Any]:
    """What the photo says of when and where; it can say anything."""
    exif = picture.getexif()
    gps = exif.get_ifd(_GPS)
    latitude, longitude = degrees(gps.get(2), gps.get(1)), degrees(gps.get(4), gps.get(3))
    known = latitude is not None and longitude is not None and abs(latitude) <= _POLE and abs(longitude) <= 2 * _POLE
    inner = exif.get_ifd(_EXIF)
    taken_at = inner.get(_TAKEN_AT)
    offset = inner.get(_OFFSET)
    return {
        "taken_at": f"{taken_at}{offset or ''}"[:32] if isinstance(taken_at, str) else None,
        "latitude_deg": latitude if known else None,
        "longitude_deg": longitude if known else None,
    }


def main() -> int:
    """Decode what stands on standard input."""
    Image.init()
    give_up_rights(memory_bytes=_MEMORY_BYTES, cpu_s=_CPU_S)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    content = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
    if len(content) > MAX_INPUT_BYTES:
        return _refuse("too_large")
    try:
        picture = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
        told = told_by(picture)
        picture.draft("RGB", (_MAX_SIDE_PX, _MAX_SIDE_PX))
        upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((_MAX_SIDE_PX, _MAX_SIDE_PX))
        clean = Image.frombytes("RGB", upright.size, upright.tobytes())
        shown = io.BytesIO()
        clean.save(shown, "JPEG", quality=85)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return _refuse("too_many_pixels")
    except MemoryError:
        return _refuse("too_much_memory")
    except Exception:  # noqa: BLE001 - whatever a stranger's bytes break in a decoder is this one answer
        return _refuse("no_photo")
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + shown.getvalue())
    sys.stdout.buffer.flush()
    return 0


def _refuse(word: str) -> int:
    sys.stderr.write(word)
    return 2


if __name__ == "__main__":
    sys.exit(main())
