# ruff: noqa: E402 - the number of threads is set before numpy is loaded
"""Compare trackers on clips with known tracks; prints a Markdown table.

python -m venv .bench && .bench/bin/pip install -r benchmarks/tracking-requirements.txt -e . "trackers>=2.6" boxmot
.bench/bin/python -m benchmarks.tracking --data DATA > benchmarks/tracking-result.md

A library that is not installed is left out and named. Every tracker gets the same boxes, one picture at a time, and is
judged by what it tells of that picture (coasting tracks are not counted for or against it).
"""

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # CPU time is compared, so nobody spreads over cores

import numpy as np
from numpy.typing import NDArray

from benchmarks.tracking_clips import (
    Clip,
    LineTruth,
    moving_crowd,
    ot_clips,
    spoiled,
    vn_clips,
    vn_labelled_clips,
    vn_labels,
)  # fmt: skip
from detectors.tracking.settings import TrackerSettings
from detectors.tracking.tracker import SteadyTracker
from domain.geometry import iou_matrix
from domain.seen.detections import Detections

Rows = NDArray[np.float64]
START = datetime(2026, 1, 5, tzinfo=UTC)
UNSEEN_S = 2.0  # every library is told to keep lost tracks this long, as ours does for moving objects


class Adapter(Protocol):
    """One tracker on one clip."""

    def step(self, seconds: float, boxes: Rows) -> Rows:
        """Take (M, 6) x1, y1, x2, y2, score, class; give (N, 5) id, x1, y1, x2, y2 of what is seen now."""
        ...


class Ours:
    """The product's tracker."""

    def __init__(self, clip: Clip) -> None:
        self._tracker = SteadyTracker(TrackerSettings())
        self._labels = clip.labels

    def step(self, seconds: float, boxes: Rows) -> Rows:
        """See Adapter."""
        detections = Detections(
            boxes_xyxy_px=boxes[:, :4].astype(np.float32),
            scores=boxes[:, 4].astype(np.float32),
            class_ids=boxes[:, 5].astype(np.int64),
            labels=self._labels,
        )
        tracks = self._tracker.update(START + timedelta(seconds=seconds), detections)
        told = [(track.track_id, *track.newest.box_xyxy_px) for track in tracks if track.observed]
        return np.array(told, np.float64).reshape(-1, 5)


class FromTrackers:
    """A tracker of the package ``trackers``."""

    def __init__(self, clip: Clip, name: str, **options: object) -> None:
        import trackers  # noqa: PLC0415 - may be absent

        kind = getattr(trackers, name)
        self._tracker = kind(lost_track_buffer=round(30 * UNSEEN_S), frame_rate=clip.frames_per_s, **options)

    def step(self, seconds: float, boxes: Rows) -> Rows:  # noqa: ARG002 - it counts frames
        """See Adapter."""
        import supervision  # noqa: PLC0415 - may be absent

        found = self._tracker.update(
            supervision.Detections(
                xyxy=boxes[:, :4].copy(), confidence=boxes[:, 4].copy(), class_id=boxes[:, 5].astype(int)
            )
        )
        told = found.tracker_id >= 0
        return np.concatenate((found.tracker_id[told, None], found.xyxy[told]), axis=1).reshape(-1, 5)


class FromBoxmot:
    """A tracker of the package ``boxmot`` that needs no appearance network."""

    def __init__(self, clip: Clip, module: str, name: str, **options: object) -> None:
        from importlib import import_module  # noqa: PLC0415 - beside the optional import

        kind = getattr(import_module(f"boxmot.trackers.{module}.{module}"), name)
        self._tracker: Any = kind(frame_rate=clip.frames_per_s, max_age=round(clip.frames_per_s * UNSEEN_S), **options)
        self._picture = np.zeros((1920, 2560, 3), np.uint8)

    def step(self, seconds: float, boxes: Rows) -> Rows:  # noqa: ARG002 - it counts frames
        """See Adapter."""
        told = np.asarray(self._tracker.update(boxes, self._picture), np.float64).reshape(len(boxes) and -1, 8)
        return told[:, [4, 0, 1, 2, 3]] if len(told) else np.zeros((0, 5))


Maker = Callable[[Clip], Adapter]


