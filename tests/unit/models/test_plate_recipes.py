"""What judges a plate network was never seen in training."""

import csv
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from deploy.plate_renderer import PlateText, draw, fitting_scale
from deploy.plate_renderer.artwork import PlateImage
from domain.geometry import box_iou

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


@pytest.fixture
def splitting(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PLATES))
    import make_splits  # noqa: PLC0415

    return make_splits


def test_no_plate_of_a_province_that_is_held_out_is_trained_on(shared_data: Path, splitting: ModuleType) -> None:
    for part in ("train", "val"):
        assert not [text for text in texts_of(shared_data, part) if splitting.held_out(text[:2])]
    assert [text for text in texts_of(shared_data, "test") if splitting.held_out(text[:2])]
    assert splitting.held_out("75"), "Huế is judged by itself"


def test_the_groups_of_the_test_are_those_of_its_texts(shared_data: Path, splitting: ModuleType) -> None:
    groups = {file.stem: file.read_text(encoding="utf-8").split() for file in (PLATES / "splits/groups").glob("*.txt")}
    assert sorted(groups) == ["common", "held_out", "seldom"]
    names = [name for group in groups.values() for name in group]
    assert len(names) == len(set(names)) == len(list(texts_of(shared_data, "test")))
    assert set(names) <= set(PARTS["test"])


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PLATES / "reader"))
    import recombining  # noqa: PLC0415

    return recombining


@dataclass(frozen=True)
class Plate:
    """What the recipe's modules want to know of a plate."""

    name: str
    image_bgr: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]
    corners_px: np.ndarray[tuple[int, int], np.dtype[np.float32]]
    text: str
    lines: int


def drawn(lines: tuple[str, ...], seed: int) -> Plate:
    plate = PlateText(
        kind="motorbike" if len(lines) > 1 else "car",
        colour="white",
        size="motorbike" if len(lines) > 1 else "car_long",
        lines=lines,
    )
    artwork: PlateImage = draw(plate, fitting_scale(plate, 120.0), np.random.default_rng(seed))
    return Plate("drawn", artwork.image_bgr, artwork.corners_px, plate.text, len(lines))


def test_a_new_plate_of_real_characters_says_what_it_shows(reading: ModuleType) -> None:
    """Of two plates that have every character in one half each: what is set in is what the text says."""
    plates = [drawn(("30A-111.11",), seed) for seed in range(6)] + [drawn(("88B-444.44",), seed) for seed in range(6)]
    whole = [plate for plate in plates if reading.cut(plate) is not None]
    assert len(whole) >= 6
    for plate in whole:
        boxes = reading.cut(plate)
        assert len(boxes) == len(plate.text)
        assert boxes == sorted(boxes), "one line is cut from the left"
    maker, rng = reading.Recombiner(whole), np.random.default_rng(4)
    news = [maker.one(1, rng) for _ in range(20)]
    assert len({new.text for new in news}) > 10
    for new in news:
        assert set(new.text) <= set("30A188B4")
        assert [one.isdecimal() for one in new.text] == [True, True, False, *[True] * 5]


def test_what_spoils_a_plate_leaves_its_place_and_its_surroundings(reading: ModuleType) -> None:
    import spoiling  # noqa: PLC0415

    plate = drawn(("59-F1", "123.45"), 3)
    framed = cv2.copyMakeBorder(plate.image_bgr, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=(7, 7, 7))
    plate = replace(plate, image_bgr=framed, corners_px=plate.corners_px + np.float32(40))
    changed = 0
    for seed in range(20):
        spoiled = spoiling.spoiled(plate, np.random.default_rng(seed))
        assert spoiled.image_bgr.shape == framed.shape
        assert (spoiled.corners_px == plate.corners_px).all()
        assert (spoiled.image_bgr[:20] == 7).all(), "beside the plate nothing is laid"
        changed += bool((spoiled.image_bgr != framed).any())
    assert changed > 10


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


def test_pictures_of_a_fixed_camera_are_divided_by_place(finder: ModuleType) -> None:
    """Pictures of the highway judge, whichever hash their names have; those of the junction never do."""
    splits = PLATES.parents[0] / "street" / "splits"
    for part in ("train", "val", "test"):
        names = (splits / f"{part}_fixed.txt").read_text(encoding="utf-8").split()
        assert {finder.street_part(name) for name in names} == {part}


def test_labelled_plates_never_lie_over_each_other(finder: ModuleType) -> None:
    """So what overlaps by more than the manifest lets pass is one plate found twice."""
    entries = tomllib.loads((PLATES.parent / "manifest.toml").read_text(encoding="utf-8"))["model"]
    most = next(entry["iou_threshold"] for entry in entries if entry["name"] == "plate-finder")
    several = [row.plates for row in finder.read_street_labels(finder.STREET_LABELS_FILE) if len(row.plates) > 1]
    assert len(several) >= 5
    assert max(box_iou(a, b) for plates in several for a, b in combinations(plates, 2)) < most <= 0.25


def test_what_is_laid_beside_plates_leaves_them_as_they_are(finder: ModuleType) -> None:
    import decoys  # noqa: PLC0415

    plates = np.array([[60, 120, 140, 160], [0, 0, 30, 20]], np.float32)
    for kind in decoys.KINDS:
        for seed in range(5):
            drawn_bgr, opacity = np.split(kind(np.random.default_rng(seed)), [3], axis=2)
            assert drawn_bgr.shape[0] == decoys.HEIGHT_PX
            assert opacity.max() > 0, f"{kind.__name__} shows nothing"
    rng, white = np.random.default_rng(9), np.full((200, 200, 3), 255, np.uint8)
    marked = 0
    for _ in range(60):
        changed = decoys.laid_over(white, plates, rng, 3)[0] != 255
        marked += bool(changed.any())
        assert not any(changed[int(y1) : int(y2), int(x1) : int(x2)].any() for x1, y1, x2, y2 in plates.tolist())
    assert marked > 40
