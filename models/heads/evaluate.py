"""Prints how well heads of riders are found and told apart, and riders counted, through the product's own classes.

    python models/heads/evaluate.py --data DATA [--part test] [--errors sheet.png]

Heads are the ones marked by hand in ``labels.tsv``. "As marked" looks at the marked boxes, "as found" at the heads that
follow from street-n's people at 1280x736, as a camera's pipeline would. Shares have 95 % Wilson intervals, which take
every head for a person of its own, though some people are in several pictures: the truth is less sure than they say.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from head_data import (
    CANNOT_TELL,
    CLASSES,
    INPUT_WH,
    LABELS,
    Box,
    HeadLabel,
    Picture,
    grid,
    read,
    read_labels,
    region_heads,
)

from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec, HeadSpec
from detectors.onnx_detector import OnnxDetector
from detectors.riders.head_classifier import HeadClassifier
from detectors.riders.head_region import cut_head, head_region
from detectors.riders.seating import SeatingSettings, seat_riders
from detectors.sessions import open_session
from domain.geometry import BoxPx, box_iou
from matthan.model_eval.intervals import share_of

MANIFEST = Path(__file__).resolve().parents[1] / "manifest.toml"
DETECTOR_WH = (1280, 736)
SAME_MOTORCYCLE_IOU, SAME_HEAD_IOU = 0.5, 0.3
UNSQUEEZED = 1.5  # pictures that were squeezed to squares, to somewhere between 4:3 and 16:9
WIDTHS_PX = (6, 8, 10, 12, 16, 20, 24)
Told = tuple[HeadLabel, str]


def head_tables(title: str, told: Sequence[Told]) -> None:
    """Print confusion, precision and recall."""
    seen = Counter((label.wear, wear) for label, wear in told)
    columns = (*LABELS, CANNOT_TELL)
    print(f"\n### {title}: {len(told)} heads\n\n| truth | {' | '.join(f'told {one}' for one in columns)} |")
    print("|---|" + "---|" * len(columns))
    for truth in columns:
        print(f"| {truth} | {' | '.join(str(seen[truth, one]) for one in columns)} |")
    print("\n| class | precision of told heads | recall | recall of those told |\n|---|---|---|---|")
    for name in LABELS:
        right = seen[name, name]
        named = sum(seen[truth, name] for truth in columns)
        there, there_told = (sum(seen[name, one] for one in over) for over in (columns, LABELS))
        print(f"| {name} | {share_of(right, named)} | {share_of(right, there)} | {share_of(right, there_told)} |")
    knowable = [pair for pair in told if pair[0].wear != CANNOT_TELL]
    silent = sum(wear == CANNOT_TELL for _, wear in knowable)
    sure = [(label, wear) for label, wear in knowable if wear != CANNOT_TELL]
    print(f"\nheads that a person can tell, told cannot_tell: {share_of(silent, len(knowable))}")
    print(f"told rightly of those told: {share_of(sum(label.wear == wear for label, wear in sure), len(sure))}")


def region_table(data: Path, part: str, classifier: HeadClassifier) -> None:
    """Print what is told of heads where the product finds them, by camera; those of riders and of people on foot."""
    seen: dict[str, Counter[tuple[str, str]]] = {}
    for label, head in region_heads(data, part):
        picture, (x1, y1, x2, y2) = head.picture_bgr, head.box
        if head.is_squeezed:
            picture = cv2.resize(picture, None, fx=UNSQUEEZED, fy=1.0).astype("uint8")
            x1, x2 = UNSQUEEZED * x1, UNSQUEEZED * x2
        (look,) = classifier.look(picture, [(x1, y1, x2, y2)])
        for camera in (label.picture.split("/")[1], "all"):
            seen.setdefault(camera, Counter())[label.wear, look.wear] += 1
    print("\n### Heads where the product finds them, what nobody can tell counted as wrong\n")
    print("| camera | helmet told rightly | of helmets | bare told rightly | of bare | told bare, by eye helmet |")
    print("|---|---|---|---|---|---|")
    for camera, told in sorted(seen.items()):
        cells = []
        for name in ("helmet", "bare"):
            right = told[name, name]
            cells.append(share_of(right, sum(told[truth, name] for truth in CLASSES)))
            cells.append(share_of(right, sum(told[name, one] for one in CLASSES)))
        print(f"| {camera} | {' | '.join(cells)} | {told['helmet', 'bare']} |")


def sizes(rows: Sequence[HeadLabel], pictures: dict[str, Picture], classifier: HeadClassifier) -> None:
    """Print what a person can tell by the width of a head, and what is told of heads made smaller."""
    print("\n### Width of heads\n\n| marked heads, px wide | a person cannot tell |\n|---|---|")
    edges = (0, 8, 12, 16, 20, 28, 10_000)
    for low, high in pairwise(edges):
        of = [row for row in read_labels() if low <= row.head[2] - row.head[0] < high]
        print(f"| {low} to {high} | {share_of(sum(row.wear == CANNOT_TELL for row in of), len(of))} |")
    print(
        "\n| the part's heads that a person can tell, made px wide | right | cannot_tell | wrong |\n|---|---|---|---|"
    )
    for width in WIDTHS_PX:
        count: Counter[str] = Counter()
        for row in rows:
            factor = width / (row.head[2] - row.head[0])
            if row.wear == CANNOT_TELL or factor > 1:
                continue
            small = cv2.resize(around(pictures[row.picture], row.head), None, fx=factor, fy=factor, interpolation=3)
            centre = (small.shape[1] / 2, small.shape[0] / 2)
            half_w, half_h = (factor * (row.head[at + 2] - row.head[at]) / 2 for at in (0, 1))
            enlarge = 8.0  # past the rule on size, so that the network itself is seen
            seen = cv2.resize(small, None, fx=enlarge, fy=enlarge, interpolation=cv2.INTER_LINEAR)
            x, y, w, h = (enlarge * value for value in (*centre, half_w, half_h))
            (look,) = classifier.look(np.asarray(seen, np.uint8), [(x - w, y - h, x + w, y + h)])
            count["right" if look.wear == row.wear else look.wear if look.wear == CANNOT_TELL else "wrong"] += 1
        print(f"| {width} | {count['right']} | {count[CANNOT_TELL]} | {count['wrong']} |")


def around(picture: Picture, head: Box) -> Picture:
    """The head and as much again on every side, the head in the middle."""
    x1, y1, x2, y2 = head
    side = round(3 * max(x2 - x1, y2 - y1))
    return cv2.getRectSubPix(picture, (side, side), ((x1 + x2) / 2, (y1 + y2) / 2)).astype("uint8")


def nearest(head: Box, regions: Sequence[BoxPx]) -> int:
    """Row of the region that overlaps a head most; -1 without any."""
    best = max(range(len(regions)), key=lambda row: box_iou(head, regions[row]), default=-1)
    return best if best >= 0 and box_iou(head, regions[best]) > 0 else -1


def people_and_motorcycles(detector: OnnxDetector, picture: Picture) -> tuple[list[BoxPx], list[BoxPx]]:
    """Boxes of both, as a camera's pipeline has them."""
    boxes = detector.look([picture])[0]
    of: dict[str, list[BoxPx]] = {"person": [], "motorcycle": []}
    for row, (x1, y1, x2, y2) in enumerate(boxes.boxes_xyxy_px.tolist()):
        of.get(boxes.label_of(row), []).append((x1, y1, x2, y2))
    return of["person"], of["motorcycle"]


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MATTHAN_DATA", "../shared/data")))
    parser.add_argument("--part", choices=("train", "val", "test"), default="test")
    parser.add_argument("--manifest", type=Path, default=MANIFEST)
    parser.add_argument("--errors", type=Path, help="where a sheet of the heads told wrongly is written")
    given = parser.parse_args()
    specs = read_manifest(given.manifest)
    spec = find_model(specs, "heads", HeadSpec)
    classifier = HeadClassifier(spec=spec, session=open_session(spec))
    street = find_model(specs, "street-n", DetectorSpec)
    street = street.model_copy(update={"input_size_wh": DETECTOR_WH})
    detector = OnnxDetector(spec=street, session=open_session(street))

    rows = [row for row in read_labels() if row.part == given.part]
    pictures = {name: read(given.data, name) for name in {row.picture for row in rows}}
    found = {name: people_and_motorcycles(detector, picture) for name, picture in pictures.items()}
    marked = [(row, classifier.look(pictures[row.picture], [row.head])[0]) for row in rows]
    chained: list[Told] = []
    hits: Counter[str] = Counter()
    for row in rows:
        regions = [head_region(person) for person in found[row.picture][0]]
        at = nearest(row.head, regions)
        rider = f"{'riders' if row.motorcycle else 'others'}, {row.picture.split('/')[1]}"
        hits[rider] += 1
        if at < 0:
            continue
        x, y = (regions[at][0] + regions[at][2]) / 2, (regions[at][1] + regions[at][3]) / 2
        hits[f"{rider} centre"] += row.head[0] <= x <= row.head[2] and row.head[1] <= y <= row.head[3]
        if box_iou(row.head, regions[at]) >= SAME_HEAD_IOU:
            hits[f"{rider} overlap"] += 1
            chained.append((row, classifier.look(pictures[row.picture], [regions[at]])[0].wear))

    print(f"part {given.part}: {len(rows)} heads in {len(pictures)} pictures; heads.onnx {spec.sha256[:12]}")
    head_tables("heads of riders, as marked", [(row, look.wear) for row, look in marked if row.motorcycle])
    others = [(row, look.wear) for row, look in marked if not row.motorcycle]
    head_tables("heads of people who ride no motorcycle that has a box, as marked", others)
    head_tables("heads of riders, as found", [pair for pair in chained if pair[0].motorcycle])
    print("\n### Heads found\n")
    print("| whose, camera | centre in the head | IoU of at least 0.3 |\n|---|---|---|")
    for rider in sorted({name for name in hits if not name.endswith((" centre", " overlap"))}):
        of = hits[rider]
        print(f"| {rider} | {share_of(hits[f'{rider} centre'], of)} | {share_of(hits[f'{rider} overlap'], of)} |")
    region_table(given.data, given.part, classifier)
    counts(rows, found)
    sizes(rows, pictures, classifier)
    if given.errors:
        grid(
            [
                (
                    cut_head(pictures[row.picture], row.head, INPUT_WH),
                    f"{row.wear[:6]}>{look.wear[:6]} {look.confidence:.2f}",
                )
                for row, look in marked
                if row.wear != look.wear
            ],
            given.errors,
        )


