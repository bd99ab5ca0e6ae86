"""H.264 and H.265 byte streams (Annex B): finding NAL units and parameter sets. Pure."""

import re
from collections.abc import Iterator
from typing import Final

_START_CODE: Final = re.compile(b"\x00\x00\x01")
_H264_SETS: Final = frozenset({7, 8})  # SPS, PPS
_H265_SETS: Final = frozenset({32, 33, 34})  # VPS, SPS, PPS
ANNEX_B_CODECS: Final = frozenset({"h264", "hevc"})


def is_annex_b(payload: bytes) -> bool:
    """Whether a packet begins with a start code (cameras send so; MP4 files hold length-prefixed units).

    Examples:
        >>> is_annex_b(bytes.fromhex("0000000167"))
        True
        >>> is_annex_b(bytes.fromhex("0000001f67"))
        False
    """
    return payload.startswith((b"\x00\x00\x01", b"\x00\x00\x00\x01"))


def split_annex_b(payload: bytes) -> Iterator[bytes]:
    """NAL units of a packet, without start codes and trailing zeros.

    Examples:
        >>> [unit.hex() for unit in split_annex_b(bytes.fromhex("00000001 6742 000001 68ce 00000001 65aa"))]
        ['6742', '68ce', '65aa']
    """
    starts = [match.end() for match in _START_CODE.finditer(payload)]
    for start, following in zip(starts, [*starts[1:], len(payload) + 3], strict=True):
        unit = payload[start : following - 3].rstrip(b"\x00")
        if unit:
            yield unit


def parameter_sets(payload: bytes, codec: str) -> bytes:
    """The parameter sets in a packet (or in out-of-band configuration) as one Annex B string; b"" if it has no SPS.

    Only what stands before the first slice is looked at, so the cost does not grow with the picture.

    Args:
        payload: Annex B bytes.
        codec: ``h264`` or ``hevc``.
    """
    wanted, sps = (_H264_SETS, 7) if codec == "h264" else (_H265_SETS, 33)
    found: list[bytes] = []
    has_sps = False
    for unit in _leading_units(payload, codec):
        kind = unit[0] & 0x1F if codec == "h264" else (unit[0] >> 1) & 0x3F
        if kind in wanted:
            found.append(b"\x00\x00\x00\x01" + unit)
            has_sps = has_sps or kind == sps
    return b"".join(found) if has_sps else b""


def _leading_units(payload: bytes, codec: str) -> Iterator[bytes]:
    begin = _START_CODE.search(payload)
    while begin is not None:
        head = payload[begin.end()] if begin.end() < len(payload) else 0
        is_slice = 1 <= head & 0x1F <= 5 if codec == "h264" else (head >> 1) & 0x3F <= 31  # noqa: PLR2004 - NAL types
        if is_slice:
            return
        after = _START_CODE.search(payload, begin.end())
        unit = payload[begin.end() : after.start() if after else len(payload)].rstrip(b"\x00")
        if unit:
            yield unit
        begin = after
