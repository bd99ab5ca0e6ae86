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


def export_onnx(weights: Path, out: Path, *, blend_with: Path | None = None, share: float = 1.0) -> None:
    """Write ``out`` from a checkpoint and stamp the class list into its metadata.

    Args:
        weights: COCO starting weights or a street checkpoint.
        out: The ONNX file to write.
        blend_with: Starting weights to blend with, if any.
        share: See :func:`blend`.
    """
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = Path(scratch) / "street.pt"
        yolo = load_street(weights)
        if blend_with is not None:
            blend(yolo, blend_with, share)
        save_street(yolo, checkpoint, {})
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
    parser.add_argument("--blend-with", type=Path, help="the weights that training began with")
    parser.add_argument("--share", type=float, default=1.0, help="of the trained weights in the blend")
    arguments = parser.parse_args()
    export_onnx(arguments.weights, arguments.out, blend_with=arguments.blend_with, share=arguments.share)


if __name__ == "__main__":
    main()
