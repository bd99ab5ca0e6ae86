"""A process that writes a visible mark on one picture or clip, run by its path (``redrawing.py`` says how).

It is asked with ``lines`` (of the band below the picture), ``across`` (repeated faintly over it) and ``font`` (a
TrueType file). Nothing of the picture is covered by the band: it is added below.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from ingest.media.redrawing import Draw, answer

OPTIONS = {"crf": "22"}
_BAND_SHARE = 0.026  # of the width: the height of a line of the band
_MIN_LINE_PX = 11
_LEAST_WIDTH_PX = 480  # of a marked picture: beside a plate alone stands nothing, below it all of the band
_FAINT = 70  # of 255


class Mark:
    """The mark for pictures of one size.

    Args:
        size_wh: of the picture, px.
        lines: of the band.
        across: repeated over the picture.
        font: a TrueType file.
    """

    def __init__(self, size_wh: tuple[int, int], lines: Sequence[str], across: str, font: str) -> None:
        height, width = size_wh[1], max(size_wh[0], _LEAST_WIDTH_PX)
        line_px = max(_MIN_LINE_PX, round(width * _BAND_SHARE))
        band = _band(width, lines, font, line_px)
        marked_wh = (width + width % 2, height + band.height + (height + band.height) % 2)  # encoders want even sides
        self._blank = Image.new("RGB", marked_wh)
        self._blank.paste(band, (0, height))
        self._across = _repeated(size_wh, across, font, line_px * 2)
        self._picture_wh = size_wh

    @property
    def size_wh(self) -> tuple[int, int]:
        """Of a marked picture, px."""
        return self._blank.size

    def on(self, picture: Image.Image) -> Image.Image:
        """A copy with the mark.

        Raises:
            ValueError: it has another size, so that it would cover the band.
        """
        if picture.size != self._picture_wh:
            raise ValueError(f"a picture of {picture.size} among those of {self._picture_wh}")
        marked = self._blank.copy()
        marked.paste(picture, (0, 0))
        marked.paste((255, 255, 255), (0, 0), self._across)
        return marked


def _band(width: int, lines: Sequence[str], font: str, line_px: int) -> Image.Image:
    """The lines: smaller where they do not fit into the width, then in several rows; nothing of them is cut off."""
    rows = [row for line in lines for row in _rows(line, width - 8, font, line_px)]
    band = Image.new("RGB", (width, (line_px + 4) * len(rows) + 4), (0, 0, 0))
    draw = ImageDraw.Draw(band)
    for number, (row, written) in enumerate(rows):
        draw.text((4, 2 + number * (line_px + 4)), row, font=written, fill=(255, 255, 255))
    return band


def _rows(line: str, room_px: int, font: str, line_px: int) -> list[tuple[str, ImageFont.FreeTypeFont]]:
    whole = ImageFont.truetype(font, line_px).getlength(line)
    fitting_px = int(line_px * room_px / max(whole, room_px))
    written = ImageFont.truetype(font, max(fitting_px, min(line_px, max(_MIN_LINE_PX, line_px // 2))))
    rows = [""]
    for word in re.findall(r"\S+\s*", line):
        if rows[-1] and written.getlength(rows[-1] + word.rstrip()) > room_px:
            rows.append("")
        for letter in word:  # one by one: a name without a space may be longer than the room
            if written.getlength(rows[-1] + letter.rstrip()) > room_px:
                rows.append("")
            rows[-1] += letter
    return [(row, written) for row in rows]


def _repeated(size_wh: tuple[int, int], text: str, font: str, size_px: int) -> Image.Image:
    """How strongly the text stands on each pixel, in rows, every other one shifted; smaller on a small picture."""
    whole = ImageFont.truetype(font, size_px).getlength(text)
    fitting_px = int(size_px * size_wh[0] / max(whole, size_wh[0]))
    written = ImageFont.truetype(font, max(_MIN_LINE_PX, fitting_px))
    mask = Image.new("L", size_wh, 0)
    draw = ImageDraw.Draw(mask)
    step_x, step_y = int(written.getlength(text)) + 80, int(written.size * 4)
    first = max(0, min(step_y // 2, (size_wh[1] - int(written.size)) // 2))
    for row, top in enumerate(range(first, size_wh[1], step_y)):
        for left in range(-(row % 2) * step_x // 2, size_wh[0], step_x):
            draw.text((left, top), text, font=written, fill=_FAINT)
    return mask


def marking(asked: Mapping[str, Any]) -> Draw:
    """What marks a picture, all of a clip as its first.

    Args:
        asked: ``lines``, ``across`` and ``font``, as above.
    """
    made: list[Mark] = []

    def draw(picture: Image.Image, _: float | None) -> Image.Image:
        if not made:
            made.append(Mark(picture.size, asked["lines"], asked["across"], asked["font"]))
        return made[0].on(picture)

    return draw


if __name__ == "__main__":
    sys.exit(answer(marking, OPTIONS))
