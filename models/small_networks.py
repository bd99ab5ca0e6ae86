"""What the recipes of the small networks share: pictures in, a running average of weights, the file that ships."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

OPSET = 17


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
