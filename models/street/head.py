"""Turns the 80-class starting weights into an 11-class network that begins at parity.

The last layer of each class branch is a 1x1 convolution with one row per class. Copying the rows of the eleven
classes gives exactly the starting network's scores for them: nothing is learned anew, only the other 69 are gone.
"""

from __future__ import annotations

from pathlib import Path

import torch
from labels import STREET_LABELS, coco_rows
from torch import nn
from ultralytics import YOLO


def narrow_to_street(model: nn.Module) -> None:
    """Cut the class branches of a detection model down to the street classes, in place.

    Args:
        model: An ultralytics ``DetectionModel`` with COCO's 80 classes and a one-to-one head.

    Raises:
        KeyError: The model lacks one of the street classes.
    """
    rows = coco_rows(model.names)
    head = model.model[-1]
    for branches in (head.cv3, head.one2one_cv3):
        for branch in branches:
            wide: nn.Conv2d = branch[-1]
            narrow = nn.Conv2d(wide.in_channels, len(rows), kernel_size=1)
            narrow.weight.data.copy_(wide.weight.data[rows])
            narrow.bias.data.copy_(wide.bias.data[rows])
            branch[-1] = narrow
    head.nc = len(rows)
    head.no = head.nc + 4 * head.reg_max
    model.nc = len(rows)
    model.yaml["nc"] = len(rows)
    model.names = dict(enumerate(STREET_LABELS))


def load_street(weights: Path) -> YOLO:
    """Load weights as a street network, narrowing them when they still have COCO's classes.

    Args:
        weights: A ``.pt`` file: COCO starting weights or a street checkpoint.

    Returns:
        The ultralytics wrapper; ``.model`` is the network in fp32, end-to-end head chosen.
    """
    yolo = YOLO(str(weights))
    if tuple(yolo.model.names.values()) != STREET_LABELS:
        narrow_to_street(yolo.model)
    yolo.model.float()
    yolo.model.model[-1].end2end = True
    return yolo


def save_street(yolo: YOLO, path: Path, notes: dict[str, object]) -> None:
    """Write a checkpoint that ultralytics and :func:`load_street` can open.

    Args:
        yolo: The network to keep.
        path: Where to write; written whole or not at all.
        notes: Seed, epoch, command and the like, kept beside the weights.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save({"model": yolo.model, "notes": notes}, partial)
    partial.replace(path)
