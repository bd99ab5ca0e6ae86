"""Makes a checkpoint to train on from a network that ships.

    PYTHONPATH=. python models/plates/reader/from_onnx.py reader --data DATA \
        --onnx models/weights/plate-reader.onnx --half two-lines --out WORK/start.pt

A file that ``join_layouts.py`` made holds two readers: ``--half`` says which one is meant.

Export folds each batch normalisation into the convolution before it. Here every one is put back with the statistics
that its convolution gives on training pictures, so that the network answers as the file does and goes on learning as
a trained one. What it answers is compared with the file before the checkpoint is written.
"""

from __future__ import annotations

import argparse
import os
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from crops import SIZES_WH
from onnx import numpy_helper
from torch import Tensor, nn
from train import TASKS

sys.path.append(str(Path(__file__).resolve().parents[2]))
from small_networks import to_tensor

SEED = 5
MOST_OFF = 2e-3


def loaded(net: nn.Module, file: Path, half: str) -> nn.Module:
    """The folded weights in a network whose normalisations do nothing yet."""
    graph = onnx.load(file).graph
    branches = {one.name: one.g for node in graph.node if node.op_type == "If" for one in node.attribute}
    factor = 1.0
    if branches:
        graph = branches["then_branch" if half == "one-line" else "else_branch"]
        (factor,) = (float(numpy_helper.to_array(one)) for one in graph.initializer if one.name.endswith("_factor"))
    values = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    folded = [[values[name] for name in node.input[1:]] for node in graph.node if node.op_type in ("Conv", "Gemm")]
    layers = [one for one in net.modules() if isinstance(one, nn.Conv2d | nn.Linear | nn.BatchNorm2d)]
    weighted = [one for one in layers if not isinstance(one, nn.BatchNorm2d)]
    following = {one: after for one, after in pairwise(layers) if isinstance(after, nn.BatchNorm2d)}
    for layer, (weight, bias) in zip(weighted, folded, strict=True):
        layer.weight.data = torch.tensor(weight)
        if layer in following:
            following[layer].bias.data = torch.tensor(bias)
        else:
            layer.bias.data = torch.tensor(bias)
    weighted[-1].weight.data *= factor
    weighted[-1].bias.data *= factor
    return net.eval()


def _put_back(norm: nn.BatchNorm2d, given: tuple[Tensor]) -> None:
    """Take the statistics of what comes in, and undo what they would change."""
    mean, var = given[0].mean((0, 2, 3)), given[0].var((0, 2, 3))
    norm.running_mean, norm.running_var = mean, var
    norm.weight.data = (var + norm.eps).sqrt()
    norm.bias.data = norm.bias.data + mean


def main() -> None:
    """Read the arguments, load, put the statistics back, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MATTHAN_DATA", "../shared/data")))
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--half", choices=("one-line", "two-lines"), default="one-line", help="of a joined reader")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    torch.set_num_threads(1)
    make, batches = TASKS[given.task][:2]
    net = loaded(make(), given.onnx, given.half)
    height = SIZES_WH[1 if given.half == "one-line" else 2][1]
    any_height = given.task == "corners"
    pictures = next(one for one, _ in batches(given.data, SEED) if any_height or one.shape[1] == height)
    hooks = [one.register_forward_pre_hook(_put_back) for one in net.modules() if isinstance(one, nn.BatchNorm2d)]
    with torch.no_grad():
        net(to_tensor(pictures))
        for hook in hooks:
            hook.remove()
        tensor = to_tensor(pictures)
        (wanted,) = onnxruntime.InferenceSession(given.onnx).run(None, {"images": tensor.numpy()})
        off = float(np.abs(net(tensor).numpy() - wanted).max())
    if off > MOST_OFF:
        raise SystemExit(f"the network answers up to {off:.4f} beside {given.onnx}; expected at most {MOST_OFF}")
    torch.save({"mean": net.state_dict()}, given.out)
    print(f"{given.out}: {off:.6f} beside {given.onnx} at most")


if __name__ == "__main__":
    main()
