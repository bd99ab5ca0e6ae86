"""Readers of plates that are set straight."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from detectors.model_specs import PlateReaderSpec
from detectors.onnx_detector import Session
from detectors.plates.corners import PlateShape
from detectors.plates.ctc import best_path
from detectors.plates.reads import PlateText
from detectors.plates.rectify import rectified
from detectors.small_networks import check_shapes, infer, to_tensor
from domain.geometry import ImageBgr
from domain.model_ref import ModelRef


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlatePicture:
    """A plate in a picture, to be read."""

    picture_bgr: ImageBgr
    shape: PlateShape


class PlateReader(Protocol):
    """Reads plates."""

    @property
    def model(self) -> ModelRef:
        """Which weights read."""
        ...

    def read(self, plates: Sequence[PlatePicture]) -> list[PlateText]:
        """One text per plate, in order.

        Raises:
            DetectionError: the inference failed; nothing is known about these plates.
        """
        ...


class RowCtcReader:
    """Our own reader: one network for both layouts, which reads row by row without cutting the picture.

    Args:
        spec: of the network.
        session: open.

    Raises:
        ConfigurationError: the network does not fit its entry in the manifest.
    """

    def __init__(self, *, spec: PlateReaderSpec, session: Session) -> None:
        self._spec = spec
        self._session = session
        self._size_wh = {"one_line": spec.one_line_wh, "two_lines": spec.two_lines_wh}
        self._labels = 1 + len(spec.alphabet)
        check_shapes(session, spec, [(h, w) for w, h in self._size_wh.values()], (None, self._labels))

    @property
    def model(self) -> ModelRef:
        """Which weights read."""
        return self._spec.ref

    def read(self, plates: Sequence[PlatePicture]) -> list[PlateText]:
        """One text per plate, in order; plates of one layout go through the network together.

        Raises:
            DetectionError: the inference failed; nothing is known about these plates.
        """
        texts: dict[int, PlateText] = {}
        for layout, size_wh in self._size_wh.items():
            places = [place for place, plate in enumerate(plates) if plate.shape.layout == layout]
            if not places:
                continue
            straight = [rectified(plates[p].picture_bgr, plates[p].shape.corners_px, size_wh) for p in places]
            logits = infer(self._session, self._spec, to_tensor(straight, self._spec), self._labels, 3)
            for place, steps in zip(places, logits, strict=True):
                lines = (0, 1) if layout == "two_lines" else (0,)
                texts[place] = best_path(steps, self._spec.alphabet, self._spec.temperature, lines)
        return [texts[place] for place in range(len(plates))]