def counts(rows: Sequence[HeadLabel], found: dict[str, tuple[list[BoxPx], list[BoxPx]]]) -> None:
    """Print riders told against riders that are there."""
    told: Counter[tuple[str, str]] = Counter()
    for picture, box, riders in sorted({(r.picture, r.motorcycle, r.riders) for r in rows if r.motorcycle}):
        if riders == "?":
            continue
        people, motorcycles = found[picture]
        at = max(range(len(motorcycles)), key=lambda row: box_iou(box, motorcycles[row]), default=-1)
        if at < 0 or box_iou(box, motorcycles[at]) < SAME_MOTORCYCLE_IOU:
            told[riders, "not found"] += 1
        else:
            told[riders, seat_riders(motorcycles, people, SeatingSettings())[at].count] += 1
    columns = ("1", "2", "3+", "unknown", "not found")
    print(f"\n### Riders of a motorcycle\n\n| truth | {' | '.join(f'told {one}' for one in columns)} |")
    print("|---|" + "---|" * len(columns))
    for truth in ("1", "2", "3"):
        print(f"| {truth} | {' | '.join(str(told[truth, one]) for one in columns)} |")
    named = {pair: number for pair, number in told.items() if pair[1] in {"1", "2", "3+"}}
    right = sum(number for (truth, one), number in named.items() if truth == one)
    print(f"\nright of those told: {share_of(right, sum(named.values()))}")
    print(f"told at all: {share_of(sum(named.values()), sum(told.values()))}")


if __name__ == "__main__":
    main()
