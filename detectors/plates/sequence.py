"""How sure a CTC read is of how many characters there are.

The confidence of a character says nothing about one that was left out. Here the total probability of the text over all
its alignments (forward algorithm, Graves et al. 2006) is weighed against that of its neighbours: the text without one
of its characters, and the text with one more in any of its gaps.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_CANDIDATES = 2  # characters that are tried in a gap, besides the doubles of its two sides
_BLANK = 0


def length_chance(chances: NDArray[np.float64], runs: Sequence[tuple[int, int, int]]) -> float:
    """The probability that a text has as many characters as were read, and not one more or fewer.

    Args:
        chances: (steps, 1 + characters), the blank first; rows sum to one.
        runs: label, first step and step after the last of each character of the best path.

    Returns:
        In (0, 1]; 1 for an empty text.

    Examples:
        >>> steps = np.array([[0.1, 0.9], [0.4, 0.6], [0.9, 0.1]])
        >>> round(length_chance(steps, [(1, 0, 2)]), 2)
        0.93
    """
    if not runs:
        return 1.0
    text = tuple(label for label, _, _ in runs)
    shorter = {text[:place] + text[place + 1 :] for place in range(len(text))}
    longer = {
        (*text[:gap], label, *text[gap:]) for gap in range(len(text) + 1) for label in _may_stand(chances, runs, gap)
    }
    mine, *others = total_chances(chances, [text, *sorted(shorter | longer)]).tolist()
    return float(mine / (mine + sum(others)))


def total_chances(chances: NDArray[np.float64], texts: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """The probability of each text over all its alignments, all times one common factor.

    Args:
        chances: (steps, 1 + characters), the blank first.
        texts: labels, none of them the blank.

    Returns:
        (texts,) not negative; only their ratios mean anything.
    """
    width = 2 * max(map(len, texts)) + 1
    spelled = np.zeros((len(texts), width), np.int64)  # blanks between all characters
    for place, text in enumerate(texts):
        spelled[place, 1 : 2 * len(text) : 2] = text
    may_skip = np.zeros(spelled.shape, bool)
    may_skip[:, 2:] = (spelled[:, 2:] != _BLANK) & (spelled[:, 2:] != spelled[:, :-2])
    steps = chances[:, spelled]  # (steps, texts, width)
    forward = np.zeros(spelled.shape)
    forward[:, :2] = steps[0, :, :2]
    for step in steps[1:]:
        reached = forward.copy()
        reached[:, 1:] += forward[:, :-1]
        reached[:, 2:] += np.where(may_skip[:, 2:], forward[:, :-2], 0.0)
        forward = reached * step
        largest = forward.max()
        forward /= largest if largest > 0 else 1.0
    rows, ends = np.arange(len(texts)), np.array([2 * len(text) for text in texts])
    last = np.where(ends > 0, forward[rows, np.maximum(ends - 1, 0)], 0.0)
    total: NDArray[np.float64] = forward[rows, ends] + last
    return total


def _may_stand(chances: NDArray[np.float64], runs: Sequence[tuple[int, int, int]], gap: int) -> set[int]:
    """What may have been left out in a gap: the likeliest there, and the doubles of the characters beside it."""
    beside = {runs[place][0] for place in (gap - 1, gap) if 0 <= place < len(runs)}
    first = runs[gap - 1][1] if gap else 0
    last = runs[gap][2] if gap < len(runs) else len(chances)
    likely = chances[first:last].max(axis=0)
    order = [label for label in np.argsort(-likely).tolist() if label != _BLANK and label not in beside]
    return beside | set(order[:_CANDIDATES])
