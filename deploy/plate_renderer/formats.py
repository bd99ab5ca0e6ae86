"""Which plates are lawful, how their text is split into lines, and how often each is met."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Formatter
from types import MappingProxyType
from typing import Literal

import numpy as np

from deploy.plate_renderer.dice import one_of

Colour = Literal["white", "yellow", "blue", "red"]
Layout = Literal["one_line", "two_lines"]
Size = Literal["car_long", "car_short", "car_long_2025", "car_short_2025", "motorbike"]

UNASSIGNED = frozenset({13, 42, 44, 45, 46, 87, 91, 96})
PROVINCES = tuple(f"{code}" for code in range(11, 100) if code not in UNASSIGNED)
LETTERS = "ABCDEFGHKLMNPSTUVXYZ"

FIELDS: Mapping[str, Callable[[np.random.Generator], str]] = MappingProxyType(
    {
        "province": lambda rng: one_of(rng, PROVINCES),
        "letter": lambda rng: one_of(rng, LETTERS),
        "letter_or_r": lambda rng: one_of(rng, LETTERS + "R"),
        "blue_letter": lambda rng: one_of(rng, "ABCDEFGHKLM"),
        "small_letter": lambda rng: one_of(rng, "ABCDEFHKLMNPRSTUVXYZ"),
        "digit": lambda rng: one_of(rng, "123456789"),
        "symbol": lambda rng: one_of(rng, ("KT", "LD", "DA", "HC", "RM", "TĐ", "MK", "CT", "R")),
        "embassy": lambda rng: one_of(rng, ("NG", "QT")),
        "guest": lambda rng: one_of(rng, ("NN", "CV")),
        "order2": lambda rng: f"{rng.integers(1, 100):02d}",
        "order3": lambda rng: f"{rng.integers(1, 1000):03d}",
        "order4": lambda rng: f"{rng.integers(1, 10_000):04d}",
        "order5": lambda rng: _dotted(int(rng.integers(1, 100_000))),
    }
)


def _dotted(order: int) -> str:
    return f"{order // 100:03d}.{order % 100:02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateText:
    """What stands on one plate."""

    kind: str
    colour: Colour  # of the ground
    size: Size
    lines: tuple[str, ...]  # as printed, with dashes and dots; one or two
    red_symbols: bool = False  # letters in red: embassies and international bodies

    @property
    def text(self) -> str:
        """The characters without separators, line after line."""
        return "".join(character for line in self.lines for character in line if character.isalnum())

    @property
    def layout(self) -> Layout:
        """Whether the text stands in one line or two."""
        return "one_line" if len(self.lines) == 1 else "two_lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of plate: the forms that it is made in, as sizes with lines of ``FIELDS``."""

    weight: float  # share of the usual mix of a street
    colour: Colour
    forms: tuple[tuple[Size, tuple[str, ...]], ...]
    red_symbols: bool = False


def _old_car(series: str, order: str) -> tuple[tuple[Size, tuple[str, ...]], ...]:
    joined, split = (f"{{province}}{series}-{order}",), (f"{{province}}{series}", order)
    return (("car_long", joined), ("car_short", split))


def _car(series: str) -> tuple[tuple[Size, tuple[str, ...]], ...]:
    (_, joined), (_, split) = old = _old_car(series, "{order5}")
    return (*old, *old, ("car_long_2025", joined), ("car_short_2025", split))


def _motorbike(series: str, order: str = "{order5}") -> tuple[tuple[Size, tuple[str, ...]], ...]:
    return (("motorbike", (f"{{province}}-{series}", order)),)


