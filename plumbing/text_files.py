"""Small text files that people write, whatever their editor puts before the first character."""

import codecs
from pathlib import Path


def read_text_file(path: Path) -> str:
    """A text file without its byte order mark.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is no UTF-8 text (or UTF-16 with its mark, which some editors call "Unicode").
    """
    return text_of(path.read_bytes())


def text_of(content: bytes) -> str:
    r"""The text in a file's bytes, without the mark.

    Raises:
        UnicodeDecodeError: see ``read_text_file``.

    Examples:
        >>> text_of(b"\xef\xbb\xbfm\xe1\xba\xadt"), text_of("mật".encode("utf-16"))
        ('mật', 'mật')
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    return content.decode("utf-8-sig")
