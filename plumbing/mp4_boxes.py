"""Whether an MP4 (ISO/IEC 14496-12) is all there, by the sizes that its outermost boxes say; nothing is decoded."""

import struct
from typing import Final

_HEAD: Final = 8
_LONG_HEAD: Final = 16


def is_whole_mp4(content: bytes) -> bool:
    """Whether the outermost boxes fill a file exactly, with an index and pictures among them.

    Examples:
        >>> box = lambda name, body: struct.pack(">I4s", 8 + len(body), name) + body
        >>> whole = box(b"ftyp", b"isom") + box(b"moov", b"...") + box(b"mdat", b"0123")
        >>> is_whole_mp4(whole), is_whole_mp4(whole[:-1]), is_whole_mp4(whole + b"0"), is_whole_mp4(b"")
        (True, False, False, False)
    """
    names, start = set(), 0
    while start < len(content):
        if len(content) - start < _HEAD:
            return False
        size, name = struct.unpack_from(">I4s", content, start)
        if size == 1 and len(content) - start >= _LONG_HEAD:
            (size,) = struct.unpack_from(">Q", content, start + _HEAD)
        elif size == 0:  # to the end of the file, wherever that once was
            return False
        if size < _HEAD:
            return False
        names.add(name)
        start += size
    return start == len(content) and {b"ftyp", b"moov", b"mdat"} <= names
