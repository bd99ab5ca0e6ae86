"""The small network that looks at heads."""

from __future__ import annotations

from torch import Tensor, nn

CHANNELS = (16, 32, 64, 96)


class HeadNet(nn.Module):
    """Four steps of convolutions, each halving the picture, and one layer over their mean.

    Input (B, 3, 48, 48), RGB, 0..1; output (B, 3) logits.
    """

    def __init__(self, labels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for channels in CHANNELS:
            layers += [*_convolution(before, channels, stride=2), *_convolution(channels, channels, stride=1)]
            before = channels
        self.body = nn.Sequential(*layers)
        self.drop = nn.Dropout(0.5)
        self.last = nn.Linear(before, labels)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of the labels."""
        if not self.training:  # a head and its mirror image are the same head
            return (self._told(images) + self._told(images.flip(3))) / 2
        return self._told(images)

    def _told(self, images: Tensor) -> Tensor:
        seen = self.body(images - 0.45).mean(dim=(2, 3))
        logits: Tensor = self.last(self.drop(seen))
        return logits


def _convolution(before: int, after: int, stride: int) -> list[nn.Module]:
    return [nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.SiLU()]