def contestants() -> dict[str, Maker]:
    """Every tracker that is installed, by name and version."""
    found: dict[str, Maker] = {"ours (SteadyTracker)": Ours}
    byte = {"track_activation_threshold": 0.4, "high_conf_det_threshold": 0.4}
    if installed("trackers"):
        of = f"trackers {version('trackers')}"
        found |= {
            f"{of} ByteTrack": lambda clip: FromTrackers(clip, "ByteTrackTracker", **byte),
            f"{of} OC-SORT": lambda clip: FromTrackers(clip, "OCSORTTracker", high_conf_det_threshold=0.4),
            f"{of} SORT": lambda clip: FromTrackers(clip, "SORTTracker"),
            f"{of} C-BIoU": lambda clip: FromTrackers(clip, "CBIoUTracker", **byte),
        }
    if installed("boxmot"):
        of = f"boxmot {version('boxmot')}"
        found |= {
            f"{of} ByteTrack": lambda clip: FromBoxmot(
                clip, "bytetrack", "ByteTrack", track_thresh=0.4, track_buffer=round(30 * UNSEEN_S)
            ),
            f"{of} OC-SORT": lambda clip: FromBoxmot(clip, "ocsort", "OcSort", use_byte=True, det_thresh=0.4),
        }
    return found


def installed(package: str) -> bool:
    """Whether a package can be compared."""
    try:
        version(package)
    except PackageNotFoundError:
        print(f"<!-- {package} is not installed and was left out -->")
        return False
    return True


def follow(maker: Maker, clip: Clip) -> dict[int, Rows]:
    """What a tracker tells of every picture of a clip."""
    tracker = maker(clip)
    return {picture: tracker.step(picture / clip.frames_per_s, boxes) for picture, boxes in clip.detections.items()}


def scores(clips: Sequence[Clip], told: Sequence[dict[int, Rows]]) -> dict[str, float]:
    """HOTA, IDF1 and id switches over all clips together."""
    from trackeval.metrics import CLEAR, HOTA, Identity  # noqa: PLC0415 - only this benchmark needs it

    options = {"PRINT_CONFIG": False}
    metrics = {"HOTA": HOTA(options), "Identity": Identity(options), "CLEAR": CLEAR(options)}
    data = {clip.name: _for_trackeval(clip, of_clip) for clip, of_clip in zip(clips, told, strict=True)}
    total = {
        name: metric.combine_sequences({clip: metric.eval_sequence(one) for clip, one in data.items()})
        for name, metric in metrics.items()
    }
    return {
        "HOTA": float(np.mean(total["HOTA"]["HOTA"])),
        "IDF1": float(total["Identity"]["IDF1"]),
        "IDSW": float(total["CLEAR"]["IDSW"]),
    }


def _for_trackeval(clip: Clip, told: dict[int, Rows]) -> dict[str, Any]:
    truth = [clip.truth[picture] for picture in clip.truth]
    ours = [told[picture] for picture in clip.truth]
    true_ids = {number: index for index, number in enumerate(sorted({int(i) for rows in truth for i in rows[:, 0]}))}
    our_ids = {number: index for index, number in enumerate(sorted({int(i) for rows in ours for i in rows[:, 0]}))}
    return {
        "num_timesteps": len(truth),
        "num_gt_ids": len(true_ids),
        "num_tracker_ids": len(our_ids),
        "num_gt_dets": sum(map(len, truth)),
        "num_tracker_dets": sum(map(len, ours)),
        "gt_ids": [np.array([true_ids[int(i)] for i in rows[:, 0]], int) for rows in truth],
        "tracker_ids": [np.array([our_ids[int(i)] for i in rows[:, 0]], int) for rows in ours],
        "similarity_scores": [iou_matrix(a[:, 1:5], b[:, 1:5]) for a, b in zip(truth, ours, strict=True)],
    }


def line_crossings(clips: Sequence[Clip], told: Sequence[dict[int, Rows]], labels: Iterable[LineTruth]) -> str:
    """How many true crossings of the red line a tracker's ids show, and how many it makes up."""
    line_of = {label.clip: label.line_y_px for label in labels}
    true_count = hits = false_alarms = 0
    for clip, of_clip in zip(clips, told, strict=True):
        line_y_px = line_of[clip.name]
        wanted = set(_crossings(clip.truth, line_y_px).values())
        true_count += len(wanted)
        for found in _crossings(of_clip, line_y_px).values():
            near = [one for one in wanted if abs(one[0] - found[0]) <= 5 and _close(one[1], found[1])]
            if near:
                wanted.discard(near[0])
                hits += 1
            else:
                false_alarms += 1
    return f"{hits}/{true_count}, {false_alarms} wrong"


