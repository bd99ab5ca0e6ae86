"""What judges a plate network was never seen in training."""

import csv
import sys
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
from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.sessions import open_session
from domain.geometry import box_iou

PLATES = Path(__file__).parents[3] / "models" / "plates"
PARTS = {file.stem: file.read_text(encoding="utf-8").split() for file in (PLATES / "splits").glob("*.txt")}


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(PLATES.parent / "street"))
    monkeypatch.syspath_prepend(str(PLATES / "finder"))
    import plate_data  # noqa: PLC0415 - a recipe's module, found only while its folder is on the path

    yield plate_data
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file is not None and Path(file).is_relative_to(PLATES.parent):
            del sys.modules[name]  # who imports it next puts its folder on the path again


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


@pytest.fixture
def told(finder: ModuleType) -> ModuleType:
    import told_finds  # noqa: PLC0415

    return told_finds


def test_finds_told_by_eye_lie_on_their_vehicle_and_in_one_part(told: ModuleType) -> None:
    parts = {part: told.told_finds(part) for part in ("train", "val", "test")}
    names = [name for part in parts.values() for name in part]
    assert len(names) == len(set(names))
    for some in parts.values():
        finds = [one for picture in some.values() for one in picture]
        assert {one.told for one in finds} == {"plate", "other", "cannot_tell"}
        for one in finds:
            middle = (one.box[0] + one.box[2]) / 2, (one.box[1] + one.box[3]) / 2
            assert one.vehicle[0] <= middle[0] <= one.vehicle[2]
            assert one.vehicle[1] <= middle[1] <= one.vehicle[3]


def test_pictures_that_measure_only_teach_nothing(told: ModuleType) -> None:
    assert told.part_of("riders/india_fixed_cam/train/images/any.jpg") == "test"
    for part in ("train", "val"):
        assert not [name for name in told.told_finds(part) if name.startswith("riders/india_fixed_cam")]


def test_the_second_look_sees_a_find_in_the_middle_with_as_much_again_around_it(finder: ModuleType) -> None:
    import second_look_data as second  # noqa: PLC0415

    picture = np.zeros((200, 300, 3), np.uint8)
    picture[80:110, 100:200] = 255
    seen = second.cut(picture, (100.0, 80.0, 200.0, 110.0))
    assert seen.shape == (second.CUT_WH[1], second.CUT_WH[0], 3)
    white = np.argwhere(seen[..., 0] > 127)
    assert np.abs(white.min(axis=0) - (19, 16)).max() <= 1
    assert np.abs(white.max(axis=0) - (28, 47)).max() <= 1
    assert not second.cut(picture, (-80.0, -60.0, -20.0, -20.0)).any(), "beyond the picture it is black"


def test_the_finder_that_ships_tells_a_plate_and_none_on_an_empty_vehicle_in_any_batch_and_size() -> None:
    spec = find_model(read_manifest(PLATES.parent / "manifest.toml"), "plate-finder", DetectorSpec)
    session = open_session(spec)
    empty = np.full((260, 300, 3), 90, np.uint8)
    large = drawn(("59-F1", "123.45"), 3).image_bgr
    width, height = 90, round(90 * large.shape[0] / large.shape[1])
    vehicle = empty.copy()
    vehicle[120 : 120 + height, 80 : 80 + width] = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    (alone,) = OnnxDetector(spec=spec, session=session).look([vehicle])
    assert len(alone.scores) == 1
    assert box_iou(tuple(alone.boxes_xyxy_px[0].tolist()), (80.0, 120.0, 80.0 + width, 120.0 + height)) > 0.5
    several = OnnxDetector(spec=spec, session=session, max_batch=3).look([empty, vehicle, empty])
    assert [len(one.scores) for one in several] == [0, 1, 0]
    assert several[1].scores[0] == pytest.approx(alone.scores[0], abs=1e-4)
    larger = OnnxDetector(spec=spec.model_copy(update={"input_size_wh": (640, 448)}), session=session)
    assert len(larger.look([vehicle])[0].scores) == 1


def test_rows_that_the_finder_that_ships_tells_come_best_first() -> None:
    spec = find_model(read_manifest(PLATES.parent / "manifest.toml"), "plate-finder", DetectorSpec)
    session = open_session(spec)
    noise = np.random.default_rng(5).random((2, 3, 320, 320)).astype(np.float32)
    rows = session.run(None, {session.get_inputs()[0].name: noise})[0]
    assert rows.shape == (2, 300, 6)
    assert (np.diff(rows[..., 4]) <= 0).all()
    assert rows[..., 4].min() >= 0
    assert rows[..., 4].max() <= 1
