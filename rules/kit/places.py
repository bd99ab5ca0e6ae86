"""Which drawn places a rule judges: those it names, or all of their kind."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, Line, LineKind, Zone, ZoneKind
from rules.rule import RuleProblem

Ids = tuple[Annotated[str, Field(min_length=1)], ...]


def lines_of(camera: CameraConfig, kind: LineKind, named: Ids) -> tuple[str, ...]:
    """Ids of the lines that are meant: the named ones, or all of the kind."""
    return tuple(line.id for line in camera.lines if line.kind == kind and (not named or line.id in named))


def zones_of(camera: CameraConfig, kind: ZoneKind, named: Ids) -> tuple[Zone, ...]:
    """The zones that are meant: the named ones, or all of the kind."""
    return tuple(zone for zone in camera.zones if zone.kind == kind and (not named or zone.id in named))


def lines_problems(camera: CameraConfig, kind: LineKind, named: Ids, parameter: str = "lines") -> list[RuleProblem]:
    """One problem for every named line that is not drawn or of another kind; one where none is drawn at all."""
    return _problems(parameter, f"line of kind {kind}", camera.lines, kind, named)


def zones_problems(camera: CameraConfig, kind: ZoneKind, named: Ids) -> list[RuleProblem]:
    """One problem for every named zone that is not drawn or of another kind; one where none is drawn at all."""
    return _problems("zones", f"zone of kind {kind}", camera.zones, kind, named)


def signal_problems(camera: CameraConfig, signal_id: str | None) -> list[RuleProblem]:
    """One problem where a rule names a signal that the camera does not have."""
    known = [signal.id for signal in camera.signals]
    if signal_id is None or signal_id in known:
        return []
    remedy = f"use one of {', '.join(known) or 'signals (none is described)'}"
    return [RuleProblem(parameter="signal", problem=f"there is no signal {signal_id}", remedy=remedy)]


def _problems(
    parameter: str, what: str, drawn: Sequence[Line] | Sequence[Zone], kind: LineKind | ZoneKind, named: Ids
) -> list[RuleProblem]:
    usable = [item.id for item in drawn if item.kind == kind]
    if not usable:
        return [RuleProblem(parameter=parameter, problem=f"no {what} is drawn", remedy=f"draw a {what}")]
    return [
        RuleProblem(
            parameter=parameter, problem=f"{name} is no {what}", remedy=f"name one of {', '.join(usable)}, or none"
        )
        for name in named
        if name not in usable
    ]
