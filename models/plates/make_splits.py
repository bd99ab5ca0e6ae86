"""Divides the plate pictures into training, choosing (val) and testing, by plate text; writes splits/*.txt.

    python models/plates/make_splits.py --data DATA

A text is in one part only, whatever pictures show it: md5 of "plate " and the text modulo 10 is 0, 1, 2 for testing, 3
for choosing, else training. Gate pictures without a text go by the name of the picture that they were made from.
Pictures of a doubtful text judge nobody: they are left out of testing and choosing. Street videos are for testing.
"""

import argparse
import csv
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

SETS = ("greenparking", "gate_det_384", "car1line_crops", "mixed_crops_ndata")
DOUBTFUL = ("unsure", "hand_unsure", "two_agree_but_glare_doubt")
PARTS = {0: "test", 1: "test", 2: "test", 3: "val"}
SPLITS = Path(__file__).parent / "splits"


def assigned(data: Path) -> Iterator[tuple[str, str]]:
    """(part, file relative to DATA) of every picture."""
    for name in SETS:
        with (data / "plates" / name / "manifest.tsv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                part = _part(row)
                if part == "train" or row["text_quality"] not in DOUBTFUL:
                    yield part, f"plates/{name}/{row['file']}"
    yield "test", "plates/street_videos/test_1.mp4"


def _part(row: dict[str, str]) -> str:
    text = row["text"].strip()
    if not text:
        text = Path(row["file"]).name.split("_jpg.rf")[0]
    digest = hashlib.md5(f"plate {text}".encode(), usedforsecurity=False).hexdigest()
    return PARTS.get(int(digest, 16) % 10, "train")


def main() -> None:
    """Write the lists and print how long they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MATTHAN_DATA", "../shared/data")))
    rows = list(assigned(parser.parse_args().data))
    SPLITS.mkdir(exist_ok=True)
    for part in ("train", "val", "test"):
        names = sorted(name for which, name in rows if which == part)
        (SPLITS / f"{part}.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
        counts = {one: sum(f"/{one}/" in name for name in names) for one in SETS}
        print(part, len(names), counts)


if __name__ == "__main__":
    main()
