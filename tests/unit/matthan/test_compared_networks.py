"""``matthan models eval``: networks that know other classes, cameras by folder, heads, and sheets of what is wrong."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from domain.errors import ConfigurationError
from matthan.cli import build_app
from matthan.model_eval.chain import VisitResult
from matthan.model_eval.error_sheet import visit_tiles
from matthan.model_eval.labelled import LabelledPicture
from tests.builders.tiny_networks import entry, manifest, network

CAR, VAN, FAR = [8.0, 8.0, 48.0, 48.0], [60.0, 10.0, 100.0, 50.0], [110.0, 40.0, 150.0, 80.0]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(build_app(), ["models", "eval", *arguments])
    if isinstance(result.exception, ConfigurationError):
        return 2, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def xywh(box: list[float]) -> list[float]:
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]


def coco(folder: Path, labels: list[str], pictures: dict[str, list[tuple[list[float], str, dict[str, int]]]]) -> Path:
    """A folder of grey pictures of 160x96 with boxes, labels and flags."""
    annotations: list[dict[str, Any]] = []
    for number, (name, boxes) in enumerate(pictures.items()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), np.full((96, 160, 3), 90, np.uint8))
        annotations += [
            {"image_id": number, "category_id": labels.index(label), "bbox": xywh(box), **flags}
            for box, label, flags in boxes
        ]
    document = {
        "images": [{"id": number, "file_name": name} for number, name in enumerate(pictures)],
        "categories": [{"id": number, "name": label} for number, label in enumerate(labels)],
        "annotations": annotations,
    }
    (folder / "instances.json").write_text(json.dumps(document), "utf-8")
    return folder


def detector(folder: Path, name: str, labels: list[str], *rows: tuple[list[float], float, str]) -> dict[str, object]:
    answer = np.array([[*box, score, labels.index(label)] for box, score, label in rows], np.float32)
    keys = {"task": "detect", "family": "yolo26-e2e", "pad_value": 114, "score_threshold": 0.3, "iou_threshold": 0.7}
    return entry(folder, name, network(answer), **keys, input_size_wh=[160, 96], labels=labels)


def test_networks_are_compared_over_the_classes_that_all_know(tmp_path: Path) -> None:
    coco(tmp_path, ["car", "van"], {"a.png": [(CAR, "car", {}), (VAN, "van", {})]})
    both = detector(tmp_path, "both", ["car", "van"], (CAR, 0.9, "car"), (FAR, 0.8, "van"))
    cars = detector(tmp_path, "cars", ["auto"], (CAR, 0.9, "auto"))
    options = ["--format", "coco", "--manifest", str(manifest(tmp_path, both, cars)), "--rename", "auto=car"]
    code, told = run(str(tmp_path), "both", "cars", *options)
    assert code == 0, told
    assert "| recall of all at the working score |  | 1.000 (0.207..1.000) | 1.000 (0.207..1.000) |" in told
    assert "| false finds a picture there |  | 0.00 | 0.00 |" in told
    assert "| **mean** | 1 | 1.000 / 1.000 | 1.000 / 1.000 |" in told
    assert "Means and sums are over what all know: car." in told
    alone = run(str(tmp_path), "both", *options[:4])[1]
    assert "| recall of all at the working score |  | 0.500 (0.095..0.905) |" in alone
    assert "| false finds a picture there |  | 1.00 |" in alone
    assert "what all know" not in alone


@pytest.mark.parametrize("flag", ["iscrowd", "ignore"])
def test_what_coco_marks_as_crowd_or_to_be_ignored_counts_neither_way(tmp_path: Path, flag: str) -> None:
    coco(tmp_path, ["car"], {"a.png": [(CAR, "car", {}), (FAR, "car", {flag: 1}), (VAN, "car", {flag: 0})]})
    network_ = detector(tmp_path, "one", ["car"], (CAR, 0.9, "car"), (FAR, 0.8, "car"))
    told = run(str(tmp_path), "one", "--format", "coco", "--manifest", str(manifest(tmp_path, network_)))[1]
    assert "| recall of all at the working score |  | 0.500" in told
    assert "| false finds a picture there |  | 0.00 |" in told


def test_a_camera_that_is_served_badly_has_its_row(tmp_path: Path) -> None:
    coco(tmp_path, ["car"], {"east/1.png": [(CAR, "car", {})], "west/1.png": [(FAR, "car", {})], "west/2.png": []})
    network_ = detector(tmp_path, "one", ["car"], (CAR, 0.9, "car"))
    options = [str(tmp_path), "one", "--format", "coco", "--manifest", str(manifest(tmp_path, network_))]
    told = run(*options, "--groups")[1]
    assert "| east | 1 | 1 | 1.000 (0.207..1.000) / 1.000 (0.207..1.000) |" in told
    assert "| west | 2 | 1 | 0.000 (0.000..0.793) / 0.000 (0.000..0.658) |" in told
    assert "by folder" not in run(*options)[1]


HEADS = [("helmet", CAR), ("bare", VAN), ("bare", FAR), ("cannot_tell", [60.0, 60.0, 80.0, 80.0])]


def heads(folder: Path, name: str, labels: list[str], logits: list[float]) -> dict[str, object]:
    content = network(np.array(logits, np.float32), height=48, width=48)
    keys = {"task": "heads", "family": "head-classifier", "input_size_wh": [48, 48]}
    limits = {label: 0.7 for label in labels if label != "cannot_tell"}
    return entry(folder, name, content, **keys, labels=labels, least_confidence=limits)


def test_heads_are_judged_with_what_nobody_can_tell(tmp_path: Path) -> None:
    coco(tmp_path, ["helmet", "bare", "cannot_tell"], {"a/1.png": [(box, label, {}) for label, box in HEADS]})
    bare = heads(tmp_path, "all-bare", ["helmet", "bare"], [0.0, 5.0])
    unsure = heads(tmp_path, "unsure", ["helmet", "bare"], [0.0, 0.1])
    options = ["--format", "coco", "--manifest", str(manifest(tmp_path, bare, unsure))]
    code, told = run(str(tmp_path), "all-bare", "unsure", *options, "--groups")
    assert code == 0, told
    assert "| network | truth | told helmet | told bare | told cannot_tell |" in told
    assert "| all-bare | cannot_tell | 0 | 1 | 0 |" in told
    assert "| unsure | bare | 0 | 0 | 2 |" in told
    assert "| all-bare | all |  | 4 | - / 0.000 (0.000..0.793) | 0.500 (0.150..0.850) / 1.000 (0.342..1.000) |" in told
    assert "| all-bare | folder | a | 4 |" in told
    assert "| all-bare | width | 16 to 24 px | 1 |" in told
    document = json.loads(run(str(tmp_path), "all-bare", *options, "--json")[1])
    assert document["all-bare"][0]["truth"] == "helmet"


def test_a_network_that_says_itself_that_nobody_can_tell_has_one_column_of_it(tmp_path: Path) -> None:
    coco(tmp_path, ["helmet", "bare", "cannot_tell"], {"a/1.png": [(box, label, {}) for label, box in HEADS]})
    one = heads(tmp_path, "says-so", ["helmet", "bare", "cannot_tell"], [0.0, 0.0, 5.0])
    code, told = run(str(tmp_path), "says-so", "--format", "coco", "--manifest", str(manifest(tmp_path, one)))
    assert code == 0, told
    assert "| network | truth | told helmet | told bare | told cannot_tell |\n" in told
    assert "| says-so | cannot_tell | 0 | 0 | 1 |" in told


def test_a_word_for_heads_that_no_network_knows_is_told(tmp_path: Path) -> None:
    coco(tmp_path, ["cap"], {"a.png": [(CAR, "cap", {})]})
    path = manifest(tmp_path, heads(tmp_path, "mine", ["helmet", "other"], [0.0, 5.0]))
    options = [str(tmp_path), "mine", "--format", "coco", "--manifest", str(path)]
    assert run(*options) == (
        2,
        "mine knows no cap: label heads helmet, other, cannot_tell, or say --rename OURS=THEIRS",
    )
    assert "| mine | other | 0 | 1 | 0 |" in run(*options, "--rename", "other=cap")[1]


def test_a_sheet_shows_what_is_wrong_and_is_empty_where_nothing_is(tmp_path: Path) -> None:
    coco(tmp_path, ["car"], {"a.png": [(CAR, "car", {})], "b.png": [(FAR, "car", {})]})
    right, wrong = ([CAR, FAR], 0.9), ([VAN], 0.9)
    networks = [
        detector(tmp_path, name, ["car"], *((box, score, "car") for box in boxes))
        for name, (boxes, score) in (("right", right), ("wrong", wrong))
    ]
    options = ["--format", "coco", "--manifest", str(manifest(tmp_path, *networks))]
    out = tmp_path / "errors.png"
    assert run(str(tmp_path), "wrong", *options, "--sheet", str(out))[0] == 0
    sheet = cv2.imread(str(out))
    assert sheet is not None
    assert sheet.shape == (400, 3 * 640, 3)
    assert (sheet[:380, :1280] == (40, 40, 255)).all(axis=2).any()
    assert run(str(tmp_path), "right", "wrong", *options, "--sheet", str(out)) == (
        2,
        "--sheet draws what one network gets wrong: name one",
    )
    code, told = run(str(tmp_path), "wrong", *options, "--sheet", str(tmp_path / "no" / "errors.png"))
    assert (code, "cannot be written" in told) == (2, True)


def test_a_sheet_of_heads_has_a_tile_for_each_that_is_told_wrongly(tmp_path: Path) -> None:
    coco(tmp_path, ["helmet", "bare", "cannot_tell"], {"a.png": [(box, label, {}) for label, box in HEADS]})
    path = manifest(tmp_path, heads(tmp_path, "all-bare", ["helmet", "bare"], [0.0, 5.0]))
    out = tmp_path / "heads.png"
    assert run(str(tmp_path), "all-bare", "--format", "coco", "--manifest", str(path), "--sheet", str(out))[0] == 0
    sheet = cv2.imread(str(out))
    assert sheet is not None
    assert [bool(sheet[:, 160 * tile : 160 * (tile + 1)].any()) for tile in range(4)] == [True, True, False, False]


def test_a_sheet_of_visits_shows_the_vehicle_and_bears_pictures_of_any_shape(tmp_path: Path) -> None:
    street = np.zeros((1000, 2000, 3), np.uint8)
    street[900:920, 100:160] = 255
    cv2.imwrite(str(tmp_path / "street.png"), street)
    cv2.imwrite(str(tmp_path / "line.png"), np.full((1, 900, 3), 255, np.uint8))
    pictures = [
        LabelledPicture(
            path=tmp_path / "street.png", name="street.png", visit="seen", vehicle_box_xyxy_px=(90, 850, 190, 1100)
        ),
        LabelledPicture(path=tmp_path / "line.png", name="line.png"),
    ]
    results = [
        VisitResult(name=name, truth="A", layout="one_line", pictures=1, width_px=None, told=None, reason="why")
        for name in ("seen", "line.png")
    ]

    vehicle, line = visit_tiles(results, pictures)

    assert (vehicle[:120] == 255).all(axis=2).mean() > 0.02
    assert (line[0] == 255).all()
