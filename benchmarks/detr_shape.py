"""A network of D-FINE-N's shape with random weights, as ONNX, and its manifest entry: to be benched, it finds nothing.

    pip install torch onnx "transformers>=4.53"        # in an environment of its own
    python -m benchmarks.detr_shape --out WORK/dfine-n.onnx --size 640x384 > WORK/detr.toml
    matthan models bench street-n dfine-n-shape street-n-int8 --manifest WORK/detr.toml --rounds 60

The shape is that of the published nano model (HGNetv2-B0, two levels of 128 channels, three decoder layers, 300
queries; Apache-2.0, https://github.com/Peterande/D-FINE), here with the eleven classes of street-n.
"""

import argparse
import hashlib
import sys
from pathlib import Path

import torch
from transformers import DFineConfig, DFineForObjectDetection
from transformers.models.hgnet_v2.configuration_hgnet_v2 import HGNetV2Config

LABELS = (
    *("person", "bicycle", "motorcycle", "car", "bus", "truck"),
    *("traffic light", "umbrella", "chair", "table", "bench"),
)
ENTRY = """[[model]]
name = "dfine-n-shape"
file = "{file}"
task = "detect"
sha256 = "{sha256}"
family = "detr"
input_size_wh = [{width}, {height}]
color = "rgb"
scale = 0.00392156862745098
pad_value = 114
labels = [{labels}]
score_threshold = 0.3
iou_threshold = 0.7
licence = "Apache-2.0"
card = "{file}"
"""


def dfine_nano(width_px: int, height_px: int) -> DFineForObjectDetection:
    """The network, with random weights from a seed."""
    torch.manual_seed(0)
    backbone = HGNetV2Config(
        embedding_size=64,
        depths=[1, 1, 2, 1],
        hidden_sizes=[64, 256, 512, 1024],
        stem_channels=[3, 16, 16],
        stage_in_channels=[16, 64, 256, 512],
        stage_mid_channels=[16, 32, 64, 128],
        stage_out_channels=[64, 256, 512, 1024],
        stage_num_blocks=[1, 1, 2, 1],
        stage_downsample=[False, True, True, True],
        stage_light_block=[False, False, True, True],
        stage_kernel_size=[3, 3, 5, 5],
        stage_numb_of_layers=[3, 3, 3, 3],
        use_learnable_affine_block=True,
        out_features=["stage3", "stage4"],
    )
    config = DFineConfig(
        backbone_config=backbone,
        encoder_in_channels=[512, 1024],
        encoder_hidden_dim=128,
        encoder_ffn_dim=512,
        encode_proj_layers=[1],
        feat_strides=[16, 32],
        num_feature_levels=2,
        d_model=128,
        decoder_in_channels=[128, 128],
        decoder_layers=3,
        decoder_n_points=[6, 6],
        decoder_ffn_dim=512,
        depth_mult=0.5,
        hidden_expansion=0.34,
        num_queries=300,
        num_labels=len(LABELS),
        anchor_image_size=[height_px, width_px],
        attn_implementation="eager",
    )
    return DFineForObjectDetection(config).eval()


class Raw(torch.nn.Module):  # type: ignore[misc] # torch is not installed where types are checked
    """Logits and boxes alone, without a postprocessor."""

    def __init__(self, network: DFineForObjectDetection) -> None:
        super().__init__()
        self._network = network

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (B, 300, 11) and boxes (B, 300, 4) of pictures (B, 3, h, w)."""
        told = self._network(pixel_values=images)
        return told.logits, told.pred_boxes


def main() -> None:
    """Write the file, print its entry."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", default="640x384", metavar="WxH")
    arguments = parser.parse_args()
    width, height = (int(side) for side in arguments.size.split("x"))
    network = dfine_nano(width, height)
    millions = sum(parameter.numel() for parameter in network.parameters()) / 1e6
    print(f"{millions:.2f} million parameters", file=sys.stderr)
    with torch.no_grad():
        torch.onnx.export(
            Raw(network),
            (torch.rand(1, 3, height, width),),
            str(arguments.out),
            input_names=["images"],
            output_names=["logits", "pred_boxes"],
            opset_version=17,
            dynamo=False,
        )
    print(
        ENTRY.format(
            file=arguments.out.name,
            sha256=hashlib.sha256(arguments.out.read_bytes()).hexdigest(),
            width=width,
            height=height,
            labels=", ".join(f'"{label}"' for label in LABELS),
        )
    )


if __name__ == "__main__":
    main()
