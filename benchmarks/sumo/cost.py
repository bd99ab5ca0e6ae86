"""``python -m benchmarks.sumo.cost SCENE/LEVEL ...``: CPU seconds of a simulated hour, by where they go."""

import argparse
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from detectors.tracking.tracker import SteadyTracker
from domain.law.catalogue import built_in_catalogue
from domain.seen.scene import Scene
from edge.configuration.camera_files import read_camera_file
from edge.run.detection_log import DetectionLog
from plumbing.collecting import look_seldom_for_cycles
from rules.engine import RuleEngine
from rules.facts.facts import FactBook
from rules.registry import read_use

_HOUR_S = 3600.0


@dataclass(slots=True)
class Cost:
    """CPU seconds of one scene."""

    read_s: float = 0.0
    tracker_s: float = 0.0
    facts_s: float = 0.0
    engine_s: float = 0.0  # facts, rules and cases
    pictures: int = 0
    tracks: int = 0  # summed over the pictures
    seconds: float = 0.0


def cost_of(folder: Path) -> Cost:
    """Run one written scene and measure; facts are worked out once more by themselves."""
    camera = read_camera_file(folder / "camera.yaml")
    tracker = SteadyTracker(ids=count(1))
    engine = RuleEngine(
        camera=camera, box_id="cost", catalogue=built_in_catalogue(), detector=None, tracker=tracker.name,
        software_version="0",
    )  # fmt: skip
    uses = [read_use(camera, use) for use in camera.rules]
    places = [use.rule.place_ids(camera, use.parameters) for use in uses if not isinstance(use, tuple)]
    book = FactBook(camera, frozenset().union(*places))
    cost = Cost()
    mark = time.process_time()
    first = None
    for seen in DetectionLog(folder / "detections.jsonl"):
        read = time.process_time()
        tracks = tracker.update(seen.at, seen.detections)
        tracked = time.process_time()
        scene = Scene(
            camera_id=camera.id, at=seen.at, clock_error_ms=seen.clock_error_ms, resolution_wh=seen.resolution_wh,
            tracks=tracks, signals={},
        )  # fmt: skip
        engine.step(scene)
        judged = time.process_time()
        book.step(scene)
        cost.read_s += read - mark
        cost.tracker_s += tracked - read
        cost.engine_s += judged - tracked
        mark = time.process_time()
        cost.facts_s += mark - judged
        cost.pictures += 1
        cost.tracks += len(tracks)
        first = first or seen.at
        cost.seconds = (seen.at - first).total_seconds()
    return cost


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", type=Path, nargs="+", metavar="SCENE/LEVEL")
    folders: list[Path] = parser.parse_args().scenes
    look_seldom_for_cycles()
    print(
        "| scene | pictures a second | tracks a picture | read | tracker | facts | rules and cases | all, s an hour |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for folder in folders:
        cost = cost_of(folder)
        hours = cost.seconds / _HOUR_S
        parts = (cost.read_s, cost.tracker_s, cost.facts_s, max(0.0, cost.engine_s - cost.facts_s))
        print(
            f"| {folder.parent.name} | {cost.pictures / cost.seconds:.1f} | {cost.tracks / cost.pictures:.1f} | "
            + " | ".join(f"{part / hours:.1f}" for part in (*parts, cost.read_s + cost.tracker_s + cost.engine_s))
            + " |"
        )


if __name__ == "__main__":
    main()
