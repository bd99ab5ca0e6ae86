"""Sizes and colours of the law, and the letterings that are met on the street."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from deploy.plate_renderer.dice import chance, near, one_of
from deploy.plate_renderer.formats import Size
from deploy.plate_renderer.glyphs import Alphabet
from domain.plates.reading import PlateColour

PLATE_WH_MM: Mapping[Size, tuple[float, float]] = MappingProxyType(
    {
        "car_long": (470.0, 110.0),
        "car_short": (280.0, 200.0),
        "car_long_2025": (520.0, 110.0),
        "car_short_2025": (330.0, 165.0),
        "motorbike": (190.0, 140.0),
    }
)
GROUND_BGR: Mapping[PlateColour, tuple[int, int, int]] = MappingProxyType(
    {"white": (228, 232, 232), "yellow": (30, 180, 238), "blue": (170, 80, 20), "red": (30, 25, 175)}
)
LETTERS_BGR: Mapping[PlateColour, tuple[int, int, int]] = MappingProxyType(
    {"white": (25, 22, 22), "yellow": (25, 22, 22), "blue": (235, 238, 238), "red": (238, 240, 240)}
)
RED_SYMBOL_BGR = (35, 30, 190)
SLANTED_SHARE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """Measures of the characters of one plate, in millimetres.

    A character stands in the middle of a cell as wide as the pitch; narrow ones may stand closer.
    """

    height: float
    width: float  # of "0"
    stroke: float
    pitch: float
    upper_pitch: float  # of the upper of two lines
    dash: float  # length of the dash
    dash_gap: float  # on each side of it
    dot: float  # side of the dot
    dot_gap: float  # on each side of it
    alphabet: Alphabet = "looped"
    upper_height: float = 1.0  # height of the upper line as a share of the lower
    evenness: float = 1.0  # 1: every cell is a pitch wide; 0: characters stand at equal gaps
    slant: float = 0.0  # shift to the right per height
    softness: float = 1.5  # radius of the rounding of a stroke's corners


def _car(
    *, height: float, width: float, stroke: float, pitch: float, dash: float = 16, dash_gap: float = 11
) -> Lettering:
    return Lettering(
        height=height,
        width=width,
        stroke=stroke,
        pitch=pitch,
        upper_pitch=pitch * 1.03,
        dash=dash,
        dash_gap=dash_gap,
        dot=9.5,
        dot_gap=7,
    )


def _motorbike(*, height: float, width: float, stroke: float, pitch: float, dash_gap: float) -> Lettering:
    return Lettering(
        height=height,
        width=width,
        stroke=stroke,
        pitch=pitch,
        upper_pitch=28.5,
        dash=11,
        dash_gap=dash_gap,
        dot=7,
        dot_gap=7,
    )


# The measures of the law come first for each size; the others are those of plates photographed on the street.
CAR = _car(height=63, width=38, stroke=10, pitch=48)
BASES: Mapping[Size, tuple[Lettering, ...]] = MappingProxyType(
    {
        "car_long": (
            CAR,
            _car(height=80, width=38.5, stroke=8.5, pitch=50, dash=15.5, dash_gap=10.3),
            _car(height=78, width=40, stroke=9.5, pitch=49, dash=12.5, dash_gap=10.5),
            _car(height=72, width=37, stroke=8.5, pitch=46.5, dash=13.5, dash_gap=8.5),
        ),
        "car_long_2025": (CAR,),
        "car_short": (
            _car(height=80, width=39, stroke=10, pitch=49),
            _car(height=72, width=37, stroke=9, pitch=48),
            _car(height=80, width=37, stroke=8.5, pitch=51),
        ),
        "car_short_2025": (CAR,),
        "motorbike": (
            _motorbike(height=55, width=26, stroke=7.5, pitch=32.5, dash_gap=8),
            _motorbike(height=52, width=23, stroke=6.5, pitch=35, dash_gap=13),
            _motorbike(height=52, width=24, stroke=7.2, pitch=34, dash_gap=10),
            _motorbike(height=54, width=27, stroke=8.6, pitch=33, dash_gap=6),
        ),
    }
)


def sample_lettering(size: Size, rng: np.random.Generator) -> Lettering:
    """Draw a lettering near one of those in use for a plate of that size."""
    base = one_of(rng, BASES[size])
    return replace(
        base,
        height=near(rng, base.height, 0.03),
        width=near(rng, base.width, 0.04),
        stroke=near(rng, base.stroke, 0.08),
        pitch=near(rng, base.pitch, 0.015),
        upper_pitch=near(rng, base.upper_pitch, 0.03),
        dash=near(rng, base.dash, 0.12),
        dash_gap=near(rng, base.dash_gap, 0.2),
        dot=near(rng, base.dot, 0.1),
        dot_gap=near(rng, base.dot_gap, 0.15),
        alphabet="slanted" if chance(rng, SLANTED_SHARE) else "looped",
        upper_height=near(rng, base.upper_height, 0.02),
        evenness=float(rng.uniform(0.7, 1.0)),
        slant=float(rng.normal(0, 0.012)),
        softness=near(rng, base.softness, 0.25),
    )
