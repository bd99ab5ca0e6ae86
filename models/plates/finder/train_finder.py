"""Trains the plate finder on the samples that ``prepare.py`` wrote, with the street detector's training.

    python models/plates/finder/train_finder.py --weights START.pt --work WORK --out RUN

One class, one-to-one head, batch statistics frozen (see ``models/street/train.py``). A pass shows ``--per-pass``
samples, half of them street vehicles, which are few beside the gate photos. Continues from ``RUN/last.pt`` when that
exists.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import street_recipe  # noqa: F401  # makes the imports below possible
import torch
from augment import Sample, load_samples
from average_precision import Labelled, class_result
from head import load_narrowed
from pictures import letterbox, to_tensor
from torch import nn
from train import Course, Plan, add_plan_arguments, given_plan, train
from ultralytics import YOLO

LABELS = ("plate",)
BEGINS_AS = "stop sign"  # of COCO's classes the one nearest to a plate: flat, bright, with writing on it
INPUT_WH = (320, 320)
SIZES_WH = (INPUT_WH, INPUT_WH, INPUT_WH, (256, 256))
PER_PASS = 1600
STREET_SHARE = 0.5
SCORE_FLOOR = 0.01


def load_finder(weights: Path) -> YOLO:
    """Load COCO starting weights or a checkpoint as a network that knows plates only."""
    return load_narrowed(weights, LABELS, lambda names: [k for k, name in names.items() if name == BEGINS_AS])


def pass_order(samples: list[Sample], generator: np.random.Generator, count: int, street_share: float) -> list[int]:
    """Draw the samples of one pass: street vehicles and gate photos in their shares, each without need repeated."""
    street = [k for k, s in enumerate(samples) if s.folder.startswith("street")]
    gate = [k for k, s in enumerate(samples) if not s.folder.startswith("street")]
    chosen: list[int] = []
    for group, share in ((street, street_share), (gate, 1 - street_share)):
        wanted = round(count * share)
        while wanted > 0:
            part = generator.permutation(group)[:wanted].tolist()
            chosen += part
            wanted -= len(part)
    return [chosen[k] for k in generator.permutation(len(chosen))]


def choosing_scores(model: nn.Module, samples: list[Sample]) -> dict[str, float]:
    """AP50, AP50-95 and recall at a score of 0.3 on the choosing pictures: gate photos apart from street vehicles."""
    judged: dict[str, list[Labelled]] = {"gate": [], "street": []}
    for sample in samples:
        canvas, place = letterbox(sample.picture_bgr, INPUT_WH)
        with torch.no_grad():
            rows = model(torch.from_numpy(to_tensor(canvas)))[0][0].numpy()
        rows = rows[rows[:, 4] > SCORE_FLOOR].copy()
        rows[:, :4] = place.to_picture(rows[:, :4])
        judged[sample.folder.split("/")[0]].append(Labelled(truth=sample.boxes, ignored=sample.ignored, found=rows))
    scores: dict[str, float] = {}
    for kind, pictures in judged.items():
        result = class_result(pictures, 0, 0.3)
        if result is not None:
            scores |= {f"{kind}_ap50": round(result.ap50, 4), f"{kind}_ap": round(result.ap, 4)}
            scores[f"{kind}_recall"] = round(result.recall, 4)
    return scores


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="where prepare.py wrote")
    parser.add_argument("--per-pass", type=int, default=PER_PASS)
    parser.add_argument("--street-share", type=float, default=STREET_SHARE, help="of a pass")
    usual = Plan(epochs=6, minutes=60.0, batch=16, rate=2e-3, frozen_layers=3, seed=24, threads=1)
    add_plan_arguments(parser, usual)
    a = parser.parse_args()
    course = Course(
        yolo=load_finder(a.weights),
        samples=load_samples(a.work, "train"),
        choosing=load_samples(a.work, "val"),
        order=lambda samples, generator: pass_order(samples, generator, a.per_pass, a.street_share),
        scores=choosing_scores,
        sizes_wh=SIZES_WH,
        mirrored=False,
        checkpoint="finder.pt",
    )
    train(course, a.out, given_plan(a))


if __name__ == "__main__":
    main()
