"""CPU time of the rules alone, all of them at one camera, by how many tracks the street shows.

    python -m benchmarks.rules [--fps 10] [--profile] [--growth] [--memory]

A made-up street, the same at every run: a quarter of the tracks is parked on a pavement, a quarter is parked across
the road, a quarter waits before the stop line, a quarter drives over it and is followed by another; red and green
alternate. Bounding boxes jitter as a detector's do, tracks hold 256 points as the tracker's do. Every track is seen in
every scene, so that nothing is cheaper here than on a street. Measured is ``RuleEngine.step``, cases included, after a
minute of street, in a process that looks for cycles as seldom as a box does.
"""

import argparse
import cProfile
import itertools
import pstats
import random
import resource
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.camera import CameraConfig
from domain.law.catalogue import built_in_catalogue
from domain.seen.scene import Scene
from domain.seen.timeline import SignalState, SignalTimeline
from domain.seen.track import Track, TrackPoint
from plumbing.collecting import look_seldom_for_cycles
from rules.engine import RuleEngine

SIZE_WH = (1920, 1080)
BEGAN_AT = datetime(2026, 1, 5, 2, tzinfo=UTC)
MAX_POINTS = 256
WARM_UP_S = 60
MEASURED_S = 30
MEMORY_MINUTES = 5
PHASE_S = 20.0  # of red, then of green
JITTER_PX = 1.5
DRIVES_PX_S = 120.0
CROSSES_IN_S = 9.0
LINE_Y_PX = 600.0
TRACKS = (0, 25, 50, 100, 200)
Point = tuple[float, float]
RULES: dict[str, dict[str, Any]] = {
    "RED_LIGHT": {"line": "stop"},
    "STOP_LINE": {"line": "stop"},
    "WRONG_WAY": {"zones": ["lane"]},
    "PARK_PAVEMENT": {"zones": ["pavement"], "threshold_s": 30.0},
    "WRONG_LANE": {"zones": ["bus-lane"]},
    "LANE_CHANGE": {},
    "PROHIBITED_ROAD": {"closed_to": ["truck"]},
    "UTURN": {},
    "BANNED_TURN": {},
    "DRIVE_PAVEMENT": {},
}
ALONE = ("RED_LIGHT", "STOP_LINE", "WRONG_WAY", "PARK_PAVEMENT")  # measured by themselves too
BY_FACTS = [rule for rule in RULES if rule not in ALONE]


def camera(rules: Sequence[str]) -> CameraConfig:
    """A camera with a stop line, a lane and a pavement."""
    since = {"mode": "shadow", "valid_from": "2026-01-01"}
    line_y = LINE_Y_PX / SIZE_WH[1]
    return CameraConfig.model_validate_json(
        CameraConfig.model_validate(
            {
                "id": "bench",
                "version": 1,
                "name": "benchmark",
                "road": "",
                "ward": "",
                "position": {"latitude_deg": 16.46, "longitude_deg": 107.59},
                "heading_deg": 0,
                "stream": {"url": "file:none"},
                "reference_still_wh": list(SIZE_WH),
                "zones": [
                    {"id": "pavement", "kind": "pavement", "polygon_norm": _rectangle(0.0, 0.1, 0.25, 1.0)},
                    {
                        "id": "lane",
                        "kind": "lane",
                        "polygon_norm": _rectangle(0.25, 0.1, 0.75, 1.0),
                        "direction_norm": [[0.5, 0.9], [0.5, 0.2]],
                    },
                    {
                        "id": "bus-lane",
                        "kind": "lane",
                        "polygon_norm": _rectangle(0.6, 0.1, 0.75, 1.0),
                        "direction_norm": [[0.65, 0.9], [0.65, 0.2]],
                        "open_to": ["bus"],
                    },
                    {"id": "closed", "kind": "closed_road", "polygon_norm": _rectangle(0.25, 0.1, 0.75, 0.5)},
                ],
                "movements": [
                    {"id": "back", "from_gate": "in", "to_gate": "in", "turn": "around", "banned": True},
                    {"id": "left", "from_gate": "in", "to_gate": "out", "turn": "left", "banned": True},
                ],
                "lines": [
                    _line("solid", "solid_line", (0.6, 0.1), (0.6, 0.5), (0.9, 0.3)),
                    _line("in", "gate", (0.25, 0.45), (0.75, 0.45), (0.5, 0.3)),
                    _line("out", "gate", (0.25, 0.1), (0.25, 0.4), (0.5, 0.3)),
                    {
                        "id": "stop",
                        "kind": "stop_line",
                        "points_norm": [[0.25, line_y], [0.75, line_y]],
                        "beyond_norm": [0.5, 0.3],
                        "signal": "S1",
                    },
                ],
                "signals": [{"id": "S1", "source": "feed", "max_age_s": None}],
                "rules": [{**since, "rule": rule, "parameters": RULES[rule]} for rule in rules],
            },
            strict=False,
        ).model_dump_json()
    )


def _line(line_id: str, kind: str, start: Point, end: Point, beyond: Point) -> dict[str, Any]:
    return {"id": line_id, "kind": kind, "points_norm": [start, end], "beyond_norm": beyond}


def _rectangle(x1: float, y1: float, x2: float, y2: float) -> list[list[float]]:
    return [[x1, y1], [x2, y1], [x2, y2], [x1, y2]]


