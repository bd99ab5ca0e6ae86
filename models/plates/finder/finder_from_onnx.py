"""Makes a checkpoint to train on from an exported plate finder, whose checkpoint is not kept.

    python models/plates/finder/finder_from_onnx.py --weights START.pt --onnx plate-finder.onnx --out WORK/finder.pt

Numbers are put back as ``models/street/from_onnx.py`` does.
"""

from __future__ import annotations

import street_recipe  # noqa: F401  # makes the import below possible
from from_onnx import main
from train_finder import load_finder

if __name__ == "__main__":
    main(load_finder, __doc__)
