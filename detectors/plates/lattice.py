"""All reads of a plate laid over one another: how likely each text is, character by character."""

import math
from collections.abc import Sequence

from detectors.plates.reads import CharacterRead, PlateText

_FLOOR = 0.002  # of a character that a read did not offer
_GAP = 0.01  # a character too many or too few


def log_likelihood(read: PlateText, text: str) -> float:
    """How well one read fits a text: the best alignment's log probability (Needleman and Wunsch 1970).

    Examples:
        >>> from detectors.plates.reads import CharacterRead
        >>> read = PlateText((CharacterRead(options=(("8", 0.5), ("B", 0.5))), CharacterRead(options=(("1", 1.0),))))
        >>> round(log_likelihood(read, "B1"), 3), log_likelihood(read, "B1") > log_likelihood(read, "B7")
        (-0.693, True)
    """
    return _aligned(read, text)[0]


def character_chances(reads: Sequence[PlateText], text: str) -> tuple[tuple[float, ...], ...]:
    """The probability that each read gives each character of a text; 0 where a read lacks it.

    Args:
        reads: laid over the text one by one.
        text: to judge.

    Returns:
        One row a read, one number a character.
    """
    return tuple(
        tuple(
            character.chance(wanted) if character is not None else 0.0
            for character, wanted in zip(aligned(read, text), text, strict=True)
        )
        for read in reads
    )


def distance(first: str, second: str) -> int:
    """Levenshtein's edit distance.

    Examples:
        >>> distance("59F1", "59E1"), distance("59F1", "59F12")
        (1, 1)
    """
    row = list(range(len(second) + 1))
    for above, one in enumerate(first):
        diagonal, row[0] = row[0], above + 1
        for place, other in enumerate(second):
            diagonal, row[place + 1] = (
                row[place + 1],
                min(diagonal + (one != other), row[place] + 1, row[place + 1] + 1),
            )
    return row[-1]


def aligned(read: PlateText, text: str) -> tuple[CharacterRead | None, ...]:
    """What a read has for each character of a text in the best alignment; None where it has nothing."""
    return _aligned(read, text)[1]


def _aligned(read: PlateText, text: str) -> tuple[float, tuple[CharacterRead | None, ...]]:
    """The best alignment's log probability, and what stands there for each character of the text."""
    gap = math.log(_GAP)
    width = len(text) + 1
    best: list[tuple[float, tuple[CharacterRead | None, ...]]] = [
        (gap * count, (None,) * count) for count in range(width)
    ]
    for character in read.characters:
        above, best = best, [(best[0][0] + gap, ())]
        for place, wanted in enumerate(text):
            score, kept = above[place]
            taken = (score + math.log(max(character.chance(wanted), _FLOOR)), (*kept, character))
            skipped_read = (above[place + 1][0] + gap, above[place + 1][1])
            skipped_text = (best[place][0] + gap, (*best[place][1], None))
            best.append(max(taken, skipped_read, skipped_text, key=lambda one: one[0]))
    return best[-1]
