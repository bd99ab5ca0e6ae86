"""Which pictures of a vehicle are worth looking at: large, sharp, seen from the front, and not all of one moment."""

import math
from collections.abc import Sequence
from datetime import datetime

import cv2
import numpy as np

from domain.geometry import BoxPx, Float32Array, ImageBgr
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


def legibility(corners_px: Float32Array, straight_bgr: ImageBgr) -> float:
    """How well a plate may be read, for comparing pictures of one plate: large, seen from the front, sharp.

    Args:
        corners_px: (4, 2) of the plate in the picture, in order around it; a plate seen at an angle covers less.
        straight_bgr: the plate set straight.

    Returns:
        The side of a square as large as the plate in pixels, times the fourth root of the sharpness.

    Examples:
        >>> plate = np.random.default_rng(1).integers(0, 255, (32, 64, 3)).astype(np.uint8)
        >>> front, turned = ([[0, 0], [60, 0], [60, 30], [0, 30]], [[0, 0], [20, 0], [20, 30], [0, 30]])
        >>> legibility(np.array(front, np.float32), plate) > legibility(np.array(turned, np.float32), plate)
        True
    """
    covered_px2 = abs(float(cv2.contourArea(corners_px)))
    return math.sqrt(covered_px2) * math.sqrt(math.sqrt(sharpness(straight_bgr)))


def _area(box: BoxPx) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
