"""Writes the ONNX files of what was trained, the plate reader, the corner finder or both, and calibrates the reader.

    PYTHONPATH=. python models/plates/reader/export.py --data DATA --work WORK --out models/weights

Prints the entries' hashes and the temperature for ``models/manifest.toml``. The temperature is the one under which the
characters of the choosing plates, made worse as a street camera would, are least surprising (Guo et al. 2017, On
Calibration of Modern Neural Networks); it is fitted through the product's own decoding.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from pathlib import Path

import numpy as np
import torch
from crops import SIZES_WH, reader_sample, real_plates, worsened
from networks import ALPHABET, CORNERS_WH, ONE_LINE_WH, CornersNet, ReaderNet
from numpy.typing import NDArray
from torch import nn

from detectors.plates.ctc import best_path

sys.path.append(str(Path(__file__).resolve().parents[2]))
from small_networks import export, to_tensor

SEED = 31
PICTURES_OF_A_PLATE = 8
TEMPERATURES = np.geomspace(0.5, 4.0, 43)
LEAST_CHANCE = 1e-3


def choosing_reads(net: nn.Module, data: Path) -> list[tuple[NDArray[np.float32], str]]:
    """Logits and truth of the choosing plates, each several times, each time made worse in another way."""
    rng = np.random.default_rng(SEED)
    reads = []
    for plate in real_plates(data, "val"):
        for _ in range(PICTURES_OF_A_PLATE):
            picture = reader_sample(worsened(plate, rng), rng)
            assert picture.shape[1::-1] == SIZES_WH[plate.lines]  # noqa: S101 - tells a mistake of the recipe
            reads.append((net(to_tensor(picture[None]))[0].numpy(), plate.text))
    return reads


def surprise(reads: list[tuple[NDArray[np.float32], str]], temperature: float) -> float:
    """Mean negative log probability of the true characters, over reads that have as many as the truth."""
    total, count = 0.0, 0
    for logits, truth in reads:
        read = best_path(logits, ALPHABET, temperature)
        if len(read.characters) == len(truth):
            total -= sum(
                math.log(max(one.chance(true), LEAST_CHANCE)) for one, true in zip(read.characters, truth, strict=True)
            )
            count += len(truth)
    return total / count


def loaded(net: nn.Module, path: Path) -> nn.Module:
    """The running average of a training."""
    net.load_state_dict(torch.load(path, map_location="cpu")["mean"])
    return net.eval()


def main() -> None:
    """Read the arguments, export, calibrate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MATTHAN_DATA", "../shared/data")))
    parser.add_argument("--work", type=Path, required=True, help="where train.py left its checkpoints")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    torch.set_num_threads(1)
    with torch.no_grad():
        if (given.work / "corners.pt").exists():
            corners = loaded(CornersNet(), given.work / "corners.pt")
            export(corners, CORNERS_WH, given.out / "plate-corners.onnx")
        if not (given.work / "reader.pt").exists():
            return
        reader = loaded(ReaderNet(), given.work / "reader.pt")
        export(reader, ONE_LINE_WH, given.out / "plate-reader.onnx", free_size=True)
        reads = choosing_reads(reader, given.data)
    best = min(TEMPERATURES, key=lambda one: surprise(reads, float(one)))
    print(f"temperature {best:.3f}: {surprise(reads, float(best)):.4f}; at 1: {surprise(reads, 1.0):.4f}")


if __name__ == "__main__":
    main()
