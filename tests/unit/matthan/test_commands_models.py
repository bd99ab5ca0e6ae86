"""``matthan models`` on the networks that ship and on ones that do not fit."""

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from domain.errors import ConfigurationError
from edge.networks.street_network import built_in_manifest
from matthan.cli import build_app
from tests.builders.tiny_networks import entry, manifest, network

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


def test_every_network_that_ships_is_right_and_fits() -> None:
    assert "street-n-int8" in run("list")[1]
    code, told = run("verify")
    assert code == 0, told
    assert "FAULT" not in told


def test_a_network_of_ones_own_fits_by_configuration_alone(tmp_path: Path) -> None:
    code, told = run("verify", "mine", "--manifest", str(manifest(tmp_path, ENTRY)))
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
    code, told = run("verify", "mine", "other-file", "other-head", "no-file", "--manifest", str(path))
    assert code == 1
    assert told.count("FAULT") == 4
    assert "its card card.md is missing" in told
    assert "is not the file that the manifest names" in told
    assert "yolov8" in told
    assert "nowhere.onnx" in told
    assert "| put the right file there, or if this one is meant, write its hash into the manifest" in told


ALPHABET = "0123456789F"


def steps(text: str, alphabet: str) -> NDArray[np.float32]:
    """What a reader's network answers when it is sure of a text: a column for a gap, then one a character."""
    rows = np.zeros((2 * len(text), 1 + len(alphabet)), np.float32)
    for place, character in enumerate(text):
        rows[2 * place, 1 + alphabet.index(character)] = 20.0
        rows[2 * place + 1, 0] = 20.0
    return rows


def reader(folder: Path, name: str, text: str = "75F112345") -> dict[str, object]:
    return entry(folder, name, network(steps(text, ALPHABET)), task="plate-read", family="row-ctc", alphabet=ALPHABET)


def corners(folder: Path, name: str, answer: list[float]) -> dict[str, object]:
    content = network(np.array(answer, np.float32), height=64, width=96)
    return entry(folder, name, content, task="plate-corners", family="corner-regression", input_size_wh=[96, 64])


def finder(folder: Path, name: str, rows: list[list[float]], height: int | str = "h") -> dict[str, object]:
    detector = {key: ENTRY[key] for key in ("task", "family", "pad_value", "score_threshold", "iou_threshold")}
    content = network(np.array(rows, np.float32), height=height)
    return entry(folder, name, content, **detector, input_size_wh=[160, 96], labels=["plate"])


INSIDE = [0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9, 3.0]  # four corners and the logit of two lines
PLATE_ROW = [40.0, 30.0, 80.0, 60.0, 0.9, 0.0]


def test_networks_of_every_task_fit(tmp_path: Path) -> None:
    listed = network(steps("59F", "0159FA "), height=48, notes={"character": "0\n1\n5\n9\nF\nA"})
    heads = network(np.zeros(2, np.float32), height=64, width=64)
    path = manifest(
        tmp_path,
        reader(tmp_path, "row"),
        corners(tmp_path, "four", INSIDE),
        finder(tmp_path, "where", [PLATE_ROW]),
        entry(tmp_path, "rapid", listed, task="plate-read", family="rapidocr-rec") | {"color": "bgr", "scale": 2 / 255},
        entry(tmp_path, "heads-2", heads, task="heads", family="head-classifier", input_size_wh=[64, 64])
        | {"labels": ["helmet", "bare"], "least_confidence": {"helmet": 0.6, "bare": 0.6}},
    )
    names = ["row", "four", "where", "rapid", "heads-2"]
    code, told = run("verify", *names, "--manifest", str(path))
    assert code == 0, told
    assert [line.split()[:2] for line in told.splitlines()] == [["fits", name] for name in names]
    assert "| heads-2 | heads |" in run("list", "--manifest", str(path))[1]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("corners", "needs [batch, 9]"),
        ("alphabet", "needs [batch, any, 13]"),
        ("characters", "names no characters"),
        ("height", "needs pictures of 208x48"),
        ("fixed", "does not fit input_size_wh [160, 96]"),
        ("numbers", "numbers that are not finite"),
        ("class", "answered what its entry in the manifest does not describe"),
        ("rubbish", "cannot be opened"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, wrong: str, words: str) -> None:
    rapid = {"task": "plate-read", "family": "rapidocr-rec", "scale": 2 / 255}
    listed = {"character": "0\n1"}
    made = {
        "corners": lambda: corners(tmp_path, "new", INSIDE[:8]),
        "alphabet": lambda: {**reader(tmp_path, "new"), "alphabet": f"{ALPHABET}G"},
        "characters": lambda: entry(tmp_path, "new", network(steps("1", "01 "), height=48), **rapid),
        "height": lambda: entry(tmp_path, "new", network(steps("1", "01 "), height=32, notes=listed), **rapid),
        "fixed": lambda: finder(tmp_path, "new", [PLATE_ROW], height=64),
        "numbers": lambda: finder(tmp_path, "new", [[float("nan")] * 6]),
        "class": lambda: finder(tmp_path, "new", [[*PLATE_ROW[:5], 7.0]]),
        "rubbish": lambda: entry(tmp_path, "new", b"no network", **rapid),
    }
    code, told = run("verify", "new", "--manifest", str(manifest(tmp_path, made[wrong]())))
    assert code == 1
    assert words in told
    assert " | " in told


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
    assert "street-n-int8 320x192 at 0.28" in told
    assert "street-n-int8 160x96 at 0.28" in told
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
        (["--rename", "car=bus", "--rename", "car=van"], "gives one label two names: car=bus, car=van"),
        (["--classes", "zebra,cart"], "nothing to judge by: labelled is"),
        (["--classes", "car"], "class 1, but the classes are 0 to 0"),
    ],
)
def test_wrong_options_and_labels_are_told(pictures: Path, options: list[str], words: str) -> None:
    given = ["--format", "yolo", *([] if "--classes" in options else ["--classes", "car,bus"]), *options]
    code, told = run("eval", str(pictures), "street-n-int8", *given)
    assert code == 2
    assert words in told


