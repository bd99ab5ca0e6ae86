"""Which plates are lawful, and how their text is split and separated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol

import numpy as np

Colour = Literal["white", "yellow", "blue", "red"]
Layout = Literal["one_line", "two_lines"]
Size = Literal["car_long", "car_short", "car_long_2025", "car_short_2025", "motorbike"]

UNASSIGNED = frozenset({13, 42, 44, 45, 46, 87, 91, 96})
PROVINCES = tuple(f"{code}" for code in range(11, 100) if code not in UNASSIGNED)
LETTERS = "ABCDEFGHKLMNPSTUVXYZ"
BLUE_LETTERS = "ABCDEFGHKLM"
SMALL_MOTORBIKE_LETTERS = "ABCDEFHKLMNPRSTUVXYZ"
ARMY = ("AA AB AC AD AV AT AN AP BB BC BH BK BL BT BP BS BV HA HB HC HD HE HT HQ HN HH KA KB KC KD KV KP KK PA PP PM PK "
        "PT PY PQ PX QA QB QC QH TC TH TK TT TM TN DB ND CH VB VH VK VT CV CP CA CM CN CX").split()  # fmt: skip
SYMBOLS = ("KT", "LD", "DA", "HC", "CD", "RM", "TĐ", "MK", "CT", "LB", "R")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateText:
    """What stands on one plate."""

    kind: str
    colour: Colour  # of the ground
    size: Size
    lines: tuple[str, ...]  # as printed, with dashes, dots and spaces; one or two
    red_symbols: bool = False  # letters in red (foreign plates of embassies and international bodies)

    @property
    def text(self) -> str:
        """The characters without separators, line after line."""
        return "".join(character for line in self.lines for character in line if character.isalnum())

    @property
    def layout(self) -> Layout:
        """Whether the text stands in one line or two."""
        return "one_line" if len(self.lines) == 1 else "two_lines"


class _Sampler(Protocol):
    def __call__(self, rng: np.random.Generator) -> PlateText: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of plate: how to draw a lawful one and how often it is met by default."""

    name: str
    weight: float
    sample: Callable[[np.random.Generator], PlateText]


def sample_plate(rng: np.random.Generator, weights: Mapping[str, float] | None = None) -> PlateText:
    """Draw a lawful plate.

    Args:
        rng: Where all randomness comes from.
        weights: Relative weight by kind (names of ``KINDS``); a kind that is not named is never drawn. None stands
            for the usual mix of a street.

    Raises:
        ValueError: A weight names no kind, or all weights are zero.
    """
    chosen = weights if weights is not None else {name: kind.weight for name, kind in KINDS.items()}
    unknown = sorted(set(chosen) - set(KINDS))
    total = sum(chosen.values())
    if unknown or total <= 0:
        raise ValueError(
            f"weights {dict(chosen)} have no positive sum or unknown kinds {unknown}; known: {list(KINDS)}"
        )
    names = list(chosen)
    name = names[int(rng.choice(len(names), p=[chosen[name] / total for name in names]))]
    return KINDS[name].sample(rng)


def _one(rng: np.random.Generator, options: str | tuple[str, ...] | list[str]) -> str:
    return options[int(rng.integers(len(options)))]


def _digits(rng: np.random.Generator, count: int) -> str:
    """An order number: never all zeros."""
    return f"{int(rng.integers(1, 10**count)):0{count}d}"


def _grouped(order: str) -> str:
    return f"{order[:3]}.{order[3:]}" if len(order) == 5 else order


def _car(rng: np.random.Generator, kind: str, colour: Colour, series: str, count: int) -> PlateText:
    province, order = _one(rng, PROVINCES), _grouped(_digits(rng, count))
    era = "_2025" if count == 5 and rng.random() < 0.35 else ""
    if rng.random() < 0.5:
        size: Size = "car_long_2025" if era else "car_long"
        return PlateText(kind=kind, colour=colour, size=size, lines=(f"{province}{series}-{order}",))
    size = "car_short_2025" if era else "car_short"
    return PlateText(kind=kind, colour=colour, size=size, lines=(f"{province}{series}", order))


def _car_kind(kind: str, colour: Colour, letters: str, count: int) -> _Sampler:
    return lambda rng: _car(rng, kind, colour, _one(rng, letters), count)


def _symbol_car(rng: np.random.Generator) -> PlateText:
    symbol = _one(rng, SYMBOLS)
    colour: Colour = {"CD": "blue", "LB": "yellow"}.get(symbol, "white")  # type: ignore[assignment]
    count = 5 if rng.random() < 0.7 else 4
    return _car(rng, "car_symbol", colour, symbol, count)


