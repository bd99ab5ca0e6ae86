"""A process that hides parts of one picture or clip, run by its path (``redrawing.py`` says how).

It is asked with ``size_wh`` (of the picture that the regions are told in) and ``rows``, in order of time:
``[offset_s, {"id": [left, top, right, bottom], ...}]``. In a picture the regions of all rows are hidden; a picture of a
clip hides what the row before it and the row after it hold, and what lies between the two.
"""

import bisect
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from ingest.media.redrawing import Draw, answer

Region = Sequence[float]
Row = tuple[float, Mapping[str, Region]]

OPTIONS = {"crf": "27"}
_CELLS = 7  # along the longer side of a region: a plate in it is two or three of them


def regions_at(rows: Sequence[Row], offset_s: float) -> list[Region]:
    """What is hidden at an instant; before the first row and after the last, what that row holds.

    Examples:
        >>> regions_at([(0.0, {"7": (0, 0, 1, 1)}), (1.0, {"7": (4, 0, 5, 1)})], 0.5)
        [(0, 0, 5, 1)]
    """
    after = bisect.bisect_left([at_s for at_s, _ in rows], offset_s)
    beside = [held for _, held in rows[max(0, after - 1) : after + 1]]
    names = dict.fromkeys(name for held in beside for name in held)
    return [_around([held[name] for held in beside if name in held]) for name in names]


def _around(regions: Sequence[Region]) -> Region:
    left, top = (min(region[side] for region in regions) for side in (0, 1))
    right, bottom = (max(region[side] for region in regions) for side in (2, 3))
    return (left, top, right, bottom)


def hide(picture: Image.Image, regions: Sequence[Region], size_wh: Sequence[float]) -> None:
    """Leave a few flat cells of each region of a picture, which is written to."""
    across, down = picture.width / size_wh[0], picture.height / size_wh[1]
    for left, top, right, bottom in regions:
        x1, y1 = max(0, int(left * across)), max(0, int(top * down))
        x2, y2 = min(picture.width, round(right * across) + 1), min(picture.height, round(bottom * down) + 1)
        if x2 <= x1 or y2 <= y1:
            continue
        wide, high = x2 - x1, y2 - y1
        longer = max(wide, high)
        cells = (max(1, round(_CELLS * wide / longer)), max(1, round(_CELLS * high / longer)))
        few = picture.crop((x1, y1, x2, y2)).resize(cells, Image.Resampling.BOX)
        picture.paste(few.resize((wide, high), Image.Resampling.BILINEAR), (x1, y1))


def hiding(asked: Mapping[str, Any]) -> Draw:
    """What hides what the rows say: in a picture all of them, in a clip those of its time.

    Args:
        asked: ``rows`` and ``size_wh``, as above.
    """
    rows: Sequence[Row] = asked["rows"]

    def draw(picture: Image.Image, offset_s: float | None) -> Image.Image:
        everything = [region for _, held in rows for region in held.values()]
        hide(picture, everything if offset_s is None else regions_at(rows, offset_s), asked["size_wh"])
        return picture

    return draw


if __name__ == "__main__":
    sys.exit(answer(hiding, OPTIONS))
