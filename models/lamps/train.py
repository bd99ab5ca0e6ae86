"""Trains the network that sees whether a region fits a traffic light and what it shows, and exports it.

    PYTHONPATH=. python models/lamps/train.py --data DATA --work WORK --out models/weights/lamp-fit.onnx

Run from the repository's root, in an environment with torch, onnx and the product's own packages. Stops after the given
steps, towards which the learning rate falls to nothing; continues from WORK/lamp-fit.pt when that exists, and every
step's pictures depend on the seed and the step alone. A minute of one free CPU core.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import numpy as np
import torch
from samples import FITS, SHOWN, Material, Sample, material, samples
from torch import Tensor, nn

from detectors.lamps.fit_crop import INPUT_WH

sys.path.append(str(Path(__file__).resolve().parents[1]))
from small_networks import CutNet, export, to_tensor, trained

PICTURES = 56  # of a step
DECAY = 0.02
LOOK_EVERY = 50
CHOOSING = 800  # pictures


class LampFitNet(CutNet):
    """Output (B, 9): logits of the fits, then of what is shown."""

    def __init__(self) -> None:
        super().__init__(INPUT_WH, channels=(10, 16, 24), hidden=32, drop=0.1, outputs=len(FITS) + len(SHOWN))


def batch(cut: list[Sample]) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures, fits and states."""
    cuts = to_tensor(np.stack([one.cut_bgr for one in cut]))
    return cuts, torch.tensor([one.fit for one in cut]), torch.tensor([one.shown for one in cut])


def loss_of(logits: Tensor, fits: Tensor, shown: Tensor) -> Tensor:
    """Cross-entropy of both answers."""
    of_fit = nn.functional.cross_entropy(logits[:, : len(FITS)], fits)
    return of_fit + nn.functional.cross_entropy(logits[:, len(FITS) :], shown)


def train(data: Path, work: Path, steps: int, seed: int) -> LampFitNet:
    """Train, or go on training; returns the averaged network."""
    torch.manual_seed(seed)
    made_of = material(data, "train")
    cuts, fits, shown = batch(_drawn(material(data, "val"), CHOOSING, np.random.default_rng((seed, 1 << 32))))

    def loss_of_step(net: LampFitNet, rng: np.random.Generator) -> Tensor:
        images, wanted_fit, wanted_shown = batch(_drawn(made_of, PICTURES, rng))
        return loss_of(net(images), wanted_fit, wanted_shown)

    def look(net: LampFitNet) -> str:
        logits = net(cuts)
        right_fit = (logits[:, : len(FITS)].argmax(1) == fits).float().mean()
        right_shown = (logits[:, len(FITS) :].argmax(1) == shown).float().mean()
        return f"choosing {float(loss_of(logits, fits, shown)):.3f} fit {right_fit:.3f} shown {right_shown:.3f}"

    return trained(
        LampFitNet(),
        work / "lamp-fit.pt",
        steps=steps,
        seed=seed,
        decay=DECAY,
        look_every=LOOK_EVERY,
        loss_of_step=loss_of_step,
        look=look,
    )


def _drawn(made_of: Material, number: int, rng: np.random.Generator) -> list[Sample]:
    return [one for _ in range(number) for one in samples(made_of, rng)]


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MATTHAN_DATA", "../shared/data")))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.work.mkdir(parents=True, exist_ok=True)
    net = train(given.data, given.work, given.steps, given.seed)
    print(f"{sum(p.numel() for p in net.parameters())} weights")
    export(net, INPUT_WH, given.out)


if __name__ == "__main__":
    main()
