"""Makes a checkpoint to train on from an exported plate finder, whose checkpoint is not kept.

    python models/plates/finder/finder_from_onnx.py --weights START.pt --onnx plate-finder.onnx --out WORK/finder.pt

Numbers are put back as ``models/street/from_onnx.py`` does.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import street_recipe  # noqa: F401  # makes the imports below possible
from from_onnx import restored
from head import save_street
from train_finder import load_finder


def main() -> None:
    """Read the arguments and write the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    save_street(restored(load_finder(given.weights), given.onnx), given.out, {"from": given.onnx.name})


if __name__ == "__main__":
    main()
