"""Fine-tunes the starting weights to the street classes on labelled and pseudo-labelled pictures.

    python models/street/train.py --weights START.pt --work WORK --out RUN --minutes 60

Made for a CPU and a few hundred pictures:

- the network starts at parity (``head.py``), its batch normalisation stays frozen, and so do its first layers;
- only the one-to-one head is trained, and it passes its gradient on to the neck, since the starting weights' second
  head is a copy of the first and is not exported;
- doubtful boxes are ignored, class by class;
- the street pictures are seen small, at the sizes the product uses, while their labels were made at full size;
- a running average of the weights is what is kept.

Stops at ``--epochs`` or at the end of the first epoch after ``--minutes``. Continues from ``RUN/last.pt`` when that
exists. The same seed and data give the same run on the same machine with one thread setting.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
import torch
from augment import Sample, augmented, draw_order, load_samples
from average_precision import Labelled, class_result
from fixed_cams import FOLDER
from head import load_street, save_street
from numpy.typing import NDArray
from pictures import letterbox, to_tensor
from torch import nn
from ultralytics import YOLO
from ultralytics.utils.loss import BboxLoss
from ultralytics.utils.tal import TaskAlignedAssigner, dist2bbox, make_anchors

#: Input sizes (w, h) seen in training and how often.
SIZES_WH = ((640, 384), (640, 384), (640, 384), (640, 640), (960, 544))
MOST_OF_ONE_FOLDER = 30
#: Folders of many places give a pass more.
MOST_OF = {f"{FOLDER}/images": 120}
SCORE_FLOOR = 0.001
SMALLEST_SIZE = 0.01
BOX_GAIN, CLASS_GAIN, L1_GAIN = 7.5, 0.5, 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run does.

    Attributes:
        epochs: At most so many passes.
        minutes: No new epoch begins after so long.
        batch: Pictures per step.
        rate: Highest learning rate, as a share of each tensor's own size per step.
        frozen_layers: Layers of the backbone that stay as they are.
        seed: Of everything random.
        threads: CPU threads.
    """

    epochs: int
    minutes: float
    batch: int
    rate: float
    frozen_layers: int
    seed: int
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """What is learned, and from what; other recipes of small detectors bring their own.

    Attributes:
        yolo: The network to begin with.
        samples: Labelled pictures to learn from.
        choosing: Labelled pictures that judge every pass.
        order: Which samples one pass shows, by index and in order.
        scores: Judges a network on the choosing pictures.
        sizes_wh: Input sizes to draw from.
        mirrored: Whether pictures may be shown mirrored.
        checkpoint: File name of the averaged weights.
    """

    yolo: YOLO
    samples: list[Sample]
    choosing: list[Sample]
    order: Callable[[list[Sample], np.random.Generator], list[int]]
    scores: Callable[[nn.Module, list[Sample]], dict[str, float]]
    sizes_wh: tuple[tuple[int, int], ...]
    mirrored: bool
    checkpoint: str


