r"""Joins two readers in one file: one that reads plates of one line, one that reads plates of two.

    PYTHONPATH=. python models/plates/reader/join_layouts.py --one-line A.onnx --two-lines B.onnx \
        --temperatures 0.743 1.051 --out models/weights/plate-reader.onnx

A training may be better in one layout and worse in the other. Which half is asked is decided by the height of the
picture (32 px: one line). The logits of the first are divided by the ratio of the temperatures, so that the second
temperature calibrates both.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import onnx
from networks import ONE_LINE_WH
from onnx import TensorProto, compose, helper

OPSET = 17


def half(path: Path, prefix: str, factor: float) -> onnx.GraphProto:
    """A reader as a branch: it sees ``images`` of the whole graph, and gives its logits times a factor."""
    graph = compose.add_prefix(onnx.load(path), prefix, rename_inputs=False).graph
    scale = helper.make_tensor(f"{prefix}factor", TensorProto.FLOAT, [], [factor])
    graph.initializer.append(scale)
    graph.node.append(helper.make_node("Mul", [graph.output[0].name, scale.name], [f"{prefix}scaled"]))
    scaled = helper.make_tensor_value_info(f"{prefix}scaled", TensorProto.FLOAT, ["batch", "steps", "labels"])
    return helper.make_graph(list(graph.node), f"{prefix}reader", [], [scaled], list(graph.initializer))


def main() -> None:
    """Read the arguments, join, write, print the hash."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one-line", type=Path, required=True)
    parser.add_argument("--two-lines", type=Path, required=True)
    parser.add_argument("--temperatures", type=float, nargs=2, required=True, help="of the one and of the other")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    whole = onnx.load(given.two_lines)
    heights = helper.make_tensor("one_line_height", TensorProto.INT64, [], [ONE_LINE_WH[1]])
    axis = helper.make_tensor("height_axis", TensorProto.INT64, [], [2])
    mine, other = given.temperatures
    nodes = [
        helper.make_node("Shape", ["images"], ["size"]),
        helper.make_node("Gather", ["size", "height_axis"], ["height"]),
        helper.make_node("Equal", ["height", "one_line_height"], ["is_one_line"]),
        helper.make_node(
            "If",
            ["is_one_line"],
            ["output"],
            then_branch=half(given.one_line, "one_line_", other / mine),
            else_branch=half(given.two_lines, "two_lines_", 1.0),
        ),
    ]
    graph = helper.make_graph(nodes, "plate-reader", list(whole.graph.input), list(whole.graph.output), [heights, axis])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=whole.ir_version)
    entry = model.metadata_props.add()
    entry.key, entry.value = "license", "AGPL-3.0-or-later"
    onnx.checker.check_model(model)
    onnx.save(model, given.out)
    written = given.out.read_bytes()
    print(given.out.name, hashlib.sha256(written).hexdigest(), f"{len(written) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
