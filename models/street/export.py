"""Exports a street checkpoint to ONNX with its end-to-end head and dynamic batch, height and width.

    python models/street/export.py --weights CHECKPOINT.pt --out models/weights/street-n.onnx

The output is ``(B, 300, 6)``: x1, y1, x2, y2 in input pixels, score, class index.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import onnx
from head import load_street, save_street
from labels import STREET_LABELS
from ultralytics import YOLO

OPSET = 17


def blend(yolo: YOLO, start: Path, share: float) -> None:
    """Move the trained weights part of the way back to the starting weights, in place.

    Between the two lies a network that keeps most of what training gained on the street and loses little of what the
    starting weights knew of everything else.

    Args:
        yolo: The trained network.
        start: The weights that training began with.
        share: 1 keeps the trained network, 0 gives back the starting weights.
    """
    first = load_street(start).model.state_dict()
    state = yolo.model.state_dict()
    for name, value in state.items():
        if value.is_floating_point():
            state[name] = first[name].lerp(value, share)
    yolo.model.load_state_dict(state)


def export_onnx(yolo: YOLO, labels: tuple[str, ...], size_wh: tuple[int, int], out: Path) -> None:
    """Write ``out`` from a network and stamp the class list into its metadata.

    Args:
        yolo: The network.
        labels: Its classes.
        size_wh: Size of the picture that it is traced with; the file takes any.
        out: The ONNX file to write.
    """
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = Path(scratch) / "network.pt"
        save_street(yolo, checkpoint, {})
        produced = YOLO(str(checkpoint)).export(
            format="onnx", dynamic=True, nms=False, opset=OPSET, simplify=True, imgsz=size_wh[::-1], device="cpu"
        )
        graph = onnx.load(produced)
        del graph.metadata_props[:]
        for key, value in {"labels": "\n".join(labels), "license": "AGPL-3.0-or-later"}.items():
            entry = graph.metadata_props.add()
            entry.key, entry.value = key, value
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = out.with_suffix(".partial")
        onnx.save(graph, str(partial))
        shutil.move(partial, out)


def main() -> None:
    """Read the arguments and export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--blend-with", type=Path, help="the weights that training began with")
    parser.add_argument("--share", type=float, default=1.0, help="of the trained weights in the blend")
    arguments = parser.parse_args()
    yolo = load_street(arguments.weights)
    if arguments.blend_with is not None:
        blend(yolo, arguments.blend_with, arguments.share)
    export_onnx(yolo, STREET_LABELS, (640, 384), arguments.out)


if __name__ == "__main__":
    main()
