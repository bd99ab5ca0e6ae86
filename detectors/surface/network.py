"""What the ground looks like, block by block: vectors that change with things and little with light."""

from typing import Final

import numpy as np

from detectors.model_specs import SurfaceSpec
from detectors.onnx_detector import Session
from detectors.small_networks import check_shapes, infer, to_tensor
from domain.geometry import Float32Array, ImageBgr
from domain.model_ref import ModelRef

STRIDE_PX: Final = 32
"""A crop's sides are multiples of it."""


class SurfaceNetwork:
    """Looks at crops with the trunk of the network that finds road users.

    Args:
        spec: of the network.
        session: open; takes crops of any size.

    Raises:
        ConfigurationError: the network does not fit its entry in the manifest.
    """

    def __init__(self, *, spec: SurfaceSpec, session: Session) -> None:
        check_shapes(session, spec, [(STRIDE_PX, STRIDE_PX)], (None, None, spec.channels))
        self._spec = spec
        self._session = session

    @property
    def model(self) -> ModelRef:
        """Which weights look."""
        return self._spec.ref

    @property
    def block_px(self) -> int:
        """Side of a block in the crop."""
        return self._spec.block_px

    @property
    def channels(self) -> int:
        """Numbers of a block."""
        return self._spec.channels

    def look(self, crop_bgr: ImageBgr) -> Float32Array:
        """One vector of length 1 for each block.

        Args:
            crop_bgr: (h, w, 3), sides are multiples of ``STRIDE_PX``.

        Returns:
            (h / block_px, w / block_px, channels).

        Raises:
            DetectionError: the inference failed.
        """
        tensor = to_tensor([np.ascontiguousarray(crop_bgr)], self._spec)
        answer: Float32Array = infer(
            self._session, self._spec, tensor, self._spec.channels, 4, things="crops of the ground"
        )[0]
        return answer
