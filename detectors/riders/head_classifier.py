"""What somebody on a motorcycle wears on the head, or that it cannot be known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast, get_args

import cv2
import numpy as np

from detectors.model_specs import HeadSpec
from detectors.onnx_detector import Session
from detectors.riders.head_region import cut_head
from detectors.small_networks import calibrated, check_shapes, infer, to_tensor
from domain.errors import ConfigurationError
from domain.geometry import BoxPx, Float64Array, ImageBgr
from domain.model_ref import ModelRef
from domain.seen.riders import HeadWear

# By eye, 2 of 10 heads narrower than 8 px were clear, and 7 of 12 of those of 8 to 12 px (models/heads/evaluate.py,
# table "Width of heads"); a head's region is up to a quarter wider or narrower than the head.
LEAST_HEAD_PX = 10.0
WEARS: frozenset[str] = frozenset(get_args(HeadWear))


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadLook:
    """One look at one head."""

    wear: HeadWear  # other: cap, conical hat, hood
    confidence: float  # calibrated chance of the likeliest label, in [0, 1]; 0 where the head was too small to look at
    head_xyxy_px: BoxPx  # where was looked
    sharpness: float  # variance of the Laplacian of the head as the network sees it; 0 where nobody looked


class HeadClassifier:
    """Tells heads apart with a small network.

    Args:
        spec: of the network.
        session: open.

    Raises:
        ConfigurationError: the network does not fit its entry in the manifest, or its labels are not ours.
    """

    def __init__(self, *, spec: HeadSpec, session: Session) -> None:
        width, height = spec.input_size_wh
        check_shapes(session, spec, [(height, width)], (len(spec.labels),))
        if not set(spec.labels) <= WEARS:
            msg = f"{spec.name} has the labels {', '.join(spec.labels)}; known are {', '.join(sorted(WEARS))}"
            raise ConfigurationError(msg)
        self._spec = spec
        self._session = session

    @property
    def model(self) -> ModelRef:
        """Which weights look."""
        return self._spec.ref

    def look(self, picture_bgr: ImageBgr, heads_xyxy_px: Sequence[BoxPx]) -> tuple[HeadLook, ...]:
        """Look at heads of one picture.

        Args:
            picture_bgr: (h, w, 3); not written to.
            heads_xyxy_px: where the heads are, N of them; N may be 0.

        Returns:
            One look per head, in order.

        Raises:
            DetectionError: the inference failed.
        """
        large = [row for row, head in enumerate(heads_xyxy_px) if head[2] - head[0] >= LEAST_HEAD_PX]
        looks = [
            HeadLook(wear="cannot_tell", confidence=0.0, head_xyxy_px=head, sharpness=0.0) for head in heads_xyxy_px
        ]
        if large:
            cuts = [cut_head(picture_bgr, heads_xyxy_px[row], self._spec.input_size_wh) for row in large]
            labels = self._spec.labels
            logits = infer(self._session, self._spec, to_tensor(cuts, self._spec), len(labels), 2, things="heads")
            of_heads = zip(large, calibrated(logits, self._spec.temperature), cuts, strict=True)
            for row, chances, cut in of_heads:
                looks[row] = self._look_of(chances, heads_xyxy_px[row], cut)
        return tuple(looks)

    def _look_of(self, chances: Float64Array, head_xyxy_px: BoxPx, cut_bgr: ImageBgr) -> HeadLook:
        best = int(np.argmax(chances))
        label = cast("HeadWear", self._spec.labels[best])
        wear = label if float(chances[best]) >= self._spec.least_confidence.get(label, 0.0) else "cannot_tell"
        sharpness = float(cv2.Laplacian(cv2.cvtColor(cut_bgr, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())
        return HeadLook(wear=wear, confidence=float(chances[best]), head_xyxy_px=head_xyxy_px, sharpness=sharpness)
