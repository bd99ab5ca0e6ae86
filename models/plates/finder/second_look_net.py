"""The network of the finder's second look, and the file that holds it behind the finder's own part."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

import onnx
import torch
from onnx import compose
from second_look_data import CUT_AROUND, CUT_WH, FINER, FLOOR, SEEN_WH
from torch import Tensor, nn
from torchvision.ops import roi_align

sys.path.append(str(Path(__file__).resolve().parents[2]))
from small_networks import CutNet

ROWS = 300  # of the finder's answer
PREFIX, TWICE = "second/", "_twice"  # of what the second look adds to the file, and at the end of its answer's name
OF_FIRST, OF_SECOND, CONSTANT = 1.0, 0.4, -0.65  # of the logit of the score of both looks; chosen on the choosing part


class SecondLookNet(CutNet):
    """Output (B, 1): the logit of a plate."""

    def __init__(self) -> None:
        super().__init__(CUT_WH, channels=(12, 16, 24, 32), hidden=24, drop=0.2, outputs=1)


class Joined(nn.Module):
    """The part of the file that comes after the finder's own.

    Input: pictures (B, 3, h, w), and the finder's rows (B, 300, 6), best first; output: rows of the same form,
    scored by both looks. A row whose score is below the floor is not looked at again and gets 0.
    """

    def __init__(self, net: SecondLookNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, images: Tensor, rows: Tensor) -> Tensor:
        """Rows, best first again."""
        boxes, scores = rows[..., :4], rows[..., 4]
        asked = (scores >= FLOOR) | (torch.arange(rows.shape[1]) == 0)  # one at least: no network takes none
        picture = torch.arange(rows.shape[0]).unsqueeze(1).expand(scores.shape)
        low, high = boxes[..., :2], boxes[..., 2:]
        width = CUT_AROUND * torch.maximum(high[..., :1] - low[..., :1], (high - low)[..., 1:] * CUT_WH[0] / CUT_WH[1])
        reach = torch.cat([width, width * CUT_WH[1] / CUT_WH[0]], dim=-1) / 2
        around = torch.cat([(low + high) / 2 - reach, (low + high) / 2 + reach], dim=-1)
        regions = torch.cat([picture.unsqueeze(2).to(rows.dtype), around], dim=-1)[asked]
        cuts = roi_align(images, regions, (CUT_WH[1], CUT_WH[0]), sampling_ratio=FINER, aligned=True)
        first = torch.logit(scores[asked].clamp(1e-6, 1 - 1e-6))
        both = torch.sigmoid(OF_FIRST * first + OF_SECOND * self.net(cuts)[:, 0] + CONSTANT)
        told = torch.zeros_like(scores).masked_scatter(asked, both * (scores[asked] >= FLOOR))
        order = told.argsort(dim=1, descending=True)
        rows = torch.cat([boxes, told.unsqueeze(2), rows[..., 5:]], dim=2)
        return rows.gather(1, order.unsqueeze(2).expand(rows.shape))


def first_alone(finder: Path) -> onnx.ModelProto:
    """The finder's own part of a file, bit for bit.

    Raises:
        ValueError: The file is not of the form that ``export_finder.py`` writes.
    """
    model = onnx.load(finder)
    if len(model.graph.output) != 1:
        raise ValueError(f"{finder} has {len(model.graph.output)} outputs; expected one")
    for kept in (model.graph.node, model.graph.initializer):
        own = [one for one in kept if not one.name.startswith(PREFIX)]
        del kept[:]
        kept.extend(own)
    model.graph.output[0].name = model.graph.output[0].name.removesuffix(TWICE)
    return model


def join(first: onnx.ModelProto, net: SecondLookNet, out: Path) -> None:
    """Write one file of the finder's own part, which stays as it is, and the second look."""
    with tempfile.TemporaryDirectory() as scratch:
        part = Path(scratch) / "second.onnx"
        torch.onnx.export(
            Joined(net).eval(),
            (torch.rand(2, 3, SEEN_WH[1], SEEN_WH[0]), torch.rand(2, ROWS, 6) * SEEN_WH[0] / 2),
            str(part),
            opset_version=first.opset_import[0].version,
            input_names=["images", "rows"],
            output_names=["told"],
            dynamic_axes={"images": {0: "batch", 2: "height", 3: "width"}, "rows": {0: "batch"}, "told": {0: "batch"}},
            dynamo=False,
        )
        second = compose.add_prefix(onnx.load(part), PREFIX)
    own = first.graph.output[0].name
    meant = {f"{PREFIX}images": first.graph.input[0].name, f"{PREFIX}rows": own, f"{PREFIX}told": own + TWICE}
    for node in second.graph.node:
        node.input[:] = [meant.get(name, name) for name in node.input]
        node.output[:] = [meant.get(name, name) for name in node.output]
    first.graph.node.extend(second.graph.node)
    first.graph.initializer.extend(second.graph.initializer)
    first.graph.output[0].name = own + TWICE
    onnx.checker.check_model(first)
    out.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(first, out)
    print(out, hashlib.sha256(out.read_bytes()).hexdigest(), f"{out.stat().st_size / 1e6:.2f} MB")
