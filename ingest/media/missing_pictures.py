"""Notices pictures that never came, by the numbers that H.264 gives the pictures that others refer to. Pure.

RTP's own numbers would say it too, but libav keeps them to itself where RTP runs inside the RTSP connection.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_START_CODE: Final = re.compile(b"\x00\x00\x01")
_SLICE, _IDR_SLICE, _SPS = 1, 5, 7
_HEAD_BYTES: Final = 24  # hold a slice's first fields, whatever their length
_SPS_BYTES: Final = 4096
_CHROMA_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_LONGEST_CODE: Final = 32
_YUV_444: Final = 3
_AVCC_VERSION: Final = 1


class _Bits:
    """Reads a NAL unit's fields; escape bytes are taken out first."""

    def __init__(self, unit: bytes) -> None:
        content = unit.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(content, "big")
        self._left = len(content) * 8

    def take(self, count: int) -> int:
        if count > self._left:
            raise ValueError("the unit is too short")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def unsigned(self) -> int:
        """An Exp-Golomb code."""
        rest = self._value & ((1 << self._left) - 1)
        zeros = self._left - rest.bit_length()
        if zeros > _LONGEST_CODE:
            raise ValueError("no Exp-Golomb code")
        self.take(zeros + 1)
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        code = self.unsigned()
        return (code + 1) // 2 if code % 2 else -(code // 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Pictures never came."""

    pictures: int | None  # how many, at least; None: not known


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbering:
    """What an SPS says of frame numbers."""

    bits: int
    gaps_allowed: bool  # the sender may leave numbers out on purpose
    colour_planes: bool

    @classmethod
    def read(cls, sps: bytes) -> "_Numbering":
        bits = _Bits(sps[:_SPS_BYTES])
        bits.take(8)
        profile = bits.take(8)
        bits.take(16)
        bits.unsigned()
        colour_planes = False
        if profile in _CHROMA_PROFILES:
            chroma = bits.unsigned()
            colour_planes = chroma == _YUV_444 and bits.take(1) == 1
            bits.unsigned()
            bits.unsigned()
            bits.take(1)
            if bits.take(1):
                _pass_scaling_lists(bits, 12 if chroma == _YUV_444 else 8)
        number_bits = bits.unsigned() + 4
        order_type = bits.unsigned()
        if order_type == 0:
            bits.unsigned()
        elif order_type == 1:
            bits.take(1)
            bits.signed()
            bits.signed()
            for _ in range(bits.unsigned()):
                bits.signed()
        bits.unsigned()
        return cls(bits=number_bits, gaps_allowed=bits.take(1) == 1, colour_planes=colour_planes)


def _pass_scaling_lists(bits: _Bits, count: int) -> None:
    for index in range(count):
        if not bits.take(1):
            continue
        last = following = 8
        for _ in range(16 if index < 6 else 64):  # noqa: PLR2004 - six lists of 4x4, then of 8x8
            if following:
                following = (last + bits.signed()) % 256
            last = following or last


class MissingPictures:
    """Looks at every packet of one H.264 stream in order of decoding; for other codecs it knows nothing.

    Pictures that nothing refers to carry no number of their own: their loss is not seen, and harms no other picture.

    Args:
        codec: libav's name.
        configuration: the stream's parameters as they stand outside the packets, in either form.
    """

    def __init__(self, codec: str, configuration: bytes) -> None:
        self._is_h264 = codec == "h264"
        self._numbering: _Numbering | None = None
        self._length_bytes = 0  # of the number before each unit; 0: start codes
        self._last: int | None = None  # frame number of the last picture that others refer to
        if not self._is_h264:
            return
        if configuration[:1] == bytes([_AVCC_VERSION]) and len(configuration) > 7:  # noqa: PLR2004 - up to the SPS
            self._length_bytes = (configuration[4] & 3) + 1
            self._learn(configuration[8 : 8 + int.from_bytes(configuration[6:8], "big")])
        else:
            for unit in _heads(configuration, 0, _SPS_BYTES):
                if unit[0] & 31 == _SPS:
                    self._learn(unit)

    @property
    def counts(self) -> bool:
        """Whether pictures that never came can be counted at all."""
        return self._numbering is not None and not self._numbering.gaps_allowed

    def before(self, payload: bytes) -> Loss | None:
        """What is missing between the last packet and this one; None: nothing that others refer to."""
        if not self._is_h264:
            return None
        for unit in _heads(payload, self._length_bytes, _SPS_BYTES):
            kind = unit[0] & 31
            if kind == _SPS:
                self._learn(unit)
            elif kind in {_SLICE, _IDR_SLICE}:
                return self._count(unit, is_idr=kind == _IDR_SLICE)
        return None

    def _learn(self, sps: bytes) -> None:
        try:
            self._numbering = _Numbering.read(sps)
        except ValueError:
            self._numbering = None

    def _count(self, unit: bytes, *, is_idr: bool) -> Loss | None:
        numbering, refers = self._numbering, unit[0] >> 5 & 3 != 0
        if numbering is None or numbering.gaps_allowed:
            return None
        try:
            bits = _Bits(unit[:_HEAD_BYTES])
            bits.take(8)
            for _ in range(3):
                bits.unsigned()
            if numbering.colour_planes:
                bits.take(2)
            number = bits.take(numbering.bits)
        except ValueError:
            return None
        last, span = self._last, 1 << numbering.bits
        if refers:
            self._last = number
        if is_idr or last is None or number == last:  # equal: the other field of the same picture
            return None
        missing = (number - last - 1) % span
        if not missing:
            return None
        if not refers:
            self._last = (number - 1) % span
        return Loss(pictures=missing if number > last else None)  # else it wrapped, or a keyframe is among them


def _heads(payload: bytes, length_bytes: int, most: int) -> Iterator[bytes]:
    """The NAL units of a packet, each cut to its first bytes: the cost does not grow with the picture's size."""
    if length_bytes:
        at = 0
        while at + length_bytes < len(payload):
            begin = at + length_bytes
            at = begin + int.from_bytes(payload[at:begin], "big")
            if at > begin:
                yield payload[begin : min(at, begin + most)]
        return
    code = _START_CODE.search(payload)
    while code is not None and code.end() < len(payload):
        begin = code.end()
        if payload[begin] & 31 in {_SLICE, _IDR_SLICE}:
            yield payload[begin : begin + _HEAD_BYTES]
            code = _START_CODE.search(payload, begin)
            continue
        code = _START_CODE.search(payload, begin)
        yield payload[begin : min(code.start() if code else len(payload), begin + most)]
