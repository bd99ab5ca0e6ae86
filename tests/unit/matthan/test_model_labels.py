"""Labelled pictures in every form, and faults told with their place."""

import json
import struct
import unicodedata
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest

from domain.errors import ConfigurationError, ConfigurationFaults
from matthan.model_eval.label_forms import read_labels
from matthan.model_eval.labelled import LabelledBox, LabelledPicture, resized


def picture(path: Path, width: int = 100, height: int = 50) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.zeros((height, width, 3), np.uint8))


def boxes_of(pictures: Sequence[LabelledPicture]) -> list[tuple[str, tuple[float, ...], bool]]:
    return [(box.label, tuple(round(side, 3) for side in box.box_xyxy_px), box.ignored) for box in pictures[0].boxes]


def coco(folder: Path) -> None:
    picture(folder / "images" / "a.jpg")
    document = {
        "images": [{"id": 7, "file_name": "a.jpg"}],
        "categories": [{"id": 3, "name": "car"}],
        "annotations": [
            {"image_id": 7, "category_id": 3, "bbox": [10, 20, 30, 10]},
            {"image_id": 7, "category_id": 3, "bbox": [0, 0, 5, 5], "iscrowd": 1},
        ],
    }
    (folder / "instances.json").write_text(json.dumps(document), encoding="utf-8")


def yolo(folder: Path) -> None:
    picture(folder / "images" / "a.jpg")
    (folder / "labels").mkdir()
    (folder / "labels" / "a.txt").write_text("0 0.25 0.5 0.3 0.2\n\n", encoding="utf-8")


def street(folder: Path) -> None:
    picture(folder / "pictures" / "a.jpg")
    document = {"name": "a.jpg", "boxes": [[10, 20, 40, 30, 0]], "ignored": [[0, 0, 5, 5, 0]]}
    (folder / "a.json").write_text(json.dumps(document), encoding="utf-8")


def test_every_form_gives_the_same_box(tmp_path: Path) -> None:
    for form in (coco, yolo, street):
        (tmp_path / form.__name__).mkdir()
        form(tmp_path / form.__name__)
    car = ("car", (10.0, 20.0, 40.0, 30.0), False)
    ignored = ("car", (0.0, 0.0, 5.0, 5.0), True)
    assert boxes_of(read_labels(tmp_path / "coco", "coco")) == [car, ignored]
    assert boxes_of(read_labels(tmp_path / "yolo", "yolo", names=["car"])) == [car]
    in_json = read_labels(tmp_path / "street", "json", names=["car"], pictures=tmp_path / "street" / "pictures")
    assert boxes_of(in_json) == [car, ignored]
    assert in_json[0].read().shape == (50, 100, 3)