def _close(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return float(iou_matrix(np.array([a]), np.array([b]))[0, 0]) > 0.1


def _crossings(by_picture: dict[int, Rows], line_y_px: float) -> dict[int, tuple[int, tuple[float, ...]]]:
    """The first picture beyond the line of every id that began before it."""
    began: dict[int, bool] = {}
    crossed: dict[int, tuple[int, tuple[float, ...]]] = {}
    for picture, rows in by_picture.items():
        for row in rows:
            number, bottom = int(row[0]), row[4]
            before = began.setdefault(number, bottom > line_y_px)
            if before and bottom < line_y_px and number not in crossed:
                crossed[number] = (picture, tuple(row[1:5].tolist()))
    return crossed


def parked_car(minutes: float = 10.0) -> Clip:
    """A car that stands, seen at 5 pictures a second in one picture of ten and not at all for up to 90 s."""
    random = np.random.default_rng(7)
    detections, blind_until = {}, 0
    for picture in range(int(minutes * 60 * 5)):
        if picture > 50 and picture >= blind_until and random.random() < 1 / 150:
            blind_until = picture + int(random.uniform(100, 450))
        seen = picture <= 50 or (picture >= blind_until and random.random() < 0.1)
        box = np.array([400, 300, 640, 460]) + random.normal(0, 3, 4)
        detections[picture] = np.array([[*box, 0.6, 0.0]]) if seen else np.zeros((0, 6))
    return Clip(name="parked", frames_per_s=5.0, truth={}, detections=detections, labels=("car",))


def ids_told(maker: Maker, clip: Clip) -> str:
    """How many ids a tracker gives to a clip's one object, and how many of its sightings it tells under the first."""
    told = [int(row[0]) for rows in follow(maker, clip).values() for row in rows]
    sightings = sum(map(len, clip.detections.values()))
    return f"{len(set(told))} ({100 * told.count(told[0]) / sightings:.0f} %)"


def cpu_ms(maker: Maker, clip: Clip) -> float:
    """CPU milliseconds a picture; the best of three runs."""
    times = []
    for _ in range(3):
        began = time.process_time()
        follow(maker, clip)
        times.append(time.process_time() - began)
    return 1000 * min(times) / len(clip.detections)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--quick", action="store_true", help="every fourth clip only")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    everything = vn_clips(arguments.data)[:: 4 if arguments.quick else 1]

    def worse(stride: int, *, missed: float, jitter: float, unsure: float = 0.0) -> list[Clip]:
        return [
            spoiled(clip, missed=missed, jitter=jitter, seed=seed, unsure=unsure, stride=stride)
            for seed, clip in enumerate(everything)
        ]

    sets = {
        "as logged, 10/s": everything,
        "20 % missed": worse(1, missed=0.2, jitter=0.0),
        "jitter 5 %": worse(1, missed=0.0, jitter=0.05),
        "20 % missed, jitter 5 %, 20 % unsure": worse(1, missed=0.2, jitter=0.05, unsure=0.2),
        "the same at 5/s": worse(2, missed=0.2, jitter=0.05, unsure=0.2),
        "two junction clips, 20/s": ot_clips(arguments.data),
    }
    makers = contestants()
    for title, clips in sets.items():
        print(f"\n### {title} ({len(clips)} clips, {sum(len(clip.truth) for clip in clips)} pictures)\n")
        print("| tracker | HOTA | IDF1 | id switches |\n|---|---|---|---|")
        for name, maker in makers.items():
            result = scores(clips, [follow(maker, clip) for clip in clips])
            print(f"| {name} | {result['HOTA']:.3f} | {result['IDF1']:.3f} | {result['IDSW']:.0f} |")
            sys.stdout.flush()
    labelled, labels = vn_labelled_clips(arguments.data), vn_labels(arguments.data)
    parked, crowds = parked_car(), (moving_crowd(30), moving_crowd(100))
    print("\n### The red line, a parked car, and what it costs\n")
    print(
        "| tracker | crossings found of true ones | ids for one parked car in 10 min (its sightings under the first) "
        "| ms, 30 objects | ms, 100 objects |"
    )
    print("|---|---|---|---|---|")
    for name, maker in makers.items():
        lines = line_crossings(labelled, [follow(maker, clip) for clip in labelled], labels)
        cost = [cpu_ms(maker, crowd) for crowd in crowds]
        print(f"| {name} | {lines} | {ids_told(maker, parked)} | {cost[0]:.2f} | {cost[1]:.2f} |")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
