"""One plate read in several cuts: what stands on it does not hang on where exactly its edges were found.

A read that changes when an edge moves by some hundredths of the plate is a doubtful read, however sure the network says
it is. So a plate is cut out several times, and the reads are weighed against one another.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from detectors.plates.corners import PlateShape
from detectors.plates.lattice import aligned, log_likelihood
from detectors.plates.reader import PlatePicture, PlateReader
from detectors.plates.reads import CharacterRead, PlateText
from domain.geometry import Float32Array
from domain.model_ref import ModelRef

CUTS = ((0.0, 0.0), (0.04, 0.04), (0.0, 0.05))
"""How far the edges stand off from those that were found, as shares of the plate's width and height; outwards."""
_MOST_OPTIONS = 5


class ReaderOfCuts:
    """Reads every plate in each of the cuts and tells what they say together.

    Args:
        reader: reads one cut.
    """

    def __init__(self, reader: PlateReader) -> None:
        self._reader = reader

    @property
    def model(self) -> ModelRef:
        """Which weights read."""
        return self._reader.model

    def read(self, plates: Sequence[PlatePicture]) -> list[PlateText]:
        """One text per plate, in order.

        Raises:
            DetectionError: the inference failed; nothing is known about these plates.
        """
        asked = [(plate, off) for plate in plates for off in CUTS]
        cuts = self._reader.read([cut_again(plate, off) for plate, off in asked])
        texts = [as_found(text, across) for text, (_, (across, _)) in zip(cuts, asked, strict=True)]
        return [voted(texts[start : start + len(CUTS)]) for start in range(0, len(texts), len(CUTS))]


def cut_again(plate: PlatePicture, off: tuple[float, float]) -> PlatePicture:
    """The plate with its edges moved outwards along its own axes.

    Args:
        plate: as its corners were found.
        off: at the left and the right as a share of its width, above and below as a share of its height.
    """
    shape = plate.shape
    corners_px = _moved(shape.corners_px, *off)
    moved = PlateShape(corners_px=corners_px, layout=shape.layout, layout_confidence=shape.layout_confidence)
    return PlatePicture(picture_bgr=plate.picture_bgr, shape=moved)


def as_found(text: PlateText, across: float) -> PlateText:
    """A text whose characters stand where they do between the plate's own edges, as they were found.

    Args:
        text: read in a wider cut.
        across: how far that cut stands off at the left and the right, as a share of the plate's width.

    Examples:
        >>> text = PlateText((CharacterRead(options=(("A", 1.0),), place=0.25),))
        >>> round(as_found(text, 0.1).characters[0].place, 3)
        0.2
    """
    characters = (
        one if one.place is None else replace(one, place=one.place * (1 + 2 * across) - across)
        for one in text.characters
    )
    return PlateText(tuple(characters), text.length_chance)


def voted(reads: Sequence[PlateText]) -> PlateText:
    """What several reads of one picture of a plate say together: the text that fits them all best.

    A character's chances are the means over the reads; where a read lacks it, it has none of that read.

    Args:
        reads: at least one; where texts fit alike, that of the earlier read.

    Examples:
        >>> def read(text: str, chance: float) -> PlateText:
        ...     return PlateText(tuple(CharacterRead(options=((one, chance),)) for one in text))
        >>> voted([read("A2", 0.6), read("AZ", 0.9), read("AZ", 0.9)]).text
        'AZ'
    """
    texts = list(dict.fromkeys(read.text for read in reads))
    best = max(texts, key=lambda text: sum(log_likelihood(read, text) for read in reads))
    shown = next(read for read in reads if read.text == best)
    laid_over = [aligned(read, best) for read in reads]
    characters = tuple(
        CharacterRead(
            options=_mean_options([one[place] for one in laid_over], character.best),
            line=character.line,
            place=character.place,
        )
        for place, character in enumerate(shown.characters)
    )
    lengths = [read.length_chance if len(read.text) == len(best) else 1.0 - read.length_chance for read in reads]
    return PlateText(characters, sum(lengths) / len(lengths))


def _mean_options(reads: Sequence[CharacterRead | None], best: str) -> tuple[tuple[str, float], ...]:
    sums: dict[str, float] = {best: 0.0}
    for read in reads:
        for option, chance in read.options if read is not None else ():
            sums[option] = sums.get(option, 0.0) + chance
    order = sorted(sums, key=lambda option: (option != best, -sums[option], option))
    return tuple((option, sums[option] / len(reads)) for option in order[:_MOST_OPTIONS])


def _moved(corners_px: Float32Array, across: float, along: float) -> Float32Array:
    top_left, top_right, bottom_right, bottom_left = corners_px
    right = across * (top_right - top_left + bottom_right - bottom_left) / 2
    down = along * (bottom_left - top_left + bottom_right - top_right) / 2
    return np.stack(
        [top_left - right - down, top_right + right - down, bottom_right + right + down, bottom_left - right + down]
    ).astype(np.float32, copy=False)