def test_an_ignored_box_of_any_class_is_ignored_for_each(tmp_path: Path) -> None:
    street(tmp_path)
    document = {"name": "a.jpg", "boxes": [], "ignored": [[0, 0, 5, 5, -1]]}
    (tmp_path / "a.json").write_text(json.dumps(document), encoding="utf-8")
    assert [
        label
        for label, _, _ in boxes_of(read_labels(tmp_path, "json", names=["car", "bus"], pictures=tmp_path / "pictures"))
    ] == ["car", "bus"]
    document = {"name": "a.jpg", "boxes": [[0, 0, 5, 5, -1]], "ignored": []}
    (tmp_path / "a.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ConfigurationFaults, match="class -1"):
        read_labels(tmp_path, "json", names=["car", "bus"], pictures=tmp_path / "pictures")


def test_a_table_tells_text_lines_and_boxes(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    rows = "file\ttext\tlines\tboxes_xywh_px\na.png\t75F112345\t2\t10,20,30,10;0,0,5,5\n"
    (tmp_path / "manifest.tsv").write_text(rows, encoding="utf-8")
    (found,) = read_labels(tmp_path, "tsv")
    assert (found.text, found.lines) == ("75F112345", 2)
    assert [box.box_xyxy_px for box in found.boxes] == [(10, 20, 40, 30), (0, 0, 5, 5)]


def test_a_text_as_printed_is_preferred(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    (tmp_path / "manifest.tsv").write_text("file\ttext\ttext_as_printed\na.png\t29MD1\t29-MĐ1\n", encoding="utf-8")
    assert read_labels(tmp_path, "tsv")[0].text == "29-MĐ1"


def test_only_the_named_pictures_are_kept(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        picture(tmp_path / name)
    (tmp_path / "manifest.tsv").write_text("file\na.png\nb.png\n", encoding="utf-8")
    (tmp_path / "list.txt").write_text("plates/set/b.png\n", encoding="utf-8")
    assert [one.name for one in read_labels(tmp_path, "tsv", only=tmp_path / "list.txt")] == ["b.png"]
    (tmp_path / "list.txt").write_text("c.png\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"no labelled picture.*list\.txt"):
        read_labels(tmp_path, "tsv", only=tmp_path / "list.txt")


def test_every_fault_of_a_table_is_told_with_its_line(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    rows = "file\tlines\tbox_xywh\na.png\t3\t\nb.png\t1\t\na.png\t1\t1,2,3\n"
    (tmp_path / "manifest.tsv").write_text(rows, encoding="utf-8")
    with pytest.raises(ConfigurationFaults) as told:
        read_labels(tmp_path, "tsv")
    assert [fault.line for fault in told.value.faults] == [2, 3, 4]
    assert "expected 1 or 2" in str(told.value)
    assert "there is no picture 'b.png'" in str(told.value)
    assert "3 numbers" in str(told.value)


@pytest.mark.parametrize(
    "row",
    [
        "1 0.5 0.5 0.1 0.1",
        "0 0.5 0.5",
        "-1 0.5 0.5 0.1 0.1",
        "0.5 0.5 0.5 0.1 0.1",
        "car 0.5 0.5 0.1 0.1",
        "0 0.5 0.5 0.1 0",
        "0 408.7 81.5 71 83",
        "0 0.5 nan 0.1 0.1",
        "0 0.1 0.1 0.2 0.1 0.2 0.2",
    ],
)
def test_a_wrong_yolo_line_is_told(tmp_path: Path, row: str) -> None:
    yolo(tmp_path)
    (tmp_path / "labels" / "a.txt").write_text(f"0 0.5 0.5 0.1 0.1\n{row}\n", encoding="utf-8")
    with pytest.raises(ConfigurationFaults, match=r"a\.txt:2"):
        read_labels(tmp_path, "yolo", names=["car"])


def test_every_wrong_annotation_of_coco_is_told(tmp_path: Path) -> None:
    coco(tmp_path)
    document = json.loads((tmp_path / "instances.json").read_text(encoding="utf-8"))
    document["annotations"] += [
        {"image_id": 8, "category_id": 3, "bbox": [0, 0, 5, 5]},
        {"image_id": 7, "category_id": 4, "bbox": [0, 0, 5, 5]},
        {"image_id": 7, "category_id": 3, "bbox": [0, 0, 0, 5]},
    ]
    (tmp_path / "instances.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ConfigurationFaults) as told:
        read_labels(tmp_path, "coco")
    assert [fault.where for fault in told.value.faults] == [f"annotations[{number}]" for number in (2, 3, 4)]
    assert "has no area" in str(told.value)


def test_pictures_without_any_label_folder_are_not_all_empty(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.jpg")
    with pytest.raises(ConfigurationError, match="no folder labels/"):
        read_labels(tmp_path, "yolo", names=["car"])


def test_a_file_of_class_names_may_end_with_empty_lines(tmp_path: Path) -> None:
    yolo(tmp_path)
    (tmp_path / "classes.txt").write_bytes(b"car\r\n\r\n")
    assert boxes_of(read_labels(tmp_path, "yolo"))[0][0] == "car"


def test_missing_files_and_foreign_documents_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no instances\.json"):
        read_labels(tmp_path, "coco")
    with pytest.raises(ConfigurationError, match=r"manifest\.tsv cannot be read"):
        read_labels(tmp_path, "tsv")
    with pytest.raises(ConfigurationError, match=r"classes\.txt cannot be read"):
        read_labels(tmp_path, "yolo")
    (tmp_path / "instances.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no COCO file"):
        read_labels(tmp_path, "coco")
    with pytest.raises(ConfigurationFaults, match="picture"):
        read_labels(tmp_path, "json", names=["car"])


def test_every_missing_picture_is_told(tmp_path: Path) -> None:
    street(tmp_path)
    (tmp_path / "b.json").write_text((tmp_path / "a.json").read_text().replace("a.jpg", "b.jpg"), encoding="utf-8")
    with pytest.raises(ConfigurationFaults) as told:
        read_labels(tmp_path, "json", names=["car"])
    assert [fault.where for fault in told.value.faults] == ["a.jpg", "b.jpg"]


def test_an_unreadable_picture_is_no_empty_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(ConfigurationError, match="cannot be read as a picture"):
        LabelledPicture(path=tmp_path / "a.png", name="a.png").read()


def test_a_stretched_picture_is_brought_back_with_its_boxes() -> None:
    box = LabelledBox(box_xyxy_px=(10, 10, 20, 20), label="plate")
    labelled = LabelledPicture(path=Path("a"), name="a", boxes=(box,))
    changed, image = resized(labelled, np.zeros((100, 100, 3), np.uint8), (200, 50))
    assert changed.boxes[0].box_xyxy_px == (20, 5, 40, 10)
    assert image.shape == (50, 200, 3)


def coco_with(folder: Path, **changes: object) -> None:
    coco(folder)
    document = json.loads((folder / "instances.json").read_text("utf-8")) | changes
    (folder / "instances.json").write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"images": [{"id": 7, "file_name": "a.jpg"}] * 2}, "the id of an image 7 is there 2 times"),
        (
            {"images": [{"id": 7, "file_name": "a.jpg"}, {"id": 8, "file_name": "a.jpg"}]},
            "the picture 'a.jpg' is there 2 times",
        ),
        (
            {"categories": [{"id": 3, "name": "car"}, {"id": 3, "name": "bus"}]},
            "the id of a category 3 is there 2 times",
        ),
        ({"categories": [{"id": 3, "name": "car"}, {"id": 4, "name": "car"}]}, "the name of a category 'car' is"),
        ({"categories": [{"id": 3, "name": None}]}, "None is no name"),
        ({"images": [{"id": 7, "file_name": None}]}, "None is no name"),
        ({"images": [{"id": 7, "file_name": "a" * 5000}]}, "there is no such picture"),
        (
            {"annotations": [{"image_id": 7, "category_id": 3, "bbox": [1, 1, 5, 5], "iscrowd": "0"}]},
            "iscrowd and ignore are 0 or 1",
        ),
    ],
)
def test_what_coco_names_twice_or_not_at_all_is_told(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    coco_with(tmp_path, **changes)
    with pytest.raises(ConfigurationError, match=words):
        read_labels(tmp_path, "coco")


def test_of_two_files_of_labels_none_is_guessed(tmp_path: Path) -> None:
    coco(tmp_path)
    (tmp_path / "instances.json").rename(tmp_path / "train.json")
    assert len(read_labels(tmp_path, "coco")) == 1
    (tmp_path / "val.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"no instances\.json and 2 other files"):
        read_labels(tmp_path, "coco")


@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
def test_a_name_is_found_in_whichever_form_of_unicode_the_disk_has_it(
    tmp_path: Path, on_disk: Literal["NFC", "NFD"]
) -> None:
    for in_labels in ("NFC", "NFD"):
        folder = tmp_path / in_labels
        name = unicodedata.normalize(in_labels, "đường Lê Lợi.jpg")
        coco_with(folder, images=[{"id": 7, "file_name": name}])
        (folder / "images" / "a.jpg").rename(folder / "images" / unicodedata.normalize(on_disk, name))
        assert read_labels(folder, "coco")[0].read().shape == (50, 100, 3)


def test_labels_of_another_picture_or_size_judge_nothing(tmp_path: Path) -> None:
    coco_with(tmp_path / "other", images=[{"id": 7, "file_name": "a.jpg", "width": 1920, "height": 1080}])
    with pytest.raises(ConfigurationError, match="has 100x50 pixels, its labels say 1920x1080"):
        read_labels(tmp_path / "other", "coco")[0].read()
    coco_with(tmp_path / "off", annotations=[{"image_id": 7, "category_id": 3, "bbox": [100, 10, 30, 10]}])
    with pytest.raises(ConfigurationError, match=r"the box \(100.0, 10.0, 130.0, 20.0\) lies outside"):
        read_labels(tmp_path / "off", "coco")[0].read()
    edge = [{"image_id": 7, "category_id": 3, "bbox": [99, -9, 30, 10]}]
    coco_with(tmp_path / "edge", annotations=edge, images=[{"id": 7, "file_name": "a.jpg", "width": 100, "height": 50}])
    assert read_labels(tmp_path / "edge", "coco")[0].read().shape == (50, 100, 3)


def test_a_picture_that_ends_early_is_not_judged_by_its_grey_part(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3)).astype(np.uint8)
    for name, options in (("plain", []), ("progressive", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])):
        whole = cv2.imencode(".jpg", noise, options)[1].tobytes()
        (tmp_path / name).write_bytes(whole)
        assert LabelledPicture(path=tmp_path / name, name=name).read().shape == (200, 300, 3)
        (tmp_path / name).write_bytes(whole[: len(whole) * 9 // 10])
        with pytest.raises(ConfigurationError, match="ends early"):
            LabelledPicture(path=tmp_path / name, name=name).read()


def test_a_picture_too_large_to_open_is_told(tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    with pytest.raises(ConfigurationError, match="cannot be read as a picture"):
        LabelledPicture(path=tmp_path / "a.png", name="a.png").read()


def test_labels_without_a_picture_are_told(tmp_path: Path) -> None:
    yolo(tmp_path)
    (tmp_path / "labels" / "b.txt").write_text("0 0.5 0.5 0.1 0.1\n", encoding="utf-8")
    with pytest.raises(ConfigurationFaults, match=r"b\.txt: it has no picture in images/"):
        read_labels(tmp_path, "yolo", names=["car"])


@pytest.mark.parametrize("names", ["", "car\ncar\n"])
def test_class_names_must_be_there_each_once(tmp_path: Path, names: str) -> None:
    yolo(tmp_path)
    (tmp_path / "classes.txt").write_text(names, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="expected class names, each once"):
        read_labels(tmp_path, "yolo")


def test_half_a_class_is_none(tmp_path: Path) -> None:
    street(tmp_path)
    document = {"name": "a.jpg", "boxes": [[10, 20, 40, 30, 0.7]], "ignored": []}
    (tmp_path / "a.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ConfigurationFaults, match=r"class 0\.7"):
        read_labels(tmp_path, "json", names=["car"], pictures=tmp_path / "pictures")


@pytest.mark.parametrize("at_s", ["nan", "inf", "1e300", "-1"])
def test_an_instant_that_is_none_is_told(tmp_path: Path, at_s: str) -> None:
    picture(tmp_path / "a.png")
    rows = f"file\ttext\tvisit\tat_s\na.png\t75F112345\tv\t{at_s}\n"
    (tmp_path / "manifest.tsv").write_text(rows, encoding="utf-8")
    with pytest.raises(ConfigurationFaults, match="expected seconds since the visit's first picture"):
        read_labels(tmp_path, "tsv")


def test_one_plate_of_a_picture_has_one_row(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    rows = ["file\ttext\tlines\tbox_xywh", "a.png\t75F112345\t2\t10,20,30,10", "a.png\t75F112399\t2\t50,20,30,10"]
    (tmp_path / "manifest.tsv").write_text("\n".join(rows), encoding="utf-8")
    assert [one.text for one in read_labels(tmp_path, "tsv")] == ["75F112345", "75F112399"]
    rows[2] = "a.png\t75F112399\t2\t10,20,30,10"
    (tmp_path / "manifest.tsv").write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(ConfigurationFaults, match=r"the plate of 'a\.png; .*' is there 2 times"):
        read_labels(tmp_path, "tsv")
