"""Trains the finder's second look, which sees whether what it found is a plate, and puts it into the finder's file.

    PYTHONPATH=. python models/plates/finder/second_look.py --data DATA --work WORK --finder FIRST.onnx --out OUT.onnx

WORK is where ``prepare.py`` wrote; FIRST.onnx is what ``export_finder.py`` wrote, or the file that ships: a second look
that is there already is taken out first. Run from the repository's root, in an environment with torch, onnx and the
product's own packages. Stops after the given steps, towards which the learning rate falls to nothing; continues from
WORK/second-look.pt when that exists, and every step's cuts depend on the seed and the step alone.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import torch
from second_look_data import GROUPS, Thing, cut, first_look, things, varied_cut
from second_look_net import SecondLookNet, first_alone, join
from torch import Tensor, nn

from detectors.onnx_detector import OnnxDetector

sys.path.append(str(Path(__file__).resolve().parents[2]))
from small_networks import to_tensor, trained

SHARES = dict(zip(GROUPS, (0.17, 0.14, 0.22, 0.19, 0.2, 0.08), strict=True))  # of a step
BATCH = 64
DECAY = 0.03
LOOK_EVERY = 100


def step_of(material: dict[str, list[Thing]], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """The cuts of one step, and which are plates."""
    chosen = [
        material[group][int(rng.integers(len(material[group])))]
        for group, share in SHARES.items()
        for _ in range(round(BATCH * share))
    ]
    cuts = to_tensor(np.stack([varied_cut(one, rng) for one in chosen]))
    return cuts, torch.tensor([[float(one.is_plate)] for one in chosen])


def train(data: Path, work: Path, finder: OnnxDetector, steps: int, seed: int) -> SecondLookNet:
    """Train, or go on training; returns the averaged network."""
    torch.manual_seed(seed)
    by_group: dict[str, list[Thing]] = {group: [] for group in GROUPS}
    for one in things(data, work, "train", finder, np.random.default_rng((seed, 1 << 32))):
        by_group[one.group].append(one)
    print({group: len(some) for group, some in by_group.items()}, flush=True)
    choosing = [
        one
        for one in things(data, work, "val", finder, np.random.default_rng((seed, 1 << 33)))
        if one.group != "random"
    ]
    cuts = to_tensor(np.stack([cut(one.picture_bgr, one.box) for one in choosing]))
    truth = np.array([one.is_plate for one in choosing])

    def loss_of_step(net: SecondLookNet, rng: np.random.Generator) -> Tensor:
        images, wanted = step_of(by_group, rng)
        return nn.functional.binary_cross_entropy_with_logits(net(images), wanted)

    def look(net: SecondLookNet) -> str:
        logits = net(cuts)[:, 0].numpy()
        return ", ".join(_told(logits[truth], logits[~truth], lost) for lost in (0.0, 0.01, 0.03))

    return trained(
        SecondLookNet(),
        work / "second-look.pt",
        steps=steps,
        seed=seed,
        decay=DECAY,
        look_every=LOOK_EVERY,
        loss_of_step=loss_of_step,
        look=look,
    )


def _told(plates: np.ndarray[Any, Any], others: np.ndarray[Any, Any], lost: float) -> str:
    """How many that are none pass where so large a share of the plates is lost."""
    limit = float(np.sort(plates)[math.floor(lost * len(plates))])
    return f"{lost:.0%} of {len(plates)} lost: {int((others >= limit).sum())} of {len(others)} pass ({limit:.1f})"


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MATTHAN_DATA", "../shared/data")))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--finder", type=Path, required=True, help="the ONNX file")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--seed", type=int, default=31)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    first = first_alone(given.finder)
    alone = given.work / "first.onnx"
    onnx.save(first, alone)
    net = train(given.data, given.work, first_look(alone), given.steps, given.seed)
    print(f"{sum(p.numel() for p in net.parameters())} weights")
    join(first, net, given.out)


if __name__ == "__main__":
    main()
