"""What the recipes of the small networks share: pictures in, a net that knows places, its training, what ships."""

from __future__ import annotations

import copy
import hashlib
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

OPSET = 17
RATE, EMA = 3e-3, 0.99
_Net = TypeVar("_Net", bound=nn.Module)


class CutNet(nn.Module):
    """Convolutions that each halve a cut, then two layers that know where things are.

    Input (B, 3, H, W), RGB, 0..1; output (B, outputs): logits.

    Args:
        size_wh: of the cut.
        channels: after each convolution.
        hidden: width of the first of the two layers.
        drop: share of what goes into it that is left out in training.
        outputs: logits.
    """

    def __init__(
        self, size_wh: tuple[int, int], *, channels: Sequence[int], hidden: int, drop: float, outputs: int
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for after in channels:
            layers += [nn.Conv2d(before, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
            layers += [nn.MaxPool2d(2)]
            before = after
        self.body = nn.Sequential(*layers)
        self.drop = nn.Dropout(drop)
        places = (size_wh[0] >> len(channels)) * (size_wh[1] >> len(channels))
        self.hidden = nn.Linear(before * places, hidden)
        self.last = nn.Linear(hidden, outputs)

    def forward(self, images: Tensor) -> Tensor:
        """Logits."""
        seen = self.body(images - 0.45).flatten(1)
        logits: Tensor = self.last(torch.relu(self.hidden(self.drop(seen))))
        return logits


def trained(
    net: _Net,
    checkpoint: Path,
    *,
    steps: int,
    seed: int,
    decay: float,
    look_every: int,
    loss_of_step: Callable[[_Net, np.random.Generator], Tensor],
    look: Callable[[_Net], str],
) -> _Net:
    """Train a net, or go on from a checkpoint, towards an end at which the learning rate is nearly nothing.

    Args:
        net: as it begins.
        checkpoint: gone on from if it is there; written at each look.
        steps: in all.
        seed: what a step draws depends on it and the step alone.
        decay: of weights.
        look_every: so many steps, and at the end.
        loss_of_step: of one step's pictures, which it draws.
        look: what the running average is worth, in words.

    Returns:
        The running average of its weights.
    """
    mean = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=decay)
    done = 0
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
        loss = loss_of_step(net.train(), np.random.default_rng((seed, step)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        averaged(mean, net, min(EMA, step / (step + 10)))
        if (step + 1) % look_every == 0 or step + 1 == steps:
            with torch.no_grad():
                words = look(mean.eval())
            print(step + 1, f"loss {loss.item():.3f}", words, f"{time.process_time() - began:.0f} CPU s", flush=True)
            kept = {"step": step + 1, "net": net.state_dict(), "mean": mean.state_dict()}
            torch.save(kept | {"optimiser": optimiser.state_dict()}, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
    return mean.eval()


def to_tensor(images_bgr: NDArray[np.uint8], device: str = "cpu") -> Tensor:
    """(B, H, W, 3) BGR to (B, 3, H, W) RGB in 0..1."""
    return torch.from_numpy(np.ascontiguousarray(images_bgr[..., ::-1].transpose(0, 3, 1, 2))).to(device).float() / 255


def averaged(into: nn.Module, of: nn.Module, keep: float) -> None:
    """Move a running average of weights towards the newest ones."""
    with torch.no_grad():
        for mean, new in zip(into.state_dict().values(), of.state_dict().values(), strict=True):
            if mean.dtype.is_floating_point:
                mean.mul_(keep).add_(new, alpha=1 - keep)
            else:
                mean.copy_(new)


def export(net: nn.Module, size_wh: tuple[int, int], out: Path, *, free_size: bool = False) -> None:
    """Write the ONNX file with its batch, and where it may, its size left free.

    Args:
        net: takes (B, 3, H, W).
        size_wh: of the picture that it is traced with.
        out: the file.
        free_size: pictures of other sizes may be asked; the answer's second axis, steps, follows them.
    """
    free = {0: "batch"} | ({2: "height", 3: "width"} if free_size else {})
    answer = {0: "batch"} | ({1: "steps"} if free_size else {})
    torch.onnx.export(
        net,
        (torch.zeros(1, 3, size_wh[1], size_wh[0]),),
        str(out),
        opset_version=OPSET,
        input_names=["images"],
        output_names=["output"],
        dynamic_axes={"images": free, "output": answer},
        dynamo=False,
    )
    graph = onnx.load(out)
    entry = graph.metadata_props.add()
    entry.key, entry.value = "license", "AGPL-3.0-or-later"
    onnx.save(graph, out)
    print(out, hashlib.sha256(out.read_bytes()).hexdigest(), f"{out.stat().st_size / 1e6:.2f} MB")
