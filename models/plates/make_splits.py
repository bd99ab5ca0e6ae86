"""Divides the plate pictures into training, choosing (val) and testing, by text and province; writes splits/*.txt.

    python models/plates/make_splits.py --data DATA

A text is in one part only, whatever pictures show it: md5 of "plate " and the text modulo 10 is 0, 1, 2 for testing, 3
for choosing, else training. Gate pictures without a text go by the name of the picture that they were made from.
Pictures of a doubtful text judge nobody: they are left out of testing and choosing. Street videos are for testing.

Some provinces are held out whole (``held_out``): what would train or choose is left out, so that the reader's figures
for them are of codes that it was not trained on (``groups/held_out.txt``; ``common`` and ``seldom`` are the rest of
the test, by whether most pictures show the province). A picture that was made from another one judges nothing twice:
it is left out of testing.
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
#: Provinces that most pictures show: without them there is nothing to train on.
COMMON = frozenset({"29", "30", "51", "54", "59"})
#: Huế is judged by itself, where the first cameras stand.
HUE = "75"
HELD_OUT_MODULUS = 4


def assigned(data: Path) -> Iterator[tuple[str, str, str]]:
    """(part, file relative to DATA, text) of every picture; what nobody reads has no text."""
    for name in SETS:
        with (data / "plates" / name / "manifest.tsv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                part = _part(row)
                if part == "train" or row["text_quality"] not in DOUBTFUL:
                    yield part, f"plates/{name}/{row['file']}", row["text"].strip()
    yield "test", "plates/street_videos/test_1.mp4", ""


def held_out(province: str) -> bool:
    """Whether plates of a province are kept from training and choosing.

    Examples:
        >>> held_out("75"), held_out("59")
        (True, False)
    """
    if province in COMMON:
        return False
    return province == HUE or _digest(f"province {province}") % HELD_OUT_MODULUS == 0


def _group(text: str) -> str:
    """Of a plate that judges: its province is held out, is one of the few that most pictures show, or is another."""
    if held_out(text[:2]):
        return "held_out"
    return "common" if text[:2] in COMMON else "seldom"


def _part(row: dict[str, str]) -> str:
    text = row["text"].strip()
    part = PARTS.get(_digest(f"plate {text or Path(row['file']).name.split('_jpg.rf')[0]}") % 10, "train")
    if part == "test" and row.get("dup_of"):
        return "twice"
    if part != "test" and text and held_out(text[:2]):
        return "held_out"
    return part


def _digest(words: str) -> int:
    return int(hashlib.md5(words.encode(), usedforsecurity=False).hexdigest(), 16)


def main() -> None:
    """Write the lists and print how long they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MATTHAN_DATA", "../shared/data")))
    rows = list(assigned(parser.parse_args().data))
    SPLITS.mkdir(exist_ok=True)
    for part in ("train", "val", "test"):
        names = sorted(name for which, name, _ in rows if which == part)
        (SPLITS / f"{part}.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
        counts = {one: sum(f"/{one}/" in name for name in names) for one in SETS}
        print(part, len(names), counts)
    grouped = [(_group(text), name) for part, name, text in rows if part == "test" and text]
    (SPLITS / "groups").mkdir(exist_ok=True)
    for group in ("common", "seldom", "held_out"):
        names = sorted(name for which, name in grouped if which == group)
        (SPLITS / "groups" / f"{group}.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
        print("test,", group, len(names))
    print("held out:", *(f"{code:02d}" for code in range(11, 100) if held_out(f"{code:02d}")))


if __name__ == "__main__":
    main()
