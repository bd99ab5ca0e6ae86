"""The two small networks: corners of a plate, and its text."""

from __future__ import annotations

import torch
from torch import Tensor, nn

ALPHABET = "0123456789ABCDEFGHKLMNPQRSTUVXYZĐ"
"""The letters of Vietnamese plates; I, J, O and W are never used."""
ONE_LINE_WH = (128, 32)
TWO_LINES_WH = (96, 64)
CORNERS_WH = (128, 96)
GROWN_BY = 0.15
"""Of the plate's box at every side, before it is stretched to CORNERS_WH."""


def _conv(into: int, out: int, kernel: tuple[int, int] = (3, 3), stride: int = 1) -> nn.Sequential:
    padding = (kernel[0] // 2, kernel[1] // 2)
    return nn.Sequential(
        nn.Conv2d(into, out, kernel, stride, padding, bias=False), nn.BatchNorm2d(out), nn.SiLU(inplace=True)
    )


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.a = _conv(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.a(x)


class ReaderNet(nn.Module):
    """Fully convolutional CTC reader: one row of steps for each 32 pixels of height, rows one after the other.

    (B, 3, 32, 128) gives 32 steps, (B, 3, 64, 96) gives 2 x 24: the upper line, then the lower. Each step sees beyond
    its own line, so no picture is cut between the lines.
    """

    def __init__(self) -> None:
        super().__init__()
        self.f = nn.Sequential(
            _conv(3, 24, stride=2),
            _conv(24, 48),
            nn.MaxPool2d(2),
            _conv(48, 64),
            _Residual(64),
            nn.MaxPool2d((2, 1)),
            _conv(64, 96),
            _Residual(96),
            nn.MaxPool2d((2, 1)),
            _conv(96, 128),
            _Residual(128),
            nn.Conv2d(128, 160, (2, 1), (2, 1), bias=False),
            nn.BatchNorm2d(160),
            nn.SiLU(inplace=True),
        )
        self.ctx = _conv(160, 160, (1, 5))
        self.drop = nn.Dropout(0.1)
        self.head = nn.Conv2d(160, 1 + len(ALPHABET), 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) in 0..1, RGB, to logits (B, steps, 1 + characters), the blank first."""
        x = self.f(x)
        x = self.head(self.drop(x + self.ctx(x)))
        return x.permute(0, 2, 3, 1).flatten(1, 2)


class CornersNet(nn.Module):
    """Regresses the corners in 0..1 of the crop and the logit of two lines: (B, 9)."""

    def __init__(self) -> None:
        super().__init__()
        self.f = nn.Sequential(
            _conv(3, 16, stride=2),
            _conv(16, 32),
            nn.MaxPool2d(2),
            _conv(32, 48),
            _conv(48, 48),
            nn.MaxPool2d(2),
            _conv(48, 64),
            _conv(64, 64),
            nn.MaxPool2d(2),
            _conv(64, 96),
            _conv(96, 32),
            nn.Flatten(),
            nn.Linear(32 * 8 * 6, 128),
            nn.SiLU(inplace=True),
            nn.Linear(128, 9),
        )
        inset = GROWN_BY / (1 + 2 * GROWN_BY)
        last = self.f[-1]
        assert isinstance(last, nn.Linear)  # noqa: S101 - tells the type checker
        nn.init.zeros_(last.weight)
        box = [inset, inset, 1 - inset, inset, 1 - inset, 1 - inset, inset, 1 - inset]
        last.bias.data = torch.tensor([*box, 0.0])

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, 96, 128) in 0..1, RGB."""
        out: Tensor = self.f(x)
        return out
