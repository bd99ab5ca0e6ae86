"""CPU time of another checkout against this one, some pictures each in turns: a ratio that holds on a loaded machine.

    python -m benchmarks.paired OTHER_CHECKOUT TRACKS|SCENE/LEVEL ... [--pictures 1000]

``TRACKS`` is the made-up street of ``benchmarks.rules`` with so many tracks and all its rules; a folder is one that
``benchmarks.sumo generate`` wrote, replayed from its log as the product does. Both run in this interpreter's
environment, each in a process of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from benchmarks import rules as street_of_rules
from detectors.tracking.tracker import SteadyTracker
from domain.law.catalogue import built_in_catalogue
from edge.configuration.camera_files import read_camera_file
from edge.run.detection_log import DetectionLog
from edge.run.run_maker import RunMaker
from edge.run.signal_log import read_signal_log
from plumbing.collecting import look_seldom_for_cycles

_TURN = 50  # pictures
_FPS = 10.0
Steps = Iterator[Callable[[], object]]


def _street(tracks: int) -> Steps:
    engine = street_of_rules._engine(list(street_of_rules.RULES))  # noqa: SLF001 - benchmarks of one house
    for scene in street_of_rules.street(tracks, _FPS):
        yield lambda scene=scene: engine.step(scene)  # type: ignore[misc]


def _replay(folder: Path) -> Steps:
    camera = read_camera_file(folder / "camera.yaml")
    run = RunMaker(
        box_id="paired",
        catalogue=built_in_catalogue(),
        detector=None,
        make_tracker=lambda ids: SteadyTracker(ids=ids),
    ).make(camera, None)
    signals = sorted(read_signal_log(folder / "signals.jsonl"), key=lambda entry: entry.at)
    seen = iter(DetectionLog(folder / "detections.jsonl"))

    def step() -> None:
        picture = next(seen)
        while signals and signals[0].at <= picture.at:
            entry = signals.pop(0)
            run.report_signal(entry.signal_id, entry.at, entry.state)
        run.judge(picture)

    yield from (step for _ in count())


def _work(target: str) -> None:
    """A turn for every line of input; the answer is its CPU seconds, negative where there are no pictures left."""
    look_seldom_for_cycles()
    steps = _street(int(target)) if target.isdigit() else _replay(Path(target))
    for _ in sys.stdin:
        spent_s = 0.0
        for _ in range(_TURN):
            step = next(steps)
            began_s = time.process_time()
            try:
                step()
            except StopIteration:
                spent_s = -1.0
                break
            spent_s += time.process_time() - began_s
        print(json.dumps(spent_s), flush=True)


def _started(checkout: Path, target: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-P", __file__, "--work", target],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _turn(worker: "subprocess.Popen[str]") -> float:
    if worker.stdin is None or worker.stdout is None:
        raise RuntimeError("a worker without pipes")
    worker.stdin.write("\n")
    worker.stdin.flush()
    return float(json.loads(worker.stdout.readline()))


def compare(other: Path, target: str, most_pictures: int) -> tuple[float, float]:
    """CPU ms of one picture, of the other checkout and of this one."""
    workers = [_started(checkout, target) for checkout in (other, Path(__file__).parent.parent)]
    spent_s, turns = [0.0, 0.0], 0
    while turns * _TURN < most_pictures:
        order = (0, 1) if turns % 2 else (1, 0)  # who goes first warms the caches
        took = {index: _turn(workers[index]) for index in order}
        if min(took.values()) < 0:
            break
        spent_s = [spent_s[index] + took[index] for index in (0, 1)]
        turns += 1
    for worker in workers:
        worker.kill()
        worker.communicate()
    before_ms, after_ms = (1000 * one / (turns * _TURN) for one in spent_s)
    return before_ms, after_ms


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", help="one of the two processes")
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("other", nargs="?", type=Path)
    parser.add_argument("targets", nargs="*")
    options = parser.parse_args()
    if options.work:
        _work(options.work)
        return
    print("| tracks or scene | before, CPU ms a picture | after | ratio |\n|---|---|---|---|")
    for target in options.targets:
        name = target if target.isdigit() else str(Path(target).resolve())
        before_ms, after_ms = compare(options.other.resolve(), name, options.pictures)
        print(
            f"| {Path(target).parent.name or target} | {before_ms:.2f} | {after_ms:.2f} | {after_ms / before_ms:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
