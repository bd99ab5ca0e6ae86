"""Trains the network that sees whether a region fits a traffic light and what it shows, and exports it.

    PYTHONPATH=. python models/lamps/train.py --data DATA --work WORK --out models/weights/lamp-fit.onnx

Run from the repository's root, in an environment with torch, onnx and the product's own packages. Stops after the given
steps, towards which the learning rate falls to nothing; continues from WORK/lamp-fit.pt when that exists, and every
step's pictures depend on the seed and the step alone. A minute of one free CPU core.
"""

from __future__ import annotations

import argparse
import copy
import math
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from samples import FITS, SHOWN, Material, Sample, material, samples
from torch import Tensor, nn

from detectors.lamps.fit_crop import INPUT_WH

sys.path.append(str(Path(__file__).resolve().parents[1]))
from small_networks import averaged, export, to_tensor

PICTURES = 56  # of a step
RATE, DECAY, EMA = 3e-3, 0.02, 0.99
CHANNELS = (10, 16, 24)
HIDDEN = 32
LOOK_EVERY = 50
CHOOSING = 800  # pictures


class LampFitNet(nn.Module):
    """Three steps of convolutions, each halving the cut, then two layers that know where things are.

    Input (B, 3, 48, 24), RGB, 0..1; output (B, 9): logits of the fits, then of what is shown.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for channels in CHANNELS:
            layers += [nn.Conv2d(before, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
            layers += [nn.MaxPool2d(2)]
            before = channels
        self.body = nn.Sequential(*layers)
        self.drop = nn.Dropout(0.1)
        places = (INPUT_WH[0] >> len(CHANNELS)) * (INPUT_WH[1] >> len(CHANNELS))
        self.hidden = nn.Linear(before * places, HIDDEN)
        self.last = nn.Linear(HIDDEN, len(FITS) + len(SHOWN))

    def forward(self, images: Tensor) -> Tensor:
        """Logits."""
        seen = self.body(images - 0.45).flatten(1)
        logits: Tensor = self.last(torch.relu(self.hidden(self.drop(seen))))
        return logits


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
    net = LampFitNet()
    mean = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    done = 0
    checkpoint = work / "lamp-fit.pt"
    if checkpoint.exists():
        state: dict[str, Any] = torch.load(checkpoint, map_location="cpu")
        done = state["step"]
        net.load_state_dict(state["net"])
        mean.load_state_dict(state["mean"])
        optimiser.load_state_dict(state["optimiser"])
        print(f"goes on from step {done}")
    began = time.process_time()
    for step in range(done, steps):
        for group in optimiser.param_groups:
            falling = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps))
            group["lr"] = RATE * min(1.0, (step + 1) / 50) * falling
        torch.manual_seed(seed * 1_000_003 + step)
        images, wanted_fit, wanted_shown = batch(_drawn(made_of, PICTURES, np.random.default_rng((seed, step))))
        loss = loss_of(net.train()(images), wanted_fit, wanted_shown)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        averaged(mean, net, min(EMA, step / (step + 10)))
        if (step + 1) % LOOK_EVERY == 0 or step + 1 == steps:
            with torch.no_grad():
                logits = mean.eval()(cuts)
            right_fit = (logits[:, : len(FITS)].argmax(1) == fits).float().mean()
            right_shown = (logits[:, len(FITS) :].argmax(1) == shown).float().mean()
            words = f"loss {loss.item():.3f}, choosing {float(loss_of(logits, fits, shown)):.3f}"
            print(step + 1, words, f"fit {right_fit:.3f} shown {right_shown:.3f}", end=" ")
            print(f"{time.process_time() - began:.0f} CPU s", flush=True)
            kept = {"step": step + 1, "net": net.state_dict(), "mean": mean.state_dict()}
            torch.save(kept | {"optimiser": optimiser.state_dict()}, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
    return mean.eval()


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
