"""Which number plates are lawful in Vietnam, and what a text that is nearly one must be.

The kinds, provinces and series are data (``plate_grammar.json``) with the dates from and to which a kind may be on the
road; old plates stay valid when a new circular comes, so a kind rarely ends.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from itertools import combinations, product
from typing import Any

from domain.plates.reading import PlateColour, PlateLayout

_TOKEN = re.compile(r"\{(\w+)\}|(.)")
_MOST_DOUBTFUL = 2  # characters that a repair may change
_SURE = 0.9  # a character that was read with more confidence is not touched


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to write a kind of plate.

    Attributes:
        template: as printed, e.g. ``{province}-{letter}{one_to_nine}/{digit}{digit}{digit}.{digit}{digit}``.
        pattern: of the text without separators.
        layout: one line, or two where the template holds a slash.
        upper: how many characters stand in the upper line of two; None where there is one line.
    """

    template: str
    pattern: re.Pattern[str]
    layout: PlateLayout
    upper: int | None

    def printed(self, text: str, line_end: str) -> str:
        """The text with its separators."""
        characters = iter(text)
        written = []
        for field, literal in _TOKEN.findall(self.template):
            if field == "province":
                written += [next(characters), next(characters)]
            elif field or literal.isalnum():
                written.append(next(characters))
            else:
                written.append(line_end if literal == "/" else literal)
        return "".join(written)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateKind:
    """One kind of plate."""

    id: str
    name_vi: str
    name_en: str
    vehicle: str  # the violation catalogue's word: car, motorbike
    colours: tuple[PlateColour, ...]  # of the ground
    special: bool  # state, army, foreign, ...: named to the reviewer
    valid_from: date
    valid_to: date | None
    source: str
    forms: tuple[Form, ...]

    def in_force(self, on: date) -> bool:
        """Whether such a plate may be on the road on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class LawfulText:
    """A text read as a plate of one kind."""

    text: str
    kind: PlateKind
    form: Form

    @property
    def printed(self) -> str:
        """As people write it, in one line: ``59-F1 123.45``."""
        return self.form.printed(self.text, " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateGrammar:
    """All kinds of plates with their provinces.

    Examples:
        >>> from datetime import date
        >>> found = plate_grammar().readings("75C12345", vehicle="car", layout="one_line", on=date(2026, 1, 5))
        >>> [(lawful.kind.id, lawful.printed) for lawful in found]
        [('car', '75C-123.45'), ('car_state', '75C-123.45')]
        >>> plate_grammar().readings("13C12345", vehicle="car", layout="one_line", on=date(2026, 1, 5))
        ()
    """

    version: str
    provinces: Mapping[str, str]  # code -> name in Vietnamese
    fields: Mapping[str, str]  # name in a template -> the characters that may stand there
    kinds: tuple[PlateKind, ...]
    confusions: Mapping[str, str]  # character -> what it may have been

    def readings(
        self, text: str, *, vehicle: str | None, layout: PlateLayout | None, on: date, upper: int | None = None
    ) -> tuple[LawfulText, ...]:
        """Every kind that a text may be, in the order of the data; none: it is no lawful plate.

        Args:
            text: capital letters and digits without separators.
            vehicle: kind of vehicle that carries it; None: not known.
            layout: None: not known.
            on: the day on which it was seen.
            upper: how many of its characters were seen in the upper line of two; None: not known. A plate of which one
                is hidden may be another's text, but not in its two lines.
        """
        return tuple(
            LawfulText(text=text, kind=kind, form=form)
            for kind in self.kinds
            if kind.in_force(on) and vehicle in (None, kind.vehicle)
            for form in kind.forms
            if layout in (None, form.layout) and upper in (None, form.upper) and form.pattern.fullmatch(text)
        )

    def repaired(
        self,
        text: str,
        confidences: Sequence[float],
        *,
        vehicle: str | None,
        layout: PlateLayout | None,
        on: date,
        upper: int | None = None,
    ) -> str | None:
        """The one lawful text that a doubtful one can be, or None.

        A lawful text is never changed. Else its doubtful characters, at most two, are replaced by what they are easily
        taken for, or one of two equal neighbours is left out where one is doubtful: readers that go over a plate step
        by step yield a broad character twice. The result counts only when exactly one lawful text comes out.

        Args:
            text: as read.
            confidences: of each character, in [0, 1].
            vehicle: as for ``readings``.
            layout: as for ``readings``.
            on: as for ``readings``.
            upper: as for ``readings``.

        Examples:
            >>> from datetime import date
            >>> sure, known = (1.0, 1.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0), {"layout": "one_line", "on": date(2026, 1, 5)}
            >>> plate_grammar().repaired("75812345", sure, vehicle="car", **known)
            '75B12345'
            >>> plate_grammar().repaired("775B12345", (0.6, *sure), vehicle="car", **known)
            '75B12345'
        """
        if self.readings(text, vehicle=vehicle, layout=layout, on=on, upper=upper):
            return text
        lawful = {
            changed
            for changed, in_upper in self._neighbours(text, confidences, upper)
            if self.readings(changed, vehicle=vehicle, layout=layout, on=on, upper=in_upper)
        }
        return lawful.pop() if len(lawful) == 1 else None

    def kind(self, kind_id: str) -> PlateKind | None:
        """The kind of an id that a case carries; None where this version does not know it."""
        return next((kind for kind in self.kinds if kind.id == kind_id), None)

    def _neighbours(
        self, text: str, confidences: Sequence[float], upper: int | None
    ) -> Iterator[tuple[str, int | None]]:
        doubtful = [
            place
            for place, (character, sure) in enumerate(zip(text, confidences, strict=True))
            if sure < _SURE and character in self.confusions
        ]
        for place in range(1, len(text)):
            if text[place - 1] == text[place] and min(confidences[place - 1 : place + 1]) < _SURE:
                yield text[:place] + text[place + 1 :], upper - (place < upper) if upper is not None else None
        for count in range(1, _MOST_DOUBTFUL + 1):
            for places in combinations(doubtful, count):
                for characters in product(*(self.confusions[text[place]] for place in places)):
                    changed = list(text)
                    for place, character in zip(places, characters, strict=True):
                        changed[place] = character
                    yield "".join(changed), upper


@cache
def plate_grammar() -> PlateGrammar:
    """The grammar that ships with this version."""
    document = json.loads(resources.files("domain.plates").joinpath("plate_grammar.json").read_bytes())
    return PlateGrammar(
        version=document["version"],
        provinces=document["provinces"],
        fields=document["fields"],
        kinds=tuple(_kind(entry, document) for entry in document["kinds"]),
        confusions=_confusions(document["confusions"]),
    )


def _kind(entry: Mapping[str, Any], document: Mapping[str, Any]) -> PlateKind:
    until = entry["valid_to"]
    return PlateKind(
        id=entry["id"],
        name_vi=entry["name_vi"],
        name_en=entry["name_en"],
        vehicle=entry["vehicle"],
        colours=tuple(entry["colours"]),
        special=entry["special"],
        valid_from=date.fromisoformat(entry["valid_from"]),
        valid_to=None if until is None else date.fromisoformat(until),
        source=entry["source"],
        forms=tuple(_form(template, document) for template in entry["forms"]),
    )


def _form(template: str, document: Mapping[str, Any]) -> Form:
    fields = {name: f"[{characters}]" for name, characters in document["fields"].items()}
    fields["province"] = f"(?:{'|'.join(document['provinces'])})"
    parts = [
        fields[field] if field else literal for field, literal in _TOKEN.findall(template) if field or literal.isalnum()
    ]
    order_digits = len(re.sub(r"[-.]", "", template).rpartition("/")[2].split("{digit}")) - 1
    upper_line, slash, _ = template.partition("/")
    return Form(
        template=template,
        pattern=re.compile(f"(?!.*0{{{order_digits}}}$)" + "".join(parts)),  # no order number is all zeros
        layout="two_lines" if slash else "one_line",
        upper=_characters(upper_line) if slash else None,
    )


def _characters(template: str) -> int:
    """How many a part of a template stands for; a province's code has two."""
    fields = [field for field, literal in _TOKEN.findall(template) if field or literal.isalnum()]
    return len(fields) + fields.count("province")


def _confusions(groups: Sequence[str]) -> Mapping[str, str]:
    taken_for: dict[str, set[str]] = {}
    for group in groups:
        for character in group:
            taken_for.setdefault(character, set()).update(set(group) - {character})
    return {character: "".join(sorted(others)) for character, others in sorted(taken_for.items())}
