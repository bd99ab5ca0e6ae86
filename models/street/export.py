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


def export_onnx(weights: Path, out: Path) -> None:
    """Write ``out`` from a checkpoint and stamp the class list into its metadata.

    Args:
        weights: COCO starting weights or a street checkpoint.
        out: The ONNX file to write.
    """
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = Path(scratch) / "street.pt"
        save_street(load_street(weights), checkpoint, {})
        produced = YOLO(str(checkpoint)).export(
            format="onnx", dynamic=True, nms=False, opset=OPSET, simplify=True, imgsz=(384, 640), device="cpu"
        )
        graph = onnx.load(produced)
        del graph.metadata_props[:]
        for key, value in {"labels": "\n".join(STREET_LABELS), "license": "AGPL-3.0-or-later"}.items():
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
    arguments = parser.parse_args()
    export_onnx(arguments.weights, arguments.out)


if __name__ == "__main__":
    main()
