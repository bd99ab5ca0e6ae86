"""The camera file of a street on which some stand."""

from typing import Any

from benchmarks.sumo.pinhole import Pinhole
from benchmarks.sumo.standing.scene import StandingScene, Stretch

_LANES_Y_M = (-40.0, 45.0)


def standing_config(what: StandingScene, camera: Pinhole, y0_m: float, signal: str) -> dict[str, Any]:
    """Zones, signal and rules, as an installer would draw them.

    Args:
        what: the street.
        camera: that watches it.
        y0_m: what the stretches' y counts from.
        signal: id of the junction's signal.
    """
    low, high = (-40.0, y0_m + 1.0) if what.junction is not None else _LANES_Y_M
    lanes = _zone("lanes", "lane", camera, (0.0, what.width_m), (low, high))
    lanes["direction_norm"] = [_inside(camera, what.width_m / 2, y0_m + y) for y in (-12.0, -2.0)]
    zones = [lanes]
    rules = []
    for number, stretch in enumerate(item for item in what.stretches if item.rule or item.is_bay):
        name = f"{stretch.zone_kind.replace('_', '-')}-{number}"
        zones.append(_zone(name, stretch.zone_kind, camera, _x_m(what, stretch), tuple(y0_m + y for y in stretch.y_m)))
        if stretch.rule:
            own: dict[str, object] = {"zones": [name], "threshold_s": stretch.threshold_s}
            if what.junction is not None:
                own["signal"] = signal
            rules.append({"rule": stretch.rule, "mode": "enforce", "valid_from": "2026-01-01", "parameters": own})
    signals = [{"id": signal, "source": "feed", "max_age_s": None}] if what.junction is not None else []
    return {"zones": zones, "signals": signals, "rules": rules}


def _x_m(what: StandingScene, stretch: Stretch) -> tuple[float, float]:
    left, right = what.strip_x_m
    reach = 0.0 if stretch.is_bay or stretch.rule == "PARK_DOUBLE" else stretch.covers_lanes_m
    return (max(0.0, left - reach), right)


def _zone(name: str, kind: str, camera: Pinhole, x_m: tuple[float, float], y_m: tuple[float, ...]) -> dict[str, Any]:
    (left, right), (low, high) = x_m, y_m
    corners = [(left, low), (right, low), (right, high), (left, high)]
    return {"id": name, "kind": kind, "polygon_norm": camera.polygon_norm(corners)}


def _inside(camera: Pinhole, x: float, y: float) -> list[float]:
    return [round(min(1.0, max(0.0, value)), 5) for value in camera.ground_norm(x, y)]
