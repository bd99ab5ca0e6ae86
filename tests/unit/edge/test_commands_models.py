"""``matthan models`` on the networks that ship and on ones that do not fit."""

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from domain.errors import ConfigurationError
from edge.cli import build_app
from edge.network import built_in_manifest

WEIGHTS = built_in_manifest().parent / "weights"
STREET = WEIGHTS / "street-n.int8.onnx"
ENTRY = {
    "name": "mine",
    "file": str(STREET),
    "task": "detect",
    "sha256": hashlib.sha256(STREET.read_bytes()).hexdigest(),
    "family": "yolo26-e2e",
    "input_size_wh": [320, 192],
    "color": "rgb",
    "scale": 1 / 255,
    "pad_value": 114,
    "labels": [f"class {number}" for number in range(11)],
    "score_threshold": 0.3,
    "iou_threshold": 0.7,
    "licence": "AGPL-3.0-or-later",
    "card": "card.md",
}


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(build_app(), ["models", *arguments])
    if isinstance(result.exception, ConfigurationError):
        return 2, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def manifest(folder: Path, *entries: dict[str, object], card: bool = True) -> str:
    if card:
        (folder / "card.md").write_text("# mine\n", encoding="utf-8")
    tables = [
        "[[model]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in one.items()) for one in entries
    ]
    (folder / "mine.toml").write_text("\n\n".join(tables), encoding="utf-8")
    return str(folder / "mine.toml")


def test_every_network_that_ships_is_right_and_fits() -> None:
    assert "street-n-int8" in run("list")[1]
    code, told = run("verify")
    assert code == 0, told
    assert "FAULT" not in told


def test_a_network_of_ones_own_fits_by_configuration_alone(tmp_path: Path) -> None:
    code, told = run("verify", "mine", "--manifest", manifest(tmp_path, ENTRY))
    assert (code, told.split()[:2]) == (0, ["fits", "mine"])


def test_what_does_not_fit_is_told_of_every_network_at_once(tmp_path: Path) -> None:
    path = manifest(
        tmp_path,
        ENTRY,
        {**ENTRY, "name": "other-file", "sha256": "0" * 64},
        {**ENTRY, "name": "other-head", "family": "yolov8"},
        {**ENTRY, "name": "no-file", "file": "nowhere.onnx"},
        card=False,
    )
    code, told = run("verify", "mine", "other-file", "other-head", "no-file", "--manifest", path)
    assert code == 1
    assert told.count("FAULT") == 4
    assert "its card card.md is missing" in told
    assert "is not the file that the manifest names" in told
    assert "yolov8" in told
    assert "nowhere.onnx" in told


def test_an_unknown_name_is_told_with_those_there_are() -> None:
    code, told = run("verify", "nobody")
    assert code == 2
    assert "street-n" in told


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        (tmp_path / "images").mkdir(exist_ok=True)
        (tmp_path / "labels").mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / "images" / f"{name}.png"), np.full((96, 160, 3), 90, np.uint8))
        (tmp_path / "labels" / f"{name}.txt").write_text("0 0.5 0.5 0.2 0.2\n1 0.2 0.2 0.1 0.1\n", encoding="utf-8")
    return tmp_path


def test_a_detector_is_judged_at_several_sizes_and_says_what_it_does_not_know(pictures: Path) -> None:
    options = ["--format", "yolo", "--classes", "car,unicorn", "--size", "320x192", "--size", "160x96"]
    code, told = run("eval", str(pictures), "street-n-int8", *options)
    assert code == 0, told
    assert "street-n-int8 320x192 at 0.3" in told
    assert "street-n-int8 160x96 at 0.3" in told
    assert "| car | 2 |" in told
    assert "street-n-int8 does not know: unicorn." in told
    assert "false finds a picture there" in told


def test_labels_may_have_other_words_for_a_class(pictures: Path) -> None:
    options = ["--format", "yolo", "--classes", "bike,auto", "--rename", "motorcycle=bike", "--rename", "bicycle=bike"]
    told = run("eval", str(pictures), "street-n-int8", "--rename", "car=auto", *options)[1]
    assert "| bike | 2 |" in told
    assert "does not know" not in told


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--size", "640"], "width x height"),
        (["--size", "0x640"], "width x height"),
        (["--rename", "car"], "OURS=THEIRS"),
        (["--classes", "car"], "class 1, but the classes are 0 to 0"),
    ],
)
def test_wrong_options_and_labels_are_told(pictures: Path, options: list[str], words: str) -> None:
    given = ["--format", "yolo", *([] if "--classes" in options else ["--classes", "car,bus"]), *options]
    code, told = run("eval", str(pictures), "street-n-int8", *given)
    assert code == 2
    assert words in told


def test_time_and_memory_are_told() -> None:
    code, told = run("bench", "street-n-int8", "street-n", "--size", "160x96", "--rounds", "3")
    assert code == 0, told
    assert "| street-n-int8 |" in told
    assert "| 1.00 |" in told
    assert "Peak memory" in told


def test_export_says_what_it_needs() -> None:
    code, told = run("export", "best.pt", "--out", "best.onnx")
    assert code == 2
    assert "pip install .[train]" in told