def plates(folder: Path, *rows: str) -> Path:
    """A table of plates, each in a picture of 160x96."""
    for row in rows:
        cv2.imwrite(str(folder / row.split()[0]), np.full((96, 160, 3), 90, np.uint8))
    lines = ["file\ttext\tlines\tbox_xywh", *rows]
    (folder / "manifest.tsv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_what_a_detector_finds_is_counted_by_hand(tmp_path: Path) -> None:
    plates(tmp_path, "a.png\t\t\t40,30,40,30", "b.png\t\t\t0,0,20,20")
    path = manifest(tmp_path, finder(tmp_path, "where", [PLATE_ROW]), finder(tmp_path, "blind", [[0.0] * 6]))
    options = ["--format", "tsv", "--manifest", str(path)]
    code, told = run("eval", str(tmp_path), "where", "blind", *options)
    assert code == 0, told
    assert "| recall of all at the working score |  | 0.500 (0.095..0.905) | 0.000 (0.000..0.658) |" in told
    assert "| precision there |  | 0.500 (0.095..0.905) | - |" in told
    assert "| false finds a picture there |  | 0.50 | 0.00 |" in told
    assert "| small objects, mean | 1 | 0.000 / 0.000 |" in told
    code, told = run("eval", str(tmp_path), "where", "--json", "--score", "0.95", *options)
    (figures,) = json.loads(told)
    assert figures["finds"] == {"pictures": 2, "objects": 2, "right": 0, "false": 0}
    assert figures["working_score"] == 0.95
    assert figures["classes"]["plate"]["ap50"] == pytest.approx(51 / 101)
    assert figures["sizes"]["medium"]["plate"]["ap50"] == 1.0


def test_readers_are_judged_by_layout_with_and_without_the_grammar(tmp_path: Path) -> None:
    rows = ["a.png\t75F1 123.45\t2\t40,30,40,30", "b.png\t75F112346\t2\t40,30,40,30", "c.png\t75F11234\t1\t"]
    plates(tmp_path, *rows)
    path = manifest(tmp_path, reader(tmp_path, "row"), corners(tmp_path, "four", INSIDE))
    options = ["--format", "tsv", "--manifest", str(path)]
    code, told = run("eval", str(tmp_path), "row", *options)
    assert code == 0, told
    assert "| row | two lines | 2 | 0.500 (0.095..0.905) | 0.000 (0.000..0.658) | 0 | 5.56 % |" in told
    # the tiny network names one line of characters, wherever two were: the grammar refuses it as having a gap
    assert "| row | one line | 1 | 0.000" in told
    assert run("eval", str(tmp_path), "row", "--corners", "four", *options) == (0, told)
    code, told = run("eval", str(tmp_path), "row", "--json", *options)
    document = json.loads(told)["row"]
    assert document["layouts"]["all"]["exact"] == 1
    assert [plate["read"] for plate in document["plates"]] == ["75F112345"] * 3


def test_corners_tell_the_layout_where_it_is_not_labelled(tmp_path: Path) -> None:
    plates(tmp_path, "a.png\t75F112345\t\t40,30,40,30")
    path = manifest(tmp_path, reader(tmp_path, "row"), corners(tmp_path, "four", INSIDE))
    options = ["--format", "tsv", "--manifest", str(path)]
    code, told = run("eval", str(tmp_path), "row", *options)
    assert code == 2
    assert "say in the column 'lines'" in told
    assert "| row | two lines | 1 | 1.000" in run("eval", str(tmp_path), "row", "--corners", "four", *options)[1]


def test_visits_are_told_as_json_and_drawn_where_they_are_wrong(tmp_path: Path) -> None:
    plates(tmp_path, "a.png\t75F112345\t1\t40,30,40,30", "b.png\t75F112346\t1\t40,30,40,30")
    path = manifest(tmp_path, reader(tmp_path, "row"), corners(tmp_path, "four", INSIDE))
    options = ["--format", "tsv", "--manifest", str(path), "--chain", "--corners", "four"]
    code, told = run("eval", str(tmp_path), "row", *options, "--json", "--sheet", str(tmp_path / "wrong.png"))
    assert code == 0, told
    visits = json.loads(told)["row"]
    assert [one["truth"] for one in visits] == ["75F112345", "75F112346"]
    assert all(one["told"] or one["reason"] for one in visits)
    sheet = cv2.imread(str(tmp_path / "wrong.png"))
    assert sheet is not None
    assert sheet.max() > 0
    code, told = run("eval", str(tmp_path), "row", *options, "--undo-stretch", "160x96")
    assert (code, "--undo-stretch means nothing for --chain" in told) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["where", "row"], "cannot judge the tasks detect, plate-read in one table"),
        (["heads", "--size", "320x192"], "--size means nothing for the task heads"),
        (["heads"], "no head is labelled"),
        (["where", "row", "--sheet", "x.png"], "cannot judge the tasks"),
        (["four"], "plate corners are judged by what a reader reads with --corners"),
        (["row", "--score", "0.5"], "--score means nothing for the task plate-read"),
        (["where", "--corners", "four"], "--corners means nothing for the task detect"),
        (["where", "--size", "100x96"], "multiples of 32"),
        (["where", "--size", "640x99999999999"], "at most 4096"),
        (["where", "--rename", "lorry=truck"], "where knows no lorry"),
        (["where"], "no object is labelled"),
        (["row"], "no picture has a text"),
        (["row", "--corners", "nobody"], "nobody"),
    ],
)
def test_what_cannot_be_judged_is_told(tmp_path: Path, arguments: list[str], words: str) -> None:
    plates(tmp_path, "a.png\t\t\t")
    path = manifest(
        tmp_path, reader(tmp_path, "row"), corners(tmp_path, "four", INSIDE), finder(tmp_path, "where", [PLATE_ROW])
    )
    code, told = run("eval", str(tmp_path), *arguments, "--format", "tsv", "--manifest", str(path))
    assert code == 2
    assert words in told


