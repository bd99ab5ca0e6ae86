"""A public benchmark of Vietnamese plates: rendered, photographed by a modelled camera, seen several times.

    python -m benchmarks.plates.public make --out FOLDER --visits 324 --seed 75
    matthan models eval FOLDER plate-reader --format tsv --corners plate-corners --chain
    python -m benchmarks.plates.public score FOLDER ANSWERS.tsv

``make`` writes the same bytes for the same seed: every province as often, one line as often as two, every kind of plate
as often within them. Of every third visit all pictures show one fault over a character. ``score`` judges any reader by
a table of the columns ``visit`` and ``text`` (empty: nothing told); nobody's real plate is shown, so answers may be
published. Networks that learned from the same renderer are flattered by it: real pictures are the judge.
"""

import argparse
import csv
from datetime import date
from pathlib import Path

import cv2
import numpy as np

from benchmarks.plates.visits import Still, faulty, visit
from deploy.plate_renderer import draw, fitting_scale, photograph, sample_plate
from deploy.plate_renderer.formats import PlateText
from domain.plates.grammar import plate_grammar
from matthan.model_eval.chain import VisitResult, answered
from matthan.model_eval.label_forms import read_labels
from matthan.model_eval.tables import chain_table

COLUMNS = ("file", "visit", "at_s", "vehicle", "text", "lines", "box_xywh", "fault")
STILL_WIDTH_PX = 240.0
WIDTHS_PX = (50.0, 130.0)
FAULT_EVERY = 3
GRAMMAR_OF = date(2026, 1, 5)


def wanted_plate(number: int, rng: np.random.Generator) -> PlateText:
    """A lawful plate of the visit's province, and of as many lines as it has to have."""
    provinces = sorted(plate_grammar().provinces)
    province, lines = provinces[number % len(provinces)], 1 + (number // len(provinces)) % 2
    weights = {kind.id: 1.0 for kind in plate_grammar().kinds if not kind.special}
    while True:
        plate = sample_plate(rng, weights)
        if len(plate.lines) == lines and plate.text.startswith(province):
            return plate


def make(out: Path, visits: int, seed: int) -> None:
    """Write the pictures and ``manifest.tsv``."""
    kinds = {kind.id: kind.vehicle for kind in plate_grammar().kinds}
    (out / "images").mkdir(parents=True, exist_ok=True)
    with (out / "manifest.tsv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
        table.writeheader()
        for number in range(visits):
            rng = np.random.default_rng((seed, number))
            plate = wanted_plate(number, rng)
            artwork = draw(plate, fitting_scale(plate, STILL_WIDTH_PX), rng)
            size_wh = (round(STILL_WIDTH_PX * 2.2), round(STILL_WIDTH_PX * (1.8 if len(plate.lines) > 1 else 0.8)))
            photo = photograph(artwork, rng, size_wh, severity=0.0, plate_width_px=STILL_WIDTH_PX)
            (x1, y1), (x2, y2) = photo.corners_px.min(axis=0).tolist(), photo.corners_px.max(axis=0).tolist()
            still = Still(
                picture_bgr=photo.image_bgr,
                plate_box_xyxy_px=(x1, y1, x2, y2),
                text=plate.text,
                layout=photo.layout,
                vehicle="car" if kinds[plate.kind] == "car" else "motorbike",
            )
            has_fault = number % FAULT_EVERY == 0
            coming = visit(faulty(still, seed) if has_fault else still, seed * 100_000 + number, widths_px=WIDTHS_PX)
            for place, (sight, box) in enumerate(zip(coming.sights, coming.plate_boxes_xyxy_px, strict=True)):
                name = f"images/{number:04d}-{place:02d}.png"
                cv2.imwrite(str(out / name), sight.picture_bgr)
                table.writerow(
                    {
                        "file": name,
                        "visit": f"{number:04d}",
                        "at_s": f"{0.2 * place:.1f}",
                        "vehicle": still.vehicle,
                        "text": plate.text,
                        "lines": len(plate.lines),
                        "box_xywh": f"{box[0]:.1f},{box[1]:.1f},{box[2] - box[0]:.1f},{box[3] - box[1]:.1f}",
                        "fault": int(has_fault),
                    }
                )


def score(folder: Path, answers: list[Path]) -> str:
    """The table of what readers told.

    Raises:
        ConfigurationError: the folder is no benchmark.
        KeyError: a table of answers has no columns ``visit`` and ``text``.
    """
    visits: dict[str, VisitResult] = {}
    for one in read_labels(folder, "tsv"):
        name = str(one.visit)
        width_px = max(box.box_xyxy_px[2] - box.box_xyxy_px[0] for box in one.boxes)
        before = visits.get(name)
        visits[name] = VisitResult(
            name=name,
            truth=str(one.text),
            layout="one_line" if one.lines == 1 else "two_lines",
            pictures=1 + (before.pictures if before else 0),
            width_px=max(width_px, (before.width_px or 0.0) if before else 0.0),
            told=None,
            reason=None,
        )
    told = {}
    for path in answers:
        with path.open(encoding="utf-8", newline="") as file:
            texts = {row["visit"]: row["text"] for row in csv.DictReader(file, delimiter="\t")}
        told[path.stem] = answered(list(visits.values()), texts)
    return chain_table(told, GRAMMAR_OF)


def main() -> None:
    """Make or score."""
    cv2.setNumThreads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    doing = parser.add_subparsers(dest="doing", required=True)
    making = doing.add_parser("make")
    making.add_argument("--out", type=Path, required=True)
    making.add_argument("--visits", type=int, default=324, help="a multiple of 162 has every province in both layouts")
    making.add_argument("--seed", type=int, default=75)
    scoring = doing.add_parser("score")
    scoring.add_argument("folder", type=Path)
    scoring.add_argument("answers", type=Path, nargs="+")
    given = parser.parse_args()
    if given.doing == "make":
        make(given.out, given.visits, given.seed)
    else:
        print(score(given.folder, given.answers))


if __name__ == "__main__":
    main()
