"""Trains the network that tells heads of riders apart, exports it and fits its temperature.

    PYTHONPATH=. python models/heads/train.py --data DATA --work WORK --out models/weights/heads.onnx

Run from the repository's root, in an environment with torch, onnx and the product's own packages. The first part of the
steps sees stock photos only, the rest mostly the hand-marked street heads of the training part. Continues from
WORK/heads.pt when that exists; every step's pictures depend on the seed and the step alone. Writes into WORK a diagram
of the training, and a sheet of the choosing heads told wrongly or not at all. Takes some minutes on one CPU core.
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
from head_data import (
    CANNOT_TELL,
    CLASSES,
    INPUT_WH,
    LABELS,
    Head,
    HeadLabel,
    RegionLabel,
    beside,
    grid,
    photo_heads,
    region_heads,
    sample,
    street_heads,
)
from head_net import HeadNet

from detectors.riders.head_region import cut_head

sys.path.append(str(Path(__file__).resolve().parents[1]))
from small_networks import averaged, export, to_tensor
from training_curve import draw

Choosing = tuple[HeadLabel | RegionLabel, Head]
BATCH = 64
PHOTOS_ONLY = 0.3  # of the steps
CLASS_SHARES = {"helmet": 0.3, "bare": 0.25, "other": 0.15, CANNOT_TELL: 0.3}  # of a batch after that
STREET_SHARES = {"helmet": 0.75, "bare": 0.5, "other": 0.4, CANNOT_TELL: 1.0}  # of a class; few heads are seen often
BESIDE = 0.3  # of those that nobody can tell: no head at all
RATE, DECAY, EMA = 1.5e-3, 0.1, 0.997
LOOK_EVERY = 250
VIEWS = 16  # of every choosing head, for the temperature
TEMPERATURES = np.geomspace(0.4, 4.0, 47)


def batch_of(
    photos: dict[str, list[Head]], street: dict[str, list[Head]], seed: int, step: int, steps: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The pictures of a step and the chances wanted."""
    rng = np.random.default_rng((seed, step))
    early = step < PHOTOS_ONLY * steps
    names = list(LABELS if early else CLASS_SHARES)
    shares = np.array([CLASS_SHARES[name] for name in names])
    samples = []
    for _ in range(BATCH):
        name = names[rng.choice(len(names), p=shares / shares.sum())]
        heads = street[name] if not early and rng.random() < STREET_SHARES[name] else photos[name]
        head = heads[rng.integers(len(heads))]
        if name == CANNOT_TELL and rng.random() < BESIDE:
            told = street[LABELS[rng.integers(len(LABELS))]]
            head = beside(told[rng.integers(len(told))], rng)
        samples.append(sample(head, rng))
    return to_tensor(np.stack([cut for cut, _ in samples])), torch.from_numpy(np.stack([c for _, c in samples]))


def chosen(net: HeadNet, heads: list[Choosing]) -> dict[str, float]:
    """How the choosing heads are told: cross-entropy and share right."""
    cuts = np.stack([cut_head(head.picture_bgr, head.box, INPUT_WH) for _, head in heads])
    truth = torch.tensor([CLASSES.index(label.wear) for label, _ in heads])
    with torch.no_grad():
        logits = net.eval()(to_tensor(cuts))
    right = (logits.argmax(1) == truth).float().mean()
    return {"val_loss": float(torch.nn.functional.cross_entropy(logits, truth)), "val_right": float(right)}


def choosing_heads(data: Path) -> list[Choosing]:
    """Heads of the choosing part, marked and as found."""
    return [*street_heads(data, "val"), *region_heads(data, "val")]


def train(data: Path, work: Path, steps: int, seed: int) -> HeadNet:
    """Train, or go on training; returns the averaged network."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(mode=True)
    photos = photo_heads(data)
    street: dict[str, list[Head]] = {name: [] for name in CLASS_SHARES}
    learned: list[Choosing] = [*street_heads(data, "train"), *region_heads(data, "train")]
    for label, head in learned:
        street[label.wear].append(head)
    choosing = choosing_heads(data)
    for what, by_class in (("photos", photos), ("street", street)):
        print(what, {name: len(heads) for name, heads in by_class.items()})
    net = HeadNet(len(CLASSES))
    mean = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    state: dict[str, Any] = {"step": 0, "curve": []}
    checkpoint = work / "heads.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location="cpu")
        net.load_state_dict(state["net"])
        mean.load_state_dict(state["mean"])
        optimiser.load_state_dict(state["optimiser"])
    losses, started = [], time.process_time()
    for step in range(state["step"], steps):
        warm = min(1.0, (step + 1) / 100)
        for group in optimiser.param_groups:
            group["lr"] = RATE * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        images, chances = batch_of(photos, street, seed, step, steps)
        torch.manual_seed(seed * 1_000_003 + step)
        loss = torch.nn.functional.cross_entropy(net.train()(images), chances)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        averaged(mean, net, min(EMA, step / (step + 10)))
        losses.append(loss.item())
        if (step + 1) % LOOK_EVERY == 0 or step + 1 == steps:
            row = {"step": step + 1, "loss": float(np.mean(losses)), **chosen(mean, choosing)}
            print({k: round(v, 3) for k, v in row.items()}, f"{time.process_time() - started:.0f} CPU s", flush=True)
            losses.clear()
            state = {"step": step + 1, "curve": [*state["curve"], row], "net": net.state_dict()}
            state |= {"mean": mean.state_dict(), "optimiser": optimiser.state_dict()}
            torch.save(state, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
    draw(state["curve"], "heads", work / "heads_curve.png")
    return mean.eval()


def fitted_temperature(net: HeadNet, heads: list[Choosing], seed: int) -> float:
    """The temperature under which the choosing heads, seen as people's boxes would have it, are least surprising."""
    rng = np.random.default_rng((seed, 7))
    pairs = [sample(head, rng, made_worse=False) for _, head in heads for _ in range(VIEWS)]
    wanted = torch.from_numpy(np.stack([chances for _, chances in pairs]))
    with torch.no_grad():
        logits = net(to_tensor(np.stack([cut for cut, _ in pairs])))
    surprise = [float(torch.nn.functional.cross_entropy(logits / t, wanted)) for t in TEMPERATURES]
    best = int(np.argmin(surprise))
    print(f"temperature {TEMPERATURES[best]:.3f}: surprise {surprise[best]:.3f}, on {len(heads)} heads, {VIEWS} views")
    return float(TEMPERATURES[best])


def doubted(net: HeadNet, heads: list[Choosing], temperature: float, out: Path) -> None:
    """Write a sheet of the heads whose truth has no chance above a half."""
    tiles = []
    for label, head in heads:
        cut = cut_head(head.picture_bgr, head.box, INPUT_WH)
        with torch.no_grad():
            chances = torch.softmax(net(to_tensor(cut[None]))[0] / temperature, 0).numpy()
        best = int(chances.argmax())
        if CLASSES[best] != label.wear or chances[best] < 0.5:
            tiles.append((cut, f"{label.wear[:6]}>{CLASSES[best][:6]} {chances[best]:.2f}"))
    grid(tiles, out)


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MATTHAN_DATA", "../shared/data")))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1700)
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.work.mkdir(parents=True, exist_ok=True)
    net = train(given.data, given.work, given.steps, given.seed)
    print(f"{sum(p.numel() for p in net.parameters())} weights")
    choosing = choosing_heads(given.data)
    temperature = fitted_temperature(net, choosing, given.seed)
    doubted(net, choosing, temperature, given.work / "heads_doubted.png")
    export(net, INPUT_WH, given.out)


if __name__ == "__main__":
    main()
