"""Makes the int8 file: static QDQ quantisation, calibrated on street pictures; first layers and head stay fp32.

    python models/street/quantise.py --data DATA --onnx models/weights/street-n.onnx \
        --out models/weights/street-n.int8.onnx

The calibration pictures are every so-many-th of the training list. Weights use all eight bits: on processors without
VNNI some sums may saturate, yet that measured better than seven-bit weights.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from pictures import add_data_argument, letterbox, read_picture, to_tensor, without_overlay

SPLITS = Path(__file__).parent / "splits"
CALIBRATION_WH = (640, 384)
KEPT = ("/model.23/", "/model.0/", "/model.1/")

#: The activation SiLU is Sigmoid and Mul; left in fp32 they would cost what the int8 convolutions save.
QUANTISED_OPERATORS = ["Conv", "Sigmoid", "Mul", "Add", "Concat", "MaxPool", "Resize", "Split"]


class StreetPictures(CalibrationDataReader):
    """Letterboxed training pictures, one at a time.

    Args:
        data: The data folder.
        names: Pictures to use.
    """

    def __init__(self, data: Path, names: list[str]) -> None:
        self._tensors = self._read(data, names)

    @staticmethod
    def _read(data: Path, names: list[str]) -> Iterator[NDArray[np.float32]]:
        for name in names:
            picture = without_overlay(name, read_picture(data, name))
            yield to_tensor(letterbox(picture, CALIBRATION_WH)[0])

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """Hand over the next input, or None at the end."""
        tensor = next(self._tensors, None)
        return None if tensor is None else {"images": tensor}


def kept_in_fp32(graph: onnx.GraphProto) -> list[str]:
    """Name the nodes that stay fp32: the whole head and the first two convolutions, which are the most sensitive."""
    return [node.name for node in graph.node if node.name.startswith(KEPT)]


def quantise(data: Path, source: Path, out: Path, *, pictures: int, operators: list[str], percentile: bool) -> None:
    """Quantise ``source`` into ``out``.

    Args:
        data: The data folder.
        source: The fp32 file.
        out: The int8 file to write.
        pictures: How many training pictures to calibrate on.
        operators: Operator types to quantise.
        percentile: Clip activations to their 99.99 percentile instead of their extremes.
    """
    names = (SPLITS / "train.txt").read_text(encoding="utf-8").split()
    chosen = names[:: max(1, len(names) // pictures)][:pictures]
    with tempfile.TemporaryDirectory() as scratch:
        prepared = Path(scratch) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(out),
            StreetPictures(data, chosen),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=operators,
            nodes_to_exclude=kept_in_fp32(onnx.load(prepared).graph),
            per_channel=True,
            reduce_range=False,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.Percentile if percentile else CalibrationMethod.MinMax,
            extra_options={"CalibPercentile": 99.99} if percentile else {},
        )


def main() -> None:
    """Read the arguments and quantise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_data_argument(parser)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=48)
    parser.add_argument("--operators", nargs="+", default=QUANTISED_OPERATORS)
    parser.add_argument("--percentile", action="store_true")
    arguments = parser.parse_args()
    quantise(
        arguments.data,
        arguments.onnx,
        arguments.out,
        pictures=arguments.pictures,
        operators=arguments.operators,
        percentile=arguments.percentile,
    )


if __name__ == "__main__":
    main()
