"""What NO_PLATE and PLATE_OBSCURED would say of vehicles that all carry a plate nobody covers.

.venv/bin/python -m benchmarks.plates.absent --data ../shared/data

Vehicles of the junction camera and the street clip, as the product's detector and tracker follow them, and gate photos
of motorcycles from behind. No vehicle there is known to lack a plate, so whatever would be suggested is wrong, or is a
front without one.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.plates.clips import Passing, junction_pictures, passings, street_pictures
from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.plates.finder import PlateFinder
from detectors.plates.pipeline import MAY_BE_COVERED, PlatePipeline
from detectors.plates.selection import worth_decoding
from detectors.sessions import open_session
from domain.cases.precision import wilson
from edge.configuration.settings import PlateSettings
from edge.networks.plate_networks import open_plate_pipeline
from edge.networks.street_network import built_in_manifest

_PICTURES = 3
_SHARP = 60.0  # variance of the Laplacian of the vehicle, scaled to 160 px: less is blur
_HEIGHTS_PX = (120, 200, 300)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the recorded data")
    data: Path = parser.parse_args().data
    finder = PlateFinder(_opened("plate-finder"))
    pipeline = open_plate_pipeline(PlateSettings(), Path())
    if pipeline is None:
        raise SystemExit("the plate networks are switched off")
    print("| vehicles, sharp in three pictures | at least px high | no plate found in any | large plate, unread |")
    print("|---|---|---|---|")
    for name, pictures in (("junction", junction_pictures(data)), ("street clip", street_pictures(data))):
        vehicles = list(passings(pictures).values())
        for height_px in _HEIGHTS_PX:
            print(_row(name, height_px, vehicles, finder, pipeline))
    photos = list(_gate_photos(data / "plates/greenparking"))
    missed = sum(not finder.find(photo, (0.0, 0.0, float(photo.shape[1]), float(photo.shape[0]))) for photo in photos)
    print(f"| gate photos, one each | any | {_share(missed, len(photos))} | |")


def _row(name: str, height_px: int, vehicles: Sequence[Passing], finder: PlateFinder, pipeline: PlatePipeline) -> str:
    none_found = covered = looked_at = 0
    for one in vehicles:
        close = [place for place in range(len(one.sights)) if _is_close(one, place, height_px)]
        if len(close) < _PICTURES:
            continue
        looked_at += 1
        kept = Passing(kind=one.kind, sights=[one.sights[p] for p in close], places=[one.places[p] for p in close])
        best = worth_decoding([(sight.at, box) for sight, (_, box) in zip(kept.sights, kept.places, strict=True)])
        sights = [kept.sights[place] for place in best]
        none_found += not any(finder.find(sight.picture_bgr, sight.vehicle_box_xyxy_px) for sight in sights)
        covered += kept.read(pipeline).reading.reason == MAY_BE_COVERED
    return f"| {name} | {height_px} | {_share(none_found, looked_at)} | {_share(covered, looked_at)} |"


def _is_close(one: Passing, place: int, height_px: int) -> bool:
    x1, y1, x2, y2 = one.sights[place].vehicle_box_xyxy_px
    if y2 - y1 < height_px:
        return False
    cut = one.sights[place].picture_bgr[max(int(y1), 0) : int(y2) + 1, max(int(x1), 0) : int(x2) + 1]
    grey = cv2.resize(cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY), (160, 160), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var()) >= _SHARP


def _gate_photos(folder: Path) -> Iterable[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    test = set(Path("models/plates/splits/test.txt").read_text("utf-8").split())
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            picture = cv2.imread(str(folder / row["file"]))
            if picture is not None and f"plates/greenparking/{row['file']}" in test:
                yield np.asarray(picture, np.uint8)


def _opened(name: str) -> OnnxDetector:
    spec = find_model(read_manifest(built_in_manifest()), name, DetectorSpec)
    return OnnxDetector(spec=spec, session=open_session(spec))


def _share(count: int, of: int) -> str:
    low, high = wilson(count, of)
    return f"{count} of {of} ({low:.0%} to {high:.0%})"


if __name__ == "__main__":
    main()
