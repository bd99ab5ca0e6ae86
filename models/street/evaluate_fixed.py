r"""Measures detectors on the fixed cameras' places that were held out whole, against the boxes of their source.

    PYTHONPATH=. python models/street/evaluate_fixed.py --size 640x384 \
        --model before=OLD.onnx@0.30 --model after=NEW.onnx@0.30

The source's motorcycle is a motorcycle with its rider at one place and without him at another, and what is far or
parked has no box: so a find that fits no box is *unmarked*, mostly not false. A motorcycle counts as told when three
quarters of the smaller of its box and a found one lie in the other, a quarter as large or larger; a car, bus or truck
when one of these overlaps it by half. Detectors are shown at their own scores and where they make as many unmarked
finds.
Each find and each box counts once, the surest first. The difference to the first detector has an interval by bootstrap
over pictures. ``--light`` shows the pictures as at night or in rain (simulated, ``benchmarks/surface/weather.py``; none
of these pictures was taken so).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import fixed_cams
import numpy as np
from crossed_labels import FILLED_SHARE, FOUR_WHEELS, INSIDE_SHARE, MOTORCYCLE, SAME_VEHICLE_IOU, shares_inside
from labels import STREET_LABELS
from numpy.typing import NDArray
from onnx_detector import OnnxDetector, iou_matrix
from pictures import add_data_argument, read_picture
from pseudo_labels import SPLITS

from benchmarks.surface.weather import Effect, headlamps, rain
from matthan.model_eval.intervals import format_share

SCORE_FLOOR = 0.05
RESAMPLES = 1000
LIGHTS: dict[str, Effect | None] = {"as it is": None, "night": headlamps, "rain": rain}
EVENING_H = 19.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """One picture and what one detector made of it; scores only, so that any working score can be asked.

    Attributes:
        place: Where it was taken.
        told: (n,) score of the find that each motorcycle was told by, 0 where none.
        unmarked: (m,) scores of motorcycles found below the farthest box that fit none.
        vehicles: (k,) as ``told``, of cars, buses and trucks.
    """

    place: str
    told: NDArray[np.float32]
    unmarked: NDArray[np.float32]
    vehicles: NDArray[np.float32]


def _paired(fits: NDArray[np.bool_], scores: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Give each of n boxes at most one of m finds, best first: told scores (n,) and which finds were used (m,)."""
    told = np.zeros(len(fits), np.float32)
    used = np.zeros(fits.shape[1], bool)
    for find in np.argsort(-scores, kind="stable").tolist():
        open_boxes = np.flatnonzero(fits[:, find] & (told == 0))
        if len(open_boxes):
            told[open_boxes[0]] = scores[find]
            used[find] = True
    return told, used


def judged(found: NDArray[np.float32], marks: NDArray[np.float32], place: str) -> Judged:
    """Compare finds (m, 6) with the source's boxes (n, 5) of one picture."""
    motorcycles, vehicles = marks[marks[:, 4] == MOTORCYCLE, :4], marks[np.isin(marks[:, 4], FOUR_WHEELS), :4]
    mine = found[found[:, 5] == MOTORCYCLE]
    fits = np.zeros((len(motorcycles), len(mine)), bool)
    areas = (mine[:, 2:4] - mine[:, :2]).prod(1)
    for row, mark in enumerate(motorcycles):
        area = (mark[2:] - mark[:2]).prod()
        shared = shares_inside(mine[:, :4], mark) * areas
        smaller, larger = np.minimum(areas, area), np.maximum(areas, area)
        fits[row] = (shared > INSIDE_SHARE * smaller) & (smaller >= FILLED_SHARE * larger)
    told, used = _paired(fits, mine[:, 4])
    far_px = marks[:, 3].min() if len(marks) else 0.0
    near = mine[:, 3] > far_px
    wheels = found[np.isin(found[:, 5], FOUR_WHEELS)]
    overlap = iou_matrix(vehicles, wheels[:, :4]) >= SAME_VEHICLE_IOU
    return Judged(place=place, told=told, unmarked=mine[near & ~used, 4], vehicles=_paired(overlap, wheels[:, 4])[0])


def _told(pictures: list[Judged], score: float) -> NDArray[np.int64]:
    """Motorcycles told in each picture at a working score."""
    return np.array([(picture.told >= score).sum() for picture in pictures], np.int64)


