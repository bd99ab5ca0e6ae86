"""Draw lawful plates from the grammar: how often each kind is met, and which sizes it is made in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from deploy.plate_renderer.dice import one_of
from domain.plates.grammar import Form, PlateKind, plate_grammar
from domain.plates.reading import PlateColour, PlateLayout

Size = Literal["car_long", "car_short", "car_long_2025", "car_short_2025", "motorbike"]

FIVE_DIGITS = "."  # the dot that plates with five digits carry
RED_SYMBOL_KINDS = ("ng_", "qt_")
SELDOM = 0.002  # weight of kinds that STREET_WEIGHTS does not name
STREET_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "car": 0.27,
        "car_state": 0.03,
        "car_four_digits": 0.06,
        "car_symbol": 0.05,
        "motorbike": 0.25,
        "motorbike_two_letters": 0.13,
        "motorbike_four_digits": 0.08,
        "motorbike_state": 0.01,
        "motorbike_electric": 0.05,
        "army_car": 0.02,
        "army_motorbike": 0.01,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateText:
    """What stands on one plate."""

    kind: str  # id in the grammar
    colour: PlateColour  # of the ground
    size: Size
    lines: tuple[str, ...]  # as printed, with dashes and dots; one or two
    red_symbols: bool = False  # letters in red: embassies and international bodies

    @property
    def text(self) -> str:
        """The characters without separators, line after line."""
        return "".join(character for line in self.lines for character in line if character.isalnum())

    @property
    def layout(self) -> PlateLayout:
        """Whether the text stands in one line or two."""
        return "one_line" if len(self.lines) == 1 else "two_lines"


def kind_weights() -> dict[str, float]:
    """The usual mix of a street: a relative weight for each kind of the grammar."""
    return {kind.id: STREET_WEIGHTS.get(kind.id, SELDOM) for kind in plate_grammar().kinds}


def sample_plate(rng: np.random.Generator, weights: Mapping[str, float] | None = None) -> PlateText:
    """Draw a lawful plate.

    Args:
        rng: Where all randomness comes from.
        weights: Relative weight by kind (ids of the grammar); a kind that is not named is never drawn. None stands
            for the usual mix of a street.

    Raises:
        ValueError: A weight names no kind, or the weights have no positive sum.

    Examples:
        >>> plate = sample_plate(np.random.default_rng(7), {"motorbike_electric": 1.0})
        >>> plate.kind, plate.layout, plate.text[2:4]
        ('motorbike_electric', 'two_lines', 'MĐ')
    """
    chosen = dict(kind_weights() if weights is None else weights)
    kinds = {kind.id: kind for kind in plate_grammar().kinds}
    unknown, total = sorted(set(chosen) - set(kinds)), sum(chosen.values())
    if unknown:
        raise ValueError(f"weights name the unknown kinds {unknown}; expected some of {sorted(kinds)}")
    if total <= 0:
        raise ValueError(f"weights {chosen} sum to {total}; expected a positive sum")
    kind_id = list(chosen)[int(rng.choice(len(chosen), p=[weight / total for weight in chosen.values()]))]
    return _sampled(kinds[kind_id], rng)


def _sampled(kind: PlateKind, rng: np.random.Generator) -> PlateText:
    form = one_of(rng, kind.forms)
    text = _characters(form, rng)
    while not form.pattern.fullmatch(text):  # an order of zeros alone is not lawful
        text = _characters(form, rng)
    return PlateText(
        kind=kind.id,
        colour=one_of(rng, kind.colours),
        size=one_of(rng, _sizes(kind, form)),
        lines=tuple(form.printed(text, "\n").split("\n")),
        red_symbols=kind.id.startswith(RED_SYMBOL_KINDS),
    )


def _characters(form: Form, rng: np.random.Generator) -> str:
    """One draw for each field of a template, without separators."""
    grammar = plate_grammar()
    choices = {**grammar.fields, "province": tuple(grammar.provinces)}
    return "".join(
        one_of(rng, choices[field]) if field else literal
        for field, literal in re.findall(r"\{(\w+)\}|(\w)", form.template)
    )


def _sizes(kind: PlateKind, form: Form) -> tuple[Size, ...]:
    """Sizes that a form is made in; those of before 2025 are met more often."""
    if kind.vehicle == "motorbike":
        return ("motorbike",)
    old: Size = "car_long" if form.layout == "one_line" else "car_short"
    new: Size = "car_long_2025" if form.layout == "one_line" else "car_short_2025"
    return (old, old, new) if FIVE_DIGITS in form.template else (old,)
