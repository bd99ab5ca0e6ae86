"""A recognition network of RapidOCR or PaddleOCR as plate reader: each line is cut out and read by itself."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.model_specs import PlateReaderSpec
from detectors.onnx_detector import Session
from detectors.plates.ctc import best_path
from detectors.plates.reader import PlatePicture
from detectors.plates.reads import PlateText
from detectors.plates.rectify import rectified
from detectors.small_networks import check_shapes, infer, to_tensor
from domain.errors import ConfigurationError
from domain.geometry import Float32Array, ImageBgr
from domain.model_ref import ModelRef

PLATE_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZĐ"
METADATA_KEY = "character"  # of the ONNX file: one character a line

_SCALE = 2 / 255
_LINE_HEIGHT_PX = 48
_ONE_LINE_WH = (208, 48)
_TWO_LINES_WH = (144, 96)
_CUT_BETWEEN = (0.4, 0.6)  # of the plate's height
_LEAST_CHANCE = 1e-9


class Metadata(Protocol):
    """What a file says of itself."""

    custom_metadata_map: Mapping[str, str]


class SessionWithMetadata(Session, Protocol):
    """An ONNX Runtime session."""

    def get_modelmeta(self) -> Metadata:
        """The file's own notes."""
        ...


class RapidOcrReader:
    """Reads plates with a recognition network whose characters stand in the file.

    Pictures are scaled and moved to -1..1 as PaddleOCR does, so the manifest's ``scale`` is 2 / 255. What is no letter
    or digit of a plate counts as a gap between characters.

    Args:
        spec: of the network.
        session: open.

    Raises:
        ConfigurationError: the network does not fit its entry in the manifest, or names no characters.
    """

    def __init__(self, *, spec: PlateReaderSpec, session: SessionWithMetadata) -> None:
        self._spec = spec
        self._session = session
        if not math.isclose(spec.scale, _SCALE, rel_tol=0.01):
            raise ConfigurationError(
                f"{spec.name} has the scale {spec.scale}; family {spec.family!r} needs {_SCALE:.8f}"
            )
        listed = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        if not listed:
            raise ConfigurationError(
                f"{spec.name} names no characters; family {spec.family!r} needs them in the file's metadata under "
                f"{METADATA_KEY!r}, one a line"
            )
        characters = ["", *listed.split("\n"), " "]
        given = session.get_outputs()[0].shape[-1]
        while isinstance(given, int) and len(characters) > given and characters[-2] == "":
            del characters[-2]  # the list may end with a line break
        self._columns = {
            one: [place for place, known in enumerate(characters) if known and known.upper() == one]
            for one in PLATE_CHARACTERS
        }
        self._labels = len(characters)
        check_shapes(session, spec, [(_LINE_HEIGHT_PX, _ONE_LINE_WH[0])], (None, self._labels))

    @property
    def model(self) -> ModelRef:
        """Which weights read."""
        return self._spec.ref

    def read(self, plates: Sequence[PlatePicture]) -> list[PlateText]:
        """One text per plate, in order.

        Raises:
            DetectionError: the inference failed; nothing is known about these plates.
        """
        return [self._plate(plate) for plate in plates]

    def _plate(self, plate: PlatePicture) -> PlateText:
        lines = [self._line(line, number) for number, line in enumerate(_lines(plate))]
        characters = tuple(character for line in lines for character in line.characters)
        return PlateText(characters, math.prod(line.length_chance for line in lines))

    def _line(self, line_bgr: ImageBgr, number: int) -> PlateText:
        tensor = to_tensor([line_bgr], self._spec) - np.float32(1.0)
        (steps,) = infer(self._session, self._spec, tensor, self._labels, 3)
        return best_path(self._plate_logits(steps), PLATE_CHARACTERS, self._spec.temperature, (number,))

    def _plate_logits(self, steps: Float32Array) -> Float32Array:
        """(steps, 1 + plate characters): all that is no plate character is a gap."""
        chances = _as_chances(steps.astype(np.float64))
        mine = np.stack([chances[:, self._columns[one]].sum(axis=1) for one in PLATE_CHARACTERS], axis=1)
        gap = np.clip(1.0 - mine.sum(axis=1, keepdims=True), 0.0, 1.0)
        logits: Float32Array = np.log(np.maximum(np.hstack([gap, mine]), _LEAST_CHANCE)).astype(np.float32)
        return logits


def _as_chances(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Some files end with a softmax and some do not."""
    if steps.min() >= 0.0 and np.allclose(steps.sum(axis=1), 1.0, atol=0.01):
        return steps
    raised = np.exp(steps - steps.max(axis=1, keepdims=True))
    chances: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return chances


def _lines(plate: PlatePicture) -> list[ImageBgr]:
    if plate.shape.layout == "one_line":
        return [rectified(plate.picture_bgr, plate.shape.corners_px, _ONE_LINE_WH)]
    whole = rectified(plate.picture_bgr, plate.shape.corners_px, _TWO_LINES_WH)
    cut = _gap_between_lines(whole)
    return [_to_line_height(whole[:cut]), _to_line_height(whole[cut:])]


def _gap_between_lines(plate_bgr: ImageBgr) -> int:
    """The row in the middle fifth of a plate where its brightness varies least."""
    grey = cv2.cvtColor(plate_bgr, cv2.COLOR_BGR2GRAY).astype(np.float32)
    low, high = (round(share * len(grey)) for share in _CUT_BETWEEN)
    return low + int(grey[low:high, 8:-8].std(axis=1).argmin())


def _to_line_height(line_bgr: ImageBgr) -> ImageBgr:
    width = round(line_bgr.shape[1] * _LINE_HEIGHT_PX / line_bgr.shape[0])
    line: ImageBgr = cv2.resize(line_bgr, (width, _LINE_HEIGHT_PX), interpolation=cv2.INTER_LINEAR).astype(
        np.uint8, copy=False
    )
    return line
