# ruff: noqa: E402 - the number of threads is set before numpy is loaded
"""What detection and tracking of one 1080p frame cost beside the network itself; prints a Markdown table.

.venv/bin/python -m benchmarks.detector --manifest models/manifest.toml --data ../shared/data

CPU milliseconds (user and system) of this process, everything on one thread.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import cv2
import numpy as np

from benchmarks.tracking_clips import moving_crowd
from detectors.decode import decode_anchor_free, decode_end_to_end
from detectors.lamps.looking import read_lamps
from detectors.letterbox import place, write_input
from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.sessions import open_session
from detectors.tracking.tracker import SteadyTracker
from domain.geometry import ImageBgr
from domain.seen.detections import Detections
from domain.seen.frame import BgrPicture, Frame

START = datetime(2026, 1, 5, tzinfo=UTC)


def cpu_ms(work: Callable[[], object], times: int) -> float:
    """CPU milliseconds of one call: the median of five runs, each long enough for the clock."""
    work()
    taken = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(max(times // 5, 1)):
            work()
        taken.append(1000 * (time.process_time() - began) / max(times // 5, 1))
    return statistics.median(taken)


def tracking_ms(objects: int) -> float:
    """CPU milliseconds of one tracker update: the median of three runs over 300 pictures."""
    crowd, taken = moving_crowd(objects), []
    pictures = [
        (
            START + timedelta(seconds=picture / crowd.frames_per_s),
            Detections(
                boxes_xyxy_px=rows[:, :4].astype(np.float32),
                scores=rows[:, 4].astype(np.float32),
                class_ids=rows[:, 5].astype(np.int64),
                labels=crowd.labels,
            ),
        )
        for picture, rows in crowd.detections.items()
    ]
    for _ in range(3):
        tracker = SteadyTracker()
        began = time.process_time()
        for at, detections in pictures:
            tracker.update(at, detections)
        taken.append(1000 * (time.process_time() - began) / len(pictures))
    return statistics.median(taken)


def anchor_free_output(objects: int, anchors: int = 5040, classes: int = 80) -> np.ndarray:
    """What an anchor-free head says of some objects, each found by ten anchors."""
    random = np.random.default_rng(1)
    output = random.random((4 + classes, anchors), np.float32) * np.float32(0.05)
    output[:4] = random.uniform(20, 300, (4, anchors))
    for number in range(objects):
        box = random.uniform((50, 50, 20, 20), (590, 330, 80, 80))
        for anchor in random.integers(0, anchors, 10).tolist():
            output[:4, anchor] = box + random.normal(0, 1.5, 4)
            output[4 + number % classes, anchor] = random.uniform(0.3, 0.9)
    return output


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifest", type=Path, default=Path("models/manifest.toml"))
    parser.add_argument("--model", default="street-n")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--times", type=int, default=100)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    spec = find_model(read_manifest(arguments.manifest), arguments.model, DetectorSpec)
    session = open_session(spec)
    source = cv2.imread(str(arguments.data / "street/vn_redlight/frames/frame_0010.jpg"))
    assert source is not None, "the picture is missing"
    picture: ImageBgr = np.asarray(cv2.resize(source, (1920, 1080)), np.uint8)
    frame = Frame(camera_id="c", index=0, captured_at=START, clock_error_ms=None, picture=BgrPicture(picture))
    tensor = np.zeros((1, 3, spec.input_wh[1], spec.input_wh[0]), np.float32)
    rgb = spec.color == "rgb"
    write_input(picture, tensor[0], rgb=rgb, scale=spec.scale, pad_value=spec.pad_value)
    feed = {session.get_inputs()[0].name: tensor}
    output = session.run(None, feed)[0][0]
    raw = anchor_free_output(30)
    placement = place((1920, 1080), spec.input_wh)
    detector = OnnxDetector(spec=spec, session=session)
    inner = (placement.inner_wh[0], placement.inner_wh[1])
    stages = {
        "scale 1920x1080 into the input (OpenCV alone)": lambda: cv2.resize(picture, inner),
        "letterbox and tensor, all of it": lambda: write_input(
            picture, tensor[0], rgb=rgb, scale=spec.scale, pad_value=spec.pad_value
        ),
        "the network": lambda: session.run(None, feed),
        "decode, end-to-end head": lambda: decode_end_to_end(output, score_threshold=0.25),
        "decode and NMS, anchor-free head, 80 classes, 30 objects": lambda: decode_anchor_free(
            raw, score_threshold=0.25, iou_threshold=0.7
        ),
        "the detector as the pipeline calls it": lambda: detector.detect([frame]),
        "read a traffic light": lambda: read_lamps(picture[102:246, 1778:1829]),
    }
    print(f"{spec.name}, {spec.input_wh[0]}x{spec.input_wh[1]}, one thread\n\n| stage | CPU ms |\n|---|---|")
    cost = {name: cpu_ms(work, arguments.times) for name, work in stages.items()}
    for name, taken in cost.items():
        print(f"| {name} | {taken:.3f} |")
    tracking = {objects: tracking_ms(objects) for objects in (10, 30, 100)}
    for objects, taken in tracking.items():
        print(f"| tracker, {objects} moving objects | {taken:.3f} |")
    beside = cost["letterbox and tensor, all of it"] + cost["decode, end-to-end head"] + tracking[30]
    print(f"\nBeside the network, with 30 objects: {beside:.2f} ms a frame.")


if __name__ == "__main__":
    main()
