"""H.264 and H.265 packets: finding NAL units, parameter sets and a camera's own signature. Pure."""

import re
from collections.abc import Iterator
from typing import Final

_START_CODE: Final = re.compile(b"\x00\x00\x01")
_H264_SETS: Final = frozenset({7, 8})  # SPS, PPS
_H265_SETS: Final = frozenset({32, 33, 34})  # VPS, SPS, PPS
_H264_SEI: Final = frozenset({6})
_H265_SEI: Final = frozenset({39, 40})  # before and after the slices
_SIGNATURE_UUIDS: Final = (
    bytes.fromhex("005bc93f2d715e95ada4796f90877a6f"),  # ONVIF Media Signing
    b"Signed Video...0",  # Axis Signed Video, which it grew from
)
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
    for start, following in zip(starts, [*starts[1:], len(payload) + 3][: len(starts)], strict=True):
        unit = payload[start : following - 3].rstrip(b"\x00")
        if unit:
            yield unit


def split_length_prefixed(payload: bytes) -> Iterator[bytes]:
    """NAL units of a packet as MP4 files hold them, each after its length in four bytes.

    Examples:
        >>> [unit.hex() for unit in split_length_prefixed(bytes.fromhex("00000002 6742 00000002 65aa"))]
        ['6742', '65aa']
    """
    at = 0
    while at + 4 < len(payload):
        length = int.from_bytes(payload[at : at + 4], "big")
        yield payload[at + 4 : at + 4 + length]
        at += 4 + length


def carries_signature(payload: bytes, codec: str) -> bool:
    """Whether a packet holds an SEI unit by which the camera signs its own video; what it is worth is not looked at.

    Args:
        payload: one picture, in either form.
        codec: ``h264`` or ``hevc``; others cannot carry any.

    Examples:
        >>> sei = bytes.fromhex("00000001 06 05 12 005bc93f2d715e95ada4796f90877a6f 0000 80 00000001 65aa")
        >>> carries_signature(sei, "h264")
        True
        >>> carries_signature(sei, "hevc")
        False
    """
    if codec not in ANNEX_B_CODECS or not any(uuid in payload for uuid in _SIGNATURE_UUIDS):
        return False
    units = split_annex_b(payload) if is_annex_b(payload) else split_length_prefixed(payload)
    wanted = _H264_SEI if codec == "h264" else _H265_SEI
    return any(
        unit and _kind(unit[0], codec) in wanted and any(uuid in unit for uuid in _SIGNATURE_UUIDS) for unit in units
    )


def _kind(head: int, codec: str) -> int:
    return head & 0x1F if codec == "h264" else (head >> 1) & 0x3F


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
        kind = _kind(unit[0], codec)
        if kind in wanted:
            found.append(b"\x00\x00\x00\x01" + unit)
            has_sps = has_sps or kind == sps
    return b"".join(found) if has_sps else b""


def is_complete(sets: bytes, codec: str) -> bool:
    """Whether parameter sets suffice to decode: a sequence's and a picture's.

    Examples:
        >>> is_complete(bytes.fromhex("00000001 6742 00000001 68ce"), "h264"), is_complete(b"", "h264")
        (True, False)
    """
    wanted = _H264_SETS if codec == "h264" else _H265_SETS
    return wanted <= {_kind(unit[0], codec) for unit in split_annex_b(sets)}


def _leading_units(payload: bytes, codec: str) -> Iterator[bytes]:
    begin = _START_CODE.search(payload)
    while begin is not None:
        head = payload[begin.end()] if begin.end() < len(payload) else 0
        kind = _kind(head, codec)
        is_slice = 1 <= kind <= 5 if codec == "h264" else kind <= 31  # noqa: PLR2004 - NAL types
        if is_slice:
            return
        after = _START_CODE.search(payload, begin.end())
        unit = payload[begin.end() : after.start() if after else len(payload)].rstrip(b"\x00")
        if unit:
            yield unit
        begin = after
