"""What judges a plate network was never seen in training."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

PLATES = Path(__file__).parents[3] / "models" / "plates"
PARTS = {file.stem: file.read_text(encoding="utf-8").split() for file in (PLATES / "splits").glob("*.txt")}


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PLATES / "finder"))
    import plate_data  # noqa: PLC0415 - a recipe's module, found only while its folder is on the path

    return plate_data


def texts_of(data: Path, part: str) -> Iterator[str]:
    rows: dict[str, dict[str, str]] = defaultdict(dict)
    for manifest in (data / "plates").glob("*/manifest.tsv"):
        with manifest.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                rows[manifest.parent.name][row["file"]] = row.get("text", "")
    for name in PARTS[part]:
        _, folder, file_name = name.split("/", 2)
        if text := rows[folder].get(file_name, ""):
            yield text


def test_no_picture_is_in_two_parts() -> None:
    assert PARTS.keys() == {"train", "val", "test"}
    names = [name for part in PARTS.values() for name in part]
    assert len(names) == len(set(names))


def test_no_plate_that_judges_is_trained_on(shared_data: Path) -> None:
    seen = {part: set(texts_of(shared_data, part)) for part in PARTS}
    assert min(len(texts) for texts in seen.values()) > 50
    assert not seen["train"] & seen["test"]
    assert not seen["train"] & seen["val"]
    assert not seen["val"] & seen["test"]


def test_street_vehicles_that_judge_the_finder_are_of_other_pictures(finder: ModuleType) -> None:
    labels = finder.read_street_labels(finder.STREET_LABELS_FILE)
    part_of = defaultdict(set)
    for label in labels:
        part_of[label.picture].add(finder.street_part(label.picture))
    assert all(len(parts) == 1 for parts in part_of.values())
    assert {next(iter(parts)) for parts in part_of.values()} == {"train", "val", "test"}


def test_a_fault_in_the_street_labels_is_told_with_its_line(finder: ModuleType, tmp_path: Path) -> None:
    faulty = tmp_path / "labels.tsv"
    faulty.write_text("picture\tvehicle\tplates\na.jpg\t0,0,9,9\t5,5,4,4\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"labels\.tsv:2: .*no area"):
        finder.read_street_labels(faulty)
