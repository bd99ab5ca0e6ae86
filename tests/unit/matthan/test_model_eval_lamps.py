"""``matthan models eval`` judges single looks at traffic lights; dark and absent ones are not to be told."""

import json
from pathlib import Path

import cv2
import numpy as np
from typer.testing import CliRunner

from domain.errors import ConfigurationError
from matthan.cli import build_app
from tests.builders.signal_pictures import GREEN, HOUSING, RED, signal_picture

BESIDE = (160, 120, 210, 264)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(build_app(), ["models", "eval", *arguments])
    if isinstance(result.exception, ConfigurationError):
        return 2, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def folder_of_lights(folder: Path) -> Path:
    """Two cameras with a light each, and a region beside it where no light is."""
    images, boxes = [], []
    names = ["red", "green", "cannot_tell"]
    for number, (name, picture, state) in enumerate(
        [
            ("day/a.png", signal_picture(RED), "red"),
            ("day/b.png", signal_picture(GREEN), "green"),
            ("night/a.png", np.zeros_like(signal_picture(RED)), "cannot_tell"),
        ]
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), picture)
        images.append({"id": number, "file_name": name})
        for box, label in ((HOUSING, state), (BESIDE, "cannot_tell")):
            x1, y1, x2, y2 = box
            boxes.append({"image_id": number, "category_id": names.index(label), "bbox": [x1, y1, x2 - x1, y2 - y1]})
    categories = [{"id": number, "name": name} for number, name in enumerate(names)]
    document = {"images": images, "annotations": boxes, "categories": categories}
    (folder / "instances.json").write_text(json.dumps(document), "utf-8")
    return folder


def test_lights_are_told_by_state_and_folder_with_intervals(tmp_path: Path) -> None:
    folder_of_lights(tmp_path)
    code, told = run(str(tmp_path), "lamp-fit", "--format", "coco", "--groups", "--sheet", str(tmp_path / "wrong.png"))
    assert code == 0, told
    assert "| lamp-fit | red | 1 | 0 | 0 | 0 |" in told
    assert "| lamp-fit | green | 0 | 0 | 1 | 0 |" in told
    assert "| lamp-fit | cannot_tell | 0 | 0 | 0 | 4 |" in told
    assert "| lamp-fit | folder | day | 4 | 1.000 (0.207..1.000) / 1.000 (0.207..1.000) |" in told
    assert cv2.imread(str(tmp_path / "wrong.png")) is not None


def test_every_light_is_in_the_json(tmp_path: Path) -> None:
    code, told = run(str(folder_of_lights(tmp_path)), "lamp-fit", "--format", "coco", "--json")
    assert code == 0, told
    assert [(one["truth"], one["told"]) for one in json.loads(told)["lamp-fit"]][:2] == [
        ("red", "red"),
        ("cannot_tell", "cannot_tell"),
    ]


def test_labels_that_are_no_states_and_options_of_other_tasks_are_told(tmp_path: Path) -> None:
    folder = folder_of_lights(tmp_path)
    code, told = run(str(folder), "lamp-fit", "--format", "coco", "--size", "64x64")
    assert (code, "--size means nothing for the task lamp-fit" in told) == (2, True)
    text = (folder / "instances.json").read_text().replace('"green"', '"go"')
    (folder / "instances.json").write_text(text)
    code, told = run(str(folder), "lamp-fit", "--format", "coco")
    assert code == 2
    assert "no light is go: label red, yellow, green, cannot_tell" in told
    assert run(str(folder), "lamp-fit", "--format", "coco", "--rename", "green=go")[0] == 0
