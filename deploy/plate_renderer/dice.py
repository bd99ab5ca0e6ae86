"""Small draws from a generator that is handed in."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")


def chance(rng: np.random.Generator, probability: float) -> bool:
    """Throw once: true with the given probability."""
    return bool(rng.random() < probability)


def one_of(rng: np.random.Generator, options: Sequence[Item]) -> Item:
    """Pick one option, all equally likely."""
    return options[int(rng.integers(len(options)))]


def near(rng: np.random.Generator, value: float, spread: float) -> float:
    """Draw a value within 2.5 times a relative spread."""
    return value * (1 + spread * float(np.clip(rng.standard_normal(), -2.5, 2.5)))
