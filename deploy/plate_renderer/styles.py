"""Sizes and colours of the law, and the letterings that are met on the street."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from deploy.plate_renderer.dice import near, one_of
from deploy.plate_renderer.formats import Colour, Size

PLATE_WH_MM: Mapping[Size, tuple[float, float]] = MappingProxyType(
    {
        "car_long": (470.0, 110.0),
        "car_short": (280.0, 200.0),
        "car_long_2025": (520.0, 110.0),
        "car_short_2025": (330.0, 165.0),
        "motorbike": (190.0, 140.0),
    }
)
GROUND_BGR: Mapping[Colour, tuple[int, int, int]] = MappingProxyType(
    {"white": (228, 232, 232), "yellow": (30, 180, 238), "blue": (170, 80, 20), "red": (30, 25, 175)}
)
LETTERS_BGR: Mapping[Colour, tuple[int, int, int]] = MappingProxyType(
    {"white": (25, 22, 22), "yellow": (25, 22, 22), "blue": (235, 238, 238), "red": (238, 240, 240)}
)
RED_SYMBOL_BGR = (35, 30, 190)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """Measures of the characters of one plate, in millimetres.

    A character stands in the middle of a cell as wide as the pitch; narrow ones may stand closer.
    """

    height: float
    width: float  # of "0"
    stroke: float
    pitch: float  # of a line with three or more digits in a row
    upper_pitch: float  # of the upper of two lines
    dash: float  # length of the dash
    dot: float  # side of the dot
    upper_height: float = 1.0  # height of the upper line as a share of the lower
    evenness: float = 1.0  # 1: every cell is a pitch wide; 0: characters stand at equal gaps
    slant: float = 0.0  # shift to the right per height
    softness: float = 1.5  # radius of the rounding of a stroke's corners


CAR = Lettering(height=63, width=38, stroke=10, pitch=48, upper_pitch=48, dash=18, dot=9.5)
BASES: Mapping[Size, tuple[Lettering, ...]] = MappingProxyType(
    {
        "car_long": (
            CAR,
            Lettering(height=76, width=40, stroke=9, pitch=50, upper_pitch=50, dash=18, dot=10),
            Lettering(height=72, width=40, stroke=10.5, pitch=50, upper_pitch=50, dash=18, dot=10),
        ),
        "car_long_2025": (CAR,),
        "car_short": (
            Lettering(height=80, width=39, stroke=10, pitch=49, upper_pitch=50, dash=18, dot=10),
            Lettering(height=72, width=37, stroke=9, pitch=47, upper_pitch=48, dash=18, dot=10),
        ),
        "car_short_2025": (CAR,),
        "motorbike": (
            Lettering(height=55, width=26, stroke=7.2, pitch=32.5, upper_pitch=28, dash=13, dot=7),
            Lettering(height=52, width=25, stroke=8, pitch=32, upper_pitch=28, dash=11, dot=7.5, upper_height=0.93),
            Lettering(height=55, width=28, stroke=9, pitch=32.5, upper_pitch=30, dash=11, dot=8),
        ),
    }
)


def sample_lettering(size: Size, rng: np.random.Generator) -> Lettering:
    """Draw a lettering near one of those in use for a plate of that size."""
    base = one_of(rng, BASES[size])
    return Lettering(
        height=near(rng, base.height, 0.03),
        width=near(rng, base.width, 0.04),
        stroke=near(rng, base.stroke, 0.1),
        pitch=near(rng, base.pitch, 0.015),
        upper_pitch=near(rng, base.upper_pitch, 0.03),
        dash=near(rng, base.dash, 0.12),
        dot=near(rng, base.dot, 0.1),
        upper_height=near(rng, base.upper_height, 0.02),
        evenness=float(rng.uniform(0.55, 1.0)),
        slant=float(rng.normal(0, 0.012)),
        softness=near(rng, base.softness, 0.25),
    )
