"""How large a JPEG says that its picture is, without decoding it (ITU-T T.81, B.1 and B.2.2); standard library."""

from typing import Final

_START: Final = b"\xff\xd8"
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15; the three are tables and reserved
_NEVER_BEFORE: Final = frozenset({0x01, *range(0xD0, 0xDB)})  # restarts, start, end and scan
_FRAME_HEAD: Final = 7  # length, precision, height, width


def is_jpeg_within(content: bytes, longest_px: int) -> bool:
    """Whether it is a JPEG of at most so many pixels a side: a few bytes can tell of more than a browser can hold.

    Examples:
        >>> picture = bytes.fromhex("ffd8 ffe0 0004 0000 ffc0 0011 08 00f0 0140")
        >>> is_jpeg_within(picture, 320), is_jpeg_within(picture, 319), is_jpeg_within(b"no picture", 320)
        (True, False, False)
    """
    size_wh = jpeg_size(content)
    return size_wh is not None and max(size_wh) <= longest_px


def jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None: it is no JPEG, or tells none before its first scan.

    Examples:
        >>> jpeg_size(bytes.fromhex("ffd8 ffe0 0004 0000 ffc0 0011 08 00f0 0140"))
        (320, 240)
        >>> jpeg_size(bytes.fromhex("ffd8 ffe0 0000")), jpeg_size(b"no picture")
        (None, None)
    """
    if not content.startswith(_START):
        return None
    at = len(_START)
    while at + 4 <= len(content) and content[at] == 0xFF:  # noqa: PLR2004 - marker and length
        marker = content[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - a fill byte
            at += 1
            continue
        if marker in _FRAMES:
            if at + 2 + _FRAME_HEAD > len(content):
                return None
            height, width = (int.from_bytes(content[start : start + 2]) for start in (at + 5, at + 7))
            return (width, height) if width and height else None
        length = int.from_bytes(content[at + 2 : at + 4])
        if marker in _NEVER_BEFORE or length < 2:  # noqa: PLR2004 - a length counts itself
            return None
        at += 2 + length
    return None
