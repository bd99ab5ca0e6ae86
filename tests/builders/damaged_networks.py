"""A quantised network that computes wrong: its ONNX file with other weights, written without any library."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.networks.street_network import built_in_manifest

_GRAPH, _INITIALIZER, _DATA_TYPE, _RAW_DATA = 7, 5, 2, 9  # of ONNX' own types
_INT8 = 3
_VARINT, _FIXED64, _BYTES = 0, 1, 2

Int8Array = NDArray[np.int8]


def manifest_with_int8(folder: Path, quantised: bytes) -> Path:
    """The manifest that ships, with other bytes for the int8 form of street-n."""
    (folder / "int8.onnx").write_bytes(quantised)
    shipped = built_in_manifest().parent / "weights"
    text = built_in_manifest().read_text("utf-8").replace("weights/", f"{shipped}/")
    text = text.replace(f"{shipped}/street-n.int8.onnx", str(folder / "int8.onnx"))
    sha256 = hashlib.sha256((shipped / "street-n.int8.onnx").read_bytes()).hexdigest()
    assert sha256 in text
    (folder / "mine.toml").write_text(text.replace(sha256, hashlib.sha256(quantised).hexdigest()), "utf-8")
    return folder / "mine.toml"


def with_weights(content: bytes, change: Callable[[Int8Array], Int8Array]) -> bytes:
    """The same file with every tensor of int8 weights changed; a change keeps the length."""
    changed = bytearray(content)
    for place in _int8_weights(content):
        weights = np.frombuffer(content[place], np.int8)
        changed[place] = change(weights).astype(np.int8).tobytes()
    return bytes(changed)


def _int8_weights(content: bytes) -> Iterator[slice]:
    for number, graph in _fields(content, slice(0, len(content))):
        for part, tensor in _fields(content, graph) if number == _GRAPH else ():
            if part == _INITIALIZER:
                fields = dict(_fields(content, tensor))
                kind, raw = fields.get(_DATA_TYPE), fields.get(_RAW_DATA)
                if kind is not None and raw is not None and content[kind.start] == _INT8:
                    yield raw


def _fields(content: bytes, within: slice) -> Iterator[tuple[int, slice]]:
    """Numbers and contents of the fields of a message (protocol buffers' wire format)."""
    at = within.start
    while at < within.stop:
        key, at = _varint(content, at)
        number, wire = key >> 3, key & 7
        if wire == _BYTES:
            length, at = _varint(content, at)
        elif wire == _VARINT:
            length = _varint(content, at)[1] - at
        else:
            length = 8 if wire == _FIXED64 else 4
        yield number, slice(at, at + length)
        at += length


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if not byte & 0x80:
            return value, at
