"""Two recorded quarters of an hour in small: detection and signal logs, the same in every run."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from domain.geometry import BoxPx
from domain.instants import to_text
from edge.run.detection_log import DetectionLogWriter
from edge.run.seen import Seen
from tests.builders.drives import SIZE_WH, at, box_at, detections, every

FOLDER = Path(__file__).resolve().parent
Place = Callable[[float], tuple[float, float] | None]


@dataclass(frozen=True, kw_only=True)
class Vehicle:
    """Something that is seen from time to time."""

    label: str
    place: Place  # middle of the lower edge at a second; None: not there
    width_px: float = 100
    height_px: float = 120


def _way(start_s: float, *points: tuple[float, float, float]) -> Place:
    """A way through (seconds after the start, x, y), straight between them; before and after it is not there."""

    def place(second: float) -> tuple[float, float] | None:
        passed = second - start_s
        for (from_s, from_x, from_y), (to_s, to_x, to_y) in pairwise(points):
            if from_s <= passed <= to_s:
                share = (passed - from_s) / (to_s - from_s)
                return (from_x + share * (to_x - from_x), from_y + share * (to_y - from_y))
        return None

    return place


JUNCTION = (
    Vehicle(label="motorcycle", place=_way(2, (0, 700, 900), (5, 700, 150))),  # on green
    Vehicle(label="car", place=_way(14, (0, 600, 950), (6, 620, 100)), width_px=220, height_px=180),  # runs the red
    Vehicle(label="motorcycle", place=_way(15, (0, 900, 900), (5, 900, 120))),  # runs the red
    Vehicle(
        label="motorcycle", place=_way(18, (0, 1100, 900), (3, 1100, 560), (20, 1100, 560), (24, 1100, 100))
    ),  # waits
    Vehicle(
        label="car", place=_way(17, (0, 350, 950), (3, 350, 490), (22, 350, 490), (26, 350, 50)), width_px=200
    ),  # stops over
    Vehicle(label="motorcycle", place=_way(22, (0, 1300, 850), (3, 1300, 420), (7, 1880, 400))),  # turns right
    Vehicle(label="bus", place=_way(11.2, (0, 1500, 800), (3, 1500, 100)), width_px=240, height_px=220),  # in the grace
    Vehicle(label="person", place=_way(25, (0, 200, 700), (6, 1500, 500))),
)
STREET = (
    Vehicle(label="motorcycle", place=_way(0, (0, 300, 700), (200, 300, 700))),  # parked all the time
    Vehicle(label="motorcycle", place=_way(10, (0, 700, 760), (3, 500, 760), (50, 500, 760), (53, 720, 740))),  # leaves
    Vehicle(label="car", place=_way(0, (0, 300, 1000), (200, 300, 1000)), width_px=220),  # in the bay
    Vehicle(label="motorcycle", place=_way(40, (0, 1300, 200), (8, 1300, 1000))),  # the wrong way
    Vehicle(label="motorcycle", place=_way(60, (0, 1400, 1000), (8, 1400, 200))),  # the right way
    Vehicle(label="person", place=_way(80, (0, 50, 740), (20, 700, 740))),
)
SIGNAL = ((-60.0, "red"), (-30.0, "green"), (9.0, "yellow"), (12.0, "red"), (37.0, "green"))


def write_junction(folder: Path) -> tuple[Path, Path]:
    """The junction's detection log and signal log."""
    signals = folder / "junction-signals.jsonl"
    signals.write_text(
        "".join(
            json.dumps({"camera": "junction", "signal": "S1", "t": to_text(at(second)), "state": state}) + "\n"
            for second, state in SIGNAL
        ),
        encoding="utf-8",
    )
    return _write(folder, "junction", JUNCTION, every(0.2, 0, 45), gaps=()), signals


def write_street(folder: Path) -> Path:
    """The street's detection log; nothing is seen of the parked vehicle for half a minute."""
    return _write(folder, "street", STREET, every(0.2, 0, 120), gaps=((20.0, 50.0),))


def _write(
    folder: Path,
    camera: str,
    vehicles: tuple[Vehicle, ...],
    seconds: list[float],
    gaps: tuple[tuple[float, float], ...],
) -> Path:
    chance = random.Random(f"{camera} 2026")
    path = folder / f"{camera}.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        log = DetectionLogWriter(stream)
        for second in seconds:
            seen: list[tuple[BoxPx, str]] = []
            for number, vehicle in enumerate(vehicles):
                place = vehicle.place(second)
                hidden = number == 0 and any(start_s < second < end_s for start_s, end_s in gaps)
                if place is None or hidden or chance.random() < 0.05:
                    continue
                box = box_at(*place, width_px=vehicle.width_px, height_px=vehicle.height_px)
                x1, y1, x2, y2 = (value + chance.gauss(0, 1.0) for value in box)
                seen.append(((x1, y1, x2, y2), vehicle.label))
            log.write(
                Seen(
                    camera_id=camera,
                    at=at(0) + timedelta(milliseconds=round(second * 1000)),
                    clock_error_ms=20.0,
                    resolution_wh=SIZE_WH,
                    detections=detections(seen),
                )
            )
    return path
