"""Whether the characters of a read stand where those of a whole plate stand.

Where a character is covered, what is left may be lawful: of 59-F1 428.19 without its 4 an old 59-F1 2819, another's
plate. But the characters of a whole plate are spread evenly about its middle, and what is left of a longer one is not.
"""

from itertools import pairwise
from statistics import median

from detectors.plates.reads import PlateText

_ORDER_DIGITS = 4  # of the shorter plates; what is left of five is taken for them
_LEAST_UPPER = 3  # province and series; plates of the army have fewer, and a hyphen among their digits
_SHORT_ONE_LINE = 7  # province, series, four digits
_MOST_GAP = (
    1.3  # times the median; of 30 whole short plates to choose by (``benchmarks.plates.taped``) the widest was 1.29
)
_MOST_OFF_MIDDLE = 0.045  # of the lower line's length; there the furthest was 0.031


def lacks_a_character(text: PlateText, meant: str | None = None) -> bool:
    """Whether one of five order digits may be hidden; no where it is not known where the characters stand.

    Args:
        text: as it was read, with places.
        meant: what it is taken for, where a digit looked like a letter; None: the text itself.

    Examples:
        >>> from detectors.plates.reads import CharacterRead
        >>> def lower(*places):
        ...     upper = [CharacterRead(options=(("5", 1.0),), line=0, place=0.1)] * 4
        ...     return PlateText((*upper, *(CharacterRead(options=(("1", 1.0),), line=1, place=one) for one in places)))
        >>> lacks_a_character(lower(0.25, 0.42, 0.60, 0.81)), lacks_a_character(lower(0.15, 0.31, 0.70, 0.90))
        (False, True)
        >>> lacks_a_character(lower(0.31, 0.48, 0.69, 0.88)), lacks_a_character(lower(0.15, 0.31, 0.48, 0.70, 0.90))
        (True, False)
    """
    last_line = text.characters[text.upper or 0 :]
    places = [one.place for one in last_line if one.place is not None]
    is_short = (
        len(places) == _SHORT_ONE_LINE
        if text.upper is None
        else len(places) == _ORDER_DIGITS and text.upper >= _LEAST_UPPER
    )
    if not is_short or len(places) != len(last_line):
        return False
    if not (meant or text.text)[-_ORDER_DIGITS:].isdecimal():
        return False  # 80-011 / NG-01: nothing is left of a longer order number, and a hyphen stands among them
    digits = places[-_ORDER_DIGITS:]
    gaps = [after - before for before, after in pairwise(digits)]
    if max(gaps) > _MOST_GAP * median(gaps):
        return True
    return text.upper is not None and abs((places[0] + places[-1]) / 2 - 0.5) > _MOST_OFF_MIDDLE
