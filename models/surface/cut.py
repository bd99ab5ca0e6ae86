"""Cuts the trunk that sees surfaces out of ``street-n``; nothing is trained.

    python models/surface/cut.py models/weights/street-n.onnx models/weights/surface.onnx

What a block of 16 px looks like is the network's own feature after its 13th layer, as a vector of length 1. Needs
``onnx``; prints the sha256 for the manifest.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import onnx
from onnx import TensorProto, helper
from onnx.utils import Extractor

_LAYER = "/model.13/cv2/act/Mul_output_0"
_CHANNELS = 128


def cut(source: Path, target: Path) -> str:
    """Write the trunk; its sha256.

    Args:
        source: ``street-n.onnx``.
        target: is overwritten.
    """
    model = onnx.shape_inference.infer_shapes(onnx.load(source))
    trunk = Extractor(model).extract_model(["images"], [_LAYER])
    graph = trunk.graph
    graph.node.append(helper.make_node("Transpose", [_LAYER], ["rows"], name="rows", perm=[0, 2, 3, 1]))
    graph.node.append(helper.make_node("LpNormalization", ["rows"], ["surface"], name="surface", axis=-1, p=2))
    del graph.output[:]
    graph.output.append(
        helper.make_tensor_value_info("surface", TensorProto.FLOAT, ["batch", "rows", "columns", _CHANNELS])
    )
    del graph.value_info[:]
    graph.name = "surface"
    onnx.checker.check_model(trunk)
    target.write_bytes(trunk.SerializeToString(deterministic=True))
    return hashlib.sha256(target.read_bytes()).hexdigest()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    print(cut(options.source, options.target))
