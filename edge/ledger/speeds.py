"""Speeds by quarter of an hour, from the counted bands: median and 85th percentile with how sure they are."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from edge.ledger.book import Traffic
from rules.counts.speed import BAND_KMH, MOST_UNCERTAIN_KMH, SPEED_KMH

LEAST_VEHICLES = 5
"""Of fewer nothing is said but how many there were."""
_Z95 = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """A share of the vehicles went no faster than this, within an interval of 95 %."""

    kmh: float
    low_kmh: float
    high_kmh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedFigure:
    """How fast vehicles of a class went through a lane in a quarter of an hour."""

    quarter: datetime
    camera_id: str
    zone_id: str
    label: str
    vehicles: int
    median: Quantile | None  # None: too few vehicles
    fast: Quantile | None  # the 85th percentile


def speed_figures(traffic: Iterable[tuple[Traffic, int]]) -> Iterator[SpeedFigure]:
    """The figures of a ledger's counts, in the order of time, camera, lane and class."""
    bands: defaultdict[tuple[datetime, str, str, str], Counter[int]] = defaultdict(Counter)
    for one, count in traffic:
        counted = one.counted
        if counted.direction == SPEED_KMH:
            bands[one.quarter, one.camera_id, counted.place_id, counted.label][int(counted.lane_id)] += count
    for (quarter, camera_id, zone_id, label), counts in sorted(bands.items()):
        yield SpeedFigure(
            quarter=quarter,
            camera_id=camera_id,
            zone_id=zone_id,
            label=label,
            vehicles=counts.total(),
            median=quantile(counts, 0.5),
            fast=quantile(counts, 0.85),
        )


def quantile(counts: Mapping[int, int], share: float) -> Quantile | None:
    """A quantile of counted bands; None of too few vehicles.

    Its interval is that of the order statistics (normal approximation), widened by what each vehicle's own speed may be
    off by.

    Args:
        counts: by the band's lower end, km/h.
        share: in (0, 1).

    Examples:
        >>> quantile({30: 50, 35: 50}, 0.5)
        Quantile(kmh=35.0, low_kmh=29.0, high_kmh=41.0)
    """
    vehicles = sum(counts.values())
    if vehicles < LEAST_VEHICLES:
        return None
    half = _Z95 * math.sqrt(share * (1 - share) / vehicles)
    low, middle, high = (_at(counts, vehicles * min(1.0, max(0.0, share + off))) for off in (-half, 0.0, half))
    return Quantile(
        kmh=round(middle, 1),
        low_kmh=round(max(0.0, low - MOST_UNCERTAIN_KMH), 1),
        high_kmh=round(high + MOST_UNCERTAIN_KMH, 1),
    )


def _at(counts: Mapping[int, int], rank: float) -> float:
    """The speed of a rank, spread evenly over each band."""
    before = 0
    for band, count in sorted(counts.items()):
        if count and before + count >= rank:
            return band + BAND_KMH * max(0.0, rank - before) / count
        before += count
    return float(max(counts) + BAND_KMH)
