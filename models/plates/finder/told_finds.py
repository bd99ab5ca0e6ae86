"""The finds that were told by eye, and the vehicles that they were found on, written for ``matthan models eval``.

    PYTHONPATH=. python models/plates/finder/told_finds.py --data DATA --out FOLDER
    matthan models eval FOLDER/test plate-finder --format coco --groups

Only what the finder of 28 November took for a plate was told, so what is missed here is what that one found; a plate
that it never saw counts nowhere. What could not be told, and plates of the other label file, count neither way.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import street_recipe  # noqa: F401  # makes the import below possible
from fixed_cams import unstretched
from pictures import read_bgr
from plate_data import STREET_LABELS_FILE, Box, read_street_labels, street_part

FINDS_FILE = Path(__file__).with_name("labels_finds.tsv")
MEASURES_ONLY = "riders/india_fixed_cam"
PLATE, OTHER, CANNOT_TELL = "plate", "other", "cannot_tell"


@dataclass(frozen=True, slots=True)
class ToldFind:
    """A line of ``labels_finds.tsv``."""

    vehicle: tuple[int, int, int, int]
    box: Box
    told: str

    @property
    def is_plate(self) -> bool:
        """Whether a plate was found."""
        return self.told == PLATE


def part_of(picture: str) -> str:
    """Which part a picture's finds belong to: as its plates do, and what only measures judges."""
    return "test" if picture.startswith(MEASURES_ONLY) else street_part(picture)


def told_finds(part: str) -> dict[str, list[ToldFind]]:
    """All finds of a part, by picture."""
    with FINDS_FILE.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if part_of(row["picture"]) == part]
    told: dict[str, list[ToldFind]] = {}
    for row in rows:
        left, top, right, bottom = map(int, row["vehicle"].split(","))
        x1, y1, x2, y2 = map(float, row["box"].split(","))
        told.setdefault(row["picture"], []).append(ToldFind((left, top, right, bottom), (x1, y1, x2, y2), row["is"]))
    return told


def write(data: Path, out: Path, part: str) -> int:
    """Write every vehicle on which something was found and told; returns how many there are."""
    marked: dict[str, list[Box]] = {}
    for row in read_street_labels(STREET_LABELS_FILE):
        marked.setdefault(row.picture, []).extend(row.plates)
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for name, finds in told_finds(part).items():
        whole = unstretched(name, read_bgr(data / name))
        rows = [(one.box, one.told == CANNOT_TELL) for one in finds if one.told != OTHER]
        rows += [(box, True) for box in marked.get(name, ())]
        for vehicle in dict.fromkeys(one.vehicle for one in finds if one.told != CANNOT_TELL):
            left, top, right, bottom = vehicle
            picture = whole[top:bottom, left:right]
            file = f"{name.split('/')[1]}/{len(images):04d}.png"
            path = out / part / "images" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), picture)
            images.append({"id": len(images) + 1, "file_name": file})
            annotations += [
                {"image_id": len(images), "category_id": 1, "bbox": box, "ignore": int(ignored)}
                for box, ignored in _inside(rows, (left, top), picture.shape)
            ]
    document = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": PLATE}]}
    (out / part).mkdir(parents=True, exist_ok=True)
    (out / part / "instances.json").write_text(json.dumps(document), encoding="utf-8")
    return len(images)


def _inside(
    rows: Iterable[tuple[Box, bool]], corner: tuple[int, int], shape: tuple[int, ...]
) -> Iterable[tuple[list[float], bool]]:
    """Boxes that lie in a vehicle's picture as x, y, width and height in it; half outside counts neither way."""
    (left, top), (height, width) = corner, shape[:2]
    for (x1, y1, x2, y2), ignored in rows:
        a, b, c, d = max(x1 - left, 0), max(y1 - top, 0), min(x2 - left, width), min(y2 - top, height)
        if c > a and d > b:
            whole = (c - a) * (d - b) >= 0.9 * (x2 - x1) * (y2 - y1)
            yield [a, b, c - a, d - b], ignored or not whole


def main() -> None:
    """Read the arguments and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MATTHAN_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, required=True, help="folder outside the repository")
    given = parser.parse_args()
    print({part: write(given.data, given.out, part) for part in ("val", "test")})


if __name__ == "__main__":
    main()