class StreetLoss:
    """One-to-one detection loss that knows ignored boxes.

    Args:
        model: The street network.
    """

    def __init__(self, model: nn.Module) -> None:
        head = model.model[-1]
        self._stride = head.stride
        self._classes = head.nc
        self._assigner = TaskAlignedAssigner(
            topk=7, num_classes=head.nc, alpha=0.5, beta=6.0, stride=head.stride.tolist(), topk2=1
        )
        self._box_loss = BboxLoss(head.reg_max)

    def __call__(
        self, prediction: dict[str, torch.Tensor], boxes: torch.Tensor, ignored: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Compare raw head outputs with labels.

        Args:
            prediction: ``boxes`` (b, 4, a), ``scores`` (b, c, a) logits and the feature maps ``feats``.
            boxes: (b, n, 5) class and xyxy in input pixels, rows of zeros as filling.
            ignored: (b, m, 5) the same for ignored boxes.

        Returns:
            The loss, and its three parts (box, class, l1) for the log.
        """
        distances = prediction["boxes"].permute(0, 2, 1).contiguous()
        logits = prediction["scores"].permute(0, 2, 1).contiguous()
        anchors, strides = make_anchors(prediction["feats"], self._stride, 0.5)
        size = torch.tensor(prediction["feats"][0].shape[2:], dtype=torch.float32) * self._stride[0]
        found = dist2bbox(distances, anchors, xywh=False)
        labels, places = boxes.split((1, 4), 2)
        present = places.sum(2, keepdim=True).gt(0.0)
        _, wanted_boxes, wanted, foreground, _ = self._assigner(
            logits.detach().sigmoid(), found.detach() * strides, anchors * strides, labels, places, present
        )
        total = wanted.sum().clamp(min=1)
        weight = self._weight(anchors * strides, ignored, wanted)
        class_loss = nn.functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * weight
        box_loss, l1_loss = self._box_loss(
            distances, found, anchors, wanted_boxes / strides, wanted, total, foreground, size, strides
        )
        parts = torch.stack((box_loss * BOX_GAIN, class_loss.sum() / total * CLASS_GAIN, l1_loss * L1_GAIN))
        return parts.sum(), parts.detach()

    def _weight(self, points: torch.Tensor, ignored: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        """0 where a class is neither rewarded nor punished, else 1: shape (b, a, c)."""
        weight = torch.ones_like(wanted)
        for picture in range(ignored.shape[0]):
            for label, x1, y1, x2, y2 in ignored[picture].tolist():
                if x2 <= x1:
                    continue
                inside = (points[:, 0] > x1) & (points[:, 0] < x2) & (points[:, 1] > y1) & (points[:, 1] < y2)
                weight[picture, inside, slice(None) if label < 0 else int(label)] = 0.0
        return torch.where(wanted > 0, torch.ones_like(weight), weight)


def raw_prediction(model: nn.Module, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
    """Run the layers by hand and return the one-to-one head's raw output, gradient attached to the neck."""
    kept: list[torch.Tensor | None] = []
    x: torch.Tensor | list[torch.Tensor] = pictures
    head = model.model[-1]
    for layer in model.model[:-1]:
        if layer.f != -1:
            x = kept[layer.f] if isinstance(layer.f, int) else [x if j == -1 else kept[j] for j in layer.f]
        x = layer(x)
        kept.append(x if layer.i in model.save else None)
    features = [kept[j] for j in head.f[:-1]] + [x]
    return head.forward_head(features, **head.one2one)


def prepare(model: nn.Module, frozen_layers: int) -> list[nn.Parameter]:
    """Freeze the first layers and all batch statistics; return the parameters that learn."""
    model.eval()
    for parameter in model.parameters():
        parameter.requires_grad_(requires_grad=False)
    head = model.model[-1]
    learning: list[nn.Module] = [*model.model[frozen_layers:-1], head.one2one_cv2, head.one2one_cv3]
    for module in learning:
        for parameter in module.parameters():
            parameter.requires_grad_(requires_grad=True)
    return [p for p in model.parameters() if p.requires_grad]


def collate(samples: list[Sample]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Stack samples of one size: pictures (b, 3, h, w) in 0..1, boxes (b, n, 5) and ignored (b, m, 5)."""
    stacked = np.stack([s.picture_bgr[:, :, ::-1].transpose(2, 0, 1) for s in samples])
    pictures = torch.from_numpy(np.ascontiguousarray(stacked)).float() / 255.0

    def filled(rows: list[NDArray[np.float32]]) -> torch.Tensor:
        out = torch.zeros(len(rows), max(1, *(len(r) for r in rows)), 5)
        for k, r in enumerate(rows):
            out[k, : len(r)] = torch.from_numpy(r[:, [4, 0, 1, 2, 3]])
        return out

    return pictures, filled([s.boxes for s in samples]), filled([s.ignored for s in samples])


def rate_at(step: int, steps: int, highest: float) -> float:
    """Learning rate: short linear warm-up, then half a cosine down to a twentieth."""
    warm = max(1, steps // 25)
    if step < warm:
        return highest * (step + 1) / warm
    share = min(1.0, (step - warm) / max(1, steps - warm))
    return highest * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * share)))


def choosing_scores(model: nn.Module, samples: list[Sample]) -> dict[str, float]:
    """Object-weighted mAP50-95 at 640x384 on the choosing pictures: COCO's apart from the street cameras'."""
    judged: dict[str, list[Labelled]] = {"coco": [], "street": []}
    head = model.model[-1]
    for sample in samples:
        canvas, place = letterbox(sample.picture_bgr, (640, 384))
        with torch.no_grad():
            rows = model(torch.from_numpy(to_tensor(canvas)))[0][0].numpy()
        rows = rows[rows[:, 4] > SCORE_FLOOR].copy()
        rows[:, :4] = place.to_picture(rows[:, :4])
        kind = "coco" if "coco" in sample.folder else "street"
        judged[kind].append(Labelled(truth=sample.boxes, ignored=sample.ignored, found=rows))
    scores = {}
    for kind, pictures in judged.items():
        results = [r for k in range(head.nc) if (r := class_result(pictures, k, 0.25)) is not None]
        scores[kind] = round(sum(r.ap * r.objects for r in results) / sum(r.objects for r in results), 4)
    return scores


def parameter_groups(parameters: list[nn.Parameter]) -> list[dict[str, object]]:
    """One group per tensor, so that each moves in proportion to its own size.

    The starting weights have their batch normalisation folded in, so tensors differ in size by orders of magnitude; one
    rate for all destroys the small ones (measured: COCO mAP50 from 0.68 to 0.10 at 8e-4).
    """
    groups = []
    for parameter in parameters:
        size = float(parameter.detach().square().mean().sqrt().clamp(min=SMALLEST_SIZE))
        groups.append({"params": [parameter], "size": size})
    return groups


def street_course(weights: Path, work: Path) -> Course:
    """The eleven street classes on the pictures that ``pseudo_labels.py`` wrote."""
    return Course(
        yolo=load_street(weights),
        samples=load_samples(work, "train"),
        choosing=load_samples(work, "val"),
        order=lambda samples, generator: draw_order(samples, MOST_OF_ONE_FOLDER, generator, most_of=MOST_OF),
        scores=choosing_scores,
        sizes_wh=SIZES_WH,
        mirrored=True,
        checkpoint="street.pt",
    )


def train(course: Course, out: Path, plan: Plan) -> None:
    """Run the plan, writing ``out/last.pt`` (to continue), the average as a checkpoint, and ``out/log.jsonl``."""
    torch.manual_seed(plan.seed)
    torch.set_num_threads(plan.threads)
    cv2.setNumThreads(1)
    out.mkdir(parents=True, exist_ok=True)
    yolo = course.yolo
    model = yolo.model
    parameters = prepare(model, plan.frozen_layers)
    average = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(parameter_groups(parameters), lr=plan.rate, weight_decay=0.0)
    samples = course.samples
    per_epoch = len(course.order(samples, np.random.default_rng(0))) // plan.batch
    loss, begun, epoch = StreetLoss(model), time.monotonic(), 0
    last = out / "last.pt"
    if last.exists():
        kept = torch.load(last, weights_only=False)
        model.load_state_dict(kept["model"])
        average.load_state_dict(kept["average"])
        optimiser.load_state_dict(kept["optimiser"])
        epoch = kept["epoch"]
    for index in range(epoch, plan.epochs):
        if time.monotonic() - begun > plan.minutes * 60:
            break
        generator = np.random.default_rng((plan.seed, index))
        order = course.order(samples, generator)
        parts = torch.zeros(3)
        for step in range(per_epoch):
            size = course.sizes_wh[int(generator.integers(len(course.sizes_wh)))]
            chosen = [samples[k] for k in order[step * plan.batch : (step + 1) * plan.batch]]
            pictures, boxes, ignored = collate(
                [augmented(s, samples, size, generator, mirrored=course.mirrored) for s in chosen]
            )
            for group in optimiser.param_groups:
                group["lr"] = rate_at(index * per_epoch + step, plan.epochs * per_epoch, plan.rate) * group["size"]
            value, detail = loss(raw_prediction(model, pictures), boxes, ignored)
            optimiser.zero_grad(set_to_none=True)
            value.backward()
            nn.utils.clip_grad_norm_(parameters, 10.0)
            optimiser.step()
            parts += detail
            decay = 0.995 * (1 - math.exp(-(index * per_epoch + step + 1) / 100))
            with torch.no_grad():
                for kept_value, new_value in zip(average.parameters(), model.parameters(), strict=True):
                    kept_value.lerp_(new_value, 1 - decay)
        record = {
            "epoch": index + 1,
            "seconds": round(time.monotonic() - begun, 1),
            "train_box_class_l1": [round(float(v) / per_epoch, 4) for v in parts],
            "choosing": course.scores(average, course.choosing),
        }
        with (out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(record) + "\n")
        print(record, flush=True)
        state = {"model": model.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict()}
        torch.save({**state, "epoch": index + 1}, last.with_suffix(".partial"))
        last.with_suffix(".partial").replace(last)
        yolo.model = average
        save_street(yolo, out / course.checkpoint, {"epoch": index + 1, "seed": plan.seed})
        yolo.model = model


def add_plan_arguments(parser: argparse.ArgumentParser, usual: Plan) -> None:
    """Let a run's folder and every part of its plan be said on the command line."""
    parser.add_argument("--out", type=Path, required=True, help="folder of this run, outside the repository")
    for field in fields(Plan):
        value = getattr(usual, field.name)
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(value), default=value)


def given_plan(arguments: argparse.Namespace) -> Plan:
    """The plan that was said."""
    return Plan(**{field.name: getattr(arguments, field.name) for field in fields(Plan)})


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="where pseudo_labels.py wrote")
    usual = Plan(epochs=30, minutes=60.0, batch=8, rate=5e-4, frozen_layers=11, seed=20, threads=1)
    add_plan_arguments(parser, usual)
    a = parser.parse_args()
    train(street_course(a.weights, a.work), a.out, given_plan(a))


if __name__ == "__main__":
    main()
