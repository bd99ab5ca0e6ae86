"""Turns the 80-class starting weights into an 11-class network that begins at parity.

The last layer of each class branch is a 1x1 convolution with one row per class. Copying the rows of the eleven
classes gives exactly the starting network's scores for them: nothing is learned anew, only the other 69 are gone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from labels import STREET_LABELS, coco_rows
from torch import nn
from ultralytics import YOLO


def narrow(model: nn.Module, rows: list[int], labels: tuple[str, ...]) -> None:
    """Cut the class branches of a detection model down to some of its classes, in place.

    Args:
        model: An ultralytics ``DetectionModel`` with a one-to-one head.
        rows: The old class that each new one begins as.
        labels: What the new classes are called.
    """
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
    model.names = dict(enumerate(labels))


def load_narrowed(weights: Path, labels: tuple[str, ...], rows_of: Callable[[dict[int, str]], list[int]]) -> YOLO:
    """Load weights as a network of some classes, narrowing them when they still have others.

    Args:
        weights: A ``.pt`` file: starting weights or a checkpoint of the narrowed network.
        labels: The classes wanted.
        rows_of: From the names of the starting weights to the old class that each new one begins as.

    Returns:
        The ultralytics wrapper; ``.model`` is the network in fp32, end-to-end head chosen.
    """
    yolo = YOLO(str(weights))
    if tuple(yolo.model.names.values()) != labels:
        narrow(yolo.model, rows_of(yolo.model.names), labels)
    yolo.model.float()
    yolo.model.model[-1].end2end = True
    return yolo


def load_street(weights: Path) -> YOLO:
    """Load COCO starting weights or a street checkpoint as a street network.

    Raises:
        KeyError: The weights lack one of the street classes.
    """
    return load_narrowed(weights, STREET_LABELS, coco_rows)


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
