"""Pictures as the cameras took them, one look each, in their order: what is told though nobody laid anything down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path

import cv2
import numpy as np

from benchmarks.surface.episodes import LEARNED_LOOKS, Learned, parts
from benchmarks.surface.streets import Street


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """One street's second half."""

    street: str
    looks: int
    unknown_looks: int
    changes: int  # each once, whatever they are


def look_through(street: Street, show: Path | None) -> Quiet:
    """Learn from the first half of the pictures and look through the second.

    Args:
        street: its pictures in order of time.
        show: a folder for a picture of every street in which something was told; None: none.
    """
    learning = islice(cycle(street.halves[0]), LEARNED_LOOKS)
    learned = Learned.of(street, [street.look_unaltered(number) for number in learning])
    bank, surround = learned.bank, learned.surround
    began = bank.looked_at
    told = np.zeros(len(bank.belief), np.bool_)
    unknown_looks, newest = 0, None
    for number in street.halves[1]:
        look = street.look_unaltered(number)
        at = began + timedelta(seconds=2 * (number + 1))
        lit_anew = surround.is_lit_anew(look.around, look.around_visible)
        unknown = bank.see(at, look.now, look.visible, street.ground, lit_anew=lit_anew)
        unknown_looks += unknown is not None
        if unknown is None and (bank.changed & ~told).any():
            told |= bank.changed
            newest = number
    if show is not None and newest is not None:
        _draw(street, newest, told, show)
    changes = parts(told, street)
    return Quiet(street=street.name, looks=len(street.halves[1]), unknown_looks=unknown_looks, changes=changes)


def _draw(street: Street, number: int, told: np.ndarray, folder: Path) -> None:
    """The first picture and the newest beside it, with what was told."""
    folder.mkdir(parents=True, exist_ok=True)
    x1, y1, x2, y2 = street.ground.crop_xyxy_px
    after = street.pictures[number].copy()
    high, wide = (y2 - y1) / street.ground.grid_hw[0], (x2 - x1) / street.ground.grid_hw[1]
    for row, column in street.ground.blocks[told].tolist():
        corner = (round(x1 + column * wide), round(y1 + row * high))
        cv2.rectangle(after, corner, (corner[0] + round(wide), corner[1] + round(high)), (0, 0, 255), 1)
    cv2.imwrite(str(folder / f"{street.name}.png"), np.hstack([street.pictures[0], after]))