@dataclass(slots=True, kw_only=True)
class Vehicle:
    """One vehicle of the street and the newest points of its track."""

    x_px: float
    y_px: float  # of the lower edge, at the beginning
    drives: bool
    began_s: float
    track_id: int
    points: deque[TrackPoint] = field(default_factory=lambda: deque(maxlen=MAX_POINTS))

    def seen(self, at: datetime, second: float, noise: random.Random) -> Track:
        """Its track after one more sighting."""
        y_px = self.y_px - (DRIVES_PX_S * (second - self.began_s) if self.drives else 0.0)
        x1, y1, x2, y2 = (
            edge + noise.gauss(0.0, JITTER_PX) for edge in (self.x_px - 25, y_px - 90, self.x_px + 25, y_px)
        )
        self.points.append(TrackPoint(at=at, box_xyxy_px=(x1, y1, x2, y2), score=0.8))
        return Track(
            track_id=self.track_id,
            label="motorcycle",
            label_share=0.9,
            first_seen_at=BEGAN_AT + timedelta(seconds=self.began_s),
            points=tuple(self.points),
            observed=True,
        )


def street(count: int, fps: float) -> Iterator[Scene]:
    """The scenes of a street with so many tracks, one after the other."""
    noise, ids = random.Random(7), itertools.count(1)  # noqa: S311 - jitter
    signal = SignalTimeline(signal_id="S1")

    def vehicle(place: int, began_s: float) -> Vehicle:
        number, kind = divmod(place, 4)
        column, row = number % 6, number // 6
        x_px, y_px = {
            0: (60 + 70 * column, 240 + 90 * row),  # parked on the pavement
            1: (1500 + 70 * column, 240 + 90 * row),  # parked across the road
            2: (520 + 150 * column, 720 + 40 * row),  # waits before the line
            3: (560 + 150 * column, 1070 - 5 * row),  # drives over it
        }[kind]
        return Vehicle(x_px=x_px, y_px=y_px, drives=kind == 3, began_s=began_s, track_id=next(ids))

    vehicles = [
        vehicle(place, -CROSSES_IN_S * (place // 4 % 6) / 6 if place % 4 == 3 else 0.0) for place in range(count)
    ]
    for index in itertools.count():
        second = index / fps
        at = BEGAN_AT + timedelta(seconds=second)
        signal.record(at, SignalState.RED if int(second / PHASE_S) % 2 == 0 else SignalState.GREEN)
        for place, one in enumerate(vehicles):
            if one.drives and second - one.began_s > CROSSES_IN_S:
                vehicles[place] = vehicle(place, second)
        yield Scene(
            camera_id="bench",
            at=at,
            clock_error_ms=1.0,
            resolution_wh=SIZE_WH,
            tracks=tuple(one.seen(at, second, noise) for one in vehicles),
            signals={"S1": signal},
        )


def _engine(rules: Sequence[str]) -> RuleEngine:
    return RuleEngine(
        camera=camera(rules),
        box_id="bench",
        catalogue=built_in_catalogue(),
        detector=None,
        tracker="none",
        software_version="0",
    )


def measure(rules: Sequence[str], count: int, fps: float, profile: cProfile.Profile | None = None) -> tuple[float, int]:
    """CPU milliseconds of one scene, and how many cases there were in the measured ones."""
    engine = _engine(rules)
    spent_s, cases, scenes = 0.0, 0, 0
    for scene in itertools.islice(street(count, fps), round((WARM_UP_S + MEASURED_S) * fps)):
        is_measured = (scene.at - BEGAN_AT).total_seconds() >= WARM_UP_S
        if is_measured and profile is not None:
            profile.enable()
        began_s = time.thread_time()
        outputs = engine.step(scene)
        if is_measured:
            spent_s += time.thread_time() - began_s
            scenes += 1
            cases += sum(type(one).__name__ == "Case" for one in outputs)
        if profile is not None:
            profile.disable()
    return 1000 * spent_s / scenes, cases


def peaks_mib(count: int, fps: float) -> Iterator[float]:
    """The most memory that this process has held, street included, before the first scene and after each minute."""
    engine = _engine(list(RULES))
    yield _peak_mib()
    scenes = street(count, fps)
    for _ in range(MEMORY_MINUTES):
        for scene in itertools.islice(scenes, round(60 * fps)):
            engine.step(scene)
        yield _peak_mib()


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fps", type=float, default=10.0, help="pictures a second")
    parser.add_argument("--profile", action="store_true", help="print where the time goes with 100 tracks instead")
    parser.add_argument("--growth", action="store_true", help="print what 100 tracks cost with one rule to all instead")
    parser.add_argument("--memory", action="store_true", help="print the peak of memory with 100 tracks instead")
    options = parser.parse_args()
    look_seldom_for_cycles()
    if options.growth:
        print("rules  CPU ms of one scene, 100 tracks")
        for number in range(1, len(RULES) + 1):
            print(f"{number:>5}  {measure(list(RULES)[:number], 100, options.fps)[0]:.2f}", flush=True)
        return
    if options.memory:
        print("minutes  peak of memory in MiB, 100 tracks")
        for minutes, mib in enumerate(peaks_mib(100, options.fps)):
            print(f"{minutes:>7}  {mib:.1f}", flush=True)
        return
    if options.profile:
        profile = cProfile.Profile()
        measure(list(RULES), 100, options.fps, profile)
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)
        return
    print(f"CPU ms of one scene, and share of a core at {options.fps:g} pictures a second")
    print(f"{'tracks':>8}  {'all':>16}  {'over facts':>14}  " + "  ".join(f"{rule:>14}" for rule in ALONE) + "  cases")
    for count in TRACKS:
        whole_ms, cases = measure(list(RULES), count, options.fps)
        alone = [measure(rules, count, options.fps)[0] for rules in (BY_FACTS, *([rule] for rule in ALONE))]
        share = whole_ms * options.fps / 1000
        print(
            f"{count:>8}  {whole_ms:>8.2f} {share:>7.1%}  " + "  ".join(f"{ms:>14.2f}" for ms in alone) + f"  {cases}",
            flush=True,
        )


if __name__ == "__main__":
    main()
