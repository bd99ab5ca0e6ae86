"""Labelled pictures in every form, and faults told with their place."""

import json
from collections.abc import Sequence
from pathlib import Path

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
