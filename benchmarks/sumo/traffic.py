"""Vietnamese mixed traffic for SUMO: every vehicle has a type of its own, so that habits differ."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.sumo.actors import draw_size

MIX = {"motorcycle": 0.74, "car": 0.17, "truck": 0.04, "bus": 0.02, "bicycle": 0.03}
_SUMO_CLASS = {"motorcycle": "motorcycle", "car": "passenger", "truck": "truck", "bus": "bus", "bicycle": "motorcycle"}
_TOP_SPEED_MPS = {"motorcycle": 13.0, "car": 13.0, "truck": 9.0, "bus": 9.5, "bicycle": 4.5}
_ACCEL = {"motorcycle": 2.8, "car": 2.2, "truck": 1.1, "bus": 1.1, "bicycle": 1.0}


@dataclass(slots=True, kw_only=True)
class Driver:
    """One vehicle that SUMO will drive, with its habits."""

    name: str
    label: str
    edges: str
    depart_s: float
    size_m: tuple[float, float, float]  # length, width, height
    stops_before_lane_end_m: float = 1.0
    drives_in_yellow_s: float = -1.0
    top_speed_mps: float = 13.0
    habit: str = "lawful"
    extra: dict[str, float] = field(default_factory=dict)


def draw_drivers(
    flows_per_h: dict[str, float], until_s: float, rng: np.random.Generator, prefix: str = ""
) -> list[Driver]:
    """Poisson arrivals on routes; keys are edges, blanks between them."""
    drivers: list[Driver] = []
    for edges, flow in flows_per_h.items():
        now = float(rng.exponential(3600 / flow))
        while now < until_s:
            label = str(rng.choice(list(MIX), p=list(MIX.values())))
            drivers.append(
                Driver(
                    name=f"{prefix}{edges.replace(' ', '-')}.{len(drivers)}",
                    label=label,
                    edges=edges,
                    depart_s=now,
                    size_m=draw_size(label, rng),
                    top_speed_mps=float(_TOP_SPEED_MPS[label] * np.clip(rng.normal(0.9, 0.12), 0.55, 1.15)),
                )
            )
            now += float(rng.exponential(3600 / flow))
    return sorted(drivers, key=lambda driver: driver.depart_s)


def write_routes(drivers: list[Driver], path: Path) -> None:
    """The route file of SUMO."""
    lines = ["<routes>"]
    for driver in drivers:
        two = driver.label in {"motorcycle", "bicycle"}
        length, width, height = driver.size_m
        lines.append(
            f'<vType id="t_{driver.name}" vClass="{_SUMO_CLASS[driver.label]}" length="{length:.2f}" '
            f'width="{width:.2f}" height="{height:.2f}" maxSpeed="{driver.top_speed_mps:.2f}" '
            f'accel="{_ACCEL[driver.label]}" decel="4.5" sigma="0.5" tau="{0.8 if two else 1.1}" '
            f'minGap="{0.5 if two else 1.5}" minGapLat="{0.25 if two else 0.5}" latAlignment="arbitrary" '
            f'maxSpeedLat="1.2" lcSublane="{2.0 if two else 0.6}" lcPushy="{0.6 if two else 0.0}" '
            f'jmStoplineGap="{driver.stops_before_lane_end_m:.2f}" '
            f'jmDriveAfterYellowTime="{driver.drives_in_yellow_s:.1f}"/>'
        )
        lines.append(
            f'<vehicle id="{driver.name}" type="t_{driver.name}" depart="{driver.depart_s:.1f}" departLane="best" '
            f'departSpeed="avg" departPosLat="random"><route edges="{driver.edges}"/></vehicle>'
        )
    lines.append("</routes>")
    path.write_text("\n".join(lines), encoding="utf-8")
