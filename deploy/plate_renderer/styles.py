"""How a plate is laid out in millimetres: sizes of the law, styles of lettering that are met on the street."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

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
    {"white": (232, 234, 232), "yellow": (30, 180, 238), "blue": (170, 80, 20), "red": (30, 25, 175)}
)
LETTERS_BGR: Mapping[Colour, tuple[int, int, int]] = MappingProxyType(
    {"white": (25, 22, 22), "yellow": (25, 22, 22), "blue": (235, 238, 238), "red": (238, 240, 240)}
)
RED_SYMBOL_BGR = (35, 30, 190)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """Measures of the characters of one plate, in millimetres."""

    height: float
    width: float
    stroke: float
    gap: float  # between neighbours' boxes
    slant: float  # horizontal shift per height; 0 stands upright
    softness: float  # radius that rounds the corners of a stroke
    dash: float  # length of the dash
    dot: float  # side of the dot


BASES: Mapping[Size, tuple[Lettering, ...]] = MappingProxyType(
    {
        "car_long": (
            Lettering(height=63, width=38, stroke=10, gap=10, slant=0, softness=1.5, dash=18, dot=10),
            Lettering(height=76, width=40, stroke=9, gap=9, slant=0, softness=1.5, dash=18, dot=10),
        ),
        "car_long_2025": (Lettering(height=63, width=38, stroke=10, gap=10, slant=0, softness=1.5, dash=18, dot=9.5),),
        "car_short": (
            Lettering(height=80, width=40, stroke=10, gap=10, slant=0, softness=1.5, dash=18, dot=10),
            Lettering(height=70, width=38, stroke=10, gap=10, slant=0, softness=1.5, dash=18, dot=10),
        ),
        "car_short_2025": (Lettering(height=63, width=38, stroke=10, gap=10, slant=0, softness=1.5, dash=18, dot=9.5),),
        "motorbike": (
            Lettering(height=55, width=26, stroke=7.5, gap=5, slant=0, softness=1.5, dash=10, dot=7.5),
            Lettering(height=52, width=27, stroke=7, gap=6, slant=0, softness=1.5, dash=11, dot=7),
        ),
    }
)


def sample_lettering(size: Size, rng: np.random.Generator) -> Lettering:
    """Draw a lettering near one of those in use for a plate of that size."""
    base = BASES[size][int(rng.integers(len(BASES[size])))]

    def near(value: float, spread: float) -> float:
        return value * float(np.clip(1 + spread * rng.standard_normal(), 1 - 2.5 * spread, 1 + 2.5 * spread))

    return Lettering(
        height=near(base.height, 0.03),
        width=near(base.width, 0.04),
        stroke=near(base.stroke, 0.10),
        gap=near(base.gap, 0.12),
        slant=float(rng.normal(0, 0.01)),
        softness=near(base.softness, 0.25),
        dash=near(base.dash, 0.12),
        dot=near(base.dot, 0.1),
    )
