"""Makes a checkpoint to train on from an exported ``street-n`` file, whose checkpoint is not kept.

    python models/street/from_onnx.py --weights START.pt --onnx models/weights/street-n.onnx --out WORK/street.pt

Exporting folds each batch norm into its convolution; here the file's numbers are put back into the starting weights'
layers, whose running statistics are 0 and 1. The one-to-many head is not in the file and stays the starting weights'.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import torch
from head import load_street, save_street
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn
from ultralytics import YOLO


def restored(yolo: YOLO, source: Path) -> YOLO:
    """Put an exported file's numbers into starting weights, in place.

    Args:
        yolo: The starting weights that the exported network grew from, with its classes.
        source: The ONNX file.

    Raises:
        ValueError: The file is of another network.
    """
    folded = {one.name: numpy_helper.to_array(one) for one in onnx.load(source).graph.initializer}
    used = 0
    for name, module in yolo.model.named_modules():
        if isinstance(module, nn.Conv2d) and f"{name}.weight" in folded:
            parent, _, own = name.rpartition(".")
            norm = yolo.model.get_submodule(parent).bn if own == "conv" else None
            _put_back(module, norm, folded[f"{name}.weight"], folded[f"{name}.bias"])
            used += 1
    wanted = sum(name.startswith("model.") and name.endswith(".weight") for name in folded)
    if not used or used != wanted:
        raise ValueError(f"{source} has {wanted} convolutions; {used} of them are in the starting weights")
    return yolo


def _put_back(
    convolution: nn.Conv2d, norm: nn.BatchNorm2d | None, weight: NDArray[np.float32], bias: NDArray[np.float32]
) -> None:
    with torch.no_grad():
        if norm is None:
            assert convolution.bias is not None  # noqa: S101 - exported layers without a norm have one
            convolution.weight.copy_(torch.from_numpy(weight.copy()))
            convolution.bias.copy_(torch.from_numpy(bias.copy()))
            return
        norm.weight.copy_(torch.sqrt(norm.running_var + norm.eps))
        norm.bias.copy_(torch.from_numpy(bias.copy()) + norm.running_mean)
        convolution.weight.copy_(torch.from_numpy(weight.copy()))


def main(load: Callable[[Path], YOLO], description: str | None) -> None:
    """Read the arguments and write the checkpoint.

    Args:
        load: Opens the starting weights with the classes of the network that was exported.
        description: Of the command.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    save_street(restored(load(given.weights), given.onnx), given.out, {"from": given.onnx.name})


if __name__ == "__main__":
    main(load_street, __doc__)
