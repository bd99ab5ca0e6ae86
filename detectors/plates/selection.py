"""Which pictures of a vehicle are worth looking at: large, sharp, seen from the front, and not all of one moment."""

from collections.abc import Sequence
from datetime import datetime

import cv2
import numpy as np

from domain.geometry import BoxPx, ImageBgr
from domain.instants import seconds_between

MOST_LOOKS = 24
MOST_READS = 12


def worth_decoding(sightings: Sequence[tuple[datetime, BoxPx]], most: int = MOST_LOOKS) -> tuple[int, ...]:
    """Choose sightings of a vehicle: the largest of each equal part of its time.

    Args:
        sightings: instants, in order, with the vehicle's box in pixels.
        most: how many at most.

    Returns:
        Their places in order of time.

    Examples:
        >>> from datetime import UTC, timedelta
        >>> start = datetime(2026, 1, 5, tzinfo=UTC)
        >>> seen = [(start + timedelta(seconds=n), (0.0, 0.0, 10.0 + n, 10.0)) for n in range(6)]
        >>> worth_decoding(seen, most=3)
        (1, 3, 5)
    """
    if len(sightings) <= most:
        return tuple(range(len(sightings)))
    start = sightings[0][0]
    span_s = seconds_between(start, sightings[-1][0])
    largest: dict[int, int] = {}
    for place, (at, box) in enumerate(sightings):
        part = min(int(seconds_between(start, at) / span_s * most), most - 1)
        if part not in largest or _area(box) > _area(sightings[largest[part]][1]):
            largest[part] = place
    return tuple(sorted(largest.values()))


def sharpness(plate_bgr: ImageBgr) -> float:
    """How sharp a plate is: variance of the Laplacian over that of the picture, which light and contrast do not move.

    Pech-Pacheco et al. 2000, Diatom autofocusing in brightfield microscopy; 0 for a picture of one colour.
    """
    grey = cv2.cvtColor(plate_bgr, cv2.COLOR_BGR2GRAY).astype(np.float32)
    contrast = float(grey.var())
    return float(cv2.Laplacian(grey, cv2.CV_32F).var()) / contrast if contrast > 1.0 else 0.0


def _area(box: BoxPx) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