def _motorbike(rng: np.random.Generator, kind: str, colour: Colour, series: str, count: int) -> PlateText:
    lines = (f"{_one(rng, PROVINCES)}-{series}", _grouped(_digits(rng, count)))
    return PlateText(kind=kind, colour=colour, size="motorbike", lines=lines)


def _motorbike_kind(kind: str, colour: Colour, first: str, second: str, count: int) -> _Sampler:
    return lambda rng: _motorbike(rng, kind, colour, _one(rng, first) + _one(rng, second), count)


def _electric(rng: np.random.Generator) -> PlateText:
    return _motorbike(rng, "motorbike_electric", "white", f"MĐ{_one(rng, '123456789')}", 5)


def _army_car(rng: np.random.Generator) -> PlateText:
    letters, order = _one(rng, ARMY), _digits(rng, 4)
    order = f"{order[:2]}-{order[2:]}"
    if rng.random() < 0.5:
        return PlateText(kind="army_car", colour="red", size="car_long", lines=(f"{letters}-{order}",))
    return PlateText(kind="army_car", colour="red", size="car_short", lines=(letters, order))


def _army_motorbike(rng: np.random.Generator) -> PlateText:
    lines = (_one(rng, ARMY), _digits(rng, 3))
    return PlateText(kind="army_motorbike", colour="red", size="motorbike", lines=lines)


def _foreign_car(rng: np.random.Generator) -> PlateText:
    province, country, symbol = _one(rng, PROVINCES), _digits(rng, 3), _one(rng, ("NG", "QT", "NN", "CV"))
    red = symbol in {"NG", "QT"}
    order = _digits(rng, 2)
    long, style = rng.random() < 0.5, int(rng.integers(3))
    if style == 0:
        upper, lower = f"{province}-{country}", f"{symbol}-{order}"
    elif style == 1:
        upper, lower = f"{province}-{symbol}", f"{country}-{order}"
    else:
        upper, lower = f"{province}-{symbol}", f"{country}.{order}"
    lines = (f"{upper}-{lower}",) if long else (upper, lower)
    return PlateText(
        kind="foreign_car", colour="white", size="car_long" if long else "car_short", lines=lines, red_symbols=red
    )


def _foreign_motorbike(rng: np.random.Generator) -> PlateText:
    symbol = _one(rng, ("NG", "QT", "NN", "CV"))
    lines = (f"{_one(rng, PROVINCES)}-{_digits(rng, 3)}", f"{symbol}-{_digits(rng, 3)}")
    return PlateText(
        kind="foreign_motorbike", colour="white", size="motorbike", lines=lines, red_symbols=symbol in {"NG", "QT"}
    )


def _temporary(rng: np.random.Generator) -> PlateText:
    lines = (f"T{_one(rng, PROVINCES)}", _grouped(_digits(rng, 5)))
    return PlateText(kind="temporary_car", colour="white", size="car_short", lines=lines)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        name: Kind(name=name, weight=weight, sample=sample)
        for name, weight, sample in (
            ("car", 0.17, _car_kind("car", "white", LETTERS, 5)),
            ("car_business", 0.1, _car_kind("car_business", "yellow", LETTERS, 5)),
            ("car_state", 0.03, _car_kind("car_state", "blue", BLUE_LETTERS, 5)),
            ("car_four_digits", 0.06, _car_kind("car_four_digits", "white", LETTERS, 4)),
            ("car_symbol", 0.05, _symbol_car),
            ("motorbike", 0.25, _motorbike_kind("motorbike", "white", LETTERS, "123456789", 5)),
            ("motorbike_two_letters", 0.13, _motorbike_kind("motorbike_two_letters", "white", LETTERS, LETTERS + "R", 5)),
            ("motorbike_four_digits", 0.07, _motorbike_kind("motorbike_four_digits", "white", LETTERS + "R", "123456789", 4)),
            ("motorbike_small", 0.02, _motorbike_kind("motorbike_small", "white", LETTERS, SMALL_MOTORBIKE_LETTERS, 5)),
            ("motorbike_state", 0.01, _motorbike_kind("motorbike_state", "blue", BLUE_LETTERS, "123456789", 5)),
            ("motorbike_electric", 0.05, _electric),
            ("army_car", 0.02, _army_car),
            ("army_motorbike", 0.01, _army_motorbike),
            ("foreign_car", 0.01, _foreign_car),
            ("foreign_motorbike", 0.005, _foreign_motorbike),
            ("temporary_car", 0.005, _temporary),
        )
    }
)  # fmt: skip
