"""What ships and what it learned from: the table of docs/models.md, the cards, the recipes and the data agree."""

import csv
import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
MODELS = REPOSITORY / "models"
ENTRIES = tomllib.loads((MODELS / "manifest.toml").read_text("utf-8"))["model"]
OURS = "rendered plates"
MEASURES_ONLY = {"riders/india_fixed_cam"}
HEADING = "## Material without a stated licence"


def section() -> str:
    text = (REPOSITORY / "docs" / "models.md").read_text("utf-8")
    return text.split("## What ships, and what it learned from")[1].split("\n## ")[0]


def rows(columns: int) -> list[list[str]]:
    lines = [line.strip().strip("|").split(" | ") for line in section().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines if len(line) == columns and "---" not in line[0]][1:]


def materials(cell: str) -> set[str]:
    named = set(re.findall(r"`([a-z]+/[^`]+)`", cell))
    return named | ({OURS} if OURS in cell else set())


LEARNED = {row[0].strip("`"): materials(row[1]) for row in rows(3)}
STATED = {material: row[1] for row in rows(2) for material in materials(row[0])}
UNSTATED = {material for material, licence in STATED.items() if licence == "none"}


def learned_of(file: str) -> set[str]:
    """Materials of a file, those of the file that it was made of among them."""
    return {one for named in LEARNED[file] for one in (learned_of(named) if named in LEARNED else {named})}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry["name"]))
def test_every_network_that_ships_has_its_row_and_its_card_says_why_of_each_unstated_licence(
    entry: dict[str, str],
) -> None:
    learned = learned_of(entry["file"])
    assert learned
    assert learned <= STATED.keys()
    card = (MODELS / entry["card"]).read_text("utf-8")
    if unstated := learned & UNSTATED:
        reason = card.split(HEADING)[1].split("\n## ")[0]
        assert {material for material in unstated if f"`{material}`" not in reason} == set()
        assert "Nothing under a stated licence shows" in reason


def test_no_row_is_of_a_file_that_does_not_ship() -> None:
    assert set(LEARNED) == {entry["file"] for entry in ENTRIES}


def sets_of(names: list[str]) -> set[str]:
    return {"/".join(name.split("#")[0].split("/")[:2]) for name in names}


def test_the_recipes_train_on_nothing_else() -> None:
    for split in ("train", "train_fixed"):
        street = (MODELS / "street" / "splits" / f"{split}.txt").read_text("utf-8").split()
        assert sets_of(street) <= learned_of("weights/street-n.onnx")
    plates = (MODELS / "plates" / "splits" / "train.txt").read_text("utf-8").split()
    gates = {one for one in sets_of(plates) if one.endswith(("greenparking", "gate_det_384"))}
    assert gates <= learned_of("weights/plate-finder.onnx")
    assert sets_of(plates) - {"plates/gate_det_384"} <= learned_of("weights/plate-reader.onnx")
    for file, labels, column in (
        ("plate-finder", MODELS / "plates" / "finder" / "labels_street.tsv", None),
        ("plate-finder", MODELS / "plates" / "finder" / "labels_finds.tsv", None),
        ("heads", MODELS / "heads" / "labels.tsv", "train"),
    ):
        lines = [line for line in labels.read_text("utf-8").splitlines() if not line.startswith("#")]
        table = [row for row in csv.DictReader(lines, delimiter="\t") if column is None or row["part"] == column]
        learned = sets_of([row["picture"] for row in table]) - MEASURES_ONLY
        assert learned <= learned_of(f"weights/{file}.onnx")


def test_the_licences_are_those_that_the_datas_own_list_states(shared_data: Path) -> None:
    with (shared_data / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        listed = [(row["file"], row["licence stated"]) for row in csv.DictReader(file, delimiter="\t")]
    for folder in sorted((shared_data / "plates").glob("*/manifest.tsv")):
        with folder.open(encoding="utf-8", newline="") as file:
            listed += [
                (f"plates/{folder.parent.name}/", row["licence"]) for row in csv.DictReader(file, delimiter="\t")
            ]
    for material in STATED.keys() - {OURS}:
        licences = {licence for name, licence in listed if name.startswith(material)}
        assert licences, material
        silent = {licence for licence in licences if licence.startswith(("no licence", "none stated"))}
        assert bool(silent) == (material in UNSTATED), (material, licences)
