"""The Range header (RFC 9110) for one span of bytes, as video players ask for it."""

import re

from api.errors import RangeNotSatisfiable

_SPAN = re.compile(r"\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*", re.IGNORECASE)


def requested_range(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """The span asked for, start included, end excluded; None where the whole file is to be sent.

    Raises:
        RangeNotSatisfiable: the span begins after the file's end.

    Examples:
        >>> requested_range("bytes=2-5", 10), requested_range("bytes=-3", 10), requested_range("bytes=8-99", 10)
        ((2, 6), (7, 10), (8, 10))
        >>> requested_range("bytes=1-2,4-5", 10) is None, requested_range("lines=1-2", 10) is None
        (True, True)
    """
    match = _SPAN.fullmatch(header) if header else None
    if match is None:
        return None  # absent, several spans, or not understood: RFC 9110 lets us send the whole
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        length = min(int(last), size_bytes)
        if length == 0:
            raise RangeNotSatisfiable(size_bytes)
        return size_bytes - length, size_bytes
    if last and int(last) < int(first):
        return None
    if int(first) >= size_bytes:
        raise RangeNotSatisfiable(size_bytes)
    return int(first), min(int(last) + 1, size_bytes) if last else size_bytes
