"""Draws labelled pictures into one PNG to be looked at by eye.

python models/street/contact_sheet.py --labels WORK/labels/train.jsonl --pictures WORK/pictures --out SHEET.png

Labels are thin and coloured by class, ignored boxes grey.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from labels import STREET_LABELS
from numpy.typing import NDArray
from pictures import read_bgr

_COLOURS_BGR = (
    (0, 255, 255),
    (255, 128, 0),
    (0, 128, 255),
    (0, 255, 0),
    (255, 0, 255),
    (0, 0, 255),
    (255, 255, 0),
    (128, 0, 255),
    (0, 200, 128),
    (200, 200, 200),
    (128, 128, 0),
)


def drawn(
    picture: NDArray[np.uint8], entry: dict[str, list[list[float]]], *, zoom: float, numbered: bool
) -> NDArray[np.uint8]:
    """Draw labels (thin, by class) and ignored boxes (grey) on an enlarged copy."""
    canvas = cv2.resize(picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_LINEAR)
    for kind in ("ignored", "boxes"):
        for number, row in enumerate(entry[kind]):
            low, high = ((round(row[k] * zoom), round(row[k + 1] * zoom)) for k in (0, 2))
            label = int(row[4])
            colour = _COLOURS_BGR[label] if kind == "boxes" else (110, 110, 110)
            cv2.rectangle(canvas, low, high, colour, 1)
            text = f"{number}" if numbered else ""
            text += STREET_LABELS[label][0] if kind == "boxes" or numbered else ""
            prefix = "i" if kind == "ignored" and numbered else ""
            cv2.putText(canvas, prefix + text, (low[0], max(9, low[1] - 1)), 0, 0.35, colour, 1, cv2.LINE_AA)
    return np.asarray(canvas, np.uint8)


def main() -> None:
    """Draw the chosen lines of a label file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--columns", type=int, default=3)
    parser.add_argument("--cell-width", type=int, default=640, help="pixels")
    parser.add_argument("--numbered", action="store_true")
    arguments = parser.parse_args()
    lines = arguments.labels.read_text(encoding="utf-8").splitlines()[arguments.first :: arguments.every]
    width = arguments.cell_width
    cells = []
    for line in lines[: arguments.count]:
        entry = json.loads(line)
        picture = read_bgr(arguments.pictures / entry["file"])
        canvas = drawn(picture, entry, zoom=width / picture.shape[1], numbered=arguments.numbered)
        cells.append(canvas)
    height = max(cell.shape[0] for cell in cells)
    padded = [cv2.copyMakeBorder(c, 0, height - c.shape[0], 0, 0, cv2.BORDER_CONSTANT) for c in cells]
    while len(padded) % arguments.columns:
        padded.append(np.zeros_like(padded[0]))
    step = arguments.columns
    rows = [np.hstack(padded[k : k + step]) for k in range(0, len(padded), step)]
    cv2.imwrite(str(arguments.out), np.vstack(rows))


if __name__ == "__main__":
    main()
