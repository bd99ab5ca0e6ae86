import hashlib
from pathlib import Path

import pytest

from detectors.manifest import find_model, read_manifest, read_weights
from detectors.model_specs import DetectorSpec, PlateCornersSpec, PlateReaderSpec
from domain.errors import ConfigurationError, ConfigurationFaults, ModelError, ModelIntegrityError

REPOSITORY = Path(__file__).resolve().parents[3]

ENTRY = """
[[model]]
name = "small"
file = "weights/small.onnx"
task = "detect"
sha256 = "{sha256}"
family = "yolo26-e2e"
input_size_wh = [64, 32]
color = "rgb"
scale = 0.1
pad_value = 114
labels = ["person", "car"]
score_threshold = 0.25
iou_threshold = 0.7
licence = "MIT"
card = "weights/small.md"
"""


def manifest(folder: Path, text: str) -> Path:
    path = folder / "manifest.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_entry_says_what_the_network_needs(tmp_path: Path) -> None:
    (spec,) = read_manifest(manifest(tmp_path, ENTRY.format(sha256="a" * 64)))
    assert spec.path == tmp_path / "weights" / "small.onnx"
    assert spec.input_wh == (64, 32)
    assert spec.labels == ("person", "car")
    assert (spec.ref.name, spec.ref.sha256) == ("small", "a" * 64)


def test_the_manifest_of_this_repository_is_right_and_fits_its_files() -> None:
    specs = read_manifest(REPOSITORY / "models" / "manifest.toml")
    assert {"person", "motorcycle", "car"} <= set(find_model(specs, "street-n", DetectorSpec).labels)
    for spec in specs:
        assert read_weights(spec)


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ('family = "yolo26-e2e"', 'family = "yolov99"', 7, "supported families: yolo26-e2e, yolov8, yolox, detr"),
        ("pad_value = 114", "pad_value = 300", 11, "255"),
        ('color = "rgb"', 'colour = "rgb"', 9, "known keys: name, file"),
        ("scale = 0.1\n", "", 2, "add the key"),
        ("input_size_wh = [64, 32]", "input_size_wh = [60, 32]", 2, "multiples of the stride 32"),
        ('labels = ["person", "car"]', 'labels = ["car", "car"]', 2, "differ"),
        ("{sha256}", "short", 6, "pattern"),
        ('task = "detect"', 'task = "sing"', 5, "tasks: detect, plate-corners, plate-read"),
        ('task = "detect"', 'task = "plate-corners"', 7, "supported families: corner-regression"),
    ],
)
def test_a_fault_is_told_with_its_place_and_remedy(
    tmp_path: Path, before: str, after: str, line: int, words: str
) -> None:
    assert before in ENTRY
    path = manifest(tmp_path, ENTRY.replace(before, after).format(sha256="a" * 64))
    with pytest.raises(ConfigurationFaults) as caught:
        read_manifest(path)
    assert words in str(caught.value)
    assert line in {fault.line for fault in caught.value.faults}


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    good, bad = ENTRY.format(sha256="a" * 64), ENTRY.format(sha256="x").replace("yolo26-e2e", "rcnn")
    with pytest.raises(ConfigurationFaults) as caught:
        read_manifest(manifest(tmp_path, good + bad + "[other]\nkey = 1\n"))
    assert {fault.where for fault in caught.value.faults} == {"other", "model[1].sha256", "model[1].family"}


@pytest.mark.parametrize("text", ["", "model = 3", "[[model]\n", "[[model]]\nname = 'x'\nname = 'y'\n"])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationFaults):
        read_manifest(manifest(tmp_path, text))


def test_a_name_used_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFaults, match="'small' is used twice"):
        read_manifest(manifest(tmp_path, ENTRY.format(sha256="a" * 64) * 2))


def test_a_manifest_that_is_not_there_is_the_installers_matter(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_manifest(tmp_path / "absent.toml")


def test_an_unknown_name_is_answered_with_those_there_are(tmp_path: Path) -> None:
    specs = read_manifest(manifest(tmp_path, ENTRY.format(sha256="a" * 64)))
    with pytest.raises(ConfigurationError, match="is called 'large'; the manifest lists small"):
        find_model(specs, "large", DetectorSpec)


def test_weights_are_read_only_if_they_are_the_ones_meant(tmp_path: Path) -> None:
    content = b"weights"
    (spec,) = read_manifest(manifest(tmp_path, ENTRY.format(sha256=hashlib.sha256(content).hexdigest())))
    with pytest.raises(ModelError, match="cannot be read"):
        read_weights(spec)
    spec.path.parent.mkdir()
    spec.path.write_bytes(content)
    assert read_weights(spec) == content
    spec.path.write_bytes(content + b"!")
    with pytest.raises(ModelIntegrityError, match="is not the file that the manifest names"):
        read_weights(spec)


READER = """
[[model]]
name = "reader"
file = "reader.onnx"
task = "plate-read"
sha256 = "{sha256}"
family = "row-ctc"
alphabet = "0123"
color = "rgb"
scale = 0.1
licence = "MIT"
card = "reader.md"
"""


def test_a_reader_knows_its_characters_and_a_foreign_one_brings_them(tmp_path: Path) -> None:
    (spec,) = read_manifest(manifest(tmp_path, READER.format(sha256="a" * 64)))
    assert isinstance(spec, PlateReaderSpec)
    assert (spec.alphabet, spec.one_line_wh, spec.two_lines_wh, spec.temperature) == ("0123", (128, 32), (96, 64), 1.0)
    for wrong in (
        ('alphabet = "0123"', 'alphabet = "0012"'),
        ('"row-ctc"', '"rapidocr-rec"'),
        ('alphabet = "0123"', ""),
    ):
        with pytest.raises(ConfigurationFaults, match="alphabet"):
            read_manifest(manifest(tmp_path, READER.replace(*wrong).format(sha256="a" * 64)))


def test_a_network_of_another_task_is_not_found(tmp_path: Path) -> None:
    specs = read_manifest(manifest(tmp_path, ENTRY.format(sha256="a" * 64)))
    with pytest.raises(ConfigurationError, match="'plate-corners' is called 'small'; the manifest lists none"):
        find_model(specs, "small", PlateCornersSpec)
