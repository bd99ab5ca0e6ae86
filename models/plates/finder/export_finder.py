"""Writes the ONNX file of the plate finder from a checkpoint of ``train_finder.py``.

    python models/plates/finder/export_finder.py --weights RUN/finder.pt --out models/weights/plate-finder.onnx

The file takes pictures of any size, as ``street-n`` does.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import street_recipe  # noqa: F401  # makes the import below possible
from export import export_onnx
from train_finder import INPUT_WH, LABELS, load_finder


def main() -> None:
    """Read the arguments and export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    export_onnx(load_finder(given.weights), LABELS, INPUT_WH, given.out)


if __name__ == "__main__":
    main()
