"""Gates and movements: how a movement is drawn, and whether all of them describe one junction."""

import math
from collections.abc import Iterator, Sequence

import shapely

from domain.camera import CameraConfig, Line, LineKind, Movement, Turn
from domain.geometry import PointNorm, side_of_line
from matthan.drawing.mistake import Mistake

_ON_LINE = 0.02  # so near its endless line, as a share of the picture, a point lies on neither side of a gate
_MOSTLY = 0.5
_BEND_STEPS = 12
_FAR = 4.0  # picture sizes: as far as a half of the plane is needed


def gate_mistakes(camera: CameraConfig) -> Iterator[Mistake]:
    """Gates that look away from the junction, gates that share no side, and movements that cannot be."""
    turned = []
    for index, gate in enumerate(camera.lines):
        if gate.kind is LineKind.GATE and _looks_away(gate, _of_its_junction(camera, gate)):
            turned.append(gate.id)
            problem = f"gate {gate.id}: its beyond_norm lies away from the other gates, so ways in count as ways out"
            yield Mistake(("lines", index, "beyond_norm"), problem, "put it on the junction's side of the gate")
    if not turned:
        yield from _no_common_side(camera)
    yield from _movement_mistakes(camera)


def way_between(from_gate: Line, to_gate: Line) -> list[PointNorm]:
    """A bend from gate to gate that leans towards the junction; back over the same gate, from one half to the other."""
    shares = (0.3, 0.7) if from_gate.id == to_gate.id else (0.5, 0.5)
    (ax, ay), (bx, by) = (_on(gate, share) for gate, share in zip((from_gate, to_gate), shares, strict=True))
    (x1, y1), (x2, y2) = from_gate.beyond_norm, to_gate.beyond_norm
    cx, cy = (x1 + x2) / 2, (y1 + y2) / 2
    steps = [step / _BEND_STEPS for step in range(_BEND_STEPS + 1)]
    return [
        (
            (1 - t) ** 2 * ax + 2 * t * (1 - t) * cx + t**2 * bx,
            (1 - t) ** 2 * ay + 2 * t * (1 - t) * cy + t**2 * by,
        )
        for t in steps
    ]


def _of_its_junction(camera: CameraConfig, gate: Line) -> list[Line]:
    """The other gates of a gate's junction: those that movements join with it, all where it has none."""
    joined = {gate.id}
    pairs = [{item.from_gate, item.to_gate} for item in camera.movements]
    while any(pair & joined and not pair <= joined for pair in pairs):
        joined |= {name for pair in pairs if pair & joined for name in pair}
    gates = [line for line in camera.lines if line.kind is LineKind.GATE and line.id != gate.id]
    return [line for line in gates if line.id in joined] or gates


def _looks_away(gate: Line, others: Sequence[Line]) -> bool:
    """Whether most of the other gates lie on a gate's outer side; those in line with it are on neither."""
    sides = [_beyondness(gate, _on(other, 0.5)) for other in others]
    clear = [side for side in sides if abs(side) > _ON_LINE]
    return bool(clear) and sum(side < 0 for side in clear) / len(clear) > _MOSTLY


def _beyondness(gate: Line, point: PointNorm) -> float:
    """How far a point lies beyond a gate's endless line, shares of the picture; negative: before it."""
    start, end = gate.points_norm
    return math.copysign(1.0, side_of_line(start, end, gate.beyond_norm)) * side_of_line(start, end, point)


def _on(gate: Line, share: float) -> PointNorm:
    """The point of a gate so far from its first end to its second."""
    (x1, y1), (x2, y2) = gate.points_norm
    return (x1 + share * (x2 - x1), y1 + share * (y2 - y1))


def _no_common_side(camera: CameraConfig) -> Iterator[Mistake]:
    named: set[str] = set()
    for index, gate in enumerate(camera.lines):
        if gate.kind is not LineKind.GATE or gate.id in named:
            continue
        together = [gate, *_of_its_junction(camera, gate)]
        named |= {one.id for one in together}
        common: shapely.Geometry = shapely.box(0, 0, 1, 1)
        for one in together:
            common = common.intersection(_half(one))
        if common.area <= _ON_LINE**2:
            names = ", ".join(one.id for one in together)
            problem = f"gates {names}: no place of the picture lies beyond them all, so they enclose no junction"
            yield Mistake(("lines", index, "beyond_norm"), problem, "put every beyond_norm inside the junction")


def _half(gate: Line) -> shapely.Polygon:
    """The half of the plane beyond a gate."""
    (x1, y1), (x2, y2) = gate.points_norm
    length = math.dist((x1, y1), (x2, y2))
    ux, uy = (x2 - x1) / length * _FAR, (y2 - y1) / length * _FAR
    sign = math.copysign(1.0, side_of_line((x1, y1), (x2, y2), gate.beyond_norm))
    nx, ny = -uy * sign, ux * sign
    ends = [(x1 - ux, y1 - uy), (x1 + ux, y1 + uy)]
    return shapely.Polygon([*ends, *((x + nx, y + ny) for x, y in reversed(ends))])


def _movement_mistakes(camera: CameraConfig) -> Iterator[Mistake]:
    first: dict[tuple[str, str], str] = {}
    for index, item in enumerate(camera.movements):
        yield from _turn_mistake(index, item)
        known = first.setdefault((item.from_gate, item.to_gate), item.id)
        if known != item.id:
            problem = f"movement {item.id} goes between the same gates as {known}, which alone is looked at"
            yield Mistake(("movements", index), problem, "describe each way once; banned_for may name several classes")
        if item.banned_for and not item.banned:
            problem = f"movement {item.id} names banned_for, but is not banned"
            yield Mistake(("movements", index, "banned_for"), problem, "add `banned: true`, or leave banned_for out")


def _turn_mistake(index: int, item: Movement) -> Iterator[Mistake]:
    if item.from_gate == item.to_gate and item.turn is not Turn.AROUND:
        problem = f"movement {item.id} leads from gate {item.from_gate} back to it, but its turn is {item.turn}"
        yield Mistake(
            ("movements", index, "turn"), problem, "write `turn: around`, or name the gate by which it leaves"
        )
