"""What is drawn on a camera's still: everything of its configuration that has a place in the picture."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from domain.camera import GroundPoint, Line, LineKind, Movement, Signal, Turn, VehicleLabel, Zone, ZoneKind
from domain.canonical import canonical_bytes

DECIMALS = 4  # of shares of the picture, as a camera's file keeps them: less than half a pixel of 4K
MOST_DRAWN = 300  # of each kind
_GROUND = "ground_points"
KINDS = ("zones", "lines", "movements", "signals")

_Side = Annotated[int, Field(gt=0, le=20_000)]


class Drawing(BaseModel):
    """Everything of a camera that has a place in its picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference_still_wh: tuple[_Side, _Side]
    zones: Annotated[tuple[Zone, ...], Field(max_length=MOST_DRAWN)] = ()
    lines: Annotated[tuple[Line, ...], Field(max_length=MOST_DRAWN)] = ()
    signals: Annotated[tuple[Signal, ...], Field(max_length=MOST_DRAWN)] = ()
    ground_points: tuple[GroundPoint, ...] = Field(default=(), max_length=200)
    movements: Annotated[tuple[Movement, ...], Field(max_length=MOST_DRAWN)] = ()

    def rounded(self) -> "Drawing":
        """As a camera's file keeps it."""
        return Drawing.model_validate(_rounded(self.model_dump(mode="json")))

    def sha256(self) -> str:
        """Names what is drawn, however finely it was drawn."""
        return hashlib.sha256(canonical_bytes(self.rounded())).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two drawings."""

    kind: str  # zones, lines, movements, signals, ground_points, reference_still_wh
    id: str  # empty where the kind has none
    what: Literal["added", "removed", "changed"]
    fields: tuple[str, ...] = ()  # that changed

    def __str__(self) -> str:
        """In a line."""
        named = f" {self.id}" if self.id else ""
        return f"{self.kind}{named} {self.what}" + (f" ({', '.join(self.fields)})" if self.fields else "")


def changes_between(before: Drawing, after: Drawing) -> tuple[Change, ...]:
    """What differs, by kind and id; order and the fifth decimal do not.

    Examples:
        >>> one = Drawing(reference_still_wh=(1920, 1080))
        >>> [str(each) for each in changes_between(one, Drawing(reference_still_wh=(1280, 720)))]
        ['reference_still_wh changed']
    """
    old, new = (_rounded(each.model_dump(mode="json")) for each in (before, after))
    return tuple(_changes(old, new))


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for kind in KINDS:
        was, now = ({item["id"]: item for item in each[kind]} for each in (old, new))
        for name in sorted(was.keys() | now.keys()):
            if name not in now:
                yield Change(kind=kind, id=name, what="removed")
            elif name not in was:
                yield Change(kind=kind, id=name, what="added")
            elif fields := tuple(key for key in now[name] if now[name][key] != was[name].get(key)):
                yield Change(kind=kind, id=name, what="changed", fields=fields)
    for kind in (_GROUND, "reference_still_wh"):
        if old[kind] != new[kind]:
            yield Change(kind=kind, id="", what="changed")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, DECIMALS) if isinstance(value, float) else value


def kinds_of_things() -> dict[str, list[str]]:
    """What may be drawn, as the drawing page is told."""
    return {
        "zone_kinds": [kind.value for kind in ZoneKind],
        "line_kinds": [kind.value for kind in LineKind],
        "turns": [turn.value for turn in Turn],
        "labels": list(get_args(VehicleLabel)),
    }
