"""Camera files of streets of several lanes and of junctions with banned turns."""

from collections.abc import Sequence
from typing import Any

from benchmarks.sumo.junction import JunctionRun
from benchmarks.sumo.lanes_scene import LanesScene
from benchmarks.sumo.lanes_truth import STREET_Y_M, Rectangle, Segment, closed_road
from benchmarks.sumo.pinhole import Pinhole
from benchmarks.sumo.turns import TurnsScene, gates_m

_VALID_FROM = "2026-01-01"


def lanes_config(what: LanesScene, camera: Pinhole) -> dict[str, Any]:
    """Zones, lines, movements and rules of a street."""
    kept = _zone("kept", "lane", Rectangle(x_m=what.kept_x_m, y_m=STREET_Y_M), camera)
    middle = sum(what.kept_x_m) / 2
    kept |= {"direction_norm": [_inside(camera, middle, y) for y in (8.0, 18.0)], "open_to": list(what.kept_for)}
    zones = [kept, _zone("pavement", "pavement", Rectangle(x_m=what.pavement_x_m, y_m=STREET_Y_M), camera)]
    closed = closed_road(what)
    if closed is not None:
        zones.append(_zone("closed", "closed_road", closed, camera))
    low, high = what.solid_y_m
    solid = {
        "id": "solid", "kind": "solid_line", "beyond_norm": _inside(camera, what.solid_x_m + 3, (low + high) / 2),
        "points_norm": camera.segment_norm((what.solid_x_m, low), (what.solid_x_m, high)),
    }  # fmt: skip
    width, (south, north) = what.width_m, what.gates_y_m
    gates = {
        "north-in": (((-0.2, south), (width + 0.5, south)), (2.0, south + 6)),
        "south-out": (((-width - 0.5, south), (-0.2, south)), (-2.0, south + 6)),
        "south-in": (((-width - 0.5, north), (-0.2, north)), (-2.0, north - 6)),
        "north-out": (((-0.2, north), (width + 0.5, north)), (2.0, north - 6)),
    }
    lines = _gates(gates, camera)
    movements = [
        _movement("no-u-turn", "north-in", "south-out", "around", banned=True),
        _movement("u-turn", "south-in", "north-out", "around"),
        _movement("north", "north-in", "north-out", "ahead"),
        _movement("south", "south-in", "south-out", "ahead"),
    ]
    rules = [_use(rule) for rule in ("LANE_CHANGE", "WRONG_LANE", "DRIVE_PAVEMENT", "UTURN")]
    if closed is not None:
        rules.append(_use("PROHIBITED_ROAD", closed_to=list(what.closed_to)))
    return {"zones": zones, "lines": [solid, *lines], "movements": _drawn(movements, lines), "rules": rules}


def turns_config(what: TurnsScene, camera: Pinhole, run: JunctionRun) -> dict[str, Any]:
    """Gates, movements and rules of a junction."""
    lines = _gates({name: (gate, (0.0, 0.0)) for name, gate in gates_m(what, run).items()}, camera)
    no_left = _movement("no-left", "south-in", "west-out", "left", banned=True)
    movements = [
        _movement("no-u-turn", "south-in", "south-out", "around", banned=True),
        no_left | {"banned_for": list(what.left_banned_for)},
        _movement("right", "south-in", "east-out", "right"),
        _movement("ahead", "south-in", "north-out", "ahead"),
    ]
    return {"lines": lines, "movements": _drawn(movements, lines), "rules": [_use("UTURN"), _use("BANNED_TURN")]}


def _use(rule: str, **parameters: object) -> dict[str, Any]:
    return {"rule": rule, "mode": "enforce", "valid_from": _VALID_FROM, "parameters": parameters}


def _zone(name: str, kind: str, shape: Rectangle, camera: Pinhole) -> dict[str, Any]:
    (left, right), (low, high) = shape.x_m, shape.y_m
    corners = [(left, low), (right, low), (right, high), (left, high)]
    return {"id": name, "kind": kind, "polygon_norm": camera.polygon_norm(corners)}


def _gates(gates: dict[str, tuple[Segment, tuple[float, float]]], camera: Pinhole) -> list[dict[str, Any]]:
    """Gates that are in view; nobody could draw the others."""
    lines = []
    for name, ((start, end), beyond) in gates.items():
        try:
            points = camera.segment_norm(start, end)
        except ValueError:
            continue
        lines.append({"id": name, "kind": "gate", "points_norm": points, "beyond_norm": _inside(camera, *beyond)})
    return lines


def _movement(name: str, from_gate: str, to_gate: str, turn: str, *, banned: bool = False) -> dict[str, Any]:
    return {"id": name, "from_gate": from_gate, "to_gate": to_gate, "turn": turn, "banned": banned}


def _drawn(movements: list[dict[str, Any]], lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    names = {line["id"] for line in lines}
    return [item for item in movements if {item["from_gate"], item["to_gate"]} <= names]


def _inside(camera: Pinhole, x_m: float, y_m: float) -> list[float]:
    return [round(min(1.0, max(0.0, value)), 5) for value in camera.ground_norm(x_m, y_m)]
