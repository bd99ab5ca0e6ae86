"""Whether a camera still sees what it used to: a robust band for every figure, left for two days in a row."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edge.drift.profile import HEIGHT, OBJECTS, READ_RATE, SCORE, DayProfile, figures_of

LEAST_DAYS = 14
"""A band needs two weeks, so that it has seen two Sundays."""
MOST_DAYS = 28
LEAST_PICTURES = 1000
LEAST_SHARE_OF_USUAL_PICTURES = 0.5
"""A day on which the camera was away for longer shows other hours than usual, and is not judged."""
LEAST_OBJECTS = 300
LEAST_PLATES = 30
_MAD_TO_SIGMA = 1.4826  # of a normal distribution (Rousseeuw and Croux 1993, JASA 88, eq. 1.4)
_LEAST_RATE = 0.02  # objects a picture; fewer are as good as none


@dataclass(frozen=True, slots=True, kw_only=True)
class _Width:
    """How wide a band is: in robust standard deviations, and at least."""

    sigmas: float
    least: float
    as_factor: bool = False  # the band is median times or divided by exp(width): numbers and sizes vary by factors


_WIDTHS: Mapping[str, _Width] = {
    OBJECTS: _Width(sigmas=3.0, least=0.4, as_factor=True),
    SCORE: _Width(sigmas=4.0, least=0.05),
    HEIGHT: _Width(sigmas=4.0, least=0.2, as_factor=True),
    READ_RATE: _Width(sigmas=5.0, least=0.15),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A figure of one day and of the usable day before it, beside the band of the days before both."""

    figure: str
    value: float
    value_before: float
    low: float
    high: float

    @property
    def has_left(self) -> bool:
        """Whether both days lie beyond the same end of the band; one strange day is no drift."""
        return max(self.value, self.value_before) < self.low or min(self.value, self.value_before) > self.high

    def __str__(self) -> str:
        return f"{self.figure} {self.value_before:.2f} and {self.value:.2f}, usually {self.low:.2f} to {self.high:.2f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A day beside the days before it."""

    comparisons: tuple[Comparison, ...] = ()
    not_judged_because: str | None = None

    @property
    def departures(self) -> tuple[Comparison, ...]:
        """The figures that have left their bands."""
        return tuple(one for one in self.comparisons if one.has_left)


def judge(day: DayProfile, earlier: Sequence[DayProfile]) -> Verdict:
    """Compare a finished day with the camera's last usable days of the same network.

    The band of a figure is the median give or take 3 or 4 robust standard deviations (1.4826 times the median absolute
    deviation; of the logarithm where a figure varies by factors), never narrower than a floor of its kind. A figure has
    left its band when it lay beyond the same end on the day before too. How often this cries wolf is simulated by
    ``benchmarks/drift.py``.

    Args:
        day: the day to judge.
        earlier: days before it, in any order.

    Examples:
        >>> from datetime import date
        >>> judge(DayProfile(day=date(2026, 1, 5), detector_sha256="0" * 64, pictures=9000), ()).not_judged_because
        'only 0 of 15 earlier days to compare with'
    """
    if day.pictures < LEAST_PICTURES:
        return Verdict(not_judged_because=f"only {day.pictures} pictures were looked at")
    usable = sorted(
        (one for one in earlier if one.detector_sha256 == day.detector_sha256 and one.pictures >= LEAST_PICTURES),
        key=lambda one: one.day,
    )[-MOST_DAYS - 1 :]
    if len(usable) <= LEAST_DAYS:
        return Verdict(not_judged_because=f"only {len(usable)} of {LEAST_DAYS + 1} earlier days to compare with")
    usual_pictures = float(np.median([one.pictures for one in usable]))
    if day.pictures < LEAST_SHARE_OF_USUAL_PICTURES * usual_pictures:
        return Verdict(not_judged_because=f"{day.pictures} pictures are too few beside the usual {usual_pictures:.0f}")
    return Verdict(comparisons=_comparisons(_figures(day), [_figures(one) for one in usable]))


def _figures(day: DayProfile) -> Mapping[str, float]:
    return figures_of(day, least_objects=LEAST_OBJECTS, least_plates=LEAST_PLATES)


def _comparisons(today: Mapping[str, float], earlier: Sequence[Mapping[str, float]]) -> tuple[Comparison, ...]:
    *usual, before = earlier
    compared = []
    for figure in sorted({name for day in (today, *earlier) for name in day}):
        absent = 0.0 if figure.endswith(OBJECTS) else None  # a class that was not seen at all was seen zero times
        values = [value for day in usual if (value := day.get(figure, absent)) is not None]
        value, value_before = today.get(figure, absent), before.get(figure, absent)
        if value is None or value_before is None or len(values) < LEAST_DAYS:
            continue
        low, high = _band(figure, values)
        compared.append(Comparison(figure=figure, value=value, value_before=value_before, low=low, high=high))
    return tuple(compared)


def _band(figure: str, values: Sequence[float]) -> tuple[float, float]:
    width = next(width for kind, width in _WIDTHS.items() if figure.endswith(kind))
    scaled = np.log(np.maximum(values, _LEAST_RATE)) if width.as_factor else np.asarray(values)
    middle = float(np.median(scaled))
    half = max(width.sigmas * _MAD_TO_SIGMA * float(np.median(np.abs(scaled - middle))), width.least)
    if not width.as_factor:
        return middle - half, middle + half
    low, high = math.exp(middle - half), math.exp(middle + half)
    return (0.0 if low <= _LEAST_RATE else low), high