def _foreign_car(symbol: str) -> tuple[tuple[Size, tuple[str, ...]], ...]:
    """Both orders of country and symbol are on the road."""
    halves = (
        ("{province}-{order3}", f"{symbol}-{{order2}}"),
        (f"{{province}}-{symbol}", "{order3}-{order2}"),
        (f"{{province}}-{symbol}", "{order5}"),
    )
    long: tuple[tuple[Size, tuple[str, ...]], ...] = tuple(("car_long", ("-".join(pair),)) for pair in halves)
    short: tuple[tuple[Size, tuple[str, ...]], ...] = tuple(("car_short", pair) for pair in halves)
    return (*long, *short)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "car": Kind(weight=0.17, colour="white", forms=_car("{letter}")),
        "car_business": Kind(weight=0.1, colour="yellow", forms=_car("{letter}")),
        "car_state": Kind(weight=0.03, colour="blue", forms=_car("{blue_letter}")),
        "car_four_digits": Kind(weight=0.06, colour="white", forms=_old_car("{letter}", "{order4}")),
        "car_symbol": Kind(weight=0.05, colour="white", forms=(*_car("{symbol}"), *_old_car("{symbol}", "{order4}"))),
        "car_special_state": Kind(weight=0.01, colour="blue", forms=_car("CD")),
        "car_border_zone": Kind(weight=0.005, colour="yellow", forms=_car("LB")),
        "motorbike": Kind(weight=0.25, colour="white", forms=_motorbike("{letter}{digit}")),
        "motorbike_two_letters": Kind(weight=0.13, colour="white", forms=_motorbike("{letter}{letter_or_r}")),
        "motorbike_four_digits": Kind(
            weight=0.07, colour="white", forms=_motorbike("{letter_or_r}{digit}", "{order4}")
        ),
        "motorbike_small": Kind(weight=0.02, colour="white", forms=_motorbike("{letter}{small_letter}")),
        "motorbike_state": Kind(weight=0.01, colour="blue", forms=_motorbike("{blue_letter}{digit}")),
        "motorbike_electric": Kind(weight=0.05, colour="white", forms=_motorbike("MĐ{digit}")),
        "army_car": Kind(
            weight=0.02,
            colour="red",
            forms=(
                ("car_long", ("{letter}{letter}-{order2}-{order2}",)),
                ("car_short", ("{letter}{letter}", "{order2}-{order2}")),
            ),
        ),
        "army_motorbike": Kind(weight=0.01, colour="red", forms=(("motorbike", ("{letter}{letter}", "{order3}")),)),
        "embassy_car": Kind(weight=0.005, colour="white", forms=_foreign_car("{embassy}"), red_symbols=True),
        "foreign_car": Kind(weight=0.005, colour="white", forms=_foreign_car("{guest}")),
        "embassy_motorbike": Kind(
            weight=0.002,
            colour="white",
            forms=(("motorbike", ("{province}-{order3}", "{embassy}-{order3}")),),
            red_symbols=True,
        ),
        "foreign_motorbike": Kind(
            weight=0.003, colour="white", forms=(("motorbike", ("{province}-{order3}", "{guest}-{order3}")),)
        ),
        "temporary_car": Kind(weight=0.005, colour="white", forms=(("car_short", ("T{province}", "{order5}")),)),
    }
)


def sample_plate(rng: np.random.Generator, weights: Mapping[str, float] | None = None) -> PlateText:
    """Draw a lawful plate.

    Args:
        rng: Where all randomness comes from.
        weights: Relative weight by kind (names of ``KINDS``); a kind that is not named is never drawn. None stands
            for the usual mix of a street.

    Raises:
        ValueError: A weight names no kind, or the weights have no positive sum.

    Examples:
        >>> plate = sample_plate(np.random.default_rng(7), {"motorbike_electric": 1.0})
        >>> plate.kind, plate.layout
        ('motorbike_electric', 'two_lines')
    """
    chosen = weights if weights is not None else {name: kind.weight for name, kind in KINDS.items()}
    unknown = sorted(set(chosen) - set(KINDS))
    total = sum(chosen.values())
    if unknown:
        raise ValueError(f"weights name the unknown kinds {unknown}; expected some of {sorted(KINDS)}")
    if total <= 0:
        raise ValueError(f"weights {dict(chosen)} sum to {total}; expected a positive sum")
    names = list(chosen)
    name = names[int(rng.choice(len(names), p=[chosen[name] / total for name in names]))]
    kind = KINDS[name]
    size, lines = one_of(rng, kind.forms)
    return PlateText(
        kind=name,
        colour=kind.colour,
        size=size,
        lines=tuple(_filled(line, rng) for line in lines),
        red_symbols=kind.red_symbols,
    )


def _filled(line: str, rng: np.random.Generator) -> str:
    """Put a fresh draw into each field of a line."""
    return "".join(
        literal + (FIELDS[field](rng) if field is not None else "") for literal, field, _, _ in Formatter().parse(line)
    )
