"""Short forms of texts for lists; the whole text stands in the case."""

LONGEST = 60


def short(text: str, longest: int = LONGEST) -> str:
    """The text, cut with an ellipsis where it is too long for a row.

    Examples:
        >>> short("Lê Lợi"), short("a" * 100, 5)
        ('Lê Lợi', 'aaaa…')
    """
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