def equal_score(pictures: list[Judged], unmarked: int) -> float:
    """The lowest working score at which no more unmarked motorcycles are found than ``unmarked``."""
    scores = np.sort(np.concatenate([picture.unmarked for picture in pictures]))[::-1]
    return float(np.nextafter(scores[unmarked], np.float32(1))) if unmarked < len(scores) else SCORE_FLOOR


def difference(first: list[Judged], first_score: float, second: list[Judged], second_score: float) -> str:
    """Motorcycle recall of the second less that of the first, with its 95 % interval."""
    gained = _told(second, second_score) - _told(first, first_score)
    objects = np.array([len(picture.told) for picture in first], np.int64)
    chosen = np.random.default_rng(1).integers(len(first), size=(RESAMPLES, len(first)))
    low, high = np.percentile(gained[chosen].sum(1) / np.maximum(objects[chosen].sum(1), 1), (2.5, 97.5))
    return f"{gained.sum() / objects.sum():+.3f} ({low:+.3f}..{high:+.3f})"


def _row(name: str, pictures: list[Judged], score: float) -> str:
    told, of = int(_told(pictures, score).sum()), sum(len(picture.told) for picture in pictures)
    unmarked = sum(int((picture.unmarked >= score).sum()) for picture in pictures)
    seen = sum(int((picture.vehicles >= score).sum()) for picture in pictures)
    vehicles = sum(len(picture.vehicles) for picture in pictures)
    return (
        f"| {name} | {score:.3f} | {of} | {format_share(told, of)} | {unmarked / len(pictures):.2f} "
        f"| {vehicles} | {format_share(seen, vehicles)} |"
    )


def print_size(size_wh: tuple[int, int], light: str, results: dict[str, tuple[float, list[Judged]]]) -> None:
    """Print one table: every detector at its own score and where it makes as many unmarked finds as the first."""
    print(f"\n### {size_wh[0]}x{size_wh[1]}, {light}\n")
    print("| detector, place | score | motorcycles | told | unmarked a picture | cars, buses, trucks | told |")
    print("|---|---|---|---|---|---|---|")
    first_score, first = next(iter(results.values()))
    budget = sum(int((picture.unmarked >= first_score).sum()) for picture in first)
    changes = []
    for name, (score, pictures) in results.items():
        print(_row(name, pictures, score))
        for place in sorted({picture.place for picture in pictures}):
            print(_row(f"... {place}", [picture for picture in pictures if picture.place == place], score))
        if pictures is not first:
            equal = equal_score(pictures, budget)
            print(_row(f"{name}, as many unmarked as the first", pictures, equal))
            changes.append(f"{name}: {difference(first, first_score, pictures, equal)}")
    if changes:
        print("\nMotorcycles told at as many unmarked finds, less the first's: " + "; ".join(changes), flush=True)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def _model(text: str) -> tuple[str, Path, float]:
    name, _, rest = text.partition("=")
    file, _, score = rest.rpartition("@")
    return name, Path(file), float(score)


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_data_argument(parser)
    parser.add_argument("--model", action="append", required=True, type=_model, metavar="NAME=FILE@SCORE")
    parser.add_argument("--size", type=_size, action="append", required=True, metavar="WxH")
    parser.add_argument("--light", nargs="+", choices=LIGHTS, default=["as it is"])
    parser.add_argument("--split", default="test_fixed")
    parser.add_argument("--every", type=int, default=1, help="every so-manieth picture")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    models = [(name, OnnxDetector(file), score) for name, file, score in arguments.model]
    data, view_of = arguments.data, fixed_cams.views(arguments.data)
    names = [n for n in (SPLITS / f"{arguments.split}.txt").read_text("utf-8").split() if n in view_of]
    for size in arguments.size:
        for light in arguments.light:
            results: dict[str, tuple[float, list[Judged]]] = {n: (s, []) for n, _, s in models}
            for number, name in enumerate(names[:: arguments.every]):
                picture, effect = read_picture(data, name), LIGHTS[light]
                shown = picture if effect is None else effect(picture, EVENING_H, np.random.default_rng(number))
                marks = fixed_cams.marks(data, name, STREET_LABELS)
                for model, detector, _ in models:
                    found = detector.detect(shown, size, score_threshold=SCORE_FLOOR)
                    results[model][1].append(judged(found, marks, fixed_cams.place_of(view_of[name])))
            print_size(size, light, results)


if __name__ == "__main__":
    main()