def test_pictures_may_be_brought_back_to_their_size(tmp_path: Path) -> None:
    """Stretched to twice its height, the plate is where the network finds it only when the stretch is undone."""
    cv2.imwrite(str(tmp_path / "a.png"), np.full((192, 160, 3), 90, np.uint8))
    (tmp_path / "manifest.tsv").write_text("file\tbox_xywh\na.png\t10,60,40,60\n", encoding="utf-8")
    path = manifest(tmp_path, finder(tmp_path, "where", [[10.0, 30.0, 50.0, 60.0, 0.9, 0.0]]))
    options = ["eval", str(tmp_path), "where", "--format", "tsv", "--manifest", str(path)]
    assert "| precision there |  | 0.000 (0.000..0.793) |" in run(*options)[1]
    assert "| precision there |  | 1.000 (0.207..1.000) |" in run(*options, "--undo-stretch", "160x96")[1]


def test_time_and_memory_are_told() -> None:
    code, told = run("bench", "street-n-int8", "street-n", "--size", "160x96", "--rounds", "3")
    assert code == 0, told
    assert "| street-n-int8 |" in told
    assert "| 1.00 |" in told
    assert "Peak memory" in told


def test_a_size_that_does_not_fit_cannot_be_measured() -> None:
    code, told = run("bench", "street-n-int8", "--size", "100x96", "--rounds", "1")
    assert (code, "multiples of 32" in told) == (2, True)


def test_export_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    weights = tmp_path / "best.pt"
    weights.write_bytes(b"")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code, told = run("export", str(weights), "--out", "best.onnx")
    assert code == 2
    assert "pip install -e .[train]" in told
