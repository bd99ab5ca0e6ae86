"""Riders and heads on footage that no network learned from: ``python -m benchmarks.riders ../shared/data``.

Truth by one person, on enlarged crops: heads (``models/heads/region_labels.tsv``) and ``counts.tsv`` without seeing
what was told.
Pictures of a camera show the same people several times; the intervals take each for another.
"""

import argparse
import csv
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.pictures import read_bgr
from benchmarks.riders.looking import Found, Marks, camera_of, find, open_networks, run_of
from benchmarks.riders.rides import composed
from benchmarks.riders.stills import told_stills
from detectors.onnx_detector import OnnxDetector
from detectors.riders.head_classifier import HeadClassifier
from domain.cases.case import Case
from domain.errors import EndOfSource
from domain.geometry import BoxPx, ImageBgr, box_iou
from ingest.recorded.video_file import VideoFileSource
from matthan.model_eval.intervals import share_of
from matthan.replay.replay import default_start
from plumbing.system_clock import SystemClock
from rules.outcome import RuleOutput

CAMERA = "riders/india_fixed_cam/train"
CLIPS = ("street/hanoi_junctions/16h15.25.9.22.mp4",)
TOLD = ("helmet", "bare", "other")
_HERE = Path(__file__).parent


def told_heads(found: dict[str, Found]) -> None:
    """Print how often each label was right."""
    marks = Marks()
    confusion: Counter[tuple[str, str]] = Counter()
    told_of_all: Counter[str] = Counter()
    for name, one in found.items():
        for head, wear in one.heads:
            told_of_all[wear] += 1
            confusion[wear, marks.of(name, head)] += 1
    columns = ("helmet", "bare", "other", "cannot_tell", "not marked")
    print(f"### Heads told, {sum(told_of_all.values())} riders' heads in {len(found)} pictures\n")
    print(f"| told | {' | '.join(f'by eye {one}' for one in columns)} | right |\n|---|{'---|' * (len(columns) + 1)}")
    for wear in TOLD:
        seen = [confusion[wear, one] for one in columns]
        print(f"| {wear} | {' | '.join(map(str, seen))} | {share_of(confusion[wear, wear], sum(seen[:4]))} |")
    print(f"\ntold cannot_tell: {share_of(told_of_all['cannot_tell'], sum(told_of_all.values()))}")
    print(f"seating and looks: {sum(one.looks_ms for one in found.values()) / len(found):.1f} CPU ms a picture, "
          f"{sum(one.looks_ms for one in found.values()) / sum(told_of_all.values()):.2f} a head\n")  # fmt: skip


def told_counts(found: dict[str, Found], data: Path) -> None:
    """Print how often riders were counted rightly."""
    confusion: Counter[tuple[str, str]] = Counter()
    for row in _rows("counts.tsv"):
        one = found[row["picture"]]
        box = _labelled(data / CAMERA / "labels" / f"{Path(row['picture']).stem}.txt")[int(row["box"])]
        inside = [
            (box_iou(box, motorcycle), count)
            for motorcycle, count in zip(one.motorcycles, one.counts, strict=True)
            if _share_inside(motorcycle, box) > 0.6
        ]
        confusion[row["people"], max(inside)[1] if inside else "not found"] += 1
    columns = ("1", "2", "3+", "unknown", "not found")
    print("### Riders counted\n")
    print(f"| by eye | {' | '.join(f'told {one}' for one in columns)} |\n|---|{'---|' * len(columns)}")
    for people in ("1", "2", "?"):
        print(f"| {people} | {' | '.join(str(confusion[people, one]) for one in columns)} |")
    for people in ("1", "2"):
        told = sum(confusion[people, one] for one in ("1", "2", "3+"))
        print(f"\nof {people}, told so where anything is told: {share_of(confusion[people, people], told)}")
    told_two = sum(confusion[people, "2"] for people in ("1", "2", "?"))
    told_three = sum(confusion[people, "3+"] for people in ("1", "2", "?"))
    print(f"\ntold 2, rightly: {share_of(confusion['2', '2'], told_two)}")
    print(f"\ntold 3 or more, rightly: {share_of(0, told_three)}\n")


def clip(path: Path, detector: OnnxDetector, heads: HeadClassifier) -> None:
    """Print what the rules make of a clip, with a lane over the whole picture."""
    camera = camera_of((640, 480))
    run = run_of(camera, detector, heads)
    source = VideoFileSource(
        camera_id=camera.id,
        path=path,
        started_at=default_start(camera),
        clock=SystemClock(),
        analysed_fps=camera.stream.analysed_fps,
    )
    pictures, looked_ms, looks = 0, 0.0, 0
    wears, counts = Counter[str](), Counter[str]()
    outputs: list[RuleOutput] = []
    while True:
        try:
            frame = source.read(60.0)
        except EndOfSource:
            break
        if frame is None:
            continue
        (detections,) = detector.detect([frame])
        began_s = time.process_time()
        seen = run.look(frame, detections)
        looked_ms += 1000 * (time.process_time() - began_s)
        pictures += 1
        for look in seen.riders.looks if seen.riders is not None else ():
            looks += 1
            counts[str(look.count)] += 1
            wears.update(look.wears)
        outputs += run.judge(seen) or ()
    outputs += run.finish()
    cases = Counter(item.violation.code for item in outputs if isinstance(item, Case))
    print(f"### {path.name}: {pictures} pictures\n")
    print(f"- {looks} looks, {looks / pictures:.2f} a picture; counted {dict(sorted(counts.items()))}")
    print(f"- heads told {dict(sorted(wears.items()))}")
    print(f"- view, riders and all else that is looked at: {looked_ms / pictures:.2f} CPU ms a picture")
    print(f"- cases {dict(cases)}; refused {dict(run.refusals)}\n")


def _labelled(path: Path) -> list[BoxPx]:
    boxes = []
    for line in path.read_text(encoding="utf-8").splitlines():
        numbers = [1024 * float(value) for value in line.split()[1:]]
        if len(numbers) == 4:
            x, y, wide, tall = numbers
            boxes.append((x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2))
        elif numbers:
            boxes.append((min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])))
    return boxes


def _share_inside(box: BoxPx, around: BoxPx) -> float:
    wide, tall = min(box[2], around[2]) - max(box[0], around[0]), min(box[3], around[3]) - max(box[1], around[1])
    return max(wide, 0.0) * max(tall, 0.0) / ((box[2] - box[0]) * (box[3] - box[1]))


def _rows(name: str) -> list[dict[str, str]]:
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _pictures(data: Path) -> Iterator[tuple[str, ImageBgr]]:
    for path in sorted((data / CAMERA / "images").glob("*.jpg")):
        yield path.name, read_bgr(path)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the recorded data")
    data = parser.parse_args().data
    detector, heads = open_networks()
    found = {name: find(picture, detector, heads) for name, picture in _pictures(data)}
    told_heads(found)
    told_counts(found, data)
    told_stills(data, detector, heads)
    for name in CLIPS:
        clip(data / name, detector, heads)
    composed(data, detector, heads)


if __name__ == "__main__":
    main()
