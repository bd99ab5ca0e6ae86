import hashlib
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

MODELS = Path(__file__).parents[3] / "models"
MANIFEST = tomllib.loads((MODELS / "manifest.toml").read_text(encoding="utf-8"))
ENTRIES: list[dict[str, Any]] = MANIFEST["model"]
DETECTORS = [entry for entry in ENTRIES if entry["task"] == "detect"]
LIMIT_BYTES = 40_000_000


def name_of(entry: dict[str, Any]) -> str:
    return str(entry["name"])


def run(entry: dict[str, Any], batch: int, size_wh: tuple[int, int]) -> np.ndarray[Any, np.dtype[np.float32]]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(MODELS / entry["file"]), options, providers=["CPUExecutionProvider"])
    grey = np.full((batch, 3, size_wh[1], size_wh[0]), entry["pad_value"] * entry["scale"], np.float32)
    output: np.ndarray[Any, np.dtype[np.float32]] = session.run(None, {session.get_inputs()[0].name: grey})[0]
    return output


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_the_file_is_the_one_the_manifest_means(entry: dict[str, Any]) -> None:
    content = (MODELS / entry["file"]).read_bytes()

    assert hashlib.sha256(content).hexdigest() == entry["sha256"]


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_every_weight_has_a_card_and_a_licence(entry: dict[str, Any]) -> None:
    card = (MODELS / entry["card"]).read_text(encoding="utf-8")

    assert entry["licence"] in card
    assert entry["sha256"][:12] in card


def test_names_are_given_once_and_the_files_stay_small() -> None:
    names = [entry["name"] for entry in ENTRIES]

    assert len(names) == len(set(names))
    assert sum((MODELS / entry["file"]).stat().st_size for entry in ENTRIES) < LIMIT_BYTES


@pytest.mark.parametrize("entry", DETECTORS, ids=name_of)
def test_a_detector_gives_boxes_scores_and_known_classes(entry: dict[str, Any]) -> None:
    rows = run(entry, 1, (entry["input_size_wh"][0], entry["input_size_wh"][1]))

    assert rows.shape == (1, 300, 6)
    assert ((rows[..., 4] >= 0) & (rows[..., 4] <= 1)).all()
    assert np.isin(rows[..., 5], np.arange(len(entry["labels"]))).all()
    assert (rows[..., 4] < entry["score_threshold"]).all(), "an even grey picture holds nothing"


@pytest.mark.parametrize("entry", DETECTORS, ids=name_of)
def test_a_detector_has_one_score_per_label(entry: dict[str, Any]) -> None:
    session = ort.InferenceSession(str(MODELS / entry["file"]), providers=["CPUExecutionProvider"])

    assert session.get_modelmeta().custom_metadata_map["labels"].split("\n") == entry["labels"]


@pytest.mark.parametrize("entry", DETECTORS, ids=name_of)
def test_batch_and_size_are_free(entry: dict[str, Any]) -> None:
    stride = entry["stride"]
    sides = [side // 2 // stride * stride for side in entry["input_size_wh"]]

    assert run(entry, 3, (sides[0], sides[1])).shape == (3, 300, 6)
