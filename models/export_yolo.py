"""Makes an ONNX file of any YOLO checkpoint of ultralytics and prints the entry that a manifest needs for it.

    python models/export_yolo.py --weights best.pt --out best.onnx --size 640x384

An end-to-end head (YOLO26) is exported as it is: family ``yolo26-e2e``. Others give anchors: family ``yolov8``, whose
doubles the product drops itself. Batch and size stay free. ``matthan models export`` runs this.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import onnx
from ultralytics import YOLO

OPSET = 17
STRIDE = 32


def export(weights: Path, out: Path, size_wh: tuple[int, int]) -> dict[str, object]:
    """Write ``out`` and return what its manifest entry says."""
    yolo = YOLO(str(weights))
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / weights.name
        shutil.copy(weights, copy)
        produced = YOLO(str(copy)).export(
            format="onnx", dynamic=True, nms=False, opset=OPSET, simplify=True, imgsz=size_wh[::-1], device="cpu"
        )
        shutil.copy(produced, out)
    return {
        "name": out.stem,
        "file": out.name,
        "task": "detect",
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "family": family(out, len(yolo.names)),
        "input_size_wh": list(size_wh),
        "color": "rgb",
        "scale": 1 / 255,
        "pad_value": 114,
        "labels": [yolo.names[number] for number in sorted(yolo.names)],
        "score_threshold": 0.25,
        "iou_threshold": 0.7,
        "licence": "say which",
        "card": f"{out.stem}.md",
    }


def family(file: Path, labels: int) -> str:
    """How the answer of an exported file is decoded.

    Raises:
        SystemExit: it is of no family that the product knows.
    """
    shape = [axis.dim_value for axis in onnx.load(file).graph.output[0].type.tensor_type.shape.dim]
    if len(shape) == 3 and shape[2] == 6:
        return "yolo26-e2e"
    if len(shape) == 3 and shape[1] == 4 + labels:
        return "yolov8"
    raise SystemExit(f"{file} answers {shape} (0: free); expected (B, rows, 6) or (B, {4 + labels}, anchors)")


def main() -> None:
    """Read the arguments, export, print the entry."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", default="640x384", metavar="WxH")
    given = parser.parse_args()
    if not given.weights.is_file():
        parser.error(f"{given.weights} is no file")
    width, height = map(int, given.size.split("x"))
    if width % STRIDE or height % STRIDE:
        parser.error(f"--size {given.size}: multiples of {STRIDE}, for example 640x384")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    entry = export(given.weights, given.out, (width, height))
    print("[[model]]")
    print("\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()))


if __name__ == "__main__":
    main()
