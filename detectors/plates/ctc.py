"""From a CTC network's steps to characters (Graves et al. 2006, best path decoding)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.plates.reads import CharacterRead, PlateText
from detectors.plates.sequence import length_chance
from detectors.small_networks import calibrated
from domain.geometry import Float32Array

_MOST_OPTIONS = 5
_LEAST_CHANCE = 0.001


def best_path(logits: Float32Array, alphabet: str, temperature: float, lines: Sequence[int] = (0,)) -> PlateText:
    """Characters with calibrated probabilities.

    Args:
        logits: (steps, 1 + characters), the blank first.
        alphabet: the characters in the order of the logits.
        temperature: the logits are divided by it (Guo et al. 2017, On Calibration of Modern Neural Networks).
        lines: of the plate that the steps go over, one after the other in equal parts.

    Examples:
        >>> logits = np.log(np.array([[0.1, 0.8, 0.1], [0.1, 0.9, 0.0], [0.8, 0.1, 0.1], [0.1, 0.9, 0.0]]) + 1e-9)
        >>> best_path(logits.astype(np.float32), "AB", 1.0).text
        'AA'
    """
    chances = calibrated(logits, temperature)
    path = chances.argmax(axis=1)
    characters: list[CharacterRead] = []
    runs: list[tuple[int, int, int]] = []
    line_steps = len(path) / len(lines)
    start = 0
    for end in range(1, len(path) + 1):
        if end == len(path) or path[end] != path[start]:
            if path[start] != 0:
                line, place = divmod((start + end) / 2 / line_steps, 1.0)
                options = _options(chances[start:end], int(path[start]), alphabet)
                characters.append(CharacterRead(options=options, line=lines[int(line)], place=place))
                runs.append((int(path[start]), start, end))
            start = end
    return PlateText(tuple(characters), length_chance(chances, runs))


def _options(chances: NDArray[np.float64], label: int, alphabet: str) -> tuple[tuple[str, float], ...]:
    """What the character of a run of steps may be, judged at the step that is surest of it."""
    step = chances[chances[:, label].argmax()]
    order = [label, *(other for other in np.argsort(-step).tolist() if other not in (0, label))]
    return tuple(
        (alphabet[one - 1], float(step[one]))
        for one in order[:_MOST_OPTIONS]
        if one == label or step[one] >= _LEAST_CHANCE
    )
