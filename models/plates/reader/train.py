"""Trains the plate reader, or the network that finds a plate's corners.

    PYTHONPATH=. python models/plates/reader/train.py reader --data DATA --work WORK --steps 6000
    PYTHONPATH=. python models/plates/reader/train.py corners --data DATA --work WORK --steps 3000

Run from the repository's root, in an environment with torch and the product's own packages. A second process makes
the pictures. Continues from WORK/reader.pt (corners.pt) when that exists; ``--start`` begins with other weights. What
is kept is a running average of the weights. On one CPU core the reader takes about 0.35 s a step.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from crops import REAL, SIZES_WH, corners_sample, endless, jittered, reader_sample, real_plates
from networks import ALPHABET, CornersNet, ReaderNet
from numpy.typing import NDArray
from torch import Tensor, nn

from detectors.plates.corners import PlateCorners
from detectors.plates.rectify import rectified
from detectors.sessions import open_session
from edge.configuration.settings import PlateSettings
from edge.networks.plate_networks import find_plate_networks

sys.path.append(str(Path(__file__).resolve().parents[2]))
from small_networks import averaged, to_tensor

BATCH = 48
EMA = 0.998
COMMON = ("29", "30", "51", "54", "59")
SCORED_SEED, SCORED_TIMES = 4, 4
Batch = tuple[NDArray[np.uint8], Any]


def reader_batches(data: Path, seed: int, layouts: Sequence[int] = (1, 2)) -> Iterator[Batch]:
    """Pictures of one layout (B, H, W, 3) with their texts."""
    rng = np.random.default_rng(seed + 1)
    spec = find_plate_networks(PlateSettings(), Path()).corners
    finder = PlateCorners(spec=spec, session=open_session(spec))
    waiting: dict[int, list[tuple[NDArray[np.uint8], str]]] = {1: [], 2: []}
    for plate in endless(data, seed, real_share=REAL, layouts=layouts):
        batch = waiting[plate.lines]
        batch.append((reader_sample(plate, rng, finder=finder), plate.text))
        if len(batch) == BATCH:
            yield np.stack([one for one, _ in batch]), [text for _, text in batch]
            batch.clear()


def corners_batches(data: Path, seed: int, layouts: Sequence[int] = (1, 2)) -> Iterator[Batch]:
    """Pictures (B, H, W, 3) with the numbers wanted (B, 9); rendered plates alone know their corners."""
    rng = np.random.default_rng(seed + 1)
    plates = endless(data, seed, real_share=0.0, layouts=layouts)
    while True:
        samples = [corners_sample(next(plates), rng) for _ in range(BATCH)]
        yield np.stack([one for one, _ in samples]), np.stack([wanted for _, wanted in samples])


def reader_loss(out: Tensor, texts: list[str]) -> Tensor:
    """CTC (Graves et al. 2006)."""
    wanted = torch.tensor([ALPHABET.index(character) + 1 for text in texts for character in text])
    lengths = torch.tensor([len(text) for text in texts])
    steps = torch.full((len(texts),), out.shape[1])
    log_chances = out.log_softmax(-1).permute(1, 0, 2).cpu()
    return nn.functional.ctc_loss(log_chances, wanted, steps, lengths, zero_infinity=True)


def corners_loss(out: Tensor, wanted: NDArray[np.float32]) -> Tensor:
    """Corners by a smooth L1, lines by cross entropy."""
    target = torch.from_numpy(wanted).to(out.device)
    corners = nn.functional.smooth_l1_loss(out[:, :8], target[:, :8], beta=0.02)
    return 10 * corners + 0.1 * nn.functional.binary_cross_entropy_with_logits(out[:, 8], target[:, 8])


def texts_of(out: Tensor) -> list[str]:
    """Best paths."""
    texts = []
    for path in out.argmax(-1).tolist():
        kept = [label for place, label in enumerate(path) if label and (place == 0 or path[place - 1] != label)]
        texts.append("".join(ALPHABET[label - 1] for label in kept))
    return texts


def reader_score(net: nn.Module, data: Path, device: str) -> float:
    """Share of the choosing pictures that are read right, each as labelled and with edges off: the mean over groups.

    Groups are one line or two, of a common province or another: what is seldom counts as what is common.
    """
    rng = np.random.default_rng(SCORED_SEED)
    groups: dict[tuple[int, bool], list[bool]] = {}
    plates = real_plates(data, "val")
    for lines, size_wh in SIZES_WH.items():
        mine = [plate for plate in plates if plate.lines == lines for _ in range(SCORED_TIMES)]
        pictures = np.stack(
            [
                rectified(
                    plate.image_bgr,
                    jittered(plate.corners_px, rng, 0.02) if place % SCORED_TIMES else plate.corners_px,
                    size_wh,
                )
                for place, plate in enumerate(mine)
            ]
        )
        for text, plate in zip(texts_of(net(to_tensor(pictures, device))), mine, strict=True):
            groups.setdefault((lines, plate.text[:2] in COMMON), []).append(text == plate.text)
    return float(np.mean([np.mean(right) for right in groups.values()]))


def corners_score(net: nn.Module, data: Path, device: str) -> float:
    """Mean distance of a corner in pixels of the 128x96 input, on rendered plates of a seed of their own; negative."""
    pictures, wanted = next(corners_batches(data, 10**6))
    found = net(to_tensor(pictures, device)).cpu().numpy()
    off = (found[:, :8] - wanted[:, :8]).reshape(-1, 4, 2) * (128, 96)
    return -float(np.linalg.norm(off, axis=2).mean())


TASKS: dict[str, tuple[Callable[[], nn.Module], Callable[..., Iterator[Batch]], Callable[..., Tensor], Any, float]] = {
    "reader": (ReaderNet, reader_batches, reader_loss, reader_score, 1.5e-3),
    "corners": (CornersNet, corners_batches, corners_loss, corners_score, 2e-3),
}


def _feed(queue: multiprocessing.Queue[Batch], task: str, data: Path, seed: int, layouts: Sequence[int]) -> None:
    for batch in TASKS[task][1](data, seed, layouts):
        queue.put(batch)


def train(
    task: str,
    data: Path,
    work: Path,
    *,
    steps: int,
    start: Path | None,
    device: str,
    rate: float | None,
    layouts: Sequence[int],
) -> None:
    """Train until ``steps``, saving every 250 steps."""
    make, _, loss_of, score_of, usual_rate = TASKS[task]
    peak = usual_rate if rate is None else rate
    torch.manual_seed(7)
    net, mean = make().to(device), make().to(device)
    optimiser = torch.optim.AdamW(net.parameters(), lr=peak, weight_decay=0.02, betas=(0.9, 0.98))
    step, curve = 0, []
    saved = work / f"{task}.pt"
    if saved.exists():
        state = torch.load(saved, map_location=device)
        net.load_state_dict(state["net"])
        mean.load_state_dict(state["mean"])
        optimiser.load_state_dict(state["optimiser"])
        step, curve = state["step"], state["curve"]
    else:
        if start is not None:
            net.load_state_dict(torch.load(start, map_location=device)["mean"])
        mean.load_state_dict(net.state_dict())
    queue: multiprocessing.Queue[Batch] = multiprocessing.Queue(12)
    feeder = multiprocessing.Process(target=_feed, args=(queue, task, data, 1000 + step, layouts), daemon=True)
    feeder.start()
    begun, losses = time.monotonic(), []
    while step < steps:
        for group in optimiser.param_groups:
            group["lr"] = peak * min(1, (step + 1) / 150) * (0.02 + 0.49 * (1 + math.cos(math.pi * step / steps)))
        pictures, wanted = queue.get()
        loss = loss_of(net(to_tensor(pictures, device)), wanted)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        step += 1
        losses.append(loss.item())
        averaged(mean, net, min(EMA, (1 + step) / (10 + step)))
        if step % 250 == 0 or step == steps:
            mean.eval()
            with torch.no_grad():
                score = score_of(mean, data, device)
            mean.train()
            curve.append({"step": step, "loss": float(np.mean(losses)), "score": score})
            print(f"{step} {time.monotonic() - begun:.0f} s {json.dumps(curve[-1])}", flush=True)
            losses = []
            state = {"net": net.state_dict(), "mean": mean.state_dict(), "optimiser": optimiser.state_dict()}
            torch.save({**state, "step": step, "curve": curve}, saved)
    feeder.kill()


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MATTHAN_DATA", "../shared/data")))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--rate", type=float, help="peak learning rate in place of the usual one")
    parser.add_argument("--lines", type=int, nargs="+", default=(1, 2), choices=(1, 2), help="what is learned from")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    given = parser.parse_args()
    if given.device == "cpu":
        torch.set_num_threads(1)
    given.work.mkdir(parents=True, exist_ok=True)
    train(
        given.task,
        given.data,
        given.work,
        steps=given.steps,
        start=given.start,
        device=given.device,
        rate=given.rate,
        layouts=given.lines,
    )


if __name__ == "__main__":
    main()
