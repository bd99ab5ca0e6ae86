"""Real ONNX files of a few hundred bytes that answer every picture with the same rows, written without any library."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_FLOAT, _INT, _INTS = 1, 2, 7  # of ONNX' own types
_IR_VERSION, _OPSET = 8, 17


def network(
    answer: NDArray[np.float32] | Mapping[str, NDArray[np.float32]],
    *,
    height: int | str = "h",
    width: int | str = "w",
    notes: Mapping[str, str] | None = None,
) -> bytes:
    """An ONNX file.

    Args:
        answer: (rows, columns) or (columns,), what it says to each picture; not finite values are said too. Several by
            their outputs' names, all of two axes.
        height: of the input, a name where any will do.
        width: the same.
        notes: the file's metadata.
    """
    answers = answer if isinstance(answer, Mapping) else {"output": answer}
    flat = next(iter(answers.values())).ndim == 1
    graph = b"".join(
        [
            _field(1, _node("ReduceMean", ["images"], "narrow", axes=[1, 2], keepdims=1)),
            _field(1, _node("ReduceMean", ["narrow"], "mean", axes=[2, 3] if flat else [3], keepdims=0)),
            _field(1, _node("Mul", ["mean", "nothing"], "silence")),
            *(_field(1, _node("Add", ["silence", f"answer-{name}"], name)) for name in answers),
            _field(2, b"tiny"),
            _field(5, _tensor("nothing", np.zeros(1, np.float32))),
            *(_field(5, _tensor(f"answer-{name}", one[None].astype(np.float32))) for name, one in answers.items()),
            _field(11, _value("images", ["b", 3, height, width])),
            *(_field(12, _value(name, ["b", *one.shape])) for name, one in answers.items()),
        ]
    )
    opset = _field(1, b"") + _number(2, _OPSET)
    told = [_field(14, _field(1, key.encode()) + _field(2, text.encode())) for key, text in (notes or {}).items()]
    return b"".join([_number(1, _IR_VERSION), _field(7, graph), _field(8, opset), *told])


def manifest(folder: Path, *entries: Mapping[str, object], card: bool = True) -> Path:
    """A manifest of some entries, all with the card ``card.md``."""
    if card:
        (folder / "card.md").write_text("# mine\n", encoding="utf-8")
    tables = ["[[model]]\n" + "\n".join(f"{key} = {_toml(value)}" for key, value in one.items()) for one in entries]
    (folder / "mine.toml").write_text("\n\n".join(tables), encoding="utf-8")
    return folder / "mine.toml"


def entry(folder: Path, name: str, content: bytes, **keys: object) -> dict[str, object]:
    """Write a network's file and give its entry for a manifest."""
    (folder / f"{name}.onnx").write_bytes(content)
    return {
        "name": name,
        "file": f"{name}.onnx",
        "sha256": hashlib.sha256(content).hexdigest(),
        "color": "rgb",
        "scale": 1 / 255,
        "licence": "MIT",
        "card": "card.md",
        **keys,
    }


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _field(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _node(kind: str, inputs: list[str], output: str, *, axes: list[int] | None = None, keepdims: int = 0) -> bytes:
    attributes = b""
    if axes is not None:
        listed = b"".join(_number(8, axis) for axis in axes)
        attributes = _field(5, _field(1, b"axes") + listed + _number(20, _INTS))
        attributes += _field(5, _field(1, b"keepdims") + _number(3, keepdims) + _number(20, _INT))
    named = b"".join(_field(1, one.encode()) for one in inputs)
    return named + _field(2, output.encode()) + _field(4, kind.encode()) + attributes


def _tensor(name: str, values: NDArray[np.float32]) -> bytes:
    shape = b"".join(_number(1, length) for length in values.shape)
    return shape + _number(2, _FLOAT) + _field(8, name.encode()) + _field(9, values.astype("<f4").tobytes())


def _value(name: str, shape: list[int | str]) -> bytes:
    axes = b"".join(
        _field(1, _number(1, axis) if isinstance(axis, int) else _field(2, axis.encode())) for axis in shape
    )
    return _field(1, name.encode()) + _field(2, _field(1, _number(1, _FLOAT) + _field(2, axes)))


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
