"""How well a plate reader reads: whole plates, characters, and whether its confidence means what it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from detectors.plates.corners import PlateCorners, PlateShape
from detectors.plates.lattice import distance
from detectors.plates.reader import PlatePicture, PlateReader
from detectors.plates.reads import PlateText
from domain.errors import ConfigurationError
from domain.geometry import BoxPx, ImageBgr, SizeWh
from domain.plates.grammar import PlateGrammar
from domain.plates.reading import PlateLayout
from matthan.model_eval.labelled import LabelledPicture, resized

_BATCH = 32
_BINS = 10
_LAYOUTS: dict[int, PlateLayout] = {1: "one_line", 2: "two_lines"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateResult:
    """One plate: what stands on it and what was read."""

    name: str
    truth: str
    layout: PlateLayout
    read: PlateText
    repaired: str | None  # the lawful text, as read or mended; None: no lawful one
    width_px: float | None = None  # of the plate; None: not known


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFigures:
    """What came of reading a set of plates."""

    plates: int
    exact: int  # read right as they are
    exact_lawful: int  # right after the grammar
    wrong_lawful: int  # a lawful text that is not the plate's
    character_error_rate: float
    calibration_error: float | None  # None where no read has as many characters as its plate


def read_plates(
    pictures: Sequence[LabelledPicture],
    reader: PlateReader,
    corners: PlateCorners | None,
    *,
    grammar: PlateGrammar,
    on: date,
    undo_stretch_wh: SizeWh | None = None,
) -> list[PlateResult]:
    """Read every picture whose text is known.

    Args:
        pictures: of one plate each, in its box or filling the picture.
        reader: reads.
        corners: finds the corners in the box, and the layout where it is not labelled; None: the box is the plate.
        grammar: of lawful plates.
        on: the day whose grammar holds.
        undo_stretch_wh: bring every picture to this size first.

    Raises:
        ConfigurationError: no picture has a text, or one cannot be read or judged.
        DetectionError: an inference failed.
    """
    known = [one for one in pictures if any(character.isalnum() for character in one.text or "")]
    if not known:
        raise ConfigurationError("no picture has a text: the column 'text' of manifest.tsv says what a plate reads")
    results: list[PlateResult] = []
    for start in range(0, len(known), _BATCH):
        part = known[start : start + _BATCH]
        plates = [_plate(one, corners, undo_stretch_wh) for one in part]
        for one, plate, read in zip(part, plates, reader.read(plates), strict=True):
            layout = plate.shape.layout
            lawful = grammar.repaired(read.text, read.confidences, vehicle=None, layout=layout, on=on, upper=read.upper)
            truth = "".join(character for character in str(one.text).upper() if character.isalnum())
            results.append(
                PlateResult(
                    name=one.name,
                    truth=truth,
                    layout=layout,
                    read=read,
                    repaired=lawful,
                    width_px=plate.shape.width_px,
                )
            )
    return results


def counted(results: Sequence[PlateResult]) -> ReadingFigures:
    """Sum results up.

    Args:
        results: at least one.
    """
    errors = sum(distance(one.read.text, one.truth) for one in results)
    return ReadingFigures(
        plates=len(results),
        exact=sum(one.read.text == one.truth for one in results),
        exact_lawful=sum(one.repaired == one.truth for one in results),
        wrong_lawful=sum(one.repaired not in (None, one.truth) for one in results),
        character_error_rate=errors / sum(len(one.truth) for one in results),
        calibration_error=_calibration_error(results),
    )


def _plate(picture: LabelledPicture, corners: PlateCorners | None, undo_stretch_wh: SizeWh | None) -> PlatePicture:
    image_bgr = picture.read()
    if undo_stretch_wh is not None:
        picture, image_bgr = resized(picture, image_bgr, undo_stretch_wh)
    return PlatePicture(picture_bgr=image_bgr, shape=_shape(picture, image_bgr, corners))


def _shape(picture: LabelledPicture, image_bgr: ImageBgr, corners: PlateCorners | None) -> PlateShape:
    if len(picture.boxes) > 1:
        raise ConfigurationError(f"{picture.name} has {len(picture.boxes)} boxes and one text; expected one plate")
    height, width = image_bgr.shape[:2]
    box: BoxPx = picture.boxes[0].box_xyxy_px if picture.boxes else (0.0, 0.0, float(width), float(height))
    if corners is not None:
        found = corners.locate(image_bgr, box)
        layout = found.layout if picture.lines is None else _LAYOUTS[picture.lines]
        return PlateShape(corners_px=found.corners_px, layout=layout, layout_confidence=found.layout_confidence)
    if picture.lines is None:
        raise ConfigurationError(f"{picture.name}: say in the column 'lines' whether the plate has 1 or 2")
    x1, y1, x2, y2 = box
    square = np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)], np.float32)
    return PlateShape(corners_px=square, layout=_LAYOUTS[picture.lines], layout_confidence=1.0)


def _calibration_error(results: Sequence[PlateResult]) -> float | None:
    """Expected calibration error of the characters, ten bins of equal width (Guo et al. 2017)."""
    pairs = [
        (confidence, character == true)
        for one in results
        if len(one.read.text) == len(one.truth)
        for confidence, character, true in zip(one.read.confidences, one.read.text, one.truth, strict=True)
    ]
    if not pairs:
        return None
    confidences, right = (np.array(column, np.float64) for column in zip(*pairs, strict=True))
    bins = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(confidences[bins == one].mean() - right[bins == one].mean()) * (bins == one).mean()
        for one in np.unique(bins)
    ]
    return float(sum(gaps))
